"""The hand-made cluster and proposal as fixtures."""

from __future__ import annotations

import pytest

from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from tests.reporting.sample import sample_cluster, sample_proposal


@pytest.fixture
def cluster() -> Cluster:
    return sample_cluster()


@pytest.fixture
def proposal() -> Proposal:
    return sample_proposal()
