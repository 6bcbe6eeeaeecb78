"""A ready-made cluster, as a facilitator has it the evening before the meeting."""

from __future__ import annotations

import pytest

import allocator
from allocator.models.proposal import Proposal, UnmetReason
from allocator.models.world import Cluster
from scenarios import ready_made
from tests.explaining.test_audiences import everything
from tests.explaining.test_smallest import explained


@pytest.fixture(scope="module")
def rural() -> tuple[Cluster, Proposal]:
    cluster = allocator.read_cluster(ready_made("rural"))
    return cluster, allocator.solve(cluster, time_limit=2.0)


def test_what_is_said_of_full_weeks_holds(rural: tuple[Cluster, Proposal]) -> None:
    """Every change is applied and checked; every week adds up."""
    cluster, proposal = rural
    full = [row.need_id for row in proposal.unmet if row.reason is UnmetReason.FULL_HOURS]
    for code in full[:3]:
        found = explained(cluster, proposal, code)
        assert found.nobody is None and found.instead
        for week in found.instead:
            parts = sum(week.tiers.values()) + week.travel + week.liaison + week.standing + week.reserved
            assert parts + week.spare == week.bookable


def test_no_code_that_a_school_keeps_is_shown(rural: tuple[Cluster, Proposal]) -> None:
    cluster, proposal = rural
    kept = {need.need_id for need in cluster.needs if not need.shared_with_cluster}
    person = max(proposal.reserved, key=lambda row: row.minutes_per_week).staff_id
    site = cluster.person[person].base_site
    seen = everything(allocator.explain(cluster, proposal, staff=person, audience="panel"))
    seen += everything(allocator.explain(cluster, proposal, site=site, audience="panel"))
    assert not [code for code in kept if code in seen]
