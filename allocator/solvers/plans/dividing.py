"""Large problems part by part: annealed in parts whose borders move, bounded as a whole.

While a large plan is annealed, something somewhere in it is broken nearly all the time, so no plan would ever be kept.
So the problem is cut into parts of the size of a cluster, and each is searched as a cluster is while all outside it
stays; then it is cut again and again at random along other borders, and parts are annealed from the present plan.
Beside it goes the bound of the whole: a subgradient, and column generation where one linear program can hold everybody.

Only for stages that are sums over people, and after such stages only: a part keeps its own share of every floor.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from threading import Condition, Event
from typing import TYPE_CHECKING

import numpy as np

from allocator.solvers.annealing.annealer import CHUNK, Walk
from allocator.solvers.annealing.tables import tables_of
from allocator.solvers.facts import Bools, Ints
from allocator.solvers.plan import Values, evaluate
from allocator.solvers.plans.clock import WORK_PER_MOVE
from allocator.solvers.plans.column import Column, columns_of
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.plans.parts import Part, cut, divisible, part_of, plan_of_part
from allocator.solvers.problem import Problem
from allocator.solvers.search import StageResult
from allocator.solvers.stages import ceiling, score

if TYPE_CHECKING:
    from allocator.solvers.plans.strategy import Stage

LARGE = 700
"""From so many needs on a problem is divided."""
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
    """Whether a stage is searched part by part."""
    large = stage.of_whole and len(stage.search.problem.needs) >= LARGE
    return large and all(divisible(each) for each in (stage.spec, *(r.spec for r in stage.search.results)))


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
            left = sum(each.problem.size for each in parts[number:])
            seconds = (until - clock.spent()) * part.problem.size / left
            if seconds <= 0 or clock.over():
                return
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


def floors_of(part: Part, values: Values, results: list[StageResult]) -> list[StageResult]:
    """A part's own share of the floors of earlier stages: what it reaches now."""
    floors = []
    for result in results:
        reached = score(part.problem, result.spec, values)
        floors.append(StageResult(result.spec, reached, ceiling(part.problem, result.spec), reached))
    return floors
