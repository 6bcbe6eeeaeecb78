"""The best plan so far as one column per person, valued by adding up, so that changing a few people is cheap."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers.facts import Ints
from allocator.solvers.plan import Plan, Values, valued
from allocator.solvers.plans.column import Column, joined
from allocator.solvers.problem import Problem


@dataclass
class Incumbent:
    """A plan as one column per person, with what is needed to open any part of it."""

    problem: Problem
    columns: list[Column]
    totals: Ints = field(init=False)
    """Sums over people: the problem's gains, then travel, uneven minutes, shared adults."""
    points: Ints = field(init=False)
    """Points met of each need, shape (N,)."""
    owner: Ints = field(init=False)
    """Who serves each need, -1 if nobody; shape (N,). Of two parts, the first."""

    def __post_init__(self) -> None:
        count = len(self.problem.needs)
        self.totals = np.zeros(len(self.problem.gains) + 3, dtype=np.int64)
        self.points = np.zeros(count, dtype=np.int64)
        self.owner = np.full(count, -1, dtype=np.int64)
        for column in self.columns:
            self._add(column)

    def _add(self, column: Column) -> None:
        problem = self.problem
        self.totals += _totals(column)
        options = np.array(column.options, dtype=np.int64)
        first = options[problem.part[options] != 2]
        if (self.owner[problem.need[first]] >= 0).any():
            raise AssertionError("a plan serves a need twice")
        self.points[problem.need[first]] = problem.points[first]
        self.owner[problem.need[first]] = column.person

    def changed(self, columns: list[Column]) -> Incumbent:
        """The same plan with some people's columns replaced."""
        problem = self.problem
        other = Incumbent.__new__(Incumbent)
        other.problem, other.columns = problem, list(self.columns)
        other.totals, other.points, other.owner = self.totals.copy(), self.points.copy(), self.owner.copy()
        for column in columns:
            old = other.columns[column.person]
            options = np.array(old.options, dtype=np.int64)
            first = options[problem.part[options] != 2]
            other.totals -= _totals(old)
            other.points[problem.need[first]] = 0
            other.owner[problem.need[first]] = -1
        for column in columns:
            other.columns[column.person] = column
            other._add(column)
        return other

    @cached_property
    def values(self) -> Values:
        """Every goal of the plan."""
        names = [*self.problem.gains, Goal.TRAVEL, Goal.EVEN_LOAD, Goal.FEW_ADULTS]
        return valued(self.problem, dict(zip(names, self.totals.tolist(), strict=True)), self.points)

    @property
    def plan(self) -> Plan:
        """The whole plan."""
        return joined(self.columns)


def _totals(column: Column) -> Ints:
    return np.array([*column.gains, column.travel, column.uneven, column.adults], dtype=np.int64)
