"""What every change shares: its place in a file, looking rows up by code or name, new clusters from old ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, PrivateAttr

from allocator.errors import Fault
from allocator.io.similar import closest, listed, plain_form
from allocator.io.tables import shown
from allocator.models.base import Row
from allocator.models.world import Cluster, Need, Site, Staff, Support
from allocator.reporting.words import spelled

R = TypeVar("R", bound=Row)
_FEW = 12


@dataclass(frozen=True)
class Where:
    """Where a change was typed: a file (or an option of a command) and the line of each of its keys."""

    file: str = "scenario"
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)
    folder: Path | None = None
    """The folder that relative paths in the change start from."""

    def fault(self, path: tuple[str | int, ...], message: str, found: object = None) -> Fault:
        """A fault at a key, or at the nearest key around it whose line is known."""
        name = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
        row = next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)
        return Fault(self.file, message, row=row, column=name or None, found=shown(found))


class Refused(Exception):  # noqa: N818  (it says what happened to a change; it never leaves the package)
    """A change cannot be applied to this cluster: which key of it, why, and what was found there."""

    def __init__(self, key: str | tuple[str | int, ...], message: str, found: object = None) -> None:
        self.path: tuple[str | int, ...] = (key,) if isinstance(key, str) else key
        self.message, self.found = message, found
        super().__init__(message)


class Change(Row):
    """One typed change of a scenario. ``change`` names its type."""

    change: str

    _where: Where = PrivateAttr(default_factory=Where)

    @property
    def place(self) -> Where:
        """Where the change was typed."""
        return self._where

    def at(self, where: Where) -> Change:
        """The same change, typed elsewhere."""
        copy = self.model_copy()
        copy._where = where
        return copy


@dataclass(frozen=True)
class Effect:
    """A changed cluster, and in one sentence what differs in its rows."""

    cluster: Cluster
    sentence: str


Function = Callable[[Cluster, Any], Effect]


def as_whole(value: Any) -> Any:
    """``"2"`` -> 2; anything else unchanged, for its own type to judge."""
    if isinstance(value, str) and value.strip().lstrip("-").isdigit():
        return int(value)
    return value


def as_list(value: Any) -> Any:
    """One value where a list may stand: ``a; b`` and ``a`` as lists."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    return (value,) if isinstance(value, int | float) else value


Whole = BeforeValidator(as_whole)
Names = Annotated[tuple[str, ...], BeforeValidator(as_list)]
"""Codes or names, as a list or with semicolons."""


# --- new clusters from old ones -----------------------------------------------------------------------


def rebuilt(cluster: Cluster, **parts: Any) -> Cluster:
    """The cluster with some parts replaced; built anew, so that nothing remembered of the old one is kept."""
    content = {name: getattr(cluster, name) for name in Cluster.model_fields}
    made = Cluster(**{**content, **parts})
    made._notes = cluster._notes
    return made


def edited(row: R, **fields: Any) -> R:
    """A row with some fields replaced, checked by its model."""
    content = {name: getattr(row, name) for name in type(row).model_fields}
    return type(row).model_validate({**content, **fields})


def swapped(rows: Iterable[R], code: str, *replacement: R) -> tuple[R, ...]:
    """The rows with the one of this code replaced by others (or by none), the order kept."""
    made: list[R] = []
    for row in rows:
        if getattr(row, next(iter(type(row).model_fields))) == code:
            made += replacement
        else:
            made.append(row)
    return tuple(made)


def fresh(wanted: str, taken: Iterable[str], key: Callable[[str], str] = str) -> str:
    """``wanted`` if it is free, else ``wanted-2``, ``wanted-3`` …; two codes are alike if their ``key`` is."""
    used = {key(code) for code in taken}
    if key(wanted) not in used:
        return wanted
    return next(code for n in range(2, len(used) + 3) if key(code := f"{wanted}-{n}") not in used)


# --- rows by code or name -----------------------------------------------------------------------------


def _folded(text: str) -> str:
    """Without macrons, capitals, spaces and hyphens: as people type a name in a hurry."""
    letters = unicodedata.normalize("NFKD", text)
    return plain_form("".join(char for char in letters if not unicodedata.combining(char)))


def _find(key: Any, typed: str, options: Mapping[str, str | None], noun: str) -> str:
    """The code meant by a code or a name; ``options`` maps code -> name."""
    if typed in options:
        return typed
    form = _folded(typed)
    found = [code for code, name in options.items() if form in (_folded(code), _folded(name or code))]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(
            key, f"{len(found)} {noun}s have this name: use one of the codes {listed(found)}", typed
        )
    words = [word for code, name in options.items() for word in (code, name) if word]
    near = closest(typed, words)
    hint = f" - did you mean `{near}`?" if near else ""
    if not hint and 0 < len(options) <= _FEW:
        hint = f"; known: {listed(options)}"
    raise Refused(key, f"there is no such {noun} in this cluster{hint}", typed)


def person_of(cluster: Cluster, typed: str, key: Any = "person") -> Staff:
    """The row of staff.csv meant."""
    return cluster.person[_find(key, typed, dict.fromkeys(cluster.person), "person")]


def site_of(cluster: Cluster, typed: str, key: Any = "site") -> Site:
    """The row of sites.csv meant, by code or name."""
    return cluster.site[_find(key, typed, {row.site_id: row.name for row in cluster.sites}, "site")]


def support_of(cluster: Cluster, typed: str, key: Any = "support") -> Support:
    """The row of supports.csv meant, by code or name."""
    options = {row.support_id: row.name for row in cluster.supports}
    return cluster.support[_find(key, typed, options, "support")]


def need_of(cluster: Cluster, typed: str, key: Any = "need") -> Need:
    """The row of needs.csv meant. Codes not shared with the cluster are found, but never suggested (R8)."""
    if typed in cluster.need:
        return cluster.need[typed]
    shared: dict[str, str | None] = {row.need_id: None for row in cluster.needs if row.shared_with_cluster}
    return cluster.need[_find(key, typed, shared, "need")]


def term_of(cluster: Cluster, typed: str, key: Any = "term") -> str:
    """The id of a term of the cluster."""
    return _find(key, typed, {term.id: None for term in cluster.terms}, "term")


def role_of(cluster: Cluster, typed: str, key: Any = "role") -> str:
    """The id of a role, by id or name."""
    return _find(key, typed, {code: role.name for code, role in cluster.roles.items()}, "role")


# --- words --------------------------------------------------------------------------------------------


def counted(number: int, one: str, many: str | None = None) -> str:
    """``3 needs``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def place_name(cluster: Cluster, code: str) -> str:
    """``Rimu School (9012)``."""
    site = cluster.site.get(code)
    return code if site is None or site.name == code else f"{site.name} ({code})"


def difference(name: str, before: Any, after: Any) -> str:
    """``fte 1 → 0.6``; what is not given is ``blank``."""
    return f"{name} {spelled(before, 'blank')} → {spelled(after, 'blank')}"


def differences(before: Row, after: Row) -> str:
    """``fte 1 → 0.6, base_site A → B``: every field that differs."""
    return ", ".join(
        difference(name, getattr(before, name), getattr(after, name))
        for name in type(before).model_fields
        if getattr(before, name) != getattr(after, name)
    )


def rounded(value: float) -> float:
    """FTE and hours without floating-point dust."""
    return round(value, 6)


def half_up(value: float) -> int:
    """The nearest whole number, a half rounded up."""
    return int(value + 0.5 + 1e-9)
