"""With the least change found: the goals in their order as far as they are free, then what fits beside the plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from allocator.editing.guiding import restricted
from allocator.editing.searching import Floor, post_floors
from allocator.models.proposal import Proposal
from allocator.solvers import cpsat
from allocator.solvers.base import Budget, Progress
from allocator.solvers.disturbance import (
    Bond,
    Demand,
    edited_model,
    kept,
    lost,
    satisfied,
    weight_of,
    whole_scope,
)
from allocator.solvers.insertion import insert_what_fits
from allocator.solvers.linear import Tag
from allocator.solvers.plan import Plan, evaluate
from allocator.solvers.plans.column import columns_of
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.plans.whole import present_values
from allocator.solvers.problem import Problem
from allocator.solvers.search import Search, StageResult, stage_time
from allocator.solvers.stages import Expressions, StageSpec, ceiling, score, stages

_NO_MORE_CHANGE = Tag("change", "no more may change")


def improved(
    problem: Problem, plan: Plan, demands: Sequence[Demand], bonds: Sequence[Bond], floors: Sequence[Floor],
    budget: Budget, seed: int, workers: int, on_progress: Callable[[Progress], None] | None = None,
) -> Plan:  # fmt: skip
    """A plan that loses no more than ``plan``, keeps edits and floors, and is at least as good goal by goal.

    As far as the budget goes: stages that are not reached stay as they came out.
    """
    f = edited_model(problem, whole_scope(problem, demands), demands)
    expressions = Expressions(f)
    post_floors(f, expressions, floors)
    figure = kept(f, bonds)
    f.model.row(figure.terms, weight_of(bonds) - lost(plan, bonds), None, _NO_MORE_CHANGE)
    specs = stages(problem)
    for position, spec in enumerate(specs):
        if budget.over():
            break
        aim = expressions.of(spec)
        f.model.objective = aim.terms
        hint = present_values(f, Incumbent(problem, columns_of(problem, plan)))
        outcome = cpsat.solve(f.model, limit=stage_time(specs, position, budget.left()), budget=budget, seed=seed,
                              workers=workers, hint=hint)  # fmt: skip
        budget.worked += outcome.work
        now = score(problem, spec, evaluate(problem, plan))
        if outcome.values is not None:
            other = f.plan(outcome.values)
            reached = score(problem, spec, evaluate(problem, other))
            if reached > now and satisfied(other, demands):
                plan, now = other, reached
        if on_progress is not None:
            on_progress(Progress(spec.name, now, None, None, budget.elapsed()))
        f.model.row(
            aim.terms,
            now - spec.allowance(now) - aim.constant,
            None,
            Tag("goal " + spec.name, "order of goals"),
        )
    return plan


def with_what_fits(
    problem: Problem, plan: Plan, demands: Sequence[Demand], search: Search
) -> tuple[Plan, bool]:
    """The plan with every need added that fits beside it without an edit being broken; whether no other fits at all.

    ``search`` has the stages' results, whose floors hold. The last stage is shown as it ends, so its result follows
    the plan down within its tolerance.
    """
    small = restricted(problem, [demand for demand in demands if not demand.wanted])
    while True:
        inner = Search(small.problem, search.budget, seed=search.seed, results=search.results)
        inner.plan = small.inside(plan)
        through = insert_what_fits(inner)
        plan = small.outside(inner.plan)
        last = search.results[-1]
        now = score(problem, last.spec, evaluate(problem, plan))
        if now >= last.score:
            break
        search.results[-1] = StageResult(last.spec, now, last.bound, now - last.spec.allowance(now))
    # a need that fits only where the meeting does not want it still fits: no claim then that none does
    free = Search(problem, search.budget, seed=search.seed, results=search.results, plan=plan)
    return plan, through and insert_what_fits(free) and free.plan == plan


def stage_results(
    problem: Problem, plan: Plan, agreed: Proposal, before: Sequence[StageSpec], same_rows: bool
) -> list[StageResult]:
    """Every stage of the policy with the plan's score and a bound that is proved without regard to the edits.

    A bound of the agreed proposal still holds where the stages before it are the same and their floors are no lower
    now (``same_rows``: the proposal is of this cluster; ``before``: its stages). Elsewhere the bound is what all
    needs at their best would come to.
    """
    values = evaluate(problem, plan)
    known = {stage.name: stage for stage in agreed.stages}
    results: list[StageResult] = []
    holds = same_rows
    for position, spec in enumerate(stages(problem)):
        reached, bound = score(problem, spec, values), ceiling(problem, spec)
        floor = reached - spec.allowance(reached)
        old = known.get(spec.name)
        holds = holds and old is not None and position < len(before) and before[position] == spec
        if holds and old is not None:
            sign = -1 if spec.sense == "min" else 1
            bound = min(bound, sign * old.bound) if sign * old.bound >= reached else bound
            holds = floor >= sign * old.floor
        results.append(StageResult(spec, reached, bound, floor))
    return results
