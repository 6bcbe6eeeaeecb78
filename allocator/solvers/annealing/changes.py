"""Compiled: one change to a plan, and what it does to every sum. Formulas: docs/model.md, R2, R4 to R6, R10."""

from __future__ import annotations

from allocator.solvers.annealing.compiling import entry, inlined
from allocator.solvers.annealing.tables import (
    ADULTS,
    CASES_OVER,
    GROUPS,
    MEMBERS_SHORT,
    MINUTES_OVER,
    SHARE_OVER,
    SITES_OVER,
    TIERS,
    TRAVEL,
    TRAVEL_OVER,
    UNEVEN,
    VISITS_OVER,
    Board,
    Core,
)
from allocator.solvers.facts import MAX_QUARTERS


@inlined
def _week_sums(week, breaks, k, t, tally, sign):
    """Add (or take off) what one person's term adds to the tally: R2, R6 and even load."""
    used = week.used
    if used > week.bookable:
        tally[MINUTES_OVER] += sign * (used - week.bookable)
    if week.cases > week.max_cases:
        tally[CASES_OVER] += sign * (week.cases - week.max_cases)
    if week.sites > week.max_sites:
        tally[SITES_OVER] += sign * (week.sites - week.max_sites)
    if week.travel > week.travel_cap:
        tally[TRAVEL_OVER] += sign * (week.travel - week.travel_cap)
    for b in range(breaks.shape[0]):
        if used > breaks[b, k, t]:
            tally[UNEVEN] += sign * (used - breaks[b, k, t])


@inlined
def _cell_sums(cell, tally, sign):
    """Add (or take off) what one cell adds to the tally: R5's most visits, R10's share."""
    if cell.quarters > MAX_QUARTERS:
        tally[VISITS_OVER] += sign * (cell.quarters - MAX_QUARTERS)
    if cell.shared == 1 and (cell.own > 0 or cell.held == 1):
        over = cell.own + cell.quarters * cell.cost - cell.room
        if over > 0:
            tally[SHARE_OVER] += sign * over


@inlined
def _book(cells, at_level, weeks, breaks, quarters, tally, k, s, t, minutes, own, level, items, cases):
    """Add minutes, items of a visit level and cases to one person's site and term."""
    cell, week = cells[k, s, t], weeks[k, t]
    _week_sums(week, breaks, k, t, tally, -1)
    _cell_sums(cell, tally, -1)
    if cell.items == 0:
        week.sites += 1
    cell.items += items
    if cell.items == 0:
        week.sites -= 1
    cell.minutes += minutes
    cell.own += own
    at_level[k, s, t, level] += items
    week.cases += cases
    week.used += minutes
    if cell.away == 1:
        visits = -(-4 * cell.minutes // week.day)
        for rank in range(len(quarters) - 1, -1, -1):
            if quarters[rank] <= visits:
                break
            if at_level[k, s, t, rank] > 0:
                visits = quarters[rank]
                break
        if visits != cell.quarters:
            travel = (visits - cell.quarters) * cell.cost
            cell.quarters = visits
            week.travel += travel
            week.used += travel
            tally[TRAVEL] += travel * week.weeks
    _cell_sums(cell, tally, 1)
    _week_sums(week, breaks, k, t, tally, 1)


@inlined
def _short(slot, members):
    """Learners missing from a slot's groups (R4)."""
    groups = -(-members // slot.most)
    missing = groups * slot.least - members
    return missing if missing > 0 else 0


@inlined
def _take(core, o, sign):
    """Take an option (sign 1) or drop it (-1)."""
    option, tally = core.options[o], core.tally
    k, s = option.person, option.site
    if option.slot < 0:
        for t in range(option.first, option.last + 1):
            _book(core.cells, core.at_level, core.weeks, core.breaks, core.quarters, tally, k, s, t,
                  sign * option.minutes, sign * option.minutes, option.level, sign, sign)  # fmt: skip
    else:
        slot = core.slots[option.slot]
        before = slot.members
        after = before + sign
        slot.members = after
        tally[MEMBERS_SHORT] += _short(slot, after) - _short(slot, before)
        groups = -(-after // slot.most) + (-before // slot.most)
        if groups != 0:
            minutes = groups * slot.minutes
            for t in range(slot.first, slot.last + 1):
                _book(core.cells, core.at_level, core.weeks, core.breaks, core.quarters, tally, k, s, t,
                      minutes, minutes, slot.level, groups, groups)  # fmt: skip
    n = option.need
    need = core.needs[n]
    tally[0] += sign * option.gain0
    tally[1] += sign * option.gain1
    tally[2] += sign * option.gain2
    tally[3] += sign * option.gain3
    tally[4] += sign * option.gain4
    tally[5] += sign * option.gain5
    points = sign * option.points
    tally[TIERS + need.tier] += points
    for i in range(core.groups.at[n], core.groups.at[n + 1]):
        tally[GROUPS + core.groups.flat[i]] += points
    if need.learner >= 0:
        before = core.adults[k, need.learner]
        core.adults[k, need.learner] = before + sign
        if sign > 0:
            tally[ADULTS] += 1 if before >= 1 else 0
        else:
            tally[ADULTS] -= 1 if before >= 2 else 0


@entry
def serve(core: Core, n: int, o: int, second: int) -> None:
    """Need ``n`` is served by option ``o`` (and ``second``, or -1) from now on; by nobody if ``o`` is -1."""
    pick, roster = core.picks[n], core.roster
    old = pick.choice
    for turn in range(4):  # one call site: what it inlines is long
        if turn == 0:
            part, sign = old, -1
        elif turn == 1:
            part, sign = pick.second, -1
        elif turn == 2:
            part, sign = o, 1
        else:
            part, sign = second, 1
        if part >= 0:
            _take(core, part, sign)
    if old >= 0:
        k = core.options[old].person
        moved = roster[k, roster[k, 0]]
        roster[k, 0] -= 1
        roster[k, pick.place] = moved
        core.picks[moved].place = pick.place
    if o >= 0:
        k = core.options[o].person
        roster[k, 0] += 1
        roster[k, roster[k, 0]] = n
        pick.place = roster[k, 0]
    pick.choice = o
    pick.second = second


@entry
def appoint(board: Board, d: int, k: int) -> None:
    """Person ``k`` has liaison duty ``d`` from now on (-1: nobody)."""
    core, tables = board.core, board.tables
    s, t, old = tables.duties[d, 0], tables.duties[d, 1], board.liaison[d]
    for who, sign in ((old, -1), (k, 1)):
        if who >= 0:
            _book(core.cells, core.at_level, core.weeks, core.breaks, core.quarters, core.tally, who, s, t,
                  sign * tables.duty_minutes[who], 0, tables.duty_level[who], sign, 0)  # fmt: skip
    board.liaison[d] = k


@entry
def share_out(board: Board, k: int, s: int, blocks: int) -> None:
    """Coordinator ``k`` holds a share of so many blocks at site ``s`` from now on."""
    board.shares[k, s] = blocks
    cells, tally = board.core.cells, board.core.tally
    for t in range(cells.shape[2]):
        cell = cells[k, s, t]
        _cell_sums(cell, tally, -1)
        cell.held = 1 if blocks > 0 else 0
        cell.room = blocks * board.tables.block_minutes[k, t]
        _cell_sums(cell, tally, 1)
