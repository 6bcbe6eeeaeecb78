"""One file of a cluster on its own: the same rows, notes and faults as within the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.errors import InputError
from allocator.io.files import TABLES, spec_of
from allocator.io.reader import read_cluster
from allocator.io.rows import parse_table, read_table
from allocator.models.world import Need, Site, Staff
from tests.io.helpers import FILES, folder


def test_the_rows_are_those_of_the_whole_cluster(tmp_path: Path) -> None:
    whole = folder(tmp_path / "c")
    assert read_table(whole / "needs.csv", Need) == read_cluster(whole).needs


def test_codes_of_other_files_are_not_looked_up(tmp_path: Path) -> None:
    """R1 is based at HUB, which no other file says anything about here."""
    (tmp_path / "staff.csv").write_text(FILES["staff.csv"], encoding="utf-8")
    assert read_table(tmp_path / "staff.csv", Staff)[0].base_site == "HUB"


def test_what_was_noticed_is_passed_on(tmp_path: Path) -> None:
    text = FILES["sites.csv"].replace("roll\n", "roll,colour\n", 1)
    (tmp_path / "places.csv").write_text(text, encoding="utf-8")
    notes = ["before"]
    read_table(tmp_path / "places.csv", Site, notes)
    assert notes[0] == "before"
    assert any("colour" in note for note in notes[1:])


def test_every_fault_is_named_with_the_file_as_it_is_called(tmp_path: Path) -> None:
    text = FILES["sites.csv"].replace(",300\n", ",many\n").replace(",full_primary,", ",castle,")
    (tmp_path / "places.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_table(tmp_path / "places.csv", Site)
    assert [(f.file, f.row, f.found) for f in caught.value.faults] == [
        ("places.csv", 2, "many"),
        ("places.csv", 3, "castle"),
    ]


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_table(tmp_path / "sites.csv", Site)


def test_bytes_that_are_no_text_are_a_fault() -> None:
    with pytest.raises(InputError, match="spreadsheet or archive"):
        parse_table(b"PK\x03\x04", "sites.csv", Site)


def test_every_table_is_found_by_its_model() -> None:
    assert [spec_of(spec.model) for spec in TABLES] == list(TABLES)
