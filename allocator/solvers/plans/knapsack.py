"""A person's best week by dynamic programming over minutes, and over cases where they are counted.

    best[c, m]: the most that at most c cases and m minutes a week bring, site after site, in place:
    open a site at v quarter-visits:  site[c, m] = max over v of best[c, m - v x quarter] + v x quarter x travel weight
    each item there (one choice):     site[c, m] = max(site[c, m], site[c - cases, m - minutes] + worth)
    then                              best       = max(best, site)

At a site that is not ``STRICT`` the visits are those the choices ask for; a day too long for them is left out (R5). At
a strict one every local time is a choice of its own, with the visits it needs. Coordinators instead hold each site in
blocks: the same tables site by site from nothing, then a program over blocks. The loops are compiled (``items.py``,
``kernels.py``); what does not change with prices is laid out once per person (``Layout``). R6's limits on cases are
layers or charges, those on sites and travel charges (``Charges``); R1 across sites and slots is left out.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from allocator.solvers.facts import Bools, Floats, Ints
from allocator.solvers.plan import load_limits
from allocator.solvers.plans.column import Figure
from allocator.solvers.problem import Problem

Places = list[tuple[int, int]]
_local = threading.local()


@dataclass(frozen=True, eq=False)
class Layout:
    """One person's items in the order the kernels read them; positions of sites are within ``sites``."""

    sites: Ints
    single: Ints
    """Options outside a slot, columns as in ``items.py``, sorted by site and need."""
    slots: Ints
    members: Ints
    """Options of the slots, one slot after the other."""
    duties: Ints
    places: tuple[tuple[int, int], ...]
    """(site, term) of each row of ``duties``."""
    bases: Bools
    quarters: Ints
    """Minutes of one quarter-visit to each site."""
    rows: int
    """Tables that a run of the dynamic program needs."""
    learner_share: Floats
    """For few_adults, per option of the person: 1 - 1 / needs of its learner."""
    options: Ints
    """The person's options."""


@dataclass(frozen=True, eq=False)
class Week:
    """A person's best week: a bound on its worth, the options, duties and shares behind it, and what it takes."""

    bound: float
    options: Ints
    places: Places
    shares: dict[int, int]
    minutes: Ints
    """Delivery at each site of the layout, liaison included."""
    visits: Ints
    late: Bools
    """Sites whose day is longer than the program saw."""
    cases: int
    travel: int
    double: bool
    """Whether a need is served twice."""
    table: Floats
    """What at most so many minutes bring (empty for coordinators)."""


def layout_of(problem: Problem, k: int) -> Layout:
    """Lay out person ``k`` of a problem of one term."""
    facts = problem.facts
    options = problem.options_of_person[k]
    places = [(s, t) for s, t in problem.liaison_duty if problem.may_be_liaison(k, s, t)]
    sites = np.union1d(
        np.unique(problem.site[options]),
        np.array([s for s, _ in places] + list(problem.share_sites[k]), dtype=np.int64),
    )
    alone = options[problem.slot[options] < 0]
    alone = alone[np.lexsort((problem.need[alone], problem.site[alone]))]
    single = np.stack(
        [np.searchsorted(sites, problem.site[alone]), problem.quarters[alone], problem.minutes[alone],
         problem.need[alone], alone], axis=1,
    )  # fmt: skip
    places.sort(key=lambda place: int(np.searchsorted(sites, place[0])))
    quarters, minutes = int(facts.liaison_quarters[k]), int(facts.liaison_minutes[k])
    rows = [(int(np.searchsorted(sites, s)), quarters, minutes) for s, _ in places]
    duties = np.array(rows, dtype=np.int64).reshape(-1, 3)
    slots, members = _slots(problem, options, sites)
    return Layout(
        sites, np.ascontiguousarray(single), slots, members, duties, tuple(places), sites == facts.base[k],
        facts.quarter[k, sites], _rows(len(sites), single, slots, duties), _learner_share(problem, options), options,
    )  # fmt: skip


def _slots(problem: Problem, options: Ints, sites: Ints) -> tuple[Ints, Ints]:
    codes = [slot for slot in np.unique(problem.slot[options]).tolist() if slot >= 0]
    codes.sort(key=lambda slot: (int(np.searchsorted(sites, problem.slots[slot].site)), slot))
    rows, members, begin = [], [np.zeros(0, dtype=np.int64)], 0
    for slot in codes:
        form, mine = problem.slots[slot], problem.options_of_slot[slot]
        site, end = int(np.searchsorted(sites, form.site)), begin + len(mine)
        rows.append((site, form.quarters, form.minutes, form.least, form.most, begin, end))
        members.append(mine)
        begin = end
    return np.array(rows, dtype=np.int64).reshape(-1, 7), np.concatenate(members)


def _rows(sites: int, single: Ints, slots: Ints, duties: Ints) -> int:
    """One table before and after every site, and one for every item and level of the largest."""
    largest = 0
    for s in range(sites):
        here = [table[table[:, 0] == s] for table in (single, slots, duties)]
        levels = len(np.unique(np.concatenate([table[:, 1] for table in here])))
        largest = max(largest, len(np.unique(here[0][:, 3])) + len(here[1]) + len(here[2]) + levels)
    return sites + largest + 3


def _learner_share(problem: Problem, options: Ints) -> Floats:
    """few_adults from above: c needs of a learner who has at most m count for c - 1 <= c (1 - 1/m)."""
    learner = problem.learner[problem.need[options]]
    most = np.bincount(problem.learner[problem.learner >= 0], minlength=1)
    return np.where(learner >= 0, 1.0 - 1.0 / np.maximum(most[np.maximum(learner, 0)], 1), 0.0)


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


@dataclass(frozen=True, eq=False)
class Fixing:
    """Reduced costs: a choice is left out where no week with it is worth more than ``worth``, that of a week known.

    Such a week brings at most the choice's worth and the best of everything else (``table``) in the minutes left.
    """

    table: Floats
    case: float
    rebate: float
    worth: float


@dataclass(frozen=True, eq=False)
class Asked:
    """What a run is asked beside worths: whether cases are counted exactly, what holds at each site of the layout
    (``kernels.STRICT``, ``MUST``, ``CLOSED``; nothing where None), and which choices need not be looked at.
    """

    layered: bool = False
    sites: Ints | None = None
    fixing: Fixing | None = None


def best_week(problem: Problem, layout: Layout, k: int, figure: Figure, duty: dict[tuple[int, int], float],
              charges: Charges, grid: int = 1, asked: Asked | None = None) -> Week:  # fmt: skip
    """Bound on person ``k``'s worth in the only term, and the week behind it.

    With a ``grid`` of several minutes all times are rounded down to it: many times faster, the bound stays valid but
    is weaker, and the week may be somewhat too long.
    """
    from allocator.solvers.plans.items import items_of, thinned, week_of

    facts = problem.facts
    count = len(layout.sites)
    if facts.bookable[k, 0] <= facts.standing[k, 0] or count == 0:
        return _idle(count)
    asked = asked or Asked()
    worth = figure.options
    if figure.adults > 0:
        worth = worth.copy()
        worth[layout.options] += figure.adults * layout.learner_share
    duties = np.array([duty.get(place, 0.0) for place in layout.places], dtype=np.float64)
    items = items_of(
        count, layout.single, layout.slots, layout.members, layout.duties, worth, duties, charges.case
    )
    if asked.fixing is not None and grid == 1:
        fixing = asked.fixing
        items = thinned(*items, fixing.table, fixing.case - charges.case, fixing.worth - fixing.rebate)
    run = _blocks if facts.coordinator[k] else _minutes
    bound, chosen, shares, table = run(problem, layout, k, figure, charges, grid, asked, items)
    options, held, minutes, visits, late, cases, travel, double = week_of(
        chosen, items[2], layout.slots, layout.members, worth, problem.need, len(problem.needs), count,
        layout.bases, layout.quarters, int(facts.day[k]),
    )  # fmt: skip
    places = [layout.places[d] for d in held.tolist()]
    return Week(bound + charges.rebate(problem, k), options, places, shares, minutes, visits, late, int(cases),
                int(travel), bool(double), table)  # fmt: skip


Found = tuple[float, Ints, dict[int, int], Floats]


def _minutes(problem: Problem, layout: Layout, k: int, figure: Figure, charges: Charges, grid: int, asked: Asked,
             items: tuple[Any, ...]) -> Found:  # fmt: skip
    from allocator.solvers.plans.kernels import best_minutes

    facts = problem.facts
    capacity = int(facts.bookable[k, 0] - facts.standing[k, 0]) // grid
    layers = int(facts.max_cases[k]) + 1 if asked.layered else 1
    tables, log = _space(layout.rows, layers * (capacity + 1))
    bound, chosen, table = best_minutes(
        tables, log, capacity, layers, int(facts.day[k]), charges.site, _uneven(problem, k, figure, capacity, grid),
        figure.travel * float(facts.weeks[0]) - charges.travel, _states(layout, asked), layout.bases, layout.quarters,
        grid, *items,
    )  # fmt: skip
    return float(bound), chosen, {}, table


def _blocks(problem: Problem, layout: Layout, k: int, figure: Figure, charges: Charges, grid: int, asked: Asked,
            items: tuple[Any, ...]) -> Found:  # fmt: skip
    from allocator.solvers.plans.kernels import best_blocks

    facts = problem.facts
    blocks, least, block = int(facts.blocks[k]), facts.min_blocks, int(facts.block_minutes[k, 0])
    most = min(int(facts.max_sites[k]), len(problem.share_sites[k]), blocks // max(least, 1))
    employer = problem.employer_site[k]
    must = int(np.flatnonzero(layout.sites == employer)[0]) if employer in layout.sites else -1
    tables, log = _space(layout.rows, blocks * block // grid + 1)
    bound, chosen, held = best_blocks(
        tables, log, blocks, block, int(facts.day[k]), charges.site, least, most, must,
        figure.travel * float(facts.weeks[0]) - charges.travel, _states(layout, asked), layout.bases, layout.quarters,
        grid, *items,
    )  # fmt: skip
    return float(bound), chosen, {int(layout.sites[i]): int(b) for i, b in enumerate(held) if b}, np.zeros(0)


def _states(layout: Layout, asked: Asked) -> Ints:
    return np.zeros(len(layout.sites), dtype=np.int64) if asked.sites is None else asked.sites


def _space(rows: int, size: int) -> tuple[Floats, Ints]:
    """This thread's tables and their log: fresh memory for every run would cost more than the run."""
    if getattr(_local, "tables", None) is None or len(_local.tables) < rows * size or len(_local.log) < rows:
        _local.tables = np.empty(max(rows * size, len(getattr(_local, "tables", ()))))
        _local.log = np.empty(max(rows, len(getattr(_local, "log", ()))), dtype=np.int64)
    return _local.tables, _local.log


def _idle(sites: int) -> Week:
    none = np.zeros(0, dtype=np.int64)
    nowhere = np.zeros(sites, dtype=np.int64)
    return Week(0.0, none, [], {}, nowhere, nowhere, nowhere > 0, 0, 0, False, np.zeros(0))


def ready() -> None:
    """Load the compiled loops, compiling them once per installation (some seconds), so that no search waits for it."""
    from allocator.solvers.plans import items, kernels

    none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    slots = np.zeros((0, 7), dtype=np.int64)
    found = items.items_of(
        1,
        np.zeros((0, 5), dtype=np.int64),
        slots,
        none,
        np.zeros((0, 3), dtype=np.int64),
        nothing,
        nothing,
        0.0,
    )
    items.thinned(*found, nothing, 0.0, 0.0)
    bases, quarters = np.zeros(1, dtype=bool), np.zeros(1, dtype=np.int64)
    items.week_of(none, found[2], slots, none, nothing, none, 0, 1, bases, quarters, 1)
    tables, log = np.empty(16), np.empty(8, dtype=np.int64)
    kernels.best_minutes(tables, log, 1, 1, 1, 0.0, np.zeros(2), 0.0, quarters, bases, quarters, 1, *found)
    kernels.best_blocks(tables, log, 1, 1, 1, 0.0, 1, 1, -1, 0.0, quarters, bases, quarters, 1, *found)


def _uneven(problem: Problem, k: int, figure: Figure, capacity: int, grid: int) -> Floats:
    """even_load at each number of grid steps used (its weight is not positive: it is a cost)."""
    if not figure.uneven:
        return np.zeros(capacity + 1)
    used = np.arange(capacity + 1) * grid + int(problem.facts.standing[k, 0])
    over = sum(
        (np.maximum(used - int(limit[0]), 0) for limit in load_limits(problem, k)), np.zeros(capacity + 1)
    )
    return np.asarray(figure.uneven * over, dtype=np.float64)
