"""Inputs that are read and checked but change no proposal, and what they are for instead.

Whoever fills in a column should not believe that it moved somebody. A command that begins to use one of these inputs is
named here; the one that lets ``solve`` use it takes it out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.reporting.words import count

if TYPE_CHECKING:
    from allocator.models.world import Cluster


@dataclass(frozen=True)
class Aside:
    """An input of a cluster that ``solve`` does not use: the rows that hold it, the commands that do use it."""

    input: str
    rows: int
    used_by: tuple[str, ...]
    sentence: str


_ASIDE: tuple[tuple[str, tuple[str, ...], Callable[[Cluster], int]], ...] = (
    (
        "sites.csv, isolation_index",
        (),
        lambda cluster: sum(site.isolation_index is not None for site in cluster.sites),
    ),
    (
        "sites.csv, roll_years_1_8 and roll_years_1_10",
        ("generate",),
        lambda cluster: sum(
            site.roll_years_1_8 is not None or site.roll_years_1_10 is not None for site in cluster.sites
        ),
    ),
    (
        "staff.csv, movable = no",
        ("whatif", "suggest"),
        lambda cluster: sum(not person.movable for person in cluster.staff),
    ),
    ("referrals.csv", (), lambda cluster: len(cluster.referrals)),
    ("rolls.csv", (), lambda cluster: len(cluster.rolls)),
)
"""What it is called, which commands use it, how many rows of a cluster hold it."""


def inputs_aside(cluster: Cluster) -> tuple[Aside, ...]:
    """The inputs this cluster holds that change no proposal, in the order of the files."""
    found = [(name, used_by, rows(cluster)) for name, used_by, rows in _ASIDE]
    return tuple(Aside(name, rows, used, _sentence(name, rows, used)) for name, used, rows in found if rows)


def _sentence(name: str, rows: int, used_by: tuple[str, ...]) -> str:
    use = f"used by {' and '.join(used_by)}" if used_by else "not used yet by any command"
    return f"{name} ({count(rows, 'row')}): {use}; changes no proposal."
