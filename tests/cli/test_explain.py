"""``allocator explain``: one need, person or site of a saved proposal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.io.proposals import save_proposal
from allocator.io.reader import read_cluster
from allocator.io.writer import write_cluster
from tests.checking.builders import a_proposal, a_row
from tests.cli.conftest import Run
from tests.explaining.worlds import full_week, offering


@pytest.fixture
def asked(tmp_path: Path) -> tuple[Path, Path]:
    """A cluster in a folder and its proposal: N2 lacks an hour of P1."""
    cluster, _ = full_week(policy=offering(fte=0.2))
    write_cluster(cluster, tmp_path / "small", roles={})
    read = read_cluster(tmp_path / "small")
    save_proposal(a_proposal(read, [a_row(read, "N1")]), tmp_path / "plan.json")
    return tmp_path / "small", tmp_path / "plan.json"


class TestExplain:
    def test_the_ladder_on_one_screen(self, run: Run, asked: tuple[Path, Path]) -> None:
        result = run("explain", *asked, "--need", "N2")
        assert result.exit_code == 0
        words = (
            "N2 at School A",
            "WHERE THE HOURS WENT",
            "WHAT IT WOULD TAKE",
            "WITH SOMEBODY LOSING",
            "HOW FAR",
        )
        places = [result.stdout.index(each) for each in words]
        assert places == sorted(places)
        assert len(result.stdout.splitlines()) < 40

    def test_json_says_the_same(self, run: Run, asked: tuple[Path, Path]) -> None:
        answer = json.loads(run("explain", *asked, "--need", "N2", "--json").stdout)
        assert (answer["status"], answer["audience"]) == ("done", "panel")
        (change,) = answer["need"]["changes"]
        assert change["scenario"] == [{"change": "change_staff", "person": "P1", "set": {"fte": 0.6}}]
        assert answer["need"]["priorities"]["exact"] == "40"

    def test_a_person_a_site_and_why_not(self, run: Run, asked: tuple[Path, Path]) -> None:
        assert "WHAT WOULD FREE THEM" in run("explain", *asked, "--staff", "P1").stdout
        assert "WHO SERVES IT" in run("explain", *asked, "--site", "School A").stdout
        assert "WHY NOT P1" in run("explain", *asked, "--need", "N2", "--why-not", "P1").stdout

    def test_the_audience_decides_what_is_seen(self, run: Run, asked: tuple[Path, Path]) -> None:
        seen = run("explain", *asked, "--need", "N2", "--audience", "cluster")
        assert seen.exit_code == 0 and "P1" not in seen.stdout and "N2" not in seen.stdout
        assert run("explain", *asked, "--need", "N2", "--audience", "public").exit_code == 1

    def test_the_time_limit_bounds_what_is_tried(self, run: Run, asked: tuple[Path, Path]) -> None:
        answer = json.loads(run("explain", *asked, "--need", "N2", "--json", "--time-limit", "1e-9").stdout)
        assert answer["need"]["changes"] == []


class TestFaults:
    def test_unknown_codes_are_bad_input(self, run: Run, asked: tuple[Path, Path]) -> None:
        result = run("explain", *asked, "--need", "N22", "--why-not", "P11")
        assert result.exit_code == 1
        assert "--need: there is no such need in this cluster - did you mean `N2`?" in result.stderr
        assert "--why-not: there is no such person in this cluster - did you mean `P1`?" in result.stderr

    @pytest.mark.parametrize(
        "options", [(), ("--need", "N2", "--staff", "P1"), ("--site", "A", "--why-not", "P1")]
    )
    def test_one_question_at_a_time(
        self, run: Run, asked: tuple[Path, Path], options: tuple[str, ...]
    ) -> None:
        assert run("explain", *asked, *options).exit_code == 2

    def test_a_changed_cluster_needs_a_new_proposal(self, run: Run, asked: tuple[Path, Path]) -> None:
        cluster, _ = full_week(spare_minutes=30)
        write_cluster(cluster, asked[0].with_name("other"), roles={})
        result = run("explain", asked[0].with_name("other"), asked[1], "--need", "N2")
        assert result.exit_code == 1
        assert "solve it again" in result.stderr
