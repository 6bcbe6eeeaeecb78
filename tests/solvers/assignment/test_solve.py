"""The assignment core: what it finds holds, what it proves is true, and it says why it stopped."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.solvers.assignment import AssignmentProblem, AssignmentProgress, Stopped
from allocator.solvers.assignment.solve import solve_assignment
from tests.solvers.assignment.random_problems import brute_force, hard_problem, random_problem


def cp_sat(problem: AssignmentProblem) -> int:
    """The optimum by CP-SAT's own model."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    x = {(i, j): model.new_bool_var("") for i in range(problem.agents) for j in range(problem.jobs)}
    for j in range(problem.jobs):
        model.add_exactly_one(x[i, j] for i in range(problem.agents))
    for i in range(problem.agents):
        model.add(
            sum(int(problem.hours[i, j]) * x[i, j] for j in range(problem.jobs)) <= int(problem.capacity[i])
        )
    model.minimize(sum(int(problem.cost[i, j]) * x[i, j] for i, j in x))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


class TestAgainstTryingEverything:
    """On 200 tiny problems with charges, forbidden options, negative costs and hours of 0."""

    @pytest.mark.parametrize("block", range(10))
    def test_value_bound_and_infeasibility_are_right(self, block: int) -> None:
        for seed in range(20 * block, 20 * block + 20):
            problem = random_problem(seed)
            best = brute_force(problem)
            result = solve_assignment(problem, time_limit=None, work_limit=200, seed=seed)
            if best is None:
                assert result.stopped is Stopped.INFEASIBLE, seed
                assert (result.value, result.bound, result.assignment) == (None, None, None)
            else:
                assert (result.value, result.bound, result.stopped) == (best, best, Stopped.PROVED), seed
                assert result.assignment is not None
                assert problem.holds(result.assignment)
                assert problem.value(result.assignment) == best

    @pytest.mark.parametrize("work", [1, 2, 5])
    def test_the_bound_holds_wherever_the_search_stops(self, work: int) -> None:
        for seed in range(200, 240):
            problem = random_problem(seed)
            best = brute_force(problem)
            result = solve_assignment(problem, time_limit=None, work_limit=work, seed=seed)
            if best is not None:
                assert result.bound is not None
                assert result.bound <= best
                assert result.value is None or result.value >= best


class TestAgainstCpSat:
    """Problems of the hard kind, just large enough that luck does not help."""

    @pytest.mark.parametrize("seed", range(4))
    def test_the_same_optimum(self, seed: int) -> None:
        problem = hard_problem(seed, 4, 24)
        result = solve_assignment(problem, time_limit=None, work_limit=3000, seed=seed)
        assert result.stopped is Stopped.PROVED
        assert result.value == cp_sat(problem)

    def test_on_two_threads_as_well(self) -> None:
        problem = hard_problem(7, 5, 30)
        result = solve_assignment(problem, time_limit=60.0)
        assert result.proved
        assert result.value == cp_sat(problem)


class TestLargeNumbers:
    """Costs and hours far beyond the published sets stay exact, or give a valid bound."""

    def test_costs_of_a_thousand_million(self) -> None:
        small = hard_problem(3, 3, 12)
        large = AssignmentProblem(small.cost * 10**7 + 3, small.hours, small.capacity)
        expected = solve_assignment(small, time_limit=None, work_limit=2000)
        result = solve_assignment(large, time_limit=None, work_limit=2000)
        assert expected.value is not None
        assert result.value == expected.value * 10**7 + 3 * small.jobs
        assert result.bound is not None
        assert result.bound <= result.value

    def test_hours_beyond_the_table_are_rounded_down_and_checked_exactly(self) -> None:
        """Capacities of 10^9 go onto a grid; a plan that only fits the grid is not taken."""
        for seed in range(3):
            rng = np.random.default_rng(seed)
            hours = rng.integers(10**7, 10**9, (3, 6))
            problem = AssignmentProblem(
                rng.integers(0, 30, (3, 6)), hours, (hours.sum(axis=1) * 0.5).astype(int)
            )
            result = solve_assignment(problem, time_limit=None, work_limit=300)
            assert result.value == brute_force(problem)
            assert result.proved


class TestReproducible:
    def test_the_same_seed_and_work_give_the_same_answer(self) -> None:
        problem = hard_problem(1, 6, 60)
        first = solve_assignment(problem, time_limit=None, work_limit=15, seed=3)
        second = solve_assignment(problem, time_limit=None, work_limit=15, seed=3)
        assert (first.value, first.bound, first.stopped) == (second.value, second.bound, second.stopped)
        assert first.assignment is not None
        assert second.assignment is not None
        assert first.assignment.tolist() == second.assignment.tolist()
        assert first.stopped is Stopped.WORK
        assert first.work == 15


class TestWhatIsTold:
    def test_progress_only_gets_better(self) -> None:
        seen: list[AssignmentProgress] = []
        solve_assignment(hard_problem(2, 5, 40), time_limit=None, work_limit=60, on_progress=seen.append)
        values = [each.value for each in seen if each.value is not None]
        assert values == sorted(values, reverse=True)
        assert [each.bound for each in seen] == sorted(each.bound for each in seen)
        assert all(each.value is None or each.bound <= each.value for each in seen)

    def test_a_time_limit_is_told(self) -> None:
        result = solve_assignment(hard_problem(2, 20, 300), time_limit=0.01)
        assert result.stopped is Stopped.TIME
        assert result.bound is not None

    def test_some_limit_is_needed(self) -> None:
        with pytest.raises(ValueError, match="limit"):
            solve_assignment(hard_problem(2, 2, 3), time_limit=None)


class TestNoAssignment:
    """Proved, for each of the ways it can be seen."""

    def test_a_job_nobody_can_do(self) -> None:
        problem = AssignmentProblem(np.array([[1, 1]]), np.array([[1, 9]]), np.array([5]))
        assert solve_assignment(problem, time_limit=1.0).stopped is Stopped.INFEASIBLE

    def test_more_hours_than_all_have(self) -> None:
        problem = AssignmentProblem(np.ones((2, 3), int), np.full((2, 3), 4), np.array([5, 5]))
        assert solve_assignment(problem, time_limit=1.0).stopped is Stopped.INFEASIBLE

    @pytest.mark.parametrize("limits", [{"time_limit": 60.0}, {"time_limit": None, "work_limit": 50}])
    def test_jobs_that_do_not_pack(self, limits: dict[str, float | int | None]) -> None:
        """Hours add up to no more than capacity, but three jobs of 3 do not fit two agents of 5."""
        problem = AssignmentProblem(np.ones((2, 3), int), np.full((2, 3), 3), np.array([5, 5]))
        result = solve_assignment(problem, **limits)  # type: ignore[arg-type]  # two forms of the same call
        assert result.stopped is Stopped.INFEASIBLE
        assert result.gap is None
        assert not result.proved


class TestTheProblem:
    """What makes no sense is refused when the problem is made."""

    @pytest.mark.parametrize(
        ("cost", "hours", "capacity", "words"),
        [
            ([[1, 2]], [[1]], [1], "row an agent"),
            ([[1]], [[1]], [1, 1], "one entry an agent"),
            ([[1]], [[-1]], [1], "hours must not be negative"),
            ([[1]], [[1]], [-1], "capacity must not be negative"),
            ([[1.5]], [[1]], [1], "whole numbers"),
            ([[1 << 41]], [[1]], [1], "2\\^40"),
        ],
    )
    def test_refused(self, cost: object, hours: object, capacity: object, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            AssignmentProblem(np.array(cost), np.array(hours), np.array(capacity))

    def test_charges_are_paid_once_an_agent(self) -> None:
        problem = AssignmentProblem(
            np.array([[1, 1, 1], [1, 1, 1]]), np.ones((2, 3), int), np.array([3, 3]), np.array([10, 20])
        )
        assert problem.value(np.array([0, 0, 0])) == 13
        assert problem.value(np.array([0, 1, 1])) == 33
