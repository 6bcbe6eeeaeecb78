"""Ruin and recreate: a few people drop their plans and make them anew, one after the other, each exactly.

The quick half of the search (``neighbourhood.py`` is the thorough half): one person's best plan for what is free takes
well under a millisecond in one term, so hundreds of orders and prices are tried in the time of one exact attempt.
Needs that others of the few could serve too are charged a random part of their price, so that the first does not take
what the last needs more; a second pass without prices fills what is left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.solvers.facts import Bools, Floats, Ints
from allocator.solvers.plans.column import Column, Figure, staying
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.plans.pricing import AGREED, BARRED, Pricer

_DEAL_ANEW = 0.3
_COARSE = 5
"""How often liaison duties are dealt anew."""


@dataclass
class Recreation:
    """Makes new columns for a few people. ``guide`` is the stage's figure less the prices of earlier floors."""

    pricer: Pricer
    guide: Figure
    price: Floats
    """Price of each need, shape (N,)."""
    rng: np.random.Generator

    def attempt(self, incumbent: Incumbent, people: tuple[int, ...]) -> list[Column] | None:
        """New columns for ``people``, in random order, from needs free or theirs; None if a duty found no taker."""
        problem = self.pricer.problem
        free = (incumbent.owner < 0) | np.isin(incumbent.owner, people)
        charge = self.price * self.rng.random() * (0.7 + 0.6 * self.rng.random(len(self.price)))
        order = self.rng.permutation(np.array(people)).tolist()
        duties = self._dealt(incumbent, people)
        for k in people:
            free[problem.need[staying(problem, incumbent.columns[k], problem.is_forced)]] = False
        everything = np.ones(len(problem.needs), dtype=bool)
        columns: dict[int, Column] = {}
        for fill in (False, True):
            for k in order:
                held = columns[k] if fill else incumbent.columns[k]
                stay = staying(problem, held, everything if fill else problem.is_forced)
                column = self._column(
                    k,
                    free,
                    np.zeros(len(charge)) if fill else charge,
                    stay,
                    duties[k],
                    1 if fill else _COARSE,
                )
                if column is None:
                    return None
                columns[k] = column
                free[problem.need[list(column.options)]] = False
        return [columns[k] for k in people]

    def _dealt(self, incumbent: Incumbent, people: tuple[int, ...]) -> dict[int, tuple[tuple[int, int], ...]]:
        """Who of the few is liaison where: as now, or now and then some duties dealt anew among those who may."""
        problem = self.pricer.problem
        held = {k: list(incumbent.columns[k].liaison) for k in people}
        if self.rng.random() < _DEAL_ANEW:
            for k in people:
                for s, t in list(held[k]):
                    takers = [j for j in people if problem.may_be_liaison(j, s, t)]
                    if (s, t) not in problem.liaison_fixed and self.rng.random() < 0.5:
                        held[k].remove((s, t))
                        held[int(self.rng.choice(takers))].append((s, t))
        return {k: tuple(sorted(places)) for k, places in held.items()}

    def _column(
        self, k: int, free: Bools, charge: Floats, stay: Ints, places: tuple[tuple[int, int], ...], grid: int
    ) -> Column | None:
        """Person ``k``'s best plan of free needs that keeps ``stay`` and holds just these duties."""
        problem = self.pricer.problem
        worth = np.where(
            free[problem.need] & (problem.part == 0), self.guide.options - charge[problem.need], BARRED
        )
        worth[stay] = self.guide.options[stay] + AGREED
        figure = Figure(worth, self.guide.travel, self.guide.uneven, self.guide.adults)
        column = self.pricer.best(k, figure, dict.fromkeys(places, AGREED), grid=grid).column
        kept = set(stay.tolist()) <= set(column.options) and column.liaison == places
        return column if kept else None
