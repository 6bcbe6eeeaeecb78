"""A name, a birth date or a National Student Number is refused at the door, and never repeated."""

from __future__ import annotations

import pytest

from allocator.io.reader import read_cluster
from tests.io.helpers import FILES, edited, faults_of, folder, only_fault, sheets_of, workbook
from tests.io.test_cells import with_column


class TestColumns:
    @pytest.mark.parametrize(
        "header",
        [
            "first name",
            "Surname",
            "student_name",
            "Learner Name",
            "NAME",
            "DOB",
            "date of birth",
            "Birth-Date",
            "NSN",
            "National Student Number",
            "Address",
            "phone",
            "Email",
            "DateOfBirth",
            "family name",
            "whānau name",
            "Home phone",
        ],
    )
    def test_a_column_that_identifies_a_learner_is_refused(self, tmp_path, header):
        """The fault names the column and not the value in it."""
        faults = faults_of(folder(tmp_path / "c", with_column(header, "Hēmi Ngata")))
        assert [(fault.row, fault.column, fault.found) for fault in faults] == [(1, header, None)]
        assert "delete the column" in faults[0].message
        assert "Ngata" not in str(faults[0])

    @pytest.mark.parametrize("header", ["name", "staff name", "email"])
    def test_a_column_that_names_a_person_on_the_staff_is_refused(self, tmp_path, header):
        assert (
            only_fault(folder(tmp_path / "c", with_column(header, "Ana Reo", "staff.csv"))).column == header
        )

    @pytest.mark.parametrize(
        "header", ["school name", "programme", "service name", "rename", "renamed", "numbers"]
    )
    def test_columns_about_things_are_only_ignored(self, tmp_path, header):
        assert len(read_cluster(folder(tmp_path / "c", with_column(header, "x"))).notes) >= 1

    def test_a_site_has_a_name_an_address_and_a_telephone(self, tmp_path):
        assert read_cluster(folder(tmp_path / "c", with_column("phone", "07 000", "sites.csv"))).sites

    def test_but_not_a_principals_name(self, tmp_path):
        assert (
            only_fault(folder(tmp_path / "c", with_column("principal name", "x", "sites.csv"))).column
            == "principal name"
        )


class TestLearnerCodes:
    @pytest.mark.parametrize(
        "value",
        [
            "Hēmi Ngata",
            "Aroha Te Rangi",
            "Mary-Anne O'Neil",
            '"Ngata, Hēmi"',
            "123456789",
            "1234567890",
            "123 456 789",
        ],
    )
    def test_a_name_or_student_number_is_refused_and_withheld(self, tmp_path, value):
        fault = only_fault(folder(tmp_path / "c", edited("needs.csv", "X1", value)))
        assert (fault.column, fault.row, fault.found) == ("learner_id", 2, None)
        assert value.strip('"') not in str(fault)

    @pytest.mark.parametrize("value", ["L-104", "L 104", "12345678", "hemi7", "a1b2c3d4e5", "12345678901"])
    def test_a_code_is_taken(self, tmp_path, value):
        assert (
            read_cluster(folder(tmp_path / "c", edited("needs.csv", "X1", value))).needs[0].learner_id
            == value
        )

    def test_a_student_number_typed_as_a_number_in_a_sheet_is_withheld_too(self, tmp_path):
        rows = sheets_of()["needs"]
        rows[1][1] = 123456789
        fault = only_fault(workbook(tmp_path / "c.xlsx", sheets_of({"needs": rows})))
        assert (fault.cell, fault.found) == ("needs!B2", None)
        assert "123456789" not in str(fault)

    def test_consent_that_differs_within_a_learner_is_noted_without_a_code(self, tmp_path):
        text = FILES["needs.csv"].replace("need\n", "need,consent\n").replace("X2,B", "X1,A")
        text = text.replace("communication\n", "communication,withdrawn\n")
        (note,) = read_cluster(folder(tmp_path / "c", {"needs.csv": text})).notes[-1:]
        assert "1 learner(s) have rows with different consent" in note
        assert "X1" not in note
