"""One tree search that can be left, taken up again, and split in two."""

from __future__ import annotations

import numpy as np

from allocator.solvers.assignment import tree
from allocator.solvers.assignment.pricing import FREE, OUT
from allocator.solvers.assignment.scaled import Scaled
from allocator.solvers.facts import Ints

_DEEPEST = 400
"""Prices are kept for so many levels of the tree; a multiple of it would only take memory."""
_MOST_KEPT = 1 << 21
ROUNDS = 8
"""Of pricing at a node: with fewer the trees grow, with more each node takes longer (measured: 8, 15 and 25)."""


class Search:
    """Is there an assignment of at most ``most`` (whole units, without ``problem.base``)?"""

    def __init__(self, problem: Scaled, prices: Ints, most: int, dice: int, noise: float = 0.0) -> None:
        jobs, options = problem.cost.shape[1], problem.cost.size
        self.problem, self.most, self.noise = problem, most, noise
        self.state, self.prices = problem.state.copy(), prices.copy()
        self._into, self._without = (np.zeros(problem.cost.shape, dtype=np.int64) for _ in range(2))
        self._trail, self._stand = np.zeros(options + 1, dtype=np.int64), np.zeros(5, dtype=np.int64)
        self._marks, self._choices = (
            np.zeros(options + 1, dtype=np.int64),
            np.zeros((options + 1, 2), dtype=np.int64),
        )
        levels = max(2, min(_DEEPEST, options, _MOST_KEPT // jobs))
        self._kept = np.zeros((levels, jobs), dtype=np.int64)
        self._dice, self._answer = np.array([dice], dtype=np.int64), np.zeros(jobs, dtype=np.int64)

    def run(self, table: Ints, budget: int) -> int:
        """Go on for about ``budget`` rounds of pricing; returns how many were taken."""
        p = self.problem
        return int(tree.explore(
            self.state, self.prices, p.cost, p.charge, p.hours, p.capacity, p.coarse, p.coarse_capacity, p.highest,
            self.most * p.scale, p.scale, budget, ROUNDS, self.noise, table, self._into, self._without, self._trail,
            self._stand, self._marks, self._choices, self._kept, self._dice, self._answer,
        ))  # fmt: skip

    @property
    def found(self) -> Ints | None:
        """The assignment (n,), where there is one."""
        return self._answer.copy() if self._stand[tree.STANDING] == tree.FOUND else None

    @property
    def exhausted(self) -> bool:
        """Whether there is none (in what this search still has to look at)."""
        return bool(self._stand[tree.STANDING] == tree.NONE)

    def split(self) -> Search | None:
        """Give away the topmost branch not yet looked at, as a search of its own; ``None`` if there is none."""
        depth = int(self._stand[tree.DEPTH])
        if self._stand[tree.STANDING] != tree.RUNNING:
            return None
        level = next((d for d in range(depth) if self._choices[d, 0] != tree.GIVEN), None)
        if level is None:
            return None
        other = Search(
            self.problem, self._kept[min(level, len(self._kept) - 1)], self.most, int(self._dice[0])
        )
        other.state = self.state.copy()
        undone = self._trail[self._marks[level] : self._stand[tree.TRAIL]]
        other.state.reshape(-1)[undone] = FREE
        other.state[self._choices[level, 0], self._choices[level, 1]] = OUT
        self._choices[level, 0] = tree.GIVEN
        return other
