"""A change as it is typed on the command line: ``scenarios.typed`` reads it back as the same change."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Any

from scenarios.changes.base import Change
from scenarios.changes.demand import ConvertShape
from scenarios.changes.hours import LendStaff, Redeploy
from scenarios.changes.people import AddStaff, ChangeStaff, Train
from scenarios.changes.settings import ChangeSupport
from scenarios.changes.which import Which
from scenarios.forms import option_of


def typed(change: Change) -> str:
    """The text of a change.

    Raises:
        KeyError: changes of this type are not suggested.
    """
    return _TEXTS[type(change)](change)


def whatif_line(cluster: str, changes: Sequence[Change], options: str = "") -> str:
    """The command that makes these changes to a cluster (named as it is typed) and compares."""
    parts = [f"{option_of(change.change)} {shlex.quote(typed(change))}" for change in changes]
    return " ".join(part for part in ("allocator whatif", cluster, *parts, options) if part)


def _amount(change: Redeploy | LendStaff) -> str:
    return "" if change.fte is None else f"{change.fte:g} FTE "


def _redeploy(change: Redeploy) -> str:
    start = "" if change.from_site is None else f"{change.from_site} "
    return f"{change.person}: {_amount(change)}{start}-> {change.to_site}"


def _lend(change: LendStaff) -> str:
    code = "" if change.code is None else f", code {change.code}"
    return f"{change.person}: {_amount(change)}from {change.from_cluster} -> {change.base_site}{code}"


def _change_staff(change: ChangeStaff) -> str:
    return f"{change.person}: {_settings(change.set)}"


def _train(change: Train) -> str:
    parts = [("skills", change.skills), ("languages", change.languages)]
    return f"{change.person}: " + ", ".join(f"{name} {';'.join(words)}" for name, words in parts if words)


def _add_staff(change: AddStaff) -> str:
    row = change.staff
    text = f"{row.staff_id}: {row.role} {row.fte:g} FTE at {row.base_site}"
    for name, words in (("skills", row.skills), ("languages", row.languages)):
        text += f", {name} {';'.join(words)}" if words else ""
    return text


def _convert(change: ConvertShape) -> str:
    into = "" if change.into is None else f" -> {change.into}"
    where = {
        name: ";".join(map(str, getattr(change.where, name)))
        for name in ("sites", "tiers")
        if getattr(change.where, name) != getattr(Which(), name)
    }
    return f"{change.support}{into}" + (f": {_settings(where)}" if where else "")


def _change_support(change: ChangeSupport) -> str:
    return f"{change.support}: {_settings(change.set)}"


def _settings(block: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in block.items())


_TEXTS: dict[type[Change], Callable[[Any], str]] = {
    Redeploy: _redeploy,
    LendStaff: _lend,
    ChangeStaff: _change_staff,
    Train: _train,
    AddStaff: _add_staff,
    ConvertShape: _convert,
    ChangeSupport: _change_support,
}
