"""A small cluster and a proposal made by hand: every figure can be checked on paper."""

from __future__ import annotations

from datetime import date
from typing import Any

from allocator.models.policy import Goal, Policy, Role, Term
from allocator.models.proposal import (
    Allocation,
    Group,
    Lead,
    Liaison,
    Proposal,
    ReservedTime,
    Share,
    SiteOnly,
    Stage,
    Status,
    StopReason,
    Unmet,
    UnmetReason,
    Visit,
    Withheld,
)
from allocator.models.world import Cluster, Need, Site, Staff, Support

HIDDEN_NEED, HIDDEN_LEARNER = "N-SECRET-1", "L-SECRET-1"


def _need(code: str, site: str, **fields: Any) -> Need:
    values: dict[str, Any] = {
        "learner_id": f"L{code}",
        "year_level": 4,
        "tier": 3,
    }
    return Need(need_id=code, site_id=site, area_of_need="learning", **{**values, **fields})


def at(latitude: float) -> dict[str, float]:
    """A place on one meridian."""
    return {"latitude": latitude, "longitude": 176.2}


def sample_cluster() -> Cluster:
    """Three schools, an RTLB, a coordinator, a vacant post; two terms of 10 weeks.

    An RTLB has 20 h paid, half bookable: 600 minutes a week. A need asks 2 h for 10 weeks: 20 hours, times
    the weight of its priority (2: 5, 3: 3, 4: 2) and its impact of 1.
    """
    support = {"tier": 3, "areas_of_need": ("learning",), "hours_per_week": 2, "weeks": 10}
    return Cluster(
        name="Te Awa [bold]Cluster",
        terms=(Term(id="T1", start=date(2027, 2, 1)), Term(id="T2", start=date(2027, 5, 3))),
        policy=Policy(),
        roles={
            "rtlb": Role(name="RTLB", paid_hours=20, contact_share=0.5, liaison=True, liaison_hours=1.0),
            "lsc": Role(
                name="Learning Support Coordinator", paid_hours=20, contact_share=0.5, coordinator=True
            ),
        },
        sites=(
            Site(site_id="S1", name="Kōwhai School", type="full_primary", roll=210, **at(-37.70)),
            Site(site_id="S2", name="Te Kura o Whero", type="kura", roll=80, **at(-37.75)),
            Site(site_id="B", name="The Base", type="base", **at(-37.72)),
        ),
        staff=(
            Staff(staff_id="RTLB-01", role="rtlb", fte=1.0, base_site="B", standing_hours=0.5),
            Staff(staff_id="LSC-01", role="lsc", fte=1.0, base_site="S1", employer="S1"),
            Staff(staff_id="RTLB-02", role="rtlb", fte=0.5, base_site="B", vacant=True),
        ),
        needs=(
            _need("N1", "S1", priority=2),
            _need("N2", "S1", tier=2),
            _need("N3", "S1", tier=2),
            _need("N4", "S2", priority=2),
            _need("N5", "S2", priority=4),
            _need(HIDDEN_NEED, "S1", learner_id=HIDDEN_LEARNER, consent="own_school"),
            _need("N-CLOSED", "S1", status="closed"),
        ),
        supports=(
            Support(support_id="CASE", name="Case", shape="individual", roles=("rtlb", "lsc"), **support),
            Support(
                support_id="GROUP",
                name="Reading group",
                shape="group",
                roles=("lsc",),
                min_group=2,
                max_group=4,
                **{**support, "tier": 2},
            ),
        ),
    )


def changed(cluster: Cluster, **fields: Any) -> Cluster:
    """The cluster with other rows."""
    return Cluster(**{name: getattr(cluster, name) for name in Cluster.model_fields} | fields)


def allocation(code: str, site: str, person: str, support: str = "CASE", **fields: Any) -> Allocation:
    """A row of a proposal: two hours a week in the first term."""
    values: dict[str, Any] = {
        "learner_id": f"L{code}",
        "meets_at": site,
        "minutes_per_week": 120,
        "value": 6000,
    }
    return Allocation(
        need_id=code,
        site_id=site,
        support_id=support,
        staff_id=person,
        start_term="T1",
        terms=("T1",),
        **{**values, **fields},
    )


def _stage(goal: Goal, value: int, bound: int, name: str | None = None) -> Stage:
    sense = "min" if goal is Goal.TRAVEL else "max"
    return Stage(
        name=name or goal, goals=(goal,), sense=sense, value=value, bound=bound, floor=value, unit="points"
    )


def sample_proposal() -> Proposal:
    """N1, N2 + N3 (a group) and N4 are supported, N5 is not; one hour of LSC-01 is reserved."""
    group: dict[str, Any] = {
        "support_id": "GROUP",
        "staff_id": "LSC-01",
        "start_term": "T1",
        "terms": ("T1",),
    }
    return Proposal(
        cluster="Te Awa [bold]Cluster",
        fingerprint="0" * 64,
        status=Status.WITHIN,
        stopped=StopReason.TIME,
        strategy="plans",
        seed=7,
        versions={"allocator": "0.1.0"},
        limits={"time_limit": 10.0},
        stages=(
            _stage(Goal.NEED_MET, 32_000, 32_064),
            _stage(Goal.FAIRNESS, 7142, 7142, "fairness.1"),
            _stage(Goal.FAIRNESS, 17_142, 17_142, "fairness.2"),
            _stage(Goal.TRAVEL, 3600, 3000),
        ),
        goal_values={**dict.fromkeys(Goal, 0), Goal.NEED_MET: 32_000, Goal.FAIRNESS: 7142, Goal.TRAVEL: 3600},
        shares_met={"S1": 10_000, "S2": 7142},
        allocations=(
            allocation("N1", "S1", "RTLB-01", value=10_000),
            allocation("N2", "S1", "LSC-01", "GROUP", group_id="G1"),
            allocation("N3", "S1", "LSC-01", "GROUP", group_id="G1"),
            allocation("N4", "S2", "RTLB-01", value=10_000),
        ),
        groups=(
            Group(
                group_id="G1",
                site_id="S1",
                year_band=(4, 6),
                minutes_per_week=120,
                cross_site=False,
                members=2,
                **group,
            ),
        ),
        visits=(
            Visit(staff_id="RTLB-01", site_id="S1", term="T1", quarters=4, travel_minutes_per_week=40),
            Visit(staff_id="RTLB-01", site_id="S2", term="T1", quarters=4, travel_minutes_per_week=80),
        ),
        shares=(Share(staff_id="LSC-01", site_id="S1", blocks=10, fte=1.0, employs=True),),
        liaisons=(
            Liaison(site_id="S1", term="T1", staff_id="RTLB-01"),
            Liaison(site_id="S2", term="T1", staff_id="RTLB-01"),
        ),
        leads=(Lead(learner_id="LN1", staff_id="RTLB-01"),),
        unmet=(
            Unmet(
                need_id="N5",
                reason=UnmetReason.FULL_HOURS,
                detail=f"RTLB-01 is full, as for {HIDDEN_NEED}.",
            ),
        ),
        withheld=Withheld(needs=1, served=1, value=3000),
        reserved=(ReservedTime(staff_id="LSC-01", term="T1", minutes_per_week=60, cases=1),),
        insertion_exhausted=True,
        site_only=SiteOnly(
            allocations=(allocation(HIDDEN_NEED, "S1", "LSC-01", learner_id=HIDDEN_LEARNER),),
            leads=(Lead(learner_id=HIDDEN_LEARNER, staff_id="LSC-01"),),
        ),
    )
