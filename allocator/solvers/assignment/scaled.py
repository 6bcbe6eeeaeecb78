"""The problem as the compiled loops want it: costs in fractions of a unit, hours on a grid where there are many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocator.solvers.assignment.pricing import FREE, OUT, States
from allocator.solvers.assignment.problem import AssignmentProblem
from allocator.solvers.facts import Ints

_FINEST = 1000
"""Prices are multiples of a thousandth of a unit of cost, or coarser where sums would not fit."""
_REACH = 4
"""A job's price stays below this many times the largest difference in cost (any price gives a valid bound)."""
_MOST_CELLS = 1 << 24
"""Of one table of a knapsack; beyond it hours are rounded down to a grid, which keeps every bound valid."""


@dataclass(frozen=True)
class Scaled:
    """Arrays of a problem or of a part of it. Cost, charge and highest are in 1/scale of a unit."""

    scale: int
    base: int
    """What every assignment costs besides: the sum over jobs of their least cost, in whole units."""
    cost: Ints
    """(m, n), each job's least cost taken off, so nothing is negative."""
    charge: Ints
    hours: Ints
    capacity: Ints
    coarse: Ints
    coarse_capacity: Ints
    state: States
    """(m, n): FREE or OUT."""
    highest: Ints
    """(n,): the most a job's price may be."""
    wide: bool
    """Whether tables need 64 bits."""

    @cached_property
    def width(self) -> int:
        """Entries of a table's row."""
        return int(self.coarse_capacity.max()) + 1

    def table(self) -> Ints:
        """Scratch for the tables of one thread: (n + 1, width)."""
        return np.zeros((self.cost.shape[1] + 1, self.width), dtype=np.int64 if self.wide else np.int32)

    def part(self, agents: Ints, jobs: Ints) -> Scaled:
        """The problem of these agents and jobs alone."""
        rows = np.ix_(agents, jobs)
        return Scaled(
            self.scale, 0, np.ascontiguousarray(self.cost[rows]), self.charge[agents],
            np.ascontiguousarray(self.hours[rows]), self.capacity[agents],
            np.ascontiguousarray(self.coarse[rows]), self.coarse_capacity[agents],
            np.ascontiguousarray(self.state[rows]), self.highest[jobs], self.wide,
        )  # fmt: skip


def scaled(problem: AssignmentProblem) -> Scaled:
    """The arrays of a problem; every job must have an agent who may do it."""
    possible = problem.possible()
    far = np.iinfo(np.int64).max
    least = np.where(possible, problem.cost, far).min(axis=0)
    cost = np.where(possible, problem.cost - least, 0)
    largest = int(cost.max() + problem.charge.max()) + 1
    most = problem.jobs * (_REACH + 1) * largest
    wide = most > 1 << 27  # too few steps between whole units in 32 bits
    scale = max(1, min(_FINEST, ((1 << 58) if wide else (1 << 30)) // most))
    rows = max(1000, _MOST_CELLS // (problem.jobs + 1))
    grid = -(-int(problem.capacity.max()) // rows) if problem.capacity.max() > rows else 1
    capacity = np.minimum(problem.capacity, np.where(possible, problem.hours, 0).sum(axis=1))
    hours = np.where(possible, problem.hours, 0)
    return Scaled(
        scale, int(least.sum()), cost * scale, problem.charge * scale, hours, capacity, hours // grid,
        capacity // grid, np.where(possible, FREE, OUT).astype(np.int8),
        np.full(problem.jobs, _REACH * largest * scale, dtype=np.int64), wide,
    )  # fmt: skip
