"""The claim that no single unmet need fits is tried, need by need."""

from __future__ import annotations

import pytest

from allocator.checking.agreements import coordinator_shares
from allocator.checking.insertion import Insertion, insertions, raised_quarters, unmet_needs
from allocator.checking.outlook import Outlook
from allocator.checking.plan import Plan
from allocator.checking.rules import hours, load, visits
from allocator.checking.stages import figures_of
from allocator.checking.world import World
from allocator.models.proposal import Share, Visit
from tests.checking.builders import (
    a_cluster,
    a_group_support,
    a_need,
    a_person,
    a_policy,
    a_proposal,
    a_role,
    a_row,
    a_support,
    check,
    the_one,
)
from tests.checking.rich import rich_cluster, rich_proposal


def claim(cluster, *served, rows=None, **changes):
    return a_proposal(
        cluster, rows or [a_row(cluster, code) for code in served], insertion_exhausted=True, **changes
    )


@pytest.mark.parametrize(("paid_hours", "fits"), [(2.0, True), (2 - 1 / 60, False)])
def test_a_need_with_room_to_the_minute_disproves_it(paid_hours, fits):
    """N1 takes 60 of 120 minutes: N2 fits; of 119 it does not."""
    cluster = a_cluster(needs=[a_need("N1"), a_need("N2")], roles={"teacher": a_role(paid_hours=paid_hours)})

    found = check(cluster, claim(cluster, "N1"))
    assert [item.rows for item in found] == ([("N2", "P1")] if fits else [])


def test_it_is_not_tried_where_it_is_not_claimed():
    """The search was cut short, and says so."""
    cluster = a_cluster(needs=[a_need("N1"), a_need("N2")])

    assert check(cluster, a_proposal(cluster, [a_row(cluster, "N1")])) == []


@pytest.mark.parametrize(("paid_hours", "fits"), [(112 / 60, True), (111 / 60, False)])
def test_a_visit_that_must_be_added_takes_its_time(paid_hours, fits):
    """60 + 52 minutes for weekly visits to B."""
    role = a_role(paid_hours=paid_hours)
    cluster = a_cluster(needs=[a_need(site_id="B")], roles={"teacher": role})

    assert bool(check(cluster, claim(cluster))) == fits


@pytest.mark.parametrize(
    ("person", "fits"), [({"max_cases": 1}, False), ({"max_cases": 2}, True), ({"max_sites": 1}, False)]
)
def test_limits_of_cases_and_sites_stop_it(person, fits):
    """One case at A already; N2 is at B."""
    cluster = a_cluster(needs=[a_need("N1"), a_need("N2", site_id="B")], staff=[a_person(**person)])

    assert bool(check(cluster, claim(cluster, "N1"))) == fits


def test_travel_limit_stops_it():
    """52 minutes of travel, 30 allowed."""
    cluster = a_cluster(needs=[a_need(site_id="B")], roles={"teacher": a_role(travel_share=0.05)})

    assert check(cluster, claim(cluster)) == []


def test_a_smaller_dose_may_fit():
    """30 of 90 bookable minutes are left."""
    needs = [a_need("N1"), a_need("N2", min_hours_per_week=0.5)]
    cluster = a_cluster(needs=needs, roles={"teacher": a_role(paid_hours=1.5)})

    assert "smaller dose" in the_one(cluster, claim(cluster, "N1"), "record").message


@pytest.mark.parametrize(
    ("need", "fits"),
    [({}, True), ({"year_level": 4}, False), ({"site_id": "B"}, False), ({"consent": "own_school"}, True)],
)
def test_a_place_in_an_open_group_costs_no_time(need, fits):
    """P1's 60 minutes are the group's; one more learner of year band 1-3 at A fits."""
    cluster = a_cluster(
        needs=[a_need("N1"), a_need("N2"), a_need("N3", **need)],
        supports=[a_group_support(max_group=3)],
        roles={"teacher": a_role(paid_hours=1)},
    )
    rows = [a_row(cluster, code, support_id="G1", group_id="g") for code in ("N1", "N2")]

    assert bool(check(cluster, claim(cluster, rows=rows))) == fits


def test_a_full_group_takes_nobody():
    """Three of three."""
    cluster = a_cluster(
        needs=[a_need(f"N{i}") for i in range(4)],
        supports=[a_group_support(max_group=3)],
        roles={"teacher": a_role(paid_hours=1)},
    )
    rows = [a_row(cluster, f"N{i}", support_id="G1", group_id="g") for i in range(3)]

    assert check(cluster, claim(cluster, rows=rows)) == []


def test_a_coordinators_share_stops_it():
    """C1 holds its blocks at B only; without a share at A nothing fits there."""
    cluster = a_cluster(
        needs=[a_need()],
        staff=[a_person("C1", role="lsc")],
        supports=[a_support(roles="lsc")],
        roles={"lsc": a_role(coordinator=True)},
    )
    for site, fits in (("B", False), ("A", True)):
        assert (
            bool(
                check(
                    cluster,
                    claim(
                        cluster,
                        shares=(Share(staff_id="C1", site_id=site, blocks=10, fte=1.0, employs=True),),
                    ),
                )
            )
            == fits
        )


def test_a_need_that_would_take_an_earlier_goal_below_its_floor_does_not_fit():
    """Travel comes first and may not rise from 0: the need at B stays unmet."""
    needs = [a_need("N1"), a_need("N2", site_id="B")]
    strict = a_cluster(needs=needs, policy=a_policy(goals=["travel", "need_met"]))
    relaxed = a_cluster(needs=needs, policy=a_policy(goals=["need_met", "travel"]))

    assert check(strict, claim(strict, "N1")) == []
    assert check(relaxed, claim(relaxed, "N1")) == []  # travel's own floor holds as well
    free = a_cluster(needs=needs)
    assert the_one(free, claim(free, "N1"), "record").rows == ("N2", "P1")


def inserted(world: World, plan: Plan, way: Insertion, raised: dict[int, int]) -> Plan:
    """The plan with the insertion made: its row added, its visits raised."""
    row, names = way.row, {world.terms[term].id: quarters for term, quarters in raised.items()}
    visits = [
        visit
        for visit in plan.proposal.visits
        if (visit.staff_id, visit.site_id) != (row.staff_id, row.meets_at) or visit.term not in names
    ]
    cost = world.quarter(row.staff_id, row.meets_at) or 0
    visits += [
        Visit(
            staff_id=row.staff_id,
            site_id=row.meets_at,
            term=term,
            quarters=quarters,
            travel_minutes_per_week=quarters * cost,
        )
        for term, quarters in names.items()
        if quarters
    ]
    changed = {"allocations": (*plan.proposal.allocations, row), "visits": tuple(visits)}
    return Plan(world, plan.proposal.model_copy(update=changed))


def test_the_quick_outlook_is_the_full_evaluation():
    """For every way to add a need to parts of the rich plan; and no way breaks R2, R5, R6 or R10."""
    cluster = rich_cluster()
    world = World(cluster)
    full = rich_proposal(cluster)
    tried = 0
    for kept in (2, 7, 9):
        plan = Plan(world, full.model_copy(update={"allocations": full.allocations[:kept]}))
        outlook = Outlook(world, plan)
        for code in unmet_needs(world, plan):
            for way in insertions(world, plan, world.needs[code]):
                raised = raised_quarters(world, plan, way)
                if raised is not None:
                    after = inserted(world, plan, way, raised)
                    assert outlook.with_row(way.row, raised, way.minutes) == figures_of(world, after)
                    for rule in (hours, visits, load, coordinator_shares):
                        assert set(rule(world, after)) <= set(rule(world, plan))
                    tried += 1

    assert tried > 20
