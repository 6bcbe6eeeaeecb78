"""Compiled loops of the dynamic program (numba). ``knapsack.py`` says what they compute; here is how.

A table says what at most ``m`` minutes and at most ``c`` cases bring: shape (layers, minutes + 1), one layer where
cases are not counted. ``tables`` holds many: row s is the table after s sites, then come scratch rows. What was taken
is not written down: the way back runs the few sites that are used once more, keeps their scratch rows, and compares
tables (the same sums in the same order, so the same bits). ``_raised`` and ``_raise`` are plain loops over slices,
because compilers turn those into vector instructions.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from allocator.solvers.plans.items import CASES, TIME, VISITS

_NOTHING = -1e300
_DUST = 1e-12
_MOST_VISITS = 20
_ALL_VISITS = 1 << 30
STRICT, MUST, CLOSED = 1, 2, 4
"""What is asked of a site: that the day's length is kept exactly; that something happens there; that nothing does."""


@njit(cache=True, nogil=True)
def _raised(to, old, source, minutes, cases, worth):
    """to[c, m] = max(old[c, m], source[c - cases, m - minutes] + worth)."""
    width = to.shape[1]
    shift = min(minutes, width)
    for c in range(to.shape[0]):
        if c < cases:
            to[c, :] = old[c, :]
            continue
        to[c, :shift] = old[c, :shift]
        goal, kept, moved = to[c, shift:], old[c, shift:], source[c - cases, : width - shift]
        for m in range(width - shift):
            goal[m] = max(kept[m], moved[m] + worth)


@njit(cache=True, nogil=True)
def _raise(to, source, minutes, cases, worth):
    """to[c, m] = max(to[c, m], source[c - cases, m - minutes] + worth)."""
    width = to.shape[1]
    shift = min(minutes, width)
    for c in range(cases, to.shape[0]):
        goal, moved = to[c, shift:], source[c - cases, : width - shift]
        for m in range(width - shift):
            goal[m] = max(goal[m], moved[m] + worth)


@njit(cache=True, nogil=True)
def _item(to, old, first, last, quarters, choices, worths, counted, grid):
    """One item: at most one of its choices that need at most ``quarters`` visits."""
    begun = False
    for c in range(first, last):
        if choices[c, VISITS] <= quarters:
            minutes, cases = choices[c, TIME] // grid, choices[c, CASES] * counted
            if begun:
                _raise(to, old, minutes, cases, worths[c])
            else:
                _raised(to, old, old, minutes, cases, worths[c])
                begun = True


@njit(cache=True, nogil=True)
def _levels(first, last, is_base, item_start, choices):
    """The numbers of quarter-visits worth trying at a site: those its choices ask for, most first."""
    if is_base:
        return np.full(1, _ALL_VISITS, dtype=np.int64)
    result = np.empty(item_start[last] - item_start[first], dtype=np.int64)
    count = 0
    for c in range(item_start[first], item_start[last]):
        quarters, i = choices[c, VISITS], 0
        while i < count and result[i] > quarters:
            i += 1
        if i == count or result[i] != quarters:
            for j in range(count, i, -1):
                result[j] = result[j - 1]
            result[i] = quarters
            count += 1
    return result[:count]


@njit(cache=True, nogil=True)
def _most_visits(first, last, top, choices):
    """The most visits that a choice of an item needs, of those that need at most ``top``; -1 if none."""
    most = -1
    for c in range(first, last):
        if most < choices[c, VISITS] <= top:
            most = choices[c, VISITS]
    return most


@njit(cache=True, nogil=True)
def _clean(first, last, top, level, item_start, choices):
    """Whether no item has choices for more visits than ``level`` (up to ``top``) and others for fewer or as many."""
    for i in range(first, last):
        if _most_visits(item_start[i], item_start[i + 1], top, choices) > level:
            for c in range(item_start[i], item_start[i + 1]):
                if choices[c, VISITS] <= level:
                    return False
    return True


@njit(cache=True, nogil=True)
def _site_pass(tables, base, row, keep, log, first, last, levels, begin, quarter, travel, charge, item_start,
               choices, worths, counted, grid):  # fmt: skip
    """One pass over a site's items from most visits to fewest, from level ``begin`` on, in place from ``base``.

    The site is opened at a level (minutes of travel, once) before the items of that level are added, so that what was
    opened at fewer visits never holds an item that needs more. A level cannot be opened in this pass where an item
    has choices on both sides of it; then the next pass starts there. Returns the last row and the next pass's level.
    ``log[row]`` says what made a row: an item, or -1 - level for an opening. ``keep`` keeps all rows, else two serve.
    """
    top, other, following = levels[begin], row + 1, len(levels)
    for number in range(begin, len(levels)):
        level = levels[number]
        visits = 0 if level == _ALL_VISITS else level
        away = visits * quarter
        gain = travel * away - charge
        if number == begin:
            tables[row, :, :] = _NOTHING
            _raise(tables[row], tables[base], away // grid, 0, gain)
            log[row] = -1 - number
        elif following == len(levels) and _clean(first, last, top, level, item_start, choices):
            _raised(tables[other], tables[row], tables[base], away // grid, 0, gain)
            log[other] = -1 - number
            row, other = other, other + 1 if keep else row
        elif following == len(levels):
            following = number
        for i in range(first, last):
            if _most_visits(item_start[i], item_start[i + 1], top, choices) == level or level == _ALL_VISITS:
                _item(tables[other], tables[row], item_start[i], item_start[i + 1], level, choices, worths, counted,
                      grid)  # fmt: skip
                log[other] = i
                row, other = other, other + 1 if keep else row
    return row, following


@njit(cache=True, nogil=True)
def _merge(to, old, table):
    for c in range(to.shape[0]):
        goal, one, two = to[c, :], old[c, :], table[c, :]
        for m in range(to.shape[1]):
            goal[m] = max(one[m], two[m])


@njit(cache=True, nogil=True)
def _local(tables, row, keep, log, first, last, level, item_start, choices, worths, counted, grid):
    """What local minutes at a site bring at ``level`` visits, travel left out; returns the last row."""
    tables[row, :, :] = 0.0
    log[row] = -1
    other = row + 1
    for i in range(first, last):
        if _most_visits(item_start[i], item_start[i + 1], level, choices) >= 0:
            _item(
                tables[other],
                tables[row],
                item_start[i],
                item_start[i + 1],
                level,
                choices,
                worths,
                counted,
                grid,
            )
            log[other] = i
            row, other = other, other + 1 if keep else row
    return row


@njit(cache=True, nogil=True)
def _visits(level, minutes, day):
    """R5: quarter-visits for so many local minutes, at least ``level``; none at the base."""
    return 0 if level == _ALL_VISITS else max(level, -(-4 * minutes // day))


@njit(cache=True, nogil=True)
def _strict_points(table, to, base, level, higher, must, day, quarter, travel, charge, grid):
    """Every local time of a site with the visits that its day's length needs, each as one choice.

    Where that takes as many visits as the next ``higher`` level, that level brought no less.
    """
    for c in range(table.shape[0]):
        for m in range(1, table.shape[1]):
            value = table[c, m]
            if value <= table[c, m - 1] or (c > 0 and value <= table[c - 1, m]):
                continue
            visits = _visits(level, m * grid, day)
            cost = m + visits * quarter // grid
            if visits > _MOST_VISITS or visits >= higher or cost >= table.shape[1]:
                break
            gain = value + travel * visits * quarter - charge
            if must or gain > 0.0:
                _raise(to, base, cost, c, gain)


@njit(cache=True, nogil=True)
def _site(tables, base, to, scratch, log, asked, first, last, is_base, quarter, travel, charge, day, item_start,
          choices, worths, counted, grid):  # fmt: skip
    """tables[to] = the best of tables[base] and what the site adds to it."""
    if asked & MUST:
        tables[to, :, :] = _NOTHING
    else:
        tables[to] = tables[base]
    if first == last or asked & CLOSED:
        return
    levels = _levels(first, last, is_base, item_start, choices)
    if asked & STRICT and not is_base:
        higher = _ALL_VISITS
        for level in levels:
            row = _local(
                tables, scratch, False, log, first, last, level, item_start, choices, worths, counted, grid
            )
            _strict_points(
                tables[row],
                tables[to],
                tables[base],
                level,
                higher,
                asked & MUST,
                day,
                quarter,
                travel,
                charge,
                grid,
            )
            higher = level
        return
    begin = 0
    while begin < len(levels):
        row, begin = _site_pass(tables, base, scratch, False, log, first, last, levels, begin, quarter, travel, charge,
                                item_start, choices, worths, counted, grid)  # fmt: skip
        _merge(tables[to], tables[to], tables[row])


@njit(cache=True, nogil=True)
def _undo_items(
    tables, row, begin, log, c, m, level, item_start, choices, worths, counted, grid, chosen, count
):
    """Walk back from ``tables[row]`` at (c, m) to the row ``begin``, or to an opening; returns row, c, m, count."""
    while row > begin and log[row] >= 0:
        if tables[row, c, m] != tables[row - 1, c, m]:
            i = log[row]
            for j in range(item_start[i], item_start[i + 1]):
                minutes, cases = choices[j, TIME] // grid, choices[j, CASES] * counted
                if (
                    choices[j, VISITS] <= level and minutes <= m and cases <= c
                    and tables[row - 1, c - cases, m - minutes] + worths[j] == tables[row, c, m]
                ):  # fmt: skip
                    chosen[count] = j
                    count += 1
                    c, m = c - cases, m - minutes
                    break
        row -= 1
    return row, c, m, count


@njit(cache=True, nogil=True)
def _undo_strict(tables, base, to, scratch, log, first, last, levels, quarter, travel, charge, day, item_start,
                 choices, worths, counted, grid, c, m, chosen, count):  # fmt: skip
    """What a strict site took at (c, m); returns c, m before it, and the number of choices."""
    goal = tables[to, c, m]
    for level in levels:
        row = _local(
            tables, scratch, True, log, first, last, level, item_start, choices, worths, counted, grid
        )
        for cases in range(c + 1):
            for minutes in range(1, m + 1):
                visits = _visits(level, minutes * grid, day)
                cost = minutes + visits * quarter // grid
                if visits > _MOST_VISITS or cost > m:
                    break
                gain = tables[row, cases, minutes] + travel * visits * quarter - charge
                if tables[base, c - cases, m - cost] + gain == goal:
                    _, _, _, count = _undo_items(tables, row, scratch, log, cases, minutes, level, item_start, choices,
                                                 worths, counted, grid, chosen, count)  # fmt: skip
                    return c - cases, m - cost, count
    return c, m, count


@njit(cache=True, nogil=True)
def _undo(tables, base, to, scratch, log, asked, first, last, is_base, quarter, travel, charge, day, item_start,
          choices, worths, counted, grid, c, m, chosen, count):  # fmt: skip
    """What a site took at (c, m) of ``tables[to]``; returns c, m before it, and the number of choices."""
    goal = tables[to, c, m]
    if first == last or asked & CLOSED or (goal == tables[base, c, m] and not asked & MUST):
        return c, m, count
    levels = _levels(first, last, is_base, item_start, choices)
    if asked & STRICT and not is_base:
        return _undo_strict(tables, base, to, scratch, log, first, last, levels, quarter, travel, charge, day,
                            item_start, choices, worths, counted, grid, c, m, chosen, count)  # fmt: skip
    begin = 0
    while begin < len(levels):
        top = levels[begin]
        row, begin = _site_pass(tables, base, scratch, True, log, first, last, levels, begin, quarter, travel, charge,
                                item_start, choices, worths, counted, grid)  # fmt: skip
        if tables[row, c, m] != goal:
            continue
        while True:
            row, c, m, count = _undo_items(tables, row, scratch, log, c, m, top, item_start, choices, worths, counted,
                                           grid, chosen, count)  # fmt: skip
            if row > scratch and tables[row, c, m] == tables[row - 1, c, m]:
                row -= 1
                continue
            visits = levels[-1 - log[row]]
            return c, m - (0 if visits == _ALL_VISITS else visits * quarter // grid), count
    return c, m, count


@njit(cache=True, nogil=True)
def best_minutes(tables, log, capacity, layers, day, charge, penalty, travel, asked, bases, quarters, grid, site_start,
                 item_start, choices, worths):  # fmt: skip
    """The best set of choices within ``capacity`` grid steps; ``penalty[m]`` is added where m steps are used.

    ``layers`` - 1 is the most cases, or cases are not counted (``layers`` 1). Returns the value, the choices used, and
    what at most so many steps bring.
    """
    sites, counted = len(site_start) - 1, 1 if layers > 1 else 0
    rows = len(tables) // (layers * (capacity + 1))
    table = tables[: rows * layers * (capacity + 1)].reshape((rows, layers, capacity + 1))
    table[0, :, :] = 0.0
    for s in range(sites):
        _site(table, s, s + 1, sites + 1, log, asked[s], site_start[s], site_start[s + 1], bases[s], quarters[s],
              travel, charge, day, item_start, choices, worths, counted, grid)  # fmt: skip
    m, c = 0, layers - 1
    last = table[sites, c].copy()
    for i in range(capacity + 1):
        if last[i] + penalty[i] > last[m] + penalty[m] + _DUST:
            m = i
    total = last[m] + penalty[m]
    chosen = np.empty(len(item_start), dtype=np.int64)
    count = 0
    if total <= _NOTHING / 2:
        return total, chosen[:0], last
    for s in range(sites - 1, -1, -1):
        c, m, count = _undo(table, s, s + 1, sites + 1, log, asked[s], site_start[s], site_start[s + 1], bases[s],
                            quarters[s], travel, charge, day, item_start, choices, worths, counted, grid, c, m, chosen,
                            count)  # fmt: skip
    return total, chosen[:count], last


@njit(cache=True, nogil=True)
def best_blocks(tables, log, blocks, block, day, charge, least, most_sites, must, travel, asked, bases, quarters, grid,
                site_start, item_start, choices, worths):  # fmt: skip
    """The best split of ``blocks`` of ``block`` minutes over sites, each 0 or at least ``least``; site ``must`` (or
    -1) holds some. Returns the value, the choices used, and the blocks of each site.
    """
    sites, width = len(site_start) - 1, blocks * block // grid + 1
    rows = len(tables) // width
    table = tables[: rows * width].reshape((rows, 1, width))
    table[0, :, :] = 0.0
    held = np.zeros((sites, most_sites + 1, blocks + 1), dtype=np.int64)
    value = np.full((most_sites + 1, blocks + 1), _NOTHING)
    value[0, 0] = 0.0
    for s in range(sites):
        _site(table, 0, s + 1, sites + 1, log, asked[s], site_start[s], site_start[s + 1], bases[s], quarters[s],
              travel, charge, day, item_start, choices, worths, 0, grid)  # fmt: skip
        result = np.full((most_sites + 1, blocks + 1), _NOTHING) if s == must else value.copy()
        for b in range(least, blocks + 1):
            week = table[s + 1, 0, b * block // grid]
            for n in range(1, most_sites + 1):
                for total in range(b, blocks + 1):
                    tried = value[n - 1, total - b] + week
                    if tried > result[n, total] + _DUST:
                        result[n, total] = tried
                        held[s, n, total] = b
        value = result
    n, left, count = int(np.argmax(value[:, blocks])), blocks, 0
    total_worth = value[n, blocks]
    chosen = np.empty(len(item_start), dtype=np.int64)
    shares = np.zeros(sites, dtype=np.int64)
    for s in range(sites - 1, -1, -1):
        b = held[s, n, left]
        if b > 0 and total_worth > _NOTHING / 2:
            shares[s] = b
            _, _, count = _undo(table, 0, s + 1, sites + 1, log, asked[s], site_start[s], site_start[s + 1], bases[s],
                                quarters[s], travel, charge, day, item_start, choices, worths, 0, grid, 0,
                                b * block // grid, chosen, count)  # fmt: skip
            n, left = n - 1, left - b
    return total_worth, chosen[:count], shares
