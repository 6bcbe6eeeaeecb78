"""``allocator benchmark``: passes on what was asked and prints the rows as a table or as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

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
    assert asked == {"size": "cluster", "time_limit": 3.0, "seeds": 2, "out": Path("results.json")}


def test_as_json(run: Run, asked: Asked) -> None:
    assert json.loads(run("benchmark", "cluster", "--json").stdout)[0]["gap_percent"] == 0.21


def test_an_unknown_size_is_bad_usage(run: Run, asked: Asked) -> None:
    assert run("benchmark", "galaxy").exit_code == 2
    assert not asked
