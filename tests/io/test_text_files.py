"""Text files as people save them are read; what cannot be read is refused with the byte and the line."""

from __future__ import annotations

import codecs

import pytest

from allocator.io.reader import read_cluster
from tests.io.helpers import FILES, edited, faults_of, folder, only_fault, rows_of


class TestEncodings:
    def test_the_plain_cluster_reads_with_macrons(self, tmp_path):
        """The names come back letter for letter, and nothing was noticed."""
        cluster = read_cluster(folder(tmp_path / "c"))
        assert cluster.name == "Ngā Kura o Tūī"
        assert [site.name for site in cluster.sites] == ["Tōtara School", "Kōwhai School", "Office"]
        assert cluster.notes == ()

    @pytest.mark.parametrize(
        "encode",
        [
            lambda text: codecs.BOM_UTF8 + text.encode(),
            lambda text: text.encode("utf-16"),
            lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
            lambda text: text.replace("\n", "\r\n").encode(),
            lambda text: text.replace("\n", "\r").encode() if "terms" not in text else text.encode(),
            lambda text: (text + "\n\n  \n").encode(),
        ],
        ids=[
            "utf-8 with bom",
            "utf-16 le",
            "utf-16 be",
            "windows line ends",
            "old mac line ends",
            "blank rows",
        ],
    )
    def test_every_way_of_saving_gives_the_same_cluster(self, tmp_path, encode):
        """Byte order marks, UTF-16 and line ends make no difference."""
        plain = read_cluster(folder(tmp_path / "plain"))
        other = read_cluster(folder(tmp_path / "other", {name: encode(text) for name, text in FILES.items()}))
        assert rows_of(other) == rows_of(plain)

    @pytest.mark.parametrize("bom", [b"", codecs.BOM_UTF8])
    def test_a_byte_that_is_not_utf_8_is_named_with_its_line(self, tmp_path, bom):
        """0xF4 is the o with circumflex of an old Windows file; it stands on line 2."""
        data = bom + FILES["sites.csv"].encode().replace("ō".encode(), b"\xf4", 1)
        fault = only_fault(folder(tmp_path / "c", {"sites.csv": data}))
        assert (fault.file, fault.row) == ("sites.csv", 2)
        position = data.index(b"\xf4") + 1
        assert f"byte 0xF4 at position {position} of the file is not valid UTF-8" in fault.message

    def test_a_torn_utf_16_file_is_refused(self, tmp_path):
        fault = only_fault(folder(tmp_path / "c", {"needs.csv": FILES["needs.csv"].encode("utf-16")[:-1]}))
        assert fault.file == "needs.csv"
        assert "not valid UTF-16" in fault.message

    def test_a_nul_byte_is_named_with_its_line(self, tmp_path):
        fault = only_fault(folder(tmp_path / "c", edited("needs.csv", "X2", "X\x002")))
        assert (fault.file, fault.row) == ("needs.csv", 3)
        assert "NUL byte" in fault.message

    def test_a_workbook_saved_under_the_name_of_a_text_file_is_recognised(self, tmp_path):
        fault = only_fault(folder(tmp_path / "c", {"staff.csv": b"PK\x03\x04rest"}))
        assert "not a text file" in fault.message


class TestCsv:
    @pytest.mark.parametrize("delimiter", [";", "\t"])
    def test_the_delimiter_is_found_out(self, tmp_path, delimiter):
        """Semicolons (a European spreadsheet) and tabs read like commas."""
        changes = {
            name: text.replace(",", delimiter) for name, text in FILES.items() if name.endswith(".csv")
        }
        assert rows_of(read_cluster(folder(tmp_path / "a", changes))) == rows_of(
            read_cluster(folder(tmp_path / "b"))
        )

    def test_the_spreadsheet_hint_about_the_delimiter_is_understood(self, tmp_path):
        text = "sep=;\n" + FILES["staff.csv"].replace(",", ";")
        assert len(read_cluster(folder(tmp_path / "c", {"staff.csv": text})).staff) == 3

    def test_a_line_break_inside_quotes_belongs_to_the_cell(self, tmp_path):
        """The fault two rows further down still has the line it stands on in the file."""
        changes = edited("sites.csv", "Tōtara School", '"Tōtara\nSchool"')
        assert read_cluster(folder(tmp_path / "a", changes)).sites[0].name == "Tōtara\nSchool"
        changes["sites.csv"] = changes["sites.csv"].replace(",90", ",ninety")
        assert only_fault(folder(tmp_path / "b", changes)).row == 4

    def test_remarks_and_blank_rows_are_left_out(self, tmp_path):
        """A line that starts with # is a remark, also when a spreadsheet has put it into quotes."""
        text = '# remark with a " and, a comma\n"# quoted, remark"\n\n' + FILES["needs.csv"]
        cluster = read_cluster(folder(tmp_path / "c", {"needs.csv": text}))
        assert [need.need_id for need in cluster.needs] == ["N1", "N2", "N3"]
        assert cluster.notes == ()

    def test_a_row_that_was_commented_out_is_named_in_a_note(self, tmp_path):
        cluster = read_cluster(folder(tmp_path / "c", edited("needs.csv", "N2,", "#N2,")))
        assert len(cluster.needs) == 2
        assert cluster.notes == ("needs.csv: row 3 starts with # and was left out",)

    def test_a_quote_that_is_never_closed_is_a_fault_at_its_row(self, tmp_path):
        """It would otherwise swallow the rest of the file without a word."""
        fault = only_fault(folder(tmp_path / "c", edited("sites.csv", "Tōtara School", '"Tōtara School')))
        assert (fault.row, fault.message) == (2, "a double quote is opened in this row and never closed")

    def test_too_many_cells_in_a_row(self, tmp_path):
        fault = only_fault(folder(tmp_path / "c", edited("sites.csv", "Tōtara School", "Tōtara, School")))
        assert fault.row == 2
        assert "the row has 7 cells or more, the header only 6" in fault.message

    def test_empty_cells_beyond_the_header_do_no_harm(self, tmp_path):
        text = "\n".join(line + ",," for line in FILES["staff.csv"].splitlines())
        assert len(read_cluster(folder(tmp_path / "c", {"staff.csv": text})).staff) == 3

    def test_a_short_row_is_read_and_said(self, tmp_path):
        cluster = read_cluster(folder(tmp_path / "c", edited("sites.csv", "-37.1,175.1,300", "-37.1,175.1")))
        assert cluster.sites[0].roll == 0
        assert cluster.notes == (
            "sites.csv: row 2 has fewer cells than the header; the rest was taken as blank",
        )

    def test_an_overlong_cell_is_refused(self, tmp_path):
        fault = only_fault(folder(tmp_path / "c", edited("sites.csv", "Tōtara", "x" * 140_000)))
        assert "131,072" in fault.message


class TestHeaders:
    def test_capitals_spaces_and_hyphens_make_no_difference(self, tmp_path):
        changes = edited("needs.csv", "year_level,tier,area_of_need", " Year Level ,TIER,Area-of need")
        assert read_cluster(folder(tmp_path / "c", changes)).needs[0].year_level == 3

    def test_columns_may_stand_in_any_order(self, tmp_path):
        text = "\n".join(",".join(reversed(line.split(","))) for line in FILES["staff.csv"].splitlines())
        plain, other = (
            read_cluster(folder(tmp_path / "a")),
            read_cluster(folder(tmp_path / "b", {"staff.csv": text})),
        )
        assert rows_of(plain) == rows_of(other)

    def test_an_extra_column_is_ignored_and_named_with_the_column_meant(self, tmp_path):
        changes = {"staff.csv": FILES["staff.csv"].replace("base_site", "base_site,skils,colour")}
        notes = read_cluster(folder(tmp_path / "c", changes)).notes
        assert "staff.csv: column `skils` is not known and was ignored - did you mean `skills`?" in notes
        assert "staff.csv: column `colour` is not known and was ignored" in notes

    def test_a_missing_required_column(self, tmp_path):
        fault = only_fault(folder(tmp_path / "c", edited("staff.csv", "fte", "ft")))
        assert fault.message == "required column `fte` is missing - did you mean `ft`?"

    def test_a_column_twice(self, tmp_path):
        fault = only_fault(folder(tmp_path / "c", edited("staff.csv", "base_site", "base_site,Base Site")))
        assert fault.message == "column `base_site` appears twice"

    def test_a_value_under_a_blank_header(self, tmp_path):
        changes = {
            "staff.csv": FILES["staff.csv"]
            .replace("base_site\n", "base_site,\n")
            .replace("HUB\n", "HUB,stray\n")
        }
        assert (
            only_fault(folder(tmp_path / "c", changes)).message
            == "column 5 has no header, but there is something in it"
        )

    def test_an_empty_file_says_which_columns_it_needs(self, tmp_path):
        faults = faults_of(folder(tmp_path / "c", {"sites.csv": "\n"}))
        assert (
            faults[0].message == "there is no header row; expected at least the columns site_id, name, type"
        )


class TestFiles:
    def test_missing_files_are_all_named_with_the_file_meant(self, tmp_path):
        """Three faults at once; `need.csv` is offered for needs.csv."""
        changes = {"needs.csv": None, "staff.csv": None, "cluster.yaml": None, "need.csv": FILES["needs.csv"]}
        assert [(fault.file, fault.message) for fault in faults_of(folder(tmp_path / "c", changes))] == [
            ("cluster.yaml", "the file is missing"),
            ("staff.csv", "the file is missing"),
            ("needs.csv", "the file is missing - is it `need.csv`?"),
        ]

    def test_a_file_that_is_not_one_of_a_clusters_is_named(self, tmp_path):
        notes = read_cluster(folder(tmp_path / "c", {"travels.csv": "a,b\n", "notes.txt": "x"})).notes
        assert notes == (
            "travels.csv: this file is not one of a cluster's and was ignored - is it `travel.csv`?",
        )

    def test_file_names_may_have_capitals(self, tmp_path):
        changes = {"needs.csv": None, "Needs.CSV": FILES["needs.csv"]}
        assert len(read_cluster(folder(tmp_path / "c", changes)).needs) == 3

    @pytest.mark.parametrize("name", ["nowhere", "plan.txt", "nowhere.xlsx"])
    def test_a_path_that_is_no_cluster(self, tmp_path, name):
        (tmp_path / "plan.txt").write_text("x")
        fault = only_fault(tmp_path / name)
        assert fault.file == name

    def test_a_folder_in_the_place_of_a_file(self, tmp_path):
        path = folder(tmp_path / "c", {"needs.csv": None})
        (path / "needs.csv").mkdir()
        assert only_fault(path).message == "the file is missing"

    def test_a_cluster_needs_a_site(self, tmp_path):
        header = FILES["sites.csv"].splitlines()[0]
        messages = [str(fault) for fault in faults_of(folder(tmp_path / "c", {"sites.csv": header}))]
        assert "sites.csv: a cluster needs at least one site" in messages
