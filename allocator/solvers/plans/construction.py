"""A whole plan made person by person: each takes their best of what is left.

First at the prices of the master (a need that others are made for is left to them), then once more without prices,
to use the time that is left over. What was agreed (forced needs, liaisons) is kept throughout.
"""

from __future__ import annotations

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers.facts import Bools, Floats
from allocator.solvers.plans.column import Column, Figure, make_column, staying
from allocator.solvers.plans.master import Prices
from allocator.solvers.plans.pricing import AGREED, BARRED, Pricer
from allocator.solvers.problem import Problem

_CAUTION = 0.95
"""Share of the price that counts: a little less than all, so that ties are taken."""


def constructed(pricer: Pricer, present: list[Column], prices: Prices | None) -> list[Column]:
    """One column per person; keeps forced needs and liaisons of ``present``."""
    problem = pricer.problem
    commitments = float(max(problem.points.max(initial=1), 1))
    raw = problem.points + commitments * problem.gains[Goal.COMMITMENTS_KEPT].astype(np.float64)
    columns = list(present)
    passes = [raw] if prices is None else [raw - _CAUTION * prices.need[problem.need], raw]
    for number, worth in enumerate(passes):
        kept = problem.is_forced if number == 0 else np.ones(len(problem.needs), dtype=bool)
        columns = _one_pass(pricer, columns, np.asarray(worth, dtype=np.float64), kept)
    return columns


def _one_pass(pricer: Pricer, columns: list[Column], worth: Floats, kept: Bools) -> list[Column]:
    """Everybody once, best worth per minute first; options in ``kept`` needs that a person holds stay."""
    problem = pricer.problem
    result = list(columns)
    taken = np.zeros(len(problem.needs), dtype=bool)
    stays = [staying(problem, column, kept) for column in columns]
    for stay in stays:
        taken[problem.need[stay]] = True
    for k in _order(problem, worth):
        column, stay = result[k], stays[k]
        options = np.where(taken[problem.need] | (problem.part != 0), BARRED, worth)
        options[stay] = worth[stay] + AGREED
        priced = pricer.best(k, Figure(options), dict.fromkeys(column.liaison, AGREED)).column
        whole = set(stay.tolist()) <= set(priced.options) and priced.liaison == column.liaison
        result[k] = priced if whole else make_column(problem, k, stay, column.liaison, column.shares)
        taken[problem.need[list(result[k].options)]] = True
    return result


def _order(problem: Problem, worth: Floats) -> list[int]:
    """People with the fewest needs to choose from first: they have no other use."""
    useful = [int((worth[options] > 0).sum()) for options in problem.options_of_person]
    return sorted(range(len(useful)), key=lambda k: (useful[k], k))
