"""Column generation: prices from the master, plans from pricing, in turn, until the bound is tight.

The bound of every round is Lagrange's: ``constant(prices) + sum over people of the bound on their best plan``; it is
valid at any prices, converged or not. Prices are smoothed towards those of the best bound (Wentges 1997), which
halves the rounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from allocator.solvers.plans.column import Figure
from allocator.solvers.plans.cuts import separate
from allocator.solvers.plans.master import Master, Prices
from allocator.solvers.plans.pricing import Care, Priced, Pricer, Sketch
from allocator.solvers.plans.starting import starting_prices
from allocator.solvers.problem import Problem

_SMOOTHING = 0.9
_GOOD_ENOUGH = 1e-9
_NEAR, _NEARER = 0.05, 0.01
"""Gaps between bound and master below which pricing branches, and below which it asks for models too.

Farther away, quick rounds gain more; but quick bounds alone need not fall below 1-3% of the master's value.
"""
_FIRST_STEP = 1.0
_LAST_STEP = 0.002
_DEFLECTION = 0.9
KEPT = 12
_FEWEST_ROUNDS, _OPTIONS_PER_ROUND = 100, 60
"""Rounds of the warm-up: so many, and one more for so many options."""
_FAR = 0.1
"""No step aims further below the bound than this part of it."""
_MOST_OPTIONS, _GUESS = 50_000, 0.5
"""Above so many options, a need's first price is this part of what it can bring at most."""
_MODESTY = 0.9
_PATIENCE = 10
"""Subgradient rounds without a better bound before the steps are halved."""
_TRIFLE = 1e-5


@dataclass
class Bounding:
    """Column generation for one stage. ``bound`` and ``best`` (the prices behind it) get better round by round."""

    master: Master
    pricer: Pricer
    bound: float = math.inf
    best: Prices | None = None
    slack: list[float] = field(default_factory=list)
    """Each person's worth of the best plan at the best prices, for the neighbourhood search."""
    rounds: int = 0
    promising: list[Prices] = field(default_factory=list)
    """Prices of the better bounds on the way: their plans make a good first master."""
    value: float = -math.inf
    """Value of the restricted master: where the bound is heading."""

    @property
    def problem(self) -> Problem:
        """The problem."""
        return self.master.problem

    def warm_up(self, target: Callable[[], float], over: Callable[[], bool], kept: int = KEPT) -> None:
        """Subgradient rounds before the first linear program: cheap, and its prices are already nearly right.

        Steps are Polyak's towards ``target()`` (the present plan's score, or near the bound while that is poor), along
        the slope deflected by the last direction (Camerini, Fratta and Maffioli 1975); halved after rounds without a
        better bound. At the end everybody is priced exactly at the last ``kept`` prices that were better.
        """
        prices = self._first_prices() if self.best is None else self._extended(self.best)
        theta, stale = _FIRST_STEP, 0
        direction = np.zeros(len(prices.vector))
        for _ in range(_FEWEST_ROUNDS + self.problem.size // _OPTIONS_PER_ROUND):
            if theta < _LAST_STEP or over():
                break
            before = self.bound
            weeks, bound = self._sketch(prices)
            slope = self.master.slope(prices, weeks)
            direction = slope + _DEFLECTION * direction
            length = float(direction @ direction)
            if length == 0.0:
                break
            stale = 0 if self.bound < before - _TRIFLE * abs(self.bound) else stale + 1
            if stale >= _PATIENCE and self.best is not None:
                theta, stale = theta / 2, 0
                prices, direction = self._extended(self.best), np.zeros(len(prices.vector))
                continue
            aim = max(target(), bound - _FAR * abs(bound))
            step = theta * max(bound - aim, _TRIFLE * abs(bound)) / length
            prices = self.master.signed(prices.vector - step * direction)
        for good in self.promising[-kept:]:
            self.price_at(self._extended(good))

    def _first_prices(self) -> Prices:
        """The duals of a small linear program, those of needs a little less; of a very large problem, a plain guess."""
        prices, rows = self.master.no_prices(), self.master.figure_rows
        if self.problem.size > _MOST_OPTIONS:
            best = np.zeros(prices.needs)
            np.maximum.at(best, self.problem.need, self.master.guide(prices).options)
            prices.vector[: prices.needs] = _GUESS * best
            return prices
        floors = [(i, row) for i, row in enumerate(rows) if not row.auxiliary and np.isfinite(row.lower)]
        needs, dear = starting_prices(
            self.problem, self.master.guide(prices), [(row.figure, row.lower) for _, row in floors]
        )
        prices.vector[: prices.needs] = _MODESTY * needs
        prices.figures[[i for i, _ in floors]] = dear
        return prices

    def _sketch(self, prices: Prices) -> tuple[list[Sketch], float]:
        """Everybody's best week at some prices without making columns of them; keeps a better bound."""
        figure, duty = self.master.reduced(prices), self._duty(prices)
        weeks = self.pricer.everybody(lambda k: self.pricer.sketch(k, figure, duty))
        bound = self.master.constant(prices) + sum(week.bound for week in weeks)
        if bound < self.bound:
            self.bound, self.best, self.slack = bound, prices, [week.bound for week in weeks]
            self.promising.append(prices)
        return weeks, bound

    def begin(self) -> None:
        """A first bound and first plans at the starting prices, where there is no time for a warm-up."""
        if self.best is None:
            self.price_at(self._first_prices())

    def _extended(self, prices: Prices) -> Prices:
        """Prices of an earlier stage, with 0 for the rows that came since."""
        missing = self.master.no_prices().vector
        missing[: len(prices.vector)] = prices.vector
        return Prices(missing, prices.needs, prices.joints, prices.duties)

    def run(self, enough: Callable[[float, float], bool], over: Callable[[], bool]) -> None:
        """Rounds until no plan is worth adding, ``enough(bound, master value)`` says so, or ``over()``."""
        while not over():
            solved = self.master.solve()
            if solved is None:
                return
            self.value, out = solved
            if self._within(_NEARER) and self._tightened():
                continue
            if self._converged() or enough(self.bound, self.value):
                return
            if not self._round(out) and not self._tightened():
                return

    def _tightened(self) -> bool:
        """Whether the last solution breaks rows that every plan keeps; they are added."""
        if not separate(self.master):
            return False
        self.best = None if self.best is None else self._extended(self.best)
        return True

    def _converged(self) -> bool:
        if not math.isfinite(self.bound):
            return False
        return self.bound - self.value <= _GOOD_ENOUGH * abs(self.bound) or _floor(self.bound) <= _floor(
            self.value
        )

    def _round(self, out: Prices) -> bool:
        """One round; first at smoothed prices, then at the master's own. False when nothing new was found."""
        self.rounds += 1
        if self.best is not None and len(self.best.vector) == len(out.vector):
            mixed = Prices(
                _SMOOTHING * self.best.vector + (1 - _SMOOTHING) * out.vector,
                out.needs,
                out.joints,
                out.duties,
            )
            if self.price_at(mixed, self._care()):
                return True
        return self.price_at(out) or self.price_at(out, Care.MODELLED)

    def _within(self, gap: float) -> bool:
        return self.bound - self.value <= gap * abs(self.bound)

    def _care(self) -> Care:
        """What pricing is worth doing at prices between the best and the master's own."""
        if self._within(_NEARER):
            return Care.MODELLED
        return Care.BRANCHED if self._within(_NEAR) else Care.QUICK

    def price_at(self, prices: Prices, care: Care = Care.QUICK) -> bool:
        """Price everybody; keep a better bound; add the plans found. True if one is new to the master."""
        priced = self.bound_at(prices, care)
        added = [self.master.add_column(p.column) for p in priced]  # all of them, also after a new one
        return any(added)

    def bound_at(self, prices: Prices, care: Care) -> list[Priced]:
        """Price everybody; keep a better bound."""
        figure, duty = self.master.reduced(prices), self._duty(prices)
        priced = self.pricer.everybody(lambda k: self.pricer.best(k, figure, duty, care))
        bound = self.master.constant(prices) + sum(p.bound for p in priced)
        if bound < self.bound:
            self.bound, self.best, self.slack = bound, prices, [p.bound for p in priced]
        return priced

    def _duty(self, prices: Prices) -> dict[tuple[int, int], float]:
        """Worth of each liaison duty to whoever takes it."""
        return {place: -float(price) for place, price in zip(self.master.duty_rows, prices.duty, strict=True)}

    def proved(self) -> int | None:
        """The bound as a whole number (stages' figures are whole); None before the first round."""
        return _floor(self.bound) if math.isfinite(self.bound) else None

    def worth_of(self, prices: Prices) -> tuple[Figure, dict[tuple[int, int], float]]:
        """Reduced figure and duties at some prices."""
        return self.master.reduced(prices), self._duty(prices)


def _floor(value: float) -> int:
    """Round down, indifferent to floating-point dust."""
    return math.floor(value + 1e-6 * max(1.0, abs(value) * 1e-6))
