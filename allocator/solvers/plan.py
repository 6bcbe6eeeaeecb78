"""A plan: which options are taken, who is whose liaison, who holds which share. All else follows.

Visits and the number of groups are not decisions here: the fewest that the rules allow are never worse for any
goal, so they are derived (``usage``), and every strategy's answer is valued by the same ``evaluate``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers.facts import MAX_QUARTERS, QUARTERS_PER_VISIT, Ints
from allocator.solvers.fairness import FULL_SHARE
from allocator.solvers.problem import Problem


@dataclass(frozen=True)
class Plan:
    """A whole plan: options taken, who is liaison where, and how coordinators' time is shared out."""

    chosen: tuple[int, ...]
    """Positions of options, ascending."""
    liaison: dict[tuple[int, int], int] = field(default_factory=dict)
    """(site, term) -> person."""
    shares: dict[tuple[int, int], int] = field(default_factory=dict)
    """(person, site) -> blocks."""


@dataclass
class PersonUse:
    """What one person's part of a plan takes. Arrays have shape (T,)."""

    delivery: dict[tuple[int, int], int]
    """(site, term) -> minutes a week, liaison included."""
    quarters: dict[tuple[int, int], int]
    """(site, term) -> quarter-visits a week; sites other than the base."""
    travel: Ints
    used: Ints
    """Delivery, travel, standing and liaison: the left side of R2."""
    cases: Ints
    groups: dict[int, int]
    """Slot -> number of groups."""
    duty: dict[tuple[int, int], int]
    """(site, term) -> minutes a week as liaison."""


def person_use(problem: Problem, k: int, options: Ints, liaison: list[tuple[int, int]]) -> PersonUse:
    """Derive what person ``k`` does from the options taken and the (site, term) liaison duties held."""
    facts = problem.facts
    delivery: dict[tuple[int, int], int] = defaultdict(int)
    least: dict[tuple[int, int], int] = defaultdict(int)
    cases = np.zeros(problem.terms, dtype=np.int64)
    members: dict[int, int] = defaultdict(int)

    def book(site: int, first: int, last: int, mins: int, quarters: int, count: int) -> None:
        for t in range(first, last + 1):
            delivery[site, t] += mins
            least[site, t] = max(least[site, t], quarters)
            cases[t] += count

    for o in options.tolist():
        slot = int(problem.slot[o])
        if slot >= 0:
            members[slot] += 1
        else:
            book(
                int(problem.site[o]),
                int(problem.first[o]),
                int(problem.last[o]),
                int(problem.minutes[o]),
                int(problem.quarters[o]),
                1,
            )
    groups = {slot: -(-count // problem.slots[slot].most) for slot, count in members.items()}
    for slot, count in groups.items():
        form = problem.slots[slot]
        book(form.site, form.start, form.last, form.minutes * count, form.quarters, count)
    for s, t in liaison:
        delivery[s, t] += int(facts.liaison_minutes[k])
        least[s, t] = max(least[s, t], int(facts.liaison_quarters[k]))
    duty = dict.fromkeys(liaison, int(facts.liaison_minutes[k]))
    return _with_travel(problem, k, dict(delivery), least, cases, groups, duty)


def _with_travel(problem: Problem, k: int, delivery: dict[tuple[int, int], int], least: dict[tuple[int, int], int],
                 cases: Ints, groups: dict[int, int], duty: dict[tuple[int, int], int]) -> PersonUse:  # fmt: skip
    facts = problem.facts
    base, day = int(facts.base[k]), int(facts.day[k])
    quarters: dict[tuple[int, int], int] = {}
    travel = np.zeros(problem.terms, dtype=np.int64)
    used = facts.standing[k].copy()
    for (s, t), mins in delivery.items():
        used[t] += mins
        if s != base:
            quarters[s, t] = max(least[s, t], -(-QUARTERS_PER_VISIT * mins // day))
            travel[t] += quarters[s, t] * int(facts.quarter[k, s])
    return PersonUse(delivery, quarters, travel, used + travel, cases, groups, duty)


def uses(problem: Problem, plan: Plan) -> list[PersonUse]:
    """What every person's part of the plan takes."""
    chosen = np.array(plan.chosen, dtype=np.int64)
    duty: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for place, k in plan.liaison.items():
        duty[k].append(place)
    person = problem.person[chosen]
    return [person_use(problem, k, chosen[person == k], duty[k]) for k in range(len(problem.cluster.staff))]


@dataclass(frozen=True)
class Values:
    """Every goal of a plan (docs/model.md, "Goals"); fairness is the smallest share."""

    goals: dict[Goal, int]
    shares: dict[str, int]
    """Fairness group -> share met in basis points."""


def uneven_minutes(problem: Problem, k: int, used: Ints) -> int:
    """even_load of one person: minutes above each break of bookable time, over terms."""
    over = 0
    for limit in load_limits(problem, k):
        over += int(np.maximum(used - limit, 0).sum())
    return over


def load_limits(problem: Problem, k: int) -> list[Ints]:
    """Minutes at each break of ``policy.load_breaks``; each of shape (T,)."""
    breaks = problem.cluster.policy.load_breaks
    return [np.floor(share * problem.facts.bookable[k] + 1e-6).astype(np.int64) for share in breaks]


def tier_targets(problem: Problem) -> dict[int, int]:
    """Points each tier should reach: floor per mille of what it asks."""
    return problem.tier_targets


def shared_adults(problem: Problem, chosen: Ints) -> int:
    """few_adults: over people and learners, needs of the learner served by the person beyond the first."""
    learners = problem.learner[problem.need[chosen]]
    pairs = [
        pair for pair in zip(problem.person[chosen].tolist(), learners.tolist(), strict=True) if pair[1] >= 0
    ]
    return len(pairs) - len(set(pairs))


def shares_met(problem: Problem, points: Ints) -> dict[str, int]:
    """Share met of each fairness group in basis points, from the points met of each need (shape (N,))."""
    rows, starts, asked = problem.fairness_rows
    if not len(starts):
        return {}
    met = FULL_SHARE * np.add.reduceat(points[rows], starts) // asked
    return dict(zip(problem.fairness_groups, met.tolist(), strict=True))


def evaluate(problem: Problem, plan: Plan) -> Values:
    """Value every goal of a plan, by summing; no solver's figure is used."""
    chosen = np.array(plan.chosen, dtype=np.int64)
    each = uses(problem, plan)
    weeks = problem.facts.weeks
    points = np.zeros(len(problem.needs), dtype=np.int64)
    np.add.at(points, problem.need[chosen], problem.points[chosen])
    goals = {goal: int(column[chosen].sum()) for goal, column in problem.gains.items()}
    goals[Goal.TRAVEL] = sum(int((use.travel * weeks).sum()) for use in each)
    goals[Goal.EVEN_LOAD] = sum(uneven_minutes(problem, k, use.used) for k, use in enumerate(each))
    goals[Goal.FEW_ADULTS] = shared_adults(problem, chosen)
    return valued(problem, goals, points)


def valued(problem: Problem, summed: dict[Goal, int], points: Ints) -> Values:
    """All goals from those that are sums over people, and the points met of each need (shape (N,))."""
    shares = shares_met(problem, points)
    short = sum(
        max(0, target - int(points[problem.tier == tier].sum()))
        for tier, target in tier_targets(problem).items()
    )
    goals = {**summed, Goal.TIER_BALANCE: short, Goal.FAIRNESS: min(shares.values(), default=0)}
    return Values({goal: goals[goal] for goal in Goal}, shares)


def limits_broken(problem: Problem, k: int, use: PersonUse, shares: dict[int, int]) -> list[str]:
    """Rules a person's part would break: any of ``R2``, ``R5``, ``R6 cases``, ``R6 sites``, ``R6 travel``, ``R10``.

    ``shares`` holds a coordinator's blocks by site. R1, R3, R4, R7 to R9 and R11 are not a matter of one
    person's limits.
    """
    facts = problem.facts
    broken = []
    if (use.used > facts.bookable[k]).any():
        broken.append("R2")
    if any(quarters > MAX_QUARTERS for quarters in use.quarters.values()):
        broken.append("R5")
    if (use.cases > facts.max_cases[k]).any():
        broken.append("R6 cases")
    if (use.travel > facts.travel_cap[k]).any():
        broken.append("R6 travel")
    if facts.coordinator[k]:
        if not _fits_shares(problem, k, use, shares):
            broken.append("R10")
    else:
        per_term = Counter(t for _, t in use.delivery)
        if any(count > facts.max_sites[k] for count in per_term.values()):
            broken.append("R6 sites")
    return broken


def _fits_shares(problem: Problem, k: int, use: PersonUse, shares: dict[int, int]) -> bool:
    """R10: delivery + travel to a site fit in the blocks it holds, in every term."""
    facts = problem.facts
    for (s, t), mins in use.delivery.items():
        own = mins - use.duty.get((s, t), 0)
        travel = use.quarters.get((s, t), 0) * int(facts.quarter[k, s])
        if s in shares and own + travel > shares[s] * int(facts.block_minutes[k, t]):
            return False
        if s not in shares and own > 0:
            return False
    return True


def groups_valid(problem: Problem, use: PersonUse, members: dict[int, int]) -> bool:
    """R4: every slot's members can be split into groups of allowed size."""
    return all(problem.slots[slot].least * use.groups[slot] <= count for slot, count in members.items())
