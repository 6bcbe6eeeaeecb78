"""Estimates: a person's week filled like a knapsack that may be cut. Sums by hand."""

from __future__ import annotations

import pytest

from allocator.models.policy import Goal
from allocator.models.proposal import Proposal, Unmet, UnmetReason
from allocator.models.world import Cluster
from allocator.suggesting import Estimator, wanted
from tests.checking.builders import (
    a_cluster,
    a_group_support,
    a_need,
    a_person,
    a_proposal,
    a_row,
    a_support,
)


def with_unmet(cluster: Cluster, *codes: str, reason: UnmetReason = UnmetReason.FULL_HOURS) -> Proposal:
    """A plan in which P1 serves what is not named."""
    rows = [a_row(cluster, need.need_id) for need in cluster.needs if need.need_id not in codes]
    unmet = tuple(Unmet(need_id=code, reason=reason, detail="") for code in codes)
    return a_proposal(cluster, rows).model_copy(update={"unmet": unmet})


def small(**person: object) -> tuple[Cluster, Proposal]:
    """P1 of 0.1 FTE (60 minutes) at A serves N1 (60 minutes, 1,000 points); N2 at A and N3 at B are unmet."""
    needs = (a_need("N1"), a_need("N2"), a_need("N3", site_id="B"))
    cluster = a_cluster(needs=needs, staff=(a_person(fte=0.1, **person),))
    return cluster, with_unmet(cluster, "N2", "N3")


class TestHours:
    def test_an_hour_more_meets_the_need_at_the_base(self) -> None:
        """0.1 FTE more are 60 minutes: N2 in full, 1,000 points."""
        cluster, proposal = small()
        person = cluster.staff[0]
        assert proposal.goal_values[Goal.NEED_MET] == 1000
        gain = Estimator(cluster, proposal).gain(person, person.model_copy(update={"fte": 0.2}))
        assert gain == pytest.approx(1000)

    def test_what_lies_elsewhere_costs_the_way(self) -> None:
        """0.2 FTE more: N2, then 60 of the 60 + ½ × 4 × 13 = 86 minutes of N3."""
        cluster, proposal = small()
        person = cluster.staff[0]
        gain = Estimator(cluster, proposal).gain(person, person.model_copy(update={"fte": 0.3}))
        assert gain == pytest.approx(1000 + 1000 * 60 / 86)

    def test_somebody_new_fills_a_week_with_what_is_unmet(self) -> None:
        cluster, proposal = small()
        new = a_person("NEW", fte=0.1, base_site="B")
        assert Estimator(cluster, proposal).gain_of_new(new) == pytest.approx(1000)


class TestSkills:
    def test_a_skill_counts_for_what_asks_for_it(self) -> None:
        """N2 asks for maths and weighs eight times N1: with the skill it would take N1's place."""
        needs = (a_need("N1"), a_need("N2", skills=("maths",), priority=1))
        cluster = a_cluster(needs=needs, staff=(a_person(fte=0.1),))
        proposal = with_unmet(cluster, "N2")
        person = cluster.staff[0]
        estimator = Estimator(cluster, proposal)
        assert estimator.gain(person, person.model_copy(update={"skills": ("maths",)})) == pytest.approx(7000)
        assert estimator.gain(person, person.model_copy(update={"skills": ("art",)})) == 0

    def test_what_is_tied_to_the_person_stays(self) -> None:
        """N1 is locked, so that nothing can take its place."""
        needs = (
            a_need("N1", status="in_service", current_staff="P1", locked=True),
            a_need("N2", skills=("maths",), priority=1),
        )
        cluster = a_cluster(needs=needs, staff=(a_person(fte=0.1),))
        person = cluster.staff[0]
        estimator = Estimator(cluster, with_unmet(cluster, "N2"))
        assert estimator.gain(person, person.model_copy(update={"skills": ("maths",)})) == 0


class TestWanted:
    def test_what_unmet_needs_ask_for_in_points(self) -> None:
        needs = (
            a_need("N1", skills=("maths",)),
            a_need("N2", skills=("maths",), languages=("nzsl",), site_id="B"),
            a_need("N3", supports=("G1",)),
        )
        cluster = a_cluster(needs=needs, supports=(a_support(), a_group_support()))
        found = wanted(cluster, with_unmet(cluster, "N1", "N2", "N3", reason=UnmetReason.GROUP_BELOW_MINIMUM))
        assert found.skills == {"maths": 2000}
        assert found.languages == {"nzsl": 1000}
        assert found.sites == {"A": 2000, "B": 1000}
        assert found.small_groups == {"G1": 3000}

    def test_needs_that_are_not_shared_are_not_spoken_of(self) -> None:
        cluster = a_cluster(needs=(a_need("N1", skills=("maths",), consent="own_school"),))
        assert wanted(cluster, with_unmet(cluster, "N1")).skills == {}


def test_the_price_of_a_role_is_its_best_unmet_need_a_minute() -> None:
    """N2 at the base: 1,000 points for 60 minutes."""
    cluster, proposal = small()
    assert Estimator(cluster, proposal).price("teacher") == pytest.approx(1000 / 60)
    assert Estimator(cluster, proposal).price("nobody") == 0
