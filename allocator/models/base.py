"""What every row of the world shares: strictness, cell formats, units.

Times are hours per week in files and in these models, and whole minutes per week everywhere else;
the change of unit happens once, in ``minutes``.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

MINUTES_PER_HOUR = 60
_ROUNDING_GUARD = 1e-6  # 1500 * 0.2 * 0.55 is 165.00000000000003 in floating point; floor must give 165

_TRUE = {"yes", "y", "true", "1", "āe", "ae", "x"}
_FALSE = {"no", "n", "false", "0", "kāo", "kao"}


class Row(BaseModel):
    """One row of an input file: frozen, and an unknown column is an error, not a guess."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _split(value: Any) -> Any:
    """``"a; b;"`` -> ``("a", "b")``; anything that is not text passes through unchanged."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    return value


def _truth(value: Any) -> Any:
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise ValueError("expected yes or no")
    return value


def _day(value: Any) -> Any:
    """ISO dates, New Zealand dates (31/12/2027) and spreadsheet dates."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        text = value.strip()
        for form in ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"):
            try:
                return datetime.strptime(text, form).date()
            except ValueError:
                continue
        raise ValueError("expected a date such as 2027-02-01 or 01/02/2027")
    return value


Identifier = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^;,\r\n\t]+$")]
Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""A cell with several entries separated by semicolons."""
YesNo = Annotated[bool, BeforeValidator(_truth)]
Day = Annotated[date, BeforeValidator(_day)]


def minutes(hours: float) -> int:
    """Hours per week as whole minutes per week, half a minute rounded up."""
    return math.floor(hours * MINUTES_PER_HOUR + 0.5 + _ROUNDING_GUARD)


def floor_minutes(value: float) -> int:
    """A product of shares and minutes as whole minutes, rounded down but not by floating-point dust."""
    return math.floor(value + _ROUNDING_GUARD)
