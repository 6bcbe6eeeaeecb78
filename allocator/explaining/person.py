"""What a person carries, what limits them, and what would free them: each relief tried in a model of their week."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from allocator.checking import check
from allocator.explaining.edits import Edit
from allocator.explaining.instead import Week, week_of
from allocator.explaining.levers import personal
from allocator.explaining.neighbourhood import Keeping, Weeks
from allocator.explaining.services import services
from allocator.explaining.situation import Situation
from allocator.explaining.smallest import ALONE_SECONDS
from allocator.explaining.verifying import published
from allocator.solvers.facts import NO_LIMIT
from allocator.solvers.options import build_problem
from allocator.solvers.plan import Plan
from allocator.solvers.problem import Problem
from allocator.solvers.resuming import plan_of


@dataclass(frozen=True)
class Limit:
    """One limit in one term: minutes for hours and travel, a number for cases and sites."""

    name: str
    term: str
    used: int
    most: int | None
    """None: there is no limit."""

    @property
    def full(self) -> bool:
        """Whether nothing is left."""
        return self.most is not None and self.used >= self.most


@dataclass(frozen=True)
class Relief:
    """A change of the person's limits, and the unmet needs their own week would then hold besides all it holds."""

    kind: str
    words: str
    edit: Edit
    needs: tuple[str, ...]
    points: int
    proved: bool
    """No other choice of unmet needs would be worth more."""


@dataclass(frozen=True)
class StaffExplanation:
    """One person's week, limits and reliefs."""

    staff_id: str
    role: str
    weeks: tuple[Week, ...]
    limits: tuple[Limit, ...]
    waiting: tuple[str, ...]
    """Unmet needs this person could meet if there were room."""
    reliefs: tuple[Relief, ...]


def explain_person(situation: Situation, k: int) -> StaffExplanation:
    """Everything about one person; the first relief is their week made anew without any change."""
    person, problem = situation.cluster.staff[k], situation.problem
    weeks = tuple(week_of(situation, k, t) for t in range(problem.terms))
    could = sorted({int(n) for n in problem.need[problem.person == k].tolist()} - situation.met)
    reliefs = [_relief(situation, k, "nothing", "the week made anew", Edit())]
    for lever in personal(situation, k):
        reliefs.append(_relief(situation, k, lever.kind, lever.words(1), lever.edit(1)))
    codes = tuple(problem.needs[n].need_id for n in could)
    limits = tuple(limit for t in range(problem.terms) for limit in _limits(situation, k, t))
    return StaffExplanation(person.staff_id, person.role, weeks, limits, codes, tuple(reliefs))


def _limits(situation: Situation, k: int, t: int) -> list[Limit]:
    facts, use = situation.problem.facts, situation.uses[k]
    term = situation.cluster.terms[t].id
    places = Counter(term for _, term in use.delivery)[t]
    if facts.coordinator[k]:
        places = sum(who == k for who, _ in situation.plan.shares)
    found = [
        Limit("hours", term, int(use.used[t]), int(facts.bookable[k, t])),
        Limit("travel", term, int(use.travel[t]), int(facts.travel_cap[k, t])),
        Limit("cases", term, int(use.cases[t]), _or_none(int(facts.max_cases[k]))),
        Limit("sites", term, places, _or_none(int(facts.max_sites[k]))),
    ]
    for (who, s), blocks in sorted(situation.plan.shares.items()):
        if who == k:
            work = use.delivery.get((s, t), 0) - use.duty.get((s, t), 0)
            work += use.quarters.get((s, t), 0) * int(facts.quarter[k, s])
            name = f"share at {situation.cluster.sites[s].name}"
            found.append(Limit(name, term, work, blocks * int(facts.block_minutes[k, t])))
    return found


def _or_none(limit: int) -> int | None:
    return None if limit >= NO_LIMIT else limit


def _relief(situation: Situation, k: int, kind: str, words: str, edit: Edit) -> Relief:
    """The most valuable unmet needs that fit into the person's week with all it holds, after an edit."""
    problem = build_problem(edit.on(situation.cluster)) if edit.cells else situation.problem
    plan = plan_of(problem, situation.proposal).plan
    unmet = np.ones(len(problem.needs), dtype=bool)
    unmet[list(situation.met)] = False
    weeks = Weeks(problem, plan, -1, (k,), Keeping.EVERYTHING, must=False, also=unmet[problem.need])
    objective = {x: int(problem.points[o]) for o, x in weeks.f.x.items() if unmet[problem.need[o]]}
    found = weeks.most(objective, ALONE_SECONDS)
    if found.plan is None:
        return Relief(kind, words, edit, (), 0, found.none)
    added = _added(situation, problem, found.plan)
    return Relief(kind, words, edit, tuple(added), sum(added.values()), found.proved)


def _added(situation: Situation, problem: Problem, plan: Plan) -> dict[str, int]:
    """Needs met now and not before, with their points; the plan is checked first."""
    wrong = check(problem.cluster, published(problem, plan, situation.proposal.seed))
    if wrong:
        raise AssertionError(f"the checker refuses an explained plan: {wrong[0]}")
    before = services(situation.problem, situation.plan)
    after = services(problem, plan)
    if any(code not in after or after[code].value < service.value for code, service in before.items()):
        raise AssertionError("somebody loses where nobody may")
    return {code: service.value for code, service in after.items() if code not in before}
