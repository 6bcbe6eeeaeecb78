"""The builder writes every option the rules allow, in the order of the files, whatever the cluster looks like."""

from __future__ import annotations

import numpy as np
import pytest

import allocator
from allocator.generating import generate, generate_area, generate_sites
from allocator.models.world import Cluster
from allocator.solvers.eligibility import Eligibility
from allocator.solvers.facts import Facts
from allocator.solvers.options import build_problem
from allocator.solvers.problem import Problem
from scenarios import ready_made
from tests.solvers.plain_options import FIELDS, PlainOptions
from tests.solvers.random_clusters import random_cluster


def same(cluster: Cluster) -> Problem:
    """The problem, after every array was compared with the plain enumeration."""
    problem, plain = build_problem(cluster), PlainOptions(cluster)
    for name in FIELDS:
        found = getattr(problem, name)
        assert found.dtype == (np.bool_ if name == "reduced" else np.int64), name
        assert found.tolist() == plain.columns[name], name
    assert problem.joint_need.tolist() == plain.joints
    named = [(s.person, s.site, s.support, s.start, s.last, s.band, int(s.cross_site)) for s in problem.slots]
    assert named == plain.slots
    for slot in problem.slots:
        support = cluster.supports[slot.support]
        assert (slot.least, slot.most) == (support.min_group, support.max_group)
        assert slot.minutes == round(60 * support.hours_per_week)
    return problem


@pytest.mark.parametrize("block", range(4))
def test_random_clusters(block: int) -> None:
    """Locked and tied rows, consent, forbidden pairs, vacancies, late starts, every shape of support."""
    for seed in range(40 * block, 40 * (block + 1)):
        same(random_cluster(seed))


@pytest.mark.parametrize("name", ["urban", "rural"])
def test_a_ready_made_cluster(name: str) -> None:
    problem = same(allocator.read_cluster(ready_made(name)))
    assert problem.reduced.any()
    assert any(slot.cross_site for slot in problem.slots)


def test_four_terms_with_handovers_and_shared_projects() -> None:
    cluster = generate(generate_sites("mixed", 2), seed=2, kind="mixed", terms=4)
    policy = cluster.policy.model_copy(update={"handover_allowed": True, "waiting_discount": 0.1})
    problem = same(cluster.model_copy(update={"policy": policy}))
    parts = problem.joint >= 0
    shared = parts & (problem.first == problem.start) & (problem.part == 2)
    assert shared.any()
    assert (parts & (problem.part == 2) & ~shared).any()


def test_people_limited_to_sites_of_their_own() -> None:
    """Specialists of an area serve their cluster and its neighbours; three clusters here."""
    same(generate_area(clusters=3, seed=3))


def test_nobody_and_nothing() -> None:
    cluster = random_cluster(1)
    assert same(cluster.model_copy(update={"needs": ()})).size == 0
    alone = tuple(need.model_copy(update={"current_staff": None, "locked": False}) for need in cluster.needs)
    sites = tuple(site.model_copy(update={"liaison": ()}) for site in cluster.sites)
    assert (
        same(
            cluster.model_copy(update={"staff": (), "needs": alone, "sites": sites, "availability": ()})
        ).size
        == 0
    )


def test_large_matrices_are_worked_out_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of one row or of all rows: the same minutes, quarters and reach."""
    cluster = allocator.read_cluster(ready_made("rural"))
    whole = Facts(cluster)
    expected = [whole.one_way, whole.quarter, whole.reach]
    monkeypatch.setattr("allocator.solvers.facts._BLOCK", 1)
    rows = Facts(cluster)
    for once, blocked in zip(expected, [rows.one_way, rows.quarter, rows.reach], strict=True):
        assert (once == blocked).all()
        assert once.dtype == blocked.dtype


def test_who_reaches_a_site_is_listed_in_the_order_of_the_people() -> None:
    facts = Facts(allocator.read_cluster(ready_made("rural")))
    reaching = Eligibility(facts).reaching
    assert [people.tolist() for people in reaching] == [
        np.flatnonzero(facts.reach[:, site]).tolist() for site in range(len(facts.cluster.sites))
    ]
