"""The strategy that scales: for each goal in order, bounds from column generation, plans from annealing.

    1. column generation over people's plans: a proved bound, and prices (bounding.py)
    2. beside it, simulated annealing over whole plans (annealing/), at first over all options, then over those that
       the master's better plans hold
    3. when the bound is tight, both cores anneal; at the end a few people's plans are made anew exactly (recreate.py)
    4. while the problem is small enough: all of it as one model, which proves what is left

Every plan found becomes columns of the master, so the next stage starts from all that was learnt.
"""

from __future__ import annotations

import math
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers.annealing.annealer import CHUNK, Walk, unit_of
from allocator.solvers.annealing.tables import Tables, tables_of
from allocator.solvers.base import Budget
from allocator.solvers.facts import Bools
from allocator.solvers.plan import Plan, evaluate
from allocator.solvers.plans.bounding import KEPT, Bounding
from allocator.solvers.plans.clock import WORK_PER_MOVE, WORK_PER_PRICING, Clock
from allocator.solvers.plans.column import Column, columns_of, staying
from allocator.solvers.plans.dividing import LARGE, Dividing, divided, floors_of, unwieldy
from allocator.solvers.plans.diving import Diving
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.plans.master import Master
from allocator.solvers.plans.parts import Part
from allocator.solvers.plans.polish import Polish
from allocator.solvers.plans.pricing import Pricer
from allocator.solvers.plans.whole import prove_whole
from allocator.solvers.resuming import laid_over
from allocator.solvers.search import Search, StageResult
from allocator.solvers.stages import StageSpec, ceiling, score, stages

_TIGHT = 2e-5
"""A bound this near to the master's value is tight: rounds beyond it cost more than they prove."""
_WARM_SHARE = 0.2
"""Most of a stage's time that may go into its first prices."""
_LOOK_AGAIN = 0.06
"""Part of the stage between two looks at which options are promising."""
_SHORTEST = 0.05
"""Part of a stage below which another annealing is not begun."""
_HOT, _MIDDLE, _WARM, _MILD, _COOL, _COLD = 0.5, 0.25, 0.2, 0.1, 0.05, 0.01
"""Temperatures, in units of what serving one need brings; mild where earlier stages left little freedom."""
_WALKS = ((0.4, _HOT, _COOL), (0.94, _MIDDLE, _COLD))
"""Annealings one after the other: until which part of the stage's time, and the temperatures they begin and end at."""
_PROMISING = 0.3
"""Options of plans whose reduced cost is at most so many units are proposed in the narrow part."""
_NEAR = 0.05
"""Gap between bound and master below which reduced costs say something."""
_FIRST_PART, _FIRST_SECONDS = 0.25, 0.6
"""The first stage gets at least so many seconds (or units of work), but no more than this part of all."""
_FIRST_PRICES = 2e-5
"""Seconds per option that a stage's first prices take: where less is left in a large problem, no bound is begun."""
_ROUNDS_IN_TURN = 3
_WHOLE_OPTIONS = 600
"""Up to so many options the whole problem is tried as one model, after a little annealing."""
_BEFORE_WHOLE, _BEFORE_WHOLE_PER_OPTION = 0.02, 0.0002
"""Seconds (or work) of that annealing, and more for each option."""


@dataclass
class PlanSearch:
    """The strategy's state over all stages."""

    search: Search
    master: Master = field(init=False)
    pricer: Pricer = field(init=False)
    rng: np.random.Generator = field(init=False)
    incumbent: Incumbent = field(init=False)
    round_seconds: float = 0.0
    """What pricing everybody took lately: with less than that left, it is not begun."""

    def __post_init__(self) -> None:
        if self.search.plan is None:
            raise AssertionError("a first plan is needed")
        self.master = Master(self.search.problem)
        self.pricer = Pricer(self.search.problem)
        self.rng = np.random.default_rng(self.search.seed)
        if len(self.search.problem.needs) >= LARGE:
            self.round_seconds = _FIRST_PRICES * self.search.problem.size
        self.incumbent = Incumbent(self.search.problem, columns_of(self.search.problem, self.search.plan))

    @cached_property
    def tables(self) -> Tables:
        """What annealing the whole needs; never made where parts are annealed only."""
        return tables_of(self.search.problem)

    def keep(self, result: StageResult) -> None:
        """From now on every plan holds the floor of a stage."""
        figure, extra = self.master.figure_of(result.spec)
        self.master.add_row(figure, float(result.floor), float("inf"), extra, name=result.spec.name)

    def offer(self, columns: list[Column], spec: StageSpec) -> bool:
        """Learn a whole plan; make it the present one if it holds every floor and scores no less.

        True if it scores more.
        """
        for column in columns:
            self.master.add_column(column)
        candidate = Incumbent(self.search.problem, columns)
        if not self.holds(candidate):
            return False
        before, after = self.reached(spec), score(self.search.problem, spec, candidate.values)
        if after >= before:
            self.incumbent = candidate
        return after > before

    def holds(self, candidate: Incumbent) -> bool:
        """Whether a plan keeps every floor."""
        problem = self.search.problem
        return all(score(problem, r.spec, candidate.values) >= r.floor for r in self.search.results)

    def recall(self, begun: Plan, spec: StageSpec) -> None:
        """Lay the plan that the search began with over the commitments of the present one, if that is better.

        The first stage may have moved everything for one commitment more; most of the earlier plan still fits.
        """
        problem = self.search.problem
        running = (
            np.array([need.status == "in_service" for need in problem.needs], dtype=bool) | problem.is_forced
        )
        kept = [o for column in self.incumbent.columns for o in staying(problem, column, running).tolist()]
        now = self.incumbent.plan
        plan = laid_over(problem, Plan(tuple(sorted(kept)), now.liaison, now.shares), begun)
        self.offer(columns_of(problem, plan), spec)

    def reached(self, spec: StageSpec) -> int:
        """The present plan's score in a stage."""
        return score(self.search.problem, spec, self.incumbent.values)


def solve_by_plans(search: Search) -> None:
    """Go through the stages; needs ``search.plan`` to keep every agreed row."""
    state = PlanSearch(search)
    specs = stages(search.problem)
    begun = search.plan if search.resumed else None
    search.tell(specs[0].name, state.reached(specs[0]), None)
    try:
        for position, spec in enumerate(specs):
            if search.budget.interrupted.is_set():
                return
            Stage(state, spec, specs[position:]).run()
            if position == 0 and len(specs) > 1 and begun is not None:
                state.recall(begun, specs[1])
    finally:
        state.pricer.close()


def time_weight(spec: StageSpec, first: bool = False) -> float:
    """What part of the time a stage may claim: most for need met, which all else rests on."""
    if Goal.NEED_MET in spec.goals:
        return 60.0
    if first:
        return 8.0  # nothing that comes later can make it good
    return 2.0 if spec.step > 0 else 1.0


@dataclass
class Stage:
    """One stage's search: bound, anneal, polish, prove."""

    state: PlanSearch
    spec: StageSpec
    rest: tuple[StageSpec, ...]
    of_whole: bool = True
    """Not of a part, which is not divided again."""
    bounding: Bounding = field(init=False)
    clock: Clock = field(init=False)
    tight: bool = False
    """Whether the bound is as good as column generation makes it."""
    promising: Bools | None = None
    """Options of the master's better plans, shape (O,); None while its prices say little."""
    found: deque[Plan] = field(default_factory=deque)
    """Plans found on the other thread and not yet offered."""
    stopped: bool = False

    def __post_init__(self) -> None:
        left = self.search.budget.left()
        own = time_weight(self.spec, first=not self.search.results)
        part = own / (own + sum(time_weight(spec) for spec in self.rest[1:]))
        if not self.search.results and 0 < left < math.inf:
            part = max(part, min(_FIRST_PART, _FIRST_SECONDS / left))
        self.clock = Clock(self.search, left * (1 - part) if math.isfinite(left) else 0.0)
        self.bounding = Bounding(self.state.master, self.state.pricer)

    @property
    def search(self) -> Search:
        """The search this stage belongs to."""
        return self.state.search

    @property
    def whole_after(self) -> float:
        """Seconds (or work) of the stage after which the whole is solved as one model; infinite for never."""
        size = self.search.problem.size
        if size <= _WHOLE_OPTIONS:
            return min(_BEFORE_WHOLE + _BEFORE_WHOLE_PER_OPTION * size, 0.5 * self.clock.total)
        return math.inf if math.isfinite(self.search.budget.left()) else self.clock.total

    def run(self) -> None:
        """Do the stage and record it."""
        self.begin()
        self.improve()
        self.search.plan = self.state.incumbent.plan  # ties moved it too
        self.state.keep(self.search.finish_stage(self.spec, self.state.reached(self.spec), self.proved()))

    def begin(self) -> None:
        """Make the stage's figure the master's."""
        master = self.state.master
        master.begin(*master.figure_of(self.spec))
        if not divided(self):
            for column in self.state.incumbent.columns:
                master.add_column(column)

    def improve(self) -> None:
        """Search until the gap is closed or the stage's time is used."""
        if self.closed():
            return
        if self.search.problem.size == 0:
            self.bound()
        elif divided(self):
            Dividing(self).run()
        elif unwieldy(self.search.problem):
            return  # a goal that is no sum over parts: what the plan reaches is said, and the bound that needs no proof
        elif self.search.budget.deterministic:
            self._in_turn()
        else:
            self._side_by_side()
        if math.isfinite(self.whole_after) and not self.closed() and not self.clock.over():
            prove_whole(self)

    def of_part(self, part: Part, plan: Plan, seconds: float) -> Stage:
        """The same stage of a part of the problem, with ``seconds`` (or as much work) for it."""
        outer = self.search
        deterministic = outer.budget.deterministic
        budget = Budget(None if deterministic else seconds, seconds if deterministic else None,
                        interrupted=outer.budget.interrupted)  # fmt: skip
        search = Search(part.problem, budget, outer.seed, outer.workers, outer.gap, plan=plan)
        search.results = floors_of(part, evaluate(part.problem, plan), outer.results)
        state = PlanSearch(search)
        for result in search.results:
            state.keep(result)
        return Stage(state, self.spec, (self.spec,), of_whole=False)

    # What is known

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

    def over(self) -> bool:
        """Whether to go on to the next stage; takes in what the other thread found."""
        self.collect()
        return self.closed() or self.clock.over() or self.clock.spent() >= self.whole_after

    def collect(self) -> None:
        """Offer what the other thread found."""
        latest = None
        while self.found:
            latest = self.found.popleft()
        if latest is not None and self.state.offer(columns_of(self.search.problem, latest), self.spec):
            self.tell()

    # Annealing

    def walk(self, seed: int, hot: float = _HOT, cold: float = _COLD) -> Walk:
        """An annealing from the present plan."""
        state = self.state
        hot = hot if len(self.search.results) < 2 else min(hot, _MILD)
        return Walk(self.search.problem, state.tables, state.incumbent.plan, self.spec, self.search.results,
                    seed, hot, cold, score=float(state.reached(self.spec)))  # fmt: skip

    def _anneal(self, walk: Walk, begin: float, end: float) -> None:
        """Anneal from now until ``end`` of the stage (a part of its time), leaving plans in ``found``."""
        looked = begin
        if self.promising is not None:
            walk.narrow(self.promising)
        while not self.stopped and not self.clock.over() and self.clock.spent() < self.whole_after:
            now = self.clock.progress()
            if now >= end:
                break
            if now - looked >= _LOOK_AGAIN and self.promising is not None:
                walk.narrow(self.promising)
                looked = now
            walk.step((now - begin) / (end - begin))
            plan = walk.news()
            if plan is not None:
                self.found.append(plan)

    def _anneal_on(self, seed: int) -> None:
        """What the other thread does: one annealing after the other, each from the best plan so far."""
        for number, (end, hot, cold) in enumerate(_WALKS):
            begin = self.clock.progress()
            if end - begin >= _SHORTEST:
                self._anneal(self.walk(seed + number, hot, cold), begin, end)

    def _side_by_side(self) -> None:
        """Annealing on another thread, the bound here; when it is tight, annealing here too."""
        seed = self.search.seed * 1000 + 10 * len(self.search.results)
        with ThreadPoolExecutor(max_workers=1) as thread:
            beside: Future[None] = thread.submit(self._anneal_on, seed)
            try:
                self.bound()
                if self.tight:
                    Diving(self).run()
                begin = max(self.clock.progress(), 0.0)
                if not self.over() and begin < _WALKS[-1][0] - _SHORTEST:
                    self._anneal(self.walk(seed + len(_WALKS), _WARM), begin, _WALKS[-1][0])
                while not beside.done() and not self.over():
                    time.sleep(0.01)
            finally:
                self.stopped = True
            beside.result()
        self.collect()
        Polish(self).run()

    def _in_turn(self) -> None:
        """Annealing and the bound in turn, so that the same input gives the same plan."""
        budget, seed = self.search.budget, self.search.seed * 1000 + 10 * len(self.search.results)
        for number, (end, hot, cold) in enumerate(_WALKS):
            begin = self.clock.progress()
            walk, looked = self.walk(seed + number, hot, cold), begin
            while not self.over() and self.clock.progress() < end:
                now = self.clock.progress()
                if now - looked >= _LOOK_AGAIN and self.promising is not None:
                    walk.narrow(self.promising)
                    looked = now
                walk.step((now - begin) / (end - begin))
                budget.worked += CHUNK * WORK_PER_MOVE
                plan = walk.news()
                if plan is not None:
                    self.found.append(plan)
                if not self.tight:
                    self.bound(rounds=_ROUNDS_IN_TURN)
                    if self.tight:
                        Diving(self).run()
        self.collect()

    # The bound

    def bound(self, rounds: int | None = None, until: float = 1.0, program: bool = True) -> None:
        """Prices by subgradient, then column generation (``program``), until tight, over, or so many rounds.

        ``until``: the part of the stage after which it ends, whatever was reached.
        """
        budget, people = self.search.budget, len(self.search.problem.cluster.staff)
        first, last, state = self.bounding.rounds, time.monotonic(), self.state
        if not budget.deterministic and self.clock.left() < state.round_seconds:
            return

        def enough(bound: float, value: float) -> bool:
            nonlocal last
            now = time.monotonic()
            state.round_seconds, last = max(0.5 * state.round_seconds, now - last), now
            self.tight = self.tight or bound - value <= _TIGHT * abs(bound)
            if bound - value <= _NEAR * abs(bound):
                self._look_for_promising()
            return self.tight or done()

        def done() -> bool:
            if budget.deterministic:
                self.count_pricing(people)
                spent = self.over() or self.clock.progress() >= until
                return spent or (rounds is not None and self.bounding.rounds - first >= rounds)
            return self.over() or self.clock.progress() >= until or self.clock.left() < state.round_seconds

        before = self.proved()
        if self.bounding.best is None:
            if self.search.problem.terms == 1:
                latest = self.clock.progress() + _WARM_SHARE if program else until
                self.bounding.warm_up(
                    lambda: float(self.state.reached(self.spec)),
                    lambda: done() or self.clock.progress() > latest,
                    KEPT if program else 1,
                )
            else:  # every sketch is a model of its own, and too slow for many rounds
                self.bounding.begin()
                state.round_seconds = max(state.round_seconds, time.monotonic() - last)
            last = time.monotonic()
            self.tell()
        if program:
            self.bounding.run(enough, done)
        if self.proved() < before:
            self.tell()

    def count_pricing(self, people: int) -> None:
        """Count the work of pricing so many people, where work is counted."""
        if self.search.budget.deterministic:
            self.search.budget.worked += WORK_PER_PRICING * people

    def _look_for_promising(self) -> None:
        """Options of the master's plans that are worth nearly what they cost."""
        unit = unit_of(self.search.problem, self.state.tables, self.spec)
        self.promising = self.state.master.promising(_PROMISING * unit)
