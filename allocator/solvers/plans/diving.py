"""Diving: from the master's mixture of plans to one plan of everybody.

The plan with the largest weight is held, what it serves is barred to everybody else, the others are priced again, and
so on until everybody has one (diving with re-pricing; Sadykov, Vanderbeck, Pessoa, Tahiri and Uchoa 2019). Where it
holds one part of a service in two, a plan with the other part follows at once. A dive ends early where the master's
value, above which no plan can end, is not better than the best plan known. The first dive takes the largest weight,
later ones add noise to it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from allocator.solvers.facts import Bools
from allocator.solvers.plans.branching import BARRED
from allocator.solvers.plans.column import Column
from allocator.solvers.plans.master import Prices

if TYPE_CHECKING:
    from allocator.solvers.plans.strategy import Stage

_ROUNDS = 3
"""Rounds of pricing after each plan held, and so many more where a row is still broken or the value is too low."""
_REPAIRS = 12
_BETTER = 0.5
"""Scores are whole numbers: a dive is worth going on with where more than this is to be gained."""
_FRUITLESS = 3
_PATIENT = 0.15
"""So many dives without a better plan end the diving, once it has taken this part of the stage's time."""
_NOISE = (0.0, 0.2, 0.4)
"""Noise on the weights of the first dive, the second, the third, and again."""
_SHORTENED = 0.5
"""A dive's rounds price fewer and fewer people: on average this part of them."""


class Diving:
    """Dives in one stage, from wherever the master is."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.master, self.pricer = stage.state.master, stage.state.pricer
        self.problem = stage.search.problem
        self.people = len(self.problem.cluster.staff)

    def run(self) -> None:
        """Dive until the stage is over or several dives in a row bring nothing better."""
        fruitless, number, clock = 0, 0, self.stage.clock
        patient = clock.spent() + _PATIENT * clock.total
        while self._in_time() and not self.stage.over():
            if fruitless >= _FRUITLESS and clock.spent() > patient:
                return
            with self.master.elastic():
                try:
                    columns = self._dive(_NOISE[number % len(_NOISE)])
                finally:
                    self.master.release()
            better = columns is not None and self.stage.state.offer(columns, self.stage.spec)
            fruitless, number = 0 if better else fruitless + 1, number + 1
            if better:
                self.stage.tell()

    def _in_time(self) -> bool:
        """Whether a dive is likely to end before the stage does."""
        expected = _SHORTENED * _ROUNDS * self.people * self.stage.state.round_seconds
        return self.stage.search.budget.deterministic or expected < self.stage.clock.left()

    def _dive(self, noise: float) -> list[Column] | None:
        """One plan for everybody; None where the dive leads nowhere or takes too long."""
        held: dict[int, Column] = {}
        barred = np.zeros(self.problem.size, dtype=bool)
        halves: set[int] = set()
        """Joints of which one part is held."""
        while len(held) < self.people:
            if not self._price_again(held, barred):
                return None
            free = [(column, weight) for column, weight in self.master.support() if column.person not in held]
            if not free:
                return None
            best = max(free, key=lambda one: (self._completes(one[0], halves), self._tossed(one[1], noise)))[
                0
            ]
            held[best.person] = best
            self.master.hold(best)
            self._bar(best, barred, halves)
        solved = self.master.solve()
        if solved is None or self.master.broken():
            return None
        return [held[k] for k in range(self.people)]

    def _completes(self, column: Column, halves: set[int]) -> bool:
        return any(int(self.problem.joint[o]) in halves for o in column.options)

    def _tossed(self, weight: float, noise: float) -> float:
        return weight + (noise * self.stage.state.rng.random() if noise else 0.0)

    def _bar(self, column: Column, barred: Bools, halves: set[int]) -> None:
        """What others may no longer take once a plan is held."""
        problem = self.problem
        for o in column.options:
            joint = int(problem.joint[o])
            if problem.part[o] != 2:
                mine = problem.options_of_need[int(problem.need[o])]
                barred[mine[problem.part[mine] != 2]] = True
            if joint in halves:
                barred[problem.options_of_joint[joint]] = True
            if joint >= 0:
                halves ^= {joint}

    def _price_again(self, held: dict[int, Column], barred: Bools) -> bool:
        """Solve the master, price those without a plan, and again. False where nothing better can come of it."""
        stage, master = self.stage, self.master
        free = [k for k in range(self.people) if k not in held]
        for number in range(_ROUNDS + _REPAIRS + 1):
            solved = master.solve()
            if solved is None or stage.clock.over():
                return False
            value, prices = solved
            if number >= _ROUNDS and self._hopeful(value):
                break
            if not self._new_plans(free, prices, barred):
                break
        return self._hopeful(value)

    def _hopeful(self, value: float) -> bool:
        """Whether the master's last solution breaks nothing and is better than the best plan known."""
        return not self.master.broken() and value > self.stage.state.reached(self.stage.spec) + _BETTER

    def _new_plans(self, free: list[int], prices: Prices, barred: Bools) -> bool:
        """Price people without what is barred; True if a plan is new to the master."""
        figure, duty = self.stage.bounding.worth_of(prices)
        figure = replace(figure, options=np.where(barred, BARRED, figure.options))
        priced = self.pricer.some(free, lambda k: self.pricer.best(k, figure, duty))
        self.stage.count_pricing(len(free))
        added = [self.master.add_column(one.column) for one in priced]  # all of them, also after a new one
        return any(added)
