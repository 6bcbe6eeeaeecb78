"""The other rungs: nobody can, where the hours went, who would lose, how far priorities would have to move."""

from __future__ import annotations

from fractions import Fraction

import pytest

import allocator
from allocator.explaining.api import NeedExplanation
from allocator.explaining.instead import Dropped
from allocator.models.proposal import Proposal, UnmetReason
from allocator.models.world import Cluster, TravelTime
from scenarios import apply_changes
from scenarios.changes import TYPES
from tests.checking.builders import a_cluster, a_need, a_person, a_proposal, a_role, a_row, a_visit
from tests.explaining.worlds import exchange, full_week, offering, two_people


def ladder(cluster: Cluster, proposal: Proposal, need: str = "N2") -> NeedExplanation:
    found = allocator.explain(cluster, proposal, need=need, audience="panel").need
    assert found is not None
    return found


class TestNobodyCan:
    """Rung 1: every test the nearest people fail, fewest first."""

    def test_each_person_with_what_is_missing(self) -> None:
        """P2 lacks the skill alone; P1 lacks it and is too far away."""
        cluster = a_cluster(
            needs=[a_need("N2", site_id="B", skills="braille")],
            staff=[a_person("P1"), a_person("P2", base_site="B")],
            roles={"teacher": a_role(reach_minutes=19)},
        )
        nobody = ladder(cluster, a_proposal(cluster)).nobody
        assert nobody is not None and nobody.reason is UnmetReason.NO_ELIGIBLE_PERSON
        assert [(near.staff_id, near.fails) for near in nobody.nearest] == [
            ("P2", ("lacks the skill braille",)),
            ("P1", ("lacks the skill braille", "B is 20 minutes from A, reach is 19")),
        ]

    def test_without_a_support_there_is_nobody_to_name(self) -> None:
        cluster = a_cluster(needs=[a_need("N2", tier=3)])
        found = ladder(cluster, a_proposal(cluster))
        assert found.nobody is not None and found.nobody.reason is UnmetReason.NO_SUPPORT
        assert (found.nobody.nearest, found.changes) == ((), ())

    def test_somebody_can(self) -> None:
        assert ladder(*full_week()).nobody is None


class TestWhereTheHoursWent:
    """Rung 2: minutes by what they are for, and what would have to give way."""

    def test_a_week_in_minutes(self) -> None:
        """N1 at B: 60 minutes and 4 × 13 of travel; 30 promised elsewhere; of 300, 158 are left."""
        cluster = a_cluster(
            needs=[a_need("N1", site_id="B"), a_need("N2", hours_per_week=4)],
            staff=[a_person(fte=0.5, standing_hours=0.5)],
            policy=offering(),
        )
        visits = (a_visit(cluster, "P1", "B", 4),)
        (week,) = ladder(cluster, a_proposal(cluster, [a_row(cluster, "N1")], visits=visits)).instead
        assert (week.bookable, week.tiers, week.travel, week.standing, week.spare) == (
            300,
            {2: 60},
            52,
            30,
            158,
        )
        assert (week.sites, week.needs, week.cases) == ({"B": 60}, 1, 1)

    def test_the_least_that_would_have_to_give_way(self) -> None:
        """N2 takes an hour: of N1 (4 h, urgent) and N3 (1 h), N3 goes."""
        cluster = a_cluster(
            needs=[a_need("N1", hours_per_week=4, priority=1), a_need("N3"), a_need("N2")],
            staff=[a_person(fte=0.5)],
            policy=offering(),
        )
        proposal = a_proposal(cluster, [a_row(cluster, "N1"), a_row(cluster, "N3")])
        (week,) = ladder(cluster, proposal).instead
        assert week.drop == (Dropped("N3", 2, 5, 1000),)

    def test_what_is_locked_cannot_be_dropped(self) -> None:
        running = {"status": "in_service", "current_staff": "P1", "locked": True}
        needs = [a_need("N1", hours_per_week=5, **running), a_need("N2")]
        found = ladder(*full_week(needs=needs, policy=offering()))
        assert [(week.can, week.proved) for week in found.instead] == [(False, True)]
        assert (found.exchange, found.priorities) == (None, None)


class TestSomebodyLoses:
    """Rung 4: the least loss, who is said, and whether it is proved."""

    def test_who_gives_way(self) -> None:
        found = ladder(*exchange()).exchange
        assert found is not None
        assert (found.lost, found.value, found.proved, found.at_least) == (10_000, 5_000, True, 10_000)
        assert [(move.need_id, move.after) for move in found.losers] == [("N1", None)]

    def test_a_smaller_dose_is_a_smaller_loss(self) -> None:
        """N1 may do with 5 of its 10 hours."""
        cluster = a_cluster(
            needs=[a_need("N1", hours_per_week=10, min_hours_per_week=5), a_need("N2", hours_per_week=5)],
            policy=offering(),
        )
        found = ladder(cluster, a_proposal(cluster, [a_row(cluster, "N1")])).exchange
        assert found is not None and found.lost == 5_000
        assert found.losers[0].after is not None and found.losers[0].after.reduced

    def test_running_services_stay_where_others_can_give_way(self) -> None:
        """N3 is worth less, but it runs."""
        cluster = a_cluster(
            needs=[
                a_need("N1", hours_per_week=4, priority=1),
                a_need("N3", status="in_service", current_staff="P1"),
                a_need("N2"),
            ],
            staff=[a_person(fte=0.5)],
            policy=offering(),
        )
        proposal = a_proposal(cluster, [a_row(cluster, "N1"), a_row(cluster, "N3")])
        found = ladder(cluster, proposal).exchange
        assert found is not None and found.keeps_commitments
        assert [move.need_id for move in found.losers] == ["N1"]

    def test_and_where_nothing_else_makes_room_that_is_said(self) -> None:
        needs = [a_need("N1", hours_per_week=5, status="in_service", current_staff="P1"), a_need("N2")]
        found = ladder(*full_week(needs=needs, policy=offering())).exchange
        assert found is not None and not found.keeps_commitments


class TestPriorities:
    """Rung 5: the least factor is lost ÷ value of the cheapest exchange."""

    def test_the_factor_by_hand(self) -> None:
        """10,000 are lost for 5,000: more than twice. Weights are 1, 2, 3: priority 4 only doubles, 3 is enough."""
        found = ladder(*exchange()).priorities
        assert found is not None
        assert (found.factor, found.proved, found.priority, found.priority_needed) == (
            Fraction(2),
            True,
            5,
            3,
        )

    @pytest.mark.parametrize(("priority", "gains"), [(4, False), (3, True)])
    def test_a_solve_with_that_priority_prefers_the_need(self, priority: int, gains: bool) -> None:
        """One step less does not."""
        cluster, _ = exchange(priority=priority)
        best = allocator.solve(cluster, strategy="cpsat", time_limit=20.0)
        met = best.goal_values["need_met"]
        assert met == (15_000 if gains else 10_000)
        assert ("N2" in {row.need_id for row in best.allocations}) or not gains

    def test_even_the_most_urgent_may_not_be_enough(self) -> None:
        """Thirty-six times, and the weights go to eight."""
        found = ladder(*full_week(spare_minutes=30, policy=offering())).priorities
        assert found is not None and (found.factor, found.priority_needed) == (Fraction(36), None)

    def test_an_exchange_that_gains_as_it_is(self) -> None:
        """The plan meets the less urgent of two needs: a search that stopped early."""
        cluster, proposal = full_week(
            needs=[a_need("N1", hours_per_week=5), a_need("N2", hours_per_week=5, priority=1)],
            policy=offering(),
        )
        found = ladder(cluster, proposal).priorities
        assert found is not None and (found.factor, found.priority_needed) == (Fraction(1, 8), 1)

    def test_the_cheapest_by_value_may_not_be_the_one_that_loses_least(self) -> None:
        """Half an hour of N2 costs N3 (750 points for 500), an hour of it costs N1 (1,000 for 1,000)."""
        cluster = a_cluster(
            needs=[
                a_need("N1"),
                a_need("N3", hours_per_week=0.75),
                a_need("N2", hours_per_week=1, min_hours_per_week=0.5),
            ],
            roles={"teacher": a_role(paid_hours=1.75)},
            policy=offering(),
        )
        found = ladder(cluster, a_proposal(cluster, [a_row(cluster, "N1"), a_row(cluster, "N3")]))
        assert found.exchange is not None and found.priorities is not None
        assert (found.exchange.lost, found.exchange.value) == (750, 500)
        assert (found.priorities.factor, found.priorities.proved) == (Fraction(1), True)


class TestWhyNot:
    """``why_not``: the need given by somebody else, tried."""

    def test_a_person_who_cannot(self) -> None:
        cluster, proposal = two_people(
            a_need("N2", skills="braille"),
            staff=[a_person("P1", skills="braille"), a_person("P2")],
            given={"N2": "P1"},
        )
        found = allocator.explain(cluster, proposal, need="N2", why_not="P2").need.rather
        assert found.fails.fails == ("lacks the skill braille",)
        assert (found.now.staff, found.then) == (("P1",), None)

    def test_a_person_who_could_with_nobody_losing(self) -> None:
        cluster, proposal = two_people(a_need("N2"), given={"N2": "P1"})
        found = allocator.explain(cluster, proposal, need="N2", why_not="P2").need.rather
        assert (found.then.staff, found.drop, found.proved) == (("P2",), (), True)

    def test_a_person_whose_other_needs_would_lose(self) -> None:
        """P1 has no room for what P2 gives now: P2 must drop N1."""
        cluster, proposal = two_people(
            a_need("N1", hours_per_week=5),
            a_need("N2", hours_per_week=5, priority=1),
            a_need("N3", hours_per_week=4, status="in_service", current_staff="P1"),
            staff=[a_person("P1", fte=1.0), a_person("P2", fte=0.5)],
            given={"N2": "P1", "N3": "P1", "N1": "P2"},
        )
        found = allocator.explain(cluster, proposal, need="N2", why_not="P2").need.rather
        assert found.then.staff == ("P2",)
        assert (found.drop, found.proved) == ((), True)  # N1 goes to P1, who is free of N2

    def test_who_would_lose_is_said(self) -> None:
        cluster, proposal = two_people(
            a_need("N1", hours_per_week=5),
            a_need("N2", hours_per_week=5, priority=1),
            staff=[a_person("P1", fte=0.5), a_person("P2", fte=0.5)],
            given={"N1": "P2"},
        )
        found = allocator.explain(cluster, proposal, need="N2", why_not="P2").need.rather
        assert [row.need_id for row in found.drop] == ["N1"]
        assert ("need_met", 5000, 40_000) in found.goals


class TestPeopleAndSites:
    def test_what_limits_a_person_and_what_would_free_them(self) -> None:
        """N2 lacks an hour; one step of 0.05 FTE is half of it and frees nothing; a smaller need N3 fits then."""
        cluster, proposal = full_week(
            needs=[
                a_need("N1", hours_per_week=5, priority=1),
                a_need("N2"),
                a_need("N3", hours_per_week=0.5),
            ],
            policy=offering(fte=0.1),
        )
        found = allocator.explain(cluster, proposal, staff="P1").staff
        assert found.waiting == ("N2", "N3")
        assert [(limit.name, limit.used, limit.most, limit.full) for limit in found.limits] == [
            ("hours", 300, 300, True),
            ("travel", 0, 300, False),
            ("cases", 1, None, False),
            ("sites", 1, None, False),
        ]
        assert [(each.kind, each.needs, each.points) for each in found.reliefs] == [
            ("nothing", (), 0),
            ("hours", ("N3",), 500),
        ]
        assert all(each.proved for each in found.reliefs)

    def test_what_others_do_is_nothing_a_relief_could_bring(self) -> None:
        """P1 has an hour and could give N1, but that is P2's."""
        cluster, proposal = two_people(a_need("N1"), given={"N1": "P2"}, policy=offering(fte=0.1))
        found = allocator.explain(cluster, proposal, staff="P1").staff
        assert [each.needs for each in found.reliefs] == [(), ()]

    def test_a_site(self) -> None:
        cluster = a_cluster(needs=[a_need("N1", site_id="B"), a_need("N2", site_id="B", skills="braille")])
        proposal = a_proposal(cluster, [a_row(cluster, "N1")], visits=(a_visit(cluster, "P1", "B", 4),))
        found = allocator.explain(cluster, proposal, site="School B").site
        assert (found.site_id, found.needs, found.met) == ("B", 2, 1)
        assert [(row.staff_id, row.minutes, row.quarters, row.needs) for row in found.serving] == [
            ("P1", 60, 4, 1)
        ]
        assert [row.need_id for row in found.waiting] == ["N2"]


def test_the_scenario_of_a_change_can_be_typed() -> None:
    """What is printed as a scenario leads to the cluster that was checked."""
    cluster = a_cluster(
        needs=[a_need("N2", site_id="B")],
        roles={"teacher": a_role(reach_minutes=50)},
        travel_times=[TravelTime(from_site="A", to_site="B", minutes=62)],
        policy=offering(reach_minutes=15),
    )
    proposal = a_proposal(cluster)
    (change,) = ladder(cluster, proposal).changes
    typed = [TYPES[each["change"]].model_validate(each) for each in change.edit.scenario]
    assert apply_changes(cluster, typed).cluster == change.result.cluster
