"""Pricing: a person's best plan under given prices, with a bound that is always valid.

One term: a dynamic program over the minutes of the week (``knapsack.py``). It leaves out what it cannot see (case,
site and travel limits, two options of one need, the day's length); if the plan it finds keeps those too, it is the
best plan and its worth the exact bound; if not, its worth is still a valid bound, and the plan is mended.
Several terms, or on request: the one-model form of this person alone, solved by CP-SAT (``exact_plan``).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers import cpsat
from allocator.solvers.base import Budget
from allocator.solvers.facts import NO_LIMIT, Ints
from allocator.solvers.formulation import Formulation, Scope
from allocator.solvers.goals import GOALS
from allocator.solvers.linear import Expression, add
from allocator.solvers.plan import limits_broken, person_use
from allocator.solvers.plans.column import Column, Figure, make_column
from allocator.solvers.plans.knapsack import Charges, Layout, best_week, layout_of
from allocator.solvers.problem import Problem
from allocator.solvers.rules import PERSON_RULES

_SCALE_TO = float(1 << 40)
_EPSILON = 1e-7
_MULTIPLIER_ROUNDS = 16
_EXACT_WORK = 0.1
"""Deterministic work on one person's model: short of a proof its bound is valid all the same, and rounds stay short."""
_COARSE = 5
"""Grid in minutes of weeks that are only sketched."""
_FIRST_CHARGE = 0.05
"""A first charge, as a share of the dearest option."""
_USUAL_TRAVEL = 60.0
"""Minutes a week of one visit pattern: the scale of a charge on travel."""
_CHARGE_UP, _CHARGE_DOWN = 1.15, 0.93
AGREED = 1e9
"""Worth of what must stay: more than anything else together, small enough for exact sums."""
BARRED = -1e12
"""Worth of what must not be taken, not even to fill up a group."""
_THREADS = 2

T = TypeVar("T")


@dataclass(frozen=True)
class Raw:
    """A plan as the dynamic program sees it: options and liaison duties."""

    options: tuple[int, ...] = ()
    places: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Priced:
    """``bound``: no plan of this person is worth more; ``column``: the best plan found and its worth."""

    bound: float
    worth: float
    column: Column
    exact: bool
    raw: Raw = Raw()
    """What the dynamic program took, before it was mended."""


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
        facts = problem.facts
        self._limited = (
            (facts.max_cases < NO_LIMIT)
            | ((facts.max_sites < NO_LIMIT) & ~facts.coordinator)
            | (facts.travel_cap[:, 0] < facts.bookable[:, 0])
        )
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

    def best(self, k: int, figure: Figure, duty: dict[tuple[int, int], float], careful: bool = False,
             grid: int = 1) -> Priced:  # fmt: skip
        """The best plan of person ``k``: reduced figure over options, ``duty`` the worth of each liaison duty."""
        problem = self.problem
        if not self.by_program(k):
            return exact_plan(problem, k, figure, duty, limit=_EXACT_WORK)
        first = self._week(k, figure, duty, figure, 0.0, Charges(), grid)
        return self._multiplied(k, figure, duty, first) if careful and not first.exact else first

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
        options = np.array(week.options, dtype=np.int64)

        def figures(of: Figure) -> float:
            if of.travel or of.uneven or of.adults:
                return make_column(problem, k, options, tuple(week.places)).value(of)
            return float(of.options[options].sum())

        return Sketch(week.bound, options, tuple(week.places), figures)

    def _layout(self, k: int) -> Layout:
        if k not in self._layouts:
            self._layouts[k] = layout_of(self.problem, k)
        return self._layouts[k]

    def _recharged(self, k: int, old: Charges, raw: Raw, figure: Figure) -> Charges:
        """Person ``k``'s charges moved: up where a limit was broken, down where there was room."""
        facts = self.problem.facts
        use = person_use(self.problem, k, np.array(raw.options, dtype=np.int64), list(raw.places))
        sites = len(use.delivery)
        usual = (
            float(figure.options[self.problem.options_of_person[k]].clip(0.0, AGREED / 10).max(initial=0.0))
            * _FIRST_CHARGE
        )
        return Charges(
            _moved(old.case, int(use.cases[0]), int(facts.max_cases[k]), usual),
            _moved(old.travel, int(use.travel[0]), int(facts.travel_cap[k, 0]), usual / _USUAL_TRAVEL),
            _moved(old.site, sites, NO_LIMIT if facts.coordinator[k] else int(facts.max_sites[k]), usual),
        )

    def _week(self, k: int, figure: Figure, duty: dict[tuple[int, int], float], charged: Figure, rebate: float,
              charges: Charges, grid: int = 1) -> Priced:  # fmt: skip
        """The dynamic program at ``charged`` worths; its value plus ``rebate`` bounds the worth at ``figure``."""
        problem = self.problem
        week = best_week(problem, self._layout(k), k, charged, duty, charges, grid)
        column, clean = _mended(problem, k, week.options, week.places, week.shares, charged)
        worth, bound = worths(column, figure, duty), week.bound + rebate
        exact = clean and worth >= bound - _EPSILON * max(1.0, abs(bound))
        return Priced(max(bound, worth), worth, column, exact, Raw(tuple(week.options), tuple(week.places)))

    def _multiplied(
        self, k: int, figure: Figure, duty: dict[tuple[int, int], float], first: Priced
    ) -> Priced:
        """More rounds of the program while its plan breaks a limit or serves a need twice.

        Each option pays ``once[need]``, paid back once: a Lagrange multiplier on R1; ``Charges`` are those on R6. The
        least bound and the best plan are kept.
        """
        problem = self.problem
        once = np.zeros(len(problem.needs))
        bound, best, seen, charges = first.bound, first, first.raw, Charges()
        step = 0.5
        for _ in range(_MULTIPLIER_ROUNDS):
            if best.worth >= bound - _EPSILON * max(1.0, abs(bound)):
                return Priced(max(bound, best.worth), best.worth, best.column, True, best.raw)
            counts = (
                np.bincount(problem.need[list(seen.options)], minlength=len(once))
                if seen.options
                else np.zeros(len(once), dtype=np.int64)
            )
            over = np.where((counts > 1) | (once > 0), counts - 1, 0)
            length = float((over**2).sum())
            if length > 0:
                once = np.maximum(once + step * max(bound - best.worth, _EPSILON) / length * over, 0.0)
            elif not self._limited[k]:
                break
            charged = Figure(figure.options - once[problem.need], figure.travel, figure.uneven, figure.adults)
            charges = self._recharged(k, charges, seen, figure) if self._limited[k] else charges
            tried = self._week(k, figure, duty, charged, float(once.sum()), charges)
            seen = tried.raw
            step = step if tried.bound < bound else step * 0.7
            bound = min(bound, tried.bound)
            best = tried if tried.worth > best.worth else best
        return Priced(max(bound, best.worth), best.worth, best.column, False, best.raw)


def _moved(charge: float, used: int, limit: int, usual: float) -> float:
    """A charge after one more week was seen."""
    if limit >= NO_LIMIT:
        return 0.0
    if used > limit:
        return max(charge * _CHARGE_UP, usual)
    return charge * _CHARGE_DOWN if used < limit else charge


def _mended(problem: Problem, k: int, options: list[int], places: list[tuple[int, int]], shares: dict[int, int],
            figure: Figure) -> tuple[Column, bool]:  # fmt: skip
    """The plan with what the dynamic program did not see put right: the least worth goes first."""
    chosen = _one_per_need(problem, options, figure)
    clean = len(chosen) == len(options)
    duties = list(places)
    while True:
        use = person_use(problem, k, np.array(chosen, dtype=np.int64), duties)
        members: dict[int, int] = defaultdict(int)
        for o in chosen:
            if problem.slot[o] >= 0:
                members[int(problem.slot[o])] += 1
        small = [
            slot for slot, count in members.items() if problem.slots[slot].least * use.groups[slot] > count
        ]
        if small:
            chosen = [o for o in chosen if int(problem.slot[o]) not in small]
        elif limits_broken(problem, k, use, shares):
            if chosen:
                worst = min(chosen, key=lambda o: (figure.options[o], o))
                chosen.remove(worst)
            else:
                duties.pop()
        else:
            break
        clean = False
    return make_column(
        problem,
        k,
        np.array(chosen, dtype=np.int64),
        tuple(sorted(duties)),
        tuple(sorted(shares.items())),
        use,
    ), clean


def _one_per_need(problem: Problem, options: list[int], figure: Figure) -> list[int]:
    """At most one option of each need, the one of most worth (R1)."""
    best: dict[int, int] = {}
    for o in sorted(options):
        n = int(problem.need[o])
        if n not in best or figure.options[o] > figure.options[best[n]]:
            best[n] = o
    return sorted(best.values())


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


def worths(column: Column, figure: Figure, duty: dict[tuple[int, int], float]) -> float:
    """What a plan is worth under prices."""
    return column.value(figure) + sum(duty.get(place, 0.0) for place in column.liaison)
