"""What a cluster holds: counts, hours by role, demand."""

from __future__ import annotations

import json

from allocator.models.world import Cluster
from allocator.reporting import cluster_summary
from tests.reporting.sample import HIDDEN_NEED


def test_counts(cluster: Cluster) -> None:
    """Seven rows: one is closed, six are planned, of which one is not shared."""
    summary = cluster_summary(cluster)
    assert (summary.needs, summary.waiting, summary.in_service) == (6, 6, 0)
    assert (summary.not_planned, summary.withheld) == (1, 1)
    assert (summary.people, summary.vacant, summary.weeks) == (3, 1, 20)
    assert summary.sites == {"full_primary": 1, "kura": 1, "base": 1}


def test_hours_by_role(cluster: Cluster) -> None:
    """RTLB-01: 10 h bookable and 0.5 h promised over 20 weeks; the vacant post adds nothing."""
    rtlb = next(role for role in cluster_summary(cluster).roles if role.role == "rtlb")
    assert (rtlb.people, rtlb.vacant, rtlb.fte) == (2, 1, 1.5)
    assert (rtlb.bookable_hours, rtlb.promised_hours) == (200, 10)


def test_demand(cluster: Cluster) -> None:
    """Six needs ask 2 h for 10 weeks each."""
    summary = cluster_summary(cluster)
    assert summary.asked_hours == 120
    assert {tier.name: tier.asked_hours for tier in summary.tiers} == {"Te Kāhui": 40, "Te Arotahi": 80}


def test_as_json_without_withheld_codes(cluster: Cluster) -> None:
    assert HIDDEN_NEED not in json.dumps(cluster_summary(cluster).as_dict())
