"""Ways to add a need to a plan as it stands: valued as if from nothing, breaking what they say they break."""

from __future__ import annotations

from allocator.solvers.insertion import Board, Opening, openings
from allocator.solvers.plan import Plan, evaluate
from tests.solvers.test_annealing import some_problem


def with_opening(plan: Plan, opening: Opening) -> Plan:
    """The plan with an opening taken, put together anew."""
    chosen = (set(plan.chosen) - set(opening.dropped)) | set(opening.options)
    return Plan(tuple(sorted(chosen)), plan.liaison, plan.shares)


def first_opening(board: Board) -> Opening | None:
    """The first that breaks nothing, of any unmet need."""
    unmet = set(range(len(board.problem.needs))) - board.met()
    found = (one for n in sorted(unmet) for one in openings(board, n, unmet) if not one.broken)
    return next(found, None)


def test_taking_an_opening_is_the_same_as_making_the_plan_anew() -> None:
    """Values and everybody's options agree after each; groups of one site do become groups of several."""
    taken, moved = 0, 0
    for seed in range(60):
        made = some_problem(seed, 30)
        if made is None:
            continue
        problem, plan = made
        board = Board(problem, plan)
        opening = first_opening(board)
        while opening is not None:
            plan = with_opening(board.plan, opening)
            valued = board.valued_with(opening)
            assert valued.values == evaluate(problem, plan)
            board.take(opening, valued)
            fresh = Board(problem, plan)
            assert board.plan == plan
            assert [sorted(mine.tolist()) for mine in board.options] == [
                sorted(mine.tolist()) for mine in fresh.options
            ]
            taken, moved = taken + 1, moved + bool(opening.dropped)
            opening = first_opening(board)
    assert taken > 100
    assert moved > 0
