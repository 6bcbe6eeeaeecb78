"""Clusters in which one need is unmet for a reason that can be worked out by hand, each with its proposal.

Sums: a person of 1.0 FTE has 600 bookable minutes, one step of 0.05 FTE is 30; a support of one hour a week is worth
1,000 points at priority 5 (60 minutes × 10 weeks ÷ 0.6).
"""

from __future__ import annotations

from typing import Any

import allocator
from allocator.models.policy import Negotiable, Policy
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster, Need
from tests.checking.builders import a_cluster, a_need, a_person, a_policy, a_proposal, a_row, a_visit

URGENT = {"priority": 1}
NOTHING_OFFERED = {
    "fte": 0.0,
    "new_fte": 0.0,
    "sites": 0,
    "cases": 0,
    "travel_share": 0.0,
    "reach_minutes": 0,
    "group_tiers": (),
    "smaller_group": 0,
    "later_terms": 0,
    "skills": 0,
    "vacancies": False,
}


def offering(**changes: Any) -> Policy:
    """A policy that offers nothing but what is said."""
    return a_policy(negotiable=Negotiable(**{**NOTHING_OFFERED, **changes}))


def full_week(*, spare_minutes: int = 0, **changes: Any) -> tuple[Cluster, Proposal]:
    """P1 (0.5 FTE, 300 minutes) gives N1 all but the spare minutes; N2 asks for an hour."""
    hours = (300 - spare_minutes) / 60
    given = {
        "needs": [a_need("N1", hours_per_week=hours, **URGENT), a_need("N2")],
        "staff": [a_person(fte=0.5)],
    }
    cluster = a_cluster(**{**given, **changes})
    return cluster, a_proposal(cluster, [a_row(cluster, "N1")])


def exchange(**unmet: Any) -> tuple[Cluster, Proposal]:
    """P1's whole week is N1, worth 10,000 points; N2 asks for half of it, worth 5,000 at priority 5."""
    needs = [a_need("N1", hours_per_week=10), a_need("N2", **{"hours_per_week": 5, **unmet})]
    cluster = a_cluster(needs=needs, policy=offering())
    return cluster, a_proposal(cluster, [a_row(cluster, "N1")])


def two_people(*needs: Need, given: dict[str, str], **changes: Any) -> tuple[Cluster, Proposal]:
    """P1 and P2 of 0.5 FTE at A; ``given``: need -> who gives it."""
    staff = changes.pop("staff", [a_person("P1", fte=0.5), a_person("P2", fte=0.5)])
    cluster = a_cluster(needs=needs, staff=staff, **changes)
    return cluster, a_proposal(cluster, [a_row(cluster, need, who) for need, who in given.items()])


def solved(cluster: Cluster) -> Proposal:
    """A proposal that is proved best."""
    return allocator.solve(cluster, strategy="cpsat", time_limit=20.0)


__all__ = ["a_visit", "exchange", "full_week", "offering", "solved", "two_people"]
