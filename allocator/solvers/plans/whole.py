"""A small problem as one model, started from the present plan: its bound is a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocator.solvers import cpsat
from allocator.solvers.formulation import Formulation, whole
from allocator.solvers.linear import Tag
from allocator.solvers.plan import person_use
from allocator.solvers.plans.column import columns_of
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.problem import Problem
from allocator.solvers.search import StageResult, post_rules
from allocator.solvers.stages import Expressions, StageSpec

if TYPE_CHECKING:
    from allocator.solvers.plans.strategy import Stage


def prove_whole(stage: Stage) -> None:
    """Solve everything by CP-SAT with what is left of the stage; takes over a better plan and a better bound."""
    search, incumbent = stage.search, stage.state.incumbent
    problem, budget = search.problem, search.budget
    job, constant = prepare(problem, stage.spec, search.results)
    outcome = cpsat.solve(job.model, limit=stage.clock.left(), budget=budget, seed=search.seed,
                          workers=search.workers, hint=present_values(job, incumbent), gap=search.gap)  # fmt: skip
    budget.worked += outcome.work if budget.deterministic else 0.0
    if outcome.bound is not None:
        stage.bounding.bound = min(stage.bounding.bound, float(outcome.bound + constant))
    if outcome.values is not None:
        stage.state.offer(columns_of(problem, job.plan(outcome.values)), stage.spec)
    stage.tell()


def prepare(problem: Problem, spec: StageSpec, floors: list[StageResult]) -> tuple[Formulation, int]:
    """The one-model form with the stage as objective and earlier floors as rows; and the objective's constant."""
    f = Formulation(problem, whole(problem))
    post_rules(f)
    expressions = Expressions(f)
    for result in floors:
        figure = expressions.of(result.spec)
        tag = Tag("goal " + result.spec.name, "agreed order of goals")
        f.model.row(figure.terms, result.floor - figure.constant, None, tag)
    figure = expressions.of(spec)
    f.model.objective = figure.terms
    return f, figure.constant


def present_values(f: Formulation, incumbent: Incumbent) -> list[int]:
    """A plan as values of the decision variables: a complete hint but for the goals' own variables."""
    problem = f.problem
    values = [0] * len(f.model.lower)
    for column in incumbent.columns:
        k = column.person
        use = person_use(problem, k, np.array(column.options, dtype=np.int64), list(column.liaison))
        for o in column.options:
            values[f.x[o]] = 1
        for slot, count in use.groups.items():
            values[f.groups[slot]] = count
        for (s, t), quarters in use.quarters.items():
            values[f.quarters[k, s, t]] = quarters
        for s, t in use.delivery:
            if (k, s, t) in f.works:
                values[f.works[k, s, t]] = 1
        for s, t in column.liaison:
            values[f.liaison[k, s, t]] = 1
        for s, blocks in column.shares:
            values[f.share[k, s]] = blocks
            values[f.holds[k, s]] = 1
    decisions = [
        *f.x.values(),
        *f.groups.values(),
        *f.quarters.values(),
        *f.works.values(),
        *f.liaison.values(),
        *f.share.values(),
        *f.holds.values(),
    ]
    return values[: max(decisions, default=-1) + 1]
