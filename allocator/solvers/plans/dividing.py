"""Large problems part by part: several districts one after the other, and what is too large for one annealing in parts.

- **Components.** Where no option leads from one group of people and needs to another, each is searched as a problem of
  its own. Put together, their prices are prices of the whole, and give it a bound (Lagrange's, valid at any prices);
  only liaison duties could cross, and the bound takes care of those too.
- **Parts**, where one component is too large to be annealed as one: it is cut into parts of the size of a cluster, and
  each is searched as a cluster is while all outside it stays; then it is cut again and again at random along other
  borders, and parts are annealed from the present plan. Beside it goes the bound of the whole: a subgradient, and
  column generation where one linear program can hold everybody.

Only for stages that are sums over people, and after such stages only: a part keeps its own share of every floor.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Condition, Event
from typing import TYPE_CHECKING

import numpy as np

from allocator.solvers.annealing.annealer import CHUNK, Walk
from allocator.solvers.annealing.tables import tables_of
from allocator.solvers.facts import Bools, Floats, Ints
from allocator.solvers.plan import Values, evaluate
from allocator.solvers.plans.clock import WORK_PER_MOVE
from allocator.solvers.plans.column import Column, columns_of
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.plans.master import Master, Prices
from allocator.solvers.plans.parts import Part, components, cut, divisible, part_of, plan_of_part
from allocator.solvers.plans.pricing import Care
from allocator.solvers.problem import Problem
from allocator.solvers.search import StageResult
from allocator.solvers.stages import ceiling, score

if TYPE_CHECKING:
    from allocator.solvers.plans.strategy import Stage

LARGE = 700
"""From so many needs on a problem of several components is divided."""
_COMPONENTS = 0.94
"""Part of the stage's time in which the components are searched; the rest is for the bound of the whole."""
_GLUE, _CAREFUL = 10.0, 6.0
"""How many times what pricing everybody takes is kept for the components' prices put together; how much longer careful
pricing takes at most, near good prices."""
_PART = 5000
"""Options of a part, about."""
_ALONE = 0.5
"""Part of the stage's time in which the parts of the first cut are searched."""
_PATIENT = 0.0004
"""Seconds (or work) a part is annealed for, per option, after later cuts."""
_OF_STAGE = 0.3
"""Part of the stage's time that the parts of one cut may take together, one after the other."""
_WARM, _COLD = 0.1, 0.01
"""Temperatures of later cuts, as in ``strategy.py``."""
_BOUNDING = 0.6
"""Part of the stage's time after which the bound is left as it is, and both threads anneal."""
_LISTEN = 0.05
"""Seconds between two looks whether another thread is done."""
_MOST_CELLS = 30_000_000
"""Most cells (person x need, and person x site x term) of an annealing's tables; each takes about a hundred bytes."""
_IN_ONE_PROGRAM = 400
"""Up to so many people column generation goes on for the whole; beyond, a subgradient."""


def divided(stage: Stage) -> bool:
    """Whether a stage is searched component by component, or part by part."""
    problem = stage.search.problem
    if not stage.of_whole or len(problem.needs) < LARGE:
        return False
    summed = all(divisible(each) for each in (stage.spec, *(r.spec for r in stage.search.results)))
    return summed and (unwieldy(problem) or len(components(stage.state.incumbent)) > 1)


def unwieldy(problem: Problem) -> bool:
    """Whether a problem is too large to be annealed as one: its tables would take gigabytes."""
    people, sites, needs = len(problem.cluster.staff), len(problem.cluster.sites), len(problem.needs)
    return people * (needs + sites * problem.terms) > _MOST_CELLS


class Dividing:
    """One stage of a large problem."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.state, self.search = stage, stage.state, stage.search
        self.problem, self.spec = stage.search.problem, stage.spec
        self._sharing = Condition()
        """Held to look at or change the present plan, the parts that wait, and how many are at work."""
        self._pieces: deque[tuple[Ints, Ints]] = deque()
        self._busy = 0
        self._ready = Event()
        """Set when the parts of the first cut have been searched."""
        self.promising: Bools = np.ones(self.problem.size, dtype=bool)
        """Options that parts found promising, and all between parts, shape (O,)."""
        self._rng = np.random.default_rng([self.search.seed, len(self.search.results)])

    def run(self) -> None:
        """Search until the stage is over."""
        pieces = components(self.state.incumbent)
        if len(pieces) > 1:
            self._one_by_one([part_of(self.state.incumbent, *piece) for piece in reversed(pieces)])
        else:
            self._in_parts()

    # Components

    def _one_by_one(self, parts: list[Part]) -> None:
        """Search every component, then bound the whole at the prices of all."""
        clock = self.stage.clock
        until = _COMPONENTS * clock.total
        if not self.search.budget.deterministic:
            until = min(until, max(0.5 * clock.total, clock.total - _GLUE * self.state.round_seconds))
        glued = Glued(self.state.master)
        for number, part in enumerate(parts):
            inner = self._searched(part, parts[number:], until - clock.spent())
            if inner is not None:
                glued.add(part, inner)
        self._bound_at(glued)

    def _bound_at(self, glued: Glued) -> None:
        """The bound of the whole at the components' prices: quickly, and with care where there is time for that."""
        for prices in glued.prices():
            if not self._priced(prices, Care.QUICK, 1.0):
                return
        best = self.stage.bounding.best
        if best is not None:
            self._priced(best, Care.BRANCHED, _CAREFUL)

    def _priced(self, prices: Prices, care: Care, dearer: float) -> bool:
        """Price everybody once; False, and nothing done, where that would take longer than is left."""
        clock, state = self.stage.clock, self.state
        if clock.over():
            return False
        if not self.search.budget.deterministic and clock.left() < dearer * state.round_seconds:
            return False
        began = time.monotonic()
        self.stage.bounding.bound_at(prices, care)
        self.stage.count_pricing(len(self.problem.cluster.staff))
        if care is Care.QUICK:
            state.round_seconds = max(0.5 * state.round_seconds, time.monotonic() - began)
        self.stage.tell()
        return True

    def _searched(self, part: Part, left: list[Part], seconds: float) -> Stage | None:
        """One part searched as a problem is, in its share of the time for those left; None if there is none left."""
        seconds *= part.problem.size / max(1, sum(each.problem.size for each in left))
        if seconds <= 0 or self.stage.clock.over():
            return None
        inner = self.stage.of_part(part, plan_of_part(part, self.state.incumbent), seconds)
        try:
            inner.begin()
            inner.improve()
        finally:
            inner.state.pricer.close()
        self.search.budget.worked += inner.search.budget.worked
        if inner.promising is not None:
            self.promising[part.options] = inner.promising
        self._take_over(part, inner.state.incumbent.columns)
        self.stage.tell()
        return inner

    # Parts

    def _in_parts(self) -> None:
        if self.search.budget.deterministic:
            self._bound()
            self._improve()
            return
        with ThreadPoolExecutor(max_workers=1) as thread:
            beside = thread.submit(self._improve)
            self._bound()
            self._ready.wait()
            self._anneal_parts()
            beside.result()

    def _improve(self) -> None:
        try:
            self._search_parts()
        finally:
            self._ready.set()
        self._anneal_parts()

    def _search_parts(self) -> None:
        """Search the parts of one cut one after the other, each as a problem of its own is."""
        clock = self.stage.clock
        until = clock.spent() + _ALONE * clock.total
        parts = [
            part_of(self.state.incumbent, *piece) for piece in cut(self.state.incumbent, self._rng, _PART)
        ]
        parts = [part for part in parts if part.problem.size]
        for number, part in enumerate(parts):
            if self._searched(part, parts[number:], until - clock.spent()) is None:
                return

    def _bound(self) -> None:
        """The bound of the whole, for a part of the stage's time."""
        if len(self.problem.cluster.staff) <= _IN_ONE_PROGRAM:
            for column in self.state.incumbent.columns:
                self.state.master.add_column(column)
            self.stage.bound(until=_BOUNDING)
        else:
            self.stage.bound(until=_BOUNDING, program=False)

    def _anneal_parts(self) -> None:
        """Cut, anneal each part from the present plan, and again along other borders, until the stage is over.

        Several threads may do this side by side: they share the parts of one cut, and cut anew when all are done.
        """
        while not self.stage.clock.over() and not self.stage.closed():
            with self._sharing:
                if not self._pieces and not self._busy:
                    self._cut()
                if not self._pieces:
                    self._sharing.wait(_LISTEN)
                    continue
                people, needs = self._pieces.popleft()
                self._busy += 1
                seed = int(self._rng.integers(1 << 30))
                part = part_of(self.state.incumbent, people, needs)
            try:
                if part.problem.size:
                    self._anneal(part, seed)
            finally:
                with self._sharing:
                    self._busy -= 1
                    self._sharing.notify_all()

    def _cut(self) -> None:
        self._pieces.extend(cut(self.state.incumbent, self._rng, _PART))

    def _anneal(self, part: Part, seed: int) -> None:
        """Anneal one part for a while and take over what came of it."""
        start = plan_of_part(part, self.state.incumbent)
        values = evaluate(part.problem, start)
        floors, before = floors_of(part, values, self.search.results), score(part.problem, self.spec, values)
        walk = Walk(
            part.problem, tables_of(part.problem), start, self.spec, floors, seed, _WARM, _COLD, float(before)
        )
        walk.narrow(self.promising[part.options])
        patience = min(_PATIENT, _OF_STAGE * self.stage.clock.total / self.problem.size)
        budget, total = self.search.budget, patience * part.problem.size
        began, worked = time.monotonic(), 0.0
        while not self.stage.clock.over():
            progress = (worked if budget.deterministic else time.monotonic() - began) / total
            if progress >= 1.0:
                break
            walk.step(progress)
            worked += CHUNK * WORK_PER_MOVE
            budget.worked += CHUNK * WORK_PER_MOVE
        plan = walk.news()
        if plan is not None:
            self._take_over(part, columns_of(part.problem, plan))

    def _take_over(self, part: Part, columns: list[Column]) -> None:
        """Let the part's people do as these columns say, if every floor holds and the score is no less."""
        with self._sharing:
            candidate = self.state.incumbent.changed([part.outwards(column) for column in columns])
            if self.state.holds(candidate) and self._score(candidate) >= self._score(self.state.incumbent):
                self.state.incumbent = candidate

    def _score(self, incumbent: Incumbent) -> int:
        return score(self.problem, self.spec, incumbent.values)


@dataclass
class Glued:
    """Prices of the whole, put together from those of its components."""

    master: Master
    vector: Floats = field(init=False)
    dear: dict[str, list[float]] = field(default_factory=dict)
    """What the components would pay for each floor, per unit, by stage."""

    def __post_init__(self) -> None:
        self._zero = self.master.no_prices()
        self.vector = self._zero.vector.copy()
        self._duty = {place: i for i, place in enumerate(self.master.duty_rows)}

    def add(self, part: Part, inner: Stage) -> None:
        """The best prices of a component's search; nothing where it has none."""
        best, zero = inner.bounding.best, self._zero
        if best is None:
            return
        self.vector[part.needs] = best.need
        self.vector[zero.needs + part.joints] = best.joint
        first = zero.needs + zero.joints
        for (s, t), price in zip(inner.state.master.duty_rows, best.duty, strict=True):
            self.vector[first + self._duty[int(part.sites[s]), t]] = price
        for row, price in zip(inner.state.master.figure_rows, best.figures, strict=False):
            if row.name:
                self.dear.setdefault(row.name, []).append(float(price) * row.scale)

    def prices(self) -> list[Prices]:
        """Two guesses: every floor at what it is worth on average, and at what it is worth where it is dearest."""
        found, zero = [], self._zero
        first = zero.needs + zero.joints + zero.duties
        for choose in (np.mean, min):
            vector = self.vector.copy()
            for i, row in enumerate(self.master.figure_rows):
                if self.dear.get(row.name):
                    vector[first + i] = float(choose(self.dear[row.name])) / row.scale
            found.append(self.master.signed(vector))
        return found if self.dear else found[:1]


def floors_of(part: Part, values: Values, results: list[StageResult]) -> list[StageResult]:
    """A part's own share of the floors of earlier stages: what it reaches now."""
    floors = []
    for result in results:
        reached = score(part.problem, result.spec, values)
        floors.append(StageResult(result.spec, reached, ceiling(part.problem, result.spec), reached))
    return floors
