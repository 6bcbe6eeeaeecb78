"""Rows that cannot hold together are proved to, and named: a smallest conflict in codes the user knows."""

from __future__ import annotations

import pytest

import allocator
from allocator.errors import InfeasibleError
from allocator.models.policy import Coordinators
from allocator.models.world import Cluster
from allocator.solvers import cpsat
from allocator.solvers.base import Budget
from allocator.solvers.feasibility import core_model
from allocator.solvers.linear import LinearModel
from allocator.solvers.options import build_problem
from tests.checking.builders import a_cluster, a_need, a_person, a_policy, a_role, a_site, a_support
from tests.solvers.brute_force import stage_optima

RUNNING = {"status": "in_service", "current_staff": "P1"}


def two_locks() -> Cluster:
    """Two services of 6 hours locked to somebody with 10."""
    needs = [a_need(code, hours_per_week=6, locked=True, **RUNNING) for code in ("N1", "N2")]
    return a_cluster(needs=[*needs, a_need("N3")])


def tied_hours() -> Cluster:
    """ORS hours stay with P1: 10 h 1 min of 10 h."""
    return a_cluster(needs=[a_need("N1", hours_per_week=601 / 60, funding="ORS", **RUNNING), a_need("N2")])


def two_liaisons() -> Cluster:
    """School A has agreed on two liaisons."""
    return a_cluster(
        needs=[a_need()],
        staff=[a_person("P1"), a_person("P2")],
        sites=[a_site("A", liaison="P1;P2"), a_site("B", type="early_learning")],
        roles={"teacher": a_role(liaison=True)},
        policy=a_policy(liaison_site_types=("full_primary",)),
    )


def too_many_coordinators() -> Cluster:
    """200 learners entitle to 4 blocks of 0.1; one full-time coordinator holds 10."""
    rule = Coordinators(enforce_entitlement=True)
    return a_cluster(
        needs=[a_need()],
        staff=[a_person("C1", role="lsc"), a_person("P1")],
        roles={"teacher": a_role(), "lsc": a_role(coordinator=True)},
        policy=a_policy(coordinators=rule),
    )


def locked_to_a_stranger() -> Cluster:
    """P1 lacks the skill that the need asks for, and keeps it."""
    return a_cluster(needs=[a_need("N1", skills="braille", locked=True, **RUNNING)])


def standing_beyond_time() -> Cluster:
    """11 of 10 hours are promised elsewhere."""
    return a_cluster(needs=[a_need()], staff=[a_person("P1", standing_hours=11)])


def liaison_and_lock() -> Cluster:
    """Liaison of A takes 1 of 10 hours, the locked service all 10."""
    return a_cluster(
        needs=[a_need("N1", hours_per_week=10, locked=True, **RUNNING)],
        sites=[a_site("A")],
        travel_times=(),
        roles={"teacher": a_role(liaison=True)},
        policy=a_policy(liaison_site_types=("full_primary",)),
    )


def a_share_too_small() -> Cluster:
    """A tenth of a coordinator cannot hold the least share of two tenths."""
    return a_cluster(
        staff=[a_person("C1", role="lsc", fte=0.1)],
        roles={"lsc": a_role(coordinator=True)},
        policy=a_policy(coordinators=Coordinators(min_share_fte=0.2)),
    )


CASES = {
    two_locks: {"N1", "N2", "P1"},
    tied_hours: {"N1", "P1"},
    two_liaisons: {"A", "P1", "P2"},
    too_many_coordinators: {"C1"},
    locked_to_a_stranger: {"N1", "P1"},
    standing_beyond_time: {"P1"},
    liaison_and_lock: {"A", "N1", "P1"},
    a_share_too_small: {"A", "B", "C1"},
}

cases = pytest.mark.parametrize(("make", "codes"), CASES.items(), ids=[make.__name__ for make in CASES])


def conflict_of(cluster: Cluster, strategy: str = "plans") -> InfeasibleError:
    with pytest.raises(InfeasibleError) as caught:
        allocator.solve(cluster, strategy=strategy, time_limit=None)
    return caught.value


class TestConflicts:
    """Each case cannot hold, its conflict names its rows, and no member can be left out."""

    @cases
    def test_every_route_says_so(self, make, codes, strategy) -> None:
        """Enumeration finds no plan either."""
        cluster = make()
        assert stage_optima(cluster) is None
        assert conflict_of(cluster, strategy).conflicts

    @cases
    def test_the_conflict_names_the_rows_and_nothing_else(self, make, codes) -> None:
        """Codes of needs, people and sites, as in the files."""
        error = conflict_of(make())
        assert {code for member in error.conflicts for code in member.rows} == codes
        assert all(str(member) in str(error) for member in error.conflicts)

    @cases
    def test_the_conflict_is_minimal(self, make, codes) -> None:
        """All members together cannot hold; without any one of them the others can."""
        cluster = make()
        error = conflict_of(cluster)
        named = {(member.rule, member.what) for member in error.conflicts}
        assert error.minimal
        assert impossible(cluster, named)
        assert [member for member in named if impossible(cluster, named - {member})] == []


def impossible(cluster: Cluster, named: set[tuple[str, str]]) -> bool:
    """Whether the rows of the named members alone contradict each other."""
    model = core_model(build_problem(cluster)).model
    rows = [row for row in model.rows if (row.tag.rule, row.tag.what) in named]
    trial = LinearModel(model.lower, model.upper, model.names, rows, {})
    return cpsat.solve(trial, limit=30.0, budget=Budget(None), workers=1).infeasible


class TestAtTheBoundary:
    """One step less and the rows hold together."""

    def test_tied_hours_may_take_all_of_somebodys_time(self, strategy) -> None:
        """600 of 600 minutes."""
        cluster = a_cluster(needs=[a_need("N1", hours_per_week=10, funding="ORS", **RUNNING)])
        assert len(allocator.solve(cluster, strategy=strategy, time_limit=None).allocations) == 1

    def test_coordinators_up_to_the_entitlement_are_no_conflict(self, strategy) -> None:
        """200 learners ÷ 500 ÷ 0.1 = 4 blocks; 0.4 FTE holds 4."""
        rule = Coordinators(enforce_entitlement=True)
        cluster = a_cluster(
            needs=[a_need()],
            staff=[a_person("C1", role="lsc", fte=0.4)],
            supports=[a_support(roles="lsc")],
            roles={"lsc": a_role(coordinator=True)},
            policy=a_policy(coordinators=rule),
        )
        proposal = allocator.solve(cluster, strategy=strategy, time_limit=None)
        assert sum(share.blocks for share in proposal.shares) == 4
