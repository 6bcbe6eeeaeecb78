"""What the checker found wrong: one broken rule, goal value or record at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """One thing wrong with a proposal.

    ``rule`` is a rule ("R2 hours"), a goal ("goal need_met"), a stage ("stage fairness.1") or "record";
    ``rows`` are the codes it speaks of; ``by`` is how much, with its unit, where that can be said.
    """

    rule: str
    rows: tuple[str, ...]
    by: str | None
    message: str

    def __str__(self) -> str:
        return self.message


def violation(rule: str, rows: tuple[str, ...], sentence: str, by: str | None = None) -> Violation:
    """A violation whose message names the rule first and, where it can be said, ends with the amount."""
    amount = "" if by is None else f" (by {by})"
    return Violation(rule, rows, by, f"{rule}: {sentence}{amount}.")


def counted(number: int, unit: str) -> str:
    """``1 minute``, ``2 minutes``."""
    return f"{number} {unit}" if abs(number) == 1 else f"{number} {unit}s"
