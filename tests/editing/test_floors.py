"""Floors: commitments kept and need met are held, or it is said, with proof, that the edits leave no plan that does."""

from __future__ import annotations

import pytest

from allocator.errors import NotFoundError
from allocator.models.policy import Goal
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from tests.checking.builders import a_cluster, a_group_support, a_need, a_person, a_policy
from tests.editing.helpers import agreed_for, changed_by, move, order, pin, reject, staff_of

BOTH = ["commitments_kept", "need_met"]


def running(code: str, **fields: object) -> object:
    return a_need(code, status="in_service", current_staff="P1", **fields)


def test_a_commitment_is_kept_by_moving_somebody_else() -> None:
    """P1 alone may serve W; to free a case for it, nobody in service is dropped while P2 has room."""
    staff = [a_person("P1", max_cases=2, skills=("aac",)), a_person("P2")]
    needs = [running("N1"), running("N2"), a_need("W", skills=("aac",), priority=5)]
    cluster = a_cluster(needs=needs, staff=staff, policy=a_policy(goals=BOTH))
    agreed = agreed_for(cluster)
    made = changed_by(cluster, agreed, pin("W", "P1"))
    assert made.proposal.goal_values[Goal.COMMITMENTS_KEPT] == 2
    assert not any(held.lowered for held in made.floors)


def test_where_the_edits_cost_a_commitment_it_is_said_and_proved() -> None:
    """Only P1 serves, and N1 must not be with P1: of 2 commitments 1 is left."""
    cluster = a_cluster(needs=[running("N1"), running("N2")], policy=a_policy(goals=BOTH))
    made = changed_by(cluster, agreed_for(cluster), reject("N1", "P1"))
    kept, value = made.floors
    assert (kept.wanted, kept.floor, kept.value, kept.most, kept.impossible) == (2, 1, 1, 1, True)
    assert value.impossible
    assert value.most == value.value == 1000
    assert (made.count, made.proved) == (2, True)


def costly() -> tuple[Cluster, Proposal]:
    """P1 can take one case; H is worth 1,000 points at weight 1, L is worth 2,000 at priority 4."""
    needs = [a_need("H", priority=5), a_need("L", priority=4)]
    cluster = a_cluster(needs=needs, staff=[a_person("P1", max_cases=1)])
    agreed = agreed_for(cluster)
    assert staff_of(agreed) == {"L": "P1"}
    return cluster, agreed


def test_a_value_floor_out_of_reach_is_said_and_proved() -> None:
    made = changed_by(*costly(), pin("H", "P1"))
    value = made.floors[1]
    assert (value.agreed, value.wanted, value.most, value.value) == (2000, 1980, 1000, 1000)
    assert value.impossible


def test_a_larger_share_to_give_up_holds_the_floor() -> None:
    value = changed_by(*costly(), pin("H", "P1"), give_up=0.5).floors[1]
    assert (value.wanted, value.floor, value.lowered, value.most) == (1000, 1000, False, None)


def test_less_change_is_bought_with_the_value_that_may_be_given_up() -> None:
    """N0 goes to P2, who is full: dropping Z (1% of the value is not enough) or swapping Y, as the floor says."""
    staff = [a_person("P1", max_cases=2), a_person("P2", max_cases=2)]
    needs = [a_need(code, priority=3) for code in ("N0", "N1", "Y", "Z")]
    cluster = a_cluster(needs=needs, staff=staff)
    agreed = agreed_for(cluster)
    before = staff_of(agreed)
    other = "P2" if before["N0"] == "P1" else "P1"
    tight = changed_by(cluster, agreed, move("N0", before["N0"], other))
    loose = changed_by(cluster, agreed, move("N0", before["N0"], other), give_up=0.3)
    assert (tight.count, loose.count) == (2, 2)
    assert len(staff_of(tight.proposal)) == len(staff_of(loose.proposal)) == 4


class TestOrder:
    """Another order of goals: what it raises comes first, then the least change."""

    def case(self) -> tuple[Cluster, Proposal]:
        """One case: N1 at home for 1,000 points, or N2 at B for 2,000 and 50 minutes on the road a week."""
        needs = [a_need("N1", priority=5), a_need("N2", site_id="B", priority=4)]
        policy = a_policy(goals=["need_met", "travel"])
        cluster = a_cluster(needs=needs, staff=[a_person("P1", max_cases=1)], policy=policy)
        agreed = agreed_for(cluster)
        assert staff_of(agreed) == {"N2": "P1"}
        return cluster, agreed

    def test_the_goal_raised_is_served_first(self) -> None:
        made = changed_by(*self.case(), order("travel"))
        assert [level.goals for level in made.cluster.policy.goals] == [{Goal.TRAVEL: 1}, {Goal.NEED_MET: 1}]
        assert made.proposal.goal_values[Goal.TRAVEL] == 0
        assert staff_of(made.proposal) == {"N1": "P1"}

    def test_the_stages_are_those_of_the_new_order(self) -> None:
        made = changed_by(*self.case(), order("travel"))
        assert [stage.name for stage in made.proposal.stages] == ["travel", "need_met"]


def test_a_need_that_fits_only_with_somebody_rejected_is_not_placed_there() -> None:
    """It still fits, so the proposal does not say that none does; and the checker agrees."""
    cluster = a_cluster(needs=[a_need("N1"), a_need("N2")])
    made = changed_by(cluster, agreed_for(cluster), reject("N1", "P1"))
    assert staff_of(made.proposal) == {"N2": "P1"}
    assert not made.proposal.insertion_exhausted


def test_a_learner_leaves_a_group_and_the_others_stay() -> None:
    """Four meet with P1; N1 is not to be in that group and has nowhere else to go."""
    needs = [a_need(f"N{i}") for i in range(1, 5)]
    cluster = a_cluster(needs=needs, supports=[a_group_support()])
    agreed = agreed_for(cluster)
    (group,) = agreed.groups
    made = changed_by(cluster, agreed, reject("N1", group=group.group_id))
    assert sorted(staff_of(made.proposal)) == ["N2", "N3", "N4"]
    assert sorted(change.kind.value for change in made.changes) == ["group", "support"]


def test_a_pin_to_a_support_changes_the_support() -> None:
    supports = [a_group_support("G1", min_group=1), *a_cluster().supports]
    cluster = a_cluster(needs=[a_need("N1")], supports=supports)
    agreed = agreed_for(cluster)
    for support in ("G1", "S1"):
        made = changed_by(cluster, agreed, pin("N1", support=support))
        assert [row.support_id for row in made.proposal.allocations] == [support]


def test_the_same_work_gives_the_same_proposal() -> None:
    """With counted work instead of time."""
    cluster, agreed = costly()
    edits = (pin("H", "P1"),)
    one, two = (
        changed_by(cluster, agreed, *edits, time_limit=None, work_limit=5.0).proposal for _ in range(2)
    )
    assert one.model_dump_json() == two.model_dump_json()


def test_an_interrupted_search_says_that_nothing_was_found() -> None:
    """Not a second was left: nothing is claimed."""
    cluster, agreed = costly()
    try:
        made = changed_by(cluster, agreed, pin("H", "P1"), time_limit=1e-6)
    except NotFoundError:
        return
    assert made.least <= made.weight


@pytest.mark.parametrize("missing", [True, False])
def test_without_the_part_that_stays_with_the_schools_it_is_said(missing: bool) -> None:
    cluster = a_cluster(needs=[a_need("N1"), a_need("N2", consent="own_school")])
    agreed = agreed_for(cluster)
    if missing:
        agreed = agreed.model_copy(update={"site_only": None})
    made = changed_by(cluster, agreed, pin("N1", "P1"))
    assert bool(made.notes) == missing
    assert made.count == 0
