"""``allocator benchmark``: passes on what was asked and prints the rows as a table or as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from allocator import benchmarking
from cli import benchmark
from tests.cli.conftest import Asked, Run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """A measurement that takes no time."""
    seen: Asked = {}

    def run(**options: Any) -> list[dict[str, Any]]:
        seen.update(options)
        return [{"cluster": "urban", "strategy": "plans", "gap_percent": 0.21, "first_seconds": None}]

    module = ModuleType("allocator.benchmarking")
    module.run = run  # type: ignore[attr-defined]  # a module made up for the test
    monkeypatch.setitem(sys.modules, "allocator.benchmarking", module)
    return seen


def test_a_table_with_the_rows(run: Run, asked: Asked) -> None:
    result = run("benchmark", "cluster")
    assert result.exit_code == 0
    header, row = result.stdout.splitlines()
    assert header.split() == ["cluster", "strategy", "gap", "percent", "first", "seconds"]
    assert row.split() == ["urban", "plans", "0.21", "–"]


def test_options_reach_the_measurement(run: Run, asked: Asked) -> None:
    run("benchmark", "cluster", "--time-limit", "3", "--seeds", "2", "-o", "results.json")
    assert asked == {
        "size": "cluster",
        "time_limit": 3.0,
        "seeds": 2,
        "out": Path("results.json"),
        "only": (),
    }


@pytest.mark.parametrize(
    ("size", "limit"), [("cluster", 10), ("district", 60), ("region", 120), ("nation", 600)]
)
def test_every_size_has_its_own_limit(run: Run, asked: Asked, size: str, limit: float) -> None:
    run("benchmark", size, "--only", "plans", "--only", "scip")
    assert asked == {"size": size, "time_limit": limit, "seeds": 1, "out": None, "only": ("plans", "scip")}


def test_limits_and_strategies_are_those_of_the_measurement() -> None:
    """The command line repeats them, so that its help loads nothing."""
    assert {size: limit for size, (limit, _) in benchmark._SIZES.items()} == benchmarking.TIME_LIMITS
    assert tuple(each.name for each in benchmarking.CONTESTANTS) == benchmark._CONTESTANTS


RESULTS = {
    "rows": [
        {"cluster": "urban", "needs": needs, "people": 43, "strategy": strategy, "seed": 1, "seconds": 10.0,
         "first_proposal_s": 0.1, "commitments_kept": 124, "need_met": 980, "bound": 1000, "gap_own": 0.02,
         "gap_best": 0.02, "violations": 0, "stopped": "time limit", "load": 1.2, "peak_mib": 300.5,
         "trace": [[1.0, None, 1100], [2.0, 900, 1000], [5.0, 980, 1000]]}
        for strategy, needs in (("plans", 436), ("scip", 436), ("plans", 1626))
    ]
}  # fmt: skip


def test_a_report_has_a_table_and_pictures(run: Run, tmp_path: Path) -> None:
    (tmp_path / "urban.json").write_text(json.dumps(RESULTS), encoding="utf-8")
    written = json.loads(run("benchmark", "report", "urban.json", "-o", "out", "--json").stdout)["written"]
    assert sorted(Path(path).name for path in written) == [
        "gap-over-time.png",
        "gap-over-time.svg",
        "memory-over-size.png",
        "memory-over-size.svg",
        "results.md",
        "time-over-size.png",
        "time-over-size.svg",
    ]
    assert all(Path(path).stat().st_size > 0 for path in written)
    lines = (tmp_path / "out" / "results.md").read_text(encoding="utf-8").splitlines()
    assert lines[2].startswith("| urban | 436 | 43 | plans | 0.1 | 10.0 | 124 | 980 | 1,000 | 2.00% |")
    for word in ("plans", "scip", "gap to own bound"):
        assert word in (tmp_path / "out" / "gap-over-time.svg").read_text(encoding="utf-8")


def test_plots_can_be_asked_for_at_once(run: Run, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(benchmark, "_draw", lambda rows, folder: drawn.append((len(rows), folder)))
    run("benchmark", "cluster", "--plots", "pictures")
    assert drawn == [(1, Path("pictures"))]


def test_without_the_packages_plots_are_bad_usage(
    run: Run, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = run("benchmark", "cluster", "--plots", "pictures")
    assert (result.exit_code, asked) == (2, {})
    assert "pip install 'allocator[plots]'" in result.stderr


def test_as_json(run: Run, asked: Asked) -> None:
    assert json.loads(run("benchmark", "cluster", "--json").stdout)[0]["gap_percent"] == 0.21


def test_an_unknown_size_is_bad_usage(run: Run, asked: Asked) -> None:
    assert run("benchmark", "galaxy").exit_code == 2
    assert not asked
