"""What a participant would notice: more help never serves less, and a pin of what is planned alters nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import allocator
from allocator.models.policy import Goal
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from scenarios import apply_changes
from tests.checking.builders import a_need, a_person, a_role
from tests.scenarios.worlds import a_change, a_world


def solved(cluster: Cluster) -> Proposal:
    """An exact plan, proved best."""
    plan = allocator.solve(cluster, strategy="cpsat", time_limit=None, workers=1)
    assert allocator.check(cluster, plan) == []
    assert all(stage.proved for stage in plan.stages)
    return plan


def value(plan: Proposal) -> int:
    return plan.goal_values[Goal.NEED_MET]


needs = st.lists(
    st.builds(
        lambda site, priority, tier: {"site_id": site, "priority": priority, "tier": tier},
        st.sampled_from("AB"),
        st.integers(1, 5),
        st.sampled_from([2, 2, 3]),
    ),
    min_size=2,
    max_size=6,
)


def a_tight_world(rows: list[dict[str, Any]]) -> Cluster:
    """Two people of 100 minutes a week each for needs of an hour each."""
    made = tuple(a_need(f"N{n}", supports=("S1", "G1"), **row) for n, row in enumerate(rows))
    staff = (a_person("P1"), a_person("P2", base_site="B"))
    roles = {"teacher": a_role(paid_hours=100 / 60)}
    return a_world(needs=made, staff=staff, roles=roles, availability=(), referrals=(), rolls=())


MORE = (
    a_change("change_staff", person="P1", set={"fte": 1.3}),
    a_change("train", person="P1", skills="reading"),
    a_change("add_staff", staff={"staff_id": "P3", "role": "teacher", "fte": 0.8, "base_site": "B"}),
    a_change("change_policy", roles={"teacher": {"day_hours": 8}}),
)


@settings(max_examples=12, deadline=None)
@given(rows=needs, number=st.integers(0, len(MORE) - 1))
def test_more_help_never_meets_less_need(rows: list[dict[str, Any]], number: int) -> None:
    cluster = a_tight_world(rows)
    assert value(solved(apply_changes(cluster, [MORE[number]]).cluster)) >= value(solved(cluster))


@settings(max_examples=12, deadline=None)
@given(rows=needs)
def test_a_site_that_withdraws_leaves_the_others_no_worse(
    rows: list[dict[str, Any]],
) -> None:
    """Its people stay, so what is left has everybody to itself."""
    rows = [*rows, {"site_id": "A", "priority": 3, "tier": 2}]
    cluster = a_tight_world(rows)
    plan = solved(cluster)
    smaller = apply_changes(cluster, [a_change("withdraw_site", site="B", staff_to="A")]).cluster
    alone = solved(smaller)
    stayed = sum(row.value for row in plan.allocations if row.site_id == "A")
    assert value(alone) >= stayed


@settings(max_examples=10, deadline=None)
@given(rows=needs)
def test_pinning_what_the_plan_does_keeps_its_value(rows: list[dict[str, Any]]) -> None:
    """A pinned service starts in its first possible term (R7), so one that the plan begins later is another."""
    cluster = a_tight_world(rows)
    plan = solved(cluster)
    whole = [row for row in plan.allocations if row.group_id is None and row.start_term == "T1"]
    if whole:
        pins = [a_change("pin", need=row.need_id, person=row.staff_id) for row in whole]
        assert value(solved(apply_changes(cluster, pins).cluster)) == value(plan)


@settings(max_examples=8, deadline=None)
@given(rows=needs)
def test_forbidding_who_is_not_asked_keeps_the_value(rows: list[dict[str, Any]]) -> None:
    cluster = a_tight_world(rows)
    plan = solved(cluster)
    served = {(row.need_id, row.staff_id) for row in plan.allocations}
    spare = [
        a_change("forbid", need=need.need_id, person=person)
        for need in cluster.needs
        for person in ("P1", "P2")
        if (need.need_id, person) not in served
    ]
    assert value(solved(apply_changes(cluster, spare).cluster)) == value(plan)
