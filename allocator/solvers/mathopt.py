"""The same one model through MathOpt to SCIP or HiGHS, and as an MPS file for anybody else's solver."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from allocator.solvers.base import Budget, Outcome, objective_of, patiently
from allocator.solvers.linear import LinearModel

_INTEGRAL = 1e-5


def build(model: LinearModel, name: str = "allocator"):  # type: ignore[no-untyped-def]  # ortools ships no types
    """The model as a MathOpt model, and its variables in order."""
    from ortools.math_opt.python import mathopt

    out = mathopt.Model(name=name)
    xs = [out.add_integer_variable(lb=lo, ub=hi) for lo, hi in zip(model.lower, model.upper, strict=True)]
    for row in model.rows:
        lower = -math.inf if row.lower is None else row.lower
        upper = math.inf if row.upper is None else row.upper
        posted = out.add_linear_constraint(lb=lower, ub=upper)
        for v, coefficient in row.terms.items():
            posted.set_coefficient(xs[v], coefficient)
    out.objective.is_maximize = True
    for v, coefficient in model.objective.items():
        out.objective.set_linear_coefficient(xs[v], coefficient)
    return out, xs


def solve(
    model: LinearModel,
    *,
    limit: float,
    budget: Budget,
    solver: str,
    seed: int = 1,
    workers: int = 1,
    hint: list[int] | None = None,
    gap: float = 0.0,
    on_bound: Callable[[int | None, int], None] | None = None,
) -> Outcome:
    """Solve with ``solver`` (``scip`` or ``highs``); values are rounded, then every row is checked in whole numbers.

    MathOpt's HiGHS takes no threads and no hint. A solution that breaks a row after rounding counts as not found.
    """
    from ortools.math_opt.python import mathopt

    if any(
        not row.terms and not ((row.lower or 0) <= 0 <= (0 if row.upper is None else row.upper))
        for row in model.rows
    ):
        return Outcome(None, None, None, True, 0.0)
    out, xs = build(model)
    kinds = {"scip": mathopt.SolverType.GSCIP, "highs": mathopt.SolverType.HIGHS}
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=min(limit, 1e6)), random_seed=seed,
                                         relative_gap_tolerance=gap, absolute_gap_tolerance=0.0)  # fmt: skip
    hints = mathopt.ModelSolveParameters()
    if hint is not None and solver == "scip":
        hints.solution_hints = [
            mathopt.SolutionHint(variable_values=dict(zip(xs, map(float, hint), strict=False)))
        ]
    # MathOpt's interrupter fails inside SCIP (9.15: "SCIPcatchEvent does not support ..."), so none is passed.
    result = patiently(
        lambda: mathopt.solve(out, kinds[solver], params=parameters, model_params=hints), budget, None
    )
    if result is None:
        return Outcome(None, None, None, False, 0.0)
    if result.termination.reason == mathopt.TerminationReason.INFEASIBLE:
        return Outcome(None, None, None, True, 0.0)
    dual = result.termination.objective_bounds.dual_bound
    bound = math.floor(dual + _INTEGRAL) if math.isfinite(dual) else None
    if not result.has_primal_feasible_solution():
        return Outcome(None, None, bound, False, 0.0)
    by_variable = result.variable_values()
    values = [round(by_variable[x]) for x in xs]
    if not holds(model, values):
        return Outcome(None, None, bound, False, 0.0)
    found = objective_of(model, values)
    if on_bound is not None and bound is not None:
        on_bound(found, bound)
    return Outcome(values, found, None if bound is None else max(found, bound), False, 0.0)


def holds(model: LinearModel, values: list[int]) -> bool:
    """Whether whole-number values satisfy every row and bound exactly."""
    if any(not lo <= v <= hi for lo, v, hi in zip(model.lower, values, model.upper, strict=True)):
        return False
    for row in model.rows:
        total = sum(coefficient * values[v] for v, coefficient in row.terms.items())
        if (row.lower is not None and total < row.lower) or (row.upper is not None and total > row.upper):
            return False
    return True


def write_mps(model: LinearModel, path: Path) -> None:
    """Write the model as free MPS, to be maximised, so that its optimum can be checked with any solver."""
    from ortools.linear_solver.python import model_builder

    from allocator.io.atomic import write_text

    out = model_builder.Model()
    out.name = "allocator"
    xs = [
        out.new_int_var(lo, hi, name)
        for lo, hi, name in zip(model.lower, model.upper, model.names, strict=True)
    ]
    for i, row in enumerate(model.rows):
        if row.terms:
            expression = model_builder.LinearExpr.weighted_sum(
                [xs[v] for v in row.terms], list(row.terms.values())
            )
            lower = -math.inf if row.lower is None else row.lower
            upper = math.inf if row.upper is None else row.upper
            out.add_linear_constraint(expression, lower, upper, name=f"r{i}")
    out.maximize(
        model_builder.LinearExpr.weighted_sum(
            [xs[v] for v in model.objective], list(model.objective.values())
        )
    )
    write_text(path, out.export_to_mps_string())
