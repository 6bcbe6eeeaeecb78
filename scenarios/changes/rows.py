"""Rows typed inside a scenario, read cell by cell as the CSV files are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from allocator.io.cells import CellError, read_cell
from allocator.io.columns import Column, Kind, columns
from allocator.io.phrases import sentence, unknown_key
from allocator.io.rows import PRIVATE_COLUMN
from allocator.models.base import Row
from scenarios.changes.base import Refused

R = TypeVar("R", bound=Row)
_NOT_A_CODE = re.compile(r"\d{9,10}|\d{3}[ -]\d{3}[ -]\d{3,4}|[^\W\d_]+\s+[^\W\d_]+.*")


def read_cells(model: type[Row]) -> Callable[[Any], Any]:
    """A validator that turns texts into what the columns of ``model`` hold; it leaves what it cannot read."""

    def read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        known = columns(model)
        return {name: _read(known.get(str(name)), item) for name, item in value.items()}

    return read


def _read(column: Column | None, value: Any) -> Any:
    if column is None or value is None:
        return column.default if column is not None and not column.required else value
    if column.name == PRIVATE_COLUMN and _NOT_A_CODE.fullmatch(str(value)):
        # the value must not reach a screen or a log
        raise ValueError("learner_id looks like a name or a student number (value withheld); use a code")
    if column.kind is Kind.WORDS and isinstance(value, list | tuple):
        return tuple(map(str, value))
    if not isinstance(value, str):
        return value
    try:
        return read_cell(column, value) if value.strip() else column.default
    except CellError:
        return value


def validated(row: R, fields: Mapping[str, Any], key: str) -> R:
    """The row with some columns set, as if typed into its file.

    Raises:
        Refused: the first column that is unknown or holds what it may not.
    """
    model = type(row)
    known = columns(model)
    for name in fields:
        if name not in known:
            raise Refused((key, name), unknown_key(name, known).replace("setting", "column", 1))
    read = read_cells(model)(fields)
    content = {name: getattr(row, name) for name in known}
    try:
        return model.model_validate({**content, **read})
    except ValidationError as error:
        item = error.errors()[0]
        name = str(item["loc"][0]) if item["loc"] else key
        raise Refused((key, name), sentence(item, known.get(name)), fields.get(name)) from None
