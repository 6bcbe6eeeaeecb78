"""Neighbourhood search: a few people's plans re-made together, exactly, with everybody else as they are.

Which people: around an unmet need with a high price, or around a person whose plan lags behind their best at the
present prices; then those who compete for the same needs. Which options: those taken now, and those whose worth at
the present prices is not below minus the gap (a plan with a worse one can hardly be an improvement).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers import cpsat
from allocator.solvers.base import Budget, Outcome
from allocator.solvers.facts import Bools, Floats, Ints
from allocator.solvers.formulation import Formulation, Held, Scope
from allocator.solvers.linear import Tag
from allocator.solvers.plan import person_use
from allocator.solvers.plans.column import Column, columns_of
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.problem import Problem
from allocator.solvers.search import StageResult, post_rules
from allocator.solvers.stages import Expressions, StageSpec

_ABOUT_A_GROUP = 0.25
"""How often the people around one possible group are chosen."""
_GROUP_PEOPLE = 4
_SUMMED = (Goal.TRAVEL, Goal.EVEN_LOAD, Goal.FEW_ADULTS)


def held_by_others(incumbent: Incumbent, people: frozenset[int]) -> Held:
    """What everybody outside ``people`` contributes and takes."""
    problem = incumbent.problem
    outside = [column for column in incumbent.columns if column.person not in people]
    options = np.array(sorted(o for column in outside for o in column.options), dtype=np.int64)
    points = np.zeros(len(problem.needs), dtype=np.int64)
    np.add.at(points, problem.need[options], problem.points[options])
    goals = {goal: int(gain[options].sum()) for goal, gain in problem.gains.items()}
    goals.update(
        zip(
            _SUMMED,
            (sum(c.travel for c in outside), sum(c.uneven for c in outside), sum(c.adults for c in outside)),
            strict=True,
        )
    )
    return Held(
        needs=frozenset(problem.need[options].tolist()), options=tuple(options.tolist()), goals=goals, points=points,
        duties=frozenset(place for column in outside for place in column.liaison),
    )  # fmt: skip


def open_scope(incumbent: Incumbent, people: tuple[int, ...], free: Bools, promising: Bools) -> Scope:
    """The scope of some people: their options for needs that are free or theirs, if promising or taken now."""
    problem = incumbent.problem
    chosen = frozenset(people)
    held = held_by_others(incumbent, chosen)
    taken = np.array(sorted(o for k in people for o in incumbent.columns[k].options), dtype=np.int64)
    split = {o for o in taken.tolist() if problem.part[o] != 0 and int(problem.need[o]) in held.needs}
    blocked = np.zeros(len(problem.needs), dtype=bool)
    blocked[list(held.needs)] = True
    mine = np.concatenate([problem.options_of_person[k] for k in people]) if people else taken
    allowed = mine[
        promising[mine]
        & ~blocked[problem.need[mine]]
        & (free | np.isin(incumbent.owner, people))[problem.need[mine]]
    ]
    return Scope(people, np.union1d(allowed, taken), kept=frozenset(split), held=held)


@dataclass
class Neighbourhoods:
    """Chooses people around weak spots: dear unmet needs, lagging plans, groups that could be."""

    problem: Problem
    rng: np.random.Generator
    size: float = 4.0

    def choose(
        self, incumbent: Incumbent, worth: Floats, lag: Floats, barred: frozenset[int]
    ) -> tuple[int, ...]:
        """Some people around a weak spot, none of them in ``barred``."""
        problem = self.problem
        if len(problem.slots) and self.rng.random() < _ABOUT_A_GROUP:
            return self._about_a_group(incumbent)
        count = min(max(2, int(self.size + self.rng.random())), len(incumbent.columns) - len(barred))
        unmet = np.flatnonzero(
            (incumbent.owner < 0) & (np.array([len(o) for o in problem.options_of_need]) > 0)
        )
        start = self._start(unmet, worth, lag, barred)
        if start is None:
            return ()
        rivals = self._rivals(incumbent, start, barred)
        return tuple(sorted([start, *rivals[: count - 1]]))

    def _about_a_group(self, incumbent: Incumbent) -> tuple[int, ...]:
        """Somebody who could lead a group, and those who now serve learners that could join it."""
        slot = int(self.rng.integers(len(self.problem.slots)))
        members = self.problem.need[self.problem.options_of_slot[slot]]
        owners = [k for k in np.unique(incumbent.owner[members]).tolist() if k >= 0]
        some = self.rng.permutation(owners)[: _GROUP_PEOPLE - 1].tolist() if owners else []
        return tuple(sorted({self.problem.slots[slot].person, *some}))

    def _start(self, unmet: Ints, worth: Floats, lag: Floats, barred: frozenset[int]) -> int | None:
        """A person who could serve a dear unmet need, or whose plan lags; now and then anybody."""
        people = [
            k
            for k in range(len(self.problem.cluster.staff))
            if k not in barred and len(self.problem.options_of_person[k])
        ]
        if not people:
            return None
        draw = self.rng.random()
        if draw < 0.4 and len(unmet):
            options = self.problem.options_of_need[int(self.rng.choice(unmet))]
            options = options[~np.isin(self.problem.person[options], list(barred))]
            if len(options):
                return int(
                    self.problem.person[
                        options[int(np.argmax(worth[options] + self.rng.random(len(options)) * 1e-3))]
                    ]
                )
        weights = lag[people] + 1e-9 + lag.mean() * 0.1 if draw < 0.8 else np.ones(len(people))
        return int(self.rng.choice(people, p=weights / weights.sum()))

    def _rivals(self, incumbent: Incumbent, start: int, barred: frozenset[int]) -> list[int]:
        """Others by how many needs they could take from or give to ``start``, with some chance mixed in."""
        problem = self.problem
        needs = np.unique(problem.need[problem.options_of_person[start]])
        counts: Counter[int] = Counter()
        for n in needs.tolist():
            if incumbent.owner[n] in (-1, start):
                counts.update(set(problem.person[problem.options_of_need[n]].tolist()))
            elif incumbent.owner[n] >= 0:
                counts[int(incumbent.owner[n])] += 1
        rivals = [k for k in counts if k != start and k not in barred]
        noise = self.rng.random(len(rivals))
        return [k for _, k in sorted(((-(counts[k] ** 0.5) * noise[i], k) for i, k in enumerate(rivals)))]


@dataclass(frozen=True)
class Attempt:
    """The model of one neighbourhood, ready to be solved."""

    people: tuple[int, ...]
    formulation: Formulation
    constant: int


def prepare(incumbent: Incumbent, scope: Scope, spec: StageSpec, floors: list[StageResult]) -> Attempt:
    """The one-model form of a scope with the stage as objective and earlier floors as rows."""
    f = Formulation(incumbent.problem, scope)
    post_rules(f)
    expressions = Expressions(f)
    for result in floors:
        figure = expressions.of(result.spec)
        f.model.row(
            figure.terms,
            result.floor - figure.constant,
            None,
            Tag("goal " + result.spec.name, "agreed order of goals"),
        )
    figure = expressions.of(spec)
    f.model.objective = figure.terms
    return Attempt(scope.people, f, figure.constant)


def attempt(
    work: Attempt, incumbent: Incumbent, limit: float, budget: Budget, seed: int
) -> tuple[Outcome, list[Column] | None]:
    """Solve a neighbourhood from the present plan; the people's new columns if it found any plan."""
    hint = present_values(work.formulation, incumbent)
    outcome = cpsat.solve(work.formulation.model, limit=limit, budget=budget, seed=seed, workers=1, hint=hint)
    if outcome.values is None:
        return outcome, None
    plan = work.formulation.plan(outcome.values)
    fresh = columns_of(incumbent.problem, plan)
    return outcome, [fresh[k] for k in work.people]


def present_values(f: Formulation, incumbent: Incumbent) -> list[int]:
    """The present plan as values of the decision variables: a complete hint but for the goals' own variables."""
    problem = f.problem
    values = [0] * len(f.model.lower)
    inside = set(f.scope.people)
    for column in incumbent.columns:
        if column.person not in inside:
            continue
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
