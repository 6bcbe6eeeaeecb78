"""Simulated annealing over whole assignments that may overload agents at a price (compiled).

Moves: a job to another of its likely agents; two jobs change places; a job moves on and pushes another one out to a
third agent. Only assignments without overload are kept.
"""

from __future__ import annotations

import math

import numpy as np

from allocator.solvers.assignment.compiling import entry, inner
from allocator.solvers.facts import Floats, Ints

_BLOCK = 1000
"""Moves between two looks at the temperature and the price of overload."""
_FEW, _MANY = 100, 400
"""So many clean assignments in a block are too few, or more than needed: overload then gets dearer or cheaper."""
_SHIFTS, _SWAPS = 1, 6
"""Of eight kinds: below the first a job moves alone, below the second two change places, else one pushes one out."""
_DICE = 2147483648.0


@inner
def _next(dice: Ints) -> int:
    """Marsaglia's xorshift on 64 bits; a whole number from 0 to 2^31 - 1."""
    x = dice[0]
    x ^= x << 13
    x ^= (x >> 7) & 0x01FFFFFFFFFFFFFF
    x ^= x << 17
    dice[0] = x
    return int((x >> 20) & 0x7FFFFFFF)


@inner
def _place(
    j: int, to: int, place: Ints, load: Ints, hours: Ints, members: Ints, slot: Ints, sizes: Ints
) -> None:
    """Move a job and keep the lists of who holds what."""
    old = place[j]
    last = members[old, sizes[old] - 1]
    members[old, slot[j]] = last
    slot[last] = slot[j]
    sizes[old] -= 1
    members[to, sizes[to]] = j
    slot[j] = sizes[to]
    sizes[to] += 1
    load[old] -= hours[old, j]
    load[to] += hours[to, j]
    place[j] = to


@inner
def _lists(
    place: Ints, cost: Ints, hours: Ints, charge: Ints, load: Ints, members: Ints, slot: Ints, sizes: Ints
) -> int:
    """Fill the lists of who holds what; the cost of it all."""
    total = np.int64(0)
    for j in range(len(place)):
        i = place[j]
        load[i] += hours[i, j]
        members[i, sizes[i]] = j
        slot[j] = sizes[i]
        sizes[i] += 1
        total += cost[i, j]
    for i in range(len(charge)):
        if sizes[i] > 0:
            total += charge[i]
    return int(total)


@inner
def _charges(old: int, to: int, third: int, pushes: bool, sizes: Ints, charge: Ints) -> int:
    """Change in the charges of agents that stop or start: a job goes old -> to, perhaps another to -> third."""
    gain = np.int64(0)
    if sizes[to] == 0:
        gain += charge[to]
    if sizes[old] == 1 and not (pushes and third == old):
        gain -= charge[old]
    if pushes and third != old and sizes[third] == 0:
        gain += charge[third]
    return int(gain)


@inner
def _total_over(load: Ints, capacity: Ints, old: int, to: int, third: int) -> int:
    """Hours too many of up to three agents; ``third`` may be ``old``."""
    over = max(0, load[old] - capacity[old]) + max(0, load[to] - capacity[to])
    return int(over if third == old else over + max(0, load[third] - capacity[third]))


@inner
def _priced_over(i: int, load: int, capacity: Ints, penalty: Floats) -> float:
    return float(penalty[i] * max(0, load - capacity[i]))


@entry
def anneal(  # noqa: PLR0912, PLR0915  # the compiled loop is not cut further: arrays are dear to pass
    place: Ints, best: Ints, best_cost: int, cost: Ints, hours: Ints, capacity: Ints, charge: Ints, likely: Ints,
    penalty: Floats, hot: float, cold: float, steps: int, dice: Ints,
) -> int:  # fmt: skip
    """Anneal from ``place`` (n,) in place for ``steps`` moves; what is cheaper than ``best_cost`` goes to ``best``.

    ``likely`` (n, k): agents of each job worth trying. ``penalty`` (m,): cost of an hour too many, adapted on the way.
    Returns the cost of ``best``.
    """
    m, n = cost.shape
    width = likely.shape[1]
    load, sizes = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=np.int64)
    members, slot = np.zeros((m, n), dtype=np.int64), np.zeros(n, dtype=np.int64)
    total = _lists(place, cost, hours, charge, load, members, slot, sizes)
    over = np.int64(0)
    for i in range(m):
        over += max(0, load[i] - capacity[i])
    heat, cooling = hot, (cold / hot) ** (_BLOCK / max(_BLOCK, steps))
    clean = 0
    for step in range(steps):
        if step % _BLOCK == _BLOCK - 1:
            heat *= cooling
            penalty *= 1.05 if clean < _FEW else (0.95 if clean > _MANY else 1.0)
            clean = 0
        j = _next(dice) % n
        to, old = likely[j, _next(dice) % width], place[j]
        if to == old:
            continue
        kind = _next(dice) % 8
        third, other = old, -1
        gain, load_old, load_to = (
            cost[to, j] - cost[old, j],
            load[old] - hours[old, j],
            load[to] + hours[to, j],
        )
        was = _priced_over(old, load[old], capacity, penalty) + _priced_over(to, load[to], capacity, penalty)
        now = 0.0
        if kind >= _SHIFTS and sizes[to] > 0:
            other = members[to, _next(dice) % sizes[to]]
            if kind >= _SWAPS:
                third = likely[other, _next(dice) % width]
            if third == to or hours[third, other] > capacity[third]:
                continue
            gain += cost[third, other] - cost[to, other]
            load_to -= hours[to, other]
            if third == old:
                load_old += hours[old, other]
            else:
                was += _priced_over(third, load[third], capacity, penalty)
                now += _priced_over(third, load[third] + hours[third, other], capacity, penalty)
        gain += _charges(old, to, third, other >= 0, sizes, charge)
        now += _priced_over(old, load_old, capacity, penalty) + _priced_over(to, load_to, capacity, penalty)
        change = gain + now - was
        if change > 0.0 and _next(dice) >= math.exp(-change / heat) * _DICE:
            clean += over == 0
            continue
        over -= _total_over(load, capacity, old, to, third)
        _place(j, to, place, load, hours, members, slot, sizes)
        if other >= 0:
            _place(other, third, place, load, hours, members, slot, sizes)
        over += _total_over(load, capacity, old, to, third)
        total += gain
        if over == 0:
            clean += 1
            if total < best_cost:
                best_cost = total
                best[:] = place
    return best_cost
