"""Each rule that posts rows is needed: without it the solver proposes what the independent checker rejects."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import allocator
from allocator.models.policy import Coordinators
from allocator.models.world import Cluster
from allocator.solvers import feasibility, search
from allocator.solvers.rules import RULES
from tests.checking.builders import (
    a_cluster,
    a_group_support,
    a_need,
    a_person,
    a_policy,
    a_role,
    a_site,
    a_support,
)

PROJECT = {"learner_id": None, "year_level": None, "tier": 1, "area_of_need": "system", "learners": 9}


def served_once() -> Cluster:
    """Two people could serve one need: once is enough."""
    return a_cluster(needs=[a_need()], staff=[a_person("P1"), a_person("P2")])


def both_parts() -> Cluster:
    """Half a project fits (6 of 10 h); the other half has nobody with the time (5 h)."""
    return a_cluster(
        needs=[a_need(people=2, **PROJECT)],
        staff=[a_person("P1"), a_person("P2", fte=0.5)],
        supports=[a_support(shape="project", tier=1, areas_of_need="system", hours_per_week=12)],
    )


def hours() -> Cluster:
    """6 + 6 h do not fit into 10 h."""
    return a_cluster(needs=[a_need(code, hours_per_week=6) for code in ("N1", "N2")])


def groups() -> Cluster:
    """A group of two has one learner."""
    return a_cluster(needs=[a_need()], supports=[a_group_support()])


def visits() -> Cluster:
    """9 h 30 at the other site leave no time for the way there."""
    return a_cluster(needs=[a_need(site_id="B", hours_per_week=9.5)])


def load() -> Cluster:
    """Two cases for somebody who may have one."""
    return a_cluster(needs=[a_need("N1"), a_need("N2")], staff=[a_person(max_cases=1)])


def agreed_before() -> Cluster:
    """The locked need is worth less than what would take its place."""
    kept = a_need("N1", hours_per_week=6, status="in_service", current_staff="P1", locked=True)
    return a_cluster(needs=[kept, a_need("N2", hours_per_week=6, priority=1)])


def one_face() -> Cluster:
    """Two schools want a liaison each."""
    roles = {"teacher": a_role(liaison=True)}
    return a_cluster(needs=[a_need()], roles=roles, policy=a_policy(liaison_site_types=("full_primary",)))


def coordinator_shares() -> Cluster:
    """Work at A and B, and only one block to share."""
    return a_cluster(
        needs=[a_need("N1"), a_need("N2", site_id="B")],
        staff=[a_person("C1", role="lsc", fte=1.0)],
        supports=[a_support(roles="lsc")],
        roles={"lsc": a_role(coordinator=True)},
        policy=a_policy(coordinators=Coordinators(block_fte=1.0, min_share_fte=1.0)),
    )


def entitlement() -> Cluster:
    """Ten learners entitle to no coordinator."""
    return a_cluster(
        needs=[a_need()],
        staff=[a_person("C1", role="lsc")],
        supports=[a_support(roles="lsc")],
        sites=[a_site("A", roll=10)],
        travel_times=(),
        roles={"lsc": a_role(coordinator=True)},
        policy=a_policy(coordinators=Coordinators(enforce_entitlement=True)),
    )


CASES: dict[Callable[[], Cluster], str] = {
    served_once: "R1",
    both_parts: "R1",
    hours: "R2",
    groups: "R4",
    visits: "R2",
    load: "R6",
    agreed_before: "R7",
    one_face: "R9",
    coordinator_shares: "R10",
    entitlement: "R10",
}


def test_every_rule_of_the_formulation_has_its_case() -> None:
    """The table of contents of rules and this file's cases are the same list."""
    assert {rule.__name__ for rule in RULES} == {case.__name__ for case in CASES}


@pytest.mark.parametrize(("case", "broken"), CASES.items(), ids=[case.__name__ for case in CASES])
def test_without_the_rule_the_checker_rejects_the_proposal(
    case: Callable[[], Cluster], broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule named like the case is left out of the formulation; the checker names what is broken.

    Or the search refuses its own plan first, because it scores more than a bound that needs no proof.
    """
    rest = tuple(rule for rule in RULES if rule.__name__ != case.__name__)
    for module in (search, feasibility):
        monkeypatch.setattr(module, "RULES", rest)
    cluster = case()
    try:
        proposal = allocator.solve(cluster, strategy="cpsat", time_limit=None)
    except AssertionError as refused:
        assert "above the bound" in str(refused)
        return
    assert broken in {found.rule.split()[0] for found in allocator.check(cluster, proposal)}
