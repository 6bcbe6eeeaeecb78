"""Needs that fit into a plan as it stands: the last pass of every search, and the source of true unmet reasons.

``openings`` lists every way to add one unmet need without moving anything: a whole option, a place in an open
group, a new group of unmet needs, or both parts of a joint. What an opening breaks is a fact about the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from allocator.solvers.facts import Ints
from allocator.solvers.plan import PersonUse, Plan, evaluate, groups_valid, limits_broken, person_use, uses
from allocator.solvers.problem import Problem
from allocator.solvers.search import Search
from allocator.solvers.stages import score


@dataclass
class Board:
    """A plan with each person's use of it at hand, so that trying one more option is cheap."""

    problem: Problem
    plan: Plan
    use: list[PersonUse] = field(init=False)
    options: list[Ints] = field(init=False)
    duty: list[list[tuple[int, int]]] = field(init=False)

    def __post_init__(self) -> None:
        chosen = np.array(self.plan.chosen, dtype=np.int64)
        person = self.problem.person[chosen]
        people = range(len(self.problem.cluster.staff))
        self.use = uses(self.problem, self.plan)
        self.options = [chosen[person == k] for k in people]
        self.duty = [[place for place, who in self.plan.liaison.items() if who == k] for k in people]

    def met(self) -> set[int]:
        """Positions of the needs served."""
        return set(self.problem.need[np.array(self.plan.chosen, dtype=np.int64)].tolist())

    def broken_by(self, k: int, extra: list[int]) -> list[str]:
        """Limits of person ``k`` that adding these options breaks; ``R4``: a group would be too small or too large."""
        problem = self.problem
        options = np.concatenate([self.options[k], np.array(extra, dtype=np.int64)])
        use = person_use(problem, k, options, self.duty[k])
        shares = {s: blocks for (who, s), blocks in self.plan.shares.items() if who == k}
        broken = limits_broken(problem, k, use, shares)
        members = Counter(slot for slot in problem.slot[options].tolist() if slot >= 0)
        if not groups_valid(problem, use, members):
            broken.append("R4")
        return broken


@dataclass(frozen=True)
class Opening:
    """One way to add a need: the options to add (with mates for a new group), and the limits it would break."""

    options: tuple[int, ...]
    broken: tuple[str, ...]


def openings(board: Board, n: int, unmet: set[int]) -> Iterator[Opening]:
    """Every way to add need ``n`` to the plan as it stands, best value first."""
    problem = board.problem
    options = problem.options_of_need[n]
    order = np.argsort(-problem.points[options], kind="stable")
    for o in options[order].tolist():
        k = int(problem.person[o])
        if problem.part[o] == 0:
            broken = board.broken_by(k, [o])
            if "R4" in broken:
                yield from _new_group(board, o, k, unmet)
            else:
                yield Opening((o,), tuple(broken))
        elif problem.part[o] == 1:
            yield from _both_parts(board, o, k)


def _new_group(board: Board, o: int, k: int, unmet: set[int]) -> Iterator[Opening]:
    """A new group of the need and unmet needs that could join; nothing when they are fewer than the minimum."""
    problem = board.problem
    slot = int(problem.slot[o])
    mates = [m for m in problem.options_of_slot[slot].tolist() if m != o and int(problem.need[m]) in unmet]
    mates.sort(key=lambda m: (-int(problem.points[m]), m))
    missing = problem.slots[slot].least - 1
    if len(mates) >= missing:
        group = [o, *mates[:missing]]
        yield Opening(tuple(sorted(group)), tuple(board.broken_by(k, group)))


def _both_parts(board: Board, o: int, k: int) -> Iterator[Opening]:
    problem = board.problem
    mine = board.broken_by(k, [o])
    for other in problem.options_of_joint[int(problem.joint[o])].tolist():
        if problem.part[other] == 2 and int(problem.person[other]) != k:
            theirs = board.broken_by(int(problem.person[other]), [other])
            yield Opening(tuple(sorted((o, other))), tuple(dict.fromkeys(mine + theirs)))


def stage_lost(search: Search, plan: Plan) -> str | None:
    """The first stage whose floor a plan does not hold, by name."""
    values = evaluate(search.problem, plan)
    for result in search.results:
        if score(search.problem, result.spec, values) < result.floor:
            return result.spec.name
    return None


def insert_what_fits(search: Search) -> bool:
    """Add every unmet need that fits and keeps every floor; True when none is left that would (exhausted)."""
    if search.plan is None:
        return False
    problem = search.problem
    board = Board(problem, search.plan)
    again = True
    while again:
        again = False
        unmet = set(range(len(problem.needs))) - board.met()
        for n in sorted(unmet, key=lambda n: (-int(problem.asked[n]), n)):
            if search.budget.interrupted.is_set():
                return False
            better = _first_that_holds(search, board, n, unmet)
            if better is not None:
                board, again = Board(problem, better), True
                search.plan = better
                unmet = set(range(len(problem.needs))) - board.met()
    return True


def _first_that_holds(search: Search, board: Board, n: int, unmet: set[int]) -> Plan | None:
    if n not in unmet:
        return None
    for opening in openings(board, n, unmet):
        if not opening.broken:
            plan = Plan(
                tuple(sorted(board.plan.chosen + opening.options)), board.plan.liaison, board.plan.shares
            )
            if stage_lost(search, plan) is None:
                return plan
    return None
