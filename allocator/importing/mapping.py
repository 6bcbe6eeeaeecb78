"""How the headers and words of a register export become columns and values of ``needs.csv``."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from allocator.errors import InputError
from allocator.io.decoding import decode, read_bytes
from allocator.io.similar import plain_form
from allocator.io.tables import Findings, Place
from allocator.io.yaml_tree import read_yaml
from allocator.models.base import Row

BUILT_IN = "tauranga_peninsula.yaml"
Target = Literal[
    "learner_id",
    "need_id",
    "site_id",
    "year_level",
    "tier",
    "area_of_need",
    "arena",
    "priority",
    "supports",
    "status",
    "funding",
    "groups",
    "consent",
    "waiting_since",
    "hours_per_week",
    "weeks",
]
REQUIRED: tuple[Target, ...] = ("site_id", "area_of_need", "tier")


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _plain_keys(value: Any) -> Any:
    """Keys in the form cells are compared in; a blank value stands for nothing."""
    if not isinstance(value, dict):
        return value
    return {plain_form(str(key)): "" if item is None else str(item) for key, item in value.items()}


Headers = Annotated[tuple[str, ...], BeforeValidator(_several), Field(min_length=1)]
Meanings = Annotated[dict[str, str], BeforeValidator(_plain_keys)]


class RegisterMapping(Row):
    """A mapping file: see the comments at the top of the built-in one."""

    columns: dict[Target, Headers] = Field(
        description="column of needs.csv -> headers it may have in the export"
    )
    values: dict[Target, Meanings] = Field(
        default_factory=dict, description="column -> what a cell of the export means"
    )
    sites: Meanings = Field(default_factory=dict, description="name of a learning centre -> site_id")
    defaults: dict[Target, str] = Field(
        default_factory=dict, description="column -> value where the export has no such column or cell"
    )
    ignored: tuple[str, ...] = Field(default=(), description="headers left out on purpose")


def built_in_mapping() -> RegisterMapping:
    """The packaged mapping, for the field list the Tauranga Peninsula cluster publishes."""
    return parse_mapping(resources.files("allocator").joinpath("data", BUILT_IN).read_bytes(), BUILT_IN)


def read_mapping(path: Path | str) -> RegisterMapping:
    """A mapping file.

    Raises:
        InputError: with every fault of the file.
    """
    place, findings = Place(Path(path).name), Findings()
    data = read_bytes(Path(path), place, findings)
    if data is None:
        raise InputError(findings.faults)
    return parse_mapping(data, place.file)


def parse_mapping(data: bytes, name: str) -> RegisterMapping:
    """A mapping written as YAML.

    Raises:
        InputError: with every fault, each with its line.
    """
    place, findings = Place(name), Findings()
    text = decode(data, place, findings)
    tree = read_yaml(place, text, findings) if text is not None else None
    if tree is None or findings.faults:
        raise InputError(findings.faults or [place.fault("there is nothing in the file")])
    try:
        mapping = RegisterMapping.model_validate(tree.data)
    except ValidationError as error:
        raise InputError(
            tree.fault(tuple(part for part in item["loc"] if part != "[key]"), _sentence(item))
            for item in error.errors()
        ) from None
    missing = [
        target for target in REQUIRED if target not in mapping.columns and target not in mapping.defaults
    ]
    if missing:
        raise InputError(
            tree.fault(("columns",), f"a header or a default is needed for `{target}`") for target in missing
        )
    return mapping


def _sentence(item: Any) -> str:
    if item["type"] == "extra_forbidden":
        return "this key is not known; known are columns, values, sites, defaults and ignored"
    return str(item["msg"]).removeprefix("Value error, ")
