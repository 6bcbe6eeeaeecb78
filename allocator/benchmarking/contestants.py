"""Who is compared: the strategy that scales, and the one-model backends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.solvers.search import Strategy


@dataclass(frozen=True)
class Contestant:
    """A strategy with its number of workers (None: what it takes by itself), under the name rows carry."""

    name: str
    strategy: Strategy
    workers: int | None = None


CONTESTANTS: tuple[Contestant, ...] = (
    Contestant("plans", "plans"),
    Contestant("cpsat-2", "cpsat", 2),
    Contestant("cpsat-8", "cpsat", 8),
    Contestant("highs", "highs"),
    Contestant("scip", "scip"),
)
"""``highs`` is HiGHS through MathOpt, which takes no number of threads."""


def contestants(names: Iterable[str]) -> tuple[Contestant, ...]:
    """The contestants of these names, in the order of ``CONTESTANTS``; all of them where no name is given.

    Raises:
        ValueError: nobody has one of the names.
    """
    wanted = set(names)
    unknown = wanted - {each.name for each in CONTESTANTS}
    if unknown:
        known = ", ".join(each.name for each in CONTESTANTS)
        raise ValueError(f"no strategy is called {sorted(unknown)[0]!r}; there are {known}")
    return tuple(each for each in CONTESTANTS if not wanted or each.name in wanted)
