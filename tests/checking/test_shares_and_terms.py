"""Rules R10 and R11: each with a case that bites, the exact boundary, and one step beyond."""

from __future__ import annotations

import pytest

from allocator.models.policy import Coordinators
from allocator.models.proposal import Lead, Share
from tests.checking.builders import (
    T1,
    T2,
    T3,
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

TWO_PEOPLE = (a_person(), a_person("P2"))


def a_share(site_id, blocks, *, employs=False, staff_id="C1"):
    return Share(
        staff_id=staff_id, site_id=site_id, blocks=blocks, fte=round(blocks * 0.1, 6), employs=employs
    )


class TestCoordinatorShares:
    """R10: a coordinator's blocks, where they lie, what they hold, and who employs."""

    def cluster(self, *, need=None, person=None, policy=None, **changes):
        return a_cluster(
            needs=[a_need(**need)] if need is not None else [],
            staff=[a_person("C1", role="lsc", **(person or {})), a_person("P1")],
            supports=[a_support(roles="lsc;teacher")],
            roles={"lsc": a_role(coordinator=True), "teacher": a_role()},
            policy=a_policy(coordinators=Coordinators(**(policy or {}))),
            **changes,
        )

    def test_blocks_add_up_over_the_sites(self):
        """1.0 FTE in blocks of 0.1: 6 at A, which employs, and 4 at B."""
        cluster = self.cluster()

        assert (
            check(cluster, a_proposal(cluster, shares=(a_share("A", 6, employs=True), a_share("B", 4)))) == []
        )

    @pytest.mark.parametrize("blocks", [3, 5])
    def test_a_block_too_few_or_too_many_is_caught(self, blocks):
        """9 or 11 of 10."""
        cluster = self.cluster()

        found = the_one(
            cluster, a_proposal(cluster, shares=(a_share("A", 6, employs=True), a_share("B", blocks))), "R10"
        )
        assert found.rows == ("C1",)
        assert found.by == "1 block"

    @pytest.mark.parametrize(("least", "over"), [(0.2, None), (0.25, "1 block"), (0.3, "1 block")])
    def test_a_share_is_at_least_the_minimum(self, least, over):
        """2 blocks of 0.1 at B; 0.25 FTE is 3 blocks, rounded up."""
        cluster = self.cluster(policy={"min_share_fte": least})
        proposal = a_proposal(cluster, shares=(a_share("A", 8, employs=True), a_share("B", 2)))

        assert [found.by for found in broken(cluster, proposal, "R10")] == ([] if over is None else [over])

    @pytest.mark.parametrize(
        "change",
        [
            {"sites": [a_site("A"), a_site("B", type="base")]},
            {"person": {"sites": "A"}},
            {"travel_times": ()},
        ],
    )
    def test_a_share_lies_where_the_coordinator_may_go(self, change):
        """B is an office, is not one of their sites, or is out of reach."""
        cluster = self.cluster(**change)
        proposal = a_proposal(cluster, shares=(a_share("A", 6, employs=True), a_share("B", 4)))

        assert the_one(cluster, proposal, "R10").rows == ("C1", "B")

    @pytest.mark.parametrize(
        ("employer", "blocks", "employs", "wanted"),
        [
            ("B", (6, 4), "B", "B"),
            ("B", (6, 4), "A", "B"),
            (None, (6, 4), "A", "A"),
            (None, (4, 6), "A", "B"),
            (None, (5, 5), "A", "A"),  # a tie goes to the base
            (None, (5, 5), "B", "A"),
            ("The trust", (4, 6), "B", "B"),
        ],
    )
    def test_one_site_employs(self, employer, blocks, employs, wanted):
        """The site named, else the largest share's, else the base."""
        cluster = self.cluster(person={"employer": employer})
        shares = tuple(
            a_share(site, number, employs=site == employs) for site, number in zip("AB", blocks, strict=True)
        )

        found = broken(cluster, a_proposal(cluster, shares=shares), "R10")
        assert [item.rows for item in found] == ([] if employs == wanted else [("C1", wanted)])

    def test_the_employing_site_holds_a_share(self):
        """B employs and has nothing."""
        cluster = self.cluster(person={"employer": "B"})

        found = broken(cluster, a_proposal(cluster, shares=(a_share("A", 10, employs=True),)), "R10")
        assert "B employs C1 and holds no share" in [item.message for item in found][-1]

    @pytest.mark.parametrize(("hours", "over"), [(4.0, None), (4 + 1 / 60, "1 minute")])
    def test_delivery_at_a_site_stays_within_its_share(self, hours, over):
        """4 blocks of 60 minutes at A, the base."""
        cluster = self.cluster(need={"hours_per_week": hours})
        shares = (a_share("A", 4), a_share("B", 6, employs=True))
        found = broken(cluster, a_proposal(cluster, [a_row(cluster, "N1", "C1")], shares=shares), "R10")

        assert [item.by for item in found] == ([] if over is None else [over])
        assert not found or found[0].rows == ("C1", "A", "T1")

    @pytest.mark.parametrize(("standing", "over"), [(0, None), (0.02, "8 minutes")])
    def test_travel_to_a_site_and_standing_time_are_part_of_its_share(self, standing, over):
        """188 + 52 = 240 = 4 × 60 at B; with 1 minute standing a block is floor(599 ÷ 10) = 59: 236.

        0.02 hours are 1.2 minutes, 1 in whole minutes; 192 delivered then are 8 over 236.
        """
        minutes = 188 if over is None else 192
        cluster = self.cluster(
            need={"site_id": "B", "hours_per_week": minutes / 60}, person={"standing_hours": standing}
        )
        shares = (a_share("A", 6, employs=True), a_share("B", 4))
        proposal = a_proposal(
            cluster, [a_row(cluster, "N1", "C1")], shares=shares, visits=(a_visit(cluster, "C1", "B", 4),)
        )

        assert [item.by for item in broken(cluster, proposal, "R10")] == ([] if over is None else [over])

    def test_without_a_share_there_is_no_delivery(self):
        """Everything is held by B, and C1 works at A."""
        cluster = self.cluster(need={})
        proposal = a_proposal(cluster, [a_row(cluster, "N1", "C1")], shares=(a_share("B", 10, employs=True),))

        found = the_one(cluster, proposal, "R10")
        assert found.rows == ("C1", "A", "T1")
        assert found.by == "60 minutes"

    def test_only_coordinators_with_bookable_minutes_hold_shares(self):
        """P1 is a teacher."""
        cluster = self.cluster()
        shares = (a_share("A", 10, employs=True), a_share("B", 1, staff_id="P1"))

        assert the_one(cluster, a_proposal(cluster, shares=shares), "R10").rows == ("P1", "B")
        vacant = self.cluster(person={"vacant": True})
        assert check(vacant, a_proposal(vacant)) == []
        assert the_one(vacant, a_proposal(vacant, shares=shares[:1]), "R10").rows == ("C1", "A")

    @pytest.mark.parametrize(("per_fte", "over"), [(200, None), (210, None), (211, "1 block")])
    def test_the_entitlement_is_a_limit_where_policy_says_so(self, per_fte, over):
        """200 learners: 10 blocks at 200 or 210 (9.52, rounded) per FTE, 9 at 211 (9.48); C1 has 10."""
        rule = {"learners_per_fte": per_fte, "enforce_entitlement": True}
        cluster = self.cluster(policy=rule)
        proposal = a_proposal(cluster, shares=(a_share("A", 10, employs=True),))

        assert [found.by for found in broken(cluster, proposal, "R10")] == ([] if over is None else [over])
        relaxed = self.cluster(policy={**rule, "enforce_entitlement": False})
        assert check(relaxed, a_proposal(relaxed, shares=proposal.shares)) == []

    def test_sites_of_a_coordinator_are_those_with_a_share(self):
        """R6: two shares, one site allowed, although nothing is delivered."""
        cluster = self.cluster(person={"max_sites": 1})

        found = the_one(
            cluster, a_proposal(cluster, shares=(a_share("A", 6, employs=True), a_share("B", 4))), "R6"
        )
        assert found.by == "1 site"

    def test_a_coordinator_with_a_share_may_lead_without_serving(self):
        """P1 serves at A, C1 coordinates there and leads; with its share at B only, not."""
        cluster = self.cluster(need={})
        leads, rows = (Lead(learner_id="L-N1", staff_id="C1"),), [a_row(cluster, "N1", "P1")]

        right = a_proposal(cluster, rows, leads=leads, shares=(a_share("A", 10, employs=True),))
        wrong = a_proposal(cluster, rows, leads=leads, shares=(a_share("B", 10, employs=True),))
        assert check(cluster, right) == []
        assert the_one(cluster, wrong, "R9").rows == ("L-N1", "C1")


class TestTerms:
    """R11: start within the window, whole spans, the same person unless a handover is allowed."""

    def cluster(self, *, need=None, policy=None, support=None, staff=TWO_PEOPLE):
        return a_cluster(
            needs=[a_need(**(need or {}))],
            staff=staff,
            supports=[a_support(**(support or {}))],
            policy=a_policy(**(policy or {})),
            terms=(T1, T2, T3),
        )

    @pytest.mark.parametrize(("start", "right"), [("T1", False), ("T2", True), ("T3", False)])
    def test_the_start_lies_within_the_window(self, start, right):
        """Earliest and latest are T2: one step to either side is caught."""
        cluster = self.cluster(need={"earliest_term": "T2", "latest_term": "T2"})
        found = broken(cluster, a_proposal(cluster, [a_row(cluster, "N1", start_term=start)]), "R11")

        assert [item.rows for item in found] == ([] if right else [("N1", start)])

    def test_a_running_service_starts_in_the_first_term(self):
        """In service: T1 and no other."""
        cluster = self.cluster(need={"status": "in_service"})

        assert check(cluster, a_proposal(cluster, [a_row(cluster, "N1")])) == []
        late = a_proposal(cluster, [a_row(cluster, "N1", start_term="T2")])
        assert the_one(cluster, late, "R11").rows == ("N1", "T2")

    @pytest.mark.parametrize(
        ("weeks", "terms", "right"),
        [
            (20, ("T1", "T2"), True),
            (21, ("T1", "T2", "T3"), True),
            (50, ("T1", "T2", "T3"), True),
            (20, ("T1",), False),
            (20, ("T1", "T3"), False),
            (20, ("T1", "T2", "T3"), False),
            (20, ("T2", "T3"), False),
        ],
    )
    def test_a_span_is_whole_and_contiguous(self, weeks, terms, right):
        """20 weeks are two terms, 21 are three, 50 are cut at the horizon."""
        cluster = self.cluster(support={"weeks": weeks})
        found = broken(cluster, a_proposal(cluster, [a_row(cluster, "N1", terms=terms)]), "R11")

        assert [item.rows for item in found] == ([] if right else [("N1",)])

    def test_a_person_has_time_in_every_term_they_give(self):
        """P1 leaves before T2."""
        cluster = self.cluster(need={"weeks": 20}, staff=[a_person(available_to="2027-05-02")])

        found = the_one(cluster, a_proposal(cluster, [a_row(cluster, "N1")]), "R11")
        assert found.rows == ("N1", "P1", "T2")
        assert found.by == "1 term"

    def handover(self, first, second, *, allowed=True, row_allows=True, **changes):
        cluster = self.cluster(
            need={"weeks": 30, "handover": row_allows}, policy={"handover_allowed": allowed}, **changes
        )
        rows = [
            a_row(cluster, "N1", "P1", part=1, terms=first),
            a_row(cluster, "N1", "P2", part=2, terms=second),
        ]
        return cluster, a_proposal(cluster, rows)

    @pytest.mark.parametrize("boundary", [1, 2])
    def test_a_service_may_be_handed_over_at_a_term_boundary(self, boundary):
        """P1 first, then P2, three terms together."""
        terms = ("T1", "T2", "T3")

        assert check(*self.handover(terms[:boundary], terms[boundary:])) == []

    @pytest.mark.parametrize(
        ("first", "second"),
        [(("T1",), ("T3",)), (("T1", "T2"), ("T2", "T3")), (("T1", "T2", "T3"), ()), (("T2", "T3"), ("T1",))],
    )
    def test_a_gap_an_overlap_or_an_empty_part_are_caught(self, first, second):
        """The two parts do not make up the span."""
        assert the_one(*self.handover(first, second), "R11").rows == ("N1",)

    @pytest.mark.parametrize("change", [{"allowed": False}, {"row_allows": False}])
    def test_policy_and_row_must_both_allow_it(self, change):
        """Either alone is not enough."""
        assert "not allow" in the_one(*self.handover(("T1",), ("T2", "T3"), **change), "R11").message

    def test_a_group_is_not_handed_over(self):
        """Only an individual service is."""
        cluster = a_cluster(
            needs=[a_need(handover=True)],
            staff=TWO_PEOPLE,
            supports=[a_group_support(min_group=1, weeks=20)],
            policy=a_policy(handover_allowed=True),
            terms=(T1, T2),
        )
        rows = [
            a_row(cluster, "N1", person, "G1", part=part, terms=(term,), group_id="g")
            for part, person, term in ((1, "P1", "T1"), (2, "P2", "T2"))
        ]

        assert "two parts" in the_one(cluster, a_proposal(cluster, rows), "R1").message
