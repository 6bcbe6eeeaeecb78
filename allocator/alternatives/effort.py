"""How hard each search tries, and the one place from which plans are searched for and recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster

ANY_GAP = 1.0
"""A gap that every plan has: nothing is searched, the plan is only written down."""


@dataclass(frozen=True)
class Effort:
    """The limits and the seed of every search. With a work limit the clock is not looked at.

    ``time_limit`` is in seconds, ``work_limit`` in counted work; both are for one search.
    """

    time_limit: float | None = 7.0
    work_limit: float | None = None
    seed: int = 1

    def solve(self, cluster: Cluster, start: Proposal | None = None, *, part: float = 1.0) -> Proposal:
        """The best plan found in ``part`` of the limits, from an earlier plan where one is given.

        Raises:
            InfeasibleError, NotFoundError: as ``allocator.solve``.
        """
        import allocator

        made: Proposal = allocator.solve(
            cluster,
            time_limit=None if self.time_limit is None else part * self.time_limit,
            work_limit=None if self.work_limit is None else part * self.work_limit,
            seed=self.seed,
            start=start,
        )
        return made

    def record(self, cluster: Cluster, plan: Proposal) -> Proposal:
        """A plan of a cluster with the same rows and other goals, written down as one of this cluster.

        Nothing is searched but what the last step always looks for: needs that fit with nobody losing. Values,
        floors and reasons are then those of this cluster's goals; the bounds are the trivial ones.

        Raises:
            InfeasibleError, NotFoundError: as ``allocator.solve``.
        """
        import allocator

        made: Proposal = allocator.solve(
            cluster,
            time_limit=self.time_limit,
            work_limit=self.work_limit,
            seed=self.seed,
            start=plan,
            gap=ANY_GAP,
        )
        return made
