"""All routes find the same optimum, and brute force finds it too.

Seeds come from Hypothesis, derandomised: every run draws the same clusters. A failure names its seed;
``random_cluster(seed, ...)`` builds the cluster again.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import allocator
from allocator.errors import InfeasibleError
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from tests.solvers.brute_force import stage_optima
from tests.solvers.conftest import STRATEGIES
from tests.solvers.helpers import stage_values
from tests.solvers.random_clusters import random_cluster

BLOCK = 10_000
SMALL_SECONDS = 20.0
draws = st.integers(min_value=0, max_value=BLOCK - 1)
reproducibly = settings(
    derandomize=True, database=None, deadline=None, phases=[Phase.generate], max_examples=8
)
more_of_them = settings(reproducibly, max_examples=11)


def proposal_of(cluster: Cluster, strategy: str, seconds: float | None) -> Proposal | None:
    """None where the rows cannot hold together."""
    try:
        return allocator.solve(cluster, strategy=strategy, time_limit=seconds)
    except InfeasibleError:
        return None


def faults_of(cluster: Cluster, proposal: Proposal) -> list[str]:
    """What the checker finds, and bounds on the wrong side of their values."""
    found = [str(violation) for violation in allocator.check(cluster, proposal)]
    for stage in proposal.stages:
        sign = 1 if stage.sense == "max" else -1
        if sign * stage.bound < sign * stage.value:
            found.append(f"{stage.name}: bound {stage.bound} is worse than value {stage.value}")
    return found


class TestBruteForce:
    """Enumeration of all plans, CP-SAT, SCIP, HiGHS and the plan-by-plan route agree on every stage."""

    @pytest.mark.parametrize("block", range(10))
    @given(draw=draws)
    @reproducibly
    def test_every_stage_has_the_value_that_enumeration_finds(self, block: int, draw: int) -> None:
        """5 needs, 3 people, 2 sites, 1 or 2 terms; where rows contradict each other, all say so."""
        seed = block * BLOCK + draw
        cluster = random_cluster(seed, needs=5, people=3, sites=2, terms=1 + seed % 2)
        expected = stage_optima(cluster)
        for strategy in STRATEGIES:
            proposal = proposal_of(cluster, strategy, None)
            found = None if proposal is None else stage_values(proposal)
            assert found == expected, f"seed {seed}, {strategy}"
            assert proposal is None or faults_of(cluster, proposal) == [], f"seed {seed}, {strategy}"


class TestRoutesAgree:
    """On larger clusters than can be enumerated, two routes that share no search agree."""

    @pytest.mark.parametrize("block", range(100, 120))
    @given(draw=draws)
    @more_of_them
    def test_proposals_keep_every_rule_and_proved_values_are_equal(self, block: int, draw: int) -> None:
        """6 to 8 needs, 3 or 4 people, 3 sites, 1 to 3 terms."""
        seed = block * BLOCK + draw
        cluster = random_cluster(seed, needs=6 + seed % 3, people=3 + seed % 2, sites=3)
        exact = proposal_of(cluster, "cpsat", None)
        plans = proposal_of(cluster, "plans", SMALL_SECONDS)
        assert (exact is None) == (plans is None), f"seed {seed}"
        if exact is None or plans is None:
            return
        assert faults_of(cluster, exact) == [], f"seed {seed}, cpsat"
        assert faults_of(cluster, plans) == [], f"seed {seed}, plans"
        for one, two in zip(exact.stages, plans.stages, strict=True):
            if not (one.proved and two.proved):
                break  # from here on the floors may differ
            assert one.value == two.value, f"seed {seed}, {one.name}"
