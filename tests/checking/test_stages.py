"""Stages: order, senses, floors and bounds, the final plan that holds them, and the status they allow."""

from __future__ import annotations

import pytest

from allocator.checking.stages import expected_stages
from allocator.checking.world import World
from allocator.models.policy import Fairness, Goal
from allocator.models.proposal import Status, StopReason
from tests.checking.builders import (
    a_cluster,
    a_need,
    a_policy,
    a_proposal,
    a_row,
    a_visit,
    broken,
    check,
    the_one,
)

ORDER = (
    {"goal": "need_met", "tolerance": 0.015},
    "fairness",
    {"goal": "travel", "tolerance": 0.02},
    {"goals": {"reach": 3, "locality": 2}},
)


def planned(*, levels=3):
    """Needs at A and B served, one at A unmet: need met 2000, shares 5000 and 10000, travel 520, reach 2."""
    needs = [a_need("N1"), a_need("N2", site_id="B"), a_need("N3")]
    policy = a_policy(goals=ORDER, fairness=Fairness(pool_below=1, floor=0.6, levels=levels))
    cluster = a_cluster(needs=needs, policy=policy)
    rows = [a_row(cluster, "N1"), a_row(cluster, "N2")]
    return cluster, a_proposal(cluster, rows, visits=(a_visit(cluster, "P1", "B", 4),))


def with_stage(proposal, index, **changes):
    stages = list(proposal.stages)
    stages[index] = stages[index].model_copy(update=changes)
    best = all(stage.proved for stage in stages)
    status = Status.PROVED_BEST if best else Status.WITHIN
    stopped = StopReason.PROVED if best else StopReason.TIME
    return proposal.model_copy(update={"stages": tuple(stages), "status": status, "stopped": stopped})


def test_every_level_is_a_stage_and_fairness_is_several():
    """Floor: 6000 − 5000 short; then 5000; then 5000 + 10,000. Weighted level: 3 × 2 − 2 × 0."""
    cluster, proposal = planned()

    assert check(cluster, proposal) == []
    assert [(stage.name, stage.sense, stage.value, stage.floor) for stage in proposal.stages] == [
        ("need_met", "max", 2000, 1970),
        ("fairness.floor", "min", 1000, 1000),
        ("fairness.1", "max", 5000, 5000),
        ("fairness.2", "max", 15_000, 15_000),
        ("travel", "min", 520, 530),
        ("reach+locality", "max", 6, 6),
    ]


def test_no_more_steps_than_policy_asks_and_none_without_groups():
    """levels = 1; and a cluster without needs."""
    cluster, _ = planned(levels=1)
    empty = a_cluster(policy=a_policy(goals=ORDER))

    assert [stage.step for stage in expected_stages(World(cluster))] == [None, "floor", "1", None, None]
    assert len(expected_stages(World(empty))) == 3


@pytest.mark.parametrize(
    ("index", "changes", "word"),
    [
        (0, {"floor": 1971}, "tolerance"),
        (0, {"floor": 1969}, "tolerance"),
        (4, {"floor": 531}, "tolerance"),
        (0, {"bound": 1999}, "better than the bound"),
        (4, {"bound": 521}, "better than the bound"),
        (0, {"sense": "min"}, "sense"),
        (0, {"value": 2031, "bound": 2031, "floor": 2001}, "worse than the floor"),
        (4, {"value": 509, "bound": 500, "floor": 519}, "worse than the floor"),
        (0, {"value": 1990, "bound": 1995, "floor": 1961}, "final plan's value 2000 is better"),
        (5, {"value": 7, "bound": 7, "floor": 7}, "the last stage's value"),
        (1, {"name": "fairness.9"}, "no such stage"),
        (0, {"goals": (Goal.CONTINUITY,)}, "no such stage"),
    ],
)
def test_a_stage_that_claims_too_much_is_caught(index, changes, word):
    """One figure of one stage changed, and the message says what is wrong with it."""
    cluster, proposal = planned()
    messages = [str(found) for found in check(cluster, with_stage(proposal, index, **changes))]

    assert any(word in message for message in messages), messages


@pytest.mark.parametrize(
    ("index", "changes"),
    [
        (0, {"bound": 2100}),
        (0, {"value": 2030, "bound": 2030, "floor": 2000}),  # 2030 − floor(30.45): the plan is at the floor
        (4, {"value": 510, "bound": 500, "floor": 520}),  # 510 + floor(10.2)
    ],
)
def test_a_gap_and_a_plan_exactly_at_the_floor_are_right(index, changes):
    """The boundary of each comparison."""
    cluster, proposal = planned()

    assert check(cluster, with_stage(proposal, index, **changes)) == []


def test_stages_in_another_order_are_caught():
    """Travel before need met is not what the policy says."""
    cluster, proposal = planned()

    assert broken(cluster, proposal.model_copy(update={"stages": proposal.stages[::-1]}), "stage fairness.1")


class TestStatus:
    """The status comes from bounds."""

    def test_proved_best_needs_every_stage_proved(self):
        """A gap in one stage."""
        cluster, proposal = planned()
        stages = (proposal.stages[0].model_copy(update={"bound": 2001}), *proposal.stages[1:])
        claimed = proposal.model_copy(update={"stages": stages})

        assert [found.rows for found in broken(cluster, claimed, "record")] == [("status",), ("stopped",)]

    def test_proved_best_needs_every_stage_there(self):
        """The search ended before the last level."""
        cluster, proposal = planned()
        cut = proposal.model_copy(update={"stages": proposal.stages[:-1]})

        assert the_one(cluster, cut.model_copy(update={"stopped": StopReason.TIME}), "record").rows == (
            "status",
        )
        honest = cut.model_copy(update={"stopped": StopReason.TIME, "status": Status.BEST_FOUND})
        assert check(cluster, honest) == []

    def test_a_proof_that_is_there_is_said(self):
        """All stages proved and the status modest."""
        cluster, proposal = planned()

        modest = proposal.model_copy(update={"status": Status.BEST_FOUND, "stopped": StopReason.TIME})
        assert the_one(cluster, modest, "record").rows == ("status",)
