"""Compiled loops of the dynamic program (numba). ``knapsack.py`` says what they compute; here is only how fast.

An item is a run of choices, at most one of which is used; items of a site are sorted by the quarter-visits they
need. ``taken[row, m]`` remembers which choice (from 1; 0 none) an item used at ``m`` minutes.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_NOTHING = -1e300
_DUST = 1e-12
_ALL_VISITS = 1 << 30
_MOST_VISITS = 20


@njit(cache=True)
def _fill(values, first, last, quarters, item_quarters, item_start, visits, minutes, worth, taken, row):
    """Add the items of a site that need at most ``quarters`` visits, in place; returns the next free row."""
    top = len(values) - 1
    for i in range(first, last):
        if item_quarters[i] > quarters:
            break
        for m in range(top, -1, -1):
            best = values[m]
            pick = 0
            for c in range(item_start[i], item_start[i + 1]):
                if minutes[c] <= m and visits[c] <= quarters:
                    tried = values[m - minutes[c]] + worth[c]
                    if tried > best + _DUST:
                        best = tried
                        pick = c - item_start[i] + 1
            values[m] = best
            taken[row, m] = pick
        row += 1
    return row


@njit(cache=True)
def _levels(first, last, is_base, item_quarters):
    """The numbers of quarter-visits worth trying at a site: those its items ask for."""
    if is_base:
        return np.full(1, _ALL_VISITS, dtype=np.int64)
    count = 0
    result = np.empty(last - first, dtype=np.int64)
    for i in range(first, last):
        if count == 0 or result[count - 1] != item_quarters[i]:
            result[count] = item_quarters[i]
            count += 1
    return result[:count]


@njit(cache=True)
def _rows_needed(site_start, bases, item_quarters):
    rows = 0
    for s in range(len(site_start) - 1):
        rows += (site_start[s + 1] - site_start[s]) * len(
            _levels(site_start[s], site_start[s + 1], bases[s], item_quarters)
        )
    return rows


@njit(cache=True)
def _site(
    top,
    day,
    charge,
    first,
    last,
    is_base,
    quarter,
    travel,
    item_quarters,
    item_start,
    visits,
    minutes,
    worth,
    taken,
    row,
):
    """What working at one site can bring: undominated (cost, value), each with its first row and local minutes.

    Working there at all is charged ``charge``. Cost is local minutes plus travel of max(level, what the day's
    length needs) quarter-visits; sorted by cost. Last comes the next row of ``taken`` that is free.
    """
    levels = _levels(first, last, is_base, item_quarters)
    room = (top + 1) * len(levels)
    cost = np.empty(room, dtype=np.int64)
    value = np.empty(room)
    local = np.empty((room, 2), dtype=np.int64)
    count = 0
    for number in range(len(levels)):
        if not is_base and levels[number] * quarter > top:
            break
        values = np.zeros(top + 1)
        begin = row
        row = _fill(
            values, first, last, levels[number], item_quarters, item_start, visits, minutes, worth, taken, row
        )
        for m in range(1, top + 1):
            if values[m] > values[m - 1] + _DUST:
                times = 0 if is_base else max(levels[number], -(-4 * m // day))
                if times > _MOST_VISITS or m + times * quarter > top:
                    break
                cost[count] = m + times * quarter
                value[count] = values[m] + travel * times * quarter - charge
                local[count, 0], local[count, 1] = begin, m
                count += 1
    order = np.argsort(cost[:count], kind="mergesort")
    kept = 0
    best = 0.0
    picks = np.empty(count, dtype=np.int64)
    for i in order:
        if value[i] > best + _DUST:
            if kept and cost[picks[kept - 1]] == cost[i]:
                kept -= 1
            picks[kept] = i
            best = value[i]
            kept += 1
    picks = picks[:kept]
    return cost[picks], value[picks], local[picks], row


@njit(cache=True)
def _unfill(begin, at, first, next_begin, item_start, minutes, taken, chosen, count):
    """Walk back through a site's items from ``at`` local minutes; rows ``begin`` to ``next_begin`` are its level's."""
    for i in range(next_begin - begin - 1, -1, -1):
        pick = taken[begin + i, at]
        if pick > 0:
            c = item_start[first + i] + pick - 1
            chosen[count] = c
            count += 1
            at -= minutes[c]
    return count


@njit(cache=True)
def _level_end(begin, row_end, first, last, site_begin, is_base, item_quarters):
    """Where the rows of the level that begins at ``begin`` end."""
    levels = _levels(first, last, is_base, item_quarters)
    row = site_begin
    for number in range(len(levels)):
        count = 0
        while first + count < last and item_quarters[first + count] <= levels[number]:
            count += 1
        if row == begin:
            return row + count
        row += count
    return row_end


@njit(cache=True, nogil=True)
def best_minutes(
    capacity,
    day,
    charge,
    penalty,
    travel,
    site_start,
    bases,
    quarters,
    item_quarters,
    item_start,
    visits,
    minutes,
    worth,
):
    """The best set of choices within ``capacity`` minutes; ``penalty[m]`` is added where m minutes are used.

    Returns the value and the positions of the choices used.
    """
    sites = len(site_start) - 1
    best = np.zeros(capacity + 1)
    taken = np.zeros((_rows_needed(site_start, bases, item_quarters), capacity + 1), dtype=np.uint8)
    picked = np.full((sites, capacity + 1), -1, dtype=np.int32)
    begins = np.zeros(sites + 1, dtype=np.int64)
    points = [(np.empty(0, dtype=np.int64), np.empty((0, 2), dtype=np.int64))]
    for s in range(sites):
        cost, value, local, row = _site(capacity, day, charge, site_start[s], site_start[s + 1], bases[s],
                                        quarters[s], travel, item_quarters, item_start, visits, minutes,
                                        worth, taken, begins[s])  # fmt: skip
        begins[s + 1] = row
        points.append((cost, local))
        for m in range(capacity, -1, -1):
            top = best[m]
            for i in range(len(cost)):
                if cost[i] > m:
                    break
                tried = best[m - cost[i]] + value[i]
                if tried > top + _DUST:
                    top = tried
                    picked[s, m] = i
            best[m] = top
    at = 0
    for m in range(capacity + 1):
        if best[m] + penalty[m] > best[at] + penalty[at] + _DUST:
            at = m
    total = best[at] + penalty[at]
    chosen = np.empty(len(item_quarters), dtype=np.int64)
    count = 0
    for s in range(sites - 1, -1, -1):
        i = picked[s, at]
        if i >= 0:
            cost, local = points[s + 1]
            end = _level_end(
                local[i, 0],
                begins[s + 1],
                site_start[s],
                site_start[s + 1],
                begins[s],
                bases[s],
                item_quarters,
            )
            count = _unfill(
                local[i, 0], local[i, 1], site_start[s], end, item_start, minutes, taken, chosen, count
            )
            at -= cost[i]
    return total, chosen[:count]


@njit(cache=True, nogil=True)
def best_blocks(blocks, block_minutes, day, charge, least, most_sites, must, travel, site_start, bases,
                quarters, item_quarters, item_start, visits, minutes, worth):  # fmt: skip
    """The best split of ``blocks`` over sites, each 0 or at least ``least``; site ``must`` (or -1) holds some.

    Returns the value, the positions of the choices used, and the blocks of each site.
    """
    sites, top = len(site_start) - 1, blocks * block_minutes
    taken = np.zeros((_rows_needed(site_start, bases, item_quarters), top + 1), dtype=np.uint8)
    begins = np.zeros(sites + 1, dtype=np.int64)
    held = np.zeros((sites, most_sites + 1, blocks + 1), dtype=np.int64)
    point = np.full((sites, blocks + 1), -1, dtype=np.int64)
    value = np.full((most_sites + 1, blocks + 1), _NOTHING)
    value[0, 0] = 0.0
    places = [np.empty((0, 2), dtype=np.int64)]
    for s in range(sites):
        cost, gain, local, row = _site(top, day, charge, site_start[s], site_start[s + 1], bases[s],
                                       quarters[s], travel, item_quarters, item_start, visits, minutes,
                                       worth, taken, begins[s])  # fmt: skip
        begins[s + 1] = row
        places.append(local)
        week = np.zeros(blocks + 1)
        i = 0
        for b in range(blocks + 1):
            while i < len(cost) and cost[i] <= b * block_minutes:
                i += 1
            if i > 0:
                week[b], point[s, b] = gain[i - 1], i - 1
        result = np.full((most_sites + 1, blocks + 1), _NOTHING) if s == must else value.copy()
        for b in range(least, blocks + 1):
            for n in range(1, most_sites + 1):
                for total in range(b, blocks + 1):
                    tried = value[n - 1, total - b] + week[b]
                    if tried > result[n, total] + _DUST:
                        result[n, total] = tried
                        held[s, n, total] = b
        value = result
    n = int(np.argmax(value[:, blocks]))
    worth_of_all = value[n, blocks]
    left = blocks
    chosen = np.empty(len(item_quarters), dtype=np.int64)
    count = 0
    shares = np.zeros(sites, dtype=np.int64)
    for s in range(sites - 1, -1, -1):
        b = held[s, n, left]
        if b > 0:
            shares[s] = b
            i = point[s, b]
            if i >= 0:
                begin, at = places[s + 1][i, 0], places[s + 1][i, 1]
                end = _level_end(
                    begin, begins[s + 1], site_start[s], site_start[s + 1], begins[s], bases[s], item_quarters
                )
                count = _unfill(begin, at, site_start[s], end, item_start, minutes, taken, chosen, count)
            n -= 1
            left -= b
    return worth_of_all, chosen[:count], shares


@njit(cache=True, nogil=True)
def items_of(sites, single_site, single_first, single_quarters, single_need, single_minutes, single_option,
             slot_site, slot_quarters, slot_minutes, slot_least, slot_most, slot_start, slot_option,
             duty_site, duty_quarters, duty_minutes, duty_worth, option_worth, case):  # fmt: skip
    """Items of positive worth, by site, fewest visits first.

    ``source`` says what a choice is: an option (>= 0), a group of ``size`` best learners of a slot (-1 - slot), or a
    liaison duty (``size`` = -1 - duty, source = -1). Every case, a group as one, is charged ``case``.
    """
    room = len(single_option) + len(slot_option) + len(duty_site)
    site_start = np.zeros(sites + 1, dtype=np.int64)
    item_quarters = np.empty(room, dtype=np.int64)
    item_start = np.zeros(room + 1, dtype=np.int64)
    visits = np.empty(room, dtype=np.int64)
    minutes = np.empty(room, dtype=np.int64)
    worth = np.empty(room)
    source = np.empty(room, dtype=np.int64)
    size = np.zeros(room, dtype=np.int64)
    items, choices = 0, 0
    a, g, d = 0, 0, 0
    for s in range(sites):
        while True:
            qa = single_first[a] if a < len(single_site) and single_site[a] == s else _ALL_VISITS
            qg = slot_quarters[g] if g < len(slot_site) and slot_site[g] == s else _ALL_VISITS
            qd = duty_quarters[d] if d < len(duty_site) and duty_site[d] == s else _ALL_VISITS
            quarters = min(qa, qg, qd)
            if quarters == _ALL_VISITS:
                break
            before = choices
            if qa == quarters:
                need = single_need[a]
                while a < len(single_site) and single_site[a] == s and single_need[a] == need:
                    value = option_worth[single_option[a]] - case
                    if value > 0:
                        minutes[choices], worth[choices], source[choices] = (
                            single_minutes[a],
                            value,
                            single_option[a],
                        )
                        visits[choices] = single_quarters[a]
                        choices += 1
                    a += 1
            elif qg == quarters:
                count = slot_start[g + 1] - slot_start[g]
                values = np.empty(count)
                for i in range(count):
                    values[i] = -option_worth[slot_option[slot_start[g] + i]]
                values = np.sort(values)
                for groups in range(1, count // slot_least[g] + 1):
                    best, at, total = 0.0, 0, -case * groups
                    for i in range(min(count, groups * slot_most[g])):
                        total -= values[i]
                        if i + 1 >= groups * slot_least[g] and total > best:
                            best, at = total, i + 1
                    if at > 0:
                        minutes[choices], worth[choices], source[choices], size[choices] = (
                            groups * slot_minutes[g],
                            best,
                            -1 - g,
                            at,
                        )
                        visits[choices] = quarters
                        choices += 1
                g += 1
            else:
                if duty_worth[d] > 0:
                    minutes[choices], worth[choices], source[choices], size[choices] = (
                        duty_minutes[d],
                        duty_worth[d],
                        -1,
                        -1 - d,
                    )
                    visits[choices] = quarters
                    choices += 1
                d += 1
            if choices > before:
                item_quarters[items] = quarters
                items += 1
                item_start[items] = choices
        site_start[s + 1] = items
    return (
        site_start,
        item_quarters[:items],
        item_start[: items + 1],
        visits[:choices],
        minutes[:choices],
        worth[:choices],
        source[:choices],
        size[:choices],
    )
