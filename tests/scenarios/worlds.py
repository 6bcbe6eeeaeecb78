"""A small cluster in which every type of change has something to change."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.errors import Fault, InputError
from allocator.models.policy import Reporting
from allocator.models.world import Availability, Cluster, Referral, Roll, TravelTime
from scenarios import apply_changes
from scenarios.applying import Applied
from scenarios.changes import TYPES, Change
from tests.checking.builders import (
    T1,
    T2,
    a_cluster,
    a_group_support,
    a_need,
    a_person,
    a_policy,
    a_role,
    a_site,
    a_support,
)


def a_world(**changes: Any) -> Cluster:
    """Schools A (Kauri) and B (Rimu), an office; two teachers, a coordinator, a vacant post; eight needs."""
    given: dict[str, Any] = {
        "terms": (T1, T2),
        "policy": a_policy(),
        "roles": {
            "teacher": a_role(max_cases=8),
            "lsc": a_role(name="Coordinator", coordinator=True),
            "visitor": a_role(name="Visitor", liaison=True, reach_minutes=15),
        },
        "sites": (
            a_site("A", name="Kauri School", roll_years_1_8=80),
            a_site("B", name="Rimu School"),
            a_site("OFF", name="Office", type="base", roll=0),
        ),
        "staff": (
            a_person("P1", skills=("reading",), max_cases=6, standing_hours=2.0),
            a_person("P2", base_site="B", sites=("A", "B")),
            a_person("P3", fte=0.5, vacant=True),
            a_person("C1", role="lsc", fte=0.6, employer="A"),
            a_person("M1", movable=False),
        ),
        "supports": (a_support(), a_group_support(), a_support("S2", weeks=5)),
        "needs": (
            a_need("N1", supports=("S1",)),
            a_need("N2", status="in_service", current_staff="P1", locked=True),
            a_need("N3", site_id="B", priority=2),
            a_need("N4", site_id="B", priority=1, forbidden_staff=("P2",)),
            a_need("N5", tier=3, supports=("S1",), hours_per_week=2, min_hours_per_week=1),
            a_need("N6", site_id="B", learner_id=None, year_level=None, tier=1, area_of_need="system"),
            a_need("N7", status="closed"),
            a_need("N8", consent="own_school"),
        ),
        "availability": (Availability(staff_id="P2", term="T2", hours_per_week=8),),
        "travel_times": (
            TravelTime(from_site="A", to_site="B", minutes=20),
            TravelTime(from_site="A", to_site="OFF", minutes=10),
            TravelTime(from_site="B", to_site="OFF", minutes=25),
        ),
        "referrals": (Referral(term="2026-T3", site_id="B", area_of_need="learning", tier=2, count=4),),
        "rolls": (Roll(year=2026, site_id="B", roll=101),),
        "reporting": Reporting(),
    }
    return a_cluster(**{**given, **changes})


def a_change(kind: str, **keys: Any) -> Change:
    """A change of a type, as from a file."""
    return TYPES[kind].model_validate({"change": kind, **keys})


def done(kind: str, cluster: Cluster | None = None, **keys: Any) -> Applied:
    """The change made to the small cluster."""
    return apply_changes(a_world() if cluster is None else cluster, [a_change(kind, **keys)])


def after(kind: str, cluster: Cluster | None = None, **keys: Any) -> Cluster:
    """The cluster after the change."""
    return done(kind, cluster, **keys).cluster


def refused(kind: str, cluster: Cluster | None = None, **keys: Any) -> Fault:
    """The one fault with which the change is refused."""
    with pytest.raises(InputError) as caught:
        done(kind, cluster, **keys)
    (fault,) = caught.value.faults
    return fault


def differing(before: Cluster, now: Cluster) -> set[str]:
    """The parts of the cluster that are not as they were."""
    return {name for name in Cluster.model_fields if getattr(before, name) != getattr(now, name)}
