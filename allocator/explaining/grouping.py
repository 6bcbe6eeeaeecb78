"""A group in place of one to one: who would have to join so that the need is met and nobody loses.

Either a group support the catalogue has, or the individual support given in a group (as the change ``convert_shape``
makes one). The fewest needs that change shape are found by one exact model; nobody's value falls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from allocator.checking.world import World
from allocator.explaining.edits import Cell, Edit
from allocator.explaining.neighbourhood import Keeping, Weeks
from allocator.explaining.situation import Situation, nearest_first
from allocator.models.world import Need, Support
from allocator.solvers.facts import Bools
from allocator.solvers.linear import Expression
from allocator.solvers.options import build_problem
from allocator.solvers.plan import Plan
from allocator.solvers.problem import Problem
from allocator.solvers.resuming import plan_of
from scenarios.changes.base import edited, fresh

LEAST, MOST = 2, 4
"""Learners of a group made of an individual support, as in ``convert_shape``."""
GROUP_SECONDS = 2.0


@dataclass(frozen=True)
class Grouped:
    """Needs that would admit a group, as an edit, with the plan that shows it."""

    edit: Edit
    problem: Problem
    people: tuple[int, ...]
    plan: Plan
    proved: bool
    """No fewer needs would have to change shape, whoever of those asked leads the group alone, or together."""
    learners: int
    support: Support


def smallest_group(situation: Situation, n: int, few: tuple[int, ...]) -> Grouped | None:
    """The group with the fewest needs that change shape; None where none is possible (or none is on offer)."""
    need = situation.problem.needs[n]
    if need.tier not in situation.cluster.policy.negotiable.group_tiers or need.locked:
        return None
    found = [
        made
        for group, from_one in _groups(situation, need)
        if (made := _with(situation, n, group, from_one, few))
    ]
    return min(found, key=lambda made: made.learners, default=None)


def _groups(situation: Situation, need: Need) -> Iterator[tuple[Support, Support]]:
    """(group support, individual support it takes the place of)."""
    world, cluster = situation.world, situation.cluster
    single = [row for row in world.admitted[need.need_id] if row.shape == "individual"]
    admitted = {row.support_id for row in world.admitted[need.need_id]}
    if not single or need.learner_id is None or need.learners != 1 or world.year_band(need) is None:
        return
    for row in cluster.supports:
        fits = row.tier == need.tier and need.area_of_need in row.areas_of_need
        if row.shape == "group" and row.support_id not in admitted and fits:
            yield row, single[0]
    for row in single:
        code = fresh(f"{row.support_id}_group", cluster.support)
        changes = {"support_id": code, "name": f"{row.name}, in a group", "shape": "group"}
        yield edited(row, **changes, min_group=LEAST, max_group=MOST), row


def _with(
    situation: Situation, n: int, group: Support, single: Support, few: tuple[int, ...]
) -> Grouped | None:
    """The best use of one group support: all who could join may, as few as possible do."""
    need, cluster = situation.problem.needs[n], situation.cluster
    new = () if group in cluster.supports else (group,)
    mates = [row for row in situation.problem.needs if _could_join(situation, need, row, single)]
    wide = Edit(tuple(_admitting(situation.world, row, group) for row in (need, *mates)), new)
    problem = build_problem(wide.on(cluster))
    if not any(row.support_id == group.support_id for row in World(problem.cluster).admitted[need.need_id]):
        return None
    plan = plan_of(problem, situation.proposal).plan
    code = next(i for i, row in enumerate(problem.cluster.supports) if row.support_id == group.support_id)
    in_group = np.asarray(problem.support == code)
    order = nearest_first(situation, problem, n)
    best: tuple[int, tuple[int, ...], Plan] | None = None
    proved = True
    for people in [*((k,) for k in order), *([few] if len(few) > 1 else [])]:
        weeks = Weeks(problem, plan, n, people, Keeping.EVERYTHING, allowed=in_group)
        found = weeks.most(_fewest(weeks, in_group), GROUP_SECONDS)
        proved &= found.proved
        if found.plan is not None:
            joining = _converted(situation, found.plan, problem, in_group)
            if best is None or len(joining) < best[0]:
                best = (len(joining), people, found.plan)
    return None if best is None else _narrowed(situation, problem, group, in_group, best, proved)


def _fewest(weeks: Weeks, in_group: Bools) -> Expression:
    """Minus the needs that are met in the group and were not before."""
    return {
        x: -1
        for o, x in weeks.f.x.items()
        if in_group[o] and o not in weeks.held.get(int(weeks.problem.need[o]), ())
    }


def _converted(situation: Situation, plan: Plan, problem: Problem, in_group: Bools) -> list[str]:
    """Needs that use the group and do not admit it as the register stands."""
    code = {o: problem.needs[int(problem.need[o])].need_id for o in plan.chosen if in_group[o]}
    name = problem.cluster.supports[int(problem.support[next(iter(code))])].support_id if code else ""
    admitted = situation.world.admitted
    return sorted(need for need in code.values() if all(row.support_id != name for row in admitted[need]))


def _narrowed(
    situation: Situation,
    problem: Problem,
    group: Support,
    in_group: Bools,
    best: tuple[int, tuple[int, ...], Plan],
    proved: bool,
) -> Grouped:
    """Only those who join admit the group: the same plan on the options of that smaller edit."""
    from allocator.explaining.verifying import published

    _, people, plan = best
    joining = _converted(situation, plan, problem, in_group)
    new = () if group in situation.cluster.supports else (group,)
    cells = tuple(_admitting(situation.world, situation.cluster.need[code], group) for code in joining)
    edit = Edit(cells, new)
    narrow = build_problem(edit.on(situation.cluster))
    recalled = plan_of(narrow, published(problem, plan, situation.proposal.seed))
    return Grouped(edit, narrow, people, recalled.plan, proved, len(joining), group)


def _admitting(world: World, need: Need, group: Support) -> Cell:
    """The row's supports, spelt out, with the group at their end."""
    named = need.supports or tuple(row.support_id for row in world.admitted[need.need_id])
    return Cell(
        "needs", need.need_id, "supports", need.supports, tuple(dict.fromkeys((*named, group.support_id)))
    )


def _could_join(situation: Situation, need: Need, other: Need, single: Support) -> bool:
    """Whether another need could be a mate: same site, tier and year band, one learner, the same support, not tied."""
    world = situation.world
    return (
        other.need_id != need.need_id
        and other.site_id == need.site_id
        and other.tier == need.tier
        and other.learner_id is not None
        and other.learners == 1
        and other.shared_with_cluster
        and not world.tied(other)
        and world.year_band(other) == world.year_band(need)
        and any(row.support_id == single.support_id for row in world.admitted[other.need_id])
    )
