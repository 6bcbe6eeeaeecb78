"""The annealing's running sums are those of the plan, and a plan it keeps breaks nothing."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.errors import InfeasibleError
from allocator.models.policy import Goal
from allocator.solvers.annealing.annealer import Walk, board_of, narrowed
from allocator.solvers.annealing.tables import (
    ADULTS,
    CASES_OVER,
    GAINS,
    MEMBERS_SHORT,
    MINUTES_OVER,
    SHARE_OVER,
    SITES_OVER,
    TRAVEL,
    TRAVEL_OVER,
    UNEVEN,
    VISITS_OVER,
    plan_in,
    tables_of,
)
from allocator.solvers.base import Budget
from allocator.solvers.feasibility import first_plan
from allocator.solvers.options import build_problem
from allocator.solvers.plan import Plan, evaluate, groups_valid, limits_broken, uses
from allocator.solvers.problem import Problem
from allocator.solvers.search import StageResult
from allocator.solvers.stages import StageSpec, score, stages
from tests.solvers.random_clusters import random_cluster

BROKEN_AS = {"R2": MINUTES_OVER, "R6 cases": CASES_OVER, "R6 sites": SITES_OVER, "R6 travel": TRAVEL_OVER,
             "R10": SHARE_OVER, "R5": VISITS_OVER}  # fmt: skip


def some_problem(seed: int, needs: int = 14) -> tuple[Problem, Plan] | None:
    """A random problem and a plan that keeps what was agreed, where there is one."""
    problem = build_problem(random_cluster(seed, needs=needs))
    try:
        return problem, first_plan(problem, Budget(20.0), seed)
    except InfeasibleError:
        return None


def walked(
    problem: Problem, start: Plan, spec: StageSpec, results: list[StageResult], seed: int, hot: float
) -> Walk:
    """A walk of some thousand moves."""
    walk = Walk(problem, tables_of(problem), start, spec, results, seed, hot, 0.01)
    for progress in (0.0, 0.3, 0.6, 0.9):
        walk.step(progress, moves=1500)
    return walk


def present(problem: Problem, walk: Walk) -> Plan:
    """The plan that the walk is at."""
    board = walk.board
    return plan_in(
        problem, board.core.picks["choice"], board.core.picks["second"], board.liaison, board.shares
    )


def broken_limits(problem: Problem, plan: Plan) -> set[str]:
    """Limits that a plan breaks, as the plain formulas see it."""
    found: set[str] = set()
    chosen = np.array(plan.chosen, dtype=np.int64)
    for k, use in enumerate(uses(problem, plan)):
        found.update(
            limits_broken(problem, k, use, {s: b for (who, s), b in plan.shares.items() if who == k})
        )
        slots = problem.slot[chosen[problem.person[chosen] == k]].tolist()
        members = {slot: slots.count(slot) for slot in slots if slot >= 0}
        if not groups_valid(problem, use, members):
            found.add("R4")
    return found


@pytest.mark.parametrize("seed", range(24))
class TestRunningSums:
    """After thousands of moves made and taken back."""

    def test_the_state_is_that_of_its_plan(self, seed: int) -> None:
        """Every table equals the one built anew from the plan."""
        case = some_problem(seed)
        if case is None:
            return
        problem, start = case
        walk = walked(problem, start, stages(problem)[-1], [], seed, hot=5.0)
        fresh = board_of(problem, walk.tables, present(problem, walk))
        for name in ("slots", "cells", "at_level", "weeks", "adults", "tally"):
            assert np.array_equal(getattr(walk.board.core, name), getattr(fresh.core, name)), name
        assert np.array_equal(walk.board.core.roster[:, 0], fresh.core.roster[:, 0])

    def test_the_sums_are_those_of_the_goals(self, seed: int) -> None:
        """Goals that are sums, travel, uneven minutes and shared adults are what ``evaluate`` finds."""
        case = some_problem(seed)
        if case is None:
            return
        problem, start = case
        walk = walked(problem, start, stages(problem)[0], [], seed, hot=2.0)
        values, tally = evaluate(problem, present(problem, walk)).goals, walk.board.core.tally
        assert [int(x) for x in tally[: len(GAINS)]] == [values[goal] for goal in GAINS]
        assert (tally[TRAVEL], tally[UNEVEN], tally[ADULTS]) == (
            values[Goal.TRAVEL], values[Goal.EVEN_LOAD], values[Goal.FEW_ADULTS])  # fmt: skip

    def test_what_is_broken_is_what_the_rules_say(self, seed: int) -> None:
        """Each kind of excess is counted if and only if the plain formulas find the limit broken."""
        case = some_problem(seed)
        if case is None:
            return
        problem, start = case
        walk = walked(problem, start, stages(problem)[0], [], seed, hot=20.0)
        broken = broken_limits(problem, present(problem, walk))
        for rule, place in BROKEN_AS.items():
            assert (walk.board.core.tally[place] > 0) == (rule in broken), rule
        assert (walk.board.core.tally[MEMBERS_SHORT] > 0) == ("R4" in broken)


@pytest.mark.parametrize("seed", range(16))
def test_a_plan_that_is_kept_breaks_nothing_and_scores_what_it_says(seed: int) -> None:
    """Stage after stage, with the floors of those before."""
    case = some_problem(seed)
    if case is None:
        return
    problem, plan = case
    results: list[StageResult] = []
    for spec in stages(problem)[:5]:
        walk = walked(problem, plan, spec, results, seed, hot=0.5)
        found = walk.news()
        if found is not None:
            values = evaluate(problem, found)
            assert not broken_limits(problem, found)
            assert score(problem, spec, values) == walk.score
            assert all(score(problem, r.spec, values) >= r.floor for r in results)
            assert all(
                problem.is_forced[n] <= (n in problem.need[list(found.chosen)])
                for n in range(len(problem.needs))
            )
            plan = found
        reached = score(problem, spec, evaluate(problem, plan))
        results.append(StageResult(spec, reached, reached, reached - spec.allowance(reached)))


def test_the_same_seed_gives_the_same_walk() -> None:
    """Two walks with one seed meet the same plan; nothing depends on the clock."""
    problem, start = some_problem(4) or pytest.fail("seed 4 is feasible")
    spec = stages(problem)[0]
    one, two = (walked(problem, start, spec, [], 7, hot=0.5) for _ in range(2))
    assert present(problem, one) == present(problem, two)
    assert one.score == two.score


def test_a_narrowed_walk_proposes_only_what_is_promising() -> None:
    """Options outside stay out, however good they are."""
    problem, start = some_problem(5) or pytest.fail("seed 5 is feasible")
    allowed = np.zeros(problem.size, dtype=bool)
    allowed[::3] = True
    tables = narrowed(problem, tables_of(problem), allowed)
    walk = Walk(problem, tables, start, stages(problem)[0], [], 1, 1.0, 0.1)
    walk.step(0.0, moves=3000)
    chosen = {o for o in present(problem, walk).chosen if problem.part[o] != 2}
    assert chosen <= set(np.flatnonzero(allowed).tolist()) | set(start.chosen)
