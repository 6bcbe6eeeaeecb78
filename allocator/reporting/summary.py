"""What a cluster holds before anything is solved: counts, hours by role, demand against capacity.

Shown by ``allocator validate``. Needs without cluster consent are one count and one sum of hours.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allocator.reporting.aside import Aside, inputs_aside
from allocator.reporting.words import plain, tier_name

if TYPE_CHECKING:
    from allocator.checking.world import World
    from allocator.models.world import Cluster, Need, Staff


@dataclass(frozen=True)
class RoleCapacity:
    """One role: people, vacant posts among them, full-time equivalents, hours over all the terms."""

    role: str
    name: str
    people: int
    vacant: int
    fte: float
    bookable_hours: float
    promised_hours: float


@dataclass(frozen=True)
class TierDemand:
    """One tier: needs planned and hours asked over all the terms, cut at the end of the plan."""

    tier: int
    name: str
    needs: int
    asked_hours: float


@dataclass(frozen=True)
class ClusterSummary:
    """A cluster in figures; hours are totals over the weeks of the plan."""

    name: str
    terms: tuple[str, ...]
    weeks: int
    sites: dict[str, int]
    roll: int
    people: int
    vacant: int
    roles: tuple[RoleCapacity, ...]
    tiers: tuple[TierDemand, ...]
    needs: int
    waiting: int
    in_service: int
    not_planned: int
    withheld: int
    supports: int
    bookable_hours: float
    promised_hours: float
    asked_hours: float
    notes: tuple[str, ...]
    unused_by_solve: tuple[Aside, ...]

    def as_dict(self) -> dict[str, Any]:
        """The summary as plain values, for JSON."""
        from dataclasses import asdict

        return asdict(self)


def cluster_summary(cluster: Cluster) -> ClusterSummary:
    """Count what was read. Demand is what rows ask for; groups need less, travel comes on top."""
    from allocator.checking.world import World

    world = World(cluster)
    planned = [need for need in cluster.needs if need.planned]
    roles = _roles(world)
    return ClusterSummary(
        name=plain(cluster.name),
        terms=tuple(term.id for term in cluster.terms),
        weeks=sum(term.weeks for term in cluster.terms),
        sites=dict(Counter(site.type for site in cluster.sites)),
        roll=sum(site.roll for site in cluster.sites),
        people=len(cluster.staff),
        vacant=sum(person.vacant for person in cluster.staff),
        roles=roles,
        tiers=_tiers(world, planned),
        needs=len(planned),
        waiting=sum(need.status == "waiting" for need in planned),
        in_service=sum(need.status == "in_service" for need in planned),
        not_planned=len(cluster.needs) - len(planned),
        withheld=sum(not need.shared_with_cluster for need in planned),
        supports=len(cluster.supports),
        bookable_hours=round(sum(role.bookable_hours for role in roles), 1),
        promised_hours=round(sum(role.promised_hours for role in roles), 1),
        asked_hours=round(sum(asked_hours(world, need) for need in planned), 1),
        notes=tuple(plain(note) for note in cluster.notes),
        unused_by_solve=inputs_aside(cluster),
    )


def asked_hours(world: World, need: Need) -> float:
    """Hours a row asks for over its weeks, cut at the end of the plan from its earliest term."""
    admitted = world.admitted[need.need_id]
    weekly = need.hours_per_week or max((row.hours_per_week for row in admitted), default=0.0)
    weeks = need.weeks or max((row.weeks for row in admitted), default=0)
    left = sum(term.weeks for term in world.terms[world.earliest(need) :])
    return weekly * min(weeks, left)


def _roles(world: World) -> tuple[RoleCapacity, ...]:
    found = []
    for role in dict.fromkeys(person.role for person in world.cluster.staff):
        people = [person for person in world.cluster.staff if person.role == role]
        found.append(
            RoleCapacity(
                role=role,
                name=plain(world.cluster.roles[role].name),
                people=len(people),
                vacant=sum(person.vacant for person in people),
                fte=round(sum(person.fte for person in people), 2),
                bookable_hours=_hours_of(world, people, world.bookable),
                promised_hours=_hours_of(world, people, world.standing),
            )
        )
    return tuple(found)


def _hours_of(world: World, people: list[Staff], minutes: dict[tuple[str, int], int]) -> float:
    """Minutes a week by person and term as hours over all the weeks."""
    terms = list(enumerate(world.terms))
    total = sum(minutes[person.staff_id, t] * term.weeks for person in people for t, term in terms)
    return round(total / 60, 1)


def _tiers(world: World, planned: list[Need]) -> tuple[TierDemand, ...]:
    rows = []
    for tier in (1, 2, 3):
        needs = [need for need in planned if need.tier == tier]
        asked = round(sum(asked_hours(world, need) for need in needs), 1)
        rows.append(TierDemand(tier, tier_name(tier), len(needs), asked))
    return tuple(row for row in rows if row.needs)
