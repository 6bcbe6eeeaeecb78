"""The last part of a stage: a few people's plans made anew exactly, hundreds of times, what is no worse is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.solvers.plans.column import Column
from allocator.solvers.plans.neighbourhood import Neighbourhoods
from allocator.solvers.plans.recreate import Recreation
from allocator.solvers.stages import score

if TYPE_CHECKING:
    from allocator.solvers.plans.strategy import Stage

_SIZES = (2, 5)
"""People in one attempt: from, up to but not including."""


class Polish:
    """Ruin and recreate at the best prices known; only in one term, where a person's best plan takes a millisecond."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.sizes = Neighbourhoods(stage.search.problem, stage.state.rng)

    def run(self) -> bool:
        """Attempts until the stage is over; True if its score rose."""
        stage, state = self.stage, self.stage.state
        prices = stage.bounding.best
        if prices is None or stage.search.problem.terms > 1:
            return False
        recreation = Recreation(state.pricer, state.master.guide(prices), prices.need, state.rng)
        worth = state.master.reduced(prices).options
        before = state.reached(stage.spec)
        while not stage.over():
            few = self.sizes.choose(state.incumbent, worth, int(state.rng.integers(*_SIZES)))
            columns = recreation.attempt(state.incumbent, few) if few else None
            if columns is not None:
                self.consider(columns)
        return state.reached(stage.spec) > before

    def consider(self, columns: list[Column]) -> None:
        """Keep some people's new plans if every floor holds and the score is no less."""
        stage, state = self.stage, self.stage.state
        candidate = state.incumbent.changed(columns)
        after = score(stage.search.problem, stage.spec, candidate.values)
        before = state.reached(stage.spec)
        if after < before or not state.holds(candidate):
            return
        state.incumbent = candidate
        if after > before:
            for column in columns:
                state.master.add_column(column)
