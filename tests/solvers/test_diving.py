"""Rows that tighten the master cut off no plan; dives end in plans that break nothing; the master forgets them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from allocator.errors import InfeasibleError
from allocator.models.policy import Goal
from allocator.solvers.annealing.annealer import Walk
from allocator.solvers.annealing.tables import tables_of
from allocator.solvers.base import Budget
from allocator.solvers.feasibility import first_plan
from allocator.solvers.options import build_problem
from allocator.solvers.plan import Plan, evaluate, limits_broken, uses
from allocator.solvers.plans.bounding import Bounding
from allocator.solvers.plans.cuts import separate, two_people
from allocator.solvers.plans.diving import Diving
from allocator.solvers.plans.pricing import Care
from allocator.solvers.plans.strategy import PlanSearch, Stage
from allocator.solvers.problem import Problem
from allocator.solvers.search import Search
from allocator.solvers.stages import StageSpec, score, stages
from tests.solvers.random_clusters import random_cluster

MET = StageSpec("need_met", ((Goal.NEED_MET, 1),), 0.0)
TIGHT = 1e-7


def a_problem(seed: int, needs: int = 20) -> tuple[Problem, Plan] | None:
    """A random problem of one term and a plan that keeps what was agreed, where there is one."""
    problem = build_problem(random_cluster(seed, needs=needs, people=4, terms=1))
    try:
        return problem, first_plan(problem, Budget(20.0), seed)
    except InfeasibleError:
        return None


def a_stage(problem: Problem, plan: Plan) -> Stage:
    """Need met as the only stage, its master begun, with work counted instead of time."""
    search = Search(problem, Budget(None, work=1e6), seed=1)
    search.plan = plan
    state = PlanSearch(search)
    stage = Stage(state, MET, (MET,))
    state.master.begin(*state.master.figure_of(MET))
    for column in state.incumbent.columns:
        state.master.add_column(column)
    return stage


def converged(stage: Stage) -> Bounding:
    """Column generation to the end."""
    stage.bounding.begin()
    stage.bounding.run(
        lambda bound, value: bound - value <= TIGHT * abs(bound), lambda: stage.bounding.rounds > 400
    )
    return stage.bounding


def plans_met(problem: Problem, plan: Plan, seed: int) -> list[Plan]:
    """Some plans that break nothing: those that an annealing finds on its way."""
    walk, found = Walk(problem, tables_of(problem), plan, MET, [], seed, 0.5, 0.01), [plan]
    for progress in np.linspace(0.0, 0.9, 12):
        walk.step(float(progress), moves=300)
        news = walk.news()
        if news is not None:
            found.append(news)
    return found


def test_no_plan_breaks_a_row_that_tightens_the_master() -> None:
    """For every joint and person, the row holds in every plan met; and it is an equality in some (so it is tight)."""
    checked, touched = 0, 0
    for seed in range(30):
        made = a_problem(seed)
        if made is None or not len(made[0].joint_need):
            continue
        problem = made[0]
        for plan in plans_met(problem, made[1], seed):
            for j in range(len(problem.joint_need)):
                for k in range(len(problem.cluster.staff)):
                    value = two_people(problem, j, k).options[list(plan.chosen)].sum()
                    assert value <= 0.0
                    checked += 1
                    held = {int(problem.person[o]) for o in plan.chosen if problem.joint[o] == j}
                    touched += value == 0.0 and k in held
    assert checked >= 300
    assert touched > 0


def test_half_a_service_by_one_person_is_cut_off() -> None:
    """Where rows are added the bound falls below that of the same master without them, and never below a plan."""
    fell = 0
    for seed in range(60):
        made = a_problem(seed)
        if made is None or not len(made[0].joint_need):
            continue
        stage = a_stage(*made)
        try:
            bounding = converged(stage)
            assert separate(stage.state.master) == 0
            cuts = [row for row in stage.state.master.figure_rows if row.upper == 0.0]
            fell += bool(cuts)
            for plan in plans_met(*made, seed):
                assert score(made[0], MET, evaluate(made[0], plan)) <= bounding.bound + 1e-6
        finally:
            stage.state.pricer.close()
    assert fell >= 3


@pytest.mark.parametrize("seed", [0, 3, 5, 6])
def test_the_master_forgets_a_dive(seed: int) -> None:
    """A held plan has weight 1, whatever that breaks; afterwards the linear program has its old value."""
    made = a_problem(seed)
    if made is None:
        pytest.fail("this seed is known to have a plan")
    stage = a_stage(*made)
    master = stage.state.master
    try:
        converged(stage)
        before = master.solve()
        assert before is not None
        with master.elastic():
            for column in master.columns[:: max(1, len(master.columns) // 4)][:3]:
                master.release()
                master.hold(column)
                assert master.solve() is not None
                weights = {one.key: weight for one, weight in master.support()}
                assert weights[column.key] == pytest.approx(1.0)
            master._afresh()  # what it holds and its elastic rows outlive a solver that lost its footing
            assert master.solve() is not None
            assert {one.key: w for one, w in master.support()}[column.key] == pytest.approx(1.0)
            master.release()
        after = master.solve()
        assert after is not None
        assert after[0] == pytest.approx(before[0])
        assert not master.broken()
    finally:
        stage.state.pricer.close()


def broken_rules(problem: Problem, plan: Plan) -> list[str]:
    """Rules that a plan breaks."""
    everybody = uses(problem, plan)
    found = [
        rule
        for k, use in enumerate(everybody)
        for rule in limits_broken(problem, k, use, {s: b for (who, s), b in plan.shares.items() if who == k})
    ]
    times = Counter(int(problem.need[o]) for o in plan.chosen if problem.part[o] != 2)
    found += ["R1" for count in times.values() if count > 1]
    for j in range(len(problem.joint_need)):
        parts = [o for o in plan.chosen if problem.joint[o] == j]
        whole = len(parts) in (0, 2) and len({int(problem.person[o]) for o in parts}) == len(parts)
        found += [] if whole else ["R1 parts"]
    found += ["R9" for place in problem.liaison_duty if place not in plan.liaison]
    return found


def test_dives_end_in_plans_that_break_nothing() -> None:
    """A dive's plan keeps every rule and stays below the bound; most dives find more than the first plan."""
    better, dived = 0, 0
    for seed in range(24):
        made = a_problem(seed, needs=24)
        if made is None:
            continue
        problem, plan = made
        stage = a_stage(problem, plan)
        try:
            bounding = converged(stage)
            before = stage.state.reached(MET)
            Diving(stage).run()
            after = stage.state.reached(MET)
            assert before <= after <= bounding.bound + 1e-6
            assert broken_rules(problem, stage.state.incumbent.plan) == []
            assert stages(problem)  # the problem itself is untouched
            dived += before < bounding.bound - 1.0
            better += after > before
        finally:
            stage.state.pricer.close()
    assert dived >= 10
    assert better >= 0.7 * dived


def test_a_solution_is_remembered_while_plans_are_added(capfd: pytest.CaptureFixture[str]) -> None:
    """What the last solution mixes and breaks can be asked after new plans came, and no library complains."""
    seen = 0
    for seed in range(20):
        made = a_problem(seed)
        if made is None:
            continue
        stage = a_stage(*made)
        master, bounding = stage.state.master, stage.bounding
        bounding.begin()
        with master.elastic():
            assert master.solve() is not None
            before = (master.support(), master.broken())
            seen += bounding.price_at(bounding.best or master.no_prices(), Care.MODELLED)
            assert (master.support(), master.broken()) == before
            assert not master.promising(-1.0).any()  # asks every plan for its cost, the new ones too
    assert seen > 0
    assert capfd.readouterr() == ("", "")
