"""Why this person and not that one: what would happen if the other one took the need, tried exactly."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from allocator.explaining.exchange import checked, draft
from allocator.explaining.instead import Dropped, dropped
from allocator.explaining.nearness import Near, near_of
from allocator.explaining.neighbourhood import Keeping, Weeks
from allocator.explaining.services import Service, services
from allocator.explaining.situation import FEW, Situation
from allocator.explaining.smallest import ALONE_SECONDS, FEW_SECONDS, TIDY_SECONDS
from allocator.explaining.verifying import Verified, verified
from allocator.models.policy import Goal
from allocator.solvers.facts import Bools


@dataclass(frozen=True)
class Rather:
    """The need with the other person, where that can be."""

    staff_id: str
    now: Service | None
    fails: Near | None
    """Tests the person does not pass; then nothing else is asked."""
    then: Service | None
    """The service as they would give it; None where nothing makes room for it."""
    rearranged: tuple[str, ...]
    drop: tuple[Dropped, ...]
    """Who loses, as little as can be; empty if nobody need lose."""
    proved: bool
    goals: tuple[tuple[Goal, int, int], ...]
    """Goals that would differ: goal, now, then."""
    result: Verified | None = field(repr=False, default=None)


def rather(situation: Situation, n: int, k: int) -> Rather:
    """The need given by person ``k``: with nobody losing if that goes, else with the least loss.

    Whose weeks are made anew: the person's, and of those who give it now.
    """
    problem, staff = situation.problem, situation.cluster.staff
    need = problem.needs[n]
    now = services(problem, situation.plan).get(need.need_id)
    theirs = np.asarray((problem.need == n) & (problem.person == k) & (problem.part == 0))
    if not theirs.any():
        near = near_of(situation, need, staff[k]) or Near(staff[k].staff_id, staff[k].role, "", ())
        return Rather(staff[k].staff_id, now, near, None, (), (), True, ())
    serving = [situation.problem.facts.person_index[code] for code in (now.staff if now else ())]
    people = tuple(sorted({k, *serving}))[:FEW]
    made = _nobody_loses(situation, n, k, people, theirs, now)
    return made or _somebody_loses(situation, n, k, people, theirs, now)


def _nobody_loses(
    situation: Situation, n: int, k: int, people: tuple[int, ...], theirs: Bools, now: Service | None
) -> Rather | None:
    problem, code = situation.problem, situation.problem.needs[n].need_id
    weeks = Weeks(problem, situation.plan, n, people, Keeping.EVERYTHING, allowed=theirs)
    found = weeks.possible(ALONE_SECONDS if len(people) == 1 else FEW_SECONDS)
    if found.plan is None:
        return None
    plan = weeks.fewest_moves(found.plan, TIDY_SECONDS).plan or found.plan
    result = verified(situation, problem, plan, code, nobody_loses=True)
    names = tuple(situation.cluster.staff[j].staff_id for j in people)
    return Rather(
        names[people.index(k)], now, None, result.service, names, (), True, _goals(situation, result), result
    )


def _somebody_loses(
    situation: Situation, n: int, k: int, people: tuple[int, ...], theirs: Bools, now: Service | None
) -> Rather:
    code = situation.cluster.staff[k].staff_id
    made, proved = draft(situation, n, people, theirs)
    if made is None:
        return Rather(code, now, None, None, (), (), proved, ())
    exchange = checked(situation, n, made, proved, made.at_least)
    result = exchange.result
    return Rather(
        code,
        now,
        None,
        result.service,
        exchange.people,
        dropped(situation, n, made),
        proved,
        _goals(situation, result),
        result,
    )


def _goals(situation: Situation, result: Verified) -> tuple[tuple[Goal, int, int], ...]:
    before, after = situation.proposal.goal_values, result.proposal.goal_values
    return tuple((goal, before[goal], after[goal]) for goal in Goal if before[goal] != after[goal])
