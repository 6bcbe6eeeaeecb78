"""What is written is read back as it was, from a folder and from a workbook."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from allocator.errors import InputError
from allocator.io.example import example_cluster
from allocator.io.fingerprint import fingerprint
from allocator.io.reader import read_cluster
from allocator.io.writer import write_cluster
from allocator.models.world import Cluster
from tests.io.helpers import rows_of
from tests.io.strategies import clusters

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def there_and_back(cluster: Cluster, name: str) -> Cluster:
    with tempfile.TemporaryDirectory() as place:
        write_cluster(cluster, Path(place) / name)
        return read_cluster(Path(place) / name)


class TestRoundTrip:
    @settings(max_examples=50, deadline=None, suppress_health_check=SLOW)
    @given(clusters())
    def test_a_folder_gives_the_cluster_back(self, cluster):
        """Any sound cluster, odd characters and long fractions included."""
        again = there_and_back(cluster, "c")
        assert rows_of(again) == rows_of(cluster)
        assert fingerprint(again) == fingerprint(cluster)

    @settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
    @given(clusters())
    def test_a_workbook_gives_the_cluster_back(self, cluster):
        again = there_and_back(cluster, "c.xlsx")
        assert rows_of(again) == rows_of(cluster)
        assert fingerprint(again) == fingerprint(cluster)

    @pytest.mark.parametrize("name", ["c", "c.xlsx"])
    def test_an_empty_catalogue_stays_empty(self, tmp_path, name):
        """It does not turn into the shipped one; the reader only notes that nothing can be given."""
        cluster = example_cluster().model_copy(update={"supports": ()})
        again = there_and_back(cluster, name)
        assert rows_of(again) == rows_of(cluster)
        assert len(again.notes) == 1

    @pytest.mark.parametrize("name", ["c", "c.xlsx"])
    def test_what_is_written_twice_is_the_same_to_the_byte(self, tmp_path, name):
        for part in ("a", "b"):
            (tmp_path / part).mkdir()
            write_cluster(example_cluster(), tmp_path / part / name)
        one, two = (
            [p.read_bytes() for p in sorted((tmp_path / part).rglob("*")) if p.is_file()]
            for part in ("a", "b")
        )
        assert one == two


class TestCanonicalForm:
    def test_lists_dates_truth_values_and_blanks(self, tmp_path):
        """One row of the example, cell by cell: lists with ;, ISO dates, yes and no, blank for no value."""
        cluster = example_cluster()
        need = cluster.needs[0].model_copy(update={"groups": ("maori", "pacific"), "hours_per_week": 1.0})
        write_cluster(cluster.model_copy(update={"needs": (need,)}), tmp_path / "c")
        header, row = (tmp_path / "c" / "needs.csv").read_text("utf-8").splitlines()
        cells = dict(zip(header.split(","), row.split(","), strict=True))
        assert {
            name: cells[name] for name in ("groups", "waiting_since", "locked", "hours_per_week", "weeks")
        } == {
            "groups": "maori;pacific",
            "waiting_since": "2026-10-05",
            "locked": "no",
            "hours_per_week": "1",
            "weeks": "",
        }

    def test_of_the_roles_only_what_differs_is_written(self, tmp_path):
        cluster = example_cluster()
        roles = {**cluster.roles, "slt": cluster.roles["slt"].model_copy(update={"contact_share": 0.61})}
        write_cluster(cluster.model_copy(update={"roles": roles}), tmp_path / "c")
        text = (tmp_path / "c" / "cluster.yaml").read_text("utf-8")
        assert "slt: {contact_share: 0.61}" in text
        assert "rtlb:" not in text

    def test_files_without_rows_are_left_out_or_emptied(self, tmp_path):
        """An availability.csv of an earlier cluster does not survive as if it were this one's."""
        (tmp_path / "c").mkdir()
        (tmp_path / "c" / "availability.csv").write_text("staff_id,term,hours_per_week\nQ,T9,1\n")
        write_cluster(example_cluster(), tmp_path / "c")
        assert read_cluster(tmp_path / "c") == example_cluster()
        assert not (tmp_path / "c" / "travel.csv").exists()


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"groups": ("a;b",)}, "an entry of a list cannot be blank or contain ;"),
            ({"groups": ("a\x01",)}, "the text contains a control character"),
            ({"need_id": "#1"}, "a row that starts with # would be read as a remark"),
            ({"groups": ("a" * 40_000,)}, "the text is longer than a spreadsheet's cell can be"),
        ],
    )
    @pytest.mark.parametrize("name", ["c", "c.xlsx"])
    def test_what_could_not_be_read_back_is_not_written(self, tmp_path, name, change, message):
        cluster = example_cluster()
        needs = (cluster.needs[0].model_copy(update=change),)
        with pytest.raises(InputError) as caught:
            write_cluster(cluster.model_copy(update={"needs": needs}), tmp_path / name)
        assert message in str(caught.value)
        assert not (tmp_path / name).exists()

    def test_a_place_that_cannot_be_written_to(self, tmp_path):
        (tmp_path / "file").write_text("x")
        with pytest.raises(InputError, match="cannot be written"):
            write_cluster(example_cluster(), tmp_path / "file")
        with pytest.raises(InputError, match="cannot be written"):
            write_cluster(example_cluster(), tmp_path / "nowhere" / "c.xlsx")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The example as another spreadsheet library sees it."""
    import openpyxl

    path = tmp_path_factory.mktemp("book") / "c.xlsx"
    write_cluster(example_cluster(), path)
    return openpyxl.load_workbook(path)


class TestWorkbookForPeople:
    def test_the_header_is_frozen_and_every_column_has_a_note(self, book):
        for name in (
            "sites",
            "staff",
            "needs",
            "supports",
            "availability",
            "travel",
            "referrals",
            "rolls",
            "roles",
            "terms",
        ):
            assert book[name].freeze_panes == "A2"
            assert all(cell.comment is not None for cell in book[name][1]), name

    def test_the_note_says_what_to_type(self, book):
        note = next(cell for cell in book["staff"][1] if cell.value == "fte").comment.text
        assert "full-time equivalent" in note
        assert "Expected: a number above 0 and at most 1.5." in note
        assert "Required." in note

    @pytest.mark.parametrize(
        ("sheet", "column", "source"),
        [
            ("needs", "site_id", "sites!$A$2:$A$5000"),
            ("needs", "current_staff", "staff!$A$2:$A$5000"),
            ("needs", "earliest_term", "terms!$A$2:$A$5000"),
            ("staff", "role", "roles!$A$2:$A$5000"),
            ("staff", "vacant", '"yes,no"'),
            ("needs", "tier", '"1,2,3"'),
            ("supports", "shape", '"individual,group,project"'),
            ("travel", "to_site", "sites!$A$2:$A$5000"),
        ],
    )
    def test_choices_and_references_have_drop_down_lists(self, book, sheet, column, source):
        cell = next(cell for cell in book[sheet][1] if cell.value == column)
        rules = [
            rule
            for rule in book[sheet].data_validations.dataValidation
            if f"{cell.column_letter}2" in rule.sqref
        ]
        assert [rule.formula1 for rule in rules] == [source]

    def test_dates_are_dates_and_empty_code_cells_are_text(self, book):
        header = {cell.value: cell.column_letter for cell in book["needs"][1]}
        assert book["needs"][f"{header['waiting_since']}2"].number_format == "yyyy-mm-dd"
        assert book["needs"][f"{header['waiting_since']}2"].is_date
        assert book["needs"][f"{header['need_id']}2"].number_format == "@"
