"""How the program speaks: tiers, goals, units, status and amounts in words a school principal uses.

Nothing here computes a plan. Every sentence about quality comes from a value and a proved bound, never from
a solver's word, and every gap is rounded up so that what is said stays true.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from allocator.models.policy import Goal, GoalLevel
from allocator.models.proposal import Status, StopReason, UnmetReason

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal, Stage

TIER_NAMES = {1: "Te Matua", 2: "Te Kāhui", 3: "Te Arotahi"}

GOAL_NAMES = {
    Goal.COMMITMENTS_KEPT: "Commitments kept",
    Goal.NEED_MET: "Need met",
    Goal.FAIRNESS: "Fairness",
    Goal.LONGEST_WAITS: "Longest waits first",
    Goal.CONTINUITY: "Same person as now",
    Goal.TRAVEL: "Little travel",
    Goal.LOCALITY: "Served from within the area",
    Goal.REACH: "Learners reached",
    Goal.TIER_BALANCE: "Every tier served",
    Goal.EVEN_LOAD: "Even load",
    Goal.FEW_ADULTS: "Few adults per learner",
}

_STOPPED = {
    StopReason.PROVED: "The search ended because every goal was proved.",
    StopReason.GAP: "The search ended because the gap asked for was reached.",
    StopReason.TIME: "The search ended at its time limit.",
    StopReason.WORK: "The search ended at its work limit, so the same command gives the same proposal.",
    StopReason.INTERRUPTED: "The search was stopped by hand; this is the best found until then.",
}

UNMET_WORDS = {
    UnmetReason.NO_SUPPORT: "no support in the catalogue fits",
    UnmetReason.NO_ELIGIBLE_PERSON: "nobody has the role, skills or languages",
    UnmetReason.CONSENT: "only people of other schools could help, and it is not shared",
    UnmetReason.TOO_FAR: "everyone who could help is too far away",
    UnmetReason.NOT_AVAILABLE: "those who could help are away, or the post is vacant",
    UnmetReason.START_WINDOW: "no allowed start in these terms",
    UnmetReason.GROUP_BELOW_MINIMUM: "too few learners for a group",
    UnmetReason.FULL_HOURS: "everyone who could help has no hours left",
    UnmetReason.FULL_CASES: "everyone who could help has all the cases they may hold",
    UnmetReason.FULL_SITES: "everyone who could help has all the sites they may serve",
    UnmetReason.FULL_TRAVEL: "everyone who could help has used up their travel time",
    UnmetReason.FULL_SHARE: "the site's coordinator time is used up",
    UnmetReason.OUTRANKED: "it would fit, but a higher goal would lose",
    UnmetReason.NOT_SEARCHED: "it would fit; the search stopped before placing it",
}


def plain(text: str) -> str:
    """Text from a file without control characters, so that a name cannot move the cursor."""
    return "".join(char if char.isprintable() else " " for char in text)


def count(number: int, one: str, many: str | None = None) -> str:
    """``3 needs``; ``one`` is the singular, ``many`` the plural where it is not ``one`` + s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def spelled(value: Any, blank: str = "") -> str:
    """A field's value in a sentence: lists with semicolons, goals by their names, ``blank`` where there is none."""
    if value is None or value in ((), {}):
        return blank
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        return "; ".join(spelled(item, blank) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {spelled(item, blank)}" for key, item in value.items())
    return " + ".join(value.goals) if isinstance(value, GoalLevel) else str(value)


def hours(minutes: float, places: int = 1) -> str:
    """Minutes as hours with one decimal, or as many as asked: 90 -> ``1.5``."""
    return f"{minutes / 60:,.{places}f}"


def percent(share: float | None) -> str:
    """A share as whole per cent, rounded down so that 100% means all; a dash where nothing was asked."""
    return "–" if share is None else f"{math.floor(100 * share + 1e-9)}%"


def gap_percent(gap: float) -> str:
    """A proved gap in per cent, rounded up to two decimals: no better is said than is proved."""
    return f"{math.ceil(gap * 10_000 - 1e-9) / 100:.2f}%"


def tier_name(tier: int) -> str:
    """``Te Kāhui`` for 2."""
    return TIER_NAMES[tier]


def goal_name(stage: Stage, by: str) -> str:
    """A stage's goal in words; a level of several goals names them all, a leximin step its depth."""
    if Goal.FAIRNESS not in stage.goals:
        return " + ".join(GOAL_NAMES[goal] for goal in stage.goals)
    step = stage.name.rpartition(".")[2]
    who = {"site": "site", "equity_band": "equity band", "medium": "medium", "group": "group"}[by]
    if step == "floor":
        return "Fairness: the agreed floor"
    if step == "1":
        return f"Fairness: worst-off {who}"
    return f"Fairness: {step} worst-off {who}s" if step.isdigit() else "Fairness"


def amount(stage: Stage, value: int) -> str:
    """A stage's value (or bound) with its unit in words."""
    if len(stage.goals) != 1:
        return f"{value:,} points"
    return _AMOUNTS[stage.goals[0]](value, stage.name.rpartition(".")[2])


def goal_amount(goal: Goal, value: int) -> str:
    """A goal's single figure (``Proposal.goal_values``) with its unit in words."""
    return _AMOUNTS[goal](value, "1")


def _fairness_amount(value: int, step: str) -> str:
    if step == "floor":
        return "all above it" if value == 0 else f"{value / 100:,.1f} points short"
    if step.isdigit() and int(step) > 1:
        return f"{value / int(step) / 100:.1f}% met on average"
    return f"{value / 100:.1f}% met"


_AMOUNTS: dict[Goal, Callable[[int, str], str]] = {
    Goal.COMMITMENTS_KEPT: lambda value, _: count(value, "service"),
    Goal.NEED_MET: lambda value, _: f"{value / 100:,.0f} weighted hours",
    Goal.FAIRNESS: _fairness_amount,
    Goal.LONGEST_WAITS: lambda value, _: f"{count(value, 'week')} waited",
    Goal.CONTINUITY: lambda value, _: count(value, "service"),
    Goal.TRAVEL: lambda value, _: f"{value / 60:,.0f} hours in all",
    Goal.LOCALITY: lambda value, _: f"{value:,} from outside",
    Goal.REACH: lambda value, _: count(value, "learner"),
    Goal.TIER_BALANCE: lambda value, _: f"{value / 100:,.0f} weighted hours short",
    Goal.EVEN_LOAD: lambda value, _: f"{value / 60:,.1f} hours above even",
    Goal.FEW_ADULTS: lambda value, _: f"{count(value, 'need')} joined up",
}


def stage_name(name: str) -> str:
    """A stage's name, while it is searched, in words: ``fairness.2`` -> ``Fairness, step 2``."""
    goals, _, step = name.partition(".")
    known = {str(goal): words for goal, words in GOAL_NAMES.items()}
    words = " + ".join(known.get(part, part.replace("_", " ").capitalize()) for part in goals.split("+"))
    return f"{words}, step {step}" if step.isdigit() else words


def stage_value(name: str, value: int) -> str:
    """A value of a stage known only by its name, with its unit in words where the stage is one goal.

    A search may count a cost as a negative gain; people read it as a cost.
    """
    goal, _, step = name.partition(".")
    found = {str(each): amount_of for each, amount_of in _AMOUNTS.items()}.get(goal)
    if found is None:
        return f"{value:,}"
    return found(abs(value), step or "1")


_GRAIN = {Goal.NEED_MET: 100, Goal.TIER_BALANCE: 100, Goal.TRAVEL: 60, Goal.EVEN_LOAD: 6, Goal.FAIRNESS: 10}
"""How much of a value one shown digit stands for; a goal that is not listed is shown whole."""


def limit_amount(stage: Stage) -> str:
    """A proved bound in words, rounded outwards, so that what no plan can pass is never understated."""
    grain = _GRAIN.get(stage.goals[0], 1) if len(stage.goals) == 1 else 1
    step = stage.name.rpartition(".")[2]
    if step.isdigit():
        grain *= int(step)
    floor = stage.bound // grain * grain
    return amount(stage, floor if stage.sense == "min" or floor == stage.bound else floor + grain)


def verdict(stage: Stage) -> str:
    """How good a stage's value is: ``best possible``, or the value no plan can do better than."""
    if stage.proved:
        return "best possible"
    if stage.sense == "min" and stage.bound <= 0:
        return "how much less is possible is not proved"
    limit = "do better than" if stage.sense == "max" else "do with less than"
    figure = limit_amount(stage).partition(" ")[0]
    return f"no plan can {limit} {figure} ({gap_percent(stage.gap)})"


def leading_stage(proposal: Proposal) -> Stage | None:
    """The stage the first line speaks of: need met, else the first goal of the order."""
    for stage in proposal.stages:
        if Goal.NEED_MET in stage.goals:
            return stage
    return proposal.stages[0] if proposal.stages else None


def status_line(proposal: Proposal) -> str:
    """The first line a facilitator reads: how good the proposal is, from the bounds."""
    stage = leading_stage(proposal)
    if stage is None or proposal.status is Status.BEST_FOUND:
        return "Best found so far: how much better a plan could be is not yet proved"
    if all(each.proved for each in proposal.stages):
        return "Proved best: no other plan does better on these goals in this order"
    if stage.proved:
        return "Proved best on need met; later goals are near their best"
    return f"Within {gap_percent(stage.gap)} of the best possible"


def stopped_line(proposal: Proposal) -> str:
    """Why the search stopped, as one sentence."""
    return _STOPPED[proposal.stopped]
