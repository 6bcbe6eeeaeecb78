"""Starting from an earlier proposal: nothing of it is lost where it still fits, and every rule is kept where not."""

from __future__ import annotations

import pytest

import allocator
from allocator.errors import InfeasibleError
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from allocator.solvers.base import Budget
from allocator.solvers.options import build_problem
from allocator.solvers.plan import evaluate
from allocator.solvers.resuming import plan_of, resumed
from tests.solvers.random_clusters import random_cluster

WORK = 0.1


def a_proposal(seed: int, terms: int) -> tuple[Cluster, Proposal] | None:
    """A random cluster and a quick proposal for it; None where its rows cannot hold together."""
    cluster = random_cluster(seed, needs=25, people=5, terms=terms)
    try:
        return cluster, allocator.solve(cluster, time_limit=None, work_limit=WORK, seed=seed)
    except InfeasibleError:
        return None


@pytest.mark.parametrize("terms", [1, 3])
def test_a_proposal_is_found_again_on_its_own_cluster(terms: int) -> None:
    """No row is gone, every goal has its value, and starting from it changes nothing of it."""
    seen = 0
    for seed in range(16):
        made = a_proposal(seed, terms)
        if made is None:
            continue
        cluster, proposal = made
        problem = build_problem(cluster)
        recalled = plan_of(problem, proposal)
        assert not recalled.gone
        assert evaluate(problem, recalled.plan).goals == proposal.goal_values
        again = resumed(problem, proposal, Budget(20.0), seed)
        assert evaluate(problem, again).goals == proposal.goal_values
        seen += 1
    assert seen > 4


def test_a_proposal_is_carried_over_to_a_changed_cluster() -> None:
    """Somebody leaves, some needs go and others come: the new proposal starts from the old one and keeps every rule."""
    kept = 0
    for seed in range(16):
        made = a_proposal(seed, 1)
        if made is None:
            continue
        cluster, proposal = made
        gone = cluster.staff[-1].staff_id
        changed = cluster.model_copy(
            update={
                "staff": cluster.staff[:-1],
                "sites": tuple(
                    site.model_copy(update={"liaison": tuple(code for code in site.liaison if code != gone)})
                    for site in cluster.sites
                ),
                "needs": tuple(
                    need.model_copy(update={"current_staff": None, "locked": False})
                    if need.current_staff == gone
                    else need
                    for need in cluster.needs[2:]
                ),
            }
        )
        try:
            later = allocator.solve(changed, time_limit=None, work_limit=0.05, seed=seed, start=proposal)
        except InfeasibleError:
            continue
        assert not allocator.check(changed, later)
        before = {(row.need_id, row.staff_id) for row in proposal.allocations}
        kept += len(before & {(row.need_id, row.staff_id) for row in later.allocations})
    assert kept > 40


def test_starting_from_a_proposal_never_ends_below_it() -> None:
    """With hardly any work the goals in order are at least those of the start."""
    for seed in range(12):
        made = a_proposal(seed, 2)
        if made is None:
            continue
        cluster, proposal = made
        again = allocator.solve(cluster, time_limit=None, work_limit=0.001, seed=seed + 1, start=proposal)
        before, after = proposal.stages[0], again.stages[0]
        assert (after.value if after.sense == "max" else -after.value) >= (
            before.value if before.sense == "max" else -before.value
        )
