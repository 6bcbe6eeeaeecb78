"""What a column holds, read off its pydantic field: the one place where reader, writer and reference look."""

from __future__ import annotations

import types
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo


class Kind(StrEnum):
    """How a cell is read and written."""

    TEXT = "text"
    CODE = "code"
    CHOICE = "choice"
    WHOLE = "whole number"
    NUMBER = "number"
    YES_NO = "yes or no"
    DAY = "date"
    WORDS = "list"
    NESTED = "block"


@dataclass(frozen=True)
class Column:
    """One column (or setting): its kind, whether it may be blank, its limits and what to type."""

    name: str
    kind: Kind
    required: bool
    optional: bool
    default: Any
    choices: tuple[str | int, ...]
    limits: dict[str, float]
    description: str

    @property
    def expected(self) -> str:
        """What belongs in the cell, as the end of a sentence that begins with "expected"."""
        if self.choices:
            return "one of: " + ", ".join(map(str, self.choices))
        if self.kind in (Kind.WHOLE, Kind.NUMBER):
            return f"a {self.kind}{bounds(self.limits)}"
        return _EXPECTED[self.kind]


_EXPECTED = {
    Kind.TEXT: "text",
    Kind.CODE: "a code of 1 to 80 characters without semicolon, comma, tab or line break",
    Kind.YES_NO: "yes or no",
    Kind.DAY: "a date such as 2027-02-01 or 01/02/2027",
    Kind.WORDS: "entries separated by ;",
    Kind.NESTED: "a block of settings",
}


def bounds(limits: dict[str, float]) -> str:
    """`` from 0 to 1.5``, `` above 0 and at most 40``, `` of 1 or more``; steps last."""
    low, above, high = limits.get("ge"), limits.get("gt"), limits.get("le")
    text = ""
    if low is not None and high is not None:
        text = f" from {low:g} to {high:g}"
    elif above is not None:
        text = f" above {above:g}" + (f" and at most {high:g}" if high is not None else "")
    elif low is not None:
        text = f" of {low:g} or more"
    elif high is not None:
        text = f" of at most {high:g}"
    return text + (f" in steps of {limits['multiple_of']:g}" if "multiple_of" in limits else "")


@cache
def columns(model: type[BaseModel]) -> dict[str, Column]:
    """Every field of a row model as a column, in the model's order."""
    return {name: column_of(name, info) for name, info in model.model_fields.items()}


def column_of(name: str, info: FieldInfo) -> Column:
    """One field as a column."""
    core, metadata, optional = unwrap(info.annotation)
    metadata = [*metadata, *info.metadata]
    kind, choices = _kind(core, metadata)
    return Column(
        name=name,
        kind=kind,
        required=info.is_required(),
        optional=optional,
        default=None
        if info.is_required()
        else info.get_default(call_default_factory=True, validated_data={}),
        choices=choices,
        limits=_limits(metadata),
        description=info.description or "",
    )


def unwrap(annotation: Any) -> tuple[Any, list[Any], bool]:
    """(core type, metadata, may be ``None``) of an annotation such as ``Annotated[int, Ge(0)] | None``."""
    metadata: list[Any] = []
    optional = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *extra = get_args(annotation)
            metadata += extra
        elif origin in (Union, types.UnionType) and type(None) in get_args(annotation):
            optional = True
            (annotation,) = (arg for arg in get_args(annotation) if arg is not type(None))
        else:
            return annotation, metadata, optional


def _kind(core: Any, metadata: list[Any]) -> tuple[Kind, tuple[str | int, ...]]:
    origin = get_origin(core)
    if origin is Literal:
        values = get_args(core)
        return (Kind.WHOLE if isinstance(values[0], int) else Kind.CHOICE), values
    if isinstance(core, type) and issubclass(core, Enum):
        return Kind.CHOICE, tuple(member.value for member in core)
    if origin is tuple:
        return Kind.WORDS, ()
    simple = {bool: Kind.YES_NO, int: Kind.WHOLE, float: Kind.NUMBER, date: Kind.DAY}
    if core in simple:
        return simple[core], ()
    if core is str:
        return (Kind.CODE if any(getattr(item, "pattern", None) for item in metadata) else Kind.TEXT), ()
    return Kind.NESTED, ()


def _limits(metadata: list[Any]) -> dict[str, float]:
    limits: dict[str, float] = {}
    for item in metadata:
        if isinstance(item, annotated_types.Ge):
            limits["ge"] = float(item.ge)  # type: ignore[arg-type]  # numbers, in this package's models
        elif isinstance(item, annotated_types.Gt):
            limits["gt"] = float(item.gt)  # type: ignore[arg-type]
        elif isinstance(item, annotated_types.Le):
            limits["le"] = float(item.le)  # type: ignore[arg-type]
        elif isinstance(item, annotated_types.MultipleOf):
            limits["multiple_of"] = float(item.multiple_of)  # type: ignore[arg-type]
    return limits
