"""Suggestions and the shopping list, as plain data and tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from allocator.comparing import Case
from allocator.comparing.audience import Audience, shown_count
from allocator.comparing.gains import GAINS, LOSES, Gains, Party, gains

if TYPE_CHECKING:
    import pandas as pd

    from allocator.models.world import Cluster
    from scenarios.suggesting.candidates import Candidate
    from scenarios.suggesting.verifying import Planned

POINTS = 100
"""Points in a weighted hour."""


@dataclass(frozen=True, eq=False)
class Suggestion:
    """One, two or three moves with what they bring together, verified. Gains are in points (1/100 weighted hour).

    ``gain``: need met in ``after`` less the most that any plan found without a change meets. ``easy``: the part of it
    that comes of only adding needs to the plan there was; None where the moves themselves disturb that plan. ``anew``:
    it was planned anew; if not, planning anew may bring more.
    """

    moves: tuple[Candidate, ...]
    gain: int
    easy: int | None
    anew: bool
    line: str
    before: Planned
    after: Planned

    @property
    def fte(self) -> float:
        """Time the moves cost the cluster, in FTE."""
        return round(sum(move.fte for move in self.moves), 6)

    @cached_property
    def gains(self) -> Gains:
        """Who gains and who loses from the plan without a change to the plan with it."""
        found = gains(
            Case("before", self.before.cluster, self.before.proposal),
            Case("after", self.after.cluster, self.after.proposal),
        )
        if found is None:
            raise AssertionError("both sides have a plan")
        return found

    def losers(self) -> tuple[Party, ...]:
        """Learners and projects of which less is met, most first."""
        lost = [party for party in self.gains.learners if party.direction == LOSES]
        return tuple(sorted(lost, key=lambda party: (party.delta, party.code)))


@dataclass(frozen=True)
class Counts:
    """How far the search went: moves that were estimated, laid into the plan there was, planned anew, and left."""

    estimated: int
    laid_in: int
    solved: int
    left: int
    refused: int
    base_searches: int


@dataclass(frozen=True, eq=False)
class Suggestions:
    """The best moves found, ranked by verified gain, and how far the search for them went."""

    cluster: Cluster
    asked: int
    ranked: tuple[Suggestion, ...]
    combined: tuple[Suggestion, ...]
    """The best two moves together, then the best three, as far as asked and found."""
    counts: Counts
    base: Planned
    paired: int
    bound: int | None
    """Proved: no plan without a change that keeps these commitments meets more; points."""

    def as_dict(self, audience: Audience | None = None) -> dict[str, Any]:
        """Plain data; an audience other than the panel sees kinds and gains, and nobody's code."""
        who = audience or self.cluster.reporting.audience
        return {
            "cluster": self.cluster.name,
            "moves": self.asked,
            "need_met": {"without": self.paired, "no_plan_above": self.bound},
            "counts": vars(self.counts),
            "suggestions": [self._row(each, who) for each in self.ranked],
            "together": [self._row(each, who) for each in self.combined],
        }

    def _row(self, each: Suggestion, who: Audience) -> dict[str, Any]:
        reporting = self.cluster.reporting
        found = each.gains
        numbers = {
            kind: {
                direction: shown_count(sum(p.direction == direction for p in found.of(kind)), who, reporting)
                for direction in (GAINS, LOSES)
            }
            for kind in ("learners", "sites")
        }
        panel = who == "panel"
        return {
            "kinds": [move.kind for move in each.moves],
            "words": [move.words for move in each.moves] if panel else [],
            "gain": each.gain,
            "adding_only": each.easy,
            "planned_anew": each.anew,
            "estimate": round(sum(move.estimate for move in each.moves)),
            "fte": each.fte,
            **numbers,
            "who_loses": [party.code for party in each.losers()] if panel else [],
            "line": each.line if panel else "",
        }

    def frame(self, audience: Audience | None = None) -> pd.DataFrame:
        """One row a suggestion, those of several moves last."""
        import pandas as pd

        plain = self.as_dict(audience)
        rows = [
            [
                ", ".join(row["kinds"]),
                "; ".join(row["words"]),
                row["gain"],
                row["adding_only"],
                row["estimate"],
                row["fte"],
                row["learners"][GAINS],
                row["learners"][LOSES],
                row["line"],
            ]
            for row in (*plain["suggestions"], *plain["together"])
        ]
        columns = [
            "kinds",
            "moves",
            "gain",
            "adding_only",
            "estimate",
            "fte",
            "learners_gain",
            "learners_lose",
        ]
        return pd.DataFrame(rows, columns=[*columns, "line"])


@dataclass(frozen=True)
class CurvePoint:
    """What so much more time brings, in points, verified; never less than a smaller amount brings."""

    fte: float
    gain: int
    anew: bool
    """Planned anew; else only what fits into the plan there was, with nobody losing: more may be possible."""
    line: str


@dataclass(frozen=True)
class Item:
    """One line of the shopping list: more of a role, or of a role with a skill, a language or at a site.

    ``estimate``: what the next 0.1 FTE might bring, in points; the guide by which items were taken in turn.
    ``curve`` is empty where there was no time to verify it.
    """

    about: str
    name: str
    role: str
    site: str
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    estimate: float
    curve: tuple[CurvePoint, ...] = ()


@dataclass(frozen=True, eq=False)
class ShoppingList:
    """What more time of each kind would bring, the most for the next 0.1 FTE first; then what was not verified."""

    cluster: Cluster
    items: tuple[Item, ...]
    unverified: tuple[Item, ...]
    paired: int
    searches: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data; it speaks of posts and sites, not of people."""
        return {
            "cluster": self.cluster.name,
            "need_met": {"without": self.paired},
            "searches": self.searches,
            "items": [self._row(each) for each in self.items],
            "not_verified": [self._row(each) for each in self.unverified],
        }

    @staticmethod
    def _row(each: Item) -> dict[str, Any]:
        plain = {name: value for name, value in vars(each).items() if name != "curve"}
        return {**plain, "curve": [vars(point) for point in each.curve]}

    def frame(self) -> pd.DataFrame:
        """One row for each point of each curve."""
        import pandas as pd

        rows = [
            [each.about, each.name, each.role, each.site, point.fte, point.gain, point.anew, each.estimate]
            for each in self.items
            for point in each.curve
        ]
        return pd.DataFrame(
            rows, columns=["about", "name", "role", "site", "fte", "gain", "planned_anew", "estimate"]
        )
