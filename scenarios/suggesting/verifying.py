"""What a change brings, verified: planned anew with the same effort as the plan it is compared with, and checked.

A plan's value still rises a little with every further search. So that a gain is of the change and not of more
searching, the plan without any change is searched on until the same effort finds no more; every changed cluster then
starts from it, with that effort. What further searches of the unchanged cluster find is taken off every gain.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from allocator.alternatives.effort import Effort
from allocator.alternatives.holding import holding
from allocator.alternatives.leanings import KEPT, NEED, changed
from allocator.checking.world import World
from allocator.errors import InfeasibleError, InputError, NotFoundError
from allocator.models.policy import Goal
from scenarios.applying import apply_changes
from scenarios.changes import Change
from scenarios.changes.base import rebuilt

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster

FIRST = 5.0
"""The first search takes so many times what each later one takes."""
ROUNDS = 5
"""Most searches more of the plan without a change."""


@dataclass(frozen=True, eq=False)
class Planned:
    """A cluster with a plan of it; ``value`` is its need met, in points.

    Where a change asks for other hours of a need than before (a group instead of one to one), the need counts what
    it counted before, in proportion to what is met of it: asking for more must not look like meeting more.
    """

    cluster: Cluster
    proposal: Proposal
    value: int

    @property
    def commitments(self) -> int:
        """Commitments kept."""
        return self.proposal.goal_values[Goal.COMMITMENTS_KEPT]


def planned(cluster: Cluster, proposal: Proposal, before: Cluster | None = None) -> Planned:
    """A plan with its need met, counted as in ``before`` where that is given."""
    value = proposal.goal_values[Goal.NEED_MET]
    if before is not None and (cluster.needs, cluster.supports) != (before.needs, before.supports):
        was, now = World(before).asked, World(cluster).asked
        private = proposal.site_only.allocations if proposal.site_only else ()
        for row in (*proposal.allocations, *private):
            old, new = was.get(row.need_id, 0), now[row.need_id]
            if new != old:
                value -= row.value - (row.value * old // new if new else 0)
    return Planned(cluster, proposal, value)


@dataclass
class Deadline:
    """A clock for a whole run; without seconds it never ends, and only counts limit the run."""

    seconds: float | None
    started: float = field(default_factory=time.monotonic)

    def over(self, part: float = 1.0, needed: float = 0.0) -> bool:
        """Whether ``part`` of the time is used, or will be after ``needed`` seconds more."""
        if self.seconds is None:
            return False
        return time.monotonic() - self.started + needed >= part * self.seconds

    def extend(self, seconds: float) -> None:
        """Allow more."""
        if self.seconds is not None:
            self.seconds += seconds


@dataclass(eq=False)
class Bench:
    """The plan without a change, and how any change is measured against it.

    Plans here keep the commitments of the first plan (``holding``) and meet as much need as they can.
    """

    cluster: Cluster
    effort: Effort
    base: Planned = field(init=False)
    paired: int = field(init=False)
    """The most need met that any search without a change has found, in points."""
    bound: int | None = None
    """Proved: no plan without a change that keeps as many commitments as the first meets more; points."""
    searches: int = 0
    refused: int = 0
    """Changed plans that keep fewer commitments, or that the checker refused; and clusters left without a plan."""
    _round: int = 0

    def __post_init__(self) -> None:
        policy = changed(self.cluster.policy, goals=(KEPT, NEED))
        self.cluster = rebuilt(self.cluster, policy=policy)

    def prepare(self, deadline: Deadline, part: float) -> None:
        """Find the plan without a change, and search on until that finds no more (or its part of the time is over).

        Raises:
            InfeasibleError, NotFoundError: there is no plan to compare with.
        """
        plan = self.effort.solve(self.cluster, part=FIRST)
        self.bound = next((stage.bound for stage in plan.stages if stage.goals == (Goal.NEED_MET,)), None)
        self.cluster = holding(self.cluster, plan)
        self.base = planned(self.cluster, self.effort.record(self.cluster, plan))
        self.paired, self.searches = self.base.value, 1
        for _ in range(ROUNDS):
            if deadline.over(part) or not self.again(adopt=True):
                return

    def again(self, *, adopt: bool = False) -> bool:
        """Search the unchanged cluster once more; True if it found more. ``adopt``: go on from what it found."""
        self._round += 1
        seed = self.effort.seed + self._round
        effort = Effort(self.effort.time_limit, self.effort.work_limit, seed)
        self.searches += 1
        found = planned(self.cluster, effort.solve(self.cluster, self.base.proposal))
        more = found.value > self.paired and found.commitments >= self.base.commitments
        if more:
            self.paired = found.value
            if adopt:
                self.base = found
        return more

    def applied(self, changes: Sequence[Change]) -> Cluster | None:
        """The changed cluster; None where the changes cannot be made."""
        try:
            return apply_changes(self.cluster, changes).cluster
        except InputError:
            return None

    def laid_in(self, cluster: Cluster, start: Planned) -> Planned | None:
        """The start's plan in a changed cluster, and what fits besides with nobody losing: no search."""
        return self._planned(cluster, start, search=False)

    def solved(self, cluster: Cluster, start: Planned) -> Planned | None:
        """Planned anew from the start's plan, with the effort of every search here."""
        return self._planned(cluster, start, search=True)

    def _planned(self, cluster: Cluster, start: Planned, *, search: bool) -> Planned | None:
        find = self.effort.solve if search else self.effort.record
        self.searches += search
        try:
            made = planned(cluster, find(cluster, start.proposal), self.cluster)
        except (InfeasibleError, NotFoundError):
            self.refused += 1
            return None
        if made.commitments < self.base.commitments:
            self.refused += 1
            return None
        return made

    def sound(self, made: Planned) -> bool:
        """Whether the checker has nothing against a plan. Asked of every plan that is shown, and only of these."""
        import allocator

        faults = allocator.check(made.cluster, made.proposal)
        self.refused += bool(faults)
        return not faults

    def gain(self, made: Planned) -> int:
        """Points more than any plan found without a change."""
        return made.value - self.paired
