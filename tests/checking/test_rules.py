"""Rules R1 to R6: each with a case that bites, the exact boundary, and one step beyond."""

from __future__ import annotations

import pytest

from allocator.models.policy import Travel
from allocator.models.world import TravelTime
from tests.checking.builders import (
    T1,
    T2,
    a_cluster,
    a_group_support,
    a_need,
    a_person,
    a_policy,
    a_proposal,
    a_role,
    a_row,
    a_site,
    a_support,
    a_visit,
    broken,
    check,
    the_one,
)


def test_an_empty_plan_for_an_empty_cluster_keeps_every_rule():
    """Nothing asked, nothing done, nothing wrong."""
    cluster = a_cluster()

    assert check(cluster, a_proposal(cluster)) == []


class TestServedOnce:
    """R1: at most one option per need; two parts count as one service."""

    def test_one_row_is_one_service(self):
        """The boundary: exactly one row."""
        cluster = a_cluster(needs=[a_need()])

        assert check(cluster, a_proposal(cluster, [a_row(cluster, "N1")])) == []

    def test_two_rows_of_a_need_are_one_too_many(self):
        """The same need by two people, each whole."""
        cluster = a_cluster(needs=[a_need()], staff=[a_person(), a_person("P2")])

        found = the_one(
            cluster, a_proposal(cluster, [a_row(cluster, "N1"), a_row(cluster, "N1", "P2")]), "R1"
        )

        assert found.rows == ("N1",)
        assert found.by == "1 row"

    def project(self, people=2):
        return a_cluster(
            needs=[a_need(learner_id=None, year_level=None, people=people)],
            staff=[a_person(), a_person("P2")],
            supports=[a_support(shape="project", hours_per_week=1.55)],
        )

    def test_a_project_is_shared_by_two_people_half_each(self):
        """93 minutes are 47 each, rounded up; the second row carries no value."""
        cluster = self.project()
        rows = [a_row(cluster, "N1", "P1", part=1), a_row(cluster, "N1", "P2", part=2)]

        assert [row.minutes_per_week for row in rows] == [47, 47]
        assert check(cluster, a_proposal(cluster, rows)) == []

    @pytest.mark.parametrize("part", [1, 2])
    def test_one_part_alone_is_caught(self, part):
        """Both parts are taken or neither."""
        cluster = self.project()

        assert the_one(cluster, a_proposal(cluster, [a_row(cluster, "N1", part=part)]), "R1").rows == ("N1",)

    def test_both_parts_by_one_person_are_caught(self):
        """Two different people are needed."""
        cluster = self.project()
        rows = [a_row(cluster, "N1", part=1), a_row(cluster, "N1", part=2)]

        assert "two people are needed" in the_one(cluster, a_proposal(cluster, rows), "R1").message

    def test_a_project_for_one_person_is_not_shared(self):
        """The row says people = 1."""
        cluster = self.project(people=1)
        rows = [a_row(cluster, "N1", "P1", part=1), a_row(cluster, "N1", "P2", part=2)]

        assert "people = 1" in the_one(cluster, a_proposal(cluster, rows), "R1").message


class TestHours:
    """R2: delivery + travel + standing + liaison ≤ bookable, minutes a week."""

    def full_week(self, hours):
        return a_cluster(needs=[a_need(hours_per_week=hours)], roles={"teacher": a_role(day_hours=10)})

    def test_a_week_filled_to_the_minute_is_allowed(self):
        """10 hours of 10."""
        cluster = self.full_week(10)

        assert check(cluster, a_proposal(cluster, [a_row(cluster, "N1")])) == []

    def test_a_minute_more_is_caught_with_person_term_and_amount(self):
        """10 h 1 min of 10 h."""
        cluster = self.full_week(10 + 1 / 60)

        found = the_one(cluster, a_proposal(cluster, [a_row(cluster, "N1")]), "R2")

        assert found.rule == "R2 hours"
        assert found.rows == ("P1", "T1")
        assert found.by == "1 minute"
        assert found.message == "R2 hours: P1 is booked for 601 of 600 minutes a week in T1 (by 1 minute)."

    @pytest.mark.parametrize(("promised", "over"), [(488 / 60, None), (489 / 60, "1 minute")])
    def test_travel_and_standing_count_beside_delivery(self, promised, over):
        """60 at B + 4 quarters × 13 of travel + 488 standing = 600."""
        cluster = a_cluster(needs=[a_need(site_id="B")], staff=[a_person(standing_hours=promised)])
        proposal = a_proposal(cluster, [a_row(cluster, "N1")], visits=(a_visit(cluster, "P1", "B", 4),))

        assert [found.by for found in broken(cluster, proposal, "R2")] == ([] if over is None else [over])

    def test_a_group_spends_its_hours_once(self):
        """Four learners, one group, 10 hours of 10."""
        cluster = a_cluster(
            needs=[a_need(f"N{i}") for i in range(4)],
            supports=[a_group_support(hours_per_week=10)],
            roles={"teacher": a_role(day_hours=10)},
        )
        rows = [a_row(cluster, f"N{i}", support_id="G1", group_id="g") for i in range(4)]

        assert check(cluster, a_proposal(cluster, rows)) == []

    def test_delivery_counts_in_every_term_of_the_span(self):
        """P1 is away in half of T2 (300 minutes): 400 a week for 20 weeks fit T1 only."""
        person = a_person(available_to="2027-06-06")  # 5 of T2's 10 weeks
        cluster = a_cluster(needs=[a_need(hours_per_week=400 / 60, weeks=20)], staff=[person], terms=(T1, T2))

        found = the_one(cluster, a_proposal(cluster, [a_row(cluster, "N1")]), "R2")

        assert found.rows == ("P1", "T2")
        assert found.by == "100 minutes"


class TestEligible:
    """R3: role, skills, languages, years, funding, sites, reach, and a support the need admits."""

    def one(self, *, need=None, person=None, support=None, role=None, **changes):
        cluster = a_cluster(
            needs=[a_need(**(need or {}))],
            staff=[a_person(**(person or {}))],
            supports=[a_support(**(support or {}))],
            roles={"teacher": a_role(**(role or {})), "other": a_role()},
            **changes,
        )
        visits = (a_visit(cluster, "P1", "B", 4),) if cluster.needs[0].site_id == "B" else ()
        return [
            str(found)
            for found in broken(cluster, a_proposal(cluster, [a_row(cluster, "N1")], visits=visits), "R3")
        ]

    @pytest.mark.parametrize(
        ("parts", "word"),
        [
            ({"support": {"roles": "other"}}, "role"),
            ({"support": {"skills": "braille"}}, "braille"),
            ({"need": {"skills": "braille"}}, "braille"),
            ({"need": {"languages": "nzsl"}}, "nzsl"),
            ({"sites": [a_site("A", medium="maori"), a_site("B")]}, "te_reo_maori"),
            ({"role": {"year_max": 2}}, "year 3"),
            ({"role": {"year_min": 4}}, "year 3"),
            ({"support": {"year_max": 2}}, "does not admit"),
            ({"support": {"funding": "ORS"}}, "does not admit"),
            ({"support": {"funding_excluded": "ORS"}, "need": {"funding": "ORS"}}, "does not admit"),
            ({"person": {"funding": "ORS"}}, "ORS"),
            ({"person": {"sites": "A"}, "need": {"site_id": "B"}}, "not one of the sites"),
            ({"support": {"tier": 3}}, "does not admit"),
            ({"support": {"areas_of_need": "behaviour"}}, "does not admit"),
            ({"need": {"supports": "S9"}}, "does not admit"),
            ({"need": {"learner_id": None}}, "does not admit"),
            ({"sites": [a_site("A", type="base"), a_site("B")]}, "office"),
        ],
    )
    def test_every_test_bites(self, parts, word):
        """One thing that does not fit, and it is named."""
        messages = self.one(**parts)

        assert len(messages) == 1
        assert word in messages[0]

    @pytest.mark.parametrize(
        "parts",
        [
            {"support": {"skills": "braille"}, "person": {"skills": "braille;cpr"}},
            {"need": {"languages": "nzsl"}, "person": {"languages": "nzsl"}},
            {"role": {"year_min": 3, "year_max": 3}},
            {"support": {"year_min": 3, "year_max": 3}},
            {"need": {"year_level": None}, "role": {"year_min": 4}},
            {"support": {"funding": "ORS;ICS"}, "need": {"funding": "ICS"}},
            {"person": {"funding": "ICS"}, "need": {"funding": "ICS"}},
            {"person": {"sites": "B"}},
            {"need": {"supports": "S1"}, "support": {"tier": 3, "areas_of_need": "health"}},
        ],
    )
    def test_what_fits_exactly_passes(self, parts):
        """The same tests at their boundary; the base always counts as one of the person's sites."""
        assert self.one(**parts) == []

    @pytest.mark.parametrize(("minutes", "over"), [(60, None), (60.5, "0.5 minutes")])
    def test_reach_is_one_way_and_includes_its_limit(self, minutes, over):
        """60 minutes are within a reach of 60, 60.5 are not."""
        messages = self.one(
            need={"site_id": "B"}, travel_times=[TravelTime(from_site="B", to_site="A", minutes=minutes)]
        )

        assert len(messages) == (0 if over is None else 1)
        assert over is None or over in messages[0]

    def test_an_individual_support_happens_at_the_learners_site(self):
        """Served at B, enrolled at A."""
        cluster = a_cluster(needs=[a_need()])
        proposal = a_proposal(
            cluster, [a_row(cluster, "N1", meets_at="B")], visits=(a_visit(cluster, "P1", "B", 4),)
        )

        assert the_one(cluster, proposal, "R3").rows == ("N1", "S1", "P1")


class TestGroups:
    """R4: same support, leader, start, site and year band; size within bounds; sites near; consent."""

    def group(self, needs, *, changes=None, support=None, **cluster_changes):
        cluster = a_cluster(
            needs=needs,
            supports=[a_group_support(**(support or {})), a_group_support("G2")],
            **cluster_changes,
        )
        rows = [
            a_row(
                cluster,
                need.need_id,
                **{"support_id": "G1", "group_id": "g", "meets_at": "A", **((changes or {}).get(i, {}))},
            )
            for i, need in enumerate(needs)
        ]
        return cluster, a_proposal(cluster, rows)

    @pytest.mark.parametrize("size", [2, 4])
    def test_the_smallest_and_the_largest_group_are_allowed(self, size):
        """Two to four."""
        assert check(*self.group([a_need(f"N{i}") for i in range(size)])) == []

    @pytest.mark.parametrize(("size", "bounds"), [(1, "needs 2"), (5, "takes 4")])
    def test_one_fewer_and_one_more_are_caught(self, size, bounds):
        """One or five learners where two to four are a group."""
        found = the_one(*self.group([a_need(f"N{i}") for i in range(size)]), "R4")

        assert found.rows == ("g",)
        assert found.by == "1 learner"
        assert bounds in found.message

    def test_two_year_bands_are_caught(self):
        """Years 3 and 4 lie in bands 1-3 and 4-6."""
        found = the_one(*self.group([a_need("N1"), a_need("N2", year_level=4)]), "R4")

        assert found.rows == ("g", "N1", "N2")

    @pytest.mark.parametrize(
        ("change", "word"),
        [
            ({"staff_id": "P2"}, "leader"),
            ({"support_id": "G2"}, "support"),
            ({"start_term": "T2"}, "start term"),
        ],
    )
    def test_members_share_leader_support_and_start(self, change, word):
        """One member says otherwise."""
        cluster, proposal = self.group(
            [a_need("N1"), a_need("N2"), a_need("N3")],
            changes={2: change},
            staff=[a_person(), a_person("P2")],
            terms=(T1, T2),
        )

        assert f"more than one {word}" in the_one(cluster, proposal, "R4").message

    def test_a_group_support_outside_a_group_is_caught(self):
        """A row of a group support without a group."""
        cluster = a_cluster(needs=[a_need()], supports=[a_group_support()])

        found = the_one(cluster, a_proposal(cluster, [a_row(cluster, "N1", support_id="G1")]), "R4")
        assert found.rows == ("N1", "G1")

    def test_a_learner_of_another_site_needs_a_cross_site_support(self):
        """G1 is for one site."""
        found = the_one(*self.group([a_need("N1"), a_need("N2", site_id="B")]), "R4")

        assert found.rows == ("g", "N2")

    @pytest.mark.parametrize(("limit", "over"), [(20.0, None), (19.5, "0.5 minutes")])
    def test_cross_site_members_live_within_the_limit(self, limit, over):
        """B is 20 minutes from A."""
        cluster, proposal = self.group(
            [a_need("N1"), a_need("N2", site_id="B")],
            support={"cross_site": True},
            policy=a_policy(cross_site_minutes=limit),
        )

        assert [found.by for found in broken(cluster, proposal, "R4")] == ([] if over is None else [over])

    def test_a_cross_site_group_needs_consent_from_each(self):
        """N2's family shares with its own school only."""
        cluster, proposal = self.group(
            [a_need("N1", site_id="B"), a_need("N2", consent="own_school")], support={"cross_site": True}
        )

        assert the_one(cluster, proposal, "R4").rows == ("g", "N2")

    def test_a_group_of_one_site_needs_no_cluster_consent(self):
        """Both at A, where the leader is based: one is shown, one is counted."""
        cluster, proposal = self.group([a_need("N1"), a_need("N2", consent="own_school")])

        assert check(cluster, proposal) == []

    @pytest.mark.parametrize("need", [{"year_level": None}, {"learners": 2}, {"learner_id": None}])
    def test_rows_without_a_year_or_for_several_learners_join_no_group(self, need):
        """A group support needs a year level, one learner, and a learner."""
        cluster, proposal = self.group([a_need("N1"), a_need("N2"), a_need("N3", **need)])

        assert broken(cluster, proposal, "R3")[0].rows == ("N3", "G1", "P1")


class TestVisits:
    """R5: visits follow the most frequent support and the length of a day; five a week; none at the base."""

    def at_b(self, quarters, *, hours=1.0, rate=1.0):
        cluster = a_cluster(
            needs=[a_need(site_id="B", hours_per_week=hours)],
            supports=[a_support(visits_per_week=rate)],
            staff=[a_person(fte=1.5)],
            roles={"teacher": a_role(paid_hours=20)},
        )
        visits = (a_visit(cluster, "P1", "B", quarters),) if quarters else ()
        return cluster, a_proposal(cluster, [a_row(cluster, "N1")], visits=visits)

    @pytest.mark.parametrize(("rate", "quarters"), [(0.25, 1), (1.0, 4), (2.5, 10)])
    def test_as_often_as_the_support_asks_is_enough(self, rate, quarters):
        """Four quarters are a weekly visit."""
        assert check(*self.at_b(quarters, rate=rate)) == []

    @pytest.mark.parametrize(("quarters", "missing"), [(9, "1 quarter"), (0, "10 quarters")])
    def test_fewer_are_caught(self, quarters, missing):
        """Ten quarters are needed."""
        found = the_one(*self.at_b(quarters, rate=2.5), "R5")

        assert found.rows == ("P1", "B", "T1")
        assert found.by == missing

    @pytest.mark.parametrize(("hours", "over"), [(6.25, None), (6.25 + 1 / 60, "1 quarter")])
    def test_no_day_is_longer_than_the_roles(self, hours, over):
        """5 quarters × 300 minutes hold 4 × 375 minutes and not 4 × 376."""
        cluster, proposal = self.at_b(5, hours=hours)

        assert [found.by for found in broken(cluster, proposal, "R5")] == ([] if over is None else [over])

    @pytest.mark.parametrize(("quarters", "over"), [(20, None), (21, "1 quarter")])
    def test_a_week_has_five_days(self, quarters, over):
        """20 quarters are the most."""
        cluster, proposal = self.at_b(quarters)

        assert [found.by for found in broken(cluster, proposal, "R5")] == ([] if over is None else [over])

    def test_visits_to_the_base_and_visits_for_nothing_are_caught(self):
        """P1 is based at A, and has nothing to do at B."""
        cluster = a_cluster(needs=[a_need()])
        visits = (a_visit(cluster, "P1", "A", 4), a_visit(cluster, "P1", "B", 4))

        found = broken(cluster, a_proposal(cluster, [a_row(cluster, "N1")], visits=visits), "R5")

        assert [item.rows for item in found] == [("P1", "A", "T1"), ("P1", "B", "T1")]

    def test_a_site_without_a_known_way_cannot_be_visited(self):
        """No row in the travel table and no coordinates."""
        cluster = a_cluster(needs=[a_need(site_id="B")], travel_times=())
        proposal = a_proposal(cluster, [a_row(cluster, "N1")], visits=(a_visit(cluster, "P1", "B", 4),))

        assert "not known" in the_one(cluster, proposal, "R5").message


class TestLoad:
    """R6: cases, sites and travel have limits."""

    def two_needs(self, *, person=None, role=None, sites=("A", "B"), travel=None):
        cluster = a_cluster(
            needs=[a_need("N1", site_id=sites[0]), a_need("N2", site_id=sites[1])],
            staff=[a_person(**(person or {}))],
            roles={"teacher": a_role(**(role or {}))},
            travel=Travel(overhead_minutes=10) if travel is None else travel,
        )
        visits = (a_visit(cluster, "P1", "B", 4),) if "B" in sites else ()
        return cluster, a_proposal(cluster, [a_row(cluster, "N1"), a_row(cluster, "N2")], visits=visits)

    @pytest.mark.parametrize(
        ("person", "role", "over"),
        [
            ({"max_cases": 2}, {}, None),
            ({"max_cases": 1}, {}, "1 case"),
            ({"fte": 0.5}, {"max_cases": 3}, None),  # 1.5 cases, rounded half up: 2
            ({"fte": 0.4}, {"max_cases": 3}, "1 case"),  # 1.2
            ({"fte": 0.4, "max_cases": 2}, {"max_cases": 3}, None),
            ({}, {}, None),
        ],
    )
    def test_cases_are_limited_by_person_or_by_role_and_fte(self, person, role, over):
        """Two individual needs are two cases."""
        cluster, proposal = self.two_needs(person=person, role=role)
        found = broken(cluster, proposal, "R6")

        assert [item.by for item in found] == ([] if over is None else [over])
        assert not found or found[0].rows == ("P1", "T1")

    def test_a_group_is_one_case(self):
        """Three learners, one group, max_cases 1."""
        cluster = a_cluster(
            needs=[a_need(f"N{i}") for i in range(3)],
            supports=[a_group_support()],
            staff=[a_person(max_cases=1)],
        )
        rows = [a_row(cluster, f"N{i}", support_id="G1", group_id="g") for i in range(3)]

        assert check(cluster, a_proposal(cluster, rows)) == []

    @pytest.mark.parametrize(("most", "over"), [(2, None), (1, "1 site")])
    def test_the_base_counts_as_a_site(self, most, over):
        """Work at A (the base) and at B."""
        cluster, proposal = self.two_needs(person={"max_sites": most})

        assert [found.by for found in broken(cluster, proposal, "R6")] == ([] if over is None else [over])

    def test_the_roles_limit_of_sites_holds_where_the_person_has_none(self):
        """The role says one site, the person says nothing."""
        assert the_one(*self.two_needs(role={"max_sites": 1}), "R6").by == "1 site"

    @pytest.mark.parametrize(("share", "over"), [(52 / 600, None), (51 / 600, "1 minute")])
    def test_travel_is_limited_by_a_share_of_paid_time(self, share, over):
        """4 quarters × 13 minutes = 52 of 600."""
        cluster, proposal = self.two_needs(role={"travel_share": round(share, 6)})

        assert [found.by for found in broken(cluster, proposal, "R6")] == ([] if over is None else [over])
