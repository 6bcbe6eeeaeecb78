"""A person's best week by dynamic programming over minutes: sites are set-ups, options are items.

    for each site, for each number of visits v its items ask for: a knapsack of the items that need at most v;
        its undominated points (m minutes -> worth) cost m + max(v, visits that the day's length needs) x travel
    best[m] = max over points of the site of best[m - cost] + worth, site after site

Coordinators instead hold each site in blocks: first a knapsack per site, then a program over blocks. The loops are
compiled (``kernels.py``); what does not change with prices is laid out once per person (``Layout``).
R6's limits enter as charges (``Charges``); R1 across sites and slots is left out (``pricing.py`` looks at it after).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from allocator.solvers.facts import NO_LIMIT, Floats, Ints
from allocator.solvers.plan import load_limits
from allocator.solvers.plans.column import Figure
from allocator.solvers.problem import Problem

Places = list[tuple[int, int]]


@dataclass(frozen=True)
class Week:
    """A person's best week: a bound on its worth, and the options, duties and shares behind it."""

    bound: float
    options: list[int]
    places: Places
    shares: dict[int, int]


@dataclass(frozen=True, eq=False)
class Layout:
    """One person's items in the order the kernels read them; positions of sites are within ``sites``."""

    sites: Ints
    single: tuple[Ints, ...]
    """site, least quarters of its need, quarters, need, minutes, option of each option outside a slot."""
    slot: tuple[Ints, ...]
    """site, quarters, minutes, least, most of each slot; then where its options start, and the options."""
    places: tuple[tuple[int, int], ...]
    duty: tuple[Ints, ...]
    """site, quarters, minutes of each liaison duty the person could take."""
    bases: np.ndarray[Any, np.dtype[np.bool_]]
    quarters: Ints
    """Minutes of one quarter-visit to each site."""


def layout_of(problem: Problem, k: int) -> Layout:
    """Lay out person ``k`` of a problem of one term."""
    facts = problem.facts
    options = problem.options_of_person[k]
    duties = [(s, t) for s, t in problem.liaison_duty if problem.may_be_liaison(k, s, t)]
    sites = np.union1d(
        np.unique(problem.site[options]),
        np.array([s for s, _ in duties] + list(problem.share_sites[k]), dtype=np.int64),
    )
    at = {int(s): i for i, s in enumerate(sites)}
    alone = options[problem.slot[options] < 0]
    least = np.full(len(problem.needs), NO_LIMIT, dtype=np.int64)
    np.minimum.at(least, problem.need[alone], problem.quarters[alone])
    alone = alone[np.lexsort((problem.need[alone], least[problem.need[alone]], problem.site[alone]))]
    place = np.array([at[int(s)] for s in problem.site[alone]], dtype=np.int64)
    single = (
        place,
        least[problem.need[alone]],
        problem.quarters[alone],
        problem.need[alone],
        problem.minutes[alone],
        alone,
    )
    duties.sort(key=lambda duty: at[duty[0]])
    lead = np.array([at[s] for s, _ in duties], dtype=np.int64)
    count = len(duties)
    duty = (
        lead,
        np.full(count, facts.liaison_quarters[k], dtype=np.int64),
        np.full(count, facts.liaison_minutes[k], dtype=np.int64),
    )
    return Layout(sites, single, _slots(problem, options, at), tuple(duties), duty,
                  sites == facts.base[k], facts.quarter[k, sites])  # fmt: skip


def _slots(problem: Problem, options: Ints, at: dict[int, int]) -> tuple[Ints, ...]:
    codes = [slot for slot in np.unique(problem.slot[options]).tolist() if slot >= 0]
    codes.sort(key=lambda slot: (at[problem.slots[slot].site], problem.slots[slot].quarters, slot))
    forms = [problem.slots[slot] for slot in codes]
    members = [problem.options_of_slot[slot] for slot in codes]
    start = np.concatenate([[0], np.cumsum([len(rows) for rows in members])]).astype(np.int64)

    def column(values: list[int]) -> Ints:
        return np.array(values, dtype=np.int64)

    return (
        column([at[form.site] for form in forms]), column([form.quarters for form in forms]),
        column([form.minutes for form in forms]), column([form.least for form in forms]),
        column([form.most for form in forms]), start, np.concatenate(members) if members else column([]),
    )  # fmt: skip


@dataclass(frozen=True)
class Charges:
    """Lagrange multipliers on the limits of R6: what a case, a minute of travel a week and a site are charged.

    Any charges that are not negative give a valid bound: what the limits allow is paid back (``rebate``).
    """

    case: float = 0.0
    travel: float = 0.0
    site: float = 0.0

    def rebate(self, problem: Problem, k: int) -> float:
        """Charge x limit, summed; a charge on something without a limit is always 0."""
        facts = problem.facts
        return (
            self.case * int(facts.max_cases[k])
            + self.travel * int(facts.travel_cap[k, 0])
            + self.site * int(facts.max_sites[k])
        )


def best_week(problem: Problem, layout: Layout, k: int, figure: Figure, duty: dict[tuple[int, int], float],
              charges: Charges, grid: int = 1) -> Week:  # fmt: skip
    """Bound on person ``k``'s worth in the only term, and the week behind it.

    With a ``grid`` of several minutes all times are rounded down to it: many times faster, the bound stays valid but
    is weaker, and the week may be somewhat too long.
    """
    from allocator.solvers.plans import kernels

    facts = problem.facts
    capacity = int(facts.bookable[k, 0] - facts.standing[k, 0]) // grid
    if capacity <= 0 or len(layout.sites) == 0:
        return Week(0.0, [], [], {})
    worth = figure.options
    if figure.adults > 0:
        worth = worth + _adult_bonus(problem, figure.adults)
    duties = np.array([duty.get(place, 0.0) for place in layout.places], dtype=np.float64)
    found = kernels.items_of(
        len(layout.sites), *layout.single, *layout.slot, *layout.duty, duties, worth, charges.case
    )
    table, source, size = (*found[:4], found[4] // grid, found[5]), found[6], found[7]
    quarters = layout.quarters // grid
    travel = (figure.travel * float(facts.weeks[0]) - charges.travel) * grid
    shares: dict[int, int] = {}
    day = -(-int(facts.day[k]) // grid)
    if facts.coordinator[k]:
        blocks, least = int(facts.blocks[k]), facts.min_blocks
        most = min(int(facts.max_sites[k]), len(problem.share_sites[k]), blocks // max(least, 1))
        employer = problem.employer_site[k]
        must = int(np.flatnonzero(layout.sites == employer)[0]) if employer in layout.sites else -1
        block = int(facts.block_minutes[k, 0]) // grid
        bound, chosen, held = kernels.best_blocks(blocks, block, day, charges.site, least, most, must, travel,
                                                  table[0], layout.bases, quarters, *table[1:])  # fmt: skip
        shares = {int(layout.sites[i]): int(b) for i, b in enumerate(held) if b}
    else:
        penalty = np.ascontiguousarray(_uneven(problem, k, figure, capacity * grid)[::grid])
        bound, chosen = kernels.best_minutes(
            capacity, day, charges.site, penalty, travel, table[0], layout.bases, quarters, *table[1:]
        )
    options, places = _expand(layout, chosen, source, size, worth)
    return Week(float(bound) + charges.rebate(problem, k), options, places, shares)


def ready() -> None:
    """Load the compiled loops, compiling them once per installation (some seconds), so that no search waits for it."""
    from allocator.solvers.plans import kernels

    none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    single, slot, duty = (none,) * 6, (none,) * 5 + (np.zeros(1, dtype=np.int64), none), (none,) * 3
    found = kernels.items_of(1, *single, *slot, *duty, nothing, nothing, 0.0)
    bases, quarters = np.zeros(1, dtype=bool), np.zeros(1, dtype=np.int64)
    kernels.best_minutes(1, 1, 0.0, np.zeros(2), 0.0, found[0], bases, quarters, *found[1:6])
    kernels.best_blocks(1, 1, 1, 0.0, 1, 1, -1, 0.0, found[0], bases, quarters, *found[1:6])


def _expand(
    layout: Layout, chosen: Ints, source: Ints, size: Ints, worth: Floats
) -> tuple[list[int], Places]:
    """Choices as options and duties; a group of n is the n learners of most worth."""
    options: list[int] = []
    places: Places = []
    start, members = layout.slot[5], layout.slot[6]
    for c in chosen.tolist():
        origin, count = int(source[c]), int(size[c])
        if count < 0:
            places.append(layout.places[-1 - count])
        elif origin >= 0:
            options.append(origin)
        else:
            rows = members[start[-1 - origin] : start[-origin]]
            options.extend(rows[np.argsort(-worth[rows], kind="stable")[:count]].tolist())
    return options, places


def _adult_bonus(problem: Problem, weight: float) -> Floats:
    """few_adults from above: c needs of a learner who has at most m count for c - 1 <= c (1 - 1/m)."""
    learner = problem.learner[problem.need]
    most = np.bincount(problem.learner[problem.learner >= 0], minlength=1)
    share = np.where(learner >= 0, 1.0 - 1.0 / np.maximum(most[np.maximum(learner, 0)], 1), 0.0)
    return np.asarray(weight * share)


def _uneven(problem: Problem, k: int, figure: Figure, capacity: int) -> Floats:
    """even_load at each number of minutes used (its weight is not positive: it is a cost)."""
    if not figure.uneven:
        return np.zeros(capacity + 1)
    used = np.arange(capacity + 1) + int(problem.facts.standing[k, 0])
    over = sum(
        (np.maximum(used - int(limit[0]), 0) for limit in load_limits(problem, k)), np.zeros(capacity + 1)
    )
    return np.asarray(figure.uneven * over, dtype=np.float64)
