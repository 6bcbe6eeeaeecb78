"""Branch and bound for the question: is there an assignment of cost at most z? (compiled)

Depth first. A node raises the Lagrangian a little, then asks of every job and agent what the bound would be if the job
went there (``_all_losses``), strikes out what is dearer than z, and branches on the job whose two cheapest places
are dearest. What is struck out is written on a trail, so going back undoes it. A search can stop and go on.
"""

from __future__ import annotations

import numpy as np

from allocator.solvers.assignment.compiling import entry, inner
from allocator.solvers.assignment.pricing import FREE, IN, OUT, States, climb, complete, fill, gather, rest
from allocator.solvers.facts import Ints

RUNNING, NONE, FOUND = 0, 1, 2
"""How a search stands: nodes are left, no assignment that cheap exists, one was found."""
DEPTH, TRAIL, STANDING, NODES, ROUNDS = range(5)
"""Entries of ``stand``."""
GIVEN = -1
"""Stands for an agent in ``choices`` where the other branch was given to another search."""
_FAR = 1 << 60
_TURNS = 6
"""How often a node may strike out options and price again."""
_STEP, _PATIENCE = 0.5, 6
_LOSSES = 3
"""Rounds of pricing that take about as long as ``_all_losses``."""


@inner
def _own(best: int, held: int) -> int:
    """An agent's part of the Lagrangian: one that holds nothing may stay idle at no cost."""
    return 0 if held == 0 and best > 0 else best


@inner
def _agent_losses(
    state: States, prices: Ints, cost: Ints, hours: Ints, room: int, held: int, charge: int, table: Ints,
    back: Ints, items: Ints, into: Ints, without: Ints,
) -> None:  # fmt: skip
    """For one agent and every free job: how much dearer the agent's best becomes with and without that job.

    ``table`` forward and ``back`` backward over the items hold the best of any items before and after one.
    """
    count = gather(state, prices, cost, hours, room, items)
    fill(table, items, count, prices, cost, hours, room)
    top = np.int64(table[count, room])
    now = _own(int(charge - top), held)
    for j in range(len(prices)):
        without[j] = 0
        into[j] = _FAR
        if state[j] == FREE and hours[j] <= room and prices[j] <= cost[j]:
            into[j] = charge - (prices[j] - cost[j] + np.int64(table[count, room - hours[j]])) - now
    back[: room + 1] = 0
    for k in range(count - 1, -1, -1):
        j = items[k]
        weight, worth = hours[j], table.dtype.type(prices[j] - cost[j])
        best_in, best_out = table.dtype.type(0), table.dtype.type(0)
        before, after, shifted = table[k, : room + 1], back[: room + 1], back[weight : room + 1]
        for w in range(room + 1):
            best_out = max(best_out, before[w] + after[w])
        for w in range(room + 1 - weight):
            best_in = max(best_in, before[w] + shifted[w])
        into[j] = charge - np.int64(best_in) - np.int64(worth) - now
        without[j] = _own(int(charge - np.int64(best_out)), held) - now
        for w in range(room + 1 - weight):
            after[w] = max(after[w], shifted[w] + worth)


@inner
def _all_losses(
    state: States, prices: Ints, cost: Ints, hours: Ints, charge: Ints, room: Ints, held: Ints, table: Ints,
    back: Ints, items: Ints, without: Ints, into: Ints,
) -> None:  # fmt: skip
    """``into`` (m, n) becomes by how much the bound rises if a job goes to an agent, and so to no other."""
    m, n = cost.shape
    for i in range(m):
        _agent_losses(
            state[i], prices, cost[i], hours[i], room[i], held[i], charge[i], table, back, items, into[i], without[i]
        )  # fmt: skip
    for j in range(n):
        total = np.int64(0)
        for i in range(m):
            total += without[i, j]
        for i in range(m):
            if into[i, j] < _FAR:
                into[i, j] += total - without[i, j]


@inner
def _set(state: States, trail: Ints, stand: Ints, i: int, j: int, what: int) -> None:
    state[i, j] = what
    trail[stand[TRAIL]] = i * state.shape[1] + j
    stand[TRAIL] += 1


@inner
def _place_job(state: States, hours: Ints, room: Ints, trail: Ints, stand: Ints, j: int) -> int:
    """Settle a job with one place left, strike out where it cannot go. -1: no place; 1: settled just now; else 0."""
    left, place, taken = 0, -1, False
    for i in range(len(room)):
        taken |= state[i, j] == IN
    for i in range(len(room)):
        if state[i, j] == FREE:
            if taken or hours[i, j] > room[i]:
                _set(state, trail, stand, i, j, OUT)
            else:
                left += 1
                place = i
    if taken:
        return 0
    if left == 1:
        _set(state, trail, stand, place, j, IN)
        room[place] -= hours[place, j]
        return 1
    return 0 if left > 0 else -1


@inner
def _follow(state: States, hours: Ints, capacity: Ints, room: Ints, trail: Ints, stand: Ints) -> bool:
    """Draw what follows at once until nothing does. False: a dead end."""
    m, n = state.shape
    for i in range(m):
        room[i] = capacity[i]
        for j in range(n):
            if state[i, j] == IN:
                room[i] -= hours[i, j]
        if room[i] < 0:
            return False
    changed = True
    while changed:
        changed = False
        for j in range(n):
            outcome = _place_job(state, hours, room, trail, stand, j)
            if outcome < 0:
                return False
            changed |= outcome > 0
    return True


@inner
def _fits(taker: Ints, hours: Ints, capacity: Ints, load: Ints) -> bool:
    """Whether an assignment keeps the capacities in exact hours (the tables may have rounded them down)."""
    load[:] = 0
    for j in range(len(taker)):
        load[taker[j]] += hours[taker[j], j]
    for i in range(len(capacity)):  # noqa: SIM110  # the compiler takes loops, not generators
        if load[i] > capacity[i]:
            return False
    return True


@inner
def _chance(dice: Ints) -> float:
    """Marsaglia's xorshift on 64 bits, as a number from 0 to 1."""
    x = dice[0]
    x ^= x << 13
    x ^= (x >> 7) & 0x01FFFFFFFFFFFFFF
    x ^= x << 17
    dice[0] = x
    return float((x >> 20) & 0x7FFFFFFF) / 2147483648.0


@inner
def _strike(
    state: States,
    into: Ints,
    slack: int,
    least: int,
    noise: float,
    trail: Ints,
    stand: Ints,
    choice: Ints,
    dice: Ints,
) -> int:
    """Strike out options that cost more than ``slack``; the job to branch on and its cheapest agent into ``choice``.

    Returns how many were struck out, or -1 where some job has no place left. ``noise`` blurs the choice.
    """
    m, n = state.shape
    struck, best_score = 0, -1.0
    choice[0] = -1
    for j in range(n):
        first, second, place, is_open = np.int64(_FAR), np.int64(_FAR), -1, False
        for i in range(m):
            if state[i, j] != FREE:
                continue
            is_open = True
            if into[i, j] > slack:
                _set(state, trail, stand, i, j, OUT)
                struck += 1
            elif into[i, j] < first:
                first, second, place = into[i, j], first, i
            elif into[i, j] < second:
                second = into[i, j]
        if is_open and place < 0:
            return -1
        if second < _FAR:
            score = float(max(np.int64(first), np.int64(least))) * float(max(second, np.int64(least)))
            if noise > 0.0:
                score *= 1.0 + noise * _chance(dice)
            if score > best_score:
                best_score = score
                choice[0], choice[1] = place, j
    return struck


@inner
def _back(
    state: States, prices: Ints, trail: Ints, stand: Ints, marks: Ints, choices: Ints, kept: Ints
) -> None:
    """Undo the last choice and forbid it; where none is left the search is over."""
    n = state.shape[1]
    while stand[DEPTH] > 0:
        stand[DEPTH] -= 1
        d = stand[DEPTH]
        while stand[TRAIL] > marks[d]:
            stand[TRAIL] -= 1
            state[trail[stand[TRAIL]] // n, trail[stand[TRAIL]] % n] = FREE
        if choices[d, 0] != GIVEN:
            prices[:] = kept[min(d, len(kept) - 1)]
            _set(state, trail, stand, choices[d, 0], choices[d, 1], OUT)
            return
    stand[STANDING] = NONE


@entry
def explore(
    state: States, prices: Ints, cost: Ints, charge: Ints, hours: Ints, capacity: Ints, coarse: Ints,
    coarse_capacity: Ints, highest: Ints, z: int, unit: int, budget: int, rounds: int, noise: float, table: Ints,
    into: Ints, without: Ints, trail: Ints, stand: Ints, marks: Ints, choices: Ints, kept: Ints, dice: Ints,
    answer: Ints,
) -> int:  # fmt: skip
    """Go on with the search for about ``budget`` rounds of pricing, ``rounds`` a node; returns how many were taken.

    ``z`` and ``unit`` (what a whole unit of cost is) are in 1/scale. ``stand`` says how the search stands; where it is
    FOUND, ``answer`` (n,) has every job's agent.
    """
    m, n = cost.shape
    room, held, back = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=np.int64), np.zeros_like(table[0])
    settled, seen, taker = (
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
    )
    items, trial, way = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(n)
    choice, spent = np.zeros(2, dtype=np.int64), 0
    while stand[STANDING] == RUNNING and spent < budget:
        several = rounds if stand[NODES] > 0 else 8 * rounds
        stand[NODES] += 1
        dead, turns, struck = False, 0, 1
        while struck > 0 and turns < _TURNS:
            turns += 1
            dead = not _follow(state, hours, capacity, room, trail, stand)
            if dead:
                break
            base = rest(state, cost, coarse, coarse_capacity, room, held, settled, taker)
            best = climb(
                state, prices, cost, coarse, charge, room, held, settled, base, z + 1, several, _STEP, _PATIENCE,
                highest, table, items, seen, taker, trial, way,
            )  # fmt: skip
            spent += several + _LOSSES
            dead = best > z
            if dead:
                break
            if complete(seen) and _fits(taker, hours, capacity, trial):
                answer[:] = taker
                stand[STANDING] = FOUND
                return spent
            _all_losses(state, prices, cost, coarse, charge, room, held, table, back, items, without, into)
            struck = _strike(state, into, z - best, unit // 50 + 1, noise, trail, stand, choice, dice)
            dead = struck < 0
        if dead:
            _back(state, prices, trail, stand, marks, choices, kept)
        elif choice[0] >= 0:
            d = stand[DEPTH]
            marks[d] = stand[TRAIL]
            choices[d] = choice
            kept[min(d, len(kept) - 1)] = prices
            stand[DEPTH] += 1
            _set(state, trail, stand, choice[0], choice[1], IN)
    return spent
