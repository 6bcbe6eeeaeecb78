"""What was found: the proposals, what was left out and why, and how far they are apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from allocator.alternatives.effort import Effort
from allocator.alternatives.features import Features, Telling, distance, telling
from allocator.alternatives.leanings import LEANINGS
from allocator.models.policy import Goal

if TYPE_CHECKING:
    import pandas as pd

    from allocator.comparing import Case
    from allocator.comparing.audience import Audience
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster

FEWEST, MOST = 3, 5
"""How many proposals a room can weigh up: never a cloud."""


@dataclass(frozen=True)
class Question:
    """What is asked for. ``slack`` and ``distance`` are shares: 0.02 is 2%.

    ``leanings`` are keys of ``LEANINGS``; the first leaning is always tried, since it sets what the slack is
    measured against. ``surprises`` is how many of the ``count`` proposals are to be surprises.

    Raises:
        ValueError: a count, share or leaning that makes no sense.
    """

    count: int = 4
    slack: float = 0.02
    distance: float = 0.05
    surprises: int = 1
    leanings: tuple[str, ...] = tuple(each.key for each in LEANINGS)
    effort: Effort = field(default_factory=Effort)

    def __post_init__(self) -> None:
        if not FEWEST <= self.count <= MOST:
            raise ValueError(f"count is {FEWEST} to {MOST}, not {self.count}")
        if not 0 <= self.slack <= 1 or not 0 <= self.distance <= 1:
            raise ValueError("slack and distance are shares between 0 and 1")
        if not 0 <= self.surprises < self.count:
            raise ValueError("there is room for fewer surprises than proposals")
        unknown = set(self.leanings) - {each.key for each in LEANINGS}
        if unknown:
            known = ", ".join(each.key for each in LEANINGS)
            raise ValueError(f"no leaning is called {', '.join(sorted(unknown))}; there are {known}")


@dataclass(frozen=True, eq=False)
class Alternative:
    """One proposal: a proposal of the cluster as it is and of its own agreed goals, so that any two compare."""

    key: str
    name: str
    words: str
    surprise: bool
    cluster: Cluster
    proposal: Proposal

    @cached_property
    def features(self) -> Features:
        """What people recognise in it."""
        return Features(self.cluster, self.proposal)

    @property
    def value(self) -> int:
        """Need met, in points: the figure the slack is measured on."""
        return self.proposal.goal_values[Goal.NEED_MET]

    @property
    def commitments(self) -> int:
        """Commitments kept."""
        return self.proposal.goal_values[Goal.COMMITMENTS_KEPT]


@dataclass(frozen=True)
class Attempt:
    """One search: what it was for, whether its proposal is kept, and if not why."""

    key: str
    name: str
    kept: bool
    why: str = ""


@dataclass(frozen=True, eq=False)
class Alternatives:
    """Three to five proposals (or fewer, where no more were found), and the claims made about them.

    ``bound``: proved, no plan that keeps these commitments meets more need (points); None where it is not known.
    ``stopped``: the search was stopped by hand before it had tried all it would have.
    """

    cluster: Cluster
    question: Question
    proposals: tuple[Alternative, ...]
    attempts: tuple[Attempt, ...]
    bound: int | None
    stopped: bool = False

    @property
    def best(self) -> int:
        """The most need met by any of them, in points."""
        return max(each.value for each in self.proposals)

    @property
    def dropped(self) -> tuple[Attempt, ...]:
        """What was tried and left out."""
        return tuple(each for each in self.attempts if not each.kept)

    @property
    def cases(self) -> tuple[Case, ...]:
        """The proposals as sides of a comparison: ``allocator.compare(*found.cases)``."""
        from allocator.comparing import Case

        return tuple(Case(each.name, self.cluster, each.proposal) for each in self.proposals)

    @cached_property
    def distances(self) -> tuple[tuple[float, ...], ...]:
        """How far each proposal is from each, in their order."""
        found = [each.features for each in self.proposals]
        return tuple(tuple(distance(one, other) for other in found) for one in found)

    def nearest(self, index: int) -> float | None:
        """The distance from a proposal to the nearest other; None where it is alone."""
        rest = [far for other, far in enumerate(self.distances[index]) if other != index]
        return min(rest, default=None)

    def label(self, index: int, *, codes: bool = True) -> tuple[Telling, ...]:
        """The two features in which a proposal differs most from the others; without ``codes`` no person is named."""
        others = [each.features for at, each in enumerate(self.proposals) if at != index]
        return telling(self.proposals[index].features, others, codes=codes)

    def as_dict(self, audience: Audience | None = None) -> dict[str, Any]:
        """Plain data for JSON, as the audience may see it."""
        from allocator.alternatives.plain import as_dict

        return as_dict(self, audience or self.cluster.reporting.audience)

    def frames(self, audience: Audience | None = None) -> dict[str, pd.DataFrame]:
        """Tables by name: proposals, goals, distances, left_out."""
        from allocator.alternatives.plain import frames

        return frames(self, audience or self.cluster.reporting.audience)
