"""Every error raised on purpose, as one tree.

AllocatorError
├── InputError         a file, a row or a cell is wrong: exit code 1, all faults at once
├── InfeasibleError    proved: the rules and the rows named cannot hold together: exit code 3
└── NotFoundError      the search stopped before it found any proposal: exit code 4
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.models.proposal import Conflict


class AllocatorError(Exception):
    """Base of all errors this package raises on purpose."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong in the input: where it is, what was found, what was expected.

    ``row`` is the line of a text file (header = 1) or the row of a sheet; ``column`` is the column's
    name; ``cell`` is the spreadsheet address (``needs!H12``) where there is one.
    """

    file: str
    message: str
    row: int | None = None
    column: str | None = None
    found: str | None = None
    cell: str | None = None

    def __str__(self) -> str:
        place = self.file
        if self.cell is not None:
            place += f", cell {self.cell}"
        elif self.row is not None:
            place += f", line {self.row}"
        if self.column is not None:
            place += f", {self.column}"
        found = "" if self.found is None else f" (found {self.found})"
        return f"{place}: {self.message}{found}"


class InputError(AllocatorError):
    """The input is wrong; ``faults`` lists every fault found, in file and line order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class InfeasibleError(AllocatorError):
    """Proved by two configurations: no plan satisfies the rules; ``conflicts`` cannot hold together."""

    def __init__(self, conflicts: Sequence[Conflict], minimal: bool) -> None:
        self.conflicts = tuple(conflicts)
        self.minimal = minimal
        lines = "\n".join(f"  - {conflict}" for conflict in self.conflicts)
        size = (
            "None can be left out of this list:"
            if minimal
            else "These cannot hold together (the list may be longer than needed):"
        )
        super().__init__(f"No plan satisfies the rules. {size}\n{lines}")


class NotFoundError(AllocatorError):
    """The search stopped at its limit before any proposal was found; nothing is proved."""
