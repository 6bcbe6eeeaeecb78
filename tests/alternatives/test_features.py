"""What people recognise: hours by role and site, who visits which site, hours by tier."""

from __future__ import annotations

import pytest

from allocator.alternatives.features import Features, apart, distance, interchangeable, telling
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from tests.checking.builders import a_cluster, a_need, a_person, a_proposal, a_row, a_support

NEEDS = (a_need("N1"), a_need("N2", site_id="B"), a_need("N3", site_id="B", tier=3, supports=("S3",)))


def two_teachers(**known: str) -> Cluster:
    """Two alike teachers based at A; tier 2 supports of one hour, tier 3 of two."""
    needs = [need.model_copy(update={"current_staff": known.get(need.need_id)}) for need in NEEDS]
    supports = (a_support(), a_support("S3", tier=3, hours_per_week=2))
    return a_cluster(needs=needs, staff=(a_person("P1"), a_person("P2")), supports=supports)


def plan(cluster: Cluster, **served: str) -> Proposal:
    """Each need by the person named."""
    rows = [
        a_row(cluster, need, person, "S3" if need == "N3" else "S1")
        for need, person in sorted(served.items())
    ]
    return a_proposal(cluster, rows)


class TestFeatures:
    def test_hours_are_of_a_role_at_a_site(self) -> None:
        """One hour at A; one and two hours at B."""
        cluster = two_teachers()
        found = Features(cluster, plan(cluster, N1="P1", N2="P1", N3="P2"))
        assert dict(found.hours) == {("teacher", "A"): 60, ("teacher", "B"): 180}
        assert dict(found.tiers) == {(2,): 120, (3,): 120}

    def test_the_own_base_is_not_visited(self) -> None:
        cluster = two_teachers()
        assert Features(cluster, plan(cluster, N1="P1", N2="P2")).pairs == {("P2", "B")}

    def test_people_whom_nothing_tells_apart_count_as_one(self) -> None:
        """P1 or P2 goes to B: the same for everybody in the room."""
        cluster = two_teachers()
        one, other = (Features(cluster, plan(cluster, N2=code)) for code in ("P1", "P2"))
        assert distance(one, other) == 0

    def test_somebody_who_is_known_to_a_learner_stands_alone(self) -> None:
        """P1 serves N2 now, so that it matters whether P1 or P2 goes: one of three parts differs in full."""
        cluster = two_teachers(N2="P1")
        assert interchangeable(cluster) == {"P1": "P1", "P2": "P2"}
        one, other = (Features(cluster, plan(cluster, N2=code)) for code in ("P1", "P2"))
        assert distance(one, other) == pytest.approx(1 / 3)


class TestDistance:
    def test_by_hand(self) -> None:
        """|2 - 1| + |0 - 1| over 2 + 2 = 1/2."""
        assert apart({("a",): 2.0}, {("a",): 1.0, ("b",): 1.0}) == 0.5

    def test_nothing_is_not_far_from_nothing(self) -> None:
        assert apart({}, {}) == 0

    def test_alike_is_0_and_nothing_in_common_is_1(self) -> None:
        cluster = two_teachers()
        low, high = Features(cluster, plan(cluster, N1="P1")), Features(cluster, plan(cluster, N3="P2"))
        assert distance(low, low) == 0
        assert distance(low, high) == 1
        assert distance(low, high) == distance(high, low)


class TestTelling:
    def test_the_two_features_that_differ_most_are_of_different_kinds(self) -> None:
        cluster = two_teachers(N2="P1")
        mine = Features(cluster, plan(cluster, N1="P1", N2="P2"))
        rest = [Features(cluster, plan(cluster, N1="P1", N2="P1", N3="P1"))]
        found = telling(mine, rest)
        assert len({each.part for each in found}) == len(found) == 2
        assert found[0].weight >= found[1].weight

    def test_others_are_said_to_do_what_all_or_most_of_them_do(self) -> None:
        """P1 goes to B in mine; of three others none does, or one does."""
        cluster = two_teachers(N2="P1")
        mine = Features(cluster, plan(cluster, N1="P1", N2="P1"))
        none = Features(cluster, plan(cluster, N1="P1"))

        def said(rest: list[Features]) -> list[str]:
            return [each.words for each in telling(mine, rest) if each.part == "visits"]

        assert said([none, none, none]) == ["P1 goes to School B, the others do not"]
        assert said([none, none, mine]) == ["P1 goes to School B, most others do not"]

    def test_nobody_is_named_where_codes_are_hidden(self) -> None:
        cluster = two_teachers(N2="P1")
        mine = Features(cluster, plan(cluster, N1="P1", N2="P2"))
        rest = [Features(cluster, plan(cluster, N1="P1", N3="P1"))]
        found = telling(mine, rest, codes=False)
        assert {each.part for each in found} == {"hours", "tiers"}
        assert not any("P1" in each.words or "P2" in each.words for each in found)

    def test_what_nobody_would_notice_is_not_said(self) -> None:
        cluster = two_teachers()
        same = Features(cluster, plan(cluster, N1="P1"))
        assert telling(same, [same]) == ()
