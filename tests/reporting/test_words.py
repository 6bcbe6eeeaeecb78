"""What is said about a proposal is true of its bounds, and never a solver's word."""

from __future__ import annotations

import pytest

from allocator.models.policy import Goal, GoalLevel
from allocator.models.proposal import Proposal, Stage, Status, StopReason, UnmetReason
from allocator.reporting import words


def stage(value: int, bound: int, goal: Goal = Goal.NEED_MET, sense: str = "max", name: str = "") -> Stage:
    return Stage(
        name=name or goal, goals=(goal,), sense=sense, value=value, bound=bound, floor=0, unit="points"
    )


def test_every_goal_stop_and_reason_has_words() -> None:
    """A new member of a closed list cannot be forgotten here."""
    for goal in Goal:
        assert words.GOAL_NAMES[goal]
        assert words.goal_amount(goal, 3)
    for reason in UnmetReason:
        assert words.UNMET_WORDS[reason]


@pytest.mark.parametrize("stopped", list(StopReason))
def test_why_the_search_stopped_is_a_sentence(proposal: Proposal, stopped: StopReason) -> None:
    assert words.stopped_line(proposal.model_copy(update={"stopped": stopped})).endswith(".")


class TestStatusLine:
    """The first line comes from the bounds."""

    def test_a_gap_is_rounded_up(self, proposal: Proposal) -> None:
        """10,000 of 10,001 is a gap of 0.009999%: 0.01%, not 0.00%."""
        found = proposal.model_copy(update={"stages": (stage(10_000, 10_001),)})
        assert words.status_line(found) == "Within 0.01% of the best possible"

    def test_proved_best_needs_every_stage_proved(self, proposal: Proposal) -> None:
        every = proposal.model_copy(update={"stages": (stage(5, 5), stage(3, 3, Goal.REACH))})
        first = proposal.model_copy(update={"stages": (stage(5, 5), stage(3, 4, Goal.REACH))})
        assert words.status_line(every).startswith("Proved best: no other plan")
        assert words.status_line(first).startswith("Proved best on need met; later goals")

    def test_best_found_promises_nothing(self, proposal: Proposal) -> None:
        found = proposal.model_copy(update={"status": Status.BEST_FOUND})
        assert words.status_line(found).startswith("Best found so far")

    def test_without_need_met_the_first_goal_leads(self, proposal: Proposal) -> None:
        """90 of 100 learners: within 10%."""
        found = proposal.model_copy(update={"stages": (stage(90, 100, Goal.REACH), stage(1, 1, Goal.TRAVEL))})
        assert words.status_line(found) == "Within 10.00% of the best possible"


class TestVerdict:
    """Every stage says how good its value is."""

    def test_proved(self) -> None:
        assert words.verdict(stage(7, 7)) == "best possible"

    def test_a_gain_cannot_exceed_its_bound(self) -> None:
        assert words.verdict(stage(9_000, 10_000)) == "no plan can do better than 100 (10.00%)"

    def test_a_cost_cannot_fall_below_its_bound(self) -> None:
        """600 minutes found, 540 proved: 9 hours, a tenth less."""
        found = stage(600, 540, Goal.TRAVEL, "min")
        assert words.verdict(found) == "no plan can do with less than 9 (10.00%)"

    def test_a_limit_is_rounded_outwards(self) -> None:
        """320.01 weighted hours can be had, so "320" would be said too narrowly; 599 minutes are 9 hours."""
        assert words.limit_amount(stage(32_000, 32_001)) == "321 weighted hours"
        assert words.limit_amount(stage(700, 599, Goal.TRAVEL, "min")) == "9 hours in all"
        second = stage(9_000, 9_001, Goal.FAIRNESS, name="fairness.2")
        assert words.limit_amount(second) == "45.1% met on average"

    def test_a_cost_bounded_by_nothing_is_not_dressed_up(self) -> None:
        assert words.verdict(stage(600, 0, Goal.TRAVEL, "min")) == "how much less is possible is not proved"


class TestAmount:
    """Values carry their unit in words."""

    @pytest.mark.parametrize(
        ("goal", "value", "said"),
        [
            (Goal.COMMITMENTS_KEPT, 1, "1 service"),
            (Goal.NEED_MET, 123_456, "1,235 weighted hours"),
            (Goal.TRAVEL, 90, "2 hours in all"),
            (Goal.EVEN_LOAD, 90, "1.5 hours above even"),
            (Goal.REACH, 2, "2 learners"),
        ],
    )
    def test_unit(self, goal: Goal, value: int, said: str) -> None:
        assert words.amount(stage(value, value, goal), value) == said

    def test_a_leximin_step_is_an_average(self) -> None:
        """The two smallest shares add up to 9,000 basis points: 45% each on average."""
        step = stage(9_000, 9_000, Goal.FAIRNESS, name="fairness.2")
        assert words.amount(step, 9_000) == "45.0% met on average"
        assert words.goal_name(step, "site") == "Fairness: 2 worst-off sites"

    def test_a_level_of_several_goals_is_points(self) -> None:
        level = Stage(
            name="need_met+reach",
            goals=(Goal.NEED_MET, Goal.REACH),
            sense="max",
            value=5,
            bound=5,
            floor=5,
            unit="",
        )
        assert words.amount(level, 5) == "5 points"
        assert words.goal_name(level, "site") == "Need met + Learners reached"


def test_a_share_is_full_only_when_nothing_is_missing() -> None:
    """99.9% is not 100%."""
    assert words.percent(0.999) == "99%"
    assert words.percent(1.0) == "100%"
    assert words.percent(None) == "–"


def test_control_characters_never_reach_the_terminal() -> None:
    assert words.plain("a\x1b[31mb\rc") == "a [31mb c"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "blank"),
        ((), "blank"),
        ({}, "blank"),
        (True, "yes"),
        (0.60, "0.6"),
        (0, "0"),
        (("a", "b"), "a; b"),
        ({"a": 1.50, "b": False}, "a: 1.5, b: no"),
        (GoalLevel(goals={Goal.NEED_MET: 2, Goal.REACH: 1}), "need_met + reach"),
        (Goal.TRAVEL, "travel"),
    ],
)
def test_a_fields_value_in_a_sentence(value: object, said: str) -> None:
    """The word for a blank is the caller's; 0 and no are values, not blanks."""
    assert words.spelled(value, "blank") == said
    assert words.spelled(value) == ("" if said == "blank" else said)
