"""Random changes planned anew: the rows say what was compared, and the summary adds them up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import allocator
from allocator.benchmarking.draws import save_draws, writable
from allocator.benchmarking.whatifs import measure_whatifs, random_changes, summary
from allocator.generating import generate, generate_sites
from allocator.models.world import Cluster


@pytest.fixture(scope="module")
def small() -> Cluster:
    """A small generated cluster."""
    return generate(generate_sites("rural", 5), seed=5)


def test_random_changes_are_possible_and_the_same_again(small: Cluster) -> None:
    """Each makes another cluster, and the seed decides which."""
    proposal = allocator.solve(small, time_limit=None, work_limit=0.1)
    drawn = list(random_changes(small, proposal, 12, seed=3))
    assert len(drawn) == 12
    assert all(changed != small for _, changed in drawn)
    assert [change for change, _ in drawn] == [
        change for change, _ in random_changes(small, proposal, 12, seed=3)
    ]
    assert len({type(change) for change, _ in drawn}) > 2


def test_rows_and_summary(small: Cluster, tmp_path: Path) -> None:
    """Every plan passes the checker; what is saved is what was measured."""
    rows = measure_whatifs({"small": small}, changes=2, time_limit=0.5, long_limit=0.5)
    (total,) = summary(rows)
    assert total["changes"] == len(rows) == 2
    assert total["violations"] == 0
    for row in rows:
        if row["outcome"] == "planned":
            assert row["short"] == round((row["need_met_fresh"] - row["need_met"]) / row["need_met_fresh"], 5)
    path = tmp_path / "whatif.json"
    save_draws(path, rows, [total], changes=2)
    saved = json.loads(path.read_text())
    assert (saved["rows"], saved["summary"], saved["changes"]) == (rows, [total], 2)


def test_a_missing_folder_is_said_before_anything_is_measured(tmp_path: Path) -> None:
    """The results of an hour should not be lost at its end."""
    with pytest.raises(FileNotFoundError):
        writable(tmp_path / "nowhere" / "results.json")
