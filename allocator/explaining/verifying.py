"""Nothing is said that was not tried: a changed plan is published, checked without any solver, and compared."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.checking import check
from allocator.explaining.services import Move, Service, moves, services
from allocator.explaining.situation import Situation
from allocator.io.fingerprint import fingerprint
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from allocator.solvers.base import Budget
from allocator.solvers.plan import Plan, evaluate
from allocator.solvers.problem import Problem
from allocator.solvers.publish import publish
from allocator.solvers.search import Search
from allocator.solvers.stages import score, shown, stages


@dataclass(frozen=True)
class Verified:
    """A changed cluster with a plan that the checker passes, and what differs from the plan argued about."""

    cluster: Cluster
    proposal: Proposal
    service: Service
    moves: tuple[Move, ...]
    goals_below: tuple[str, ...]
    """Stages of the proposal whose agreed floor this plan does not hold."""

    @property
    def losers(self) -> tuple[Move, ...]:
        """Needs with less than before."""
        return tuple(move for move in self.moves if move.lost)


def published(problem: Problem, plan: Plan, seed: int) -> Proposal:
    """The plan as a proposal that claims nothing about its goals."""
    search = Search(problem, Budget(None), seed=seed)
    return publish(
        search, plan, exhausted=False, strategy="explain", fingerprint=fingerprint(problem.cluster), limits={}
    )


def verified(
    situation: Situation, problem: Problem, plan: Plan, need_id: str, *, nobody_loses: bool
) -> Verified:
    """Publish and check a plan in which the need is met.

    Raises AssertionError where the checker finds anything, the need is not met, or somebody loses who must not:
    then the model behind the answer is wrong, and nothing may be said.
    """
    proposal = published(problem, plan, situation.proposal.seed)
    found = check(problem.cluster, proposal)
    if found:
        raise AssertionError(f"{need_id}: the checker refuses an explained plan: {found[0]}")
    before, after = services(situation.problem, situation.plan), services(problem, plan)
    if need_id not in after:
        raise AssertionError(f"{need_id} is not met by the plan that was to meet it")
    made = Verified(
        problem.cluster,
        proposal,
        after[need_id],
        moves(before, after, need_id),
        _below(situation, problem, plan),
    )
    apart = [move for move in made.moves if move.before and move.before.own_person and not _own(move)]
    if nobody_loses and (made.losers or apart):
        raise AssertionError(f"{need_id}: somebody loses where nobody may: {(*made.losers, *apart)[0]}")
    return made


def _own(move: Move) -> bool:
    return move.after is not None and move.after.own_person


def _below(situation: Situation, problem: Problem, plan: Plan) -> tuple[str, ...]:
    """Stages whose floor, as the proposal records it, the plan misses."""
    values = evaluate(problem, plan)
    floors = {stage.name: stage for stage in situation.proposal.stages}
    below = []
    for spec in stages(problem):
        stage = floors.get(spec.name)
        if stage is not None:
            figure = shown(spec, score(problem, spec, values))
            if figure > stage.floor if stage.sense == "min" else figure < stage.floor:
                below.append(spec.name)
    return tuple(below)
