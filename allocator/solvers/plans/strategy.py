"""The strategy that scales: for each goal in order, bound it by column generation, then close the gap.

    1. column generation over people's plans: a proved bound, and prices (bounding.py)
    2. a plan made person by person at those prices, while no floor stands in its way (construction.py)
    3. neighbourhood search, two at a time, until the gap is closed or the stage's time is used
    4. while the problem is small enough: all of it as one neighbourhood, which proves what is left

Every plan found becomes columns of the master, so the next stage starts from all that was learnt.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers import cpsat
from allocator.solvers.base import Outcome
from allocator.solvers.facts import Floats
from allocator.solvers.plans.bounding import Bounding
from allocator.solvers.plans.column import Column, Figure, columns_of, goal_figure
from allocator.solvers.plans.construction import constructed
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.plans.master import Master
from allocator.solvers.plans.neighbourhood import (
    Attempt,
    Neighbourhoods,
    attempt,
    open_scope,
    prepare,
    present_values,
)
from allocator.solvers.plans.pool import best_of_pool
from allocator.solvers.plans.pricing import Pricer
from allocator.solvers.plans.recreate import Recreation
from allocator.solvers.search import Search
from allocator.solvers.stages import StageSpec, ceiling, score, stages

_WARM_SHARE = 0.3
"""Most of a stage's time that may go into its first prices."""
_TIGHTEN_SHARE = 0.25
"""Part of what is left that each return to the bound may take."""
_TIGHT = 2e-5
"""A bound this near to the master's value is tight: rounds beyond it cost more than they prove."""
_ATTEMPT_SECONDS = 0.8
_ATTEMPT_WORK = 0.4
_POOL_COLUMNS = 2500
_POOL_WORKERS = 1
_QUICK_TRIES = 40
_EASY_PRESSURE, _FIRST_PRESSURE = 0.5, 0.25
_NO_PRESSURE = 1e-3
_QUICK_SIZES = (2, 4)
"""People in a quick attempt: from, up to but not including."""
_ROUND_WORK = 0.0005
"""What one person's pricing counts for when work is counted instead of time."""
_WHOLE_OPTIONS = 1500
"""Up to so many options the whole problem is tried as one neighbourhood."""
_FRUITLESS = 3
"""After so many rounds without success the whole problem is tried, if small enough."""


@dataclass
class PlanSearch:
    """The strategy's state over all stages."""

    search: Search
    master: Master = field(init=False)
    pricer: Pricer = field(init=False)
    rng: np.random.Generator = field(init=False)
    incumbent: Incumbent = field(init=False)

    def __post_init__(self) -> None:
        if self.search.plan is None:
            raise AssertionError("a first plan is needed")
        self.master = Master(self.search.problem)
        self.pricer = Pricer(self.search.problem)
        self.rng = np.random.default_rng(self.search.seed)
        self.adopt(Incumbent(self.search.problem, columns_of(self.search.problem, self.search.plan)))

    def adopt(self, incumbent: Incumbent) -> None:
        """Make this the present plan."""
        self.incumbent = incumbent
        self.search.plan = incumbent.plan

    def offer(self, columns: list[Column], spec: StageSpec) -> bool:
        """Learn a whole plan; make it the present one if it holds every floor and scores no less.

        True if it scores more.
        """
        for column in columns:
            self.master.add_column(column)
        candidate = Incumbent(self.search.problem, columns)
        if any(score(self.search.problem, r.spec, candidate.values) < r.floor for r in self.search.results):
            return False
        before, after = self.reached(spec), score(self.search.problem, spec, candidate.values)
        if after >= before:
            self.adopt(candidate)
        return after > before

    def consider(self, columns: list[Column], spec: StageSpec) -> str | None:
        """As ``offer``, for some people's columns; only what is better goes to the master.

        Returns the first floor lost, if one was.
        """
        candidate, problem = self.incumbent.changed(columns), self.search.problem
        values = candidate.values
        for result in self.search.results:
            if score(problem, result.spec, values) < result.floor:
                return result.spec.name
        before, after = self.reached(spec), score(problem, spec, values)
        if after >= before:
            self.incumbent = candidate
        if after > before:
            self.search.plan = candidate.plan
            for column in columns:
                self.master.add_column(column)
        return None

    def reached(self, spec: StageSpec) -> int:
        """The present plan's score in a stage."""
        return score(self.search.problem, spec, self.incumbent.values)


@dataclass
class Clock:
    """When a stage is over: its part of the time, or of the work when work is counted."""

    search: Search
    until: float
    """What will be left of the whole budget when the stage's part is used."""

    def over(self) -> bool:
        """Whether the stage's part is used, or the whole search is to stop."""
        return self.search.budget.over() or self.search.budget.left() <= self.until

    def left(self) -> float:
        """What is left of the stage's part."""
        return max(0.0, self.search.budget.left() - self.until)

    def share(self, part: float) -> float:
        """What will be left of the whole budget when ``part`` of the rest of the stage is used."""
        left = self.left()
        return self.until + left * (1 - part) if math.isfinite(left) else 0.0


def solve_by_plans(search: Search) -> None:
    """Go through the stages; needs ``search.plan`` to keep every agreed row."""
    state = PlanSearch(search)
    specs = stages(search.problem)
    start = constructed(state.pricer, state.incumbent.columns, prices=None)
    first = specs[0]
    state.offer(start, first)
    search.tell(first.name, state.reached(first), None)
    for position, spec in enumerate(specs):
        if search.budget.interrupted.is_set():
            return
        Stage(state, spec, specs[position:]).run()


def time_weight(spec: StageSpec, first: bool = False) -> float:
    """What part of the time a stage may claim: most for need met, which all else rests on."""
    if Goal.NEED_MET in spec.goals:
        return 30.0
    if first:
        return 4.0  # nothing that comes later can make it good
    return 2.0 if spec.step > 0 else 1.0


@dataclass
class Stage:
    """One stage's search: bound, construct, improve, prove."""

    state: PlanSearch
    spec: StageSpec
    rest: tuple[StageSpec, ...]
    bounding: Bounding = field(init=False)
    clock: Clock = field(init=False)
    tight: bool = False
    """Whether the bound is as good as column generation makes it."""

    def __post_init__(self) -> None:
        left = self.search.budget.left()
        own = time_weight(self.spec, first=not self.search.results)
        part = own / (own + sum(time_weight(spec) for spec in self.rest[1:]))
        self.clock = Clock(self.search, left * (1 - part) if math.isfinite(left) else 0.0)
        self.bounding = Bounding(self.state.master, self.state.pricer)

    @property
    def search(self) -> Search:
        """The search this stage belongs to."""
        return self.state.search

    def run(self) -> None:
        """Do the stage and record it."""
        master, spec = self.state.master, self.spec
        figure, extra = master.figure_of(spec)
        master.begin(figure, extra)
        for column in self.state.incumbent.columns:
            master.add_column(column)
        if not self.closed():
            self.warm_up()
            self.improve()
        self.search.plan = self.state.incumbent.plan  # ties moved it too
        result = self.search.finish_stage(spec, self.state.reached(spec), self.proved())
        master.add_row(figure, float(result.floor), float("inf"), extra)

    def warm_up(self) -> None:
        """First prices, by subgradient, within their part of the stage's time."""
        stop_at = self.clock.share(_WARM_SHARE)
        if (
            self.search.problem.terms == 1
        ):  # else every sketch is a model of its own, and too slow for many rounds
            self.bounding.warm_up(lambda: float(self.state.reached(self.spec)), lambda: self._stop(stop_at))
        else:
            self.bounding.begin()
        if self.bounding.best is not None and not self.search.results[2:]:
            self.state.offer(
                constructed(self.state.pricer, self.state.incumbent.columns, self.bounding.best), self.spec
            )
        self.tell()

    def tighten(self, share: float) -> None:
        """Column generation for a part of the stage's time that is left."""
        stop_at = self.clock.share(share)

        def enough(bound: float, value: float) -> bool:
            tight = bound - value <= _TIGHT * abs(bound)
            self.tight = self.tight or tight
            return self._stop(stop_at) or tight

        before = self.bounding.rounds
        self.bounding.run(enough, lambda: self.bounding.rounds > before and self._stop(stop_at))
        self.tell()

    def _stop(self, stop_at: float) -> bool:
        """Whether a bounding round is the last; every round counts as work."""
        budget = self.search.budget
        if budget.deterministic:
            budget.worked += _ROUND_WORK * len(self.search.problem.cluster.staff)
        return self.closed() or budget.over() or budget.left() <= stop_at

    def proved(self) -> int:
        """The best bound known, as a whole number."""
        known, trivial = self.bounding.proved(), ceiling(self.search.problem, self.spec)
        return trivial if known is None else min(known, trivial)

    def closed(self) -> bool:
        """Whether the gap is small enough to go on."""
        known, reached = self.proved(), self.state.reached(self.spec)
        return known - reached <= self.search.gap * max(abs(known), abs(reached))

    def tell(self) -> None:
        """Pass on what was found and proved."""
        self.search.tell(self.spec.name, self.state.reached(self.spec), self.proved())

    def improve(self) -> None:
        """Quick search here, thorough search on another thread, the bound now and then, until closed or out of time."""
        sizes = Neighbourhoods(self.search.problem, self.state.rng)
        fruitless, turn = 0, 0
        small = self.search.problem.size <= _WHOLE_OPTIONS
        with ThreadPoolExecutor(max_workers=1) as thread:
            while not self.closed() and not self.clock.over():
                if small and fruitless >= _FRUITLESS:
                    if self.prove():
                        return
                    small = False
                if not self.tight:
                    self.tighten(_TIGHTEN_SHARE)
                if self.closed() or self.clock.over():
                    return
                better = self._together(thread, sizes, turn)
                turn += 1
                fruitless = 0 if better else fruitless + 1
                if better:
                    self.tell()

    def _together(self, thread: ThreadPoolExecutor, sizes: Neighbourhoods, turn: int) -> bool:
        """One thorough job (the pool, or a neighbourhood) with the quick search beside it."""
        incumbent, budget, search = self.state.incumbent, self.search.budget, self.search
        limit = min(self.clock.left(), _ATTEMPT_WORK if budget.deterministic else _ATTEMPT_SECONDS)
        quick = self.quick(sizes)
        if turn % 2 == 0 or not quick.useful:
            job = self._neighbourhood(sizes)
            run = thread.submit(self._try_neighbourhood, job, incumbent, limit)
        else:
            columns = self._pool_columns()
            run = thread.submit(best_of_pool, search.problem, columns, incumbent.columns, self.spec,
                                search.results, limit, budget, search.seed + turn, _POOL_WORKERS)  # fmt: skip
        if budget.deterministic:
            run.exception()
            better = quick.run(lambda tried: tried >= _QUICK_TRIES)
            budget.worked += _ROUND_WORK * 6 * _QUICK_TRIES
        else:
            better = quick.run(lambda _: run.done() or self.clock.over())
        outcome, columns_found = run.result()
        budget.worked += outcome.work if budget.deterministic else 0.0
        if columns_found is not None:
            better = self.state.offer(columns_found, self.spec) or better
        return better

    def quick(self, sizes: Neighbourhoods) -> Quick:
        """The quick search at the present prices."""
        return Quick(self, sizes)

    def _pool_columns(self) -> list[Column]:
        """Plans worth putting together: those of the present plan, then the newest of each person."""
        known = self.state.master.columns
        newest = known[-_POOL_COLUMNS:]
        keys = {column.key for column in newest}
        return newest + [column for column in self.state.incumbent.columns if column.key not in keys]

    def _neighbourhood(self, sizes: Neighbourhoods) -> Attempt:
        incumbent, problem = self.state.incumbent, self.search.problem
        worth, lag = self._worth()
        people = sizes.choose(incumbent, worth, lag, frozenset())
        scope = open_scope(incumbent, people, incumbent.owner < 0, np.ones(problem.size, dtype=bool))
        return prepare(incumbent, scope, self.spec, self.search.results)

    def _try_neighbourhood(
        self, job: Attempt, incumbent: Incumbent, limit: float
    ) -> tuple[Outcome, list[Column] | None]:
        """Solve a neighbourhood; its answer as a whole plan."""
        outcome, columns = attempt(job, incumbent, limit, self.search.budget, self.search.seed)
        return outcome, None if columns is None else incumbent.changed(columns).columns

    def _worth(self) -> tuple[Floats, Floats]:
        """Worth of every option at the best prices, and how far each person's plan lags behind their best."""
        bounding, people = self.bounding, len(self.search.problem.cluster.staff)
        if bounding.best is None:
            return np.zeros(self.search.problem.size), np.ones(people)
        figure, duty = bounding.worth_of(bounding.best)
        now = [
            c.value(figure) + sum(duty[place] for place in c.liaison) for c in self.state.incumbent.columns
        ]
        return figure.options, np.maximum(np.array(bounding.slack) - np.array(now), 0.0)

    def prove(self) -> bool:
        """The whole problem as one neighbourhood, every option in it: its bound is a proof. True if closed."""
        incumbent = self.state.incumbent
        everyone = tuple(range(len(incumbent.columns)))
        problem = self.search.problem
        scope = open_scope(
            incumbent, everyone, np.ones(len(problem.needs), dtype=bool), np.ones(problem.size, dtype=bool)
        )
        job = prepare(incumbent, scope, self.spec, self.search.results)
        outcome = self._whole(job)
        if outcome.bound is not None:
            self.bounding.bound = min(self.bounding.bound, float(outcome.bound + job.constant))
        if outcome.values is not None:
            self.state.offer(columns_of(self.search.problem, job.formulation.plan(outcome.values)), self.spec)
        self.tell()
        return self.closed()

    def _whole(self, job: Attempt) -> Outcome:
        hint = present_values(job.formulation, self.state.incumbent)
        outcome = cpsat.solve(job.formulation.model, limit=self.clock.left(), budget=self.search.budget,
                              seed=self.search.seed, workers=self.search.workers, hint=hint,
                              gap=self.search.gap)  # fmt: skip
        self.search.budget.worked += outcome.work if self.search.budget.deterministic else 0.0
        return outcome


@dataclass
class Quick:
    """The quick search of a stage: recreate a few people's plans, keep what is no worse and holds every floor."""

    stage: Stage
    sizes: Neighbourhoods

    @property
    def useful(self) -> bool:
        """Only where one person's best plan is found in well under a millisecond: in one term."""
        return self.stage.search.problem.terms == 1

    def run(self, over: Callable[[int], bool]) -> bool:
        """Attempts until ``over(tried)``; True if the stage's score rose."""
        stage, state = self.stage, self.stage.state
        prices = stage.bounding.best
        if not self.useful or prices is None:
            return False
        recreation = Recreation(state.pricer, state.master.guide(prices), prices.need, state.rng)
        pressure = Pressure(stage)
        worth, lag = stage._worth()
        before, tried = state.reached(stage.spec), 0
        while not over(tried) and not stage.closed():
            tried += 1
            self.sizes.size = float(state.rng.integers(*_QUICK_SIZES))
            people = self.sizes.choose(state.incumbent, worth, lag, frozenset())
            recreation.guide = pressure.guide()
            columns = recreation.attempt(state.incumbent, people) if people else None
            if columns is not None:
                pressure.learn(state.consider(columns, stage.spec))
        return state.reached(stage.spec) > before


@dataclass
class Pressure:
    """How hard each earlier floor presses on the quick search: harder after it was lost, softer while it holds."""

    stage: Stage
    figures: dict[str, Figure] = field(init=False)
    weights: dict[str, float] = field(init=False)
    priced: Figure = field(init=False)
    """The stage's figure with floors at their prices."""

    def __post_init__(self) -> None:
        search, master = self.stage.search, self.stage.state.master
        scale = float(np.abs(master.stage.options).max(initial=1.0)) if master.stage is not None else 1.0
        summed = [r.spec for r in search.results if r.spec.step < 0]
        self.figures = {
            spec.name: _of_unit_size(goal_figure(search.problem, spec.weights), scale) for spec in summed
        }
        self.weights = dict.fromkeys(self.figures, _EASY_PRESSURE)
        if self.stage.bounding.best is None:
            raise AssertionError("prices are needed")
        self.priced = master.guide(self.stage.bounding.best)

    def guide(self) -> Figure:
        """The stage's figure with floors at their prices, and the pressed ones on top."""
        figure = self.priced
        for name, weight in self.weights.items():
            if weight > _NO_PRESSURE:
                figure = figure.plus(self.figures[name], weight)
        return figure

    def learn(self, lost: str | None) -> None:
        """Press what was lost; ease everything else."""
        for name in self.weights:
            self.weights[name] = (
                max(self.weights[name] * 1.5, _FIRST_PRESSURE) if name == lost else self.weights[name] * 0.995
            )


def _of_unit_size(figure: Figure, size: float) -> Figure:
    """A figure scaled so that its largest option counts ``size``."""
    largest = float(np.abs(figure.options).max(initial=0.0))
    return Figure(np.zeros(len(figure.options))).plus(figure, size / largest if largest else 1.0)
