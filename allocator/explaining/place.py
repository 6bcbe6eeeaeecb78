"""Who serves a site, and what is unmet there and why; from the shared part of the proposal alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from allocator.explaining.situation import Situation
from allocator.models.proposal import UnmetReason


@dataclass(frozen=True)
class Serving:
    """One person's part at a site, over all terms."""

    staff_id: str
    role: str
    minutes: int
    """Delivery a week, in the fullest term; a group's once."""
    quarters: int
    """Visits a week in quarters, in the term with most; 0 at the own base."""
    needs: int
    liaison: bool
    blocks: int
    """Of a coordinator's time, held by the site."""


@dataclass(frozen=True)
class Waiting:
    """A need of the site that is unmet."""

    need_id: str
    tier: int
    area_of_need: str
    priority: int
    reason: UnmetReason
    detail: str


@dataclass(frozen=True)
class SiteExplanation:
    """One site: who comes, what is met, what is not."""

    site_id: str
    name: str
    serving: tuple[Serving, ...]
    needs: int
    """Planned and shared with the cluster."""
    met: int
    asked_points: int
    met_points: int
    waiting: tuple[Waiting, ...]


def explain_site(situation: Situation, site_id: str) -> SiteExplanation:
    """Everything about one site that may be shared."""
    problem, proposal, cluster = situation.problem, situation.proposal, situation.cluster
    here = [n for n in problem.needs if n.site_id == site_id and n.shared_with_cluster]
    codes = {need.need_id for need in here}
    points = sum(row.value for row in proposal.allocations if row.need_id in codes)
    waiting = [
        Waiting(need.need_id, need.tier, need.area_of_need, need.priority, row.reason, row.detail)
        for row in proposal.unmet
        if row.need_id in codes
        for need in (cluster.need[row.need_id],)
    ]
    waiting.sort(key=lambda row: (row.priority, row.need_id))
    return SiteExplanation(
        site_id=site_id,
        name=cluster.site[site_id].name,
        serving=_serving(situation, site_id),
        needs=len(here),
        met=len(codes & {row.need_id for row in proposal.allocations}),
        asked_points=sum(int(problem.asked[situation.number[code]]) for code in codes),
        met_points=points,
        waiting=tuple(waiting),
    )


def _serving(situation: Situation, site_id: str) -> tuple[Serving, ...]:
    proposal, cluster = situation.proposal, situation.cluster
    work: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    needs: dict[str, set[str]] = defaultdict(set)
    for row in proposal.allocations:
        if row.meets_at == site_id:
            needs[row.staff_id].add(row.need_id)
            for term in row.terms:
                work[row.staff_id][term][row.group_id or f"{row.need_id} {row.part}"] = row.minutes_per_week
    quarters: dict[str, int] = defaultdict(int)
    for visit in proposal.visits:
        if visit.site_id == site_id:
            quarters[visit.staff_id] = max(quarters[visit.staff_id], visit.quarters)
    faces = {row.staff_id for row in proposal.liaisons if row.site_id == site_id}
    blocks = {row.staff_id: row.blocks for row in proposal.shares if row.site_id == site_id}
    found = [
        Serving(
            person.staff_id,
            person.role,
            max((sum(each.values()) for each in work[person.staff_id].values()), default=0),
            quarters[person.staff_id],
            len(needs[person.staff_id]),
            person.staff_id in faces,
            blocks.get(person.staff_id, 0),
        )
        for person in cluster.staff
        if person.staff_id in {*work, *faces, *blocks}
    ]
    return tuple(sorted(found, key=lambda row: (-row.minutes, row.staff_id)))
