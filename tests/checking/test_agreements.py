"""Rules R7 to R9: each with a case that bites, the exact boundary, and one step beyond."""

from __future__ import annotations

import pytest

from allocator.checking import limits_of_check
from allocator.models.proposal import Lead, Liaison, ReservedTime, Withheld
from tests.checking.builders import (
    T1,
    T2,
    a_cluster,
    a_need,
    a_person,
    a_policy,
    a_proposal,
    a_role,
    a_row,
    a_site,
    a_visit,
    broken,
    check,
    the_one,
)

TWO_PEOPLE = (a_person(), a_person("P2"))


class TestAgreedBefore:
    """R7: locked and tied needs stay with current_staff, whole; forbidden pairs never happen."""

    LOCKED = {"locked": True, "current_staff": "P1", "min_hours_per_week": 0.5}  # noqa: RUF012 - never changed
    TIED = {"funding": "ICS", "current_staff": "P1", "min_hours_per_week": 0.5}  # noqa: RUF012 - never changed

    def cluster(self, need):
        return a_cluster(needs=[a_need(**need)], staff=TWO_PEOPLE, terms=(T1, T2))

    @pytest.mark.parametrize("need", [LOCKED, TIED])
    def test_kept_whole_from_the_first_term_is_right(self, need):
        """P1, full dose, T1."""
        cluster = self.cluster(need)

        assert check(cluster, a_proposal(cluster, [a_row(cluster, "N1")])) == []

    @pytest.mark.parametrize("need", [LOCKED, TIED])
    @pytest.mark.parametrize(
        ("change", "word"),
        [
            ({"staff_id": "P2"}, "served by P2"),
            ({"reduced": True}, "not served whole"),
            ({"start_term": "T2"}, "starts in T2"),
        ],
    )
    def test_another_person_a_smaller_dose_or_a_later_start_are_caught(self, need, change, word):
        """One thing changed at a time."""
        cluster = self.cluster(need)

        found = the_one(cluster, a_proposal(cluster, [a_row(cluster, "N1", **change)]), "R7")

        assert found.rows == ("N1", "P1")
        assert word in found.message

    @pytest.mark.parametrize("need", [LOCKED, TIED])
    def test_leaving_it_unmet_is_caught(self, need):
        """A locked need is always served."""
        cluster = self.cluster(need)

        assert "is not served" in the_one(cluster, a_proposal(cluster), "R7").message

    def test_the_first_possible_term_is_the_earliest_asked(self):
        """Earliest term T2: locked from T2 on."""
        cluster = self.cluster({**self.LOCKED, "earliest_term": "T2"})

        assert check(cluster, a_proposal(cluster, [a_row(cluster, "N1", start_term="T2")])) == []

    def test_tied_funding_without_current_staff_ties_nobody(self):
        """Nobody has these hours yet."""
        cluster = self.cluster({"funding": "ICS"})

        assert check(cluster, a_proposal(cluster, [a_row(cluster, "N1", "P2")])) == []

    def test_forbidden_staff_never_serve(self):
        """P1 is forbidden, P2 is not."""
        cluster = self.cluster({"forbidden_staff": "P1"})

        assert check(cluster, a_proposal(cluster, [a_row(cluster, "N1", "P2")])) == []
        found = the_one(cluster, a_proposal(cluster, [a_row(cluster, "N1", "P1")]), "R7")
        assert found.rows == ("N1", "P1")


class TestConsent:
    """R8: without cluster consent only the site's own people serve, there; the cluster sees only counts."""

    def cluster(self, consent="own_school", **changes):
        needs = [a_need("N1", consent=consent), a_need("N2")]
        return a_cluster(needs=needs, staff=[a_person(), a_person("P2", base_site="B")], **changes)

    def rows(self, cluster, staff_id="P1"):
        return [a_row(cluster, "N1", staff_id), a_row(cluster, "N2")]

    @pytest.mark.parametrize("consent", ["own_school", "withdrawn"])
    def test_the_sites_own_people_may_serve_it(self, consent):
        """P1 is based at A; one need is withheld, 60 minutes and 1 case are reserved."""
        cluster = self.cluster(consent)
        proposal = a_proposal(cluster, self.rows(cluster))

        assert proposal.withheld.needs == proposal.withheld.served == 1
        assert proposal.reserved == (ReservedTime(staff_id="P1", term="T1", minutes_per_week=60, cases=1),)
        assert check(cluster, proposal) == []

    def test_people_of_another_site_may_not(self):
        """P2 is based at B."""
        cluster = self.cluster()
        proposal = a_proposal(cluster, self.rows(cluster, "P2"), visits=(a_visit(cluster, "P2", "A", 4),))

        assert ("N1", "P2") in [found.rows for found in broken(cluster, proposal, "R8")]

    def test_its_row_in_the_shared_part_is_caught(self):
        """Moved from the part that stays with the schools."""
        cluster = self.cluster()
        proposal = a_proposal(cluster, self.rows(cluster))
        moved = proposal.model_copy(
            update={
                "allocations": (*proposal.allocations, *proposal.site_only.allocations),
                "site_only": None,
            }
        )

        assert ("N1",) in [found.rows for found in broken(cluster, moved, "R8")]

    def test_its_unmet_row_in_the_shared_part_is_caught(self):
        """Even that it is unmet is not for the cluster."""
        cluster = self.cluster()
        proposal = a_proposal(cluster, [a_row(cluster, "N2")])
        moved = proposal.model_copy(update={"unmet": proposal.site_only.unmet})

        assert ("N1",) in [found.rows for found in broken(cluster, moved, "R8")]

    def test_its_lead_in_the_shared_part_is_caught(self):
        """A lead shows who is supported by whom."""
        cluster = self.cluster()
        proposal = a_proposal(cluster, self.rows(cluster))
        apart = proposal.site_only.model_copy(update={"leads": ()})
        leads = (*proposal.leads, Lead(learner_id="L-N1", staff_id="P1"))

        found = the_one(cluster, proposal.model_copy(update={"leads": leads, "site_only": apart}), "R8")
        assert found.rows == ("L-N1", "P1")

    def test_a_need_with_consent_is_not_recorded_apart(self):
        """What the cluster may see, it sees."""
        cluster = self.cluster()
        proposal = a_proposal(cluster, self.rows(cluster))
        apart = proposal.site_only.model_copy(
            update={"allocations": (*proposal.site_only.allocations, *proposal.allocations)}
        )

        moved = proposal.model_copy(update={"allocations": (), "site_only": apart})
        assert ("N2",) in [found.rows for found in broken(cluster, moved, "R8")]

    @pytest.mark.parametrize(
        ("change", "rows"),
        [
            ({"withheld": Withheld(needs=2, served=1, value=5)}, ("withheld", "needs")),
            ({"withheld": Withheld(needs=1, served=0, value=5)}, ("withheld", "served")),
            ({"withheld": Withheld(needs=1, served=1, value=6)}, ("withheld", "value")),
            ({"reserved": ()}, ("P1", "T1")),
            (
                {"reserved": (ReservedTime(staff_id="P1", term="T1", minutes_per_week=61, cases=1),)},
                ("P1", "T1"),
            ),
            (
                {"reserved": (ReservedTime(staff_id="P1", term="T1", minutes_per_week=60, cases=2),)},
                ("P1", "T1"),
            ),
        ],
    )
    def test_counts_and_reserved_time_are_what_is_withheld(self, change, rows):
        """1 hour × 10 weeks × weight 1 = 600 × 1000 × 1000 ÷ 600,000 = 1000 points."""
        cluster = self.cluster()
        proposal = a_proposal(cluster, self.rows(cluster))

        assert proposal.withheld.value == 1000
        assert rows in [found.rows for found in broken(cluster, proposal.model_copy(update=change), "R8")]

    def test_without_the_schools_part_what_is_left_is_checked_and_the_limits_are_said(self):
        """The shared file alone passes; it is said what could not be checked."""
        cluster = self.cluster()
        proposal = a_proposal(cluster, self.rows(cluster))
        shared = proposal.model_copy(update={"site_only": None})

        assert check(cluster, shared) == []
        assert limits_of_check(cluster, proposal) == []
        limits = limits_of_check(cluster, shared)
        assert limits[0].startswith("1 served needs without cluster consent")
        assert any("reach" in sentence for sentence in limits)

    def test_reserved_time_counts_in_the_hours_of_the_shared_file(self):
        """60 reserved + 60 shown of 100 bookable minutes: 20 too many."""
        cluster = self.cluster(roles={"teacher": a_role(paid_hours=100 / 60)})
        proposal = a_proposal(cluster, self.rows(cluster))

        for found in (proposal, proposal.model_copy(update={"site_only": None})):
            assert the_one(cluster, found, "R2").by == "20 minutes"

    def test_time_reserved_where_no_such_need_is_is_caught(self):
        """P2 is based at B, where every need has consent."""
        cluster = self.cluster()
        proposal = a_proposal(cluster, self.rows(cluster))
        extra = ReservedTime(staff_id="P2", term="T1", minutes_per_week=30, cases=1)

        shared = proposal.model_copy(update={"site_only": None, "reserved": (*proposal.reserved, extra)})
        assert the_one(cluster, shared, "R8").rows == ("P2", "T1")


class TestOneFace:
    """R9: one liaison per site and term, one lead per supported learner."""

    def cluster(self, *, sites=None, staff=None, **role):
        return a_cluster(
            sites=sites or [a_site("A"), a_site("B", type="other")],
            staff=staff or TWO_PEOPLE,
            roles={"teacher": a_role(liaison=True, **role), "other": a_role()},
            policy=a_policy(liaison_site_types=("full_primary",)),
        )

    def liaisons(self, *people, site="A"):
        return tuple(Liaison(site_id=site, term="T1", staff_id=person) for person in people)

    def test_exactly_one_liaison_is_right(self):
        """P1 at A; B is of a type without liaisons."""
        cluster = self.cluster()

        assert check(cluster, a_proposal(cluster, liaisons=self.liaisons("P1"))) == []

    @pytest.mark.parametrize("people", [(), ("P1", "P2")])
    def test_none_and_two_are_caught(self, people):
        """One step to either side."""
        cluster = self.cluster()

        found = the_one(cluster, a_proposal(cluster, liaisons=self.liaisons(*people)), "R9")
        assert found.rows == ("A", "T1")
        assert found.by == "1 person"

    def test_a_site_of_another_type_takes_none(self):
        """B is of type other."""
        cluster = self.cluster(liaison_visits_per_week=0, liaison_hours=0)
        both = (*self.liaisons("P1"), *self.liaisons("P1", site="B"))

        assert the_one(cluster, a_proposal(cluster, liaisons=both), "R9").rows == ("B", "T1")

    @pytest.mark.parametrize("change", [{"role": "other"}, {"vacant": True}])
    def test_a_liaison_has_the_role_and_the_time(self, change):
        """P2 has another role, or is a vacant post."""
        cluster = self.cluster(staff=[a_person(), a_person("P2", **change)])

        assert the_one(cluster, a_proposal(cluster, liaisons=self.liaisons("P2")), "R9").rows == (
            "A",
            "T1",
            "P2",
        )

    def test_where_nobody_could_be_liaison_none_is_asked(self):
        """All posts are vacant."""
        cluster = self.cluster(staff=[a_person(vacant=True)])

        assert check(cluster, a_proposal(cluster)) == []

    def test_a_liaison_agreed_in_the_sites_file_stays(self):
        """A has agreed on P2; when P2's post is vacant anybody will do."""
        sites = [a_site("A", liaison="P2")]
        cluster, without = self.cluster(sites=sites), self.cluster(sites=sites, staff=[a_person()])

        assert check(cluster, a_proposal(cluster, liaisons=self.liaisons("P2"))) == []
        assert the_one(cluster, a_proposal(cluster, liaisons=self.liaisons("P1")), "R9").rows == (
            "A",
            "T1",
            "P2",
        )
        assert check(without, a_proposal(without, liaisons=self.liaisons("P1"))) == []

    def test_liaison_time_and_visits_count(self):
        """P2 of B is liaison of A: 60 minutes and one quarter-visit (13 minutes) of 73 bookable minutes."""
        staff = [a_person("P2", base_site="B", standing_hours=(600 - 73) / 60)]
        cluster = self.cluster(staff=staff)
        proposal = a_proposal(cluster, liaisons=self.liaisons("P2"), visits=(a_visit(cluster, "P2", "A", 1),))
        longer = self.cluster(staff=staff, liaison_hours=1 + 1 / 60)

        assert check(cluster, proposal) == []
        assert broken(cluster, proposal.model_copy(update={"visits": ()}), "R5")[0].by == "1 quarter"
        assert the_one(longer, proposal, "R2").by == "1 minute"

    def test_every_supported_learner_has_one_lead(self):
        """None, two, or somebody who does not serve them are caught."""
        cluster = a_cluster(needs=[a_need()], staff=TWO_PEOPLE)
        rows = [a_row(cluster, "N1")]
        leads = tuple(Lead(learner_id="L-N1", staff_id=person) for person in ("P1", "P2"))

        assert check(cluster, a_proposal(cluster, rows, leads=leads[:1])) == []
        assert the_one(cluster, a_proposal(cluster, rows, leads=()), "R9").rows == ("L-N1",)
        assert ("L-N1",) in [
            found.rows for found in broken(cluster, a_proposal(cluster, rows, leads=leads), "R9")
        ]
        assert the_one(cluster, a_proposal(cluster, rows, leads=leads[1:]), "R9").rows == ("L-N1", "P2")

    def test_a_lead_of_nobody_supported_is_caught(self):
        """N1 is unmet."""
        cluster = a_cluster(needs=[a_need()])

        leads = (Lead(learner_id="L-N1", staff_id="P1"),)
        assert "not supported" in the_one(cluster, a_proposal(cluster, leads=leads), "R9").message
