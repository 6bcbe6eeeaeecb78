"""Derived quantities of docs/model.md, each against sums done by hand."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from allocator.checking.eligibility import absent_terms, failed_tests
from allocator.checking.world import World
from allocator.models.policy import Coordinators
from allocator.models.world import Availability, TravelTime
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


class TestTime:
    """avail, paid, bookable, standing."""

    def test_availability_counts_both_end_days(self):
        """One day of T1's 70; the last day of T1 is included."""
        first = World(a_cluster(staff=[a_person(available_from="2027-02-01", available_to="2027-02-01")]))
        last = World(a_cluster(staff=[a_person(available_from=T1.start + timedelta(days=69))]))
        after = World(a_cluster(staff=[a_person(available_from=T1.start + timedelta(days=70))]))

        assert first.avail("P1", 0) == last.avail("P1", 0) == Fraction(1, 70)
        assert after.avail("P1", 0) == 0

    def test_floating_point_dust_is_not_a_minute(self):
        """300 paid minutes at 55% are 165 bookable, although 0.55 × 300 is 165.00000000000003."""
        world = World(
            a_cluster(staff=[a_person(fte=0.2)], roles={"teacher": a_role(paid_hours=25, contact_share=0.55)})
        )

        assert world.paid["P1", 0] == 300
        assert world.bookable["P1", 0] == 165

    def test_a_row_of_availability_replaces_fte_and_dates(self):
        """5.99 hours are 359.4 minutes, 359 in whole ones; no row for T2."""
        rows = [Availability(staff_id="P1", term="T1", hours_per_week=5.99)]
        world = World(
            a_cluster(staff=[a_person(available_from="2028-01-01")], availability=rows, terms=(T1, T2))
        )

        assert world.paid["P1", 0] == 359
        assert world.paid["P1", 1] == 0

    def test_a_vacant_post_has_time_from_its_fill_date(self):
        """Without a date never; from the first day of T2 on, in T2; standing time is 0 in an unpaid term."""
        cluster = a_cluster(
            staff=[
                a_person("P1", vacant=True, standing_hours=1),
                a_person("P2", vacant=True, available_from=T2.start, standing_hours=1),
            ],
            terms=(T1, T2),
        )
        world = World(cluster)

        assert [world.paid["P1", t] for t in (0, 1)] == [0, 0]
        assert [world.paid["P2", t] for t in (0, 1)] == [0, 600]
        assert [world.standing["P2", t] for t in (0, 1)] == [0, 60]
        assert absent_terms(world, "P2", (0, 1)) == (0,)

    @pytest.mark.parametrize(("fte", "blocks"), [(0.3, 3), (0.25, 3), (0.24, 2), (0.04, 0)])
    def test_blocks_are_rounded_half_up(self, fte, blocks):
        """FTE ÷ 0.1."""
        world = World(
            a_cluster(staff=[a_person(fte=fte)], policy=a_policy(coordinators=Coordinators(block_fte=0.1)))
        )

        assert world.blocks("P1") == blocks


class TestPlaces:
    """one_way and quarter."""

    def test_a_listed_way_counts_both_ways_unless_the_reverse_is_listed(self):
        """A to B 20, B to A 25; A to C 7."""
        times = [("A", "B", 20), ("B", "A", 25), ("A", "C", 7)]
        cluster = a_cluster(
            sites=[a_site(code) for code in "ABC"],
            travel_times=[TravelTime(from_site=a, to_site=b, minutes=m) for a, b, m in times],
        )
        world = World(cluster)

        assert [world.one_way(*pair) for pair in ("AB", "BA", "CA", "AA", "BC")] == [20, 25, 7, 0, None]

    def test_without_a_row_the_great_circle_is_driven(self):
        """A degree of latitude is 6371 × π ÷ 180 = 111.195 km; × 1.3 ÷ 50 km/h × 60 = 173.464 minutes."""
        sites = [a_site("A", latitude=-38, longitude=176), a_site("B", latitude=-37, longitude=176)]
        minutes = World(a_cluster(sites=sites, travel_times=())).one_way("A", "B")

        assert minutes is not None
        assert float(minutes) == pytest.approx(173.4640, abs=1e-3)

    @pytest.mark.parametrize(("minutes", "quarter"), [(20, 13), (19, 12), (19.5, 13), (0, 3)])
    def test_a_quarter_visit_is_rounded_up(self, minutes, quarter):
        """(2 × 20 + 10) ÷ 4 = 12.5; 48 ÷ 4 = 12; 49 ÷ 4 = 12.25; 10 ÷ 4 = 2.5."""
        times = [TravelTime(from_site="A", to_site="B", minutes=minutes)]
        world = World(a_cluster(travel_times=times))

        assert world.quarter("P1", "B") == quarter
        assert world.quarter("P1", "A") == 0


class TestValue:
    """counted, asked, points."""

    SUPPORTS = (a_support("S1", impact=0.8), a_support("S2", impact=0.5, hours_per_week=3, weeks=20))

    def world(self, *, need=None, **policy):
        cluster = a_cluster(
            needs=[a_need(**(need or {}))], supports=self.SUPPORTS, policy=a_policy(**policy), terms=(T1, T2)
        )
        return World(cluster), cluster.needs[0], cluster.supports[0]

    def test_blank_hours_and_weeks_ask_for_the_most_any_admitted_support_gives(self):
        """180 minutes × 20 weeks = 3600; × weight 8 × 800‰ ÷ 600 = 38,400 asked.

        Served by S1: 8 × 3600 × 800 × 1000 ÷ 600,000 = 38,400.
        """
        world, need, support = self.world(need={"priority": 1})

        assert world.counted(need) == 3600
        assert world.asked["N1"] == 38_400
        assert world.points(need, support, 0) == 38_400

    @pytest.mark.parametrize(("counts", "counted"), [("hours", 600), ("learners", 1260), ("both", 1860)])
    def test_hours_learners_or_both_are_counted(self, counts, counted):
        """60 × 10 minute-weeks; 3 learners × 7 hours = 1260."""
        world, need, _ = self.world(
            need={"hours_per_week": 1, "weeks": 10, "learners": 3}, counts=counts, hours_per_learner=7
        )

        assert world.counted(need) == counted

    def test_without_an_admitted_support_the_ask_is_the_rows_at_full_impact(self):
        """60 × 10 × 1 × 1000 ÷ 600 = 1000; without hours nothing is asked."""
        asked, _, _ = self.world(need={"tier": 3, "hours_per_week": 1, "weeks": 10})
        blank, _, _ = self.world(need={"tier": 3})

        assert asked.asked["N1"] == 1000
        assert blank.asked["N1"] == 0

    def test_delay_costs_a_share_of_value_from_the_earliest_term_on(self):
        """600 × 800 × 900 ÷ 600,000 = 720 a term later; no loss when the earliest term is T2."""
        world, need, support = self.world(need={"hours_per_week": 1, "weeks": 10})
        later, same, _ = self.world(need={"hours_per_week": 1, "weeks": 10, "earliest_term": "T2"})

        assert [world.points(need, support, start) for start in (0, 1)] == [800, 720]
        assert later.points(same, support, 1) == 800

    def test_a_smaller_dose_has_its_share_of_the_value(self):
        """25 of 60 minutes: floor(600 × 800 × 25 × 1000 ÷ (60 × 600,000)) = floor(333.3)."""
        world, need, support = self.world(
            need={"hours_per_week": 1, "weeks": 10, "min_hours_per_week": 25 / 60}
        )

        assert world.minutes(need, support, reduced=True) == 25
        assert world.points(need, support, 0, reduced=True) == 333

    @pytest.mark.parametrize(("hours", "minutes"), [(0.025, 2), (0.0249, 1), (1.0, 60)])
    def test_hours_become_minutes_by_rounding_half_up(self, hours, minutes):
        """1.5 minutes are 2, 1.494 are 1."""
        world, need, support = self.world(need={"hours_per_week": hours})

        assert world.minutes(need, support) == minutes

    def test_a_smaller_dose_exists_only_below_the_full_one_and_one_to_one(self):
        """S1 gives 60 minutes; 90 is not less; a group has no smaller dose."""
        world, need, support = self.world(need={"min_hours_per_week": 1.5})
        group = a_group_support(hours_per_week=3)

        assert world.reduced_minutes(need, support) is None
        assert world.reduced_minutes(need, group) is None


def test_explanations_learn_every_test_a_pair_fails_in_order():
    """Role, skills, consent, sites and reach, all at once."""
    cluster = a_cluster(
        needs=[a_need(site_id="B", skills="braille", consent="own_school")],
        staff=[a_person(role="other", sites="A")],
        roles={"teacher": a_role(), "other": a_role(reach_minutes=10)},
    )
    failures = failed_tests(World(cluster), cluster.needs[0], cluster.supports[0], cluster.staff[0])

    assert [failure.test for failure in failures] == ["role", "skills", "consent", "sites", "reach"]
    assert failures[-1].by == "10 minutes"
