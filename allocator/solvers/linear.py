"""A linear model in whole numbers that knows no solver: variables with bounds, rows with tags.

Every backend gets the same one (CP-SAT, SCIP and HiGHS through MathOpt, an MPS file), so they can be compared, and
every row remembers the rule it stands for and the rows of the register it speaks of, so that a conflict can be
told in the user's words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Expression = dict[int, int]
"""Variable -> coefficient."""


@dataclass(frozen=True)
class Tag:
    """What a row stands for: a rule and, in the user's words, where it applies."""

    rule: str
    what: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class LinearRow:
    """``lower <= sum of coefficient x variable <= upper``; None is no limit on that side."""

    lower: int | None
    upper: int | None
    terms: Expression
    tag: Tag


@dataclass
class LinearModel:
    """Whole-number variables, rows, and one objective to maximise."""

    lower: list[int] = field(default_factory=list)
    upper: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    rows: list[LinearRow] = field(default_factory=list)
    objective: Expression = field(default_factory=dict)
    """Maximised; a goal that is minimised enters with a minus sign."""

    def variable(self, lower: int, upper: int, name: str) -> int:
        """Add a variable; returns its position."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.names.append(name)
        return len(self.lower) - 1

    def row(self, terms: Expression, lower: int | None, upper: int | None, tag: Tag) -> None:
        """Add a row; one without variables is kept, because it may be the contradiction somebody asks about."""
        self.rows.append(LinearRow(lower, upper, terms, tag))


def add(
    target: Expression, terms: Mapping[int, int] | Iterable[tuple[int, int]], factor: int = 1
) -> Expression:
    """Add ``factor x terms`` to ``target`` in place and return it."""
    items = terms.items() if isinstance(terms, Mapping) else terms
    for variable, coefficient in items:
        target[variable] = target.get(variable, 0) + factor * coefficient
    return target
