"""A validation message of the models as a plain sentence: what was expected, which word was likely meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from allocator.io.columns import Column
from allocator.io.similar import did_you_mean, listed

_QUOTED = re.compile(r"'([^']*)'")
_SIMPLE = {
    "missing": "expected a value, found nothing",
    "string_type": "expected text",
    "model_type": "expected a block of settings, one `key: value` a line",
    "model_attributes_type": "expected a block of settings, one `key: value` a line",
    "dict_type": "expected a block of settings, one `key: value` a line",
    "tuple_type": "expected a list",
    "list_type": "expected a list",
    "bool_parsing": "expected yes or no",
    "bool_type": "expected yes or no",
}
_STARTS = {
    "int_": "expected a whole number",
    "float_": "expected a number",
    "date_": "expected a date such as 2027-02-01",
}


def sentence(error: Mapping[str, Any], column: Column | None) -> str:
    """One pydantic error as a sentence; ``column`` adds the limits and choices of its field where known."""
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx") or {}
    text = _SIMPLE.get(kind)
    if kind in ("value_error", "assertion_error"):
        text = str(context.get("error", error["msg"]))
    elif kind in ("literal_error", "enum"):
        choices = column.choices if column is not None else ()
        text = one_of(str(error["input"]), map(str, choices or _QUOTED.findall(str(context["expected"]))))
    elif kind in ("too_short", "too_long"):
        text = _wrong_length(kind, context)
    elif kind in ("string_too_short", "string_too_long"):
        limit = context.get("min_length", context.get("max_length"))
        text = f"expected at {'least' if kind.endswith('short') else 'most'} {limit} characters"
    elif text is None:
        text = (
            f"expected {column.expected}" if column is not None else _without_column(kind, str(error["msg"]))
        )
    return text


def _without_column(kind: str, message: str) -> str:
    for start, text in _STARTS.items():
        if kind.startswith(start):
            return text
    return message[:1].lower() + message[1:]


def one_of(found: str, choices: Iterable[str]) -> str:
    """``expected one of: individual, group, project - did you mean `group`?``."""
    options = list(choices)
    return f"expected one of: {', '.join(options)}{did_you_mean(found, options)}"


def unknown_key(key: str, known: Iterable[str]) -> str:
    """For a key of the settings that no field is named after."""
    options = list(known)
    return f"unknown setting `{key}`{did_you_mean(key, options) or '; known here: ' + listed(options)}"


def _wrong_length(kind: str, context: Mapping[str, Any]) -> str:
    least, most = context.get("min_length"), context.get("max_length")
    if kind == "too_short":
        return f"expected at least {least} {'entry' if least == 1 else 'entries'}"
    return f"expected at most {most} entries"
