"""Ruin and recreate: a few people drop their plans and make them anew, one after the other, each exactly.

One person's best plan for what is free takes a fraction of a millisecond in one term, so hundreds of orders and
prices are tried in a second. First pass: needs that others of the few could serve too are charged a random part of
their price, so that the first person does not take what the last needs more. Second pass: everybody once more, over
what they have and what is still free, without charges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.solvers.facts import Bools, Floats, Ints
from allocator.solvers.plans.column import Column, Figure, staying
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.plans.pricing import AGREED, BARRED, Pricer

_DEAL_ANEW = 0.3
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
        stays = {k: staying(problem, incumbent.columns[k], problem.is_forced) for k in people}
        for stay in stays.values():
            free[problem.need[stay]] = False
        worth = self.guide.options
        columns: dict[int, Column] = {}
        for k in order:
            column = self._column(k, free, worth - charge[problem.need], stays[k], duties[k])
            if column is None:
                return None
            columns[k] = column
            free[problem.need[list(column.options)]] = False
        for k in order:
            free[problem.need[list(columns[k].options)]] = True
            free[problem.need[stays[k]]] = False
            column = self._column(k, free, worth, stays[k], duties[k])
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
        self, k: int, free: Bools, worth: Floats, stay: Ints, places: tuple[tuple[int, int], ...]
    ) -> Column | None:
        """Person ``k``'s best plan of free needs that keeps ``stay`` and holds just these duties."""
        problem = self.pricer.problem
        options = np.where(free[problem.need] & (problem.part == 0), worth, BARRED)
        options[stay] = worth[stay] + AGREED
        figure = Figure(options, self.guide.travel, self.guide.uneven, self.guide.adults)
        column = self.pricer.best(k, figure, dict.fromkeys(places, AGREED)).column
        kept = set(stay.tolist()) <= set(column.options) and column.liaison == places
        return column if kept else None
