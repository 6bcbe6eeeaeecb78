"""Can the agreed rows hold together at all? A first plan, or a proof and a smallest conflict.

Only what must be served (R7), who must be a liaison (R9) and how shares add up (R10) can make a problem
infeasible: leaving a need out is always allowed. So the question is asked of a small core model: the options of
forced needs, those that could fill up their groups, and the duties.
"""

from __future__ import annotations

import numpy as np

from allocator.errors import InfeasibleError, NotFoundError
from allocator.models.proposal import Conflict
from allocator.solvers import cpsat, mathopt
from allocator.solvers.base import Budget
from allocator.solvers.facts import Ints
from allocator.solvers.formulation import Formulation, Scope
from allocator.solvers.goals import travel
from allocator.solvers.linear import LinearModel, LinearRow, Tag
from allocator.solvers.plan import Plan
from allocator.solvers.problem import Problem
from allocator.solvers.rules import RULES

_CORE_SECONDS = 60.0
_CORE_WORK = 60.0


def core_options(problem: Problem) -> Ints:
    """Options of forced needs, and of every need that could join one of their groups."""
    forced = [problem.options_of_need[f.need] for f in problem.forced]
    if not forced:
        return np.zeros(0, dtype=np.int64)
    options = np.concatenate(forced)
    slots = np.unique(problem.slot[options])
    mates = [problem.options_of_slot[slot] for slot in slots.tolist() if slot >= 0]
    return np.unique(np.concatenate([options, *mates]))


def core_model(problem: Problem) -> Formulation:
    """The core as a one-model form with least travel as its objective."""
    scope = Scope(tuple(range(len(problem.cluster.staff))), core_options(problem))
    f = Formulation(problem, scope)
    for rule in RULES:
        rule(f)
    f.model.objective = {v: -c for v, c in travel(f).terms.items()}
    return f


def first_plan(problem: Problem, budget: Budget, seed: int) -> Plan:
    """A plan that keeps every agreed row.

    Raises:
        InfeasibleError: proved, by CP-SAT and confirmed by a second solver; with a smallest conflict.
        NotFoundError: neither a plan nor a proof within the limit.
    """
    f = core_model(problem)
    limit = min(_CORE_WORK if budget.deterministic else _CORE_SECONDS, max(budget.left(), 1.0))
    quick = cpsat.solve(f.model, limit=min(limit, 0.5), budget=budget, seed=seed, workers=1, gap=0.05)
    outcome = quick
    if quick.values is None and not quick.infeasible:
        outcome = cpsat.solve(f.model, limit=limit, budget=budget, seed=seed, workers=8)
    budget.worked += outcome.work
    if outcome.values is not None:
        return f.plan(outcome.values)
    if not outcome.infeasible:
        raise NotFoundError(
            "no plan that keeps the locked rows, tied hours, liaisons and shares was found in time; allow more time"
        )
    f.model.objective = {}
    confirmed = mathopt.solve(f.model, limit=limit, budget=budget, solver="scip")
    if not confirmed.infeasible:
        raise NotFoundError(
            "one solver says that no plan exists and another could not confirm it; allow more time"
        )
    raise smallest_conflict(f.model, budget, seed)


def smallest_conflict(model: LinearModel, budget: Budget, seed: int) -> InfeasibleError:
    """A set of tagged rows that cannot hold together and of which none can be left out (deletion filter).

    Rows with the same tag stand or fall together. Rules that only follow from how variables are built (R1, R4,
    R5 definitions) are tried for deletion first, what people agreed last, so that agreements are named only
    where needed.
    """
    rows_of: dict[Tag, list[LinearRow]] = {}
    for row in model.rows:
        rows_of.setdefault(row.tag, []).append(row)
    order = sorted(rows_of, key=lambda tag: (tag.rule.startswith(("R7", "R9")), tag.rule, tag.what))
    kept = dict.fromkeys(order)
    minimal = True
    for chunk in _halving(order):
        trial = [tag for tag in kept if tag not in chunk]
        if not all(tag in kept for tag in chunk) or not chunk:
            continue
        verdict = _infeasible(model, [row for tag in trial for row in rows_of[tag]], budget, seed)
        if verdict:
            kept = dict.fromkeys(trial)
        elif verdict is None and len(chunk) == 1:
            minimal = False
    return InfeasibleError([Conflict(rule=tag.rule, what=tag.what, rows=tag.rows) for tag in kept], minimal)


def _halving(tags: list[Tag]) -> list[set[Tag]]:
    """Large bites first, then smaller, then single tags: a conflict is small, most bites go through."""
    bites: list[set[Tag]] = []
    size = max(1, len(tags) // 2)
    while size > 1:
        bites += [set(tags[i : i + size]) for i in range(0, len(tags), size)]
        size //= 4
    return bites + [{tag} for tag in tags]


def _infeasible(model: LinearModel, rows: list[LinearRow], budget: Budget, seed: int) -> bool | None:
    trial = LinearModel(model.lower, model.upper, model.names, rows, {})
    outcome = cpsat.solve(
        trial, limit=5.0, budget=Budget(None, interrupted=budget.interrupted), seed=seed, workers=1
    )
    if outcome.values is None and not outcome.infeasible:
        return None
    return outcome.infeasible
