"""One cell: what was typed to a value for the model, and a value to its canonical spelling."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

from allocator.io.columns import Column, Kind
from allocator.io.similar import plain_form

SEPARATOR = ";"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}( \d{3})+(\.\d+)?")
_LONGEST_NUMBER = 40
_MOST_EXACT_DIGITS = 15  # a spreadsheet keeps no more; a longer number has lost its last digits


class CellError(ValueError):
    """The cell cannot hold what its column needs; the message ends the fault."""


def read_cell(column: Column, raw: Any) -> Any:
    """What was typed (text, or a spreadsheet's number, date or truth value) as input for the model.

    Raises:
        CellError: the cell's type does not fit the column; limits are left to the model.
    """
    if isinstance(raw, time | timedelta) or (isinstance(raw, date) and column.kind is not Kind.DAY):
        raise CellError(
            "the spreadsheet has made a date or time of this; format the cell as text; "
            f"expected {column.expected}"
        )
    if column.kind in (Kind.WHOLE, Kind.NUMBER):
        return _number(column, raw)
    if column.kind is Kind.DAY:
        if isinstance(raw, float | int):
            raise CellError(f"expected {column.expected}; format the cell as a date")
        return raw
    text = plain_text(raw)
    if column.kind is Kind.CHOICE:
        by_form = {plain_form(str(choice)): choice for choice in column.choices}
        return by_form.get(plain_form(text), text)
    return text


def plain_text(raw: Any) -> str:
    """A cell as text: 1234.0 is ``1234``, a truth value yes or no, a date its ISO form."""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, float):
        if not math.isfinite(raw) or abs(raw) >= 10**_MOST_EXACT_DIGITS:
            raise CellError(
                "the number is too long for a spreadsheet to keep; format the cell as text and type it again"
            )
        return str(int(raw)) if raw.is_integer() else repr(raw)
    if isinstance(raw, datetime):
        return raw.date().isoformat() if raw.time() == time(0) else raw.isoformat(sep=" ")
    if isinstance(raw, date):
        return raw.isoformat()
    return str(raw).replace("\u00a0", " ").strip()


def _number(column: Column, raw: Any) -> int | float:
    if isinstance(raw, bool):
        raise CellError(f"expected {column.expected}")
    if isinstance(raw, float | int):
        value = float(raw)
    else:
        text = str(raw).replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-").strip()
        if _GROUPED.fullmatch(text):
            text = text.replace(" ", "")
        if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
            hint = "; write 1200 or 0.5, without a comma" if "," in text else ""
            raise CellError(f"expected {column.expected}{hint}")
        value = float(text)
    if not math.isfinite(value):
        raise CellError(f"expected {column.expected}")
    if column.kind is Kind.WHOLE and not value.is_integer():
        raise CellError(f"expected {column.expected}")
    return int(value) if value.is_integer() else value


def write_cell(column: Column, value: Any) -> str:
    """The canonical spelling: lists joined with ``;``, yes or no, ISO dates; ``None`` and ``()`` are blank.

    Raises:
        CellError: the value has no spelling that would be read back as itself.
    """
    if value is None:
        return ""
    if column.kind is Kind.WORDS:
        return join_words(value)
    text = spelled(value)
    if column.kind in (Kind.TEXT, Kind.CODE, Kind.CHOICE):
        _check_text(text)
        if not text.strip():
            raise CellError("empty text cannot be told from a blank cell")
    return text


def join_words(words: tuple[str, ...]) -> str:
    """``("a", "b")`` -> ``a;b``."""
    for word in words:
        _check_text(word)
        if SEPARATOR in word or not word.strip():
            raise CellError("an entry of a list cannot be blank or contain ;")
    return SEPARATOR.join(words)


def spelled(value: Any) -> str:
    """One value, not a list, as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**_MOST_EXACT_DIGITS else repr(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LONGEST_CELL = 32_767


def _check_text(text: str) -> None:
    if _UNWRITABLE.search(text):
        raise CellError("the text contains a control character")
    if text != text.replace("\u00a0", " ").strip():
        raise CellError("the text begins or ends with a space, or contains a no-break space")
    if len(text) > _LONGEST_CELL:
        raise CellError("the text is longer than a spreadsheet's cell can be (32,767 characters)")
