"""One solve, timed and checked."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import allocator
from allocator.benchmarking.contestants import Contestant
from allocator.benchmarking.memory import peak_mib
from allocator.benchmarking.rows import Outcome, Point
from allocator.errors import NotFoundError
from allocator.models.policy import Goal
from allocator.models.proposal import Proposal, Stage, StopReason
from allocator.models.world import Cluster

if TYPE_CHECKING:
    from allocator.solvers.base import Progress

NOTHING_FOUND = "nothing found"
"""What stands under ``stopped`` when a search ended without a proposal."""

_WARM_UP_SECONDS = 1.0


@dataclass
class Listener:
    """Takes down the news of one solve: when something was found first, and how need met and its bound moved."""

    on_point: Callable[[Point], None] | None = None
    started: float = field(default_factory=time.perf_counter)
    first: float | None = None
    trace: list[Point] = field(default_factory=list)

    def elapsed(self) -> float:
        """Seconds since the call."""
        return time.perf_counter() - self.started

    def __call__(self, news: Progress) -> None:
        """Hear one piece of news."""
        seconds = self.elapsed()
        if news.found is not None and self.first is None:
            self.first = seconds
        if news.stage != Goal.NEED_MET or (self.trace and self.trace[-1][1:] == (news.found, news.bound)):
            return
        self.trace.append((seconds, news.found, news.bound))
        if self.on_point is not None:
            self.on_point(self.trace[-1])


def solve_once(
    cluster: Cluster,
    contestant: Contestant,
    *,
    seed: int,
    time_limit: float,
    on_point: Callable[[Point], None] | None = None,
    on_solved: Callable[[], None] | None = None,
) -> Outcome:
    """One solve in this process, and its proposal checked (neither the seconds nor the memory of the check count).

    ``on_point`` hears of need met and its bound while the search runs, ``on_solved`` that it is over.

    Raises:
        InfeasibleError: the strategy claims that the cluster has no plan.
        KeyboardInterrupt: the solve was interrupted.
    """
    listen = Listener(on_point)
    try:
        proposal = allocator.solve(
            cluster, strategy=contestant.strategy, workers=contestant.workers, time_limit=time_limit, seed=seed,
            on_progress=listen,
        )  # fmt: skip
    except NotFoundError:
        return Outcome(
            listen.elapsed(),
            NOTHING_FOUND,
            load(),
            listen.first,
            peak_mib=peak_mib(),
            trace=tuple(listen.trace),
        )
    seconds, most, busy = listen.elapsed(), peak_mib(), load()
    if proposal.stopped is StopReason.INTERRUPTED:
        raise KeyboardInterrupt
    if on_solved is not None:
        on_solved()
    kept, met = _stage(proposal, Goal.COMMITMENTS_KEPT), _stage(proposal, Goal.NEED_MET)
    return Outcome(
        seconds=seconds,
        stopped=str(proposal.stopped),
        load=busy,
        first_proposal_s=listen.first,
        before=None if met is None else _before(proposal, met),
        commitments_kept=None if kept is None else kept.value,
        need_met=None if met is None else met.value,
        need_met_in_proposal=proposal.goal_values.get(Goal.NEED_MET),
        bound=None if met is None else met.bound,
        violations=tuple(str(found) for found in allocator.check(cluster, proposal)),
        peak_mib=most,
        trace=tuple(listen.trace),
    )


def warm_up(contestant: Contestant) -> None:
    """Solve a very small cluster, so that compiled loops and solver libraries are loaded before the clock counts."""
    from allocator.generating import generate, generate_sites

    small = generate(generate_sites("rural", 5), seed=5)
    solve_once(small, contestant, seed=1, time_limit=_WARM_UP_SECONDS)  # nothing is wanted of it


def load() -> float | None:
    """Processes that wanted to run, on average over the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None  # Windows keeps no such figure


def _stage(proposal: Proposal, goal: Goal) -> Stage | None:
    """The stage of this goal alone; None where the policy has none, or the search did not get there."""
    return next((stage for stage in proposal.stages if stage.goals == (goal,)), None)


def _before(proposal: Proposal, stage: Stage) -> tuple[int, ...]:
    earlier = proposal.stages[: proposal.stages.index(stage)]
    return tuple(each.value if each.sense == "max" else -each.value for each in earlier)
