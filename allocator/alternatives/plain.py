"""Alternatives as plain data and tables; what an audience may not see is not in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allocator.comparing.audience import COUNTING_GOALS, Audience, shown_count
from allocator.reporting.words import goal_name

if TYPE_CHECKING:
    import pandas as pd

    from allocator.alternatives.results import Alternative, Alternatives
    from allocator.models.policy import Goal, Reporting
    from allocator.models.proposal import Stage


def shown_value(goals: tuple[Goal, ...], value: int, audience: Audience, reporting: Reporting) -> int | None:
    """A goal's figure as this audience sees it; None where it counts too few."""
    if set(goals) & COUNTING_GOALS:
        return shown_count(value, audience, reporting)
    return value


def as_dict(found: Alternatives, audience: Audience) -> dict[str, Any]:
    """Everything that is shown on the screen, as values."""
    question = found.question
    return {
        "cluster": found.cluster.name,
        "slack": question.slack,
        "least_distance": question.distance,
        "asked": question.count,
        "need_met": {"best": found.best, "no_plan_above": found.bound},
        "stopped_by_hand": found.stopped,
        "proposals": [_proposal(found, index, audience) for index in range(len(found.proposals))],
        "distances": [list(row) for row in found.distances],
        "left_out": [{"name": each.name, "why": each.why} for each in found.dropped],
    }


def _proposal(found: Alternatives, index: int, audience: Audience) -> dict[str, Any]:
    each = found.proposals[index]
    label = found.label(index, codes=audience == "panel")
    return {
        "key": each.key,
        "name": each.name,
        "about": each.words,
        "surprise": each.surprise,
        "need_met": each.value,
        "nearest": found.nearest(index),
        "differs": [
            {
                "feature": one.part,
                "of": list(one.key),
                "value": one.value,
                "others": one.others,
                "words": one.words,
            }
            for one in label
        ],
        "goals": [_goal(found, each, stage, audience) for stage in each.proposal.stages],
    }


def _goal(found: Alternatives, each: Alternative, stage: Stage, audience: Audience) -> dict[str, Any]:
    reporting = found.cluster.reporting
    return {
        "stage": stage.name,
        "name": goal_name(stage, found.cluster.policy.fairness.by),
        "value": shown_value(stage.goals, stage_now(each, stage), audience, reporting),
        "sense": stage.sense,
        "unit": stage.unit,
    }


def stage_now(each: Alternative, stage: Stage) -> int:
    """What the finished plan comes to in a stage: a stage's own value is from before later goals took their part."""
    if len(stage.goals) == 1 and stage.goals[0] in each.proposal.goal_values and "." not in stage.name:
        return each.proposal.goal_values[stage.goals[0]]
    return stage.value


def frames(found: Alternatives, audience: Audience) -> dict[str, pd.DataFrame]:
    """proposals, goals, distances, left_out."""
    import pandas as pd

    plain = as_dict(found, audience)
    proposals = [
        [row["key"], row["name"], row["surprise"], row["need_met"], row["nearest"], *_two(row["differs"])]
        for row in plain["proposals"]
    ]
    goals = [
        [row["name"], goal["stage"], goal["name"], goal["value"], goal["sense"], goal["unit"]]
        for row in plain["proposals"]
        for goal in row["goals"]
    ]
    names = [row["name"] for row in plain["proposals"]]
    return {
        "proposals": pd.DataFrame(
            proposals, columns=["key", "name", "surprise", "need_met", "nearest", "differs_most", "and_in"]
        ),
        "goals": pd.DataFrame(goals, columns=["proposal", "stage", "goal", "value", "sense", "unit"]),
        "distances": pd.DataFrame(plain["distances"], index=names, columns=names),
        "left_out": pd.DataFrame(plain["left_out"], columns=["name", "why"]),
    }


def _two(differs: list[dict[str, Any]]) -> list[str]:
    words = [each["words"] for each in differs]
    return [*words, "", ""][:2]
