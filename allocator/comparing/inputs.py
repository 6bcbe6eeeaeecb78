"""What differs in the inputs of two clusters: rows by their codes, settings by their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from allocator.io.files import TABLES, FileSpec
from allocator.models.world import Cluster, ClusterFile
from allocator.reporting.privacy import Shield
from allocator.reporting.words import spelled

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
OPPOSITE = {ADDED: REMOVED, REMOVED: ADDED, CHANGED: CHANGED}
SETTINGS = "settings"


@dataclass(frozen=True)
class Cell:
    """A column (or setting) whose value differs."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class RowDifference:
    """A row that is only on one side, or has other values there; ``code`` is blank where it may not be shown."""

    table: str
    code: str
    kind: str
    cells: tuple[Cell, ...] = ()


def input_differences(before: Cluster, after: Cluster) -> tuple[RowDifference, ...]:
    """Every row and setting that differs, in the order of the files and then of the codes.

    Rows of needs that are not shared with the cluster on either side keep their place but lose code and
    values (R8).
    """
    shields = (Shield(before), Shield(after))
    rows = [each for spec in TABLES for each in _rows(spec, before, after, shields)]
    return (*_settings(before, after), *rows)


def _rows(
    spec: FileSpec, before: Cluster, after: Cluster, shields: tuple[Shield, Shield]
) -> Iterator[RowDifference]:
    old, new = _by_key(spec, before), _by_key(spec, after)
    for key in sorted({*old, *new}):
        kind = ADDED if key not in old else REMOVED if key not in new else CHANGED
        if kind == CHANGED and old[key] == new[key]:
            continue
        if any(not shield.shows(part) for shield in shields for part in key):
            yield RowDifference(spec.stem, "", kind)
            continue
        cells = _cells(old[key], new[key]) if kind == CHANGED else ()
        yield RowDifference(spec.stem, " ".join(key), kind, cells)


def _by_key(spec: FileSpec, cluster: Cluster) -> dict[tuple[str, ...], BaseModel]:
    rows = getattr(cluster, spec.field)
    return {tuple(str(getattr(row, name)) for name in spec.key): row for row in rows}


def _cells(old: BaseModel, new: BaseModel) -> tuple[Cell, ...]:
    return tuple(
        Cell(name, spelled(getattr(old, name)), spelled(getattr(new, name)))
        for name in type(old).model_fields
        if getattr(old, name) != getattr(new, name)
    )


def _settings(before: Cluster, after: Cluster) -> Iterator[RowDifference]:
    for name in ClusterFile.model_fields:
        old, new = getattr(before, name), getattr(after, name)
        for path, was, now in _leaves(old, new, name):
            yield RowDifference(SETTINGS, path, CHANGED, (Cell(path, spelled(was), spelled(now)),))


def _leaves(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if old == new:
        return
    if isinstance(old, BaseModel) and isinstance(new, BaseModel):
        for name in type(old).model_fields:
            yield from _leaves(getattr(old, name), getattr(new, name), f"{path}.{name}")
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _leaves(old.get(key), new.get(key), f"{path}.{key}")
    else:
        yield path, old, new
