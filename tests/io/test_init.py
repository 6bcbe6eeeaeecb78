"""A new cluster: filled with an example that reads without a fault, and never in the place of anything."""

from __future__ import annotations

import pytest

from allocator.errors import InputError
from allocator.io.columns import columns
from allocator.io.example import example_cluster
from allocator.io.files import TABLES
from allocator.io.init import init_cluster
from allocator.io.reader import read_cluster


class TestInit:
    @pytest.mark.parametrize(
        ("name", "excel"), [("my cluster", False), ("my cluster.xlsx", True), ("deep/er/c", False)]
    )
    def test_the_example_reads_without_a_fault_or_a_note(self, tmp_path, name, excel):
        """Three sites, four people, eight needs, and the shipped catalogue."""
        path = init_cluster(tmp_path / name, excel)
        cluster = read_cluster(path)
        assert path == tmp_path / name
        assert cluster == example_cluster()
        assert (len(cluster.sites), len(cluster.staff), len(cluster.needs)) == (3, 4, 8)
        assert cluster.notes == ()

    def test_every_column_is_explained_above_the_header(self, tmp_path):
        folder = init_cluster(tmp_path / "c")
        for spec in TABLES:
            if spec.stem == "supports":  # left out: the shipped catalogue applies
                assert not (folder / spec.file).exists()
                continue
            text = (folder / spec.file).read_text("utf-8")
            for name, column in columns(spec.model).items():
                assert f"#   {name}: {column.description}" in text

    def test_the_settings_are_explained(self, tmp_path):
        text = (init_cluster(tmp_path / "c") / "cluster.yaml").read_text("utf-8")
        assert text.startswith("# A cluster:")
        assert "# parking and sign-in, per visit" in text

    def test_the_remarks_survive_a_spreadsheet_that_quotes_them(self, tmp_path):
        """A spreadsheet saves a line with a comma as one quoted cell and pads it with commas."""
        folder = init_cluster(tmp_path / "c")
        for spec in TABLES:
            path = folder / spec.file
            if path.exists():
                lines = path.read_text("utf-8").splitlines()
                quoted = [
                    '"' + line.replace('"', '""') + '",,,' if line.startswith("#") else line for line in lines
                ]
                path.write_text("\n".join(quoted), "utf-8")
        assert read_cluster(folder) == example_cluster()


class TestNothingIsOverwritten:
    @pytest.mark.parametrize(("name", "excel"), [("c", False), ("c.xlsx", True)])
    def test_what_is_there_stays(self, tmp_path, name, excel):
        """A second call is refused, and the first cluster is untouched."""
        path = init_cluster(tmp_path / name, excel)
        before = {item: item.read_bytes() for item in tmp_path.rglob("*") if item.is_file()}
        with pytest.raises(InputError, match="already exists"):
            init_cluster(path, excel)
        assert {item: item.read_bytes() for item in tmp_path.rglob("*") if item.is_file()} == before

    def test_a_file_in_the_place_of_the_folder(self, tmp_path):
        (tmp_path / "c").write_text("mine")
        with pytest.raises(InputError, match="c: already exists"):
            init_cluster(tmp_path / "c")

    def test_an_empty_folder_may_be_filled(self, tmp_path):
        (tmp_path / "c").mkdir()
        assert read_cluster(init_cluster(tmp_path / "c")).sites

    @pytest.mark.parametrize(("name", "excel"), [("c", True), ("c.xlsx", False)])
    def test_the_name_fits_the_kind(self, tmp_path, name, excel):
        with pytest.raises(InputError):
            init_cluster(tmp_path / name, excel)
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("excel", [False, True])
    def test_a_place_that_cannot_be_written_to(self, tmp_path, excel):
        (tmp_path / "file").write_text("x")
        with pytest.raises(InputError, match="cannot be created"):
            init_cluster(tmp_path / "file" / ("c.xlsx" if excel else "c"), excel)

    def test_a_failure_half_way_leaves_nothing(self, tmp_path, monkeypatch):
        def fail(path, text):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("allocator.io.init.write_text", fail)
        with pytest.raises(InputError, match="No space left on device"):
            init_cluster(tmp_path / "c")
        assert not list(tmp_path.iterdir())
