"""A wrong cell is named with line, column, what was found and what was expected; all of them at once."""

from __future__ import annotations

from datetime import date

import pytest

from allocator.io.reader import read_cluster
from tests.io.helpers import CATALOGUE, FILES, edited, faults_of, folder, only_fault

NEEDS = FILES["needs.csv"].splitlines()


def with_column(name: str, value: str, file: str = "needs.csv") -> dict[str, str]:
    """A column more, with ``value`` in the first row."""
    header, first, *rest = FILES[file].splitlines()
    return {file: "\n".join([f"{header},{name}", f"{first},{value}", *rest]) + "\n"}


class TestMessages:
    @pytest.mark.parametrize(
        ("file", "column", "value", "message"),
        [
            ("staff.csv", "standing_hours", "-1", "expected a number from 0 to 80"),
            ("staff.csv", "standing_hours", "lots", "expected a number from 0 to 80"),
            ("staff.csv", "standing_hours", "nan", "expected a number from 0 to 80"),
            ("staff.csv", "standing_hours", "1e999", "expected a number from 0 to 80"),
            (
                "staff.csv",
                "standing_hours",
                '"1,5"',
                "expected a number from 0 to 80; write 1200 or 0.5, without a comma",
            ),
            ("staff.csv", "max_cases", "2.5", "expected a whole number of 0 or more"),
            ("staff.csv", "max_cases", "1_0", "expected a whole number of 0 or more"),
            ("staff.csv", "vacant", "maybe", "expected yes or no"),
            ("staff.csv", "available_from", "2027-02-30", "expected a date such as 2027-02-01 or 01/02/2027"),
            ("needs.csv", "priority", "6", "expected one of: 1, 2, 3, 4, 5"),
            ("needs.csv", "hours_per_week", "0", "expected a number above 0 and at most 40"),
            (
                "needs.csv",
                "status",
                "wating",
                "expected one of: waiting, in_service, paused, closed - did you mean `waiting`?",
            ),
            (
                "needs.csv",
                "earliest_term",
                '"T1;T2"',
                "expected a code of 1 to 80 characters without semicolon, comma, tab or line break",
            ),
            ("needs.csv", "locked", "yes", "a locked row needs current_staff"),
            ("sites.csv", "equity_index", "50", "expected a number from 300 to 620"),
        ],
    )
    def test_each_kind_of_wrong_cell(self, tmp_path, file, column, value, message):
        """The sentence says what belongs there; the found value is repeated."""
        fault = only_fault(folder(tmp_path / "c", with_column(column, value, file)))
        assert (fault.file, fault.row, fault.column, fault.message) == (file, 2, column, message)
        assert fault.found == value.strip('"')

    def test_a_shape_that_is_not_one(self, tmp_path):
        changes = {"supports.csv": CATALOGUE.replace("individual", "indvidual", 1)}
        fault = only_fault(folder(tmp_path / "c", changes))
        assert fault.message == "expected one of: individual, group, project - did you mean `individual`?"

    def test_steps_are_part_of_the_sentence(self, tmp_path):
        text = CATALOGUE.replace("weeks\n", "weeks,visits_per_week\n").replace("1.5,10", "1.5,10,0.3")
        fault = only_fault(folder(tmp_path / "c", {"supports.csv": text}))
        assert fault.message == "expected a number from 0.25 to 5 in steps of 0.25"

    def test_a_blank_cell_in_a_required_column(self, tmp_path):
        fault = only_fault(folder(tmp_path / "c", edited("staff.csv", "1.0", " ")))
        assert (fault.column, fault.message, fault.found) == ("fte", "expected a value, found nothing", None)

    def test_all_faults_of_all_files_come_at_once_in_order(self, tmp_path):
        """One fault in each of four files, none hides another."""
        changes = {
            **edited("cluster.yaml", "weeks: 10", "weeks: 100"),
            **edited("sites.csv", "contributing", "contributory"),
            **edited("staff.csv", "1.0", "9"),
            **edited("needs.csv", "N2,X2,B,1,3", "N2,X2,B,1,4"),
        }
        assert [
            (fault.file, fault.row, fault.column) for fault in faults_of(folder(tmp_path / "c", changes))
        ] == [
            ("cluster.yaml", 3, "terms[1].weeks"),
            ("sites.csv", 2, "type"),
            ("staff.csv", 2, "fte"),
            ("needs.csv", 3, "tier"),
        ]

    def test_a_row_with_faults_still_counts_as_there(self, tmp_path):
        """Site A has a wrong roll; the rows that refer to it are not blamed as well."""
        assert only_fault(folder(tmp_path / "c", edited("sites.csv", "300", "many"))).column == "roll"

    def test_a_fault_reads_as_a_sentence(self, tmp_path):
        fault = only_fault(folder(tmp_path / "c", edited("staff.csv", "1.0", "9")))
        assert str(fault) == "staff.csv, line 2, fte: expected a number above 0 and at most 1.5 (found 9)"

    def test_a_long_or_strange_value_is_shown_on_one_short_line(self, tmp_path):
        fault = only_fault(folder(tmp_path / "c", edited("staff.csv", "1.0", '"' + "9\n" * 100 + '"')))
        assert fault.found is not None
        assert len(fault.found) == 60
        assert fault.found.endswith("…")


class TestForgiveness:
    @pytest.mark.parametrize(
        ("typed", "value"), [(" 1 200 ", 1200), ("1\u00a0200", 1200), ("300.0", 300), ("+3e2", 300)]
    )
    def test_numbers_with_stray_spaces(self, tmp_path, typed, value):
        assert read_cluster(folder(tmp_path / "c", edited("sites.csv", "300", typed))).sites[0].roll == value

    @pytest.mark.parametrize("typed", ["2027-02-03", "03/02/2027", "2027-02-03 00:00:00"])
    def test_dates_iso_and_new_zealand(self, tmp_path, typed):
        cluster = read_cluster(folder(tmp_path / "c", with_column("waiting_since", typed)))
        assert cluster.needs[0].waiting_since == date(2027, 2, 3)

    @pytest.mark.parametrize(
        ("typed", "value"), [("Yes", True), ("āe", True), ("0", False), ("Kāo", False), ("", False)]
    )
    def test_yes_and_no_in_english_and_te_reo(self, tmp_path, typed, value):
        assert read_cluster(folder(tmp_path / "c", with_column("handover", typed))).needs[0].handover is value

    def test_choices_with_capitals_and_spaces(self, tmp_path):
        assert (
            read_cluster(folder(tmp_path / "c", with_column("status", "In Service"))).needs[0].status
            == "in_service"
        )

    def test_lists_with_spaces_and_a_last_separator(self, tmp_path):
        cluster = read_cluster(folder(tmp_path / "c", with_column("groups", "maori ; pacific;")))
        assert cluster.needs[0].groups == ("maori", "pacific")
