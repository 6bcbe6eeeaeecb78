"""Suggestions and the shopping list on a screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from allocator.comparing.gains import GAINS, LOSES
from allocator.reporting.layout import Column, heading, sentence, stack, table
from allocator.reporting.words import count, plain
from scenarios.suggesting.candidates import KINDS
from scenarios.suggesting.results import POINTS

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

    from allocator.comparing.audience import Audience
    from scenarios.suggesting.results import Item, ShoppingList, Suggestion, Suggestions

SHOWN, OF_A_KIND = 6, 2
"""Suggestions on the screen, and of one kind at most, so that one kind does not hide the others."""
LOSERS_SHOWN = 4
ESTIMATES_SHOWN = 5


def hours_of(points: float, *, sign: bool = True) -> str:
    """Points as weighted hours: ``+12.3``."""
    return f"{points / POINTS:+,.1f}" if sign else f"{points / POINTS:,.0f}"


def render(found: Suggestions, audience: Audience | None = None) -> Group:
    """The moves, ranked, with what each brings and who loses."""
    who = audience or found.cluster.reporting.audience
    parts: list[RenderableType] = [
        heading("WHAT WOULD HELP MOST", "weighted hours of need met; commitments are kept in every plan")
    ]
    parts.append(sentence(f"Without a change: {hours_of(found.paired, sign=False)} weighted hours met."))
    parts.append(sentence(_how_far(found)))
    parts.append(sentence(""))
    if not found.ranked:
        parts.append(
            sentence("None of the moves that were verified brings more than what searching longer brings.")
        )
    shown = _shown(found.ranked)
    for number, each in enumerate(shown, start=1):
        parts += [*_suggestion(f"{number}.", each, who), sentence("")]
    rest = len(found.ranked) - len(shown)
    if rest:
        parts += [sentence(f"{count(rest, 'more move gains', 'more moves gain')}: --json."), sentence("")]
    for each in found.combined:
        parts += [*_suggestion(f"{len(each.moves)} together:", each, who), sentence("")]
    if found.asked > 1 and len(found.combined) < found.asked - 1:
        parts.append(sentence("No further move was found that adds to these.", "dim"))
    return stack(parts)


def _how_far(found: Suggestions) -> str:
    counts = found.counts
    words = (
        f"{count(counts.estimated, 'move')} estimated; {counts.laid_in} laid into the plan there was, {counts.solved} "
        f"of them planned anew, {counts.left} left unverified."
    )
    if counts.refused:
        words += f" {counts.refused} of these plans broke a commitment and do not count."
    return (
        words
        + f" The plan without a change was searched {counts.base_searches} times with the same effort, and what "
        "that found is taken off every gain."
    )


def _shown(ranked: tuple[Suggestion, ...]) -> list[Suggestion]:
    """The best, few of each kind."""
    shown: list[Suggestion] = []
    for each in ranked:
        alike = sum(one.moves[0].kind == each.moves[0].kind for one in shown)
        if alike < OF_A_KIND and len(shown) < SHOWN:
            shown.append(each)
    return shown


def _suggestion(number: str, each: Suggestion, who: Audience) -> list[RenderableType]:
    kinds = " + ".join(dict.fromkeys(KINDS[move.kind] for move in each.moves))
    cost = f", costs {each.fte:g} FTE" if each.fte else ""
    parts: list[RenderableType] = [
        sentence(f"{number} {hours_of(each.gain)} weighted hours: {kinds}{cost}", "bold")
    ]
    if who == "panel":
        parts += [sentence(f"   {move.words}") for move in each.moves]
        if not each.anew:
            parts.append(sentence("   Not planned anew for want of time: more may be possible.", "dim"))
        if any(move.kind == "group" for move in each.moves):
            parts.append(
                sentence("   Each need counts what it counted before, not the group's hours.", "dim")
            )
    parts.append(sentence(f"   {_parties(each, who)}"))
    if who == "panel":
        parts += [sentence(f"   {line}", "dim") for line in _command(each.line)]
    return parts


def _command(line: str) -> list[str]:
    """The command as a shell takes it; with several moves, one to a line."""
    start, *options = re.split(r" (?=--)", plain(line))
    if len(options) < 2:
        return [plain(line)]
    return [f"{start} \\", *(f"  {option} \\" for option in options[:-1]), f"  {options[-1]}"]


def _parties(each: Suggestion, who: Audience) -> str:
    learners = each.gains.learners
    lost = sum(party.direction == LOSES for party in learners)
    gained = sum(party.direction == GAINS for party in learners)
    if not gained and not lost:
        return "Nobody loses. The gain is in needs that are not shared with the cluster."
    if not lost:
        return f"Nobody loses: {_number(gained, who, 'gains', 'gain')}."
    start = ""
    if each.easy and each.easy < each.gain:
        start = f"Adding to the plan there is, nobody losing: {hours_of(each.easy)}. "
    start += "Planned anew" if each.anew else "Laid into the plan there was"
    words = f"{start}: {_number(gained, who, 'gains', 'gain')}, {_number(lost, who, 'loses', 'lose')}"
    if who == "panel" and lost:
        few = ", ".join(party.name for party in each.losers()[:LOSERS_SHOWN])
        more = lost - LOSERS_SHOWN
        words += f" ({few}{f' and {more} more' if more > 0 else ''})"
    return f"{words}."


def _number(learners: int, who: Audience, one: str, many: str) -> str:
    if who != "panel":
        return f"some learners {many}" if learners else f"no learners {many}"
    return count(learners, f"learner {one}", f"learners {many}")


def render_list(found: ShoppingList) -> Group:
    """The curves, the most for the next 0.1 FTE first."""
    parts: list[RenderableType] = [
        heading("SHOPPING LIST", "weighted hours more by FTE of somebody new; every figure is a checked plan")
    ]
    if found.items:
        steps = sorted({point.fte for each in found.items for point in each.curve})
        columns = [Column("More of", wraps=True), Column("for")]
        columns += [Column(f"+{fte:g}", right=True) for fte in steps]
        columns += [Column("estimate", right=True)]
        rows = [
            [each.name, each.about, *(_point(each, fte) for fte in steps), hours_of(each.estimate)]
            for each in found.items
        ]
        parts.append(table(columns, rows))
        parts.append(
            sentence(
                "≥: only what fits into the plan there was, with nobody losing; planning anew may find more. The "
                "estimate of the first step only said what to try first.",
                "dim",
            )
        )
        parts.append(sentence(f"The first line again: {found.items[0].curve[0].line}", "dim"))
    else:
        parts.append(sentence("No unmet need could be reached by more time of anybody."))
    if found.unverified:
        few = "; ".join(
            f"{each.name} ({hours_of(each.estimate)})" for each in found.unverified[:ESTIMATES_SHOWN]
        )
        more = len(found.unverified) - ESTIMATES_SHOWN
        tail = f"; and {more} more" if more > 0 else ""
        parts.append(sentence(f"Not verified, estimated only: {few}{tail}."))
    return stack(parts)


def _point(item: Item, fte: float) -> str:
    """A point of a curve; a dash where nobody of the role may have so much time."""
    point = next((point for point in item.curve if point.fte == fte), None)
    if point is None:
        return "–"
    return hours_of(point.gain) if point.anew else f"≥ {hours_of(point.gain)}"
