"""Settings (the content of cluster.yaml, from wherever it was read) to a checked ``ClusterFile``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from allocator.errors import Fault
from allocator.io.columns import Column, Kind, column_of, unwrap
from allocator.io.phrases import sentence, unknown_key
from allocator.io.similar import did_you_mean
from allocator.io.tables import Findings, Place
from allocator.models.policy import Role
from allocator.models.world import ClusterFile

SettingPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Spot:
    """Where a setting was typed: a line of a file, or a cell of a sheet."""

    place: Place
    row: int
    index: int | None = None


@dataclass(frozen=True)
class Settings:
    """Nested plain data (text, ``None``, lists, dicts) and the spot of every path in it."""

    data: dict[str, Any]
    where: dict[SettingPath, Spot]
    place: Place

    def fault(self, path: SettingPath, message: str, found: object = None) -> Fault:
        """A fault at a setting, or at the nearest setting around it that was typed."""
        name = dotted(path) or None
        for length in range(len(path), -1, -1):
            spot = self.where.get(path[:length])
            if spot is not None and (length or not path):
                return spot.place.fault(message, row=spot.row, index=spot.index, column=name, found=found)
        return self.place.fault(message, column=name, found=found)


def dotted(path: SettingPath) -> str:
    """``("policy", "goals", 2, "tolerance")`` -> ``policy.goals[3].tolerance``: people count from one."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        elif part != "[key]":
            text += f".{part[:60]}" if text else part[:60]
    return text


def read_settings(settings: Settings, roles: Mapping[str, Role], findings: Findings) -> ClusterFile | None:
    """The checked settings; their role table is complete: overrides merged over ``roles`` by field."""
    data = without_blanks(settings.data)
    faults: list[Fault] = []
    data["roles"] = _merge_roles(settings, data.get("roles"), roles, faults)
    _check_terms(settings, data, faults)
    file: ClusterFile | None = None
    try:
        file = ClusterFile.model_validate(data)
    except ValidationError as error:
        faults += _as_faults(settings, error, roles)
    if file is not None:
        for path, value in _numbers(file.model_dump(), ()):
            if not math.isfinite(value):
                faults.append(settings.fault(path, "expected a number", value))
    findings.faults += faults
    return None if faults else file


def without_blanks(data: dict[str, Any]) -> dict[str, Any]:
    """A key with nothing behind it (``policy:``) means the default, as a blank cell does; roles are kept."""
    return {
        key: value if key == "roles" else _dense(value) for key, value in data.items() if value is not None
    }


def _dense(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _dense(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_dense(item) for item in value]
    return value


def _merge_roles(
    settings: Settings, overrides: Any, defaults: Mapping[str, Role], faults: list[Fault]
) -> dict[str, Any]:
    """Default roles with the overrides on top; ``role: null`` takes a role out of the table."""
    merged: dict[str, Any] = {name: role.model_dump() for name, role in defaults.items()}
    if overrides is None:
        return merged
    if not isinstance(overrides, dict):
        faults.append(
            settings.fault(("roles",), "expected a block of roles, one `role: {setting: value}` a line")
        )
        return merged
    for name, override in overrides.items():
        if override is None:
            if merged.pop(name, None) is None:
                faults.append(
                    settings.fault(
                        ("roles", name), f"there is no such role to take out{did_you_mean(name, defaults)}"
                    )
                )
        elif not isinstance(override, dict):
            faults.append(
                settings.fault(("roles", name), "expected a block of settings, one `key: value` a line")
            )
        else:
            merged[name] = {**merged.get(name, {}), **override}
    return merged


def _check_terms(settings: Settings, data: dict[str, Any], faults: list[Fault]) -> None:
    """Terms written without dashes are one block; the model's message would speak of tuples."""
    if isinstance(data.get("terms"), dict):
        faults.append(settings.fault(("terms",), "expected a list of terms, each beginning with a dash"))
        data["terms"] = []


def _as_faults(settings: Settings, error: ValidationError, roles: Mapping[str, Role]) -> Iterator[Fault]:
    """Sentences for the model's messages, those that only follow from another one left out."""
    errors = error.errors()
    paths = [_path(item["loc"]) for item in errors]
    for item, path in zip(errors, paths, strict=True):
        followed = any(len(other) > len(path) and other[: len(path)] == path for other in paths)
        if item["type"] in ("too_short", "too_long") and followed:
            continue
        if path == ("terms",) and isinstance(settings.data.get("terms"), dict):
            continue
        info = field_at(path)
        column = column_of(str(path[-1]), info) if info is not None else None
        if column is not None and column.kind is Kind.NESTED:
            column = None
        yield settings.fault(path, _message(item, path, column, roles), _found(item))


def _message(item: Any, path: SettingPath, column: Column | None, roles: Mapping[str, Role]) -> str:
    if item["type"] == "extra_forbidden":
        return unknown_key(str(path[-1])[:60], known_keys(path[:-1]))
    if item["type"] == "missing" and len(path) == 3 and path[0] == "roles":
        return f"a role that is not in the role table needs a name{did_you_mean(str(path[1]), roles)}"
    return sentence(item, column)


def _found(item: Any) -> str | None:
    value = item["input"]
    return str(value) if isinstance(value, str | int | float) and item["type"] != "extra_forbidden" else None


def _path(loc: tuple[str | int, ...]) -> SettingPath:
    return tuple(part for part in loc if part != "[key]")


def field_at(path: SettingPath) -> FieldInfo | None:
    """The field a path leads to, if it ends at one (not inside a list or at a key of a table)."""
    if not path:
        return None
    model = model_at(path[:-1])
    return model.model_fields.get(str(path[-1])) if model is not None else None


def known_keys(path: SettingPath) -> list[str]:
    """The settings that may stand in the block a path leads to."""
    model = model_at(path)
    return list(model.model_fields) if model is not None else []


def model_at(path: SettingPath) -> type[BaseModel] | None:
    """The model of the block a path leads to: ``("terms", 0)`` -> ``Term``."""
    current: Any = ClusterFile
    for part in path:
        if isinstance(current, type) and issubclass(current, BaseModel):
            info = current.model_fields.get(str(part))
            current = unwrap(info.annotation)[0] if info is not None else None
        elif get_origin(current) in (tuple, dict):
            inner = [item for item in get_args(current) if item is not Ellipsis]
            current = unwrap(inner[-1])[0]
        else:
            return None
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _numbers(value: Any, path: SettingPath) -> Iterator[tuple[SettingPath, float]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _numbers(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _numbers(item, (*path, index))
    elif isinstance(value, float):
        yield path, value
