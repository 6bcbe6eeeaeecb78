"""Prices to start from: duals of a small linear program that sees needs, hours and cases.

    max  sum of figure[o] x[o]      sum over options of n of x <= 1
                                    sum over options of (k, t) of minutes x <= free minutes
                                    sum over options of (k, t) of x <= cases
                                    sum over options of floor[o] x >= floor, for each floor that is a sum over options

It sees no visits and no whole plans. A learner's part of a group's minutes is minutes ÷ most. Its duals are no
proof of anything; they save the first rounds.
"""

from __future__ import annotations

import numpy as np

from allocator.solvers.facts import NO_LIMIT, Floats
from allocator.solvers.plans.column import Figure
from allocator.solvers.problem import Problem


def starting_prices(
    problem: Problem, figure: Figure, floors: list[tuple[Figure, float]]
) -> tuple[Floats, Floats]:
    """A price of each need, shape (N,), and of each floor; zeros if the linear program fails.

    A floor on travel, load or adults, which are no sums over options, is left out and has no price.
    """
    from ortools.linear_solver import pywraplp

    facts = problem.facts
    lp = pywraplp.Solver.CreateSolver("GLOP")
    needs = [lp.Constraint(-lp.infinity(), 1.0) for _ in problem.needs]
    free = np.maximum(facts.bookable - facts.standing, 0)
    people, terms = free.shape
    hours = [[lp.Constraint(-lp.infinity(), float(free[k, t])) for t in range(terms)] for k in range(people)]
    cases = [[lp.Constraint(-lp.infinity(), float(facts.max_cases[k])) if facts.max_cases[k] < NO_LIMIT else None
              for _ in range(terms)] for k in range(people)]  # fmt: skip
    kept = [
        None
        if floor.travel or floor.uneven or floor.adults
        else (floor.options, lp.Constraint(lower, lp.infinity()))
        for floor, lower in floors
    ]
    useful = figure.options > 0
    for floor in kept:
        useful = useful | (floor[0] > 0 if floor is not None else False)
    most = np.array([problem.slots[s].most if s >= 0 else 1 for s in problem.slot.tolist()], dtype=np.float64)
    part = problem.minutes / most if problem.size else most
    objective = lp.Objective()
    objective.SetMaximization()
    for o in np.flatnonzero(useful & (problem.part != 2)).tolist():
        x = lp.NumVar(0.0, lp.infinity(), "")
        objective.SetCoefficient(x, float(figure.options[o]))
        needs[int(problem.need[o])].SetCoefficient(x, 1.0)
        for floor in kept:
            if floor is not None and floor[0][o]:
                floor[1].SetCoefficient(x, float(floor[0][o]))
        k = int(problem.person[o])
        for t in range(int(problem.first[o]), int(problem.last[o]) + 1):
            hours[k][t].SetCoefficient(x, float(part[o]))
            limit = cases[k][t]
            if limit is not None:
                limit.SetCoefficient(x, 1.0 / float(most[o]))
    if lp.Solve() != pywraplp.Solver.OPTIMAL:
        return np.zeros(len(problem.needs)), np.zeros(len(floors))
    prices = np.array([row.dual_value() for row in needs], dtype=np.float64)
    dear = np.array([0.0 if floor is None else floor[1].dual_value() for floor in kept], dtype=np.float64)
    return np.maximum(prices, 0.0), np.minimum(dear, 0.0)
