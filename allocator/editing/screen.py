"""A re-solve for a screen and as plain values: what was asked, what changed and how little could have, what it cost.

Codes are for the panel; other audiences get counts, small ones left out. Needs without cluster consent are counted
only, for everybody (R8).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from allocator.comparing.audience import Audience, Veil, shown_count, shown_counts
from allocator.editing.relationships import Kind
from allocator.editing.result import Change, Held, Resolved
from allocator.models.policy import MINIMISED, Goal
from allocator.reporting.layout import Column, heading, sentence, stack, table
from allocator.reporting.privacy import Shield
from allocator.reporting.words import GOAL_NAMES, count, gap_percent, goal_amount

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

SHOWN = 25
"""Changes on a screen; all of them with ``full``."""
KIND_WORDS = {
    Kind.SUPPORT: ("need no longer supported", "needs no longer supported"),
    Kind.PERSON: ("need with another person, or nobody", "needs with another person, or nobody"),
    Kind.GROUP: ("place in a group gone", "places in groups gone"),
    Kind.LIAISON: ("site with another liaison", "sites with another liaison"),
    Kind.SHARE: ("site with less of a coordinator", "sites with less of a coordinator"),
}


class Shown:
    """What one audience may see of a re-solve."""

    def __init__(self, made: Resolved, audience: Audience | None = None) -> None:
        self.made = made
        self.reporting = made.cluster.reporting
        self.audience: Audience = audience or self.reporting.audience
        self.shield = Shield(made.cluster)
        self.veil = Veil([made.cluster])

    @property
    def panel(self) -> bool:
        """Whether codes may be shown."""
        return self.audience == "panel"

    def text(self, words: str) -> str:
        """Words without codes that this audience may not see."""
        words = self.shield.text(words)
        return words if self.panel else self.veil.text(words)

    @property
    def open_changes(self) -> tuple[Change, ...]:
        """Changes that the panel sees one by one."""
        return tuple(change for change in self.made.changes if self.shield.shows(change.subject))

    @property
    def by_kind(self) -> list[tuple[Kind, int | None]]:
        """How many of each kind changed; None where the number is too small to show."""
        tally = Counter(change.kind for change in self.made.changes)
        kinds = [kind for kind in Kind if tally[kind]]
        shown = shown_counts([tally[kind] for kind in kinds], self.audience, self.reporting)
        return list(zip(kinds, shown, strict=True))

    @property
    def newly_met(self) -> int | None:
        """How many needs are newly met, as this audience sees it."""
        return shown_count(len(self.made.newly_met), self.audience, self.reporting)


# --- words ----------------------------------------------------------------------------------------------


def headline(made: Resolved) -> str:
    """How much changed and how little could have: claims exactly what is proved."""
    number = count(made.count, "thing")
    if not made.count:
        return "Nothing changed: the agreed proposal already does what was asked."
    if made.least_count:
        words = f"{number} changed, {made.count} is the least possible."
    elif made.at_least:
        words = f"{number} changed, at least {made.at_least} must."
    else:
        words = f"{number} changed; how few could is not proved."
    if made.weight != made.count or made.least != made.at_least:
        least = "the least possible" if made.proved else f"at least {made.least} must be lost"
        words += f" They weigh {made.weight}, {least}."
    asked = sum(change.edit is not None for change in made.changes)
    return words + (f" {asked} of them are what the edits speak of." if asked else "")


def floor_words(held: Held, give_up: float) -> str:
    """A floor in a sentence: what was agreed, what came out, whether it could be held."""
    name, now = GOAL_NAMES[held.goal], goal_amount(held.goal, held.value)
    words = f"{name}: {now}; agreed were {goal_amount(held.goal, held.agreed)}"
    if held.goal is Goal.NEED_MET and held.agreed and held.value < held.agreed:
        words += f", {gap_percent((held.agreed - held.value) / held.agreed)} given up"
    if not held.lowered:
        limit = f" (up to {100 * give_up:g}% may be)" if held.goal is Goal.NEED_MET else ""
        return f"{words}{limit}."
    if held.impossible and held.most is not None:
        return f"{words}. The edits leave no plan with more than {goal_amount(held.goal, held.most)}: proved."
    return f"{words}. No plan that does what was asked and holds it was found in time; that none exists is not proved."


def _place(shown: Shown, change: Change) -> str:
    cluster = shown.made.cluster
    site = cluster.site.get(change.site_id)
    name = change.site_id if site is None else site.name
    if change.kind is Kind.LIAISON:
        return f"{name}, liaison"
    if change.kind is Kind.SHARE:
        return f"{name}, coordinator's share"
    return f"{change.subject} at {name}"


# --- screen ---------------------------------------------------------------------------------------------


def render(made: Resolved, *, full: bool = False, audience: Audience | None = None) -> Group:
    """What was asked, what changed, what it cost; the proposal itself has its own screen."""
    shown = Shown(made, audience)
    parts: list[RenderableType] = [sentence(headline(made), "bold"), sentence("")]
    parts += [*_asked(shown), sentence("")]
    parts += [*(_changes(shown, full) if shown.panel else _counts(shown)), sentence("")]
    parts += [*_gains(shown), sentence("")]
    parts += _cost(made)
    parts += [sentence(shown.text(note)) for note in made.notes]
    return stack(parts)


def _asked(shown: Shown) -> list[RenderableType]:
    rows = [
        [f"{each.number}", shown.text(each.words), shown.text(each.edit.by), shown.text(each.edit.reason)]
        for each in shown.made.asked.all
    ]
    columns = [Column("", right=True), *(Column(title, wraps=True) for title in ("", "by", "because"))]
    return [heading("WHAT WAS ASKED", "oldest first; all of it holds"), table(columns, rows)]


def _changes(shown: Shown, full: bool) -> list[RenderableType]:
    changes = sorted(shown.open_changes, key=lambda change: (change.edit is None, change.edit or 0))
    hidden = shown.made.count - len(changes)
    cut = len(changes) if full or len(changes) <= SHOWN + 2 else SHOWN
    rows = [
        [_place(shown, each), each.before, each.after, "" if each.edit is None else f"edit {each.edit}"]
        for each in changes[:cut]
    ]
    parts: list[RenderableType] = [heading("WHAT CHANGED", "relationships of the agreed proposal")]
    if rows:
        columns = [Column(title, wraps=True) for title in ("", "agreed", "now")]
        parts.append(table([*columns, Column("asked")], rows))
    if changes[cut:]:
        parts.append(sentence(f"and {len(changes) - cut} more: --full", "dim"))
    if hidden:
        parts.append(sentence(f"{count(hidden, 'more thing')} changed for needs kept by their schools."))
    if not shown.made.count:
        parts.append(sentence("Nothing."))
    return parts


def _counts(shown: Shown) -> list[RenderableType]:
    rows = []
    for kind, number in shown.by_kind:
        one, many = KIND_WORDS[kind]
        rows.append(["few" if number is None else f"{number:,}", one if number == 1 else many])
    body: RenderableType = sentence("Nothing.")
    if rows:
        body = table([Column("", right=True), Column("", wraps=True)], rows)
    return [heading("WHAT CHANGED", "relationships of the agreed proposal"), body]


def _gains(shown: Shown) -> list[RenderableType]:
    made, number = shown.made, shown.newly_met
    if number == 0:
        words = "No need is newly met."
    elif number is None:
        words = "A few needs are newly met."
    else:
        words = (
            f"{count(number, 'need is', 'needs are')} newly met; that is no disturbance and is not counted."
        )
    parts: list[RenderableType] = [heading("NEWLY MET"), sentence(words)]
    codes = [code for code in made.newly_met if shown.shield.shows(code)]
    if shown.panel and codes:
        more = f" and {len(codes) - SHOWN} more" if len(codes) > SHOWN else ""
        parts.append(sentence(", ".join(codes[:SHOWN]) + more + "."))
    if shown.panel and made.rearranged:
        same = count(len(made.rearranged), "need keeps its people", "needs keep their people")
        parts.append(sentence(f"{same} at another time, place or dose; not counted either."))
    return parts


def _cost(made: Resolved) -> list[RenderableType]:
    rows = []
    for level in made.cluster.policy.goals:
        for goal in level.goals:
            before, now = made.agreed.goal_values.get(goal), made.proposal.goal_values[goal]
            if before is not None and before != now:
                better = (now < before) == (goal in MINIMISED)
                rows.append([GOAL_NAMES[goal], goal_amount(goal, before), goal_amount(goal, now),
                             "better" if better else "given up"])  # fmt: skip
    parts: list[RenderableType] = [heading("WHAT IT COSTS", "goals that differ from the agreed proposal")]
    if rows:
        parts.append(
            table(
                [Column("", wraps=True), Column("agreed", right=True), Column("now", right=True), Column("")],
                rows,
            )
        )
    else:
        parts.append(sentence("Nothing: every goal has its agreed value."))
    return parts + [sentence(floor_words(held, made.give_up)) for held in made.floors]


# --- plain values ---------------------------------------------------------------------------------------


def as_dict(made: Resolved, audience: Audience | None = None) -> dict[str, Any]:
    """The same as plain values, for JSON; ``proposal`` fits the published schema of proposals."""
    shown = Shown(made, audience)
    return {
        "status": "done",
        "words": headline(made),
        "edits": [_edit(shown, each) for each in made.asked.all],
        "changed": made.count,
        "at_least": made.at_least,
        "least_possible": made.least_count,
        "weight": made.weight,
        "weight_at_least": made.least,
        "weights": made.weights.model_dump(),
        "by_kind": {str(kind): number for kind, number in shown.by_kind},
        "changes": [_change(each) for each in shown.open_changes] if shown.panel else [],
        "newly_met": shown.newly_met,
        "floors": [_floor(held) for held in made.floors],
        "goals": _goals(shown),
        "notes": [shown.text(note) for note in made.notes],
        "seconds": round(made.seconds, 2),
        "proposal": made.proposal.model_dump(mode="json"),
    }


def _edit(shown: Shown, each: Any) -> dict[str, Any]:
    at = each.edit.at
    return {
        "number": each.number,
        "edit": each.edit.edit,
        "words": shown.text(each.words),
        "by": shown.text(each.edit.by),
        "reason": shown.text(each.edit.reason),
        "at": None if at is None else at.isoformat(),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": str(change.kind), "subject": change.subject, "learner_id": change.learner_id,
        "site_id": change.site_id, "before": change.before, "after": change.after, "weight": change.weight,
        "edit": change.edit,
    }  # fmt: skip


def _floor(held: Held) -> dict[str, Any]:
    return {
        "goal": str(held.goal), "agreed": held.agreed, "wanted": held.wanted, "held": held.floor,
        "value": held.value, "no_plan_above": held.most, "proved_impossible": held.impossible,
    }  # fmt: skip


def _goals(shown: Shown) -> list[dict[str, Any]]:
    made = shown.made
    return [
        {"goal": str(goal), "agreed": made.agreed.goal_values.get(goal), "now": value}
        for goal, value in made.proposal.goal_values.items()
    ]
