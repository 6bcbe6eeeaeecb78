"""The comparison itself: inputs, outcomes, who gains and who loses, attribution; as plain data and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from allocator.comparing.attribution import Attribution
from allocator.comparing.audience import (
    COUNTING_GOALS,
    Audience,
    Veil,
    shown_counts,
    shown_inputs,
    shown_outcomes,
)
from allocator.comparing.cases import Case, as_case, named_apart
from allocator.comparing.gains import GAINS, LOSES, UNTOUCHED, Gains, Party, gains
from allocator.comparing.inputs import SETTINGS, RowDifference, input_differences
from allocator.comparing.outcomes import OutcomeRow, outcome_rows
from allocator.models.policy import Reporting
from allocator.reporting.privacy import Shield

if TYPE_CHECKING:
    import pandas as pd

    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster

KINDS = ("learners", "sites", "people")
DIRECTIONS = (GAINS, LOSES, UNTOUCHED)


@dataclass(frozen=True)
class Tally:
    """How many of a kind gain, lose or are untouched; None where a count is too small to show."""

    kind: str
    gains: int | None
    loses: int | None
    untouched: int | None
    parties: tuple[Party, ...] = ()
    """Those that gain or lose, most first; empty for an audience other than the panel."""


@dataclass(frozen=True)
class Pair:
    """What differs between the first case and one of the others."""

    name: str
    effects: tuple[str, ...]
    rows: tuple[RowDifference, ...]
    row_counts: tuple[tuple[str, str, int | None], ...]
    tallies: tuple[Tally, ...]
    gains: Gains | None


@dataclass(frozen=True)
class Comparison:
    """Cases side by side; the first is what the others are compared with."""

    audience: Audience
    cases: tuple[Case, ...]
    pairs: tuple[Pair, ...]
    outcomes: tuple[OutcomeRow, ...]
    attributions: tuple[Attribution, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the cases."""
        return tuple(case.name for case in self.cases)

    def section(self, name: str) -> tuple[OutcomeRow, ...]:
        """The outcome rows of a section."""
        return tuple(row for row in self.outcomes if row.section == name)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON; what the audience may not see is not in it."""
        from allocator.comparing.plain import as_dict

        return as_dict(self)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Tables by name: inputs, outcomes, gains, attribution."""
        from allocator.comparing.plain import frames

        return frames(self)


def compare(
    first: Case | tuple[Cluster, Proposal],
    *others: Case | tuple[Cluster, Proposal],
    audience: Audience | None = None,
    attributions: Sequence[Attribution] = (),
) -> Comparison:
    """Set cases side by side, rows and outcomes aligned by their codes.

    Args:
        first: what the others are compared with: a ``Case``, or a cluster and its proposal.
        others: one or more of the same.
        audience: who reads it; left out, as the first cluster's ``reporting.audience`` says.
        attributions: made with ``attribute``, shown as they are.

    Raises:
        ValueError: there is nothing to compare with.
    """
    if not others:
        raise ValueError("a comparison needs two cases or more")
    given = named_apart([as_case(item, number) for number, item in enumerate((first, *others), start=1)])
    reporting = given[0].cluster.reporting
    who = audience or reporting.audience
    clusters = [case.cluster for case in given]
    words = _Words(who, [Shield(each) for each in clusters], Veil(clusters if who != "panel" else ()))
    cases = tuple(words.of_case(case) for case in given)
    pairs = tuple(_pair(cases[0], case, who, reporting) for case in cases[1:])
    rows = shown_outcomes(outcome_rows(cases), who, reporting)
    split = tuple(words.of_attribution(each) for each in attributions)
    return Comparison(who, cases, pairs, rows, split)


def _pair(first: Case, other: Case, audience: Audience, reporting: Reporting) -> Pair:
    rows = input_differences(first.cluster, other.cluster)
    counts = shown_inputs(rows, audience, reporting)
    panel = audience == "panel"
    found = gains(first, other)
    tallies = () if found is None else tuple(_tally(kind, found, audience, reporting) for kind in KINDS)
    # settings speak of nobody; rows do
    shown = rows if panel else tuple(row for row in rows if row.table == SETTINGS)
    return Pair(other.name, other.effects, shown, counts, tallies, found if panel else None)


@dataclass(frozen=True)
class _Words:
    """Words people wrote, or changes said, as an audience may read them."""

    audience: Audience
    shields: Sequence[Shield]
    veil: Veil

    def of_case(self, case: Case) -> Case:
        """Without codes of hidden needs for the panel, without any code for others."""
        name, question = self.plain(case.name), self.plain(case.question)
        if self.audience == "panel":
            effects = tuple(self.plain(each) for each in case.effects)
            return replace(
                case, name=name, question=question, effects=effects, problem=self.plain(case.problem)
            )
        problem = "There is no plan." if case.problem else ""
        return replace(case, name=name, question=question, effects=(), problem=problem)

    def of_attribution(self, each: Attribution) -> Attribution:
        """The same for the changes of a scenario."""
        scenario = self.plain(each.scenario)
        changes, missing = tuple(map(self.plain, each.changes)), tuple(map(self.plain, each.missing))
        goals = each.goals
        if self.audience != "panel":
            changes = tuple(f"change {number}" for number in range(1, len(changes) + 1))
            goals = tuple(goal for goal in goals if goal.goal not in COUNTING_GOALS)
        return replace(each, scenario=scenario, changes=changes, missing=missing, goals=goals)

    def plain(self, words: str) -> str:
        """Any words."""
        for shield in self.shields:
            words = shield.text(words)
        return self.veil.text(words)


def _tally(kind: str, found: Gains, audience: Audience, reporting: Reporting) -> Tally:
    parties = found.of(kind)
    numbers = [sum(party.direction == each for party in parties) for each in DIRECTIONS]
    more, fewer, same = shown_counts(numbers, audience, reporting)
    moved = sorted(
        (party for party in parties if party.delta), key=lambda party: (-abs(party.delta), party.code)
    )
    return Tally(kind, more, fewer, same, tuple(moved) if audience == "panel" else ())
