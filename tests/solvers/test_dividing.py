"""Large problems part by part: a part is the same problem smaller, and what comes back is a plan of the whole."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import allocator
from allocator.errors import InfeasibleError
from allocator.generating import generate_area
from allocator.models.policy import Goal
from allocator.solvers.base import Budget
from allocator.solvers.feasibility import first_plan
from allocator.solvers.options import build_problem
from allocator.solvers.plan import evaluate
from allocator.solvers.plans.column import columns_of
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.plans.parts import Part, cut, part_of, plan_of_part
from allocator.solvers.problem import Problem
from allocator.solvers.stages import stages
from tests.solvers.random_clusters import random_cluster
from tests.solvers.test_annealing import broken_limits, walked


@cache
def incumbents() -> tuple[Incumbent, ...]:
    """Annealed plans of random problems, of one term and of several, with groups, shared services and coordinators."""
    made = []
    for seed in range(40):
        problem = build_problem(random_cluster(seed, needs=24, people=9, sites=7, terms=1 + seed % 2))
        try:
            start = first_plan(problem, Budget(20.0), seed)
        except InfeasibleError:
            continue
        walk = walked(problem, start, stages(problem)[0], [], seed, hot=0.5)
        made.append(Incumbent(problem, columns_of(problem, walk.news() or start)))
    return tuple(made)


def parts_of(incumbent: Incumbent, seed: int) -> list[Part]:
    """A cut of a problem into parts of a few needs."""
    pieces = cut(incumbent, np.random.default_rng(seed), 8)
    return [part_of(incumbent, *piece) for piece in pieces]


def test_the_parts_of_a_cut_share_nobody_and_no_need() -> None:
    """Everybody who does something, and every need that is served, is in exactly one part."""
    for seed, incumbent in enumerate(incumbents()):
        parts = parts_of(incumbent, seed)
        people = np.concatenate([part.people for part in parts]).tolist()
        needs = np.concatenate([part.needs for part in parts]).tolist()
        assert len(set(people)) == len(people)
        assert len(set(needs)) == len(needs)
        assert set(np.flatnonzero(incumbent.owner >= 0).tolist()) <= set(needs)


def test_a_part_values_its_plan_as_the_whole_does() -> None:
    """Goals that are sums over people are the same added up over parts; limits are broken in a part as in the whole."""
    seen = 0
    for seed, incumbent in enumerate(incumbents()):
        whole = evaluate(incumbent.problem, incumbent.plan).goals
        parts = parts_of(incumbent, seed)
        values = [evaluate(part.problem, plan_of_part(part, incumbent)).goals for part in parts]
        for goal in set(Goal) - {Goal.FAIRNESS, Goal.TIER_BALANCE}:
            assert sum(each[goal] for each in values) == whole[goal], goal
        assert all(not broken_limits(part.problem, plan_of_part(part, incumbent)) for part in parts)
        seen += len(parts)
    assert seen > 30


def test_a_column_goes_into_a_part_and_comes_back_the_same() -> None:
    """Inwards and outwards are each other's inverse, liaison duties and coordinators' shares included."""
    for seed, incumbent in enumerate(incumbents()):
        for part in parts_of(incumbent, seed):
            back = [part.outwards(column) for column in part.columns_in(incumbent)]
            assert back == [incumbent.columns[k] for k in part.people.tolist()]


def test_a_part_holds_the_whole_s_options_between_its_people_and_needs() -> None:
    """Neither more nor fewer, each with the figures it has in the whole."""
    for seed, incumbent in enumerate(incumbents()):
        problem = incumbent.problem
        for part in parts_of(incumbent, seed):
            inside = np.isin(problem.person, part.people) & np.isin(problem.need, part.needs)
            assert np.array_equal(part.options, np.flatnonzero(inside))
            small = part.problem
            assert np.array_equal(part.people[small.person], problem.person[part.options])
            assert np.array_equal(part.needs[small.need], problem.need[part.options])
            assert np.array_equal(part.sites[small.site], problem.site[part.options])
            assert np.array_equal(small.points, problem.points[part.options])
            assert np.array_equal(small.facts.quarter, problem.facts.quarter[np.ix_(part.people, part.sites)])


@pytest.fixture(scope="module")
def area() -> Problem:
    """Two clusters that share specialists."""
    return build_problem(generate_area(clusters=2, seed=3))


def test_a_divided_search_ends_in_a_plan_that_the_checker_passes(
    area: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In time and in counted work; in counted work the same plan again."""
    monkeypatch.setattr("allocator.solvers.plans.dividing.LARGE", 100)
    monkeypatch.setattr("allocator.solvers.plans.dividing._PART", 1200)
    cluster = area.cluster
    start = evaluate(area, first_plan(area, Budget(20.0), 1)).goals[Goal.NEED_MET]
    timed = allocator.solve(cluster, time_limit=3.0)
    assert not allocator.check(cluster, timed)
    counted = [allocator.solve(cluster, time_limit=None, work_limit=0.5) for _ in range(2)]
    assert not allocator.check(cluster, counted[0])
    assert counted[0].model_dump_json() == counted[1].model_dump_json()
    for proposal in (timed, counted[0]):
        met = next(stage for stage in proposal.stages if stage.goals == (Goal.NEED_MET,))
        assert start < met.value <= met.bound
