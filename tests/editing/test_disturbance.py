"""The objective in the model and the difference of two proposals on paper are the same; scopes hold what they say."""

from __future__ import annotations

import pytest

from allocator.benchmarking.edits import random_edits
from allocator.editing.bonds import bonds_of, demands_of
from allocator.editing.edits import Pin
from allocator.editing.relationships import Weights, lost_relationships
from allocator.editing.settling import settle
from allocator.errors import InfeasibleError
from allocator.solvers.base import Budget
from allocator.solvers.cpsat import solve
from allocator.solvers.disturbance import (
    core_scope,
    edited_model,
    kept,
    kept_scope,
    lost,
    near_scope,
    satisfied,
    weight_of,
    whole_scope,
)
from allocator.solvers.options import build_problem
from allocator.solvers.resuming import plan_of
from tests.checking.builders import a_cluster, a_need, a_person, a_policy, a_role, a_site
from tests.editing.helpers import SAID, agreed_for, changed_by
from tests.editing.test_least_change import a_case

WEIGHTS = Weights(support=1, person=2, group=3, liaison=5, share=7)


@pytest.mark.parametrize("seed", range(9400, 9408))
def test_what_the_model_loses_is_what_the_proposals_differ_in(seed: int) -> None:
    """On a plan that has nothing to do with the agreed one: another seed's best for other goals."""
    case = a_case(seed, needs=7, people=4, sites=3)
    if case is None:
        return
    cluster, agreed = case
    try:
        other = changed_by(cluster, agreed, *random_edits(cluster, agreed, 3, seed)).proposal
    except InfeasibleError:
        return
    problem = build_problem(cluster)
    plain = sum(WEIGHTS.of(tie.kind) for tie in lost_relationships(agreed, other))
    assert lost(plan_of(problem, other).plan, bonds_of(problem, agreed, WEIGHTS)) == plain
    assert lost(plan_of(problem, agreed).plan, bonds_of(problem, agreed, WEIGHTS)) == 0


@pytest.mark.parametrize("seed", range(9400, 9404))
def test_scopes_grow_and_the_small_one_bounds_the_whole(seed: int) -> None:
    case = a_case(seed, needs=7, people=4, sites=3)
    if case is None:
        return
    cluster, agreed = case
    problem = build_problem(cluster)
    edits = random_edits(cluster, agreed, 2, seed)
    demands = demands_of(problem, settle(cluster, agreed, edits).wishes)
    bonds = bonds_of(problem, agreed, Weights())
    plan = plan_of(problem, agreed).plan
    whole = whole_scope(problem, demands)
    barred = set(range(problem.size)) - set(whole.options.tolist())
    near = set(near_scope(problem, plan, demands).options.tolist())
    assert set(plan.chosen) - barred <= near <= set(whole.options.tolist())
    assert set(core_scope(problem, demands).options.tolist()) - barred <= set(
        kept_scope(problem, demands, bonds).options.tolist()
    )
    people = [bond for bond in bonds if not bond.outlives_person]
    least = []
    for scope in (kept_scope(problem, demands, bonds), whole):
        f = edited_model(problem, scope, demands)
        f.model.objective = kept(f, people).terms
        outcome = solve(f.model, limit=20.0, budget=Budget(None), workers=1)
        if outcome.values is None:
            return
        assert satisfied(f.plan(outcome.values), demands)
        least.append(weight_of(people) - (outcome.objective or 0))
    assert least[0] == least[1]


def test_a_pinned_liaison_is_one_change() -> None:
    """Two sites, two people who may be their face: P2 takes A, and nothing else moves."""
    roles = {"teacher": a_role(liaison=True, liaison_hours=1)}
    policy = a_policy(liaison_site_types=("full_primary",), goals=["need_met", "travel"])
    staff = [a_person("P1"), a_person("P2", base_site="B")]
    cluster = a_cluster(
        needs=[a_need("N1")], staff=staff, roles=roles, policy=policy, sites=[a_site("A"), a_site("B")]
    )
    agreed = agreed_for(cluster)
    assert {(row.site_id, row.staff_id) for row in agreed.liaisons} == {("A", "P1"), ("B", "P2")}
    made = changed_by(cluster, agreed, Pin(site="School A", person="P2", **SAID))
    assert [(c.kind.value, c.subject, c.before, c.after, c.edit) for c in made.changes] == [
        ("liaison", "A", "P1", "P2", 1)
    ]
    assert made.proved
