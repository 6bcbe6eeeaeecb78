"""What a smallest change does to the cluster: cells of its tables, and the same as changes of a scenario."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from allocator.models.world import Cluster, Staff, Support
from scenarios.applying import apply_changes
from scenarios.changes import TYPES
from scenarios.changes.base import edited, rebuilt, swapped
from scenarios.changes.people import with_hours


@dataclass(frozen=True)
class Cell:
    """One cell that gets another value. ``code`` is the row's: of a person, a need, a role, or ``person term``."""

    table: str
    code: str
    column: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Edit:
    """Cells with new values, rows that are added; ``scenario``: the same as changes of a scenario, if they exist."""

    cells: tuple[Cell, ...] = ()
    supports: tuple[Support, ...] = ()
    staff: tuple[Staff, ...] = ()
    scenario: tuple[dict[str, Any], ...] = ()

    def on(self, cluster: Cluster) -> Cluster:
        """The cluster with this edit."""
        made = cluster
        if self.supports:
            made = rebuilt(made, supports=(*made.supports, *self.supports))
        if self.staff:
            made = rebuilt(made, staff=(*made.staff, *self.staff))
        for cell in self.cells:
            made = _written(made, cell)
        return made

    def agrees(self, cluster: Cluster) -> bool:
        """Whether the scenario's changes lead to the same cluster (True where no type of change says it)."""
        if not self.scenario:
            return True
        changes = [TYPES[change["change"]].model_validate(change) for change in self.scenario]
        return apply_changes(cluster, changes).cluster == self.on(cluster)


def together(edits: Iterable[Edit]) -> Edit:
    """Several edits as one."""
    every = list(edits)
    return Edit(
        tuple(cell for edit in every for cell in edit.cells),
        tuple(row for edit in every for row in edit.supports),
        tuple(row for edit in every for row in edit.staff),
        tuple(change for edit in every for change in edit.scenario),
    )


def _written(cluster: Cluster, cell: Cell) -> Cluster:
    new = {cell.column: cell.after}
    if cell.table == "staff":
        row = edited(cluster.person[cell.code], **new)
        return rebuilt(cluster, staff=swapped(cluster.staff, cell.code, row))
    if cell.table == "needs":
        need = edited(cluster.need[cell.code], **new)
        return rebuilt(cluster, needs=swapped(cluster.needs, cell.code, need))
    if cell.table == "supports":
        support = edited(cluster.support[cell.code], **new)
        return rebuilt(cluster, supports=swapped(cluster.supports, cell.code, support))
    if cell.table == "roles":
        roles = {**cluster.roles, cell.code: edited(cluster.roles[cell.code], **new)}
        return rebuilt(cluster, roles=roles)
    if cell.table == "availability":
        person, _, term = cell.code.partition(" ")
        return with_hours(cluster, person, {term: cell.after})
    raise KeyError(cell.table)
