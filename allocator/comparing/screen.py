"""A comparison on a screen: inputs first, then outcomes, then who gains and who loses, then which change did it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allocator.comparing.attribution import Attribution
from allocator.comparing.comparison import Comparison, Pair, Tally
from allocator.comparing.gains import GAINS, LOSES, Party
from allocator.comparing.inputs import CHANGED, SETTINGS, RowDifference
from allocator.comparing.outcomes import OutcomeRow
from allocator.models.policy import Goal
from allocator.reporting.layout import Column, heading, sentence, stack, table
from allocator.reporting.words import (
    GOAL_NAMES,
    count,
    gap_percent,
    goal_amount,
    percent,
    plain,
    stage_value,
    status_line,
)

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

ROWS_SHOWN = 8
PARTIES_SHOWN = 5
SITES_SHOWN = 8
BESIDE = 2
"""How many cases stand beside the first in one table."""
NAME_WIDTH, HEAD_WIDTH = 44, 16
"""Three columns of figures and their names fit 100 characters."""
WORTH_SAYING = 0.5
NOTHING = "–"
_ORDER = {
    "share_met": "Need met, of what is asked",
    "served": "Needs met",
    "unmet": "Needs unmet",
    "withheld_served": "Met by their own schools",
    "used": "Hours a week used",
    "bookable": "Hours a week there are",
    "travel": "Hours a week on the road",
}


def render(comparison: Comparison, *, full: bool = False) -> Group:
    """The comparison for a terminal; with ``full`` every row, site and party."""
    parts: list[RenderableType] = [*_inputs(comparison, full), sentence("")]
    parts += [*_outcomes(comparison, full), sentence("")]
    for pair in comparison.pairs:
        parts += [*_gains(comparison, pair, full), sentence("")]
    for each in comparison.attributions:
        parts += [*_attribution(each), sentence("")]
    return stack(parts[:-1])


# --- inputs -------------------------------------------------------------------------------------------


def _inputs(comparison: Comparison, full: bool) -> list[RenderableType]:
    first = comparison.cases[0]
    parts: list[RenderableType] = [heading("WHAT DIFFERS GOING IN", f"compared with {first.name}")]
    for pair, case in zip(comparison.pairs, comparison.cases[1:], strict=True):
        parts.append(sentence(f"{pair.name}" + (f": {case.question}" if case.question else ""), "bold"))
        if pair.effects:
            parts += [sentence(f"  - {words}") for words in pair.effects]
        else:
            parts += [sentence(f"  - {words}") for words in _rows(pair, full)]
    return parts


def _rows(pair: Pair, full: bool) -> list[str]:
    """Rows with what differs in them; where rows may not be seen, how many there are."""
    if not pair.row_counts:
        return ["nothing: the same rows and settings"]
    seen = {row.table for row in pair.rows}
    words = [_row(row) for row in pair.rows if row.code]
    hidden = sum(not row.code for row in pair.rows)
    cut = words if full or len(words) <= ROWS_SHOWN + 1 else words[:ROWS_SHOWN]
    if len(cut) < len(words):
        cut = [*cut, f"and {len(words) - len(cut):,} more rows: --full"]
    if hidden:
        cut = [*cut, f"needs: {count(hidden, 'row')} not shared with the cluster"]
    unseen = [each for each in pair.row_counts if each[0] not in seen]
    return [*cut, *(f"{name}: {_many(number)} {kind}" for name, kind, number in unseen)]


def _many(number: int | None) -> str:
    return "a few rows" if number is None else count(number, "row")


def _row(row: RowDifference) -> str:
    if row.kind != CHANGED:
        return f"{row.table}: {row.code} {row.kind}"
    cells = ", ".join(f"{cell.name} {cell.before or 'blank'} → {cell.after or 'blank'}" for cell in row.cells)
    if len(row.cells) == 1 and row.cells[0].name == row.code:
        return f"{row.table}: {cells}"
    return f"{row.table}: {row.code}: {cells}"


# --- outcomes -----------------------------------------------------------------------------------------


def _outcomes(comparison: Comparison, full: bool) -> list[RenderableType]:
    note = "in brackets: how far at most from the best possible, where that is proved"
    parts: list[RenderableType] = [heading("WHAT COMES OUT", note)]
    for case in comparison.cases:
        if case.proposal is None:
            parts.append(sentence(f"{case.name}: {case.problem}"))
        else:
            parts.append(sentence(f"{case.name}: {status_line(case.proposal)}."))
    parts += [sentence(words) for words in _undecided(comparison)]
    for chosen in _columns_at_a_time(len(comparison.cases)):
        parts += _outcome_tables(comparison, chosen, full)
    return parts


def _undecided(comparison: Comparison) -> list[str]:
    """Where the gaps are wider than the difference, the search and not the change may have made it."""
    row = next((row for row in comparison.section("stages") if row.key == Goal.NEED_MET), None)
    if row is None:
        return []
    close = []
    for index, pair in enumerate(comparison.pairs, start=1):
        value, bound, first, limit = (*_known(row, index), *_known(row, 0))
        if None in (value, bound, first, limit) or any(each.table == SETTINGS for each in pair.rows):
            continue  # with other settings the two figures do not measure the same
        if value != first and max(value, first) <= min(bound, limit):
            close.append(pair.name)
    if not close:
        return []
    return [
        f"Not proved: which of {comparison.names[0]} and {', '.join(close)} meets more need. The difference is "
        "smaller than the gaps; a longer --time-limit narrows them."
    ]


def _known(row: OutcomeRow, index: int) -> tuple[Any, Any]:
    return row.values[index], row.bounds[index] if row.bounds else None


def _columns_at_a_time(cases: int) -> list[list[int]]:
    """The first case beside as many others as fit, again and again."""
    others = list(range(1, cases))
    return [[0, *others[at : at + BESIDE]] for at in range(0, len(others), BESIDE)]


def _outcome_tables(comparison: Comparison, chosen: list[int], full: bool) -> list[RenderableType]:
    totals = {row.key: row for row in comparison.section("totals")}
    parts: list[RenderableType] = [
        sentence(""),
        _table("In all", comparison, chosen, [(words, totals[key]) for key, words in _ORDER.items()]),
    ]
    stages = comparison.section("stages")
    if stages:
        parts += [
            sentence(""),
            _table(
                "Goals in the order agreed", comparison, chosen, [(_labelled(row), row) for row in stages]
            ),
        ]
    tiers = comparison.section("tiers")
    if tiers:
        parts += [
            sentence(""),
            _table("Need met by tier", comparison, chosen, [(row.name, row) for row in tiers]),
        ]
    parts += _by_part(comparison, chosen, "sites", "Need met by site", full)
    parts += _by_part(comparison, chosen, "roles", "Weighted hours met by role", full)
    return parts


def _table(
    title: str, comparison: Comparison, chosen: list[int], rows: list[tuple[str, OutcomeRow]]
) -> RenderableType:
    head = [Column(title), *(Column(_head(comparison.names[index]), right=True) for index in chosen)]
    return table(head, [[_cut(words), *(_cell(row, index) for index in chosen)] for words, row in rows])


def _head(name: str) -> str:
    """A case above its figures; of a variant what sets it apart: ``fte 0.4``."""
    _, bracket, ending = plain(name).partition(" (")
    return _cut(ending[:-1] if bracket and ending.endswith(")") else plain(name), HEAD_WIDTH)


def _cut(words: str, width: int = NAME_WIDTH) -> str:
    return words if len(words) <= width else words[: width - 1] + "…"


def _by_part(
    comparison: Comparison, chosen: list[int], section: str, title: str, full: bool
) -> list[RenderableType]:
    """The sites (or roles) that differ most, unless all are asked for."""
    rows = [row for row in comparison.section(section) if any(row.values[i] is not None for i in chosen)]
    if not rows:
        return []
    shown = rows
    if not full:
        moved = [row for row in rows if _spread(row, chosen)]
        shown = sorted(moved, key=lambda row: (-_spread(row, chosen), row.key))[:SITES_SHOWN]
    parts: list[RenderableType] = [sentence("")]
    if shown:
        parts.append(_table(title, comparison, chosen, [(row.name, row) for row in shown]))
    rest = len(rows) - len(shown)
    if rest:
        words = f"and {rest} more that change less, or not at all" if shown else f"{title}: none changes"
        parts.append(sentence(f"{words}: --full", "dim"))
    return parts


def _spread(row: OutcomeRow, chosen: list[int]) -> float:
    numbers = [row.values[index] or 0 for index in chosen]
    return max(numbers) - min(numbers)


def _labelled(row: OutcomeRow) -> str:
    """The goal with its unit, which then need not stand in every cell."""
    for value in row.values:
        figure, _, unit = ("", "", "") if value is None else stage_value(row.key, int(value)).partition(" ")
        if unit and figure[:1].isdigit():
            return f"{row.name}, {unit}"
    return row.name


def _cell(row: OutcomeRow, index: int) -> str:
    value = row.values[index]
    if value is None:
        return NOTHING
    if row.section == "stages":
        words = stage_value(row.key, int(value))
        figure = words.partition(" ")[0] if words[:1].isdigit() else f"{value:,}"
        return figure + _gap(row, index)
    if row.unit == "share":
        return percent(float(value))
    if row.unit == "minutes":
        return f"{value / 60:,.1f}"
    if row.unit == "points":
        return f"{value / 100:,.0f}"
    return f"{value:,}"


def _gap(row: OutcomeRow, index: int) -> str:
    """`` (best)`` or `` (1.20%)``; nothing where so little is proved that a figure would say nothing."""
    value, bound = _known(row, index)
    if bound is None or value == bound:
        return "" if bound is None else " (best)"
    gap = abs(bound - value) / max(abs(value), abs(bound))
    return f" ({gap_percent(gap)})" if gap < WORTH_SAYING else ""


# --- who gains, who loses -----------------------------------------------------------------------------


def _gains(comparison: Comparison, pair: Pair, full: bool) -> list[RenderableType]:
    first = comparison.names[0]
    parts: list[RenderableType] = [
        heading(f"WHO GAINS, WHO LOSES: {plain(pair.name)}", f"compared with {first}")
    ]
    if not pair.tallies:
        return [*parts, sentence("There are no two plans to compare.")]
    rows = [[_KIND[tally.kind][0], *_tallied(tally)] for tally in pair.tallies]
    columns = [Column("")] + [Column(word, right=True) for word in ("gain", "lose", "untouched")]
    parts.append(table(columns, rows))
    for tally in pair.tallies:
        for direction in (GAINS, LOSES):
            moved = [party for party in tally.parties if party.direction == direction]
            if moved:
                parts.append(sentence(_listed(tally.kind, direction, moved, full)))
    found = pair.gains
    moved_on = 0 if found is None else sum(p.other_person and not p.delta for p in found.learners)
    if moved_on:
        parts.append(sentence(f"Of the learners untouched, {moved_on} have somebody else."))
    if found is not None and (found.new_needs or found.gone_needs):
        parts.append(
            sentence(
                f"Besides: {count(found.new_needs, 'need')} planned only in {pair.name}, {found.new_served} of "
                f"them met; {count(found.gone_needs, 'need')} only in {first}, {found.gone_served} of them met."
            )
        )
    return parts


_KIND = {
    "learners": ("Learners and projects", "Learners who gain", "Learners who lose"),
    "sites": ("Sites", "Sites that gain", "Sites that lose"),
    "people": ("People, in hours of work", "People with more work", "People with less work"),
}


def _tallied(tally: Tally) -> list[str]:
    numbers = (tally.gains, tally.loses, tally.untouched)
    return ["few" if number is None else f"{number:,}" for number in numbers]


def _listed(kind: str, direction: str, moved: list[Party], full: bool) -> str:
    start = _KIND[kind][1 if direction == GAINS else 2]
    cut = moved if full else moved[:PARTIES_SHOWN]
    words = ", ".join(f"{party.name} ({_moved(party)})" for party in cut)
    more = len(moved) - len(cut)
    return f"{start}: {words}{f' and {more} more' if more else ''}."


def _moved(party: Party) -> str:
    if party.kind == "people":
        return f"{party.delta / 60:+.1f} h"
    return f"{percent(party.before / 10_000)} → {percent(party.after / 10_000)}"


# --- attribution --------------------------------------------------------------------------------------


def _attribution(each: Attribution) -> list[RenderableType]:
    note = "each change alone, and what only comes of them together; the columns add up"
    parts: list[RenderableType] = [heading(f"WHICH CHANGE DID IT: {plain(each.scenario)}", note)]
    parts += [sentence(f"  {number}. {words}") for number, words in enumerate(each.changes, start=1)]
    parts += [
        sentence(f"  {number}. has no figure of its own: {why}")
        for number, why in enumerate(each.missing, start=1)
        if why
    ]
    columns = [Column("Goal", wraps=True), Column("before", right=True)]
    columns += [Column(f"{number}.", right=True) for number in range(1, len(each.changes) + 1)]
    columns += [Column("together", right=True), Column("all", right=True)]
    rows = [
        [
            GOAL_NAMES[goal.goal],
            goal_amount(goal.goal, goal.base),
            *(NOTHING if part is None else _signed(goal.goal, part) for part in goal.parts),
            _signed(goal.goal, goal.interaction),
            _signed(goal.goal, goal.total),
        ]
        for goal in each.goals
    ]
    return [*parts, table(columns, rows)]


_UNITS = {Goal.NEED_MET: 100, Goal.TIER_BALANCE: 100, Goal.TRAVEL: 60, Goal.EVEN_LOAD: 60, Goal.FAIRNESS: 100}
"""How many of a goal's units make one of those people speak of."""


def _signed(goal: Goal, value: int) -> str:
    if value == 0:
        return "0"
    unit = _UNITS.get(goal, 1)
    return f"{value:+,}" if unit == 1 else f"{value / unit:+,.2f}"
