"""The ordered goals as a list of stages, and what each stage's result means for the next.

A stage maximises one integer figure (minimised goals enter with a minus sign). Its floor is what later stages
must keep: ``value - floor(tolerance x |value|)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.models.policy import MINIMISED, Goal, Policy
from allocator.solvers.facts import half_up
from allocator.solvers.fairness import FULL_SHARE
from allocator.solvers.formulation import Formulation
from allocator.solvers.goals import GOALS, Shares, Value
from allocator.solvers.linear import add
from allocator.solvers.plan import Values
from allocator.solvers.problem import Problem

UNITS = {
    Goal.COMMITMENTS_KEPT: "services kept",
    Goal.NEED_MET: "points",
    Goal.FAIRNESS: "basis points",
    Goal.LONGEST_WAITS: "weeks of waiting",
    Goal.CONTINUITY: "people kept",
    Goal.TRAVEL: "minutes",
    Goal.LOCALITY: "services from outside the area",
    Goal.REACH: "learners",
    Goal.TIER_BALANCE: "points short",
    Goal.EVEN_LOAD: "minutes above the breaks",
    Goal.FEW_ADULTS: "needs met by an adult already there",
}


@dataclass(frozen=True)
class StageSpec:
    """What one stage maximises: signed weights of goals, or a step of the leximin."""

    name: str
    weights: tuple[tuple[Goal, int], ...]
    """Goal -> weight, negative for minimised goals; empty for a fairness step."""
    tolerance: float
    step: int = -1
    """Fairness: 0 the floor, i >= 1 the sum of the i smallest shares; -1 for all else."""

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals this stage is about."""
        return (Goal.FAIRNESS,) if self.step >= 0 else tuple(goal for goal, _ in self.weights)

    @property
    def sense(self) -> str:
        """How the stage's figure is shown: a single minimised goal, and the fairness floor, as a cost."""
        if self.step == 0 or (len(self.weights) == 1 and self.weights[0][0] in MINIMISED):
            return "min"
        return "max"

    @property
    def unit(self) -> str:
        """Unit of the figure shown."""
        return UNITS[self.goals[0]] if len(self.goals) == 1 else "weighted sum"

    def allowance(self, score: int) -> int:
        """How much of a score later stages may give up."""
        return int(self.tolerance * abs(score) + 1e-9)


def stages(problem: Problem) -> tuple[StageSpec, ...]:
    """The policy's order, with fairness spelled out into its steps."""
    policy: Policy = problem.cluster.policy
    result: list[StageSpec] = []
    for level in policy.goals:
        if Goal.FAIRNESS in level.goals:
            steps = (
                range(min(policy.fairness.levels, len(problem.fairness_groups)) + 1)
                if problem.fairness_groups
                else ()
            )
            for step in steps:
                name = "fairness.floor" if step == 0 else f"fairness.{step}"
                result.append(StageSpec(name, (), level.tolerance, step))
        else:
            alone = len(level.goals) == 1
            signed = tuple(
                (goal, (-1 if goal in MINIMISED else 1) * (1 if alone else weight))
                for goal, weight in level.goals.items()
            )
            result.append(StageSpec("+".join(level.goals), signed, level.tolerance))
    return tuple(result)


def fairness_floor(problem: Problem) -> int:
    """The agreed floor in basis points."""
    return half_up(FULL_SHARE * problem.cluster.policy.fairness.floor)


def score(problem: Problem, stage: StageSpec, values: Values) -> int:
    """The stage's figure for a plan, to be maximised."""
    if stage.step == 0:
        floor = fairness_floor(problem)
        return -sum(max(0, floor - share) for share in values.shares.values())
    if stage.step > 0:
        return sum(sorted(values.shares.values())[: stage.step])
    return sum(weight * values.goals[goal] for goal, weight in stage.weights)


def ceiling(problem: Problem, stage: StageSpec) -> int:
    """A bound that needs no proof: every need at its best option, no costs at all, whole shares."""
    if stage.step >= 0:
        return stage.step * FULL_SHARE
    total = 0
    for goal, weight in stage.weights:
        if weight > 0:
            total += weight * _most(problem, goal)
    return total


def _most(problem: Problem, goal: Goal) -> int:
    """The most a gained goal could come to if people had all the time in the world."""
    if goal is Goal.FEW_ADULTS:
        learners = problem.learner[problem.learner >= 0]
        return len(learners) + int((problem.part == 2).any()) * len(learners)
    best = np.zeros(len(problem.needs), dtype=np.int64)
    np.maximum.at(best, problem.need, problem.gains[goal])
    return int(best.sum())


def shown(stage: StageSpec, score_value: int) -> int:
    """The figure as people see it: costs without their minus sign."""
    if stage.sense == "max":
        return score_value
    weight = stage.weights[0][1] if stage.weights else -1
    return score_value // weight


class Expressions:
    """Writes stages' figures into a formulation, each goal's variables once."""

    def __init__(self, f: Formulation) -> None:
        self.f = f
        self._goals: dict[Goal, Value] = {}
        self._shares: Shares | None = None
        self._steps: dict[int, Value] = {}

    def of(self, stage: StageSpec) -> Value:
        """The stage's figure, to be maximised."""
        if stage.step >= 0:
            return self._step(stage.step)
        total = Value({}, 0)
        for goal, weight in stage.weights:
            if goal not in self._goals:
                self._goals[goal] = GOALS[goal](self.f)
            value = self._goals[goal]
            total = Value(
                add(dict(total.terms), value.terms, weight), total.constant + weight * value.constant
            )
        return total

    def _step(self, step: int) -> Value:
        if self._shares is None:
            self._shares = Shares(self.f)
        if step not in self._steps:
            if step == 0:
                short = self._shares.shortfall(fairness_floor(self.f.problem))
                self._steps[0] = Value({v: -c for v, c in short.terms.items()}, -short.constant)
            else:
                self._steps[step] = self._shares.smallest(step)
        return self._steps[step]
