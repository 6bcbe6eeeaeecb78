"""What counts as a change, read off plain proposals."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.editing.relationships import Kind, lost_relationships, newly_met, rearranged, relationships
from allocator.models.proposal import Liaison, Proposal, Share
from tests.reporting.sample import allocation, sample_proposal


def a_proposal(*rows: Any, **tables: Any) -> Proposal:
    """Nothing but these rows."""
    given = {"allocations": rows, "groups": (), "liaisons": (), "shares": (), "site_only": None}
    return sample_proposal().model_copy(update={**given, **tables})


def one(person: str = "P1", **fields: Any) -> Any:
    return allocation("N1", "S1", person, **fields)


def lost(agreed: Proposal, new: Proposal) -> list[str]:
    return [str(tie.kind) for tie in lost_relationships(agreed, new)]


GROUP = {"support": "GROUP", "group_id": "G-001"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([one()], [one()], []),
        ([one()], [one("P2")], ["person"]),
        ([one()], [], ["person", "support"]),
        ([one()], [one(**GROUP)], []),
        ([one(**GROUP)], [one(support="GROUP", group_id="G-007")], []),
        ([one(**GROUP)], [one("P2", **GROUP)], ["group"]),
        ([one(**GROUP)], [one()], ["group"]),
        ([one(part=1), one("P2", part=2)], [one("P2", part=1), one(part=2)], []),
        ([one(part=1), one("P2", part=2)], [one("P2")], ["person"]),
        ([], [one()], []),
    ],
)
def test_what_is_lost_of_a_need(before: list[Any], after: list[Any], expected: list[str]) -> None:
    """Another group of the same leader, other parts and other doses are no change; a gain is none either."""
    assert lost(a_proposal(*before), a_proposal(*after)) == expected


def liaison(person: str, *terms: str) -> tuple[Liaison, ...]:
    return tuple(Liaison(site_id="S1", term=term, staff_id=person) for term in terms)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (liaison("P1", "T1", "T2"), []),
        (liaison("P2", "T1", "T2"), ["liaison"]),
        (liaison("P1", "T1") + liaison("P2", "T2"), ["liaison"]),
    ],
)
def test_a_liaison_is_one_relationship_over_all_terms(after: Any, expected: list[str]) -> None:
    agreed = a_proposal(liaisons=liaison("P1", "T1", "T2"))
    assert relationships(agreed) == {next(iter(relationships(agreed))): 2}
    assert lost(agreed, a_proposal(liaisons=after)) == expected


@pytest.mark.parametrize(("blocks", "expected"), [(2, []), (3, []), (1, ["share"]), (0, ["share"])])
def test_a_share_is_kept_unless_it_is_smaller(blocks: int, expected: list[str]) -> None:
    def shares(number: int) -> tuple[Share, ...]:
        row = Share(staff_id="P1", site_id="S1", blocks=number, fte=number / 10, employs=True)
        return (row,) if number else ()

    assert lost(a_proposal(shares=shares(2)), a_proposal(shares=shares(blocks))) == expected


def test_gains_and_other_arrangements_are_told_apart() -> None:
    agreed = a_proposal(one(), allocation("N2", "S1", "P1"))
    new = a_proposal(one(reduced=True), allocation("N2", "S1", "P1"), allocation("N3", "S1", "P1"))
    assert newly_met(agreed, new) == ("N3",)
    assert rearranged(agreed, new) == ("N1",)
    assert lost_relationships(agreed, new) == ()


def test_what_stays_with_the_schools_counts_where_it_is_at_hand() -> None:
    agreed = sample_proposal()
    assert any(tie.subject == "N-SECRET-1" for tie in relationships(agreed))
    assert not any(
        tie.subject == "N-SECRET-1" for tie in relationships(agreed.model_copy(update={"site_only": None}))
    )
    assert {tie.kind for tie in relationships(agreed)} <= set(Kind)
