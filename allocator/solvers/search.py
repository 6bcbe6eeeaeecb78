"""What every strategy returns, and the exact strategy: one model, the goals solved in their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from allocator.models.policy import Goal
from allocator.solvers import cpsat, mathopt
from allocator.solvers.base import Budget, Outcome, Progress, Solve
from allocator.solvers.formulation import Formulation, whole
from allocator.solvers.linear import LinearModel, Tag
from allocator.solvers.plan import Plan, evaluate
from allocator.solvers.problem import Problem
from allocator.solvers.rules import RULES
from allocator.solvers.stages import Expressions, StageSpec, ceiling, score, stages

Strategy = Literal["plans", "cpsat", "scip", "highs"]


@dataclass(frozen=True)
class StageResult:
    """One stage: the score reached (to be maximised), the proved bound, and what later stages must keep."""

    spec: StageSpec
    score: int
    bound: int
    floor: int

    @property
    def gap(self) -> float:
        """Distance of score and bound as a share of the larger."""
        largest = max(abs(self.score), abs(self.bound))
        return (self.bound - self.score) / largest if largest else 0.0


@dataclass
class Search:
    """State of a search through the stages: the plan so far, results so far, and who wants to hear of progress."""

    problem: Problem
    budget: Budget
    seed: int = 1
    workers: int = 8
    gap: float = 0.0
    on_progress: Callable[[Progress], None] | None = None
    plan: Plan | None = None
    resumed: bool = False
    """Whether ``plan`` came from an earlier proposal."""
    results: list[StageResult] = field(default_factory=list)

    def tell(self, stage: str, found: int | None, bound: int | None) -> None:
        """Pass news on."""
        if self.on_progress is not None:
            largest = max(abs(found or 0), abs(bound or 0))
            known = found is not None and bound is not None
            gap = (bound - found) / largest if known and largest else (0.0 if known else None)  # type: ignore[operator]
            self.on_progress(Progress(stage, found, bound, gap, self.budget.elapsed()))

    def finish_stage(self, spec: StageSpec, reached: int, bound: int) -> StageResult:
        """Record a stage; its floor binds from now on."""
        if bound < reached:
            raise AssertionError(f"{spec.name}: a plan scores {reached}, above the bound {bound}")
        result = StageResult(spec, reached, bound, reached - spec.allowance(reached))
        self.results.append(result)
        self.tell(spec.name, reached, result.bound)
        return result


def post_rules(formulation: Formulation) -> None:
    """Write every rule into the formulation's model."""
    for rule in RULES:
        rule(formulation)


def stage_time(specs: tuple[StageSpec, ...], position: int, left: float) -> float:
    """A stage's part of what is left: need met counts for as much as four others."""
    weights = [4 if Goal.NEED_MET in spec.goals else 1 for spec in specs[position:]]
    return left * weights[0] / sum(weights)


def backend(strategy: Strategy) -> Solve:
    """The solve function of an exact strategy."""
    if strategy == "cpsat":
        return cpsat.solve
    return partial(mathopt.solve, solver=strategy)


def solve_exactly(search: Search, solve: Solve) -> None:
    """One model, one stage after the other; every floor is a row of the next stage's model."""
    problem, budget = search.problem, search.budget
    f = Formulation(problem, whole(problem))
    post_rules(f)
    expressions = Expressions(f)
    specs = stages(problem)
    values: list[int] | None = None
    for position, spec in enumerate(specs):
        if budget.over() and search.plan is None:
            return
        figure = expressions.of(spec)
        f.model.objective = figure.terms
        limit = stage_time(specs, position, budget.left())
        outcome = _solve_stage(search, spec, solve, f.model, figure.constant, limit, values)
        budget.worked += outcome.work
        if outcome.values is not None:
            values = outcome.values
            search.plan = f.plan(values)
        if search.plan is None:
            return
        reached = score(problem, spec, evaluate(problem, search.plan))
        known = ceiling(problem, spec)
        result = search.finish_stage(
            spec, reached, known if outcome.bound is None else min(known, outcome.bound + figure.constant)
        )
        f.model.row(
            figure.terms,
            result.floor - figure.constant,
            None,
            Tag("goal " + spec.name, "agreed order of goals"),
        )


def _solve_stage(search: Search, spec: StageSpec, solve: Solve, model: LinearModel, constant: int, limit: float,
                 hint: list[int] | None) -> Outcome:  # fmt: skip
    if search.budget.over():
        return Outcome(None, None, None, False, 0.0)

    def news(found: int | None, bound: int) -> None:
        search.tell(spec.name, None if found is None else found + constant, bound + constant)

    return solve(model, limit=limit, budget=search.budget, seed=search.seed, workers=search.workers, hint=hint,
                 gap=search.gap, on_bound=news)  # fmt: skip
