"""The hand-made cluster in a folder, its proposal in a file, and a way to run the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import allocator
from allocator.io.proposals import save_proposal
from allocator.io.writer import write_cluster
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from cli.main import main
from tests.reporting.sample import sample_cluster, sample_proposal

Run = Callable[..., Result]
Asked = dict[str, Any]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """``run("solve", "urban")`` in an empty folder; an exception that is no exit is a failure."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)

    return invoke


@pytest.fixture
def cluster() -> Cluster:
    return sample_cluster()


@pytest.fixture
def proposal() -> Proposal:
    return sample_proposal()


@pytest.fixture
def folder(cluster: Cluster, tmp_path: Path) -> Path:
    write_cluster(cluster, tmp_path / "awa", roles={})
    return tmp_path / "awa"


@pytest.fixture
def saved(proposal: Proposal, tmp_path: Path) -> Path:
    save_proposal(proposal, tmp_path / "plan.json")
    return tmp_path / "plan.json"


@pytest.fixture
def solver(monkeypatch: pytest.MonkeyPatch, proposal: Proposal) -> Asked:
    """``solve`` answers with the hand-made proposal at once; what it was asked is in the dictionary."""
    asked: Asked = {}

    def solve(cluster: Cluster, **options: Any) -> Proposal:
        asked.update(options, cluster=cluster.name)
        return proposal

    monkeypatch.setitem(vars(allocator), "solve", solve)
    return asked
