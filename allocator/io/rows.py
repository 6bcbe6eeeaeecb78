"""The rows of one table as models, every fault of every row collected."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from allocator.errors import Fault, InputError
from allocator.io.cells import CellError, plain_text, read_cell
from allocator.io.columns import columns
from allocator.io.csv_table import read_csv
from allocator.io.decoding import decode, read_bytes
from allocator.io.files import CODE_COLUMN, FileSpec, spec_of
from allocator.io.headers import match_columns
from allocator.io.phrases import sentence
from allocator.io.tables import Findings, Line, Place, Table, is_blank
from allocator.models.base import Row

R = TypeVar("R", bound=Row)
PRIVATE_COLUMN = "learner_id"
"""Its values are never repeated in a message: a value that is wrong may be a child's name."""
_NAME_PART = r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*\.?,?"
_PERSONAL_NAME = re.compile(rf"{_NAME_PART}(?:\s+{_NAME_PART})+")
_STUDENT_NUMBER = re.compile(r"\d{9,10}|\d{3}[ -]\d{3}[ -]\d{3,4}")


@dataclass(frozen=True)
class Placed(Generic[R]):
    """A valid row and the line it stands on."""

    row: R
    line: int


@dataclass
class Rows(Generic[R]):
    """One table, read. ``codes`` also holds the codes of rows with faults, so that one fault is told once."""

    spec: FileSpec
    place: Place
    placed: list[Placed[R]] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    positions: dict[str, int] = field(default_factory=dict)
    readable: bool = True

    def fault(self, placed: Placed[R], column: str, message: str, found: object = None) -> Fault:
        """A fault in one cell of a valid row."""
        index = self.positions.get(column)
        return self.place.fault(message, row=placed.line, index=index, column=column, found=found)


def read_table(path: Path, model: type[R], notes: list[str] | None = None) -> tuple[R, ...]:
    """The rows of one CSV file of a cluster on its own, such as the sites without the rest.

    ``notes`` receives what was noticed and gone on with. Codes of other files are not looked up.

    Raises:
        InputError: the file cannot be read, or rows are wrong; every fault at once.
    """
    findings = Findings()
    data = read_bytes(path, Place(path.name), findings)
    if data is None:
        raise InputError(findings.faults)
    return parse_table(data, path.name, model, notes)


def parse_table(data: bytes, name: str, model: type[R], notes: list[str] | None = None) -> tuple[R, ...]:
    """As ``read_table``, from a file's bytes; ``name`` stands in the faults.

    Raises:
        InputError: every fault of the text and its rows.
    """
    place, findings = Place(name), Findings()
    placed: list[Placed[R]] = []
    text = decode(data, place, findings)
    if text is not None:
        table = read_csv(place, text, columns(model), findings)
        placed = read_rows(spec_of(model), table, findings).placed
    if findings.faults:
        raise InputError(findings.faults)
    if notes is not None:
        notes += findings.notes
    return tuple(item.row for item in placed)


def read_rows(spec: FileSpec, table: Table, findings: Findings) -> Rows[Any]:
    """Every row of the table as ``spec.model``. Faults go to ``findings``; rows with faults are left out."""
    rows: Rows[Any] = Rows(spec, table.place)
    positions = match_columns(spec, table, findings)
    if positions is None or table.header is None:
        rows.readable = False
        return rows
    rows.positions = positions
    width = len(table.header.cells)
    code = positions.get(CODE_COLUMN.get(spec.stem, ""))
    rows.readable = not table.torn and (spec.stem not in CODE_COLUMN or code is not None)
    short: list[int] = []
    for line in table.lines:
        _remember_code(rows, line, code)
        if not all(is_blank(cell) for cell in line.cells[width:]):
            findings.faults.append(_too_wide(table.place, line, width))
            continue
        if len(line.cells) < width:
            short.append(line.number)
        faults, row = _read_row(rows, line)
        findings.faults += faults
        if row is not None:
            rows.placed.append(Placed(row, line.number))
    if short:
        where = ", ".join(map(str, short[:10])) + (" …" if len(short) > 10 else "")
        findings.notes.append(
            f"{table.place}: row {where} has fewer cells than the header; the rest was taken as blank"
        )
    return rows


def _remember_code(rows: Rows[Any], line: Line, code: int | None) -> None:
    if code is None or code >= len(line.cells):
        return
    try:
        rows.codes.add(plain_text(line.cells[code]))
    except CellError:
        return  # the cell gets its fault when the row is read


def _too_wide(place: Place, line: Line, width: int) -> Fault:
    index = next(index for index in range(width, len(line.cells)) if not is_blank(line.cells[index]))
    message = (
        f"the row has {index + 1} cells or more, the header only {width}; "
        "put a cell with a comma in it into double quotes"
    )
    return place.fault(message, row=line.number, index=index)


def _read_row(rows: Rows[Any], line: Line) -> tuple[list[Fault], Row | None]:
    known = columns(rows.spec.model)
    faults: list[Fault] = []
    values: dict[str, Any] = {}

    def blame(name: str, message: str) -> None:
        raw = line.cells[rows.positions[name]] if rows.positions[name] < len(line.cells) else ""
        found = None if name == PRIVATE_COLUMN or is_blank(raw) else raw
        faults.append(
            rows.place.fault(message, row=line.number, index=rows.positions[name], column=name, found=found)
        )

    for name, index in rows.positions.items():
        raw = line.cells[index] if index < len(line.cells) else ""
        if is_blank(raw):
            continue
        try:
            values[name] = read_cell(known[name], raw)
            if name == PRIVATE_COLUMN:
                _refuse_identity(values[name])
        except CellError as error:
            blame(name, str(error))
            values.pop(name, None)
    wrong = {fault.column for fault in faults}
    try:
        row = rows.spec.model.model_validate(values)
    except ValidationError as error:
        for item in error.errors():
            name = str(item["loc"][0])
            if name in rows.positions and name not in wrong:
                blame(name, sentence(item, known[name]))
        return faults, None
    return faults, None if faults else row


def _refuse_identity(value: str) -> None:
    """A learner's name or National Student Number typed where the code belongs.

    Raises:
        CellError: without the value, which must not reach a screen or a log.
    """
    if _STUDENT_NUMBER.fullmatch(value):
        raise CellError(
            "this looks like a National Student Number (value withheld); use a code only your cluster knows"
        )
    if _PERSONAL_NAME.fullmatch(value):
        raise CellError(
            "this looks like a personal name (value withheld); use a code that only your cluster knows"
        )
