"""Exact arithmetic: decimals of the files as fractions, rounded once, at the end.

Floats of the rows are read back through their shortest decimal form, so 0.55 is 11/20 and not
0.55000000000000004. ``GUARD`` is part of the rounding's definition (docs/model.md, "Units"): a figure
within a millionth below a whole number counts as that whole number.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

GUARD = Fraction(1, 1_000_000)
HALF = Fraction(1, 2)


@lru_cache(maxsize=4096)  # the same few decimals are asked for again and again
def exact(value: float) -> Fraction:
    """The decimal a person typed, as a fraction."""
    return Fraction(str(value))


def floored(value: Fraction) -> int:
    """Rounded down to a whole number."""
    return math.floor(value + GUARD)


def ceiled(value: Fraction) -> int:
    """Rounded up to a whole number."""
    return math.ceil(value - GUARD)


def half_up(value: Fraction) -> int:
    """Rounded to the nearest whole number, halves up."""
    return math.floor(value + HALF + GUARD)


@lru_cache(maxsize=4096)
def minutes_of(hours: float) -> int:
    """Hours a week as whole minutes a week, half a minute rounded up."""
    return half_up(60 * exact(hours))


@lru_cache(maxsize=4096)
def per_mille(share: float) -> int:
    """A share as whole thousandths, halves up."""
    return half_up(1000 * exact(share))


def basis_points(share: float) -> int:
    """A share as whole ten-thousandths, halves up."""
    return half_up(10_000 * exact(share))
