"""Tiny clusters and hand-built proposals for the checker's tests.

Defaults keep sums short: a person of 1.0 FTE has 600 bookable minutes a week, sites A and B are 20 minutes
apart, a visit has 10 minutes of overhead (so a quarter-visit costs ceil((2 × 20 + 10) ÷ 4) = 13 minutes),
terms T1 and T2 have 10 weeks, nobody needs a liaison, the only goal is need met.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from allocator.checking import check
from allocator.checking.plan import Plan
from allocator.checking.stages import expected_stages, figures_of, floor_of, stage_value
from allocator.checking.violation import Violation
from allocator.checking.world import World
from allocator.io.fingerprint import fingerprint
from allocator.models.policy import Fairness, Policy, Role, Term, Travel
from allocator.models.proposal import (
    Allocation,
    Group,
    Lead,
    Proposal,
    ReservedTime,
    SiteOnly,
    Stage,
    Status,
    StopReason,
    Unmet,
    UnmetReason,
    Visit,
    Withheld,
)
from allocator.models.world import Cluster, Need, Site, Staff, Support, TravelTime

T1 = Term(id="T1", weeks=10, start=date(2027, 2, 1))
T2 = Term(id="T2", weeks=10, start=date(2027, 5, 3))
T3 = Term(id="T3", weeks=10, start=date(2027, 7, 19))


def a_role(**changes: Any) -> Role:
    """10 paid hours a week, all bookable: 600 minutes."""
    given = {"name": "Teacher", "paid_hours": 10, "contact_share": 1.0, "travel_share": 1.0, "day_hours": 5}
    return Role(**{**given, **changes})


def a_site(code: str, **changes: Any) -> Site:
    """A full primary school of 100 learners."""
    return Site(**{"site_id": code, "name": f"School {code}", "type": "full_primary", "roll": 100, **changes})


def a_person(code: str = "P1", **changes: Any) -> Staff:
    """A full-time teacher based at A."""
    return Staff(**{"staff_id": code, "role": "teacher", "fte": 1.0, "base_site": "A", **changes})


def a_need(code: str = "N1", **changes: Any) -> Need:
    """A year 3 learner at A with a tier 2 learning need of priority 5 (weight 1)."""
    given = {
        "need_id": code,
        "learner_id": f"L-{code}",
        "site_id": "A",
        "year_level": 3,
        "tier": 2,
        "area_of_need": "learning",
        "priority": 5,
    }
    return Need(**{**given, **changes})


def a_support(code: str = "S1", **changes: Any) -> Support:
    """One hour a week for 10 weeks, one to one, a visit a week."""
    given = {
        "support_id": code,
        "name": f"Support {code}",
        "tier": 2,
        "areas_of_need": "learning",
        "shape": "individual",
        "roles": "teacher",
        "hours_per_week": 1,
        "weeks": 10,
    }
    return Support(**{**given, **changes})


def a_group_support(code: str = "G1", **changes: Any) -> Support:
    """One hour a week for groups of two to four."""
    return a_support(code, **{"shape": "group", "min_group": 2, "max_group": 4, **changes})


def a_policy(**changes: Any) -> Policy:
    """Need met is the only goal; no liaisons; fairness groups are never pooled."""
    given = {"goals": ["need_met"], "liaison_site_types": (), "fairness": Fairness(pool_below=1)}
    return Policy(**{**given, **changes})


def a_cluster(
    *,
    needs: Iterable[Need] = (),
    staff: Iterable[Staff] | None = None,
    supports: Iterable[Support] | None = None,
    sites: Iterable[Site] | None = None,
    roles: dict[str, Role] | None = None,
    **changes: Any,
) -> Cluster:
    """Sites A and B, one person at A, one individual support, term T1."""
    given = {
        "name": "Test cluster",
        "terms": (T1,),
        "policy": a_policy(),
        "travel_times": (TravelTime(from_site="A", to_site="B", minutes=20),),
        "travel": Travel(overhead_minutes=10),
    }
    return Cluster(
        needs=tuple(needs),
        staff=(a_person(),) if staff is None else tuple(staff),
        supports=(a_support(),) if supports is None else tuple(supports),
        sites=(a_site("A"), a_site("B")) if sites is None else tuple(sites),
        roles={"teacher": a_role()} if roles is None else roles,
        **{**given, **changes},
    )


def a_row(
    cluster: Cluster, need_id: str, staff_id: str = "P1", support_id: str = "S1", **changes: Any
) -> Allocation:
    """An allocation with the minutes, span and value that the model gives it, unless said otherwise."""
    world = World(cluster)
    need, support = world.needs[need_id], world.supports[support_id]
    start = changes.get("start_term", cluster.terms[0].id)
    part, reduced = changes.get("part", 0), changes.get("reduced", False)
    shared = part > 0 and support.shape == "project"
    span = world.span(need, support, world.position[start])
    points = 0 if part == 2 else world.points(need, support, world.position[start], reduced=reduced)
    given = {
        "need_id": need_id,
        "learner_id": need.learner_id,
        "site_id": need.site_id,
        "meets_at": need.site_id,
        "support_id": support_id,
        "staff_id": staff_id,
        "start_term": start,
        "terms": tuple(cluster.terms[term].id for term in span),
        "minutes_per_week": world.minutes(need, support, reduced=reduced, shared=shared),
        "value": points,
    }
    return Allocation(**{**given, **changes})


def a_visit(cluster: Cluster, staff_id: str, site_id: str, quarters: int, term: str = "T1") -> Visit:
    """Quarter-visits with their travel."""
    cost = World(cluster).quarter(staff_id, site_id) or 0
    return Visit(
        staff_id=staff_id,
        site_id=site_id,
        term=term,
        quarters=quarters,
        travel_minutes_per_week=quarters * cost,
    )


def a_proposal(cluster: Cluster, rows: Sequence[Allocation] = (), **changes: Any) -> Proposal:
    """A proposal around allocation rows: groups, leads, unmet, withheld, reserved, goals and stages follow.

    Rows of needs without cluster consent go to the part that stays with the schools.
    """
    hidden = [row for row in rows if not cluster.need[row.need_id].shared_with_cluster]
    shown = [row for row in rows if row not in hidden]
    groups, private_groups = _groups(cluster, shown, hidden)
    unmet = [
        Unmet(need_id=need.need_id, reason=UnmetReason.FULL_HOURS, detail="nobody has time")
        for need in cluster.needs
        if need.planned and need.need_id not in {row.need_id for row in rows}
    ]
    private_unmet = [row for row in unmet if not cluster.need[row.need_id].shared_with_cluster]
    leads = _leads(shown)
    seen = {lead.learner_id for lead in leads}
    private_leads = tuple(lead for lead in _leads(hidden) if lead.learner_id not in seen)
    given = {
        "cluster": cluster.name,
        "fingerprint": fingerprint(cluster),
        "status": Status.PROVED_BEST,
        "stopped": StopReason.PROVED,
        "strategy": "by hand",
        "seed": 1,
        "versions": {},
        "limits": {},
        "stages": (),
        "goal_values": {},
        "shares_met": {},
        "allocations": tuple(shown),
        "groups": groups,
        "visits": (),
        "shares": (),
        "liaisons": (),
        "leads": leads,
        "unmet": tuple(row for row in unmet if row not in private_unmet),
        "withheld": Withheld(
            needs=len({row.need_id for row in hidden}) + len(private_unmet),
            served=len({row.need_id for row in hidden}),
            value=sum(row.value for row in hidden),
        ),
        "reserved": _reserved(hidden, {group.group_id for group in groups}),
        "insertion_exhausted": False,
        "site_only": SiteOnly(
            allocations=tuple(hidden), groups=private_groups, leads=private_leads, unmet=tuple(private_unmet)
        ),
    }
    return valued(cluster, Proposal(**{**given, **changes}), keep=frozenset(changes))


def valued(cluster: Cluster, proposal: Proposal, keep: frozenset[str] = frozenset()) -> Proposal:
    """The proposal with the goal values, shares and proved stages of its rows, but for what is to be kept."""
    world = World(cluster)
    figures = figures_of(world, Plan(world, proposal))
    stages = []
    for expected in expected_stages(world):
        value = stage_value(world, figures, expected)
        name = "+".join(expected.goals) + ("" if expected.step is None else f".{expected.step}")
        stages.append(
            Stage(
                name=name,
                goals=tuple(expected.goals),
                sense=expected.sense,
                value=value,
                bound=value,
                floor=floor_of(expected, value),
                unit="points",
            )
        )
    worked_out = {
        "goal_values": dict(figures.values),
        "shares_met": dict(figures.shares),
        "stages": tuple(stages),
    }
    return proposal.model_copy(update={name: value for name, value in worked_out.items() if name not in keep})


def broken(cluster: Cluster, proposal: Proposal, rule: str) -> list[Violation]:
    """Violations of one rule, by the first words of its name: ``R1`` or ``goal``."""
    return [found for found in check(cluster, proposal) if f"{found.rule} ".startswith(f"{rule} ")]


def the_one(cluster: Cluster, proposal: Proposal, rule: str) -> Violation:
    """The only violation of a rule; its message names the rule, its rows and its amount."""
    found = broken(cluster, proposal, rule)
    assert len(found) == 1, [str(item) for item in found]
    assert found[0].message.startswith(found[0].rule)
    assert found[0].by is None or found[0].by in found[0].message
    return found[0]


def _groups(
    cluster: Cluster, shown: Sequence[Allocation], hidden: Sequence[Allocation]
) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    members: dict[str, list[Allocation]] = defaultdict(list)
    for row in (*shown, *hidden):
        if row.group_id is not None:
            members[row.group_id].append(row)
    shared, private = [], []
    for code, rows in members.items():
        first = rows[0]
        terms = {term for row in rows for term in row.terms}
        group = Group(
            group_id=code,
            support_id=first.support_id,
            staff_id=first.staff_id,
            site_id=first.meets_at,
            start_term=first.start_term,
            terms=tuple(term.id for term in cluster.terms if term.id in terms),
            year_band=World(cluster).year_band(cluster.need[first.need_id]),
            minutes_per_week=first.minutes_per_week,
            cross_site=len({row.site_id for row in rows}) > 1,
            members=len(rows),
        )
        (shared if any(row in shown for row in rows) else private).append(group)
    return tuple(shared), tuple(private)


def _leads(rows: Sequence[Allocation]) -> tuple[Lead, ...]:
    first: dict[str, str] = {}
    for row in rows:
        if row.learner_id is not None:
            first.setdefault(row.learner_id, row.staff_id)
    return tuple(Lead(learner_id=learner, staff_id=staff) for learner, staff in sorted(first.items()))


def _reserved(hidden: Sequence[Allocation], shown_groups: set[str]) -> tuple[ReservedTime, ...]:
    time: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in hidden:
        if row.group_id in shown_groups:
            continue
        for term in row.terms:
            time[row.staff_id, term][row.group_id or f"{row.need_id}/{row.part}"] = row.minutes_per_week
    return tuple(
        ReservedTime(staff_id=staff, term=term, minutes_per_week=sum(held.values()), cases=len(held))
        for (staff, term), held in sorted(time.items())
    )
