"""Large problems part by part: each part solved for itself, their prices put together, the borders then moved.

    1. the problem is cut into parts of the size of a cluster; each is searched as a small problem is, bound and plans
    2. the parts' prices together are prices of the whole, and Lagrange's bound holds at any prices; column generation
       or a subgradient goes on from there
    3. beside it the problem is cut again and again along other borders, and each part annealed a while from the
       present plan

Only for stages that are sums over people, and after such stages only: a part keeps its own share of every floor.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from threading import Condition
from typing import TYPE_CHECKING

import numpy as np

from allocator.solvers.annealing.annealer import CHUNK, Walk
from allocator.solvers.annealing.tables import tables_of
from allocator.solvers.facts import Bools, Ints
from allocator.solvers.plan import Values, evaluate
from allocator.solvers.plans.clock import WORK_PER_MOVE
from allocator.solvers.plans.column import Column, columns_of
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.plans.master import Prices
from allocator.solvers.plans.parts import Part, cut, divisible, part_of, plan_of_part
from allocator.solvers.search import StageResult
from allocator.solvers.stages import ceiling, score

if TYPE_CHECKING:
    from allocator.solvers.plans.strategy import Stage

LARGE = 700
"""From so many needs on a problem is divided."""
_PART = 450
"""Needs of a part, at most."""
_ALONE = 0.5
"""Part of the stage's time in which parts are solved for themselves."""
_PATIENT = 0.004
"""Seconds (or work) a part is annealed for, per need."""
_HOT, _COLD = 0.1, 0.01
_LISTEN = 0.05
"""Seconds between two looks whether another thread is done."""
_IN_ONE_PROGRAM = 400
"""Up to so many people column generation goes on for the whole; beyond, a subgradient."""


def divided(stage: Stage) -> bool:
    """Whether a stage is searched part by part."""
    results = stage.search.results
    large = len(stage.search.problem.needs) >= LARGE
    return (
        stage.of_whole
        and large
        and divisible(stage.spec)
        and all(divisible(result.spec) for result in results)
    )


class Dividing:
    """One stage of a large problem."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.state, self.search = stage, stage.state, stage.search
        self.problem, self.spec = stage.search.problem, stage.spec
        self.promising: Bools = np.ones(self.problem.size, dtype=bool)
        """Options that parts found promising, and all between parts, shape (O,)."""
        self._sharing = Condition()
        """Held to look at or change the present plan, the parts that wait, and how many are at work."""
        self._pieces: deque[tuple[Ints, Ints]] = deque()
        self._busy = 0
        self._rng = np.random.default_rng([self.search.seed, len(self.search.results)])

    def run(self) -> None:
        """Search until the stage is over."""
        prices = self._alone()
        with ThreadPoolExecutor(max_workers=2) as threads:
            deterministic = self.search.budget.deterministic
            beside = None if deterministic else threads.submit(self._borders)
            self._bound(prices)
            if beside is None or not self.stage.over():
                self._borders()
            if beside is not None:
                beside.result()

    # Parts for themselves

    def _alone(self) -> Prices:
        """Search the parts of one cut one after the other; the prices of the whole that theirs make up."""
        parts = [part_of(self.state.incumbent, *each) for each in cut(self.state.incumbent, self._rng, _PART)]
        total = _ALONE * self.stage.clock.total
        until = self.stage.clock.spent() + total
        together = self.state.master.no_prices()
        for number, part in enumerate(parts):
            left = sum(len(each.needs) for each in parts[number:])
            seconds = (until - self.stage.clock.spent()) * len(part.needs) / left
            if seconds <= 0 or self.stage.over():
                break
            inner = self._solve(part, seconds)
            self._put_prices(part, inner, together)
            self.stage.tell()
        return self._balanced(together)

    def _solve(self, part: Part, seconds: float) -> Stage:
        """Search a part as a problem of its own and take over what came of it."""
        inner = self.stage.of_part(part, plan_of_part(part, self.state.incumbent), seconds)
        try:
            inner.begin()
            inner.improve()
        finally:
            inner.state.pricer.close()
        self.search.budget.worked += inner.search.budget.worked
        self._take_over(part, inner.state.incumbent.columns)
        if inner.promising is not None:
            self.promising[part.options] = inner.promising
        if len(self.problem.cluster.staff) <= _IN_ONE_PROGRAM:
            for column, _ in inner.state.master.support():
                self.state.master.add_column(part.outwards(column))
        return inner

    def _put_prices(self, part: Part, inner: Stage, together: Prices) -> None:
        """Enter a part's best prices where they belong.

        The price of a floor differs from part to part, that of the whole is the one its size makes it: a need whose
        options count towards the floor takes up the difference, so that its options stay worth what they were.
        """
        best, mine, whole = inner.bounding.best, inner.state.master, self.state.master
        if best is None:
            return
        together.joint[part.joints] = best.joint
        position = {place: i for i, place in enumerate(whole.duty_rows)}
        for place, price in zip(mine.duty_rows, best.duty, strict=True):
            together.duty[position[int(part.sites[place[0]]), place[1]]] = price
        need = best.need.copy()
        rows = {row.name: i for i, row in enumerate(whole.figure_rows) if row.name}
        for row, price in zip(mine.figure_rows, best.figures, strict=False):
            if row.name in rows:
                i = rows[row.name]
                scale = row.scale / whole.figure_rows[i].scale
                together.figures[i] += price * scale * len(part.needs) / len(self.problem.needs)
                most = np.zeros(len(part.needs))
                np.maximum.at(most, part.problem.need, row.figure.options)
                need += price * most
        together.need[part.needs] = need

    def _balanced(self, together: Prices) -> Prices:
        """Take off needs what the price of the whole's floors brings to their options."""
        for row, price in zip(self.state.master.figure_rows, together.figures, strict=True):
            if row.name and price:
                most = np.zeros(len(self.problem.needs))
                np.maximum.at(most, self.problem.need, row.figure.options)
                together.need[:] -= price * most
        return self.state.master.signed(together.vector)

    # The whole's bound

    def _bound(self, prices: Prices) -> None:
        """Price everybody at the prices put together, and go on from there."""
        stage, bounding = self.stage, self.stage.bounding
        if stage.clock.over():
            return
        people = len(self.problem.cluster.staff)
        bounding.price_at(prices, careful=False)
        stage.count_pricing(people)
        stage.tell()
        if people <= _IN_ONE_PROGRAM:
            for column in self.state.incumbent.columns:
                self.state.master.add_column(column)
            stage.bound()
        else:
            self._subgradient()

    def _subgradient(self) -> None:
        def over() -> bool:
            self.stage.count_pricing(len(self.problem.cluster.staff))
            return self.stage.over()

        self.stage.bounding.warm_up(lambda: float(self.state.reached(self.spec)), over)
        self.stage.tell()

    # Borders

    def _borders(self) -> None:
        """Cut along new borders and anneal each part from the present plan, again and again.

        Several threads may do this side by side: they share the parts of one cut, and cut anew when all are done.
        """
        while not self.stage.clock.over():
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
            part.problem, tables_of(part.problem), start, self.spec, floors, seed, _HOT, _COLD, float(before)
        )
        walk.narrow(self.promising[part.options])
        budget, total = self.search.budget, _PATIENT * len(part.needs)
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
