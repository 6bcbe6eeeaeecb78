"""``allocator compare``: clusters, scenarios and saved proposals, in any mixture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.io.writer import write_cluster
from tests.cli.conftest import Run
from tests.cli.test_whatif import QUICK, counting
from tests.scenarios.worlds import a_world


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_cluster(a_world(), tmp_path / "small", roles={})
    return tmp_path / "small"


def a_file(folder: Path, name: str, cluster: str = "") -> Path:
    path = folder / f"{name}.yaml"
    named = f"cluster: {cluster}\n" if cluster else ""
    path.write_text(
        f"name: {name}\n{named}changes:\n- {{change: fill_vacancy, person: P3}}\n"
        "- {change: train, person: P3, skills: maths}\n- {change: change_staff, person: P1, set: {fte: 0.5}}\n"
    )
    return path


def names(stdout: str) -> list[str]:
    return [case["name"] for case in json.loads(stdout)["cases"]]


class TestWhatIsCompared:
    def test_a_cluster_and_a_scenario_on_it(self, run: Run, place: Path, tmp_path: Path) -> None:
        result = run("compare", place, a_file(tmp_path, "half"), *QUICK)
        assert result.exit_code == 0
        assert "compared with small" in result.stdout
        assert "WHICH CHANGE DID IT: half" in result.stdout

    def test_each_cluster_is_solved_once(
        self, run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The base and the whole, and each of three changes alone."""
        solved = counting(monkeypatch)
        run("compare", place, a_file(tmp_path, "half"), *QUICK)
        assert len(solved) == 5
        solved.clear()
        run("compare", place, a_file(tmp_path, "half"), "--no-attribution", *QUICK)
        assert len(solved) == 2

    def test_two_scenarios_on_the_cluster_they_are_written_for(
        self, run: Run, place: Path, tmp_path: Path
    ) -> None:
        one, two = a_file(tmp_path, "one", "small"), a_file(tmp_path, "two", "small")
        result = run("compare", one, two, "--no-attribution", "--json", *QUICK)
        assert names(result.stdout) == ["one", "two"]
        assert json.loads(result.stdout)["inputs"][0]["rows"] == []

    def test_saved_proposals_find_their_clusters_and_need_no_search(
        self, run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("whatif", place, "--remove-staff", "P2", "-o", "out", *QUICK)
        solved = counting(monkeypatch)
        result = run("compare", "out/as-it-is.json", "out/what-you-typed.json", "--json", *QUICK)
        assert result.exit_code == 0
        assert names(result.stdout) == ["as-it-is", "what-you-typed"]
        rows = json.loads(result.stdout)["inputs"][0]["rows"]
        assert {"table": "staff", "code": "P2", "kind": "removed", "cells": []} in [
            {**row, "cells": list(row["cells"])} for row in rows
        ]
        assert solved == []

    def test_two_clusters(self, run: Run, place: Path, tmp_path: Path) -> None:
        write_cluster(a_world(needs=a_world().needs[:3]), tmp_path / "fewer", roles={})
        result = run("compare", place, tmp_path / "fewer", *QUICK)
        assert result.exit_code == 0
        assert "needs: N5 removed" in result.stdout

    def test_compared_the_other_way_round_it_is_the_negative(
        self, run: Run, place: Path, tmp_path: Path
    ) -> None:
        run("whatif", place, "--remove-staff", "P2", "-o", "out", *QUICK)
        files = ["out/as-it-is.json", "out/what-you-typed.json"]
        there, back = (json.loads(run("compare", *order, "--json").stdout) for order in (files, files[::-1]))
        for row, turned in zip(there["outcomes"], back["outcomes"], strict=True):
            if row["deltas"][1] is not None:
                assert row["deltas"][1] == pytest.approx(-turned["deltas"][1])


class TestFaults:
    def test_one_alone_is_bad_usage(self, run: Run, place: Path) -> None:
        assert run("compare", place).exit_code == 2

    def test_what_is_not_there_is_bad_usage(self, run: Run, place: Path) -> None:
        assert run("compare", place, "nowhere").exit_code == 2

    def test_a_proposal_whose_cluster_is_not_at_hand(self, run: Run, place: Path, tmp_path: Path) -> None:
        run("whatif", place, "--remove-staff", "P2", "-o", "out", *QUICK)
        moved = tmp_path / "moved.json"
        moved.write_bytes(Path("out/what-you-typed.json").read_bytes())
        result = run("compare", place, moved, *QUICK)
        assert result.exit_code == 1
        assert "name the cluster with --cluster" in result.stderr
        assert run("compare", place, moved, "--cluster", "out/what-you-typed", *QUICK).exit_code == 0

    def test_a_scenario_without_a_cluster(self, run: Run, tmp_path: Path) -> None:
        one, two = a_file(tmp_path, "one"), a_file(tmp_path, "two")
        result = run("compare", one, two, *QUICK)
        assert result.exit_code == 1
        assert "it names no cluster" in result.stderr
