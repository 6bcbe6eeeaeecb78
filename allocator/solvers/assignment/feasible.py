"""Where annealing finds no assignment within the capacities: is there one at all? CP-SAT, without costs."""

from __future__ import annotations

import threading

import numpy as np

from allocator.solvers.assignment.problem import AssignmentProblem
from allocator.solvers.facts import Ints

_LOOK_SECONDS = 0.05


def plainly_infeasible(problem: AssignmentProblem) -> bool:
    """Some job has no agent, or the jobs' least hours exceed all capacities together."""
    possible = problem.possible()
    if not possible.any(axis=0).all():
        return True
    least = np.where(possible, problem.hours, np.iinfo(np.int64).max).min(axis=0)
    return int(least.sum()) > int(problem.capacity.sum())


def any_assignment(
    problem: AssignmentProblem, *, seconds: float | None, over: threading.Event, seed: int
) -> tuple[Ints | None, bool]:
    """An assignment (n,) or ``None``, and whether it is proved that there is none.

    Ends after ``seconds`` (``None``: after a fixed amount of deterministic work) or when ``over`` is set.
    """
    from ortools.sat.python import cp_model

    model, possible = cp_model.CpModel(), problem.possible()
    takes = {(i, j): model.new_bool_var("") for i, j in np.argwhere(possible).tolist()}
    for j in range(problem.jobs):
        model.add_exactly_one(takes[i, j] for i in np.flatnonzero(possible[:, j]).tolist())
    for i in range(problem.agents):
        jobs = np.flatnonzero(possible[i]).tolist()
        model.add(sum(int(problem.hours[i, j]) * takes[i, j] for j in jobs) <= int(problem.capacity[i]))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % (1 << 31)
    solver.parameters.catch_sigint_signal = False
    if seconds is None:
        solver.parameters.max_deterministic_time = 20.0
    else:
        solver.parameters.max_time_in_seconds = max(seconds, 0.1)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK_SECONDS):
            if over.is_set():
                solver.stop_search()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    status = solver.solve(model)
    done.set()
    watcher.join()
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, status == cp_model.INFEASIBLE
    assignment = np.zeros(problem.jobs, dtype=np.int64)
    for (i, j), variable in takes.items():
        if solver.boolean_value(variable):
            assignment[j] = i
    return assignment, False
