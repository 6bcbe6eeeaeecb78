"""A problem and a plan as flat tables, so that one change to a plan costs a fraction of a microsecond.

Rows are records (numpy structured arrays); a name here is the name in ``Problem`` and ``Facts``. ``Tables`` holds
what never changes; a ``Board`` is one plan on them: its ``core`` is all that a change touches (kept small, because
every compiled call passes each array), among it minutes and visits of each person at each site and term (``cells``), of
each person and term (``weeks``), and the sums everything is valued by (``tally``).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from allocator.models.policy import Goal
from allocator.solvers.facts import NO_LIMIT, Ints
from allocator.solvers.plan import Plan, load_limits
from allocator.solvers.problem import Problem

Records = NDArray[np.void]

GAINS: tuple[Goal, ...] = (
    Goal.COMMITMENTS_KEPT, Goal.NEED_MET, Goal.LONGEST_WAITS, Goal.CONTINUITY, Goal.LOCALITY, Goal.REACH,
)  # fmt: skip
"""Goals that are plain sums over options, in the order of the tally."""

# The tally: the sums over a plan, one whole number each.
TRAVEL, UNEVEN, ADULTS = 6, 7, 8
MINUTES_OVER, CASES_OVER, SITES_OVER, TRAVEL_OVER, SHARE_OVER, VISITS_OVER, MEMBERS_SHORT = range(9, 16)
TIERS = 16
"""Points met of tiers 0 to 3."""
GROUPS = 20
"""Points met of each fairness group."""

_OPTION = np.dtype([(name, np.int64) for name in (
    "need", "person", "site", "first", "last", "minutes", "level", "slot", "joint", "part", "points",
    "gain0", "gain1", "gain2", "gain3", "gain4", "gain5")])  # fmt: skip
_SLOT = np.dtype([(name, np.int64) for name in (
    "person", "site", "first", "last", "minutes", "level", "least", "most", "members")])  # fmt: skip
_NEED = np.dtype([(name, np.int64) for name in ("forced", "learner", "tier")])
_PICK = np.dtype([(name, np.int64) for name in ("choice", "second", "place")])
_CELL = np.dtype([(name, np.int64) for name in (
    "minutes", "own", "items", "quarters", "cost", "away", "shared", "held", "room")])  # fmt: skip
_WEEK = np.dtype([(name, np.int64) for name in (
    "used", "travel", "cases", "sites", "bookable", "travel_cap", "max_cases", "max_sites", "day",
    "weeks")])  # fmt: skip


class Runs(NamedTuple):
    """Lists of different length one after the other: list ``i`` is ``flat[at[i]:at[i + 1]]``."""

    flat: Ints
    at: Ints


class Tables(NamedTuple):
    """What never changes."""

    options: Records
    slots: Records
    needs: Records
    groups: Runs
    """Fairness groups of each need."""
    of_need: Runs
    """Options of each need, second parts left out."""
    of_slot: Runs
    of_person: Runs
    seconds: Runs
    """Second parts of each joint."""
    breaks: Ints
    """Minutes at each load break, shape (B, K, T)."""
    quarters: Ints
    """Quarter-visits of each level, rising."""
    duties: Ints
    """Site and term of each liaison duty, shape (D, 2)."""
    takers: Runs
    """Who may take each duty."""
    duty_minutes: Ints
    duty_level: Ints
    share_sites: Runs
    """Sites at which each coordinator may hold a share."""
    coordinators: Ints
    """Whose time is held in shares."""
    block_minutes: Ints
    min_blocks: int
    most_shares: Ints
    employer: Ints
    tier_targets: Ints
    """Points each tier should reach, shape (4,)."""
    asked: Ints
    """Points asked of each fairness group."""


class Core(NamedTuple):
    """All that taking or dropping an option reads and writes."""

    options: Records
    slots: Records
    """``members``: learners in the slot."""
    needs: Records
    groups: Runs
    breaks: Ints
    quarters: Ints
    picks: Records
    """Of each need: the option (whole or first part) that serves it, its second part (-1 for none), its place in the
    roster."""
    roster: Ints
    """Needs each person serves (first parts), from column 1 on, in no order; column 0 says how many."""
    cells: Records
    """Shape (K, S, T)."""
    at_level: Ints
    """Items of each level of visits at each cell, shape (K, S, T, levels)."""
    weeks: Records
    """Shape (K, T)."""
    adults: Ints
    """Needs of each learner that each person serves, shape (K, learners)."""
    tally: Ints


class Board(NamedTuple):
    """A plan on the tables, and what moves need to know to change it."""

    core: Core
    tables: Tables
    liaison: Ints
    """Who has each duty, shape (D,)."""
    shares: Ints
    """Blocks, shape (K, S)."""


def runs(lists: list[Any]) -> Runs:
    """Lists joined."""
    at = np.zeros(len(lists) + 1, dtype=np.int64)
    at[1:] = np.cumsum([len(one) for one in lists])
    flat = [np.asarray(one, dtype=np.int64) for one in lists if len(one)]
    return Runs(np.concatenate(flat) if flat else np.zeros(0, dtype=np.int64), at)


def tables_of(problem: Problem) -> Tables:
    """The tables of a problem."""
    p, facts = problem, problem.facts
    people = len(p.cluster.staff)
    quarters = np.unique(np.concatenate([p.quarters, facts.liaison_quarters])).astype(np.int64)
    options = np.zeros(p.size, dtype=_OPTION)
    for name in _OPTION.names or ():
        if name.startswith("gain"):
            options[name] = p.gains[GAINS[int(name[4:])]]
        else:
            options[name] = np.searchsorted(quarters, p.quarters) if name == "level" else getattr(p, name)
    slots = np.zeros(len(p.slots), dtype=_SLOT)
    for i, form in enumerate(p.slots):
        slots[i] = (form.person, form.site, form.start, form.last, form.minutes,
                    np.searchsorted(quarters, form.quarters), form.least, form.most, 0)  # fmt: skip
    needs = np.zeros(len(p.needs), dtype=_NEED)
    needs["forced"], needs["learner"], needs["tier"] = p.is_forced, p.learner, p.tier
    member: list[list[int]] = [[] for _ in p.needs]
    for g, rows in enumerate(p.fairness_groups.values()):
        for n in rows.tolist():
            member[n].append(g)
    breaks = [[load_limits(p, k)[b] for k in range(people)] for b in range(len(p.cluster.policy.load_breaks))]
    takers = [
        [k for k in p.liaison_fixed.get(duty, range(people)) if p.may_be_liaison(k, *duty)]
        for duty in p.liaison_duty
    ]
    targets = np.zeros(4, dtype=np.int64)
    for tier, target in p.tier_targets.items():
        targets[tier] = target
    return Tables(
        options=options,
        slots=slots, needs=needs, groups=runs(member),
        of_need=runs([rows[p.part[rows] != 2] for rows in p.options_of_need]),
        of_slot=runs(list(p.options_of_slot)),
        of_person=runs([rows[p.part[rows] != 2] for rows in p.options_of_person]),
        seconds=runs([rows[p.part[rows] == 2] for rows in p.options_of_joint]),
        breaks=np.array(breaks, dtype=np.int64).reshape(-1, people, p.terms),
        quarters=quarters,
        duties=np.array(p.liaison_duty, dtype=np.int64).reshape(-1, 2), takers=runs(takers),
        duty_minutes=facts.liaison_minutes,
        duty_level=np.searchsorted(quarters, facts.liaison_quarters).astype(np.int64),
        share_sites=runs(list(p.share_sites)), coordinators=np.flatnonzero(facts.coordinator).astype(np.int64),
        block_minutes=facts.block_minutes, min_blocks=int(facts.min_blocks), most_shares=facts.max_sites,
        employer=np.array(p.employer_site, dtype=np.int64),
        tier_targets=targets,
        asked=np.array([int(p.asked[rows].sum()) for rows in p.fairness_groups.values()], dtype=np.int64),
    )  # fmt: skip


def nobody_yet(problem: Problem, tables: Tables) -> Board:
    """A board on which nothing is taken."""
    facts = problem.facts
    people, sites, terms, count = (
        len(problem.cluster.staff),
        len(problem.cluster.sites),
        problem.terms,
        len(problem.needs),
    )
    cells = np.zeros((people, sites, terms), dtype=_CELL)
    away = np.ones((people, sites), dtype=np.int64)
    away[np.arange(people), facts.base] = 0
    cells["away"], cells["cost"] = away[:, :, None], (facts.quarter * away)[:, :, None]
    cells["shared"] = facts.coordinator[:, None, None]
    weeks = np.zeros((people, terms), dtype=_WEEK)
    weeks["used"], weeks["bookable"], weeks["travel_cap"] = facts.standing, facts.bookable, facts.travel_cap
    weeks["max_cases"], weeks["day"], weeks["weeks"] = (
        facts.max_cases[:, None],
        facts.day[:, None],
        facts.weeks,
    )
    weeks["max_sites"] = np.where(facts.coordinator, NO_LIMIT, facts.max_sites)[:, None]
    tally = np.zeros(GROUPS + len(tables.asked), dtype=np.int64)
    tally[MINUTES_OVER] = np.maximum(facts.standing - facts.bookable, 0).sum()
    tally[UNEVEN] = np.maximum(facts.standing[None] - tables.breaks, 0).sum()
    learners = max(1, int(problem.learner.max(initial=0)) + 1)

    def zeros(*shape: int) -> Ints:
        return np.zeros(shape, dtype=np.int64)

    picks = np.zeros(count, dtype=_PICK)
    picks["choice"], picks["second"] = -1, -1
    core = Core(
        options=tables.options, slots=tables.slots.copy(), needs=tables.needs, groups=tables.groups,
        breaks=tables.breaks, quarters=tables.quarters, picks=picks, roster=zeros(people, count + 1), cells=cells,
        at_level=zeros(people, sites, terms, len(tables.quarters)), weeks=weeks,
        adults=zeros(people, learners), tally=tally,
    )  # fmt: skip
    return Board(core, tables, np.full(len(tables.duties), -1, dtype=np.int64), zeros(people, sites))


def plan_in(problem: Problem, choice: Ints, second: Ints, liaison: Ints, shares: Ints) -> Plan:
    """The plan that these four arrays of a state describe."""
    chosen = np.concatenate([choice[choice >= 0], second[second >= 0]])
    return Plan(
        tuple(sorted(chosen.tolist())),
        {place: int(k) for place, k in zip(problem.liaison_duty, liaison.tolist(), strict=True)},
        {(int(k), int(s)): int(shares[k, s]) for k, s in np.argwhere(shares > 0)},
    )
