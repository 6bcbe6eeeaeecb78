"""``allocator whatif``: solved as it is and as it would be, side by side; faults before any search."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import allocator
from allocator.errors import InfeasibleError, NotFoundError
from allocator.io.proposals import load_proposal
from allocator.io.reader import read_cluster
from allocator.io.writer import write_cluster
from allocator.models.proposal import Conflict, Proposal
from allocator.models.world import Cluster
from scenarios import apply
from scenarios.typed import typed_scenario
from tests.cli.conftest import Run
from tests.scenarios.worlds import a_world

QUICK = ("--time-limit", "1", "--no-progress")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The small cluster in a folder."""
    write_cluster(a_world(), tmp_path / "small", roles={})
    return tmp_path / "small"


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """A scenario of two changes in a file."""
    path = tmp_path / "more.yaml"
    path.write_text(
        "name: more hours\nquestion: What would more hours bring?\nchanges:\n"
        "- change: fill_vacancy\n  person: P3\n- change: train\n  person: P1\n  skills: maths\n",
        encoding="utf-8",
    )
    return path


def counting(monkeypatch: pytest.MonkeyPatch) -> list[Cluster]:
    """The clusters that are solved, in their order."""
    solved: list[Cluster] = []
    solve = allocator.solve

    def remember(cluster: Cluster, **options: Any) -> Proposal:
        solved.append(cluster)
        return solve(cluster, **options)

    monkeypatch.setitem(vars(allocator), "solve", remember)
    return solved


class TestWhatIf:
    def test_inputs_outcomes_and_who_gains_in_this_order(self, run: Run, place: Path, more: Path) -> None:
        result = run("whatif", place, more, *QUICK)
        assert result.exit_code == 0
        words = (
            "WHAT DIFFERS GOING IN",
            "more hours: What would more hours bring?",
            "staff: P3 filled",
            "WHAT COMES OUT",
            "as it is: Proved best",
            "Need met by tier",
            "WHO GAINS, WHO LOSES: more hours",
        )
        places = [result.stdout.index(each) for each in words]
        assert places == sorted(places)

    def test_changes_typed_on_the_line_need_no_file(self, run: Run, place: Path) -> None:
        result = run(
            "whatif",
            place,
            "--redeploy",
            "P1: 0.4 FTE Kauri School -> Rimu School",
            "--absence",
            "P2: T2",
            "--pin",
            "N1: P2",
            *QUICK,
        )
        assert result.exit_code == 0
        assert "staff: P1: 0.4 FTE Kauri School (A) → Rimu School (B), 0.6 FTE stays." in result.stdout
        assert "availability: P2 has 0 hours a week in T2" in result.stdout
        assert "needs: N1 pinned to P2." in result.stdout

    def test_what_is_saved_keeps_every_rule(self, run: Run, place: Path, more: Path) -> None:
        result = run("whatif", place, more, "--absence", "P1: T1", "-o", "out", *QUICK)
        assert result.exit_code == 0
        names = ("as-it-is", "more-hours", "what-you-typed")
        for name in names:
            cluster = read_cluster(Path("out") / name)
            assert allocator.check(cluster, load_proposal(Path("out") / f"{name}.json")) == []
        typed = typed_scenario([("absence", "P1: T1")])
        assert (
            read_cluster(Path("out") / "what-you-typed").availability == apply(a_world(), typed).availability
        )
        assert "Saved in out: as-it-is.json, more-hours.json, what-you-typed.json." in result.stdout
        assert run("check", "out/more-hours", "out/more-hours.json").exit_code == 0

    def test_a_sweep_is_one_column_for_each_variant(self, run: Run, place: Path, tmp_path: Path) -> None:
        path = tmp_path / "sweep.yaml"
        path.write_text(
            "name: fte\nchanges:\n- {change: change_staff, person: P1, set: {fte: $f}}\nsweep: {f: [0.5, 0.8]}\n"
        )
        answer = json.loads(run("whatif", place, path, "--json", *QUICK).stdout)
        assert [case["name"] for case in answer["cases"]] == ["as it is", "fte (f 0.5)", "fte (f 0.8)"]

    def test_attribution_adds_up_in_the_json(self, run: Run, place: Path, more: Path) -> None:
        answer = json.loads(run("whatif", place, more, "--attribution", "--json", *QUICK).stdout)
        (split,) = answer["attributions"]
        assert len(split["changes"]) == 2
        for goal in split["goals"]:
            assert goal["base"] + sum(goal["parts"]) + goal["interaction"] == goal["together"]

    def test_progress_goes_to_stderr_and_can_be_turned_off(self, run: Run, place: Path, more: Path) -> None:
        told = run("whatif", place, more, "--json", "--time-limit", "1")
        json.loads(told.stdout)
        assert told.stderr.splitlines() == ["Solving Test cluster, as it is", "Solving more hours"]
        assert run("whatif", place, more, *QUICK).stderr == ""

    def test_a_cluster_sees_counts_and_a_panel_codes(self, run: Run, place: Path) -> None:
        arguments = ("whatif", place, "--remove-staff", "P1", "--full", *QUICK)
        assert "P1" in run(*arguments).stdout
        shown = run(*arguments, "--audience", "cluster").stdout
        assert not any(code in shown for code in ("P1", "L-N", "N2"))


class TestFaults:
    def test_all_of_them_before_anything_is_solved(
        self, run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        solved = counting(monkeypatch)
        path = tmp_path / "slip.yaml"
        path.write_text("name: x\nchanges:\n- change: remove_staff\n  person: P11\n")
        result = run("whatif", place, path, "S99", "--redeploy", "P1: 0.4 FTE -> Rim School", *QUICK)
        assert result.exit_code == 1
        assert "slip.yaml, line 4, person: there is no such person in this cluster" in result.stderr
        assert "S99: there is no such file or ready-made question" in result.stderr
        assert (
            "--redeploy, to_site: there is no such site in this cluster - did you mean `Rimu School`?"
            in result.stderr
        )
        assert "3 faults" in result.stderr
        assert solved == []

    def test_a_question_put_to_another_cluster_says_which_it_is_for(self, run: Run, place: Path) -> None:
        result = run("whatif", place, "S4", *QUICK)
        assert result.exit_code == 1
        assert "S4.yaml: the scenario is written for urban" in result.stderr

    def test_a_change_that_changes_nothing(self, run: Run, place: Path) -> None:
        result = run("whatif", place, "--train", "P1: skills reading", *QUICK)
        assert result.exit_code == 1
        assert "changes nothing" in result.stderr

    def test_nothing_asked_is_bad_usage(self, run: Run, place: Path) -> None:
        assert run("whatif", place).exit_code == 2

    @pytest.mark.parametrize(
        ("error", "code", "words"),
        [
            (InfeasibleError([Conflict(rule="R7", what="N1 is locked")], True), 3, "N1 is locked"),
            (NotFoundError("nothing"), 4, "No plan was found in time"),
        ],
    )
    def test_a_scenario_without_a_plan_is_shown_beside_the_others(
        self, run: Run, place: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, words: str
    ) -> None:
        solve = allocator.solve

        def fail_without_p1(cluster: Cluster, **options: Any) -> Proposal:
            if "P1" not in cluster.person:
                raise error
            return solve(cluster, **options)

        monkeypatch.setitem(vars(allocator), "solve", fail_without_p1)
        result = run("whatif", place, "--remove-staff", "P1", *QUICK)
        assert result.exit_code == code
        assert words in result.stdout
        assert "as it is: Proved best" in result.stdout

    def test_a_cluster_without_a_plan_cannot_be_compared_with(
        self, run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(cluster: Cluster, **_: Any) -> Proposal:
            raise InfeasibleError([Conflict(rule="R7", what="N8 is locked")], True)

        monkeypatch.setitem(vars(allocator), "solve", fail)
        result = run("whatif", place, "--remove-staff", "P1", *QUICK)
        assert result.exit_code == 3
        assert "N8" not in result.output
