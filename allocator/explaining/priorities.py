"""Fifth rung: how much more the need would have to count for the plan to prefer it.

With its value counted ``f`` times, exchanging a set of other needs for it gains ``f × value − lost``. The smallest
``f`` at which some exchange gains nothing less is the least ``lost ÷ value`` over the exchanges of the fourth rung's
plans (one person's week alone, or the few together), found by Dinkelbach's method; above it one gains, below it none
does. Only need met is weighed; earlier goals bind as the exchange says (running services), later ones are not asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from allocator.explaining.edits import Cell, Edit
from allocator.explaining.exchange import Draft, Exchange, cheaper, checked
from allocator.explaining.situation import Situation
from allocator.solvers.options import build_problem
from allocator.solvers.resuming import plan_of

_ROUNDS = 10
People = tuple[int, ...]


@dataclass(frozen=True)
class Priorities:
    """How far priorities would have to move."""

    factor: Fraction
    """The need's value would have to count more than this many times."""
    proved: bool
    priority: int
    priority_needed: int | None
    """The least urgent priority at which the exchange gains; None if even priority 1 is not enough."""
    exchange: Exchange = field(repr=False)


def priorities(
    situation: Situation, n: int, sets: list[People], least: Draft, proved: bool
) -> Priorities | None:
    """The threshold, over the same plans as the fourth rung; None if the need has no value however it is met."""
    best = least
    for _ in range(_ROUNDS if _values_differ(situation, n) else 0):
        better, sure = _improved(situation, n, sets, best)
        proved &= sure
        if better is None:
            break
        best = better
    else:
        proved &= not _values_differ(situation, n)
    if best.value == 0:
        return None
    exchange = checked(situation, n, best, proved)
    need = situation.problem.needs[n]
    enough = _priority(situation, n, exchange)
    return Priorities(Fraction(best.lost, best.value), proved, need.priority, enough, exchange)


def _improved(situation: Situation, n: int, sets: list[People], best: Draft) -> tuple[Draft | None, bool]:
    """A cheaper exchange by value in any of the sets; and whether all answers are proved."""
    found, sure = None, True
    for people in sets:
        made, proved = cheaper(situation, n, people, found or best)
        found, sure = made or found, sure and proved
    return found, sure


def _values_differ(situation: Situation, n: int) -> bool:
    problem = situation.problem
    options = problem.options_of_need[n]
    return len(set(problem.points[options[problem.part[options] != 2]].tolist())) > 1


def _priority(situation: Situation, n: int, exchange: Exchange) -> int | None:
    """The least urgent priority that would do, tried on the cluster with that priority in the need's row."""
    need = situation.problem.needs[n]
    if exchange.value > exchange.lost:
        return need.priority
    for priority in range(need.priority - 1, 0, -1):
        edit = Edit((Cell("needs", need.need_id, "priority", need.priority, priority),))
        problem = build_problem(edit.on(situation.cluster))
        plan = plan_of(problem, exchange.result.proposal).plan
        worth = sum(int(problem.points[o]) for o in plan.chosen if int(problem.need[o]) == n)
        if worth > exchange.lost:
            return priority
    return None
