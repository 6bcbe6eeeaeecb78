"""A file somebody else made, as a table: CSV of any usual make, or the first sheet of a workbook."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from allocator.errors import InputError
from allocator.io.csv_table import read_csv
from allocator.io.decoding import decode, read_bytes
from allocator.io.tables import Findings, Line, Place, Table


def read_source(path: Path, known: Iterable[str]) -> Table:
    """The table in a file. ``known`` are headers one may expect; they tell the delimiter.

    UTF-8 with or without byte order mark, UTF-16 with one, any line ends; workbooks by their suffix.

    Raises:
        InputError: the file cannot be read or decoded, its quoting is broken, or it has no header row.
    """
    place, findings = Place(path.name), Findings()
    data = read_bytes(path, place, findings)
    table: Table | None = None
    if data is not None and path.suffix.lower() in (".xlsx", ".xlsm"):
        from allocator.io.workbook import read_workbook

        sheets = read_workbook(path.name, data, findings)
        table = next(iter(sheets.values()), None) if sheets else None
    elif data is not None:
        text = decode(data, place, findings)
        table = None if text is None else read_csv(place, text, known, findings)
    if not findings.faults and (table is None or table.header is None):
        findings.faults.append(place.fault("there is no header row"))
    if findings.faults or table is None:
        raise InputError(findings.faults)
    return table


def cell_text(line: Line, index: int | None) -> str:
    """The text of a cell, trimmed; empty where the column or the cell is missing, ``5`` for a number 5.0."""
    if index is None or index >= len(line.cells) or line.cells[index] is None:
        return ""
    value = line.cells[index]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
