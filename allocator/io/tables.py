"""A table as it was typed: cells with their places, before anybody asks what they mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from allocator.errors import Fault

_LONGEST_FOUND = 60
LETTERS = 26


@dataclass(frozen=True)
class Place:
    """A file, or one sheet of a workbook; makes faults that point into it."""

    file: str
    sheet: str | None = None

    def __str__(self) -> str:
        return self.file if self.sheet is None else f"{self.file}, sheet {self.sheet}"

    def fault(
        self,
        message: str,
        *,
        row: int | None = None,
        index: int | None = None,
        column: str | None = None,
        found: object = None,
    ) -> Fault:
        """A fault here. ``row`` counts from 1, ``index`` (the column's position) from 0."""
        cell = None
        if self.sheet is not None:
            cell = f"{self.sheet}!{column_letters(index or 0)}{row or 1}"
        return Fault(
            printable(self.file),
            printable(message),
            row=row,
            column=shown(column),
            found=shown(found),
            cell=None if cell is None else printable(cell),
        )


def shown(value: object) -> str | None:
    """A found value as it may be printed: short, on one line."""
    if value is None:
        return None
    text = printable(str(value))
    return text if len(text) <= _LONGEST_FOUND else text[: _LONGEST_FOUND - 1] + "…"


def printable(text: str) -> str:
    """Line breaks, control and direction marks as ``·``: what was typed must not play with the screen."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "·" for char in text)


def column_letters(index: int) -> str:
    """0 -> ``A``, 25 -> ``Z``, 26 -> ``AA``."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass
class Findings:
    """What has been noticed so far: ``faults`` stop the reading in the end, ``notes`` are passed on."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """One row: its number in the file (header usually 1) and its cells; ``""`` is a blank cell."""

    number: int
    cells: list[Any]

    @property
    def blank(self) -> bool:
        """Whether nothing is typed in the row."""
        return all(is_blank(cell) for cell in self.cells)

    @property
    def comment(self) -> bool:
        """Whether the row's first cell starts with #, which makes it a remark."""
        return bool(self.cells) and isinstance(self.cells[0], str) and self.cells[0].lstrip().startswith("#")


@dataclass(frozen=True)
class Table:
    """A header and the rows below it; remarks and blank rows are already gone.

    ``torn``: the file could be read only in part, so that rows may be missing.
    """

    place: Place
    header: Line | None
    lines: list[Line]
    torn: bool = False


def is_blank(cell: object) -> bool:
    """Whether a cell holds nothing but spaces."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def as_table(place: Place, lines: list[Line], findings: Findings) -> Table:
    """The first row with something in it is the header; remarks after it are named in a note."""
    header: Line | None = None
    body: list[Line] = []
    remarks: list[int] = []
    for line in lines:
        if line.comment:
            if header is not None:
                remarks.append(line.number)
        elif not line.blank:
            if header is None:
                header = line
            else:
                body.append(line)
    if remarks:
        rows = ", ".join(map(str, remarks[:10])) + (" …" if len(remarks) > 10 else "")
        findings.notes.append(f"{place}: row {rows} starts with # and was left out")
    return Table(place, header, body)
