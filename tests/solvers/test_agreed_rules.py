"""R7 to R11 and the goals through every route: a case that bites, the exact boundary, one step beyond.

Sums use the builders' world: P1 of 1.0 FTE has 600 bookable minutes, A and B are 20 minutes apart, a quarter-visit
to B costs 13 minutes a week, terms have 10 weeks, an hour for 10 weeks at priority 5 is 1,000 points.
"""

from __future__ import annotations

import pytest

from allocator.models.policy import Coordinators, Fairness, Goal
from tests.checking.builders import (
    T1,
    T2,
    T3,
    a_cluster,
    a_group_support,
    a_need,
    a_person,
    a_policy,
    a_role,
    a_site,
    a_support,
)
from tests.solvers.helpers import rows_of, served, solved, stage_values

RUNNING = {"status": "in_service", "current_staff": "P1"}
TWO = (a_person("P1"), a_person("P2"))
HALVES = Coordinators(block_fte=0.5, min_share_fte=0.5)


class TestAgreedBefore:
    """R7: locked rows and tied hours stay, forbidden people never serve."""

    @pytest.mark.parametrize("agreed", [{"locked": True}, {"funding": "ORS"}])
    def test_what_is_agreed_is_served_first(self, agreed, strategy) -> None:
        """6 h of priority 5 stay with P1; 6 h of priority 1 do not fit beside them in 10 h."""
        kept = a_need("N1", hours_per_week=6, **RUNNING, **agreed)
        cluster = a_cluster(needs=[kept, a_need("N2", hours_per_week=6, priority=1)])
        assert served(cluster, strategy) == ["N1"]

    def test_what_is_not_agreed_gives_way(self, strategy) -> None:
        """The same without a lock."""
        kept = a_need("N1", hours_per_week=6, **RUNNING)
        cluster = a_cluster(needs=[kept, a_need("N2", hours_per_week=6, priority=1)])
        assert served(cluster, strategy) == ["N2"]

    def test_forbidden_people_never_serve(self, strategy) -> None:
        """P2 does it instead of P1."""
        (row,) = solved(a_cluster(needs=[a_need(forbidden_staff="P1")], staff=TWO), strategy).allocations
        assert row.staff_id == "P2"


class TestConsent:
    """R8: without cluster consent only the site's own people, there, recorded apart."""

    @pytest.mark.parametrize("consent", ["own_school", "withdrawn"])
    @pytest.mark.parametrize(("site", "count"), [("A", 1), ("B", 0)])
    def test_own_people_at_the_own_site(self, consent, site, count, strategy) -> None:
        """P1 is based at A; nothing of it is in the shared part but numbers."""
        proposal = solved(a_cluster(needs=[a_need(site_id=site, consent=consent)]), strategy)
        assert len(rows_of(proposal)) == count
        assert proposal.allocations == ()
        assert (proposal.withheld.needs, proposal.withheld.served) == (1, count)


class TestOneFace:
    """R9: one liaison per site and term, fixed where sites.csv says so."""

    POLICY = a_policy(liaison_site_types=("full_primary",))

    def test_each_site_has_one_in_each_term(self, strategy) -> None:
        """Two sites and two terms are four duties."""
        roles = {"teacher": a_role(liaison=True)}
        cluster = a_cluster(staff=TWO, roles=roles, policy=self.POLICY, terms=(T1, T2))
        assert len(solved(cluster, strategy).liaisons) == 4

    def test_the_agreed_one_is_taken(self, strategy) -> None:
        """P2, although P1 would do as well."""
        cluster = a_cluster(
            staff=TWO,
            sites=[a_site("A", liaison="P2"), a_site("B", type="early_learning")],
            roles={"teacher": a_role(liaison=True)},
            policy=self.POLICY,
        )
        assert {row.staff_id for row in solved(cluster, strategy).liaisons} == {"P2"}

    @pytest.mark.parametrize(("minutes", "count"), [(540, 1), (541, 0)])
    def test_liaison_takes_its_hour(self, minutes, count, strategy) -> None:
        """600 − 60 = 540 minutes are left at A."""
        cluster = a_cluster(
            needs=[a_need(hours_per_week=minutes / 60)],
            sites=[a_site("A"), a_site("B", type="early_learning")],
            roles={"teacher": a_role(liaison=True)},
            policy=self.POLICY,
        )
        assert len(served(cluster, strategy)) == count


class TestCoordinatorShares:
    """R10: whole blocks, the least share, the employer, and work within the share."""

    @staticmethod
    def cluster(blocks=HALVES, person=None, **changes):
        return a_cluster(
            staff=[a_person("C1", role="lsc", **(person or {}))],
            supports=[a_support(roles="lsc")],
            roles={"lsc": a_role(coordinator=True)},
            policy=a_policy(coordinators=blocks),
            **changes,
        )

    @pytest.mark.parametrize(("minutes", "count"), [(300, 2), (301, 1)])
    def test_two_halves_hold_five_hours_each(self, minutes, count, strategy) -> None:
        """600 ÷ 2 blocks: 300 at A and 1 h + 52 at B; 301 at A need both blocks."""
        needs = [a_need("N1", hours_per_week=minutes / 60), a_need("N2", site_id="B")]
        assert len(served(self.cluster(needs=needs), strategy)) == count

    def test_the_least_share_may_keep_a_site_out(self, strategy) -> None:
        """Shares of at least 0.6 of 1.0 FTE: only one site can have one."""
        needs = [a_need("N1", priority=1), a_need("N2", site_id="B")]
        blocks = Coordinators(block_fte=0.1, min_share_fte=0.6)
        proposal = solved(self.cluster(blocks, needs=needs), strategy)
        assert [(row.site_id, row.blocks, row.employs) for row in proposal.shares] == [("A", 10, True)]

    def test_the_employer_holds_a_share(self, strategy) -> None:
        """One block, and B employs: nothing is given at A."""
        blocks = Coordinators(block_fte=1.0, min_share_fte=1.0)
        cluster = self.cluster(blocks, {"employer": "B"}, needs=[a_need("N1"), a_need("N2", site_id="B")])
        proposal = solved(cluster, strategy)
        assert [(row.site_id, row.employs) for row in proposal.shares] == [("B", True)]
        assert [row.need_id for row in proposal.allocations] == ["N2"]

    def test_the_entitlement_is_a_note_unless_enforced(self, strategy) -> None:
        """10 blocks where 200 learners entitle to 4."""
        cluster = self.cluster(Coordinators(), needs=[a_need("N1")])
        assert served(cluster, strategy) == ["N1"]


class TestTerms:
    """R11: the start window, whole spans, handover where policy and row allow it."""

    @pytest.mark.parametrize(
        ("weeks", "terms"), [(10, ("T1",)), (11, ("T1", "T2")), (40, ("T1", "T2", "T3"))]
    )
    def test_spans(self, weeks, terms, strategy) -> None:
        """Terms of 10 weeks until the weeks add up, cut at the horizon."""
        cluster = a_cluster(needs=[a_need(weeks=weeks, latest_term="T1")], terms=(T1, T2, T3))
        assert solved(cluster, strategy).allocations[0].terms == terms

    def test_delay_costs_a_tenth_a_term(self, strategy) -> None:
        """Each takes all 10 h: one starts in T1 (10,000 points), the other in T2 (9,000)."""
        needs = [a_need(code, hours_per_week=10) for code in ("N1", "N2")]
        assert solved(a_cluster(needs=needs, terms=(T1, T2)), strategy).stages[0].value == 19_000

    @pytest.mark.parametrize("changes", [{"latest_term": "T1"}, {"earliest_term": "T2"}, RUNNING])
    def test_a_window_leaves_no_room_for_two(self, changes, strategy) -> None:
        """Both can start in one term only, and fill it each."""
        needs = [a_need(code, hours_per_week=10, **changes) for code in ("N1", "N2")]
        assert len(served(a_cluster(needs=needs, terms=(T1, T2)), strategy)) == 1

    @pytest.mark.parametrize(
        ("policy", "row", "parts"), [(True, True, 2), (True, False, 0), (False, True, 0)]
    )
    def test_handover_where_policy_and_row_allow_it(self, policy, row, parts, strategy) -> None:
        """P1 leaves before T2, P2 comes in it; 20 weeks need both."""
        cluster = a_cluster(
            needs=[a_need(weeks=20, handover=row, latest_term="T1")],
            staff=[
                a_person("P1", available_to=T2.start.replace(day=2)),
                a_person("P2", available_from=T2.start),
            ],
            terms=(T1, T2),
            policy=a_policy(handover_allowed=policy),
        )
        assert [part.staff_id for part in solved(cluster, strategy).allocations] == ["P1", "P2"][:parts]


class TestGoals:
    """Each goal decides between plans that the goals before it leave open."""

    def test_commitments_come_before_value(self, strategy) -> None:
        """A running service of priority 5 or a new one of priority 1, not both."""
        needs = [a_need("N1", hours_per_week=6, **RUNNING), a_need("N2", hours_per_week=6, priority=1)]
        cluster = a_cluster(needs=needs, policy=a_policy(goals=["commitments_kept", "need_met"]))
        assert served(cluster, strategy) == ["N1"]

    def test_the_longest_waits_go_first(self, strategy) -> None:
        """31 August to 1 February are 22 weeks, to the cap of 52 a year earlier."""
        needs = [
            a_need("N1", hours_per_week=10, waiting_since="2026-08-31"),
            a_need("N2", hours_per_week=10, waiting_since="2025-08-31"),
        ]
        cluster = a_cluster(needs=needs, policy=a_policy(goals=["need_met", "longest_waits"]))
        assert stage_values(solved(cluster, strategy)) == [("need_met", 10_000), ("longest_waits", 52)]

    def test_the_familiar_person_stays(self, strategy) -> None:
        """P2 serves it now."""
        need = a_need(status="in_service", current_staff="P2")
        cluster = a_cluster(needs=[need], staff=TWO, policy=a_policy(goals=["need_met", "continuity"]))
        assert solved(cluster, strategy).allocations[0].staff_id == "P2"

    def test_travel_is_saved_where_nothing_is_lost(self, strategy) -> None:
        """P2 is based at B."""
        staff = [a_person("P1"), a_person("P2", base_site="B")]
        cluster = a_cluster(
            needs=[a_need(site_id="B")], staff=staff, policy=a_policy(goals=["need_met", "travel"])
        )
        assert stage_values(solved(cluster, strategy))[1] == ("travel", 0)

    @pytest.mark.parametrize(("tolerance", "travel"), [(0.4, 520), (0.5, 0)])
    def test_tolerance_is_what_later_goals_may_take(self, tolerance, travel, strategy) -> None:
        """N2 at B is 1,000 of 2,000 points and costs 52 × 10 minutes of travel: half may go, two fifths may not."""
        goals = [{"goal": "need_met", "tolerance": tolerance}, "travel"]
        cluster = a_cluster(needs=[a_need("N1"), a_need("N2", site_id="B")], policy=a_policy(goals=goals))
        assert stage_values(solved(cluster, strategy)) == [("need_met", 2000), ("travel", travel)]

    def test_the_worst_off_are_raised_first(self, strategy) -> None:
        """10 h for 6 h at A or B each, or 10 h at A: with fairness first both sites get something."""
        needs = [
            a_need("N1", hours_per_week=10),
            *(a_need(f"N{i}", site_id="B", hours_per_week=2) for i in (2, 3)),
        ]
        goals = ["fairness", "need_met"]
        policy = a_policy(goals=goals, fairness=Fairness(pool_below=1, floor=0.5, levels=2))
        values = stage_values(solved(a_cluster(needs=needs, policy=policy), strategy))
        # A is all or nothing: with it no time is left for B, so one share is 0 either way; B can be met in full
        assert values == [
            ("fairness.floor", 5000),
            ("fairness.1", 0),
            ("fairness.2", 10_000),
            ("need_met", 10_000),
        ]

    @pytest.mark.parametrize(
        ("goal", "value"), [("reach", 30), ("tier_balance", 0), ("few_adults", 1), ("even_load", 0)]
    )
    def test_the_other_goals_as_only_goal(self, goal, value, strategy) -> None:
        """30 learners; tier floors within reach; both needs of L1 by one of two people; 2 h of 8 h."""
        needs = [a_need("N1", learner_id="L1", learners=10), a_need("N2", learner_id="L1", learners=20)]
        proposal = solved(a_cluster(needs=needs, staff=TWO, policy=a_policy(goals=[goal])), strategy)
        assert proposal.goal_values[Goal(goal)] == value

    def test_even_load_counts_each_break(self, strategy) -> None:
        """580 of 600: 580 − 480 above 0.8 and 580 − 570 above 0.95 make 110."""
        cluster = a_cluster(
            needs=[a_need(hours_per_week=580 / 60)], policy=a_policy(goals=["need_met", "even_load"])
        )
        assert stage_values(solved(cluster, strategy))[1] == ("even_load", 110)

    def test_locality_prefers_the_own_area(self, strategy) -> None:
        """P2's base is in the south, like B."""
        cluster = a_cluster(
            needs=[a_need(site_id="B")],
            staff=[a_person("P1"), a_person("P2", base_site="B")],
            sites=[a_site("A", area="north"), a_site("B", area="south")],
            supports=[a_support()],
            policy=a_policy(goals=["need_met", "locality"]),
        )
        assert stage_values(solved(cluster, strategy))[1] == ("locality", 0)

    def test_groups_reach_more(self, strategy) -> None:
        """1 h of time: a group of four instead of one learner."""
        needs = [a_need(f"N{i}") for i in range(4)]
        supports = [a_support(), a_group_support(impact=0.2)]
        cluster = a_cluster(
            needs=needs, supports=supports, staff=[a_person(fte=0.1)], policy=a_policy(goals=["reach"])
        )
        assert len(served(cluster, strategy)) == 4
