"""R1 to R6 through every route: a case that bites, the exact boundary, one step beyond.

Sums use the builders' world: P1 of 1.0 FTE has 600 bookable minutes, A and B are 20 minutes apart, a quarter-visit
to B costs ceil((2 × 20 + 10) ÷ 4) = 13 minutes a week, a weekly visit 52.
"""

from __future__ import annotations

import pytest

from allocator.models.world import Availability
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
from tests.solvers.helpers import rows_of, served, solved

PROJECT = {"learner_id": None, "year_level": None, "tier": 1, "area_of_need": "system", "people": 2}


class TestServedOnce:
    """R1: one option per need; both parts by two people, or neither."""

    def test_one_person_is_enough(self, strategy) -> None:
        """Two could, one does: value counts once (1 h × 10 weeks × weight 1 = 1,000 points)."""
        proposal = solved(a_cluster(needs=[a_need()], staff=[a_person("P1"), a_person("P2")]), strategy)
        assert len(proposal.allocations) == 1
        assert proposal.stages[0].value == 1000

    @pytest.mark.parametrize(("asked", "rows"), [(20, 2), (20 + 2 / 60, 0)])
    def test_a_shared_project_takes_half_of_each(self, asked, rows, strategy) -> None:
        """20 h are 600 + 600 minutes of two people with 600 each; 20 h 2 min are 601 each."""
        support = a_support(shape="project", tier=1, areas_of_need="system", hours_per_week=asked)
        cluster = a_cluster(
            needs=[a_need(**PROJECT)], staff=[a_person("P1"), a_person("P2")], supports=[support]
        )
        proposal = solved(cluster, strategy)
        assert len({row.staff_id for row in proposal.allocations}) == rows


class TestHours:
    """R2: delivery + travel + standing + liaison ≤ bookable."""

    @pytest.mark.parametrize(("minutes", "count"), [(300, 2), (301, 1)])
    def test_two_needs_share_ten_hours(self, minutes, count, strategy) -> None:
        """300 + 300 = 600 fits; 301 + 301 = 602 does not."""
        cluster = a_cluster(needs=[a_need(code, hours_per_week=minutes / 60) for code in ("N1", "N2")])
        assert len(served(cluster, strategy)) == count

    @pytest.mark.parametrize(("standing", "count"), [(9, 1), (9 + 1 / 60, 0)])
    def test_standing_hours_are_gone(self, standing, count, strategy) -> None:
        """600 − 540 = 60 minutes are left for one hour; 59 are not enough."""
        cluster = a_cluster(needs=[a_need()], staff=[a_person(standing_hours=standing)])
        assert len(served(cluster, strategy)) == count

    @pytest.mark.parametrize(("minutes", "count"), [(548, 1), (549, 0)])
    def test_the_way_there_counts(self, minutes, count, strategy) -> None:
        """548 at B need ceil(4 × 548 ÷ 600) = 4 quarters of a 10 hour day: 548 + 52 = 600."""
        cluster = a_cluster(
            needs=[a_need(site_id="B", hours_per_week=minutes / 60)], roles={"teacher": a_role(day_hours=10)}
        )
        assert len(served(cluster, strategy)) == count

    @pytest.mark.parametrize(("hours", "count"), [(1, 1), (59 / 60, 0)])
    def test_availability_of_a_term_replaces_fte(self, hours, count, strategy) -> None:
        """Exactly the hour asked, or a minute less, in the second of two terms."""
        listed = (Availability(staff_id="P1", term="T2", hours_per_week=hours),)
        cluster = a_cluster(needs=[a_need(weeks=20)], terms=(T1, T2), availability=listed)
        assert len(served(cluster, strategy)) == count

    def test_a_vacant_post_gives_nothing(self, strategy) -> None:
        """Nobody is there."""
        assert served(a_cluster(needs=[a_need()], staff=[a_person(vacant=True)]), strategy) == []

    def test_the_smaller_dose_fits_where_the_full_one_does_not(self, strategy) -> None:
        """11 h do not fit into 10, 10 do: floor(110 h × 10 ÷ 11) = 10,000 of 11,000 points."""
        proposal = solved(a_cluster(needs=[a_need(hours_per_week=11, min_hours_per_week=10)]), strategy)
        assert proposal.allocations[0].reduced
        assert proposal.stages[0].value == 10_000


class TestEligible:
    """R3: who may serve whom, where."""

    @pytest.mark.parametrize(("reach", "count"), [(20, 1), (19, 0)])
    def test_reach_is_one_way(self, reach, count, strategy) -> None:
        """B is 20 minutes from A."""
        cluster = a_cluster(needs=[a_need(site_id="B")], roles={"teacher": a_role(reach_minutes=reach)})
        assert len(served(cluster, strategy)) == count

    @pytest.mark.parametrize(("languages", "count"), [("te_reo_maori", 1), ("nzsl", 0)])
    def test_the_medium_of_the_site_asks_for_its_language(self, languages, count, strategy) -> None:
        """A Māori-medium site needs te reo Māori."""
        cluster = a_cluster(
            needs=[a_need()],
            staff=[a_person(languages=languages)],
            sites=[a_site("A", medium="maori"), a_site("B")],
        )
        assert len(served(cluster, strategy)) == count

    @pytest.mark.parametrize(("funding", "count"), [("ORS;EIS", 1), ("EIS", 0)])
    def test_funded_people_serve_funded_needs(self, funding, count, strategy) -> None:
        """P1 is paid for ORS."""
        cluster = a_cluster(needs=[a_need(funding=funding)], staff=[a_person(funding="ORS")])
        assert len(served(cluster, strategy)) == count


class TestGroups:
    """R4: hours once per group; size, year band, sites and consent."""

    @pytest.mark.parametrize(("learners", "expected"), [(1, 0), (2, 1), (4, 1), (5, 2)])
    def test_sizes_and_hours(self, learners, expected, strategy) -> None:
        """Two to four in a group, 1 h each: five learners are 3 + 2."""
        needs = [a_need(f"N{i}") for i in range(learners)]
        proposal = solved(a_cluster(needs=needs, supports=[a_group_support()]), strategy)
        assert len(proposal.groups) == expected

    def test_five_do_not_all_fit_in_one_group_when_there_is_time_for_one(self, strategy) -> None:
        """1 h of time, groups of at most four."""
        needs = [a_need(f"N{i}") for i in range(5)]
        cluster = a_cluster(needs=needs, supports=[a_group_support()], staff=[a_person(fte=0.1)])
        assert len(served(cluster, strategy)) == 4

    @pytest.mark.parametrize(("year", "count"), [(1, 2), (4, 0)])
    def test_members_are_of_one_year_band(self, year, count, strategy) -> None:
        """Years 1 to 3 are a band, year 4 is in the next."""
        needs = [a_need("N1", year_level=3), a_need("N2", year_level=year)]
        assert len(served(a_cluster(needs=needs, supports=[a_group_support()]), strategy)) == count

    @pytest.mark.parametrize(("cross", "near", "consent", "count"), [
        (True, 20, "cluster", 2), (True, 19, "cluster", 0), (False, 20, "cluster", 0), (True, 20, "own_school", 0),
    ])  # fmt: skip
    def test_learners_of_two_sites(self, cross, near, consent, count, strategy) -> None:
        """B is 20 minutes away; the support, the distance and every member's consent must allow it."""
        cluster = a_cluster(
            needs=[a_need("N1"), a_need("N2", site_id="B", consent=consent)],
            supports=[a_group_support(cross_site=cross)],
            policy=a_policy(cross_site_minutes=near),
        )
        assert len(served(cluster, strategy)) == count

    @pytest.mark.parametrize("consent", ["own_school", "withdrawn"])
    def test_one_site_may_mix_consent(self, consent, strategy) -> None:
        """At A itself, even where the support could cross sites."""
        cluster = a_cluster(
            needs=[a_need("N1"), a_need("N2", consent=consent)], supports=[a_group_support(cross_site=True)]
        )
        assert len(served(cluster, strategy)) == 2


class TestVisits:
    """R5: the fewest quarter-visits that support, minutes a day and liaison allow."""

    @pytest.mark.parametrize(("rate", "minutes", "quarters"), [
        (0.25, 75, 1), (0.25, 76, 2), (1.0, 60, 4), (0.5, 60, 2),
    ])  # fmt: skip
    def test_quarters_follow_rate_and_day(self, rate, minutes, quarters, strategy) -> None:
        """A day holds 300 minutes, so a monthly visit holds 75 a week."""
        cluster = a_cluster(
            needs=[a_need(site_id="B", hours_per_week=minutes / 60)],
            supports=[a_support(visits_per_week=rate)],
        )
        (visit,) = solved(cluster, strategy).visits
        assert (visit.quarters, visit.travel_minutes_per_week) == (quarters, 13 * quarters)

    @pytest.mark.parametrize(("day", "count"), [(2.0, 1), (1.9, 0)])
    def test_five_visits_a_week_are_the_most(self, day, count, strategy) -> None:
        """600 minutes in days of 120 are exactly 20 quarters (20 × 13 = 260 more); of 114 they are 22."""
        cluster = a_cluster(
            needs=[a_need(site_id="B", hours_per_week=10)],
            roles={"teacher": a_role(paid_hours=30, day_hours=day)},
        )
        assert len(served(cluster, strategy)) == count

    def test_no_visits_at_the_own_base(self, strategy) -> None:
        """P1 is based at A."""
        assert solved(a_cluster(needs=[a_need()]), strategy).visits == ()


class TestLoad:
    """R6: cases, sites and travel in a term."""

    @pytest.mark.parametrize("most", [0, 1, 2])
    def test_cases(self, most, strategy) -> None:
        """Three needs, room for so many."""
        needs = [a_need(f"N{i}") for i in range(3)]
        assert len(served(a_cluster(needs=needs, staff=[a_person(max_cases=most)]), strategy)) == most

    def test_a_group_is_one_case(self, strategy) -> None:
        """Four learners, one case."""
        needs = [a_need(f"N{i}") for i in range(4)]
        cluster = a_cluster(needs=needs, supports=[a_group_support()], staff=[a_person(max_cases=1)])
        assert len(served(cluster, strategy)) == 4

    @pytest.mark.parametrize(("most", "count"), [(2, 2), (1, 1)])
    def test_sites_count_the_base(self, most, count, strategy) -> None:
        """One need at A, one at B."""
        cluster = a_cluster(needs=[a_need("N1"), a_need("N2", site_id="B")], staff=[a_person(max_sites=most)])
        assert len(served(cluster, strategy)) == count

    @pytest.mark.parametrize(("share", "count"), [(0.0867, 1), (0.0866, 0)])
    def test_travel_cap(self, share, count, strategy) -> None:
        """A weekly visit is 52 minutes: floor(600 × 0.0867) = 52, floor(600 × 0.0866) = 51."""
        cluster = a_cluster(needs=[a_need(site_id="B")], roles={"teacher": a_role(travel_share=share)})
        assert len(served(cluster, strategy)) == count

    def test_rows_are_the_minutes_given(self, strategy) -> None:
        """A group's minutes are the support's, whatever the row asks."""
        needs = [a_need(f"N{i}", hours_per_week=3) for i in range(2)]
        proposal = solved(a_cluster(needs=needs, supports=[a_group_support()]), strategy)
        assert {row.minutes_per_week for row in rows_of(proposal)} == {60}
