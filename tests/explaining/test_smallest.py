"""The smallest change with nobody losing: a tiny cluster a kind, its size known by hand; a step less is not enough."""

from __future__ import annotations

import time
from typing import Any

import pytest

import allocator
from allocator.errors import InfeasibleError
from allocator.explaining.api import NeedExplanation
from allocator.explaining.levers import KINDS
from allocator.explaining.neighbourhood import Keeping, Weeks
from allocator.explaining.services import services
from allocator.explaining.situation import situation_of
from allocator.explaining.smallest import SmallestChange, Trial
from allocator.models.policy import Goal
from allocator.models.proposal import Proposal
from allocator.models.world import Availability, Cluster, TravelTime
from scenarios import apply_changes
from scenarios.changes import TYPES
from tests.checking.builders import (
    T1,
    T2,
    a_cluster,
    a_group_support,
    a_need,
    a_person,
    a_proposal,
    a_role,
    a_row,
    a_site,
)
from tests.explaining.worlds import URGENT, full_week, offering, solved, two_people
from tests.solvers.brute_force import BruteForce
from tests.solvers.random_clusters import random_cluster


def explained(cluster: Cluster, proposal: Proposal, need: str = "N2") -> NeedExplanation:
    """The ladder for the need; whatever is said of a change is true."""
    found = allocator.explain(cluster, proposal, need=need, audience="panel").need
    for change in found.changes:
        holds(cluster, proposal, need, change)
    return found


def holds(cluster: Cluster, proposal: Proposal, need: str, change: SmallestChange) -> None:
    """Applied, the change leads to a plan the checker passes, which meets the need and takes nothing from anybody."""
    made = change.result
    assert change.edit.on(cluster) == made.cluster
    assert [str(each) for each in allocator.check(made.cluster, made.proposal)] == []
    before = services(*plan_on(cluster, proposal))
    after = services(*plan_on(made.cluster, made.proposal))
    assert need in after
    assert all(code in after and after[code].value >= each.value for code, each in before.items())
    assert all(after[code].own_person for code, each in before.items() if each.own_person)
    if change.edit.scenario:
        changes = [TYPES[each["change"]].model_validate(each) for each in change.edit.scenario]
        assert apply_changes(cluster, changes).cluster == made.cluster


def plan_on(cluster: Cluster, proposal: Proposal) -> tuple[Any, Any]:
    situation = situation_of(cluster, proposal)
    return situation.problem, situation.plan


def the_one(found: NeedExplanation) -> SmallestChange:
    (change,) = found.changes
    assert change.proved
    return change


class TestHours:
    def test_an_hour_lacking_is_a_tenth_of_a_full_time_post(self) -> None:
        """N2 takes 60 minutes, 0 are left, a step is 30: two steps."""
        change = the_one(explained(*full_week(policy=offering(fte=0.2))))
        assert (change.kind, change.subject, change.size, change.unit) == ("hours", "P1", 0.1, "FTE")
        assert change.words == "+0.1 FTE for P1 (0.5 to 0.6)"
        assert change.edit.scenario == ({"change": "change_staff", "person": "P1", "set": {"fte": 0.6}},)

    @pytest.mark.parametrize(("spare", "size"), [(29, 0.1), (30, 0.05), (31, 0.05)])
    def test_the_boundary_of_a_step(self, spare: int, size: float) -> None:
        assert the_one(explained(*full_week(spare_minutes=spare, policy=offering(fte=0.2)))).size == size

    def test_more_than_is_on_offer_is_not_named(self) -> None:
        assert explained(*full_week(policy=offering(fte=0.05))).changes == ()

    def test_a_role_may_offer_more_than_the_others(self) -> None:
        found = explained(*full_week(policy=offering(fte=0.0, fte_by_role={"teacher": 0.1})))
        assert [change.kind for change in found.changes] == ["hours"]

    def test_nobody_is_asked_to_work_more_than_full_time(self) -> None:
        """P1 has 1.0 FTE; what is left is somebody new, of an hour a week."""
        needs = [a_need("N1", hours_per_week=10, **URGENT), a_need("N2")]
        change = the_one(
            explained(*full_week(needs=needs, staff=[a_person()], policy=offering(fte=0.2, new_fte=0.2)))
        )
        assert (change.kind, change.size) == ("new hours", 0.1)
        assert change.result.service.staff == ("TEACHER-new",)

    def test_hours_listed_by_term_rise_there(self) -> None:
        """availability.csv says 5 hours: FTE alone would change nothing."""
        rows = [Availability(staff_id="P1", term="T1", hours_per_week=5)]
        change = the_one(explained(*full_week(availability=rows, policy=offering(fte=0.2))))
        assert [(cell.table, cell.after) for cell in change.edit.cells] == [
            ("staff", 0.6),
            ("availability", 6.0),
        ]

    def test_a_coordinators_hours_come_in_blocks(self) -> None:
        """N2 lacks 30 minutes; a block is 0.1 FTE."""
        coordinators = {"teacher": a_role(coordinator=True)}
        cluster, _ = full_week(spare_minutes=30, policy=offering(fte=0.2), roles=coordinators)
        change = explained(cluster, solved(cluster)).changes[0]
        assert (change.kind, change.size, change.proved) == ("hours", 0.1, True)


class TestOtherKinds:
    def test_one_more_site(self) -> None:
        """One site at a time, and A is it. A quarter-visit costs 13 minutes, N2 needs four."""
        cluster = a_cluster(
            needs=[a_need("N1", **URGENT), a_need("N2", site_id="B")],
            staff=[a_person(max_sites=1)],
            policy=offering(sites=1),
        )
        change = the_one(explained(cluster, a_proposal(cluster, [a_row(cluster, "N1")])))
        assert (change.kind, change.words) == ("sites", "one more site for P1 (1 to 2)")

    def test_a_site_outside_the_list(self) -> None:
        cluster = a_cluster(
            needs=[a_need("N2", site_id="B")], staff=[a_person(sites="A")], policy=offering(sites=1)
        )
        change = the_one(explained(cluster, a_proposal(cluster)))
        assert (change.kind, change.words) == ("sites", "School B added to the sites of P1")

    def test_one_more_case(self) -> None:
        found = full_week(spare_minutes=60, staff=[a_person(fte=0.5, max_cases=1)], policy=offering(cases=2))
        change = the_one(explained(*found))
        assert (change.kind, change.words) == ("cases", "one more open case for P1 (1 to 2)")

    def test_one_per_cent_more_travel(self) -> None:
        """52 minutes of travel are needed, 600 × 0.08 = 48 may be; 600 × 0.09 = 54."""
        cluster = a_cluster(
            needs=[a_need("N2", site_id="B")],
            roles={"teacher": a_role(travel_share=0.08)},
            policy=offering(travel_share=0.05),
        )
        change = the_one(explained(cluster, a_proposal(cluster)))
        assert (change.kind, change.size) == ("travel", 0.01)
        assert change.words == "Teacher may travel 9% of their paid time, not 8%"

    def test_a_longer_way(self) -> None:
        """62 minutes, reach is 50: three steps of five."""
        cluster = a_cluster(
            needs=[a_need("N2", site_id="B")],
            roles={"teacher": a_role(reach_minutes=50)},
            travel_times=[TravelTime(from_site="A", to_site="B", minutes=62)],
            policy=offering(reach_minutes=15),
        )
        change = the_one(explained(cluster, a_proposal(cluster)))
        assert (change.kind, change.size) == ("reach", 15)

    def test_a_vacant_post(self) -> None:
        cluster = a_cluster(
            needs=[a_need("N2")], staff=[a_person(vacant=True)], policy=offering(vacancies=True)
        )
        found = explained(cluster, a_proposal(cluster))
        assert the_one(found).kind == "vacancy"
        assert found.nobody is not None and found.nobody.nearest[0].fails == ("the post is vacant",)

    def test_a_filled_post_takes_on_the_duties_that_come_with_it(self) -> None:
        """Nobody could be liaison; the new person can, so both schools must have one: an hour each, and 4 × 13 to B."""
        cluster = a_cluster(
            needs=[a_need("N2")],
            staff=[a_person(vacant=True)],
            roles={"teacher": a_role(liaison=True)},
            policy=offering(vacancies=True).model_copy(update={"liaison_site_types": ("full_primary",)}),
        )
        change = the_one(explained(cluster, a_proposal(cluster)))
        assert {(row.site_id, row.staff_id) for row in change.result.proposal.liaisons} == {
            ("A", "P1"),
            ("B", "P1"),
        }

    def test_a_post_whose_holder_is_the_named_liaison(self) -> None:
        """sites.csv names P2 for A: filled, P2 takes the duty over from P1."""
        cluster = a_cluster(
            needs=[a_need("N2", skills="braille")],
            staff=[a_person("P1"), a_person("P2", vacant=True, skills="braille")],
            sites=[a_site("A", liaison="P2"), a_site("B", type="other")],
            roles={"teacher": a_role(liaison=True)},
            policy=offering(vacancies=True).model_copy(update={"liaison_site_types": ("full_primary",)}),
        )
        change = the_one(explained(cluster, solved(cluster)))
        assert [(row.site_id, row.staff_id) for row in change.result.proposal.liaisons] == [("A", "P2")]

    def test_a_skill_learnt(self) -> None:
        cluster = a_cluster(needs=[a_need("N2", skills="braille")], policy=offering(skills=1))
        change = the_one(explained(cluster, a_proposal(cluster)))
        assert (change.kind, change.words) == ("training", "P1 learns braille")

    def test_two_skills_are_more_than_one(self) -> None:
        cluster = a_cluster(needs=[a_need("N2", skills="braille; maths")], policy=offering(skills=1))
        assert explained(cluster, a_proposal(cluster)).changes == ()

    def test_a_later_start(self) -> None:
        """P1 is full in T1 only, and N2 was to start by T1."""
        cluster, proposal = full_week(
            needs=[a_need("N1", hours_per_week=5, **URGENT), a_need("N2", latest_term="T1")],
            terms=(T1, T2),
            policy=offering(later_terms=1),
        )
        change = the_one(explained(cluster, proposal))
        assert (change.kind, change.words) == ("later start", "start in T2, after T1")
        assert change.result.service.start_term == "T2"

    def test_a_group_in_place_of_one_to_one(self) -> None:
        """One hour a week is all there is: N1's hour becomes a group of two, and each keeps its value."""
        cluster = a_cluster(
            needs=[a_need("N1", **URGENT), a_need("N2")],
            roles={"teacher": a_role(paid_hours=1)},
            policy=offering(group_tiers=(2,)),
        )
        change = the_one(explained(cluster, a_proposal(cluster, [a_row(cluster, "N1")])))
        assert (change.kind, change.size) == ("group", 2)
        assert (change.result.service.group, change.result.service.value) == (2, 1000)
        assert [move.need_id for move in change.result.moves] == ["N1"]

    def test_a_tier_that_is_not_on_offer_stays_one_to_one(self) -> None:
        cluster = a_cluster(
            needs=[a_need("N1", **URGENT), a_need("N2")],
            roles={"teacher": a_role(paid_hours=1)},
            policy=offering(group_tiers=(1, 3)),
        )
        assert explained(cluster, a_proposal(cluster, [a_row(cluster, "N1")])).changes == ()

    def test_a_smaller_group(self) -> None:
        """Two learners, groups of three or more."""
        cluster = a_cluster(
            needs=[a_need("N1"), a_need("N2")],
            supports=[a_group_support(min_group=3)],
            policy=offering(smaller_group=1),
        )
        change = the_one(explained(cluster, a_proposal(cluster)))
        assert (change.kind, change.words) == ("smaller group", "Support G1 from 2 learners on, not 3")
        assert [move.before for move in change.result.moves] == [None]  # N1 gains as well

    def test_at_most_three_of_different_kinds(self) -> None:
        cluster, proposal = full_week(staff=[a_person(fte=0.5, max_cases=1), a_person("P2", vacant=True)])
        kinds = [change.kind for change in explained(cluster, proposal).changes]
        assert len(kinds) == 3 == len(set(kinds))


class TestNothingChanges:
    def test_another_person_has_room_for_what_is_in_the_way(self) -> None:
        """Only P1 can give N2; N1, which P1 gives, could as well be P2's."""
        found = two_people(
            a_need("N1", hours_per_week=5),
            a_need("N2", skills="braille"),
            staff=[a_person("P1", fte=0.5, skills="braille"), a_person("P2", fte=0.5)],
            given={"N1": "P1"},
        )
        change = the_one(explained(*found))
        assert (change.kind, change.words, change.few) == (
            "nothing",
            "nothing but the plan changes",
            ("P1", "P2"),
        )
        assert [(move.need_id, move.after.staff) for move in change.result.moves] == [("N1", ("P2",))]

    def test_the_few_make_room_together(self) -> None:
        """P1 and P2 have 30 minutes left each, N3 of 30 minutes goes over: an hour is free, and one service moves."""
        found = two_people(
            a_need("N1", hours_per_week=4.5),
            a_need("N3", hours_per_week=0.5),
            a_need("N4", hours_per_week=4),
            a_need("N2", hours_per_week=1),
            given={"N1": "P1", "N3": "P2", "N4": "P2"},
        )
        change = the_one(explained(*found))
        assert (change.kind, change.rearranged) == ("nothing", ("P1", "P2"))
        assert [(move.need_id, move.after.staff) for move in change.result.moves] == [("N3", ("P1",))]

    def test_a_running_service_does_not_change_its_person_for_it(self) -> None:
        """The same, but N3 and N4 run with P2: 30 minutes are lacking."""
        found = two_people(
            a_need("N1", hours_per_week=4.5),
            a_need("N3", hours_per_week=0.5, status="in_service", current_staff="P2"),
            a_need("N4", hours_per_week=4, status="in_service", current_staff="P2"),
            a_need("N2", hours_per_week=1),
            given={"N1": "P1", "N3": "P2", "N4": "P2"},
            policy=offering(fte=0.1),
        )
        change = the_one(explained(*found))
        assert (change.kind, change.size) == ("hours", 0.05)

    def test_a_smaller_change_is_found_by_making_weeks_anew(self) -> None:
        """Alone either would need 0.1 FTE; with N3 moved, 0.05 is enough."""
        found = two_people(
            a_need("N1", hours_per_week=4.75),
            a_need("N3", hours_per_week=0.25),
            a_need("N4", hours_per_week=4.5),
            a_need("N2", hours_per_week=1),
            given={"N1": "P1", "N3": "P2", "N4": "P2"},
            policy=offering(fte=0.2),
        )
        change = the_one(explained(*found))
        assert (change.size, change.rearranged) == (0.05, ("P1", "P2"))


def kept_and_met(cluster: Cluster, proposal: Proposal, need: str) -> bool:
    """By enumeration of all plans: can the need be met with every need met now keeping its value?"""
    brute = BruteForce(cluster)
    least = {row.need_id: row.value for row in proposal.allocations}
    for code, ways in brute.ways.items():
        if code != need:
            brute.ways[code] = [way for way in ways if code in least and way.points >= least[code]]
    return any(dict(figures.goals)[Goal.REACH] == len(least) + 1 for figures in brute.run())


@pytest.mark.parametrize("lengths", [(2.75, 1.5, 1.0), (3.0, 1.75, 0.5), (2.5, 2.25, 1.25), (4.75, 2.0, 2.5)])
def test_no_smaller_change_exists_by_brute_force(lengths: tuple[float, ...]) -> None:
    """P1 and P2 of 300 minutes give what fits; the sizes of more hours are tried by enumerating every plan."""
    needs = [
        a_need(f"M{i}", hours_per_week=hours, priority=1) for i, hours in enumerate((*lengths, 2.0, 2.25), 1)
    ]
    cluster = a_cluster(
        needs=[*needs, a_need("N2", hours_per_week=1.5)],
        staff=[a_person("P1", fte=0.5), a_person("P2", fte=0.5)],
        policy=offering(fte=0.5),
    )
    proposal = solved(cluster)
    assert {row.need_id for row in proposal.unmet} >= {"N2"}
    situation = situation_of(cluster, proposal)
    trial = Trial(situation, situation.number["N2"], time.monotonic() + 30)
    assert trial.unchanged() is None and not kept_and_met(cluster, proposal, "N2")
    change = trial.least("hours")
    levers = list(KINDS["hours"](situation, trial.n))
    sizes = [
        size
        for size in range(1, 11)
        for lever in levers
        if size <= lever.sizes and kept_and_met(lever.edit(size).on(cluster), proposal, "N2")
    ]
    assert (None if change is None else round(change.size / 0.05)) == (min(sizes) if sizes else None)


@pytest.mark.parametrize("seed", range(7000, 7012))
def test_every_change_holds_and_one_step_less_is_proved_impossible(seed: int) -> None:
    """Random small clusters: applied, the checker passes and nobody lost; smaller sizes leave no such weeks."""
    cluster = random_cluster(seed, needs=8, people=3, sites=3)
    try:
        proposal = solved(cluster)
    except InfeasibleError:
        return
    for row in proposal.unmet[:3]:
        found = explained(cluster, proposal, row.need_id)
        for change in found.changes:
            if change.proved:
                nothing_smaller(cluster, proposal, row.need_id, change)


def nothing_smaller(cluster: Cluster, proposal: Proposal, need: str, change: SmallestChange) -> None:
    """Every lever of the kind, at every smaller size: nobody's week alone, nor those of the few, holds the need."""
    situation = situation_of(cluster, proposal)
    trial = Trial(situation, situation.number[need], time.monotonic() + 30)
    if change.kind in ("nothing", "group"):
        return
    few = tuple(situation.problem.facts.person_index[code] for code in change.few)
    for lever in KINDS[change.kind](situation, trial.n):
        for size in range(lever.sizes):
            if lever.amount(size) >= change.size and lever.kind != "vacancy":
                continue
            problem, plan = trial.changed(lever.edit(size)) if size else (situation.problem, situation.plan)
            sets = [(k,) for k in situation.eligible(trial.n)] + ([few] if len(few) > 1 else [])
            for people in sets:
                weeks = Weeks(problem, plan, trial.n, people, Keeping.EVERYTHING)
                assert weeks.possible(10.0).none, f"{lever.words(size)} with {people}"
