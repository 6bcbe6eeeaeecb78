"""Three real clusters from the schools directory to a proposal in which the checker finds nothing wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

import allocator
from allocator.generating import Settings, generate
from allocator.importing import read_directory, select, to_sites
from allocator.models.policy import Goal
from allocator.models.proposal import Stage

DIRECTORY = Path(__file__).resolve().parents[3] / "shared" / "data" / "nz-schools" / "schools-2021-09.csv"

pytestmark = pytest.mark.skipif(
    not DIRECTORY.exists(), reason="the schools directory is not part of the repository"
)


@pytest.mark.parametrize(
    ("cluster_id", "register_share"),
    [
        pytest.param("99143", 1.0, id="small-and-remote"),
        pytest.param("99155", 1.0, id="rural"),
        pytest.param("99085", 0.5, id="one-of-the-largest"),
    ],
)
def test_a_real_cluster_is_imported_generated_solved_and_checked(
    cluster_id: str, register_share: float
) -> None:
    """Eight seconds give a proposal that keeps every rule, meets need and claims no more than is proved."""
    sites = to_sites(select(read_directory(DIRECTORY), cluster=cluster_id))
    cluster = generate(sites, seed=1, name=cluster_id, settings=Settings(register_share=register_share))

    proposal = allocator.solve(cluster, strategy="plans", time_limit=8.0)

    assert [str(found) for found in allocator.check(cluster, proposal)] == []
    assert proposal.goal_values[Goal.NEED_MET] > 0
    assert [stage.name for stage in proposal.stages if claims_too_much(stage)] == []


def claims_too_much(stage: Stage) -> bool:
    """Whether a stage's value is beyond its own bound."""
    return stage.value > stage.bound if stage.sense == "max" else stage.value < stage.bound
