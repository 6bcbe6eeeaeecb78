"""The bound: from the Lagrangian, then by asking for assignments of at most the bound until one is found.

Posta, Ferland and Michelon (2012) solve the problem as such a row of questions; a question close to the bound leaves
few options, so its tree is small. Several threads may work on one question: a search gives branches away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from allocator.solvers.assignment.pricing import ascend
from allocator.solvers.assignment.scaled import Scaled
from allocator.solvers.assignment.search import Search
from allocator.solvers.facts import Ints

_ROUGH, _ROUGH_ROUNDS, _ROUNDS = 200, 100, 200
"""Prices are rough until a phase aims for 1/200 of the bound; rounds a phase while they are, and afterwards."""
_STEP, _PATIENCE = 1.0, 30
_STEPS = 100
"""A question goes up to a hundredth of the gap beyond the bound, so that large costs need few questions."""
_PART = 100_000
"""And while no value is known, a hundred-thousandth of the bound."""


class Prover:
    """Prices, the bound, and the question being asked. Values are whole units without ``problem.base``."""

    def __init__(self, problem: Scaled) -> None:
        self.problem = problem
        self.prices = np.sort(np.where(problem.state < 0, problem.highest, problem.cost), axis=0)[
            min(1, len(problem.cost) - 1)
        ].copy()
        self.lagrangian = 0
        """At ``prices``, in units of 1/scale."""
        self.bound = 0
        """No assignment costs less."""
        self._offset = abs(problem.base) * problem.scale
        self._ahead = int(max(self.prices.sum() // 4, problem.charge.sum(), problem.scale))
        self._idle: list[Search] = []
        self._busy = 0
        self._asked = -1
        self._question = 0
        self._lock = threading.Lock()

    def price(self, table: Ints, over: Callable[[], bool]) -> None:
        """Prices to start from: raised until a phase aims less than 1/200 above the bound, or ``over`` holds."""
        while not over() and not self.priced and self._ahead > (self.lagrangian + self._offset) // _ROUGH:
            self._phase(table, _ROUGH_ROUNDS)

    @property
    def priced(self) -> bool:
        """Whether a phase would aim less than half a unit of cost above the bound: prices are as good as they get."""
        return self._ahead < max(1, self.problem.scale // 2)

    def price_on(self, table: Ints) -> None:
        """One phase of better prices."""
        self._phase(table, _ROUNDS)

    def _phase(self, table: Ints, rounds: int) -> None:
        """Aim ahead of the bound; further next time if that was reached, half as far if it was not nearly reached.

        To aim at a value found stalls before the best prices where many are nearly best (type e of the literature).
        """
        before = self.lagrangian
        self._ascend(table, before + self._ahead, rounds)
        gained = self.lagrangian - before
        if gained >= self._ahead:
            self._ahead *= 2
        elif gained < self._ahead // 2:
            self._ahead //= 2

    def _ascend(self, table: Ints, target: int, rounds: int) -> None:
        p, prices = self.problem, self.prices.copy()
        found = int(ascend(
            p.state, prices, p.cost, p.coarse, p.coarse_capacity, p.charge, target, rounds, _STEP, _PATIENCE, p.highest,
            table,
        ))  # fmt: skip
        if found > self.lagrangian:
            self.lagrangian, self.prices = found, prices
            self.bound = max(self.bound, -(-found // p.scale))

    def take(self, value: int | None) -> tuple[int, Search] | None:
        """The question's number and a search to go on with; ``None`` while other threads have them all.

        Give it back with ``put``. A question is dropped when ``value`` answers it.
        """
        with self._lock:
            if (value is not None and value <= self._asked) or (not self._idle and self._busy == 0):
                self._ask(value)
            if not self._idle:
                return None
            self._busy += 1
            return self._question, self._idle.pop()

    def put(self, question: int, search: Search, helpers: int) -> Ints | None:
        """Take note of how far a search came; returns an assignment where it found one.

        Keeps ``helpers`` searches ready for other threads. When the last branch of a question is exhausted, the bound
        rises beyond what was asked for.
        """
        with self._lock:
            if question != self._question:
                return search.found
            self._busy -= 1
            if search.found is not None:
                self._drop()
            elif not search.exhausted:
                self._idle.append(search)
                while len(self._idle) < helpers:
                    given = search.split()
                    if given is None:
                        break
                    self._idle.insert(0, given)
            elif not self._idle and self._busy == 0:
                self.bound = self._asked + 1
            return search.found

    def _drop(self) -> None:
        """Whoever still works on this question works for nothing."""
        self._question += 1
        self._idle, self._busy, self._asked = [], 0, -1

    def _ask(self, value: int | None) -> None:
        self._drop()
        far = self.bound // _PART if value is None else (value - 1 - self.bound) // _STEPS
        self._asked = self.bound + max(0, far)
        self._idle = [Search(self.problem, self.prices, self._asked, 1)]
