"""The one word a person most likely meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_SHOWN = 12


def closest(word: str, options: Iterable[str]) -> str | None:
    """The option nearest to ``word`` regardless of capitals, spaces and hyphens; ``None`` if none is near."""
    by_form: dict[str, str] = {}
    for option in options:
        by_form.setdefault(plain_form(option), option)
    found = difflib.get_close_matches(plain_form(word)[:80], by_form, n=1, cutoff=0.6)
    return by_form[found[0]] if found else None


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """``" - did you mean `x`?"`` or nothing: to be put at the end of a message."""
    found = closest(word, options)
    return "" if found is None else f" - did you mean `{found[:60]}`?"


def plain_form(text: str) -> str:
    """``"Year Level"``, ``"year-level"`` and ``"year_level"`` as one."""
    return "_".join(text.replace("_", " ").replace("-", " ").replace("\u00a0", " ").split()).casefold()


def listed(items: Iterable[str]) -> str:
    """``a, b, c and 4 more``: long lists cut so that a message stays readable."""
    every = list(items)
    more = len(every) - _SHOWN
    return ", ".join(every[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
