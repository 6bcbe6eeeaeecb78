"""What the solvers' tests ask of a cluster: solve it, check it independently, read off the answer."""

from __future__ import annotations

import allocator
from allocator.models.proposal import Allocation, Proposal, Unmet
from allocator.models.world import Cluster

PATIENCE = 60.0
"""Seconds; the clusters here are proved in a fraction of one."""


def solved(cluster: Cluster, strategy: str = "cpsat") -> Proposal:
    """A proposal that is proved best and in which the independent checker finds nothing wrong."""
    proposal = allocator.solve(cluster, strategy=strategy, time_limit=PATIENCE)
    assert [str(found) for found in allocator.check(cluster, proposal)] == []
    assert [stage.name for stage in proposal.stages if not stage.proved] == []
    return proposal


def rows_of(proposal: Proposal) -> tuple[Allocation, ...]:
    """All allocation rows, those that stay with the schools included."""
    return proposal.allocations + (proposal.site_only.allocations if proposal.site_only else ())


def unmet_of(proposal: Proposal) -> tuple[Unmet, ...]:
    """All unmet rows, those that stay with the schools included."""
    return proposal.unmet + (proposal.site_only.unmet if proposal.site_only else ())


def served(cluster: Cluster, strategy: str) -> list[str]:
    """Codes of the needs served, sorted."""
    return sorted({row.need_id for row in rows_of(solved(cluster, strategy))})


def stage_values(proposal: Proposal) -> list[tuple[str, int]]:
    """(stage, value) in order."""
    return [(stage.name, stage.value) for stage in proposal.stages]
