"""Pricing: a person's best plan under given prices, with a bound that is always valid.

One term: a dynamic program over the minutes of the week (``knapsack.py``), made tighter where its week breaks a rule
(``branching.py``). What it leaves out can only raise its value, so that is always a valid bound; a week that keeps
every rule and is worth the bound is the best plan; one that breaks a rule is mended (``weeks.py``).
Several terms, or on request: the one-model form of this person alone, solved by CP-SAT (``exact_plan``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers import cpsat
from allocator.solvers.base import Budget
from allocator.solvers.facts import Ints
from allocator.solvers.formulation import Formulation, Scope
from allocator.solvers.goals import GOALS
from allocator.solvers.linear import Expression, add
from allocator.solvers.plans.branching import BARRED, CLOSE, Branching
from allocator.solvers.plans.column import Column, Figure, make_column
from allocator.solvers.plans.knapsack import Charges, Layout, best_week, layout_of
from allocator.solvers.plans.weeks import Weeks, worths
from allocator.solvers.problem import Problem
from allocator.solvers.rules import PERSON_RULES

__all__ = ["AGREED", "BARRED", "Priced", "Pricer", "Sketch", "exact_plan", "useful_options", "worths"]

_SCALE_TO = float(1 << 40)
_EPSILON = 1e-7
_EXACT_WORK = 0.1
"""Deterministic work on one person's model: short of a proof its bound is valid all the same, and rounds stay short."""
_WIDE = 1e-4
"""Gap left by branching above which all care asks the one-person model, relative to the bound."""
_COARSE = 5
"""Grid in minutes of weeks that are only sketched."""
AGREED = 1e9
"""Worth of what must stay: more than anything else together, small enough for exact sums."""
_THREADS = 2

T = TypeVar("T")


class Care(IntEnum):
    """How much pricing does to bring a person's bound down to a plan that keeps every rule."""

    QUICK = 0
    """What the dynamic program sees; its week is mended."""
    BRANCHED = 1
    """Branching, where the week breaks what the program leaves out."""
    MODELLED = 2
    """And the one-person model, where branching leaves a gap."""


@dataclass(frozen=True)
class Priced:
    """``bound``: no plan of this person is worth more; ``column``: the best plan found and its worth."""

    bound: float
    worth: float
    column: Column
    exact: bool


@dataclass(frozen=True)
class Sketch:
    """A best week as the bounding needs it: its bound, and what it does, not yet checked against every limit."""

    bound: float
    options: Ints
    places: tuple[tuple[int, int], ...]
    figures: Callable[[Figure], float]
    """Value of a figure of it."""


class Pricer:
    """Prices people of one problem; keeps each person's layout between rounds."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._layouts: dict[int, Layout] = {}
        self._weeks = Weeks(problem)
        self._pool = ThreadPoolExecutor(max_workers=_THREADS)

    def by_program(self, k: int) -> bool:
        """Whether the dynamic program sees enough of this person: one term, and not coordinator and liaison at once."""
        facts = self.problem.facts
        return self.problem.terms == 1 and not (facts.coordinator[k] and facts.liaison[k].any())

    def everybody(self, price: Callable[[int], T]) -> list[T]:
        """``price(k)`` for every person, side by side: the compiled loops run outside Python's lock."""
        return self.some(range(len(self.problem.cluster.staff)), price)

    def some(self, people: Iterable[int], price: Callable[[int], T]) -> list[T]:
        """As ``everybody``, for some."""
        return list(self._pool.map(price, people))

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def best(self, k: int, figure: Figure, duty: dict[tuple[int, int], float], care: Care = Care.QUICK,
             grid: int = 1) -> Priced:  # fmt: skip
        """The best plan of person ``k``: reduced figure over options, ``duty`` the worth of each liaison duty.

        With all ``care`` the bound is nearly always the worth of the best plan. With a ``grid`` of several minutes the
        program rounds times down to it, and its week is mended.
        """
        if not self.by_program(k):
            return exact_plan(self.problem, k, figure, duty, limit=_EXACT_WORK)
        branching = Branching(self._weeks, self._layout(k), k, figure, duty)
        root = branching.settle(grid=grid)
        bound = root.week.bound
        if care >= Care.BRANCHED and grid == 1 and branching.worth < bound - CLOSE * max(1.0, abs(bound)):
            bound = branching.search(root)
        if branching.column is None:
            branching.mend(root.week)
        column, worth = branching.column, branching.worth
        if column is None:
            raise AssertionError("a week was not mended")
        exact = worth >= bound - CLOSE * max(1.0, abs(bound))
        found = Priced(max(bound, worth), worth, column, exact)
        if (
            care >= Care.MODELLED
            and grid == 1
            and worth < bound - _WIDE * abs(bound)
            and self._modelled(k, figure)
        ):
            return _better(found, exact_plan(self.problem, k, figure, duty, limit=_EXACT_WORK))
        return found

    def _modelled(self, k: int, figure: Figure) -> bool:
        """Whether a gap is so rare that a model of its own is worth its time: limits on travel or sites, mostly."""
        return not figure.adults and not self.problem.facts.coordinator[k]

    def sketch(self, k: int, figure: Figure, duty: dict[tuple[int, int], float]) -> Sketch:
        """Person ``k``'s best week without checks: quick, for prices that are only on their way."""
        problem = self.problem
        if not self.by_program(k):
            priced = self.best(k, figure, duty)
            column = priced.column
            return Sketch(
                priced.bound, np.array(column.options, dtype=np.int64), column.liaison, column.value
            )
        week = best_week(problem, self._layout(k), k, figure, duty, Charges(), _COARSE)

        def figures(of: Figure) -> float:
            if of.travel or of.uneven or of.adults:
                return self._weeks.column(k, week).value(of)
            return float(of.options[week.options].sum())

        return Sketch(week.bound, week.options, tuple(week.places), figures)

    def _layout(self, k: int) -> Layout:
        if k not in self._layouts:
            self._layouts[k] = layout_of(self.problem, k)
        return self._layouts[k]


def _better(one: Priced, two: Priced) -> Priced:
    """The smaller bound and the better plan of two answers."""
    best = two if two.worth > one.worth else one
    bound = max(min(one.bound, two.bound), best.worth)
    return Priced(bound, best.worth, best.column, best.worth >= bound - CLOSE * max(1.0, abs(bound)))


def useful_options(problem: Problem, k: int, figure: Figure) -> Ints:
    """Options of a person that a best plan could hold: those of positive worth, and all of a slot that could pay."""
    options = problem.options_of_person[k]
    worth = figure.options[options] + max(figure.adults, 0.0)
    alone = (problem.slot[options] < 0) & (worth > _EPSILON)
    keep = [options[alone]]
    for slot in np.unique(problem.slot[options]).tolist():
        if slot < 0:
            continue
        form, members = problem.slots[slot], problem.options_of_slot[slot]
        values = np.sort(figure.options[members] + max(figure.adults, 0.0))[::-1]
        if len(values) >= form.least and np.cumsum(values)[form.least - 1 :].max() > _EPSILON:
            keep.append(members)
    return np.sort(np.concatenate(keep))


def exact_plan(
    problem: Problem, k: int, figure: Figure, duty: dict[tuple[int, int], float], limit: float
) -> Priced:
    """The one-model form of one person, in whole numbers rounded up, so that its bound stays valid."""
    scope = Scope((k,), useful_options(problem, k, figure))
    f = Formulation(problem, scope)
    for rule in PERSON_RULES:
        rule(f)
    worth = _worth(f, figure, duty)
    largest = max((abs(c) for c in worth.values()), default=0.0)
    scale = _SCALE_TO / max(1.0, largest * max(len(worth), 1)) if largest else 1.0
    f.model.objective = {v: math.ceil(c * scale) for v, c in worth.items()}
    outcome = cpsat.solve(f.model, limit=limit, budget=Budget(None, work=limit), seed=1, workers=1)
    if outcome.values is None:
        return _resting(problem, k, figure)
    plan = f.plan(outcome.values)
    shares = tuple((s, blocks) for (_, s), blocks in plan.shares.items())
    column = make_column(problem, k, np.array(plan.chosen, dtype=np.int64), tuple(plan.liaison), shares)
    value = worths(column, figure, duty)
    bound = max(value, (outcome.bound or 0) / scale)
    return Priced(bound, value, column, outcome.proved)


def _worth(f: Formulation, figure: Figure, duty: dict[tuple[int, int], float]) -> dict[int, float]:
    """The figure over the variables of a formulation."""
    worth: dict[int, float] = {x: float(figure.options[o]) for o, x in f.x.items()}
    for (_, s, t), v in f.liaison.items():
        worth[v] = duty.get((s, t), 0.0)
    for weight, goal in (
        (figure.travel, Goal.TRAVEL),
        (figure.uneven, Goal.EVEN_LOAD),
        (figure.adults, Goal.FEW_ADULTS),
    ):
        if weight:
            terms: Expression = add({}, GOALS[goal](f).terms)
            for v, coefficient in terms.items():
                worth[v] = worth.get(v, 0.0) + weight * coefficient
    return worth


def _resting(problem: Problem, k: int, figure: Figure) -> Priced:
    """Nothing was found in time: the bound that needs no proof."""
    options = problem.options_of_person[k]
    bound = float(np.maximum(figure.options[options] + max(figure.adults, 0.0), 0.0).sum())
    column = make_column(problem, k, np.zeros(0, dtype=np.int64), (), ())
    return Priced(bound, column.value(figure), column, False)
