"""Scenarios put to a solver: a case even where there is no plan, and each change's part in the whole."""

from __future__ import annotations

from pathlib import Path

from allocator.errors import InfeasibleError, NotFoundError
from allocator.io.reader import read_cluster
from allocator.models.policy import Goal
from allocator.models.proposal import Conflict, Proposal
from allocator.models.world import Cluster
from allocator.reporting.privacy import HIDDEN
from scenarios import apply_changes
from scenarios.running import attribution_of, case_of, save_cases
from tests.checking.builders import a_proposal, a_row
from tests.scenarios.worlds import a_change, a_world


def one_each(cluster: Cluster) -> Proposal:
    """A plan in which everybody with hours who can, up to three, serves one of three needs."""
    able = [row.staff_id for row in cluster.staff if row.role == "teacher" and not row.vacant][:3]
    needs = ["N1", "N3", "N4"]
    return a_proposal(cluster, [a_row(cluster, n, p) for n, p in zip(needs, able, strict=False)])


def nothing(cluster: Cluster) -> Proposal:
    raise InfeasibleError([Conflict(rule="R7", what="N8 is locked", rows=("N8",))], True)


def too_slow(cluster: Cluster) -> Proposal:
    raise NotFoundError("no proposal")


def test_a_plan_is_a_case_with_its_effects() -> None:
    case = case_of("x", a_world(), one_each, ("what changed",), "why?")
    assert (case.name, case.effects, case.question, case.problem) == ("x", ("what changed",), "why?", "")
    assert case.proposal == one_each(a_world())


def test_no_plan_is_a_case_that_says_why_without_codes_that_are_hidden() -> None:
    case = case_of("x", a_world(), nothing)
    assert case.proposal is None
    assert "N8" not in case.problem
    assert HIDDEN in case.problem


def test_parts_add_up_and_a_change_that_needs_another_has_none() -> None:
    changes = [
        a_change("remove_staff", person="P2"),
        a_change("add_staff", staff={"staff_id": "P9", "role": "teacher", "fte": 1, "base_site": "A"}),
        a_change("pin", need="N1", person="P9"),
    ]
    applied = apply_changes(a_world(), changes)
    base, together = case_of("base", a_world(), one_each), case_of("all", applied.cluster, one_each)
    said: list[str] = []
    found = attribution_of(base, together, applied, one_each, said.append)
    assert found is not None
    assert found.missing == ("", "", "it cannot be made without those before it")
    need_met = next(goal for goal in found.goals if goal.goal is Goal.NEED_MET)
    assert need_met.parts[2] is None
    known = sum(part for part in need_met.parts if part is not None)
    assert need_met.base + known + need_met.interaction == need_met.together
    assert said[0] == "all, change 1 of 3 alone"


def test_a_change_that_alone_leaves_no_plan_says_so() -> None:
    applied = apply_changes(a_world(), [a_change("remove_staff", person="P2")])
    base, together = case_of("base", a_world(), one_each), case_of("all", applied.cluster, one_each)
    for solve, why in ((nothing, "alone it leaves no plan"), (too_slow, "no plan was found in time")):
        found = attribution_of(base, together, applied, solve)
        assert found is not None
        assert found.missing == (why,)


def test_without_two_plans_there_is_nothing_to_split() -> None:
    applied = apply_changes(a_world(), [a_change("remove_staff", person="P2")])
    base, none = case_of("base", a_world(), one_each), case_of("all", applied.cluster, nothing)
    assert attribution_of(base, none, applied, one_each) is None
    assert save_cases([none], Path("nowhere")) == []


def test_a_case_is_saved_with_the_cluster_it_is_of(tmp_path: Path) -> None:
    """A split person's code has a sign that every file can hold; a name becomes one a folder can have."""
    applied = apply_changes(a_world(), [a_change("redeploy", person="P1", fte=0.4, to_site="B")])
    case = case_of("a/b (fte 0.4)", applied.cluster, one_each)
    (path,) = save_cases([case], tmp_path / "out")
    assert path == tmp_path / "out" / "a-b--fte-0-4.json"
    assert read_cluster(path.with_suffix("")).staff == applied.cluster.staff


def test_cases_of_one_name_are_saved_apart(tmp_path: Path) -> None:
    """On a system that takes capitals for small letters, too."""
    cases = [case_of(name, a_world(), one_each) for name in ("S4", "s4", "S4")]
    assert [path.name for path in save_cases(cases, tmp_path)] == ["S4.json", "s4-2.json", "S4-3.json"]
