"""Starting from an earlier proposal: its rows found again among the options, and made to keep every rule.

The earlier proposal may be of a cluster that has changed since. What no longer exists is left out; liaisons, shares
and agreed rows come from a first plan that stays as near as it can (``feasibility.first_plan``); all else is laid
over it as far as it fits, the most valuable first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from allocator.models.proposal import Allocation, Proposal
from allocator.solvers.base import Budget
from allocator.solvers.facts import Ints
from allocator.solvers.feasibility import first_plan
from allocator.solvers.insertion import Board, Opening
from allocator.solvers.plan import Plan
from allocator.solvers.problem import Problem


@dataclass(frozen=True)
class Recalled:
    """A proposal's rows on the options of a problem. The plan need not keep every rule of it."""

    plan: Plan
    gone: tuple[Allocation, ...]
    """Rows for which there is no such option any more."""


def plan_of(problem: Problem, proposal: Proposal) -> Recalled:
    """The proposal as a plan of the problem, its site-only part (R8) included where it is at hand.

    Of the cluster that the proposal was made for, nothing is gone and the plan keeps every rule.
    """
    private = proposal.site_only
    rows = proposal.allocations + (private.allocations if private else ())
    groups = proposal.groups + (private.groups if private else ())
    several = {group.group_id: group.cross_site for group in groups}
    facts = problem.facts
    number = {need.need_id: n for n, need in enumerate(problem.needs)}
    term = {each.id: t for t, each in enumerate(problem.cluster.terms)}
    chosen: set[int] = set()
    gone: list[Allocation] = []
    for row in rows:
        n = number.get(row.need_id)
        o = None if n is None else _option(problem, n, row, several.get(row.group_id or "", False), term)
        if o is None:
            gone.append(row)
        else:
            chosen.add(o)
    liaison = {
        (facts.site_index[each.site_id], term[each.term]): facts.person_index[each.staff_id]
        for each in proposal.liaisons
        if each.site_id in facts.site_index and each.term in term and each.staff_id in facts.person_index
    }
    shares = {
        (facts.person_index[each.staff_id], facts.site_index[each.site_id]): each.blocks
        for each in proposal.shares
        if each.staff_id in facts.person_index and each.site_id in facts.site_index
    }
    return Recalled(Plan(tuple(sorted(chosen)), dict(sorted(liaison.items())), shares), tuple(gone))


def _option(problem: Problem, n: int, row: Allocation, several: bool, term: dict[str, int]) -> int | None:
    """The option of need ``n`` that an allocation describes; ``several``: its group is of several sites."""
    facts, cluster = problem.facts, problem.cluster
    k, s = facts.person_index.get(row.staff_id, -1), facts.site_index.get(row.meets_at, -1)
    if k < 0 or s < 0 or row.start_term not in term or any(each not in term for each in row.terms):
        return None
    mine = problem.options_of_need[n]
    same = (
        (problem.person[mine] == k)
        & (problem.site[mine] == s)
        & (problem.start[mine] == term[row.start_term])
        & (problem.first[mine] == term[row.terms[0]])
        & (problem.last[mine] == term[row.terms[-1]])
        & (problem.part[mine] == row.part)
        & (problem.reduced[mine] == row.reduced)
        & ((problem.slot[mine] >= 0) == (row.group_id is not None))
    )
    found = [
        o for o in mine[same].tolist() if cluster.supports[problem.support[o]].support_id == row.support_id
    ]
    if row.group_id is not None:
        found.sort(key=lambda o: problem.slots[problem.slot[o]].cross_site != several)
    return found[0] if found else None


def resumed(problem: Problem, proposal: Proposal, budget: Budget, seed: int) -> Plan:
    """A plan that keeps every rule, as near to an earlier proposal as laying it over a first plan comes.

    Raises:
        InfeasibleError, NotFoundError: as ``first_plan``.
    """
    old = plan_of(problem, proposal).plan
    return laid_over(problem, first_plan(problem, budget, seed, like=old), old)


def laid_over(problem: Problem, plan: Plan, old: Plan) -> Plan:
    """``plan`` with whatever of ``old`` fits beside it: person by person all at once, else piece by piece."""
    taken = set(problem.need[np.array(plan.chosen, dtype=np.int64)].tolist())
    kept = set(plan.chosen)
    board = Board(problem, plan)
    of_person: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    split: list[tuple[int, ...]] = []
    for piece in _pieces(
        problem, (o for o in old.chosen if o not in kept and int(problem.need[o]) not in taken)
    ):
        people = {int(problem.person[o]) for o in piece}
        (of_person[people.pop()] if len(people) == 1 else split).append(piece)
    for piece in split:
        _lay(board, piece)
    for k, pieces in of_person.items():
        together = tuple(sorted(o for piece in pieces for o in piece))
        if not board.broken_by(k, list(together)):
            _lay(board, together)
            continue
        for piece in sorted(pieces, key=lambda piece: (-_worth(problem, piece), piece)):
            _lay(board, piece)
    return board.plan


def _pieces(problem: Problem, options: Iterable[int]) -> list[tuple[int, ...]]:
    """What stands or falls together: the members of a slot, the two parts of a joint; all else alone."""
    together: dict[tuple[str, int], list[int]] = defaultdict(list)
    for o in options:
        slot, joint = int(problem.slot[o]), int(problem.joint[o])
        together[("slot", slot) if slot >= 0 else ("joint", joint) if joint >= 0 else ("alone", o)].append(o)
    return [
        tuple(sorted(piece)) for (kind, _), piece in together.items() if kind != "joint" or len(piece) == 2
    ]


def _worth(problem: Problem, piece: tuple[int, ...]) -> float:
    """Points for a minute of the person's week; groups spend theirs once."""
    options: Ints = np.array(piece, dtype=np.int64)
    minutes = int(
        problem.minutes[options].max() if problem.slot[options[0]] >= 0 else problem.minutes[options].sum()
    )
    return float(problem.points[options].sum()) / max(1, minutes)


def _lay(board: Board, piece: tuple[int, ...]) -> None:
    """Add a piece if nobody's limits break."""
    problem = board.problem
    for k in {int(problem.person[o]) for o in piece}:
        if board.broken_by(k, [o for o in piece if problem.person[o] == k]):
            return
    opening = Opening(piece, ())
    board.take(opening, board.valued_with(opening))
