"""What people would call a change: the relationships of a proposal, and how two proposals differ in them.

Plain rows in, plain rows out; no solver is asked. Table and reasons: docs/editing.md, "What counts as a change".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from allocator.models.base import Row
from allocator.models.proposal import Allocation, Proposal


class Kind(StrEnum):
    """Kinds of relationship."""

    SUPPORT = "support"
    PERSON = "person"
    GROUP = "group"
    LIAISON = "liaison"
    SHARE = "share"


class Weights(Row):
    """What losing one relationship of a kind weighs; 0 = it is not counted."""

    support: int = Field(default=1, ge=0, le=100, description="a need is supported, whoever does it")
    person: int = Field(default=1, ge=0, le=100, description="a need and a person who serves it one to one")
    group: int = Field(default=1, ge=0, le=100, description="a need in a group of a leader and a support")
    liaison: int = Field(default=1, ge=0, le=100, description="a site and its liaison")
    share: int = Field(default=1, ge=0, le=100, description="a site and its share of a coordinator")

    def of(self, kind: Kind) -> int:
        """The weight of a kind."""
        return int(getattr(self, kind.value))


@dataclass(frozen=True, order=True)
class Relationship:
    """One relationship, by codes. ``subject`` is a need_id, for a liaison or a share a site_id."""

    kind: Kind
    subject: str
    person: str = ""
    """staff_id; blank for ``support``."""
    support_id: str = ""
    """For ``group`` only."""


def every_allocation(proposal: Proposal) -> tuple[Allocation, ...]:
    """All allocation rows, those that stay with the schools included where they are at hand."""
    private = proposal.site_only
    return proposal.allocations + (private.allocations if private else ())


def relationships(proposal: Proposal) -> dict[Relationship, int]:
    """Every relationship of a proposal, with its size: blocks of a share, terms of a liaison, else 1."""
    found: dict[Relationship, int] = {}
    for row in every_allocation(proposal):
        found[Relationship(Kind.SUPPORT, row.need_id)] = 1
        if row.group_id is None:
            found[Relationship(Kind.PERSON, row.need_id, row.staff_id)] = 1
        else:
            found[Relationship(Kind.GROUP, row.need_id, row.staff_id, row.support_id)] = 1
    for duty in proposal.liaisons:
        tie = Relationship(Kind.LIAISON, duty.site_id, duty.staff_id)
        found[tie] = found.get(tie, 0) + 1
    for share in proposal.shares:
        found[Relationship(Kind.SHARE, share.site_id, share.staff_id)] = share.blocks
    return found


def lost_relationships(
    agreed: Proposal, new: Proposal, ties: Iterable[Relationship] | None = None
) -> tuple[Relationship, ...]:
    """Relationships of ``agreed`` that ``new`` does not keep, in a fixed order.

    A person is kept if they serve the need at all, one to one or in a group, alone or in part; a group if the need is
    in any group of the same leader and support; a liaison if the same person has the site in every term they had;
    a share if it is not smaller.
    """
    before, after = relationships(agreed), relationships(new)
    serving: dict[str, set[str]] = defaultdict(set)
    for row in every_allocation(new):
        serving[row.need_id].add(row.staff_id)
    terms = {(duty.site_id, duty.term): duty.staff_id for duty in new.liaisons}
    broken = {
        (duty.site_id, duty.staff_id)
        for duty in agreed.liaisons
        if terms.get((duty.site_id, duty.term)) != duty.staff_id
    }

    def kept(tie: Relationship) -> bool:
        if tie.kind is Kind.PERSON:
            return tie.person in serving[tie.subject]
        if tie.kind is Kind.LIAISON:
            return (tie.subject, tie.person) not in broken
        if tie.kind is Kind.SHARE:
            return after.get(tie, 0) >= before[tie]
        return tie in after

    return tuple(sorted(tie for tie in (before if ties is None else ties) if not kept(tie)))


def newly_met(agreed: Proposal, new: Proposal) -> tuple[str, ...]:
    """Needs that only the new proposal serves: gains, never counted as a disturbance."""
    before = {row.need_id for row in every_allocation(agreed)}
    return tuple(sorted({row.need_id for row in every_allocation(new)} - before))


def rearranged(agreed: Proposal, new: Proposal) -> tuple[str, ...]:
    """Needs with the same people as before but another term, dose, support or place: told, not counted."""
    return tuple(
        sorted(
            code
            for code, ways in _ways(new).items()
            if (old := _ways(agreed).get(code)) is not None
            and old != ways
            and {way[0] for way in old} == {way[0] for way in ways}
        )
    )


def _ways(proposal: Proposal) -> dict[str, set[tuple[object, ...]]]:
    ways: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for row in every_allocation(proposal):
        ways[row.need_id].add(
            (row.staff_id, row.support_id, row.terms, row.minutes_per_week, row.reduced, row.meets_at)
        )
    return ways
