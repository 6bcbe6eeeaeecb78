"""The one-model backend on CP-SAT."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from allocator.solvers.base import Budget, Outcome, objective_of, patiently
from allocator.solvers.linear import LinearModel

_FAR = 1 << 60


def build(model: LinearModel, hint: list[int] | None = None):  # type: ignore[no-untyped-def]  # ortools ships no types
    """The same model as a CpModel, and its variables in order."""
    from ortools.sat.python import cp_model

    cp = cp_model.CpModel()
    xs = [
        cp.new_int_var(lo, hi, name)
        for lo, hi, name in zip(model.lower, model.upper, model.names, strict=True)
    ]
    for row in model.rows:
        lower = -_FAR if row.lower is None else row.lower
        upper = _FAR if row.upper is None else row.upper
        if not row.terms:
            if not lower <= 0 <= upper:
                cp.add_bool_or([])
            continue
        expression = cp_model.LinearExpr.weighted_sum([xs[v] for v in row.terms], list(row.terms.values()))
        cp.add_linear_constraint(expression, lower, upper)
    if model.objective:
        cp.maximize(
            cp_model.LinearExpr.weighted_sum([xs[v] for v in model.objective], list(model.objective.values()))
        )
    if hint is not None:
        for x, value in zip(xs, hint, strict=False):
            cp.add_hint(x, value)
    return cp, xs


def solve(
    model: LinearModel,
    *,
    limit: float,
    budget: Budget,
    seed: int = 1,
    workers: int = 8,
    hint: list[int] | None = None,
    gap: float = 0.0,
    on_bound: Callable[[int | None, int], None] | None = None,
) -> Outcome:
    """Solve with CP-SAT; ``limit`` is in seconds, or in units of deterministic work if the budget is deterministic.

    ``on_bound(found, bound)`` is called with every better solution and bound. Returned figures are re-summed from
    the values.
    """
    from ortools.sat.python import cp_model

    cp, xs = build(model, hint)
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.random_seed = seed
    parameters.relative_gap_limit = gap
    if budget.deterministic:
        parameters.max_deterministic_time = limit
        parameters.num_workers = workers
        parameters.interleave_search = workers > 1
    else:
        parameters.max_time_in_seconds = min(limit, 1e9)
        parameters.num_workers = workers
    if workers == 1:
        parameters.linearization_level = 2
    parameters.catch_sigint_signal = False
    watch = _watch(cp_model, model, on_bound) if on_bound else None
    status = patiently(
        lambda: solver.solve(cp, watch) if watch else solver.solve(cp), budget, solver.stop_search
    )
    work = float(solver.deterministic_time)
    if status == cp_model.MODEL_INVALID:
        raise AssertionError(f"the model was refused: {cp.validate()}")
    if status == cp_model.INFEASIBLE:
        return Outcome(None, None, None, True, work)
    bound = math.floor(solver.best_objective_bound + 1e-6) if model.objective else 0
    if status == cp_model.UNKNOWN:
        return Outcome(None, None, None, False, work)  # its bound may read 0 before anything was proved
    values = [int(solver.value(x)) for x in xs]
    found = objective_of(model, values)
    return Outcome(values, found, max(found, bound), False, work)


def _watch(cp_model: Any, model: LinearModel, on_bound: Callable[[int | None, int], None]) -> Any:
    """A callback that reports better solutions; its class can only be made once ortools is loaded."""

    class Watch(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        def on_solution_callback(self) -> None:
            if model.objective:
                on_bound(round(self.objective_value), math.floor(self.best_objective_bound + 1e-6))

    return Watch()
