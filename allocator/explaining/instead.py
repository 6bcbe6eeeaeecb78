"""Second rung: what the hours of each person who could meet the need went to instead."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from allocator.explaining.exchange import Draft, draft, points_of
from allocator.explaining.situation import Situation


@dataclass(frozen=True)
class Dropped:
    """A need that would have to give way, or to do with less."""

    need_id: str
    tier: int
    priority: int
    lost: int
    """Points."""


@dataclass(frozen=True)
class Week:
    """What a person's week holds in one term, in minutes, and what they would have to drop to take the need."""

    staff_id: str
    role: str
    term: str
    bookable: int
    spare: int
    tiers: dict[int, int]
    """Tier -> minutes of delivery."""
    travel: int
    liaison: int
    standing: int
    reserved: int
    """Minutes for needs that are not shared with the cluster."""
    sites: dict[str, int]
    """Site -> minutes there, liaison included."""
    needs: int
    cases: int
    drop: tuple[Dropped, ...]
    """What would have to give way, everybody else's week staying as it is."""
    can: bool
    """False: not even if they dropped all that is not locked or tied."""
    proved: bool


def week_of(situation: Situation, k: int, t: int) -> Week:
    """A person's week in a term, without asking what could be dropped."""
    problem, use = situation.problem, situation.uses[k]
    facts, person = problem.facts, situation.cluster.staff[k]
    mine = [o for o in situation.of_person(k).tolist() if problem.first[o] <= t <= problem.last[o]]
    tiers, reserved = _by_tier(situation, k, mine)
    codes = situation.cluster.sites
    return Week(
        staff_id=person.staff_id,
        role=person.role,
        term=situation.cluster.terms[t].id,
        bookable=int(facts.bookable[k, t]),
        spare=int(facts.bookable[k, t] - use.used[t]),
        tiers=tiers,
        travel=int(use.travel[t]),
        liaison=sum(minutes for (_, term), minutes in use.duty.items() if term == t),
        standing=int(facts.standing[k, t]),
        reserved=reserved,
        sites={codes[s].site_id: mins for (s, term), mins in sorted(use.delivery.items()) if term == t},
        needs=len({int(problem.need[o]) for o in mine}),
        cases=int(use.cases[t]),
        drop=(),
        can=True,
        proved=True,
    )


def _by_tier(situation: Situation, k: int, options: list[int]) -> tuple[dict[int, int], int]:
    """Minutes of delivery by tier, a group's once; and minutes for needs not shared with the cluster."""
    problem, groups = situation.problem, situation.uses[k].groups
    tiers: dict[int, int] = defaultdict(int)
    reserved, seen = 0, set()
    # a group with one shared member is the cluster's to see
    for o in sorted(options, key=lambda o: not problem.needs[int(problem.need[o])].shared_with_cluster):
        need, slot = problem.needs[int(problem.need[o])], int(problem.slot[o])
        minutes = int(problem.minutes[o]) if slot < 0 else groups[slot] * problem.slots[slot].minutes
        if slot >= 0 and slot in seen:
            continue
        seen.add(slot)
        if need.shared_with_cluster:
            tiers[need.tier] += minutes
        else:
            reserved += minutes
    return dict(sorted(tiers.items())), reserved


def instead(situation: Situation, n: int) -> tuple[tuple[Week, ...], dict[int, Draft], bool]:
    """The weeks of all who could meet the need (least to drop first), an exchange for each; is all of it proved?"""
    problem = situation.problem
    weeks, drafts, sure = [], {}, True
    for k in situation.eligible(n):
        mine = problem.options_of_need[n][problem.person[problem.options_of_need[n]] == k]
        made, proved = draft(situation, n, (k,))
        sure &= proved
        week = week_of(situation, k, int(problem.start[mine].min()))
        if made is not None:
            drafts[k] = made
        weeks.append(_with_drop(situation, week, n, made, proved))
    weeks.sort(key=lambda week: (not week.can, sum(row.lost for row in week.drop), week.staff_id))
    return tuple(weeks), drafts, sure


def _with_drop(situation: Situation, week: Week, n: int, made: Draft | None, proved: bool) -> Week:
    if made is None:
        return replace(week, can=False, proved=proved)
    return replace(week, drop=dropped(situation, n, made), proved=proved)


def dropped(situation: Situation, n: int, made: Draft) -> tuple[Dropped, ...]:
    """Needs with less in a draft than they have, those that lose most first."""
    now, then = points_of(situation, situation.plan), points_of(situation, made.plan)
    found = []
    for m, value in now.items():
        if m != n and then.get(m, 0) < value:
            need = situation.problem.needs[m]
            found.append(Dropped(need.need_id, need.tier, need.priority, value - then.get(m, 0)))
    return tuple(sorted(found, key=lambda each: (-each.lost, each.need_id)))
