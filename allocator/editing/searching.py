"""The search for the least weighted change: a plan by steps that each prove something, and the bound.

    1. over what must be served and who keeps whom: a bound on what must be lost (quick, often tight)
    2. over the people concerned, all floors held: a plan
    3. over everything, the value floor left out: a better bound, and what the value comes to
    4. the most value for so much lost and no more, allowing more until the floor is reached
    5. over everything, all floors held, from the best plan: the least, or the bound where time ends

Plans from elsewhere are offered in between; what lies between all plans known is searched each time, which is quick.
Each step is skipped once bound and plan have met. Units: weight of relationships lost (``disturbance.lost``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from allocator.solvers import cpsat
from allocator.solvers.base import Budget, Outcome, Progress
from allocator.solvers.disturbance import (
    Bond,
    Demand,
    between_scope,
    edited_model,
    kept,
    kept_scope,
    lost,
    near_scope,
    satisfied,
    weight_of,
    whole_scope,
)
from allocator.solvers.formulation import Formulation, Scope
from allocator.solvers.goals import Value
from allocator.solvers.linear import Expression, Tag
from allocator.solvers.plan import Plan, evaluate
from allocator.solvers.plans.column import columns_of
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.plans.whole import present_values
from allocator.solvers.problem import Problem
from allocator.solvers.stages import Expressions, StageSpec, score

_BOUND_SHARE, _NEAR_SHARE, _LOOSE_SHARE, _STEP_SHARE = 0.2, 0.15, 0.3, 0.15
"""Parts of what is left that steps 1 to 4 may take (step 4: for each try)."""
_BETWEEN_SHARE = 0.1
_A_FEW = 4
"""Relationships (and one part in so many) that more may be lost to gain value."""
_FLOOR = Tag("floor", "what the agreed proposal has")
_CHANGE = Tag("change", "how much may change")


@dataclass(frozen=True)
class Floor:
    """What a plan must hold: the figure of a stage and its least score."""

    spec: StageSpec
    least: int


@dataclass
class LeastChange:
    """State of the search: the best plan that keeps the floors, and the proved bound on what must be lost."""

    problem: Problem
    agreed: Plan
    demands: Sequence[Demand]
    bonds: Sequence[Bond]
    hard: tuple[Floor, ...]
    """Floors without which no plan counts, from the first step on."""
    value: Floor
    """The floor on the value of need met."""
    budget: Budget
    seed: int = 1
    workers: int = 8
    on_progress: Callable[[Progress], None] | None = None
    plan: Plan | None = None
    least: int = 0
    """Proved: no plan that keeps edits and floors loses less."""
    quick: int = 0
    """The same bound whatever the floors: from step 1."""
    hopeless: bool = False
    """Proved: no plan does what the edits ask and keeps the floors."""
    pool: list[Plan] = field(default_factory=list)
    """Plans that keep rules and edits, floors or not: what lies between them is soon searched."""

    @property
    def lost(self) -> int | None:
        """Weight lost by the best plan."""
        return None if self.plan is None else lost(self.plan, self.bonds)

    @property
    def proved(self) -> bool:
        """Whether no plan loses less than the best one."""
        return self.lost is not None and self.lost <= self.least

    @property
    def done(self) -> bool:
        """Whether there is nothing left to find out, or no time."""
        return self.proved or self.hopeless or self.budget.over()

    def start(self) -> None:
        """Steps 1 to 3."""
        if not self.quick:
            self._quick_bound()
        for step in (self._near, self._without_value, self.between):
            if not self.done:
                step()
        if not self.done and self.plan is None:
            self._value_for_a_little_more()

    def finish(self) -> None:
        """Steps 4 and 5."""
        if not self.done and self.plan is None:
            self._buy_value()
        if not self.done:
            self._settle()

    def with_floors(self, hard: tuple[Floor, ...], value: Floor) -> LeastChange:
        """The same search with other floors: plans go on, and the bound where it still holds."""
        least = self.least if hard == self.hard else self.quick
        made = replace(self, hard=hard, value=value, least=least, hopeless=False, plan=None)
        for known in (*self.pool, self.plan):
            if known is not None:
                made._offer(known)
        return made

    def offer(self, plan: Plan) -> None:
        """Learn a plan from elsewhere that keeps rules and edits, and look what lies between all known ones."""
        self.pool.append(plan)
        self._offer(plan)
        if not self.done:
            self.between()

    def fewest_missed(self, floor: Floor) -> tuple[int, int]:
        """By how much a floor must be missed with the edits held: found, and proved to be the least.

        The plan found loses least among those.
        """
        f, figure = self._model(self._everything(), self.bonds, ())
        aim, dear = Expressions(f).of(floor.spec), weight_of(self.bonds) + 1
        missed = f.model.variable(0, max(0, floor.least), "missed")
        f.model.row({missed: 1, **aim.terms}, floor.least - aim.constant, None, _FLOOR)
        f.model.objective = {**figure.terms, missed: -dear}
        known = max(self.pool, key=lambda plan: self.score_of(plan, floor), default=None)
        outcome = self._solve(f, self._part(_LOOSE_SHARE), known)
        if outcome.values is not None:
            self.pool.append(f.plan(outcome.values))
        found = min(
            (max(0, floor.least - self.score_of(plan, floor)) for plan in self.pool), default=floor.least
        )
        worst = 0 if outcome.bound is None else weight_of(self.bonds) - outcome.bound
        return found, max(0, -(-(worst - dear + 1) // dear))

    # --- steps ------------------------------------------------------------------------------------------

    def _quick_bound(self) -> None:
        bonds = [bond for bond in self.bonds if not bond.outlives_person]
        f, figure = self._model(kept_scope(self.problem, self.demands, self.bonds), bonds, ())
        f.model.objective = figure.terms
        outcome = self._solve(f, self._part(_BOUND_SHARE), None)
        if outcome.bound is not None:
            self.quick = weight_of(bonds) - outcome.bound
            self._prove(self.quick)

    def _near(self) -> None:
        scope = near_scope(self.problem, self.agreed, self.demands)
        f, figure = self._model(scope, self.bonds, (*self.hard, self.value))
        f.model.objective = figure.terms
        outcome = self._solve(f, self._part(_NEAR_SHARE), None)
        if outcome.values is not None:
            self._offer(f.plan(outcome.values))

    def _without_value(self) -> None:
        f, figure = self._model(self._everything(), self.bonds, self.hard)
        f.model.objective = figure.terms
        outcome = self._solve(f, self._part(_LOOSE_SHARE), self.plan or self._nearest_known())
        if outcome.infeasible:
            self.hopeless = True
        if outcome.bound is not None:
            self._prove(weight_of(self.bonds) - outcome.bound)
        if outcome.values is not None:
            self.pool.append(f.plan(outcome.values))
            self._offer(self.pool[-1])

    def _value_for_a_little_more(self) -> None:
        """The most value at a loss a little above the least known with all floors but the value's."""
        known = [lost(plan, self.bonds) for plan in self.pool if self.holds(plan, self.hard)]
        if known:
            self._most_value(min(known) + max(_A_FEW, min(known) // _A_FEW))

    def between(self) -> None:
        """The best mixture of the plans known."""
        scope = between_scope(self.problem, (self.agreed, *self.pool), self.demands)
        f, figure = self._model(scope, self.bonds, (*self.hard, self.value))
        f.model.objective = figure.terms
        outcome = self._solve(f, self._part(_BETWEEN_SHARE), None)
        if outcome.values is not None:
            self._offer(f.plan(outcome.values))

    def _buy_value(self) -> None:
        """Allow more and more change until the value floor is reached; raise the bound where it cannot be."""
        cap, step = self.least, 1
        most = weight_of(self.bonds)
        while not self.done and (self.lost is None or cap < self.lost):
            outcome = self._most_value(min(cap, most))
            if outcome.infeasible or (outcome.bound is not None and outcome.bound < self.value.least):
                if cap >= most:
                    self.hopeless = True
                    return
                self._prove(cap + 1)
            elif cap >= most:
                return
            cap, step = max(cap + step, self.least), 2 * step

    def _most_value(self, cap: int) -> Outcome:
        """The most of the value, up to its floor, for a loss of at most ``cap``; the plan found is offered."""
        f, figure = self._model(self._everything(), self.bonds, self.hard)
        f.model.row(figure.terms, weight_of(self.bonds) - cap, None, _CHANGE)
        value = Expressions(f).of(self.value.spec)
        goal = f.model.variable(min(0, self.value.least), self.value.least, "value")
        f.model.row({goal: -1, **value.terms}, -value.constant, None, _FLOOR)
        f.model.objective = {goal: 1}
        outcome = self._solve(f, self._part(_STEP_SHARE), self._hint_for(cap) or self._nearest_known())
        if outcome.values is not None:
            self.pool.append(f.plan(outcome.values))
            self._offer(self.pool[-1])
        return outcome

    def _settle(self) -> None:
        f, figure = self._model(self._everything(), self.bonds, (*self.hard, self.value))
        f.model.row(
            figure.terms, None, weight_of(self.bonds) - self.least, _CHANGE
        )  # proved: helps the search
        f.model.objective = figure.terms
        outcome = self._solve(f, self.budget.left(), self.plan)
        if outcome.infeasible:
            self.hopeless = True
        if outcome.bound is not None:
            self._prove(weight_of(self.bonds) - outcome.bound)
        if outcome.values is not None:
            self._offer(f.plan(outcome.values))

    # --- what the steps share ---------------------------------------------------------------------------

    def _everything(self) -> Scope:
        return whole_scope(self.problem, self.demands)

    def _model(
        self, scope: Scope, bonds: Sequence[Bond], floors: Sequence[Floor]
    ) -> tuple[Formulation, Value]:
        f = edited_model(self.problem, scope, self.demands)
        post_floors(f, Expressions(f), floors)
        return f, kept(f, bonds)

    def _part(self, share: float) -> float:
        left = self.budget.left()
        return left if math.isinf(left) else share * left

    def _hint_for(self, cap: int) -> Plan | None:
        """The plan of most value among those known that lose no more than ``cap``."""
        fit = [plan for plan in self.pool if lost(plan, self.bonds) <= cap]
        return max(fit, key=self.value_of, default=None)

    def _nearest_known(self) -> Plan | None:
        """The plan known that loses least; near the truth even where it misses a floor."""
        return min(self.pool, key=lambda plan: lost(plan, self.bonds), default=None)

    def value_of(self, plan: Plan) -> int:
        """What a plan comes to in the figure of the value floor."""
        return self.score_of(plan, self.value)

    def score_of(self, plan: Plan, floor: Floor) -> int:
        """What a plan comes to in the figure of a floor."""
        return score(self.problem, floor.spec, evaluate(self.problem, plan))

    def _solve(self, f: Formulation, limit: float, hint: Plan | None) -> Outcome:
        values = None
        if hint is not None:
            values = present_values(f, Incumbent(self.problem, columns_of(self.problem, hint)))
        outcome = cpsat.solve(f.model, limit=limit, budget=self.budget, seed=self.seed, workers=self.workers,
                              hint=values)  # fmt: skip
        self.budget.worked += outcome.work
        return outcome

    def holds(self, plan: Plan, floors: Sequence[Floor]) -> bool:
        """Whether a plan keeps some floors."""
        values = evaluate(self.problem, plan)
        return all(score(self.problem, floor.spec, values) >= floor.least for floor in floors)

    def _offer(self, plan: Plan) -> None:
        fits = satisfied(plan, self.demands) and self.holds(plan, (*self.hard, self.value))
        if fits and (self.lost is None or lost(plan, self.bonds) < self.lost):
            self.plan = plan
            self._tell()

    def _prove(self, least: int) -> None:
        if self.lost is not None and least > self.lost:
            raise AssertionError(f"a plan loses {self.lost}, below the bound {least}")
        if least > self.least:
            self.least = least
            self._tell()

    def _tell(self) -> None:
        if self.on_progress is not None:
            found = self.lost
            gap = None if found is None else (found - self.least) / max(found, 1)
            self.on_progress(Progress("changes", found, self.least, gap, self.budget.elapsed()))


def post_floors(f: Formulation, expressions: Expressions, floors: Sequence[Floor]) -> None:
    """One row for each floor."""
    for floor in floors:
        figure = expressions.of(floor.spec)
        terms: Expression = dict(figure.terms)
        f.model.row(terms, floor.least - figure.constant, None, _FLOOR)
