"""The plan that is argued about: a cluster, its proposal, and what every person's week holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocator.checking.world import World
from allocator.errors import Fault, InputError
from allocator.io.fingerprint import fingerprint
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from allocator.solvers.facts import Ints
from allocator.solvers.options import build_problem
from allocator.solvers.plan import PersonUse, Plan, uses
from allocator.solvers.problem import Problem
from allocator.solvers.resuming import plan_of

FEW = 4
"""People whose weeks are re-arranged together: with more, what is not possible can seldom be proved in a second."""


@dataclass(frozen=True, eq=False)
class Situation:
    """A proposal on the options of its cluster."""

    cluster: Cluster
    proposal: Proposal
    problem: Problem
    plan: Plan

    @cached_property
    def world(self) -> World:
        """The cluster as the checker sees it: its tests name what is missing."""
        return World(self.cluster)

    @cached_property
    def uses(self) -> list[PersonUse]:
        """What each person's week takes, in the order of staff.csv."""
        return uses(self.problem, self.plan)

    @cached_property
    def number(self) -> dict[str, int]:
        """Position of each planned need."""
        return {need.need_id: n for n, need in enumerate(self.problem.needs)}

    @cached_property
    def met(self) -> frozenset[int]:
        """Positions of the needs that are met."""
        return frozenset(self.problem.need[np.array(self.plan.chosen, dtype=np.int64)].tolist())

    def of_person(self, k: int) -> Ints:
        """The options a person gives in the plan."""
        chosen = np.array(self.plan.chosen, dtype=np.int64)
        return np.asarray(chosen[self.problem.person[chosen] == k], dtype=np.int64)

    def spare(self, k: int) -> int:
        """Minutes a week a person has left in the fullest of the terms in which they work."""
        if k >= len(self.uses):  # somebody a change brings in
            return 0
        left = self.problem.facts.bookable[k] - self.uses[k].used
        working = self.problem.facts.bookable[k] > 0
        return int(left[working].min()) if working.any() else 0

    def eligible(self, n: int) -> tuple[int, ...]:
        """People with an option for a need, those with most time left first."""
        return nearest_first(self, self.problem, n)


def nearest_first(situation: Situation, problem: Problem, n: int) -> tuple[int, ...]:
    """People with an option for need ``n`` of ``problem`` (the cluster's, or a changed one's), most time left first."""
    people = sorted({int(k) for k in problem.person[problem.options_of_need[n]]})
    return tuple(sorted(people, key=lambda k: (-situation.spare(k), k)))


def situation_of(cluster: Cluster, proposal: Proposal) -> Situation:
    """The proposal laid on the options of its cluster.

    Raises:
        InputError: the proposal was made for another cluster (or an earlier state of this one), or the part that
            stays with the schools is not at hand: without it nobody's week is known in full.
    """
    if proposal.fingerprint != fingerprint(cluster):
        message = (
            "the proposal was made for another cluster, or the cluster was changed since: solve it again"
        )
        raise InputError([Fault("proposal", message, column="fingerprint")])
    if proposal.withheld.served and proposal.site_only is None:
        message = (
            "the part that stays with the schools (.site-only.json) must lie beside the proposal: "
            "without it nobody's week is known in full"
        )
        raise InputError([Fault("proposal", message, column="site_only")])
    problem = build_problem(cluster)
    recalled = plan_of(problem, proposal)
    if recalled.gone:
        message = f"{len(recalled.gone)} of its rows cannot be served that way in this cluster"
        raise InputError([Fault("proposal", message, column="allocations")])
    return Situation(cluster, proposal, problem, recalled.plan)
