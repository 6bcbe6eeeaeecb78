"""Compiled: simulated annealing. A walk tries moves and keeps what is better, or at random what is a little worse."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from allocator.solvers.annealing.compiling import entry, inlined, inner
from allocator.solvers.annealing.moves import tried, undo
from allocator.solvers.annealing.tables import GROUPS, MINUTES_OVER, TIERS, Board
from allocator.solvers.facts import Floats, Ints


class Aims(NamedTuple):
    """What is annealed: ``sum of present x score - floor prices x what is short - over x what is broken``.

    Row ``a`` is one stage: ``weights[a]`` over the tally's nine sums, then the points tiers are short of; or, with
    ``step[a] >= 0``, a step of the leximin.
    """

    weights: Floats
    step: Ints
    floor: Floats
    price: Floats
    present: Floats
    fair_floor: int
    over: Floats
    """Price of each of the seven ways to break a limit."""


@inlined
def _shares(asked, tally, shares):
    """Share met of each fairness group in basis points, rising."""
    for g in range(len(asked)):
        share = 10000 * tally[GROUPS + g] // asked[g]
        i = g
        while i > 0 and shares[i - 1] > share:
            shares[i] = shares[i - 1]
            i -= 1
        shares[i] = share


@inlined
def _score(weights, a, step, fair_floor, tally, targets, shares):
    total = 0.0
    if step < 0:
        for i in range(9):
            total += weights[a, i] * tally[i]
        if weights[a, 9] != 0.0:
            for tier in range(4):
                if targets[tier] > tally[TIERS + tier]:
                    total += weights[a, 9] * (targets[tier] - tally[TIERS + tier])
    elif step == 0:
        for i in range(len(shares)):
            if shares[i] < fair_floor:
                total -= fair_floor - shares[i]
    else:
        for i in range(min(step, len(shares))):
            total += shares[i]
    return total


@inlined
def _value(aims, tally, targets, asked, shares, fair):
    """What is gained, and the price of what is broken."""
    if fair:
        _shares(asked, tally, shares)
    gained = 0.0
    broken = 0.0
    for a in range(len(aims.step)):
        score = _score(aims.weights, a, aims.step[a], aims.fair_floor, tally, targets, shares)
        gained += aims.present[a] * score
        if score < aims.floor[a]:
            broken += aims.price[a] * (aims.floor[a] - score)
    return gained, broken


@inlined
def _over(over, tally):
    total = 0.0
    for i in range(7):
        if tally[MINUTES_OVER + i] > 0:
            total += over[i] * tally[MINUTES_OVER + i]
    return total


@inner
def _remember(board, kept):
    """Copy what makes up the plan: choice, second, liaison, shares."""
    choice, second, liaison, shares = kept
    picks, coordinators = board.core.picks, board.tables.coordinators
    for n in range(len(choice)):
        choice[n], second[n] = picks[n].choice, picks[n].second
    for d in range(len(liaison)):
        liaison[d] = board.liaison[d]
    for c in range(len(coordinators)):
        k = coordinators[c]
        for s in range(shares.shape[1]):
            shares[k, s] = board.shares[k, s]


@entry
def walk(
    board: Board, aims: Aims, best: Floats, kept: tuple[Ints, Ints, Ints, Ints], log: Ints, shares: Ints,
    moves: int, temperature: float, strict: float, seed: int,
) -> None:  # fmt: skip
    """So many moves at one temperature; ``strict`` multiplies the price of what is broken.

    Keeps in ``kept`` (choice, second, liaison, shares) the best plan met that breaks nothing, if it scores more than
    ``best[0]``, and its score there. ``log`` and ``shares`` are room to work in.
    """
    np.random.seed(seed)
    fair = False
    for a in range(len(aims.step)):
        fair = fair or aims.step[a] >= 0
    tally, targets, asked = board.core.tally, board.tables.tier_targets, board.tables.asked
    gained, broken = _value(aims, tally, targets, asked, shares, fair)
    now = gained - strict * (broken + _over(aims.over, tally))
    for _ in range(moves):
        count = tried(board, log)
        if count == 0:
            continue
        gained, broken = _value(aims, tally, targets, asked, shares, fair)
        broken += _over(aims.over, tally)
        after = gained - strict * broken
        if after >= now or np.random.random() < np.exp((after - now) / temperature):
            now = after
            if broken == 0.0 and gained > best[0]:
                best[0] = gained
                _remember(board, kept)
        else:
            undo(board, log, count)
