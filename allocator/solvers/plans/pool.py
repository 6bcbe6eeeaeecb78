"""The pool: choose among all plans known so far, one per person, exactly.

The master in whole numbers. Poor by itself, it is the best way to put together pieces that the quick search found in
different places (``recreate.py``). Every goal and floor is exact here, fairness included.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers import cpsat
from allocator.solvers.base import Budget, Outcome
from allocator.solvers.facts import Ints
from allocator.solvers.fairness import FULL_SHARE
from allocator.solvers.linear import Expression, LinearModel, Tag, add
from allocator.solvers.plans.column import Column
from allocator.solvers.problem import Problem
from allocator.solvers.search import StageResult
from allocator.solvers.stages import StageSpec, fairness_floor

_TAG = Tag("pool", "one plan per person")


@dataclass
class Pool:
    """The whole-number master over some columns; positions of columns are its first variables."""

    problem: Problem
    columns: list[Column]
    model: LinearModel = field(default_factory=LinearModel)
    shares: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for i in range(len(self.columns)):
            self.model.variable(0, 1, f"c{i}")
        self._cover()

    def _cover(self) -> None:
        """One plan per person, needs at most once (forced: once), both parts or neither, one liaison per duty."""
        problem = self.problem
        person: dict[int, Expression] = defaultdict(dict)
        need: dict[int, Expression] = defaultdict(dict)
        joint: dict[int, Expression] = defaultdict(dict)
        duty: dict[tuple[int, int], Expression] = defaultdict(dict)
        for i, column in enumerate(self.columns):
            person[column.person][i] = 1
            for o in column.options:
                part = int(problem.part[o])
                if part != 2:
                    need[int(problem.need[o])][i] = 1
                if part != 0:
                    add(joint[int(problem.joint[o])], {i: 1 if part == 1 else -1})
            for place in column.liaison:
                duty[place][i] = 1
        for terms in person.values():
            self.model.row(terms, 1, 1, _TAG)
        for n, terms in need.items():
            self.model.row(terms, 1 if problem.is_forced[n] else None, 1, _TAG)
        for terms in joint.values():
            self.model.row(terms, 0, 0, _TAG)
        for place in problem.liaison_duty:
            self.model.row(duty[place], 1, 1, _TAG)

    def figure(self, spec: StageSpec) -> Expression:
        """A stage's figure over columns, to be maximised; posts the rows it needs."""
        if spec.step >= 0:
            return self._fairness(spec.step)
        total: Expression = {}
        names = list(self.problem.gains)
        for goal, weight in spec.weights:
            if goal is Goal.TIER_BALANCE:
                add(total, self._tier_shortfalls(), weight)
            else:
                add(
                    total,
                    ((i, _amount(column, goal, names)) for i, column in enumerate(self.columns)),
                    weight,
                )
        return total

    def _points(self, needs: Ints) -> Expression:
        """Points met in some needs by each column."""
        member = np.zeros(len(self.problem.needs), dtype=np.int64)
        member[needs] = 1
        worth = self.problem.points * member[self.problem.need]
        return {i: int(worth[list(c.options)].sum()) for i, c in enumerate(self.columns) if c.options}

    def _tier_shortfalls(self) -> Expression:
        result: Expression = {}
        for tier, target in self.problem.tier_targets.items():
            short = self.model.variable(0, max(target, 0), f"short{tier}")
            self.model.row(
                add({short: 1}, self._points(np.flatnonzero(self.problem.tier == tier))), target, None, _TAG
            )
            result[short] = 1
        return result

    def _fairness(self, step: int) -> Expression:
        """The leximin's steps, as in ``goals.Shares``."""
        if not self.shares:
            for name, rows in self.problem.fairness_groups.items():
                share = self.model.variable(0, FULL_SHARE, f"share_{name}")
                asked = int(self.problem.asked[rows].sum())
                self.model.row(add({share: asked}, self._points(rows), -FULL_SHARE), None, 0, _TAG)
                self.shares[name] = share
        result: Expression = {}
        level = self.model.variable(0, FULL_SHARE, "level") if step else -1
        for share in self.shares.values():
            below = self.model.variable(0, FULL_SHARE, "below")
            if step:
                self.model.row({below: 1, share: 1, level: -1}, 0, None, _TAG)
            else:
                self.model.row({below: 1, share: 1}, fairness_floor(self.problem), None, _TAG)
            result[below] = -1
        return add(result, {level: step}) if step else result


def _amount(column: Column, goal: Goal, names: list[Goal]) -> int:
    if goal in names:
        return column.gains[names.index(goal)]
    return {Goal.TRAVEL: column.travel, Goal.EVEN_LOAD: column.uneven, Goal.FEW_ADULTS: column.adults}[goal]


def best_of_pool(
    problem: Problem,
    columns: list[Column],
    present: list[Column],
    spec: StageSpec,
    floors: list[StageResult],
    limit: float,
    budget: Budget,
    seed: int,
    workers: int,
) -> tuple[Outcome, list[Column] | None]:
    """The best plan made of known columns that holds every floor, starting from the present one."""
    pool = Pool(problem, columns)
    for result in floors:
        pool.model.row(
            pool.figure(result.spec),
            result.floor,
            None,
            Tag("goal " + result.spec.name, "agreed order of goals"),
        )
    pool.model.objective = pool.figure(spec)
    keys = {column.key for column in present}
    hint = [int(column.key in keys) for column in columns]
    outcome = cpsat.solve(pool.model, limit=limit, budget=budget, seed=seed, workers=workers, hint=hint)
    if outcome.values is None:
        return outcome, None
    chosen = [column for i, column in enumerate(columns) if outcome.values[i] == 1]
    return outcome, sorted(chosen, key=lambda column: column.person)
