"""Every goal's value against sums done by hand, and a value one off is caught."""

from __future__ import annotations

import pytest

from allocator.checking.goals import GOALS
from allocator.checking.plan import Plan
from allocator.checking.stages import figures_of
from allocator.checking.world import World
from allocator.models.policy import Fairness, Goal
from tests.checking.builders import (
    T1,
    T2,
    a_cluster,
    a_need,
    a_person,
    a_policy,
    a_proposal,
    a_row,
    a_site,
    a_support,
    a_visit,
    the_one,
)


def value_of(goal, cluster, proposal):
    return GOALS[Goal(goal)](World(cluster), Plan(World(cluster), proposal))


def shares_of(cluster, *served):
    proposal = a_proposal(cluster, [a_row(cluster, code) for code in served])
    return dict(figures_of(World(cluster), Plan(World(cluster), proposal)).shares)


def test_commitments_kept_counts_running_services_that_go_on():
    """Two in service, one of them and one waiting need served: 1."""
    needs = [a_need("N1", status="in_service"), a_need("N2", status="in_service"), a_need("N3")]
    cluster = a_cluster(needs=needs)
    proposal = a_proposal(cluster, [a_row(cluster, "N1"), a_row(cluster, "N3")])

    assert value_of("commitments_kept", cluster, proposal) == 1


def test_need_met_adds_up_points():
    """60 × 10 ÷ 600 × 1000‰ = 1000 points each at weight 1; priority 1 weighs 8: 1000 + 8000."""
    cluster = a_cluster(needs=[a_need("N1"), a_need("N2", priority=1), a_need("N3")])
    proposal = a_proposal(cluster, [a_row(cluster, "N1"), a_row(cluster, "N2")])

    assert value_of("need_met", cluster, proposal) == 9000


class TestFairness:
    """Shares of value met over value asked, by group; small groups pooled."""

    def test_by_site_the_smallest_share_is_the_figure(self):
        """A: 1 of 3 met = 3333 basis points; B: 1 of 2 = 5000."""
        needs = [a_need(f"A{i}") for i in range(3)] + [a_need(f"B{i}", site_id="B") for i in range(2)]
        cluster = a_cluster(needs=needs)

        assert shares_of(cluster, "A0", "B0") == {"A": 3333, "B": 5000}
        proposal = a_proposal(cluster, [a_row(cluster, "A0"), a_row(cluster, "B0")])
        assert value_of("fairness", cluster, proposal) == 3333

    def test_groups_below_the_limit_are_pooled(self):
        """B and C have one need each, two are the least: the pool has 2 needs, 1 met."""
        needs = [a_need("A0"), a_need("A1"), a_need("B0", site_id="B"), a_need("C0", site_id="C")]
        cluster = a_cluster(
            needs=needs,
            sites=[a_site(code) for code in "ABC"],
            policy=a_policy(fairness=Fairness(pool_below=2)),
        )

        assert shares_of(cluster, "B0") == {"A": 0, "(small)": 5000}

    def test_groups_with_nothing_asked_are_pooled_and_an_empty_pool_is_dropped(self):
        """B's need admits no support and names no hours; without any group the figure is 0."""
        need = a_need("B0", site_id="B", tier=3)
        cluster, alone = a_cluster(needs=[a_need("A0"), need]), a_cluster(needs=[need])

        assert shares_of(cluster, "A0") == {"A": 10_000}
        assert shares_of(alone) == {}
        assert value_of("fairness", alone, a_proposal(alone)) == 0

    @pytest.mark.parametrize(
        ("index", "band"),
        [(430, "fewer"), (430.1, "moderate"), (490, "moderate"), (490.1, "more"), (None, "unknown")],
    )
    def test_equity_bands_include_their_upper_limit(self, index, band):
        """Limits 430 and 490."""
        policy = a_policy(fairness=Fairness(by="equity_band", pool_below=1))
        cluster = a_cluster(needs=[a_need()], sites=[a_site("A", equity_index=index)], policy=policy)

        assert shares_of(cluster, "N1") == {band: 10_000}

    def test_a_need_counts_in_each_of_its_population_groups(self):
        """Māori: N1 of N1, N2; Pacific: N1; the rest: none of N3."""
        policy = a_policy(fairness=Fairness(by="group", pool_below=1))
        needs = [a_need("N1", groups="maori;pacific"), a_need("N2", groups="maori"), a_need("N3")]

        assert shares_of(a_cluster(needs=needs, policy=policy), "N1") == {
            "maori": 5000,
            "pacific": 10_000,
            "other": 0,
        }

    def test_by_medium_and_without_closed_needs(self):
        """A closed need asks for nothing."""
        policy = a_policy(fairness=Fairness(by="medium", pool_below=1))
        needs = [a_need("N1"), a_need("N2", status="closed")]

        assert shares_of(a_cluster(needs=needs, policy=policy), "N1") == {"english": 10_000}


@pytest.mark.parametrize(
    ("since", "start", "value"),
    [
        ("2027-01-04", "T1", 4),  # 28 days = 4 weeks, 20 of 20 weeks of the horizon left
        ("2027-01-05", "T1", 3),  # 27 days = 3 whole weeks
        ("2027-01-04", "T2", 2),  # 4 × 10 ÷ 20
        ("2027-01-11", "T2", 1),  # floor(3 × 10 ÷ 20)
        ("2020-01-01", "T1", 52),  # the cap
        ("2027-03-01", "T1", 0),  # asked after the first term started
    ],
)
def test_longest_waits_weigh_weeks_waited_by_weeks_left(since, start, value):
    """floor(W × L ÷ H)."""
    cluster = a_cluster(needs=[a_need(waiting_since=since)], terms=(T1, T2))

    assert (
        value_of("longest_waits", cluster, a_proposal(cluster, [a_row(cluster, "N1", start_term=start)]))
        == value
    )


def test_continuity_counts_the_person_from_the_start():
    """N1 by its person; N2 handed over by its person; N3 handed over to its person; N4 by another: 2."""
    needs = [
        a_need(code, status="in_service", current_staff="P1", handover=True, weeks=20)
        for code in ("N1", "N2", "N3", "N4")
    ]
    cluster = a_cluster(
        needs=needs,
        staff=[a_person(), a_person("P2")],
        terms=(T1, T2),
        policy=a_policy(handover_allowed=True),
    )
    rows = [a_row(cluster, "N1"), a_row(cluster, "N4", "P2")]
    for code, people in (("N2", ("P1", "P2")), ("N3", ("P2", "P1"))):
        rows += [
            a_row(cluster, code, person, part=part, terms=(term,))
            for part, person, term in zip((1, 2), people, ("T1", "T2"), strict=True)
        ]

    assert value_of("continuity", cluster, a_proposal(cluster, rows)) == 2


def test_travel_is_minutes_over_the_horizon():
    """T1: 4 quarters × 13 × 10 weeks = 520; T2: 1 × 13 × 10 = 130."""
    cluster = a_cluster(needs=[a_need(site_id="B", weeks=20)], terms=(T1, T2))
    visits = (a_visit(cluster, "P1", "B", 4), a_visit(cluster, "P1", "B", 1, "T2"))

    assert value_of("travel", cluster, a_proposal(cluster, [a_row(cluster, "N1")], visits=visits)) == 650


def test_locality_counts_needs_served_from_another_known_area():
    """N1 at B (east) from A (west) counts; N2 at C (unknown) and N3 at A do not."""
    sites = [a_site("A", area="west"), a_site("B", area="east"), a_site("C")]
    needs = [a_need("N1", site_id="B"), a_need("N2", site_id="C"), a_need("N3")]
    cluster = a_cluster(needs=needs, sites=sites)
    proposal = a_proposal(cluster, [a_row(cluster, code) for code in ("N1", "N2", "N3")])

    assert value_of("locality", cluster, proposal) == 1


def test_reach_counts_learners():
    """20 learners of a project and one more."""
    project = a_need("N1", learner_id=None, learners=20, year_level=None, supports="S2")
    cluster = a_cluster(
        needs=[project, a_need("N2")], supports=[a_support(), a_support("S2", shape="project")]
    )
    proposal = a_proposal(cluster, [a_row(cluster, "N1", support_id="S2"), a_row(cluster, "N2")])

    assert value_of("reach", cluster, proposal) == 21


def test_tier_balance_is_what_tiers_lack():
    """Tier 2 asks 3000 and meets 1000, its floor is 500‰: 1500 − 1000 = 500. Tier 3 asks 1001, 300‰: 300."""
    needs = [
        a_need("N1"),
        a_need("N2"),
        a_need("N3"),
        a_need("N4", tier=3, hours_per_week=1.001 * 60 / 60, weeks=10),
    ]
    cluster = a_cluster(needs=needs, policy=a_policy(tier_floors={1: 0.2, 2: 0.5, 3: 0.3}))

    assert value_of("tier_balance", cluster, a_proposal(cluster, [a_row(cluster, "N1")])) == 500 + 300


def test_even_load_adds_minutes_above_each_break():
    """540 used of 600: breaks at 80% (480) and 95% (570): 60 + 0. Standing time is used time."""
    cluster = a_cluster(needs=[a_need()], staff=[a_person(standing_hours=8)])

    assert value_of("even_load", cluster, a_proposal(cluster, [a_row(cluster, "N1")])) == 60


def test_few_adults_counts_needs_beyond_a_persons_first_with_a_learner():
    """P1 serves two needs of learner X and one of Y: 1. P2 serves one of X: 0."""
    needs = [
        a_need(code, learner_id=learner)
        for code, learner in (("N1", "X"), ("N2", "X"), ("N3", "X"), ("N4", "Y"))
    ]
    cluster = a_cluster(needs=needs, staff=[a_person(), a_person("P2")])
    rows = [a_row(cluster, "N1"), a_row(cluster, "N2"), a_row(cluster, "N3", "P2"), a_row(cluster, "N4")]

    assert value_of("few_adults", cluster, a_proposal(cluster, rows)) == 1


@pytest.mark.parametrize("goal", list(Goal))
def test_a_declared_value_one_off_is_caught(goal):
    """Every goal's value is worked out again."""
    cluster = a_cluster(needs=[a_need()])
    proposal = a_proposal(cluster, [a_row(cluster, "N1")])
    values = {**proposal.goal_values, goal: proposal.goal_values[goal] + 1}

    found = the_one(cluster, proposal.model_copy(update={"goal_values": values}), f"goal {goal}")
    assert found.by == "1"


def test_a_missing_value_and_a_share_one_off_are_caught():
    """Every goal has a value, every group a share."""
    cluster = a_cluster(needs=[a_need()])
    proposal = a_proposal(cluster, [a_row(cluster, "N1")])
    fewer = {goal: value for goal, value in proposal.goal_values.items() if goal != Goal.REACH}

    assert the_one(cluster, proposal.model_copy(update={"goal_values": fewer}), "goal").rule == "goal reach"
    share = the_one(cluster, proposal.model_copy(update={"shares_met": {"A": 9_999}}), "goal")
    assert (share.rows, share.by) == (("A",), "1 basis points")
