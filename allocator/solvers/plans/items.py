"""What a person could do at each site under given worths, as items for the dynamic program (compiled).

An item is a run of choices, at most one of which is taken: the options of one need, the sizes of one group, or a
liaison duty. A choice that another one of its item beats in time, visits, cases and worth is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

from allocator.solvers.facts import Bools, Floats, Ints

SITE, QUARTERS, MINUTES, NEED, OPTION = range(5)
"""Columns of ``single``: options outside a slot, sorted by site and need."""
LEAST, MOST, BEGIN, END = 3, 4, 5, 6
"""Further columns of ``slots``, after site, quarters, minutes; BEGIN and END are rows of its members."""
TIME, CASES, SOURCE, SIZE, VISITS, PLACE = range(6)
"""Columns of the choices: minutes, cases, what it is (an option, -1 - slot, or DUTY), how many members or which duty,
quarter-visits, site."""
DUTY = -(1 << 40)
WIDTH = 6

Items = tuple[Ints, Ints, Ints, Floats]
"""Where each site's items start, where each item's choices start, the choices, and their worths."""


F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile once per installation; runs outside Python's lock."""
    return cast(F, njit(cache=True, nogil=True)(function))


@compiled
def _add(
    choices: Ints, worths: Floats, first: int, count: int, time: int, cases: int, source: int, size: int,
    visits: int, place: int, worth: float,
) -> int:  # fmt: skip
    """Put a choice behind those of its item that began at ``first``, unless one beats it; drop those it beats."""
    for c in range(first, count):
        row = choices[c]
        if row[TIME] <= time and row[CASES] <= cases and row[VISITS] <= visits and worths[c] >= worth:
            return count
    kept = first
    for c in range(first, count):
        row = choices[c]
        if row[TIME] < time or row[CASES] < cases or row[VISITS] < visits or worths[c] > worth:
            choices[kept] = row
            worths[kept] = worths[c]
            kept += 1
    row = choices[kept]
    row[TIME], row[CASES], row[SOURCE], row[SIZE], row[VISITS], row[PLACE] = (
        time, cases, source, size, visits, place
    )  # fmt: skip
    worths[kept] = worth
    return kept + 1


@compiled
def _group(
    slot: Ints, number: int, members: Ints, option_worth: Floats, case: float, choices: Ints,
    worths: Floats, count: int,
) -> int:  # fmt: skip
    """The sizes of a slot worth having: 1, 2, ... groups of the learners of most worth; each group is one case."""
    first = count
    values = np.empty(slot[END] - slot[BEGIN])
    positive = 0
    for i in range(len(values)):
        values[i] = -option_worth[members[slot[BEGIN] + i]]
        positive += values[i] < 0
    if positive == 0:
        return count
    values.sort()
    for groups in range(1, len(values) // slot[LEAST] + 1):
        best, size, total = 0.0, 0, -case * groups
        for i in range(min(len(values), groups * slot[MOST])):
            total -= values[i]
            if i + 1 >= groups * slot[LEAST] and total > best:
                best, size = total, i + 1
        if size > 0:
            count = _add(choices, worths, first, count, groups * slot[MINUTES], groups, -1 - number, size,
                         slot[QUARTERS], slot[SITE], best)  # fmt: skip
        if size < groups * slot[MOST]:
            break  # more groups would hold the same learners
    return count


@compiled
def items_of(
    sites: int, single: Ints, slots: Ints, members: Ints, duties: Ints, option_worth: Floats,
    duty_worth: Floats, case: float,
) -> Items:  # fmt: skip
    """Items of positive worth by site: where each site's items start, where each item's choices start, the choices
    and their worths. Every case, a group as one, is charged ``case``.
    """
    room = len(single) + len(members) + len(duties)
    site_start = np.zeros(sites + 1, dtype=np.int64)
    item_start = np.zeros(room + 1, dtype=np.int64)
    choices = np.empty((room, WIDTH), dtype=np.int64)
    worths = np.empty(room)
    items, count = 0, 0
    a, g, d = 0, 0, 0
    for s in range(sites):
        while a < len(single) and single[a, SITE] == s:
            need, first = single[a, NEED], count
            while a < len(single) and single[a, SITE] == s and single[a, NEED] == need:
                value = option_worth[single[a, OPTION]] - case
                if value > 0:
                    count = _add(choices, worths, first, count, single[a, MINUTES], 1, single[a, OPTION], 1,
                                 single[a, QUARTERS], s, value)  # fmt: skip
                a += 1
            if count > first:
                items += 1
                item_start[items] = count
        while g < len(slots) and slots[g, SITE] == s:
            first = count
            count = _group(slots[g], g, members, option_worth, case, choices, worths, count)
            if count > first:
                items += 1
                item_start[items] = count
            g += 1
        while d < len(duties) and duties[d, SITE] == s:
            if duty_worth[d] > 0:
                count = _add(choices, worths, count, count, duties[d, MINUTES], 0, DUTY, d, duties[d, QUARTERS], s,
                             duty_worth[d])  # fmt: skip
                items += 1
                item_start[items] = count
            d += 1
        site_start[s + 1] = items
    return site_start, item_start[: items + 1], choices[:count], worths[:count]


@compiled
def thinned(
    site_start: Ints, item_start: Ints, choices: Ints, worths: Floats, table: Floats, case: float,
    least: float,
) -> Items:  # fmt: skip
    """The items without choices that no week worth ``least`` holds: worth - ``case`` x cases + table[minutes left]."""
    sites, items, count = np.zeros_like(site_start), 0, 0
    starts, kept, kept_worths = np.zeros_like(item_start), np.empty_like(choices), np.empty_like(worths)
    for s in range(len(site_start) - 1):
        for i in range(site_start[s], site_start[s + 1]):
            before = count
            for c in range(item_start[i], item_start[i + 1]):
                left = len(table) - 1 - choices[c, TIME]
                if left >= 0 and worths[c] - case * choices[c, CASES] + table[left] >= least:
                    kept[count], kept_worths[count] = choices[c], worths[c]
                    count += 1
            if count > before:
                items += 1
                starts[items] = count
        sites[s + 1] = items
    return sites, starts[: items + 1], kept[:count], kept_worths[:count]


@compiled
def week_of(
    chosen: Ints, choices: Ints, slots: Ints, members: Ints, option_worth: Floats, need_of: Ints,
    needs: int, sites: int, bases: Bools, quarters: Ints, day: int,
) -> tuple[Ints, Ints, Ints, Ints, Bools, int, int, bool]:  # fmt: skip
    """What choices come to: options (a group of n is the n learners of most worth), duties, by site the minutes and
    quarter-visits, cases, and whether a need is served twice. Sites visited for longer than planned are ``late``.
    """
    room = 1
    for j in chosen:
        room += max(choices[j, SIZE], 1)
    options, duties = np.empty(room, dtype=np.int64), np.empty(len(chosen) + 1, dtype=np.int64)
    minutes, visits = np.zeros(sites, dtype=np.int64), np.zeros(sites, dtype=np.int64)
    late = np.zeros(sites, dtype=np.bool_)
    seen = np.zeros(needs, dtype=np.bool_)
    taken, held, cases = 0, 0, 0
    for j in chosen:
        row = choices[j]
        minutes[row[PLACE]] += row[TIME]
        visits[row[PLACE]] = max(visits[row[PLACE]], row[VISITS])
        cases += row[CASES]
        if row[SOURCE] == DUTY:
            duties[held] = row[SIZE]
            held += 1
        elif row[SOURCE] >= 0:
            options[taken] = row[SOURCE]
            taken += 1
        else:
            begin, end = slots[-1 - row[SOURCE], BEGIN], slots[-1 - row[SOURCE], END]
            used = np.zeros(end - begin, dtype=np.bool_)
            for _ in range(row[SIZE]):
                best = -1
                for i in range(end - begin):
                    if not used[i] and (
                        best < 0 or option_worth[members[begin + i]] > option_worth[members[begin + best]]
                    ):
                        best = i
                used[best] = True
                options[taken] = members[begin + best]
                taken += 1
    double = False
    for o in options[:taken]:
        double |= seen[need_of[o]]
        seen[need_of[o]] = True
    travel = 0
    for s in range(sites):
        if bases[s]:
            visits[s] = 0
        elif minutes[s] > 0:
            needed = -(-4 * minutes[s] // day)
            late[s] = needed > visits[s]
            visits[s] = max(visits[s], needed)
            travel += visits[s] * quarters[s]
    return np.sort(options[:taken]), np.sort(duties[:held]), minutes, visits, late, cases, travel, double
