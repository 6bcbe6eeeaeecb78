"""CSV text to a table: delimiter found out, quotes checked, remarks (lines that start with #) left out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace

from allocator.io.similar import plain_form
from allocator.io.tables import Findings, Line, Place, Table, as_table

DELIMITERS = (",", ";", "\t")


class _Feed:
    """Feeds lines to the csv parser, drops remarks between records, and knows where a record began."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.number = 0
        self.record_start = 0
        self.between_records = True
        self.remarks: list[int] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while True:
            line = next(self._lines)
            self.number += 1
            if self.between_records:
                if _is_remark(line):
                    self.remarks.append(self.number)
                    continue
                self.record_start = self.number
                self.between_records = False
            return line


def read_csv(place: Place, text: str, known: Iterable[str], findings: Findings) -> Table:
    """The rows of a CSV text. ``known``, the file's columns, decide which delimiter fits the header."""
    delimiter = _delimiter(text, {plain_form(name) for name in known})
    feed = _Feed(text)
    lines: list[Line] = []
    torn = False
    try:
        # strict: a stray quote would otherwise swallow the rest of the file without a word
        for cells in csv.reader(feed, delimiter=delimiter, strict=True):
            lines.append(Line(feed.record_start, list(cells)))
            feed.between_records = True
    except csv.Error as error:
        findings.faults.append(place.fault(_quoting(str(error), delimiter), row=feed.record_start))
        torn = True
    if lines and delimiter.join(lines[0].cells).strip().lower() == f"sep={delimiter}":
        lines = lines[1:]
    # a remark that a spreadsheet has saved is quoted or padded with commas, so rows are looked at as well
    header = next((line.number for line in lines if not line.blank and not line.comment), 0)
    remarks = [Line(number, ["#"]) for number in feed.remarks if header and number > header]
    table = as_table(place, sorted([*lines, *remarks], key=lambda line: line.number), findings)
    return replace(table, torn=torn)


def _is_remark(line: str) -> bool:
    return line.lstrip().startswith("#")


def _delimiter(text: str, known: set[str]) -> str:
    """The delimiter under which the header shows most of the file's columns; a comma if all are equal."""
    for line in io.StringIO(text, newline=""):
        lowered = line.strip().lower()
        if lowered.startswith("sep=") and lowered[4:] in (",", ";"):
            return lowered[4:]
        if lowered.strip(',;\t"') and not _is_remark(line) and not lowered.startswith('"#'):
            return max(DELIMITERS, key=lambda mark: _columns_seen(line, mark, known))
    return ","


def _columns_seen(line: str, delimiter: str, known: set[str]) -> int:
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return 0
    return sum(plain_form(cell) in known for cell in cells)


def _quoting(error: str, delimiter: str) -> str:
    if "unexpected end of data" in error:
        return "a double quote is opened in this row and never closed"
    if "expected after" in error:
        return f'a double quote inside a quoted cell is typed twice (""); or a `{delimiter}` is missing'
    if "field limit" in error:
        return "a cell is longer than 131,072 characters; a closing double quote is probably missing"
    return f"the row cannot be split into cells: {error}"
