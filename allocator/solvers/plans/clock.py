"""When a stage is over: its part of the time, or of the work when work is counted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from allocator.solvers.search import Search

WORK_PER_MOVE = 1.2e-6
"""What one move counts for when work is counted instead of time."""
WORK_PER_PRICING = 0.0002
_PLANNED = 60.0
"""Seconds that a stage's annealing is planned for when there is no limit; then comes the whole as one model."""


@dataclass
class Clock:
    """When a stage is over: its part of the time, or of the work when work is counted."""

    search: Search
    until: float
    """What will be left of the whole budget when the stage's part is used."""
    total: float = field(init=False)
    """What the stage may use; without a limit, what its annealing is planned for."""
    began: float = field(init=False)

    def __post_init__(self) -> None:
        left = self.left()
        self.total = left if math.isfinite(left) else _PLANNED
        self.began = self._now()

    def _now(self) -> float:
        budget = self.search.budget
        return budget.worked if budget.deterministic else budget.elapsed()

    def spent(self) -> float:
        """What the stage has used: seconds, or units of work when work is counted."""
        return self._now() - self.began

    def over(self) -> bool:
        """Whether the stage's part is used, or the whole search is to stop."""
        return self.search.budget.over() or self.search.budget.left() <= self.until

    def left(self) -> float:
        """What is left of the stage's part."""
        return max(0.0, self.search.budget.left() - self.until)

    def progress(self) -> float:
        """Part of the stage that is over, from 0 on."""
        return self.spent() / self.total if self.total > 0 else 1.0
