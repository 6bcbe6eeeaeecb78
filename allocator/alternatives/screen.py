"""Alternatives on one screen: goal by goal beside each other, then what sets each apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.alternatives.plain import shown_value, stage_now
from allocator.reporting.layout import Column, heading, sentence, stack, table
from allocator.reporting.words import count, gap_percent, goal_name, percent, stage_value

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

    from allocator.alternatives.results import Alternative, Alternatives
    from allocator.comparing.audience import Audience
    from allocator.models.proposal import Stage

NAME_WIDTH = 34


def render(found: Alternatives, audience: Audience | None = None) -> Group:
    """The proposals for a terminal."""
    who = audience or found.cluster.reporting.audience
    parts: list[RenderableType] = [*_head(found), sentence("")]
    parts += [_goals(found, who), sentence("")]
    parts += [*_labels(found, who), sentence("")]
    parts += _left_out(found)
    return stack(parts)


def _head(found: Alternatives) -> list[RenderableType]:
    question = found.question
    parts: list[RenderableType] = [
        heading(f"{count(len(found.proposals), 'PROPOSAL', 'PROPOSALS')}", found.cluster.name)
    ]
    slack = f"{100 * question.slack:g}%"
    kept = count(min(each.commitments for each in found.proposals), "commitment")
    words = f"Each keeps {kept} or more and meets at most {slack} less need than the best of them."
    if found.bound is not None and found.best:
        gap = max(0.0, (found.bound - found.best) / found.best)
        words += (
            " No plan meets more than the best of them."
            if gap == 0
            else f" No plan meets more than {gap_percent(gap)} above the best."
        )
    parts.append(sentence(words))
    far = [each for index in range(len(found.proposals)) if (each := found.nearest(index)) is not None]
    if far:
        parts.append(
            sentence(
                f"Any two differ by {100 * min(far):.0f}% or more in what people recognise: hours of each role at each "
                "site, who visits which site, hours by tier."
            )
        )
    return parts


def _goals(found: Alternatives, audience: Audience) -> RenderableType:
    columns = [Column("Goals in the order agreed")]
    columns += [Column(each.name, right=True, wraps=True) for each in found.proposals]
    first = found.proposals[0]
    rows = [["Need met, of what is asked", *(_share(each) for each in found.proposals)]]
    for place, stage in enumerate(first.proposal.stages):
        values = []
        for each in found.proposals:
            same = each.proposal.stages[place]
            value = shown_value(same.goals, stage_now(each, same), audience, found.cluster.reporting)
            values.append("few" if value is None else _figure(same, value))
        rows.append([_labelled(found, stage), *values])
    return table(columns, rows)


def _share(each: Alternative) -> str:
    from allocator.reporting.figures import Figures

    figures = Figures(each.cluster, each.proposal)
    return percent(figures.met(figures.needs).share)


def _labelled(found: Alternatives, stage: Stage) -> str:
    """The goal, with its unit where the figures stand without it."""
    name = goal_name(stage, found.cluster.policy.fairness.by)
    _, _, unit = stage_value(stage.name, stage.value).partition(" ")
    words = f"{name}, {unit}" if unit and len(stage.goals) == 1 and "." not in stage.name else name
    return words if len(words) <= NAME_WIDTH + 8 else words[: NAME_WIDTH + 7] + "…"


def _figure(stage: Stage, value: int) -> str:
    if stage.name.endswith(".floor"):
        return "met" if value == 0 else f"{value / 100:,.0f} short"
    words = stage_value(stage.name, value) if len(stage.goals) == 1 else f"{value:,}"
    return words.partition(" ")[0] if words[:1].isdigit() else words


def _labels(found: Alternatives, audience: Audience) -> list[RenderableType]:
    parts: list[RenderableType] = [heading("WHAT SETS EACH APART", "most, against the mean of the others")]
    for index, each in enumerate(found.proposals):
        parts.append(sentence(f"{each.name}: {each.words}", "bold"))
        label = found.label(index, codes=audience == "panel")
        parts += [sentence(f"  - {one.words}") for one in label]
        if not label:
            parts.append(sentence("  - nothing that people would notice in these figures"))
    return parts


def _left_out(found: Alternatives) -> list[RenderableType]:
    question = found.question
    parts: list[RenderableType] = [sentence(f"Left out: {each.name}: {each.why}.") for each in found.dropped]
    first, best = found.proposals[0], max(found.proposals, key=lambda each: each.value)
    if best.value > first.value:
        parts.append(
            sentence(
                f"{best.name} turned out to meet a little more need than {first.name}; a search for more ended too "
                "near to it to be another choice, or found none."
            )
        )
    missing = question.count - len(found.proposals)
    if found.stopped:
        parts.append(sentence("Stopped by hand: the same command with the same folder goes on from here."))
    elif missing > 0:
        parts.append(
            sentence(
                f"No further proposal was found within the slack that is at least {100 * question.distance:g}% away "
                "from the others. That none exists is not proved."
            )
        )
    return parts
