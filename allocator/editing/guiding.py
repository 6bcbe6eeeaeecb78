"""How good can a plan be that does what the edits ask? The best found and a bound, when the agreed values are in doubt.

The edits are taken into the problem itself: options they rule out are gone, pinned needs must be served, pinned
liaisons are fixed. Then the ordinary search runs over the goals that matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from allocator.models.policy import Goal, GoalLevel
from allocator.models.world import Cluster
from allocator.solvers import loops
from allocator.solvers.base import Budget
from allocator.solvers.disturbance import Bond, Demand, allowed, closed, satisfied
from allocator.solvers.facts import Bools, Ints
from allocator.solvers.feasibility import first_plan
from allocator.solvers.plan import Plan
from allocator.solvers.plans.strategy import solve_by_plans
from allocator.solvers.problem import Forced, Problem
from allocator.solvers.resuming import laid_over
from allocator.solvers.search import Search, StageResult
from scenarios.changes.base import edited, rebuilt

_COLUMNS = (
    "need", "person", "site", "support", "start", "first", "last", "minutes", "quarters", "points", "slot", "joint",
    "part", "reduced",
)  # fmt: skip
"""What a problem knows of each option."""
_COMMITMENT = 10
"""What a commitment is worth in ``balanced``, in needs of middling value."""


@dataclass(frozen=True)
class Restricted:
    """A problem with the edits taken in, and how its options are numbered in the whole one."""

    problem: Problem
    number: Ints
    """Position in the whole problem of each option, shape (O,)."""

    def inside(self, plan: Plan) -> Plan:
        """A plan of the whole problem on these options; what is not among them is left out."""
        position = {int(o): i for i, o in enumerate(self.number)}
        chosen = tuple(sorted(position[o] for o in plan.chosen if o in position))
        return Plan(chosen, plan.liaison, plan.shares)

    def outside(self, plan: Plan) -> Plan:
        """A plan of these options on those of the whole problem."""
        chosen = self.number[np.array(plan.chosen, dtype=np.int64)]
        return Plan(tuple(sorted(chosen.tolist())), plan.liaison, plan.shares)


def restricted(problem: Problem, demands: Sequence[Demand]) -> Restricted:
    """The problem whose plans do what the demands say (of a service that only two can give: nearly always)."""
    mask = allowed(problem, demands)
    forced = list(problem.forced)
    for demand in demands:
        if demand.wanted and demand.options:
            n = int(problem.need[demand.options[0]])
            mask &= (problem.need != n) | _among(problem, closed_parts(problem, demand.options))
            if all(each.need != n for each in forced):
                forced.append(Forced(n, demand.tag.what))
    number = np.flatnonzero(mask)
    columns = {name: getattr(problem, name)[number] for name in _COLUMNS}
    gains = {goal: gain[number] for goal, gain in problem.gains.items()}
    made = replace(problem, **columns, gains=gains, forced=tuple(forced), cluster=_fixed(problem, demands))
    return Restricted(made, number)


def narrowed(problem: Problem, demands: Sequence[Demand]) -> bool:
    """Whether ``restricted`` leaves out plans that do what is asked: a pinned need served by two, where one could."""
    wanted = [np.array(demand.options, dtype=np.int64) for demand in demands if demand.wanted]
    joint = [problem.joint[options] >= 0 for options in wanted]
    return any(some.any() and not some.all() for some in joint)


def closed_parts(problem: Problem, options: Sequence[int]) -> set[int]:
    """The options of one person alone; where there are none, those in two parts with their other parts."""
    alone = {o for o in options if problem.joint[o] < 0}
    return alone or closed(problem, options)


def _among(problem: Problem, options: set[int]) -> Bools:
    mask = np.zeros(problem.size, dtype=bool)
    mask[sorted(options)] = True
    return mask


def _fixed(problem: Problem, demands: Sequence[Demand]) -> Cluster:
    """The cluster with the pinned liaisons written into its sites."""
    cluster = problem.cluster
    named: dict[int, list[str]] = {}
    for demand in demands:
        for k, s, _ in demand.duties:
            who = cluster.staff[k].staff_id
            if who not in named.setdefault(s, []):
                named[s].append(who)
    if not named:
        return cluster
    sites = tuple(
        edited(site, liaison=tuple(dict.fromkeys((*named[s], *site.liaison)))) if s in named else site
        for s, site in enumerate(cluster.sites)
    )
    return rebuilt(cluster, sites=sites)


def nearest(
    problem: Problem, agreed: Plan, demands: Sequence[Demand], budget: Budget, seed: int
) -> Plan | None:
    """The agreed plan laid over a first plan that does what the edits ask: near, but made without looking ahead.

    Raises:
        NotFoundError: not even a first plan was found in time.
    """
    small = restricted(problem, demands)
    like = small.inside(agreed)
    plan = small.outside(laid_over(small.problem, first_plan(small.problem, budget, seed, like=like), like))
    return plan if satisfied(plan, demands) else None


def best_values(
    problem: Problem, agreed: Plan, demands: Sequence[Demand], levels: Sequence[GoalLevel], budget: Budget,
    seed: int, workers: int,
) -> tuple[Plan | None, list[StageResult]]:  # fmt: skip
    """The best plan found for some levels of goals with the edits held, and each stage's value and proved bound.

    None where the plan found does not do what the edits ask (a service in two parts).

    Raises:
        NotFoundError: no plan at all was found in time.
    """
    search, plan = _searched(problem, agreed, demands, levels, budget, seed, workers)
    return plan, search.results


def balanced(
    problem: Problem, agreed: Plan, demands: Sequence[Demand], bonds: Sequence[Bond], price: float,
    budget: Budget, seed: int, workers: int,
) -> Plan | None:  # fmt: skip
    """A plan with need met, bonds kept and commitments kept added up: a bond at ``price`` middling needs, a commitment
    at ten.

    Bonds and commitments stand in the place of the goal continuity. Bonds to the second of two people, liaisons and
    shares are left out: it is a plan to go on from, and proves nothing.

    Raises:
        NotFoundError: no plan at all was found in time.
    """
    column = np.zeros(problem.size, dtype=np.int64)
    for bond in bonds:
        column[list(bond.options)] += bond.weight
    column += np.where(problem.gains[Goal.COMMITMENTS_KEPT] > 0, round(_COMMITMENT / price), 0)
    column[problem.part == 2] = 0
    chosen = np.array(agreed.chosen, dtype=np.int64)
    worth = int(price * problem.points[chosen].mean()) if len(chosen) else 1
    swapped = replace(problem, gains={**problem.gains, Goal.CONTINUITY: column})
    together = GoalLevel(goals={Goal.NEED_MET: 1, Goal.CONTINUITY: max(1, worth)})
    return _searched(swapped, agreed, demands, (together,), budget, seed, workers)[1]


def _searched(
    problem: Problem, agreed: Plan, demands: Sequence[Demand], levels: Sequence[GoalLevel], budget: Budget,
    seed: int, workers: int,
) -> tuple[Search, Plan | None]:  # fmt: skip
    small = restricted(problem, demands)
    cluster = small.problem.cluster
    policy = edited(cluster.policy, goals=tuple(levels))
    inner = replace(small.problem, cluster=rebuilt(cluster, policy=policy))
    loops.ready(inner)
    like = small.inside(agreed)
    search = Search(inner, budget, seed=seed, workers=workers)
    search.plan = laid_over(inner, first_plan(inner, budget, seed, like=like), like)
    solve_by_plans(search)
    plan = small.outside(search.plan)
    return search, plan if satisfied(plan, demands) else None


def goal_level(goal: Goal, tolerance: float = 0.0) -> GoalLevel:
    """A level of one goal."""
    return GoalLevel(goals={goal: 1}, tolerance=tolerance)
