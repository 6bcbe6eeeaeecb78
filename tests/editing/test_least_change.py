"""The number of changed relationships is the least there is: brute force, metamorphic facts, random meetings."""

from __future__ import annotations

import pytest

import allocator
from allocator.benchmarking.edits import random_edits
from allocator.editing.relationships import Weights
from allocator.editing.resolving import GIVE_UP
from allocator.errors import InfeasibleError
from allocator.models.policy import Goal
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from tests.checking.builders import a_cluster, a_need, a_person, a_policy
from tests.editing.brute import LeastLost
from tests.editing.helpers import agreed_for, changed_by, move, pin, reject, staff_of
from tests.solvers.random_clusters import random_cluster


def a_case(seed: int, **size: int) -> tuple[Cluster, Proposal] | None:
    """None where the rows cannot hold together, or there is little to edit."""
    cluster = random_cluster(seed, **size)
    try:
        agreed = agreed_for(cluster)
    except InfeasibleError:
        return None
    return (cluster, agreed) if len(agreed.allocations) > 1 else None


class TestBruteForce:
    """Enumeration of all plans finds the same least number of lost relationships."""

    @pytest.mark.parametrize("seed", [*range(9100, 9114), 20062, 20144])
    def test_no_plan_loses_less(self, seed: int) -> None:
        """5 needs, 3 people, 2 sites, 1 or 2 terms, two edits; the shares of coordinators left out."""
        case = a_case(seed, needs=5, people=3, sites=2, terms=1 + seed % 2)
        if case is None:
            return
        cluster, agreed = case
        edits = random_edits(cluster, agreed, 2, seed)
        brute = LeastLost(cluster, agreed, edits, GIVE_UP)
        brute.run()
        if brute.least_without_floors is None:
            with pytest.raises(InfeasibleError):
                changed_by(cluster, agreed, *edits)
            return
        made = changed_by(cluster, agreed, *edits, weights=Weights(share=0))
        assert made.proved
        if brute.least is None:
            assert any(held.impossible for held in made.floors)
        else:
            assert made.count == brute.least
            assert not any(held.lowered for held in made.floors)


class TestNothingToDo:
    """Metamorphic: what the plan already does changes nothing."""

    @pytest.mark.parametrize("seed", range(9200, 9204))
    def test_pinning_what_the_plan_does_changes_nothing(self, seed: int) -> None:
        """Every served need pinned to its person: 0 changes, and 0 is proved."""
        case = a_case(seed, needs=7, people=4, sites=3)
        if case is None:
            return
        cluster, agreed = case
        pins = [pin(code, person) for code, person in sorted(staff_of(agreed).items())]
        made = changed_by(cluster, agreed, *pins)
        assert (made.count, made.least, made.proved, made.newly_met) == (0, 0, True, ())

    def test_rejecting_somebody_who_is_not_there_changes_nothing(self) -> None:
        cluster = a_cluster(needs=[a_need()], staff=[a_person("P1"), a_person("P2")])
        agreed = agreed_for(cluster)
        (other,) = {"P1", "P2"} - {staff_of(agreed)["N1"]}
        assert changed_by(cluster, agreed, reject("N1", other)).count == 0


class TestRandomMeetings:
    """Five edits on clusters too large to enumerate: checked by the checker, floors held or said, a bound stated."""

    @pytest.mark.parametrize("seed", range(9300, 9305))
    def test_every_result_is_checked(self, seed: int) -> None:
        case = a_case(seed, needs=10, people=4, sites=3, terms=1)
        if case is None:
            return
        cluster, agreed = case
        edits = random_edits(cluster, agreed, 5, seed)
        try:
            made = changed_by(cluster, agreed, *edits)
        except InfeasibleError as error:
            assert any(conflict.rule.startswith("edit ") for conflict in error.conflicts)
            return
        assert made.at_least <= made.count
        for held in made.floors:
            assert held.value >= held.floor
            assert held.lowered or held.floor == held.wanted
            assert held.most is None or held.value <= held.most


class TestByHand:
    """Two people of 600 minutes; needs of 60 minutes each."""

    def a_pair(self, first: int, second: int) -> tuple[Cluster, Proposal]:
        """``first`` needs locked to nobody that P1 serves, ``second`` that P2 does; each may have so many cases."""
        staff = [a_person("P1", max_cases=first), a_person("P2", max_cases=second)]
        codes = [f"N{i}" for i in range(first + second)]
        needs = [
            a_need(code, status="in_service", current_staff="P1" if i < first else "P2")
            for i, code in enumerate(codes)
        ]
        policy = a_policy(goals=["commitments_kept", "need_met", "continuity"])
        cluster = a_cluster(needs=needs, staff=staff, policy=policy)
        return cluster, agreed_for(cluster)

    def test_a_move_to_somebody_who_is_full_makes_two_change_places(self) -> None:
        """P2 has no case left: N0 goes to P2, one of P2's to P1; nobody goes without."""
        cluster, agreed = self.a_pair(2, 2)
        made = changed_by(cluster, agreed, move("N0", "P1", "P2"))
        assert (made.count, made.proved) == (2, True)
        assert {change.kind.value for change in made.changes} == {"person"}
        assert sum(change.edit == 1 for change in made.changes) == 1
        assert made.proposal.goal_values[Goal.COMMITMENTS_KEPT] == 4

    def test_a_move_to_somebody_with_room_changes_one_thing(self) -> None:
        cluster, agreed = self.a_pair(2, 2)
        roomy = cluster.model_copy(
            update={"staff": tuple(p.model_copy(update={"max_cases": 4}) for p in cluster.staff)}
        )
        roomy = type(cluster)(**{name: getattr(roomy, name) for name in type(cluster).model_fields})
        agreed = allocator.solve(roomy, strategy="cpsat")
        made = changed_by(roomy, agreed, move("N0", "P1", "P2"))
        assert [(c.subject, c.before, c.after, c.edit) for c in made.changes] == [("N0", "P1", "P2", 1)]

    def test_a_need_that_loses_its_support_counts_twice(self) -> None:
        """The person, and being supported at all."""
        cluster = a_cluster(needs=[a_need("N1"), a_need("N2")])
        agreed = agreed_for(cluster)
        made = changed_by(cluster, agreed, reject("N1", "P1"))
        assert sorted(change.kind.value for change in made.changes) == ["person", "support"]
        assert (made.count, made.at_least) == (2, 2)

    def test_weights_choose_between_changes(self) -> None:
        """Kept apart by weight alone: where support weighs nothing, what is counted is the person."""
        cluster = a_cluster(needs=[a_need("N1"), a_need("N2")])
        agreed = agreed_for(cluster)
        made = changed_by(cluster, agreed, reject("N1", "P1"), weights=Weights(support=0, person=5))
        assert (made.count, made.weight, made.least, made.at_least) == (1, 5, 5, 1)

    def test_a_newly_met_need_is_a_gain_and_no_change(self) -> None:
        """P1 can take one case; when N1 is rejected, N2 takes its place."""
        needs = [a_need("N1", priority=1), a_need("N2", priority=5)]
        cluster = a_cluster(needs=needs, staff=[a_person("P1", max_cases=1)])
        agreed = agreed_for(cluster)
        assert staff_of(agreed) == {"N1": "P1"}
        made = changed_by(cluster, agreed, reject("N1", "P1"))
        assert made.newly_met == ("N2",)
        assert {change.subject for change in made.changes} == {"N1"}
