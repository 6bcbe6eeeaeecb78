"""What holds of every change: the cluster given stays as it is, and what comes out could have been read."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.checking.world import World
from allocator.errors import InputError
from allocator.io.fingerprint import fingerprint
from allocator.models.world import Cluster
from scenarios import apply_changes
from scenarios.changes import TYPES
from scenarios.validity import faults_of
from tests.scenarios.worlds import a_change, a_world
from tests.solvers.random_clusters import random_cluster

KINDS = sorted(set(TYPES) - {"merge_clusters", "use_forecast", "add_needs", "add_staff"})


def keys_for(kind: str, cluster: Cluster, rng: random.Random) -> dict[str, Any]:
    """Keys that may or may not fit the cluster; a change that does not fit is refused, never half made."""
    person = rng.choice(cluster.staff).staff_id if cluster.staff else "nobody"
    site, other = (rng.choice(cluster.sites).site_id for _ in range(2))
    support = rng.choice(cluster.supports).support_id
    need = rng.choice(cluster.needs).need_id if cluster.needs else "none"
    term = rng.choice(cluster.terms).id
    return {
        "remove_staff": {"person": person},
        "change_staff": {"person": person, "set": {"fte": rng.choice([0.25, 0.5, 1.0]), "sites": site}},
        "redeploy": {"person": person, "fte": rng.choice([0.25, 0.5, None]), "to_site": site},
        "absence": {"person": person, "term": term, "share": rng.choice([0.5, 1.0])},
        "train": {"person": person, "skills": ["reading", "aac"]},
        "fill_vacancy": {"person": person},
        "scale_demand": {"factor": rng.choice([0.5, 1.5, 2.0]), "seed": rng.randrange(5)},
        "change_roll": {"factor": rng.choice([0.5, 1.2]), "needs_follow": rng.random() < 0.5},
        "change_support": {"support": support, "set": {"weeks": 7, "skills": "reading"}},
        "convert_shape": {"support": support, "share": rng.choice([0.5, 1.0])},
        "withdraw_site": {"site": site, "staff_to": rng.choice([None, other])},
        "lend_staff": {
            "person": person,
            "fte": 0.25,
            "to_cluster": "North",
            "terms": rng.choice([[], [term]]),
        },
        "pin": {"need": need, "person": person},
        "forbid": rng.choice([{"need": need, "person": person}, {"site": site, "person": person}]),
        "change_policy": {"policy": {"counts": "learners"}, "cluster_consent": rng.random()},
    }[kind]


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(KINDS))
def test_a_change_leaves_its_cluster_alone_and_gives_a_valid_one(seed: int, kind: str) -> None:
    rng = random.Random(seed)
    before = random_cluster(seed)
    print_before = fingerprint(before)
    try:
        applied = apply_changes(before, [a_change(kind, **keys_for(kind, before, rng))])
    except InputError as error:
        assert error.faults
        return
    finally:
        assert fingerprint(before) == print_before
    assert set(faults_of(applied.cluster)) <= set(faults_of(before))
    assert fingerprint(applied.cluster) != print_before
    assert applied.sentences[0].endswith(".")
    # rows made anew hold what their columns may hold
    assert Cluster.model_validate(applied.cluster.model_dump()) == applied.cluster


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(range(8)), staff=st.permutations(range(5)), seed=st.integers(0, 50))
def test_the_order_of_rows_never_counts(order: list[int], staff: list[int], seed: int) -> None:
    world = a_world()
    turned = a_world(
        needs=tuple(world.needs[index] for index in order), staff=tuple(world.staff[index] for index in staff)
    )
    changes = [
        a_change("scale_demand", factor=1.5, seed=seed),
        a_change("redeploy", person="P1", fte=0.4, to_site="B"),
        a_change("change_policy", cluster_consent=0.5, seed=seed),
    ]
    made = (apply_changes(each, changes).cluster for each in (world, turned))
    assert len({fingerprint(each) for each in made}) == 1


@settings(max_examples=40, deadline=None)
@given(share=st.floats(0.05, 0.95))
def test_redeploying_keeps_the_hours(share: float) -> None:
    now = apply_changes(
        a_world(), [a_change("redeploy", person="P2", fte=round(share, 3), to_site="OFF")]
    ).cluster
    for term in range(2):
        before = World(a_world()).paid["P2", term]
        after = sum(World(now).paid[code, term] for code in ("P2", "P2@OFF"))
        assert abs(before - after) <= 1  # each row's minutes are rounded down
