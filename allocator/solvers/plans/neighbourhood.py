"""Which few people's plans to make anew together: around an unmet need, around a group that could be, or anybody; then
those who compete for the same needs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from allocator.solvers.facts import Floats, Ints
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.problem import Problem

_ABOUT_A_GROUP = 0.25
"""How often the people around one possible group are chosen."""
_GROUP_PEOPLE = 4
_ABOUT_A_NEED = 0.4


@dataclass
class Neighbourhoods:
    """Chooses people around weak spots: unmet needs, groups that could be, anybody."""

    problem: Problem
    rng: np.random.Generator

    def choose(self, incumbent: Incumbent, worth: Floats, size: int) -> tuple[int, ...]:
        """Up to ``size`` people around a weak spot; ``worth`` is that of each option at the present prices."""
        problem = self.problem
        if len(problem.slots) and self.rng.random() < _ABOUT_A_GROUP:
            return self._about_a_group(incumbent)
        unmet = np.flatnonzero(
            (incumbent.owner < 0) & (np.array([len(o) for o in problem.options_of_need]) > 0)
        )
        start = self._start(unmet, worth)
        if start is None:
            return ()
        rivals = self._rivals(incumbent, start)
        return tuple(sorted([start, *rivals[: size - 1]]))

    def _about_a_group(self, incumbent: Incumbent) -> tuple[int, ...]:
        """Somebody who could lead a group, and those who now serve learners that could join it."""
        slot = int(self.rng.integers(len(self.problem.slots)))
        members = self.problem.need[self.problem.options_of_slot[slot]]
        owners = [k for k in np.unique(incumbent.owner[members]).tolist() if k >= 0]
        some = self.rng.permutation(owners)[: _GROUP_PEOPLE - 1].tolist() if owners else []
        return tuple(sorted({self.problem.slots[slot].person, *some}))

    def _start(self, unmet: Ints, worth: Floats) -> int | None:
        """Who serves an unmet need best at the present prices, or anybody."""
        problem = self.problem
        if len(unmet) and self.rng.random() < _ABOUT_A_NEED:
            options = problem.options_of_need[int(self.rng.choice(unmet))]
            return int(
                problem.person[options[int(np.argmax(worth[options] + self.rng.random(len(options)) * 1e-3))]]
            )
        people = [k for k, options in enumerate(problem.options_of_person) if len(options)]
        return int(self.rng.choice(people)) if people else None

    def _rivals(self, incumbent: Incumbent, start: int) -> list[int]:
        """Others by how many needs they could take from or give to ``start``, with some chance mixed in."""
        problem = self.problem
        needs = np.unique(problem.need[problem.options_of_person[start]])
        counts: Counter[int] = Counter()
        for n in needs.tolist():
            if incumbent.owner[n] in (-1, start):
                counts.update(set(problem.person[problem.options_of_need[n]].tolist()))
            elif incumbent.owner[n] >= 0:
                counts[int(incumbent.owner[n])] += 1
        rivals = [k for k in counts if k != start]
        noise = self.rng.random(len(rivals))
        return [k for _, k in sorted(((-(counts[k] ** 0.5) * noise[i], k) for i, k in enumerate(rivals)))]
