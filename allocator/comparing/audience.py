"""What an audience may see of a comparison: codes for the panel, counts that are not too small for others.

A count below ``reporting.suppress_below`` is left out, and a second one with it where a total would give it
back; for the public the others are rounded to ``reporting.round_to``. The rule depends on the count alone, so
that a repeated what-if does not give away by its difference what one table hides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from allocator.comparing.inputs import RowDifference
from allocator.comparing.outcomes import Number, OutcomeRow
from allocator.io.files import TABLES
from allocator.models.policy import Goal, Reporting
from allocator.models.world import Cluster

VEILED = "(…)"
"""What stands in the place of a code for an audience that sees none."""

Audience = Literal["panel", "cluster", "public"]
_COUNTS = frozenset({"needs"})
COUNTING_GOALS = frozenset(
    {Goal.COMMITMENTS_KEPT, Goal.CONTINUITY, Goal.LOCALITY, Goal.REACH, Goal.FEW_ADULTS}
)
"""Goals whose value is a number of learners or services, and so may be too small to show."""
_ABOUT_PEOPLE = frozenset(spec.stem for spec in TABLES if spec.has_people)
_BY_PART = ("tiers", "sites", "roles")


class Veil:
    """Takes every code of a person, learner or need out of words that people wrote themselves."""

    def __init__(self, clusters: Iterable[Cluster]) -> None:
        codes: set[str] = set()
        for cluster in clusters:
            codes |= {row.staff_id for row in cluster.staff} | {row.need_id for row in cluster.needs}
            codes |= {row.learner_id for row in cluster.needs if row.learner_id is not None}
        words = "|".join(re.escape(code) for code in sorted(codes, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])") if words else None

    def text(self, text: str) -> str:
        """The words with a mark in place of every code."""
        return text if self._pattern is None else self._pattern.sub(VEILED, text)


def shown_count(number: int, audience: Audience, reporting: Reporting) -> int | None:
    """The count as this audience sees it; None where it is too small to show."""
    if audience == "panel" or number == 0:
        return number
    if number < reporting.suppress_below:
        return None
    if audience == "public":
        base = reporting.round_to
        return base * ((number + base // 2) // base)
    return number


def shown_counts(numbers: Sequence[int], audience: Audience, reporting: Reporting) -> tuple[int | None, ...]:
    """Counts that add up to a known total: where one is left out, the next smallest is too."""
    shown = [shown_count(number, audience, reporting) for number in numbers]
    if shown.count(None) == 1:
        rest = [index for index, value in enumerate(shown) if value]
        if rest:
            shown[min(rest, key=lambda index: numbers[index])] = None
    return tuple(shown)


def shown_outcomes(
    rows: Sequence[OutcomeRow], audience: Audience, reporting: Reporting
) -> tuple[OutcomeRow, ...]:
    """The rows without figures made of too few needs."""
    if audience == "panel":
        return tuple(rows)
    hidden = _hidden(rows, audience, reporting)
    made = []
    for row in rows:
        if row.section in _BY_PART:
            values = tuple(
                None if (row.section, row.key, index) in hidden else value
                for index, value in enumerate(row.values)
            )
            sizes = tuple(
                None if value is None or size is None else shown_count(size, audience, reporting)
                for value, size in zip(values, row.sizes, strict=True)
            )
            made.append(replace(row, values=values, sizes=sizes))
        elif row.unit in _COUNTS or row.key in COUNTING_GOALS:
            values = tuple(_count(value, audience, reporting) for value in row.values)
            bounds = tuple(_count(bound, audience, reporting) for bound in row.bounds)
            made.append(replace(row, values=values, bounds=bounds))
        else:
            made.append(row)
    return tuple(made)


def _count(value: Number, audience: Audience, reporting: Reporting) -> Number:
    return shown_count(value, audience, reporting) if isinstance(value, int) else value


def _hidden(
    rows: Sequence[OutcomeRow], audience: Audience, reporting: Reporting
) -> set[tuple[str, str, int]]:
    """(section, key, case) of every figure that is left out, the second one of a single one included."""
    hidden = set()
    for section in _BY_PART:
        of_section = [row for row in rows if row.section == section]
        for index in range(len(of_section[0].values) if of_section else 0):
            there = [row for row in of_section if row.sizes[index] is not None]
            shown = shown_counts([row.sizes[index] or 0 for row in there], audience, reporting)
            hidden |= {
                (section, row.key, index) for row, size in zip(there, shown, strict=True) if size is None
            }
    return hidden


def shown_inputs(
    rows: Sequence[RowDifference], audience: Audience, reporting: Reporting
) -> tuple[tuple[str, str, int | None], ...]:
    """(table, kind, how many rows): all that an audience other than the panel sees, settings apart."""
    found = Counter((row.table, row.kind) for row in rows)
    return tuple(
        (table, kind, shown_count(number, audience, reporting) if table in _ABOUT_PEOPLE else number)
        for (table, kind), number in found.items()
    )
