"""Lagrangian bounds from exact 0-1 knapsacks (compiled): docs/assignment.md has the formulas.

Shapes: m agents, n jobs. ``cost`` (m, n) and ``prices`` (n,) are whole numbers in units of 1/scale; ``hours`` (m, n)
and ``room`` (m,) are whole. ``state`` (m, n) says of each option whether it is FREE, IN or OUT. ``table``
(n + 1, room + 1) and ``items`` (n,) are scratch. Whole numbers throughout, so every bound is exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.solvers.assignment.compiling import entry, inner
from allocator.solvers.facts import Floats, Ints

States = NDArray[np.int8]
FREE, IN, OUT = 0, 1, -1
_SMOOTH = 0.6
"""How much of the last direction goes into the next: damps the zigzag of plain subgradients."""
_SHRINK = 0.6
"""What the step is multiplied by after rounds without a better value."""
_NEAR = 200
"""A gain below this fraction of the way to the target counts as none."""


@inner
def fill(table: Ints, items: Ints, count: int, prices: Ints, cost: Ints, hours: Ints, room: int) -> None:
    """table[k + 1, w] = most profit of the first k + 1 items within w; one agent's rows of cost and hours."""
    table[0, : room + 1] = 0
    for k in range(count):
        j = items[k]
        weight = hours[j]
        worth = table.dtype.type(prices[j] - cost[j])
        old, new = table[k], table[k + 1]
        new[:weight] = old[:weight]
        kept, moved, goal = old[weight : room + 1], old[: room + 1 - weight], new[weight : room + 1]
        for w in range(room + 1 - weight):
            goal[w] = max(kept[w], moved[w] + worth)


@inner
def gather(state: States, prices: Ints, cost: Ints, hours: Ints, room: int, items: Ints) -> int:
    """The free jobs worth taking by one agent, into ``items``; returns how many."""
    count = 0
    for j in range(len(prices)):
        if state[j] == FREE and prices[j] > cost[j] and hours[j] <= room:
            items[count] = j
            count += 1
    return count


@inner
def _agent(
    state: States, prices: Ints, cost: Ints, hours: Ints, room: int, held: int, charge: int, table: Ints,
    items: Ints, seen: Ints, taker: Ints, number: int,
) -> int:  # fmt: skip
    """The least of charge + sum of (cost - price) over the free jobs one agent may take; notes the jobs it takes."""
    count = gather(state, prices, cost, hours, room, items)
    fill(table, items, count, prices, cost, hours, room)
    worth = np.int64(table[count, room])
    if held == 0 and worth <= charge:
        return 0
    left = room
    for k in range(count - 1, -1, -1):
        if table[k + 1, left] != table[k, left]:
            j = items[k]
            seen[j] += 1
            taker[j] = number
            left -= hours[j]
    return int(charge - worth)


@inner
def rest(
    state: States, cost: Ints, hours: Ints, capacity: Ints, room: Ints, held: Ints, settled: Ints, taker: Ints
) -> int:
    """What the options that are IN leave: room, jobs held by each agent, settled jobs and by whom. Their cost."""
    total = np.int64(0)
    settled[:] = 0
    for i in range(len(capacity)):
        room[i] = capacity[i]
        held[i] = 0
        for j in range(state.shape[1]):
            if state[i, j] == IN:
                room[i] -= hours[i, j]
                held[i] += 1
                settled[j] = 1
                taker[j] = i
                total += cost[i, j]
    return int(total)


@inner
def value(
    state: States, prices: Ints, cost: Ints, hours: Ints, charge: Ints, room: Ints, held: Ints, settled: Ints,
    base: int, table: Ints, items: Ints, seen: Ints, taker: Ints,
) -> int:  # fmt: skip
    """The Lagrangian at ``prices``; ``seen`` (n,) becomes how many agents take each job, ``taker`` one of them."""
    total = base
    for j in range(len(prices)):
        seen[j] = settled[j]
        if settled[j] == 0:
            total += prices[j]
    for i in range(len(room)):
        total += _agent(
            state[i], prices, cost[i], hours[i], room[i], held[i], charge[i], table, items, seen, taker, i
        )
    return total


@inner
def complete(seen: Ints) -> bool:
    """Whether every job is taken exactly once."""
    for j in range(len(seen)):  # noqa: SIM110  # the compiler takes loops, not generators
        if seen[j] != 1:
            return False
    return True


@inner
def _step(prices: Ints, seen: Ints, way: Floats, length: float, highest: Ints) -> None:
    """Raise prices of jobs nobody takes and lower those taken twice, along the smoothed direction ``way``."""
    norm = 0.0
    for j in range(len(prices)):
        way[j] = 1.0 - seen[j] + _SMOOTH * way[j]
        norm += way[j] * way[j]
    if norm > 1e-9:
        for j in range(len(prices)):
            moved = prices[j] + np.int64(np.rint(length / norm * way[j]))
            prices[j] = min(max(moved, 0), highest[j])


@inner
def climb(
    state: States, prices: Ints, cost: Ints, hours: Ints, charge: Ints, room: Ints, held: Ints, settled: Ints,
    base: int, target: int, rounds: int, step: float, patience: int, highest: Ints, table: Ints, items: Ints,
    seen: Ints, taker: Ints, trial: Ints, way: Floats,
) -> int:  # fmt: skip
    """Raise the Lagrangian by smoothed subgradients until ``target``; ``prices`` become the best, its value returns.

    Polyak's step, ``step x (target - value) / |direction|^2``, cut after ``patience`` rounds without a better value.
    Ends where every job is taken once, which is then the best assignment. ``seen`` and ``taker`` are of the last round.
    """
    best = -(1 << 62)
    trial[:] = prices
    way[:] = 0.0
    stale = 0
    for _ in range(rounds):
        now = value(
            state, trial, cost, hours, charge, room, held, settled, base, table, items, seen, taker
        )  # fmt: skip
        if now > best:
            stale = 0 if now - best > (target - best) // _NEAR else stale + 1
            best = now
            prices[:] = trial
            if best >= target or complete(seen):
                return best
        else:
            stale += 1
        if stale >= patience:
            stale = 0
            step *= _SHRINK
            trial[:] = prices
        _step(trial, seen, way, step * (target - now), highest)
    return best


@entry
def ascend(
    state: States, prices: Ints, cost: Ints, hours: Ints, capacity: Ints, charge: Ints, target: int, rounds: int,
    step: float, patience: int, highest: Ints, table: Ints,
) -> int:  # fmt: skip
    """``climb`` for a whole problem."""
    m, n = cost.shape
    room, held = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=np.int64)
    settled, seen, taker = (
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
    )
    items, trial = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    base = rest(state, cost, hours, capacity, room, held, settled, taker)
    return climb(
        state, prices, cost, hours, charge, room, held, settled, base, target, rounds, step, patience, highest,
        table, items, seen, taker, trial, np.zeros(n),
    )  # fmt: skip


@entry
def agent_values(
    state: States,
    prices: Ints,
    cost: Ints,
    hours: Ints,
    capacity: Ints,
    charge: Ints,
    table: Ints,
    values: Ints,
) -> None:
    """``values`` (m,) become each agent's part of the Lagrangian with nothing IN."""
    n = len(prices)
    items, seen, taker = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for i in range(len(capacity)):
        values[i] = _agent(
            state[i], prices, cost[i], hours[i], capacity[i], 0, charge[i], table, items, seen, taker, i
        )
