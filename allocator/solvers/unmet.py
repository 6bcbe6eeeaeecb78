"""Why a need is unmet: the first test of docs/model.md, "Unmet reasons", that holds. Derived, never guessed."""

from __future__ import annotations

from collections import Counter

import numpy as np

from allocator.models.proposal import Unmet, UnmetReason
from allocator.models.world import Need, Support
from allocator.solvers.facts import Bools
from allocator.solvers.insertion import Board, openings, stage_lost
from allocator.solvers.plan import Plan
from allocator.solvers.problem import Problem
from allocator.solvers.search import Search

_LIMIT_REASON = {
    "R2": UnmetReason.FULL_HOURS,
    "R10": UnmetReason.FULL_SHARE,
    "R6 cases": UnmetReason.FULL_CASES,
    "R6 sites": UnmetReason.FULL_SITES,
    "R6 travel": UnmetReason.FULL_TRAVEL,
    "R5": UnmetReason.FULL_TRAVEL,
}
_NAMED = 4


def unmet_reasons(search: Search, plan: Plan, exhausted: bool) -> list[Unmet]:
    """One reason for each planned need the plan does not serve, in register order."""
    board = Board(search.problem, plan)
    unmet = set(range(len(search.problem.needs))) - board.met()
    return [_reason(search, board, n, unmet, exhausted) for n in sorted(unmet)]


def _reason(search: Search, board: Board, n: int, unmet: set[int], exhausted: bool) -> Unmet:
    problem = search.problem
    need = problem.needs[n]
    if len(problem.options_of_need[n]) == 0:
        reason, detail = why_no_option(problem, need)
        return Unmet(need_id=need.need_id, reason=reason, detail=detail)
    found = list(openings(board, n, unmet))
    if not found:
        return Unmet(
            need_id=need.need_id, reason=UnmetReason.GROUP_BELOW_MINIMUM, detail=_too_few(problem, n)
        )
    if all(opening.broken for opening in found):
        reason, detail = _limit(problem, [opening.broken for opening in found], n)
        return Unmet(need_id=need.need_id, reason=reason, detail=detail)
    for opening in found:
        if not opening.broken:
            lost = stage_lost(search, board.valued_with(opening).values)
            if lost is not None:
                who = problem.cluster.staff[int(problem.person[opening.options[0]])].staff_id
                detail = (
                    f"{who} could fit it in, but {lost.replace('_', ' ')} would fall below what was agreed"
                )
                return Unmet(need_id=need.need_id, reason=UnmetReason.OUTRANKED, detail=detail)
    detail = "there is room; the search was stopped" if not exhausted else "there is room"
    return Unmet(need_id=need.need_id, reason=UnmetReason.NOT_SEARCHED, detail=detail)


def _limit(problem: Problem, broken: list[tuple[str, ...]], n: int) -> tuple[UnmetReason, str]:
    """Test 8: hours when every way lacks hours; else the limit that stops most ways."""
    ways = [[code for code in rules if code in _LIMIT_REASON] for rules in broken]
    people = dict.fromkeys(
        problem.cluster.staff[int(k)].staff_id for k in problem.person[problem.options_of_need[n]]
    )
    who = _names(list(people))
    if all("R2" in rules for rules in ways):
        return UnmetReason.FULL_HOURS, f"{len(people)} could: {who}; none has the hours left"
    counts = Counter(code for rules in ways for code in rules)
    if not counts:  # nothing but R4: with one more the group is split, and a half is too small
        return UnmetReason.GROUP_BELOW_MINIMUM, f"{who}: one more would split the group below its minimum"
    rank = list(_LIMIT_REASON)
    code = max(counts, key=lambda c: (c != "R2", counts[c], -rank.index(c)))
    stopped = counts[code]
    return (
        _LIMIT_REASON[code],
        f"{len(people)} could: {who}; this limit stops {stopped} of {len(ways)} ways, lack of hours {counts['R2']}",
    )


def _names(codes: list[str]) -> str:
    shown = ", ".join(codes[:_NAMED])
    return shown if len(codes) <= _NAMED else f"{shown} and {len(codes) - _NAMED} more"


def _too_few(problem: Problem, n: int) -> str:
    slots = sorted({int(s) for s in problem.slot[problem.options_of_need[n]] if s >= 0})
    best = max(slots, key=lambda s: len(problem.options_of_slot[s]) / problem.slots[s].least)
    form = problem.slots[best]
    name = problem.cluster.supports[form.support].name
    return (
        f"{name} needs {form.least} learners; at most {len(problem.options_of_slot[best])} could still join"
    )


def why_no_option(problem: Problem, need: Need) -> tuple[UnmetReason, str]:
    """Tests 1 to 6: why no option exists for a need."""
    eligibility = problem.eligibility
    admitted = eligibility.admitted(need)
    if not admitted:
        return (
            UnmetReason.NO_SUPPORT,
            f"tier {need.tier}, {need.area_of_need}: nothing in the catalogue fits this row",
        )
    able = {s.support_id: eligibility.able(need, s) for s in admitted}
    anybody = np.logical_or.reduce(list(able.values()))
    if not anybody.any():
        return UnmetReason.NO_ELIGIBLE_PERSON, _missing(problem, need, admitted)
    allowed = anybody & eligibility.consented(need)
    if not allowed.any():
        return UnmetReason.CONSENT, "only the school's own people may serve it, and none of them can"
    near = allowed & _in_reach(problem, need, admitted)
    if not near.any():
        return (
            UnmetReason.TOO_FAR,
            f"{_names(_codes(problem, allowed))} could, but the site is out of their reach",
        )
    return _why_not_in_time(problem, need, near)


def _why_not_in_time(problem: Problem, need: Need, near: Bools) -> tuple[UnmetReason, str]:
    """Tests 6 and 5, in that order: no term to start in, or none of those ``near`` has hours then."""
    starts = problem.eligibility.starts(need)
    if len(starts) == 0:
        return UnmetReason.START_WINDOW, _window(problem, need)
    present = np.logical_or.reduce([problem.facts.bookable[:, t] > 0 for t in starts])
    who = _names(_codes(problem, near))
    if not (near & present).any() or not need.locked:
        return UnmetReason.NOT_AVAILABLE, f"{who}: no hours in the terms it needs"
    return (
        UnmetReason.NOT_AVAILABLE,
        f"{who}: not the person it is locked to, or no hours in the terms it needs",
    )


def _in_reach(problem: Problem, need: Need, admitted: tuple[Support, ...]) -> Bools:
    """Who reaches the need's site, or for a cross-site group any site near enough for the learner."""
    facts = problem.facts
    site = facts.site_index[need.site_id]
    mask = facts.reach[:, site].copy()
    if need.shared_with_cluster and any(s.cross_site for s in admitted):
        near = facts.one_way[site] <= problem.cluster.policy.cross_site_minutes
        mask |= facts.reach[:, near].any(axis=1)
    return np.asarray(mask)


def _missing(problem: Problem, need: Need, admitted: tuple[Support, ...]) -> str:
    """The test that stops most of the people who have the right role."""
    eligibility, cluster = problem.eligibility, problem.cluster
    right = np.logical_or.reduce([eligibility.role(s) for s in admitted])
    if not right.any():
        roles = sorted({role for s in admitted for role in s.roles})
        return f"nobody in the cluster is {' or '.join(roles)}"
    medium = cluster.policy.medium_languages.get(cluster.site[need.site_id].medium, ())
    tests = {
        "has the skills": np.logical_or.reduce(
            [eligibility.skills(s.skills + need.skills) for s in admitted]
        ),
        "has the languages": eligibility.languages(need.languages + medium),
        "works with the year level": eligibility.years(need.year_level),
        "is paid for this funding": eligibility.funding(need.funding),
        "is allowed": eligibility.not_forbidden(need.forbidden_staff),
    }
    failed = [what for what, mask in tests.items() if not (right & mask).any()]
    return f"of {int(right.sum())} with the right role nobody {' and '.join(failed or ['passes every test at once'])}"


def _codes(problem: Problem, mask: Bools) -> list[str]:
    return [problem.cluster.staff[k].staff_id for k in np.flatnonzero(mask).tolist()]


def _window(problem: Problem, need: Need) -> str:
    first = need.earliest_term or problem.cluster.terms[0].id
    last = (
        problem.cluster.terms[0].id
        if need.status == "in_service"
        else need.latest_term or problem.cluster.terms[-1].id
    )
    return f"it may not start before {first} nor after {last}"
