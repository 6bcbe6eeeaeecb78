"""A workbook reads as the folder does; faults carry the sheet and the cell."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta

import pytest

from allocator.io.reader import read_cluster
from tests.io.helpers import (
    FILES,
    faults_of,
    folder,
    only_fault,
    rows_of,
    sheets_of,
    workbook,
    workbook_bytes,
)


def changed(sheet: str, address: tuple[int, int], value: object) -> dict[str, list[list[object]]]:
    """One cell (row, column; both from 1) of one sheet replaced; rows are made longer if need be."""
    rows = [list(row) for row in sheets_of()[sheet]]
    rows += [[] for _ in range(address[0] - len(rows))]
    row = rows[address[0] - 1]
    row += [""] * (address[1] - len(row))
    row[address[1] - 1] = value
    return sheets_of({sheet: rows})


class TestReading:
    def test_the_workbook_and_the_folder_are_one_cluster(self, tmp_path):
        book = read_cluster(workbook(tmp_path / "c.xlsx", sheets_of()))
        assert rows_of(book) == rows_of(read_cluster(folder(tmp_path / "c")))

    def test_a_code_typed_as_a_number_stays_a_code(self, tmp_path):
        """1234 in a cell is the code 1234, not 1234.0."""
        rows = sheets_of()["sites"]
        rows.append([1234, "New", "contributing", -37.0, 175.0, 80])
        cluster = read_cluster(workbook(tmp_path / "c.xlsx", sheets_of({"sites": rows})))
        assert (cluster.sites[-1].site_id, cluster.sites[-1].roll) == ("1234", 80)

    @pytest.mark.parametrize(
        "day", [date(2027, 2, 3), datetime(2027, 2, 3), datetime(2027, 2, 3, 9), "2027-02-03", "3/02/2027"]
    )
    def test_dates_as_dates_and_as_text(self, tmp_path, day):
        rows = [
            [*row, *more]
            for row, more in zip(sheets_of()["needs"], [["waiting_since"], [day], [""], [""]], strict=True)
        ]
        assert read_cluster(workbook(tmp_path / "c.xlsx", sheets_of({"needs": rows}))).needs[
            0
        ].waiting_since == date(2027, 2, 3)

    def test_truth_values(self, tmp_path):
        rows = [
            [*row, *more]
            for row, more in zip(sheets_of()["staff"], [["Movable"], [False], [True], [""]], strict=True)
        ]
        cluster = read_cluster(workbook(tmp_path / "c.xlsx", sheets_of({"staff": rows})))
        assert [person.movable for person in cluster.staff] == [False, True, True]

    def test_sheet_names_may_have_capitals_and_others_are_named(self, tmp_path):
        sheets = {("Needs" if name == "needs" else name): rows for name, rows in sheets_of().items()}
        sheets["refferals"] = [["x"]]
        notes = read_cluster(workbook(tmp_path / "c.xlsx", sheets)).notes
        assert notes == (
            "c.xlsx, sheet refferals: the sheet is not one of a cluster's and was ignored"
            " - is it `referrals`?",
        )

    def test_rows_that_start_with_a_hash_are_remarks_here_too(self, tmp_path):
        rows = [["# remark"], *sheets_of()["needs"]]
        assert len(read_cluster(workbook(tmp_path / "c.xlsx", sheets_of({"needs": rows}))).needs) == 3


class TestFaults:
    @pytest.mark.parametrize(
        ("sheet", "address", "value", "cell", "message"),
        [
            ("needs", (3, 5), 7, "needs!E3", "expected one of: 1, 2, 3"),
            ("staff", (2, 3), "nine", "staff!C2", "expected a number above 0 and at most 1.5"),
            ("staff", (2, 3), True, "staff!C2", "expected a number above 0 and at most 1.5"),
            ("sites", (2, 6), 12.5, "sites!F2", "expected a whole number of 0 or more"),
            (
                "sites",
                (2, 6),
                date(2027, 1, 1),
                "sites!F2",
                "the spreadsheet has made a date or time of this",
            ),
            (
                "needs",
                (2, 2),
                date(2027, 4, 3),
                "needs!B2",
                "the spreadsheet has made a date or time of this",
            ),
            ("needs", (2, 2), time(3, 4), "needs!B2", "the spreadsheet has made a date or time of this"),
            (
                "needs",
                (2, 2),
                timedelta(hours=30),
                "needs!B2",
                "the spreadsheet has made a date or time of this",
            ),
            ("needs", (2, 2), 1.0e17, "needs!B2", "the number is too long for a spreadsheet to keep"),
            ("needs", (2, 3), "C", "needs!C2", "there is no such site in sites; known: A, B, HUB"),
            ("needs", (3, 28), "stray", "needs!AB3", "column 28 has no header, but there is something in it"),
            ("terms", (2, 2), 50, "terms!B2", "expected a whole number from 1 to 20"),
            (
                "terms",
                (2, 3),
                46054,
                "terms!C2",
                "expected a date such as 2027-02-01 or 01/02/2027; format the cell as a date",
            ),
            ("cluster", (3, 1), "trafel.speed_kmh", "cluster!A3", "did you mean `travel.speed_kmh`?"),
        ],
    )
    def test_a_fault_names_sheet_and_cell(self, tmp_path, sheet, address, value, cell, message):
        faults = faults_of(workbook(tmp_path / "c.xlsx", changed(sheet, address, value)))
        assert faults[0].file == "c.xlsx"
        assert faults[0].cell == cell
        assert message in faults[0].message

    def test_a_number_in_a_column_of_dates_is_not_guessed(self, tmp_path):
        """46054 may be a day or a slip: the cell wants a date format."""
        rows = [
            [*row, *more]
            for row, more in zip(sheets_of()["needs"], [["waiting_since"], [46054], [""], [""]], strict=True)
        ]
        fault = only_fault(workbook(tmp_path / "c.xlsx", sheets_of({"needs": rows})))
        assert fault.cell == "needs!G2"
        assert fault.message.endswith("format the cell as a date")

    @pytest.mark.parametrize(
        ("value", "message"), [("#N/A", "a spreadsheet error"), ("=1+1", "has not been calculated")]
    )
    def test_an_error_or_an_uncalculated_formula_is_not_a_blank(self, tmp_path, value, message):
        """Blank would mean the default, and so a wrong answer without a word."""
        fault = faults_of(workbook(tmp_path / "c.xlsx", changed("sites", (2, 6), value)))[0]
        assert fault.cell == "sites!F2"
        assert message in fault.message

    def test_missing_sheets_are_all_named(self, tmp_path):
        faults = faults_of(
            workbook(tmp_path / "c.xlsx", {"site": [["x"]], "cluster": [["setting", "value"]]})
        )
        messages = [fault.message for fault in faults]
        assert "the sheet `sites` is missing - is it `site`?" in messages
        assert "the sheet `terms` is missing" in messages
        assert "the sheet `needs` is missing" in messages

    @pytest.mark.parametrize("data", [b"", b"not a workbook", b"PK\x03\x04 torn", b"\xd0\xcf\x11\xe0 old"])
    def test_what_is_no_workbook(self, tmp_path, data):
        (tmp_path / "c.xlsx").write_bytes(data)
        assert "not a readable .xlsx workbook" in only_fault(tmp_path / "c.xlsx").message

    def test_a_workbook_that_unpacks_to_a_mountain_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.setattr("allocator.io.workbook.LARGEST_UNPACKED", 1000)
        assert "when unpacked" in only_fault(workbook(tmp_path / "c.xlsx", sheets_of())).message

    def test_a_sheet_with_a_cell_far_out_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.setattr("allocator.io.workbook.MOST_CELLS", 100)
        faults = faults_of(workbook(tmp_path / "c.xlsx", changed("needs", (3, 40), "x")))
        assert any("sheet needs is too large" in fault.message for fault in faults)

    def test_a_damaged_part_is_refused(self, tmp_path):
        """A zip archive whose sheet is not XML."""
        buffer = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(workbook_bytes(sheets_of()))) as old,
            zipfile.ZipFile(buffer, "w") as new,
        ):
            for name in old.namelist():
                new.writestr(name, b"<broken" if name.endswith("workbook.xml") else old.read(name))
        (tmp_path / "c.xlsx").write_bytes(buffer.getvalue())
        assert "not a readable .xlsx workbook" in only_fault(tmp_path / "c.xlsx").message


class TestSettingSheets:
    def test_settings_goals_and_roles_come_from_their_sheets(self, tmp_path):
        """The workbook says what this YAML says."""
        yaml = FILES["cluster.yaml"] + (
            "policy:\n  counts: both\n  tied_funding: []\n  load_breaks: [0.5, 0.9]\n"
            "  year_bands: [[-5, 0], [1, 8]]\n  priority_weights: {1: 9, 2: 7, 3: 5, 4: 3, 5: 1}\n"
            "  medium_languages: {maori: [te_reo_maori, nzsl]}\n"
            "  fairness: {by: group}\n  goals: [need_met, {goals: {travel: 2, reach: 1}, tolerance: 0.1}]\n"
            "travel: {speed_kmh: 70}\nroles: {slt: {contact_share: 0.6, max_cases: null}, senco: null}\n"
        )
        sheets = sheets_of(
            {
                "policy": [
                    ["Setting", "Value"],
                    ["counts", "both"],
                    ["tied_funding", "none"],
                    ["load_breaks", "0.5; 0.9"],
                    ["year_bands", "-5 to 0; 1..8"],
                    *([f"priority_weights.{n}", 11 - 2 * n] for n in range(1, 6)),
                    ["medium_languages.maori", "te_reo_maori;nzsl"],
                    ["fairness.by", "group"],
                    ["cross_site_minutes", ""],
                ],
                "goals": [
                    ["level", "goal", "weight", "tolerance"],
                    [2, "travel", 2, 0.1],
                    [1, "Need met", "", ""],
                    [2, "reach", 1, ""],
                ],
                "roles": [
                    ["role", "used", "contact_share", "max_cases"],
                    ["slt", "", 0.6, "none"],
                    ["senco", "no"],
                ],
                "cluster": [
                    ["setting", "value", "about"],
                    ["name", "Ngā Kura o Tūī", "x"],
                    ["travel.speed_kmh", 70, ""],
                ],
            }
        )
        book = read_cluster(workbook(tmp_path / "c.xlsx", sheets))
        assert rows_of(book) == rows_of(read_cluster(folder(tmp_path / "c", {"cluster.yaml": yaml})))

    @pytest.mark.parametrize(
        ("sheet", "rows", "cell", "message"),
        [
            ("policy", [["setting", "value"], ["counts", "our"]], "policy!B2", "did you mean `hours`?"),
            (
                "policy",
                [["setting", "value"], ["count", "hours"]],
                "policy!A2",
                "unknown setting `count` - did you mean `counts`?",
            ),
            (
                "policy",
                [["setting", "value"], ["counts", "both"], ["counts", "both"]],
                "policy!A3",
                "appears twice",
            ),
            ("policy", [["setting", "value"], ["", "both"]], "policy!A2", "a value without a setting's name"),
            (
                "policy",
                [["setting", "value"], ["tier_floors", "0.1"]],
                "policy!B2",
                "write one row for each entry",
            ),
            (
                "policy",
                [["setting", "value"], ["tier_floors.9", "0.1"]],
                "policy!B2",
                "expected a tier from 1 to 3",
            ),
            ("policy", [["setting", "value"], ["year_bands", "1 till 3"]], "policy!B2", "expected a list"),
            ("policy", [["setting"], ["counts"]], "policy!A1", "required column `value` is missing"),
            ("policy", [["setting", "value", "value"]], "policy!C1", "column `value` appears twice"),
            ("goals", [["goal"], ["needmet"]], "goals!A2", "did you mean `need_met`?"),
            ("goals", [["goal", "level"], ["need_met", "first"]], "goals!B2", "expected a whole number"),
            ("goals", [["goal", "level"], ["reach", 1], ["reach", 1]], "goals!A3", "appears twice"),
            (
                "goals",
                [["goal", "level", "tolerance"], ["reach", 1, 0.1], ["travel", 1, 0.2]],
                "goals!C3",
                "share one tolerance",
            ),
            (
                "goals",
                [["goal", "weight"], ["reach", 0]],
                "goals!A2",
                "weights within a level are whole numbers from 1",
            ),
            ("goals", [["gaol"], ["reach"]], "goals!A1", "required column `goal` is missing"),
            ("roles", [["role", "contact_share"], ["slt", 7]], "roles!B2", "expected a number from 0 to 1"),
            ("roles", [["role", "used"], ["slt", "perhaps"]], "roles!B2", "expected yes or no"),
            ("roles", [["role"], ["slt"], ["slt"]], "roles!A3", "appears twice"),
            ("roles", [["role"], ["tutor"]], "roles!A2", "needs a name"),
            ("terms", [["id", "start"], ["T1", "soon"], ["T2", "2027-04-26"]], "terms!B2", "expected a date"),
            ("terms", [["id"], ["T1"], ["T2"]], "terms!A1", "required column `start` is missing"),
        ],
    )
    def test_a_wrong_setting_is_named_with_its_cell(self, tmp_path, sheet, rows, cell, message):
        faults = faults_of(workbook(tmp_path / "c.xlsx", sheets_of({sheet: rows})))
        assert any(fault.cell == cell and message in fault.message for fault in faults), faults

    def test_an_empty_settings_sheet_means_the_defaults(self, tmp_path):
        sheets = sheets_of(
            {"goals": [["level", "goal"]], "policy": [["setting", "value"]], "roles": [["role"]]}
        )
        plain = read_cluster(workbook(tmp_path / "a.xlsx", sheets_of()))
        assert read_cluster(workbook(tmp_path / "b.xlsx", sheets)) == plain
