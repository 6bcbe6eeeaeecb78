"""What a re-solve answers: the proposal, what changed and how little could have changed, what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from allocator.editing.relationships import (
    Kind,
    Relationship,
    Weights,
    every_allocation,
    lost_relationships,
    newly_met,
    rearranged,
    relationships,
)
from allocator.editing.settling import Asked
from allocator.models.policy import Goal
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from allocator.reporting.privacy import Shield

if TYPE_CHECKING:
    import pandas as pd

NOBODY = "nobody"


@dataclass(frozen=True)
class Change:
    """One relationship of the agreed proposal that the new one does not keep."""

    kind: Kind
    subject: str
    """need_id; for a liaison or a share site_id."""
    learner_id: str | None
    site_id: str
    before: str
    after: str
    weight: int
    edit: int | None
    """Number of the edit that speaks of the same need or site; None: it follows from the edits."""


@dataclass(frozen=True)
class Held:
    """A floor: what the agreed proposal has, what had to be held, what came out."""

    goal: Goal
    agreed: int
    wanted: int
    """What was to be held."""
    floor: int
    """What was held: less than wanted where no plan with these edits was found that holds it."""
    value: int
    most: int | None
    """Proved: no plan with these edits has more. None: nothing below what was wanted is proved."""

    @property
    def lowered(self) -> bool:
        """Whether less had to do."""
        return self.floor < self.wanted

    @property
    def impossible(self) -> bool:
        """Whether it is proved that the edits leave no plan with as much as was wanted."""
        return self.most is not None and self.most < self.wanted


@dataclass(frozen=True)
class Resolved:
    """A proposal that does what was asked with as little change as was found, and the bound on how little there is."""

    cluster: Cluster
    """With the order of goals that was asked for: what the proposal is to be checked against."""
    agreed: Proposal
    proposal: Proposal
    asked: Asked
    weights: Weights
    give_up: float
    least: int
    """Proved: every plan that keeps the edits and the floors loses relationships of at least this weight."""
    floors: tuple[Held, ...]
    notes: tuple[str, ...]
    seconds: float

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Every relationship lost that counts."""
        found = (self._change(tie) for tie in lost_relationships(self.agreed, self.proposal))
        return tuple(change for change in found if change.weight)

    @property
    def count(self) -> int:
        """How many things changed."""
        return len(self.changes)

    @property
    def weight(self) -> int:
        """What they weigh together."""
        return sum(change.weight for change in self.changes)

    @property
    def proved(self) -> bool:
        """Whether no plan that keeps edits and floors loses less weight."""
        return self.weight <= self.least

    @cached_property
    def at_least(self) -> int:
        """How many things must change at least: so many of the heaviest reach the proved weight."""
        weights = sorted((self.weights.of(tie.kind) for tie in relationships(self.agreed)), reverse=True)
        total = number = 0
        while total < self.least and number < len(weights):
            total += weights[number]
            number += 1
        return number

    @property
    def least_count(self) -> bool:
        """Whether no plan changes fewer things."""
        return self.count <= self.at_least

    @cached_property
    def newly_met(self) -> tuple[str, ...]:
        """need_ids that only the new proposal serves."""
        return newly_met(self.agreed, self.proposal)

    @cached_property
    def rearranged(self) -> tuple[str, ...]:
        """need_ids with the same people at another time, place or dose."""
        return rearranged(self.agreed, self.proposal)

    def _change(self, tie: Relationship) -> Change:
        weight = self.weights.of(tie.kind)
        number = next(
            (wish.number for wish in self.asked.wishes if tie.subject in (wish.need, wish.site)), None
        )
        if tie.kind is Kind.LIAISON:
            now = {row.staff_id for row in self.proposal.liaisons if row.site_id == tie.subject}
            after = " and ".join(sorted(now)) or NOBODY
            return Change(tie.kind, tie.subject, None, tie.subject, tie.person, after, weight, number)
        if tie.kind is Kind.SHARE:
            before, after = (self._share(p, tie) for p in (self.agreed, self.proposal))
            return Change(tie.kind, tie.subject, None, tie.subject, before, after, weight, None)
        need = self.cluster.need.get(tie.subject)
        rows = [row for row in every_allocation(self.proposal) if row.need_id == tie.subject]
        after = " and ".join(dict.fromkeys(row.staff_id for row in rows)) or NOBODY
        before = tie.person
        if tie.kind is Kind.SUPPORT:
            before, after = "supported", "not supported"
        elif tie.kind is Kind.GROUP:
            before = f"{tie.person}, {tie.support_id}"
            after = " and ".join(dict.fromkeys(f"{row.staff_id}, {row.support_id}" for row in rows)) or NOBODY
        site = "" if need is None else need.site_id
        learner = None if need is None else need.learner_id
        return Change(tie.kind, tie.subject, learner, site, before, after, weight, number)

    @staticmethod
    def _share(proposal: Proposal, tie: Relationship) -> str:
        for row in proposal.shares:
            if (row.staff_id, row.site_id) == (tie.person, tie.subject):
                return f"{tie.person}, {row.fte:g} FTE"
        return f"{tie.person}, none"

    def changes_frame(self) -> pd.DataFrame:
        """One row per relationship lost; needs without cluster consent are left out (R8).

        Columns: ``kind subject learner_id site_id before after weight edit``.
        """
        import pandas as pd

        shield = Shield(self.cluster)
        names = ("kind", "subject", "learner_id", "site_id", "before", "after", "weight", "edit")
        rows: list[list[Any]] = [
            [str(getattr(change, name)) if name == "kind" else getattr(change, name) for name in names]
            for change in self.changes
            if shield.shows(change.subject)
        ]
        frame = pd.DataFrame(rows, columns=list(names))
        return frame.astype({"edit": "Int64", "weight": "int64"})
