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
from allocator.solvers.facts import MAX_QUARTERS, Ints
from allocator.solvers.formulation import Formulation, Scope
from allocator.solvers.goals import travel
from allocator.solvers.linear import LinearModel, LinearRow, Tag
from allocator.solvers.plan import Plan
from allocator.solvers.problem import Problem
from allocator.solvers.rules import RULES

_CORE_SECONDS = 60.0
_CORE_WORK = 60.0
_QUICK, _GOOD_ENOUGH = 0.5, 0.05
"""Seconds (or work) of the first attempt, and the gap at which it may end: travel is not what matters here."""

_MANY, _NEAREST, _ROUGH = 5_000, 6, 0.5
"""Above so many pairs of a duty and a person, the first attempt looks at the nearest people only, for any plan."""


def core_options(problem: Problem) -> Ints:
    """Options of forced needs, and of every need that could join one of their groups."""
    forced = [problem.options_of_need[f.need] for f in problem.forced]
    if not forced:
        return np.zeros(0, dtype=np.int64)
    options = np.concatenate(forced)
    slots = np.unique(problem.slot[options])
    mates = [problem.options_of_slot[slot] for slot in slots.tolist() if slot >= 0]
    return np.unique(np.concatenate([options, *mates]))


def core_model(problem: Problem, like: Plan | None = None, nearest: int | None = None) -> Formulation:
    """The core as a one-model form; its objective: nearest to ``like`` where that is given, then least travel.

    With ``nearest``, only so many people who live nearest to a site may be its liaison: a model for large areas, of
    which a plan is a plan, but no proof that there is none.
    """
    takers = None if nearest is None else _nearby(problem, like, nearest)
    scope = Scope(tuple(range(len(problem.cluster.staff))), core_options(problem), takers)
    f = Formulation(problem, scope)
    for rule in RULES:
        rule(f)
    f.model.objective = {v: -c for v, c in travel(f).terms.items()}
    if like is not None:
        _reward(f, like)
    return f


def _nearby(problem: Problem, like: Plan | None, count: int) -> dict[tuple[int, int], tuple[int, ...]]:
    """The people with the shortest way to each (site, term) that needs a liaison, and who has it in ``like``."""
    facts, takers = problem.facts, {}
    for s, t in problem.liaison_duty:
        able = np.array(
            problem.liaison_fixed.get((s, t), np.flatnonzero(facts.liaison[:, t])), dtype=np.int64
        )
        chosen = able[np.argsort(facts.quarter[able, s], kind="stable")[:count]].tolist()
        before = None if like is None else like.liaison.get((s, t))
        takers[s, t] = tuple(sorted({*chosen, *([] if before is None else [before])}))
    return takers


def _reward(f: Formulation, like: Plan) -> None:
    """Add a reward for every liaison, share and agreed row that stays as in ``like``, above any travel it may cost.

    Needs that only could fill up groups stay out where they are not wanted.
    """
    dearest = max((-c for c in f.model.objective.values()), default=0)
    reward = MAX_QUARTERS * dearest + len(f.x) + 1
    kept = [f.x[o] for o in like.chosen if o in f.x]
    f.model.objective.update(dict.fromkeys(f.x.values(), -1))
    kept += [f.liaison[k, s, t] for (s, t), k in like.liaison.items() if (k, s, t) in f.liaison]
    for key, blocks in like.shares.items():
        if key in f.share:
            same = f.model.variable(0, blocks, f"same{key}")
            f.model.row({f.share[key]: 1, same: -1}, 0, None, Tag("like", "as near as can be"))
            kept.append(same)
    for v in kept:
        f.model.objective[v] = f.model.objective.get(v, 0) + reward


def first_plan(problem: Problem, budget: Budget, seed: int, like: Plan | None = None) -> Plan:
    """A plan that keeps every agreed row, as near to ``like`` as a short search finds.

    Raises:
        InfeasibleError: proved, by CP-SAT and confirmed by a second solver; with a smallest conflict.
        NotFoundError: neither a plan nor a proof within the limit.
    """
    pairs = len(problem.liaison_duty) * int(problem.facts.liaison.any(axis=1).sum())
    if pairs > _MANY:
        few = core_model(problem, like, _NEAREST)
        outcome = cpsat.solve(
            few.model, limit=max(budget.left(), 1.0), budget=budget, seed=seed, workers=8, gap=_ROUGH
        )
        budget.worked += outcome.work
        if outcome.values is not None:
            return few.plan(outcome.values)
    f = core_model(problem, like)
    limit = min(_CORE_WORK if budget.deterministic else _CORE_SECONDS, max(budget.left(), 1.0))
    enough = _GOOD_ENOUGH if like is None else 0.0
    quick = cpsat.solve(f.model, limit=min(limit, _QUICK), budget=budget, seed=seed, workers=1, gap=enough)
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
