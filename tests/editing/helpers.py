"""What the tests of editing ask of a cluster: an agreed proposal, edits said in short, a re-solve checked apart."""

from __future__ import annotations

from typing import Any

import allocator
from allocator.editing.edits import AnyEdit, Move, Order, Pin, Reject
from allocator.editing.relationships import every_allocation
from allocator.editing.resolving import resolve
from allocator.editing.result import Resolved
from allocator.editing.verifying import not_done
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster

SAID = {"by": "Ana", "reason": "we know each other"}
SECONDS = 8.0


def pin(need: str, person: str | None = None, **more: Any) -> Pin:
    return Pin(need=need, person=person, **more, **SAID)


def reject(need: str, person: str | None = None, group: str | None = None) -> Reject:
    return Reject(need=need, person=person, group=group, **SAID)


def move(need: str, before: str, after: str) -> Move:
    return Move(need=need, from_person=before, to_person=after, **SAID)


def order(*goals: Any) -> Order:
    return Order(goals=goals, **SAID)


def agreed_for(cluster: Cluster) -> Proposal:
    """The best plan there is."""
    return allocator.solve(cluster, strategy="cpsat", time_limit=20.0)


def changed_by(cluster: Cluster, agreed: Proposal, *edits: AnyEdit, **options: Any) -> Resolved:
    """A re-solve in which the independent checker finds nothing wrong and every edit is done."""
    made = resolve(cluster, agreed, edits, **{"time_limit": SECONDS, **options})
    assert [str(found) for found in allocator.check(made.cluster, made.proposal)] == []
    assert not_done(made.cluster, made.proposal, made.asked.wishes) == ()
    assert made.least <= made.weight
    return made


def staff_of(proposal: Proposal) -> dict[str, str]:
    """need_id -> staff_id of every need served."""
    return {row.need_id: row.staff_id for row in every_allocation(proposal)}
