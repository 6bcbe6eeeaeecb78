"""``benchmark gap``: value, bound and gap of public instances, as a table, as JSON and in a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.benchmark_gap import gap_command

ONE = "2 3\n1 2 3\n4 5 6\n7 8 9\n1 2 3\n10 11\n"
"""Agent 1 is cheaper but has room for one job only: best is job 3 (or 2, or 1) with it, the others with agent 2; 12."""
NONE = "1 2\n1 1\n3 3\n5\n"
DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "gap"
real = pytest.mark.skipif(not DATA.exists(), reason="the public instances are not part of the repository")

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Call the command in an empty folder with three small files."""
    monkeypatch.chdir(tmp_path)
    Path("one.txt").write_text(ONE, encoding="utf-8")
    Path("gap1.txt").write_text("1\n" + ONE, encoding="utf-8")
    Path("none.txt").write_text(NONE, encoding="utf-8")
    Path("best.csv").write_text("instance,best_known\none,12\n", encoding="utf-8")

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(gap_command, [str(each) for each in arguments], catch_exceptions=False)

    return invoke


def test_a_table_with_value_bound_and_gap(run: Run) -> None:
    result = run("one.txt", "--time-limit", "5")
    assert result.exit_code == 0
    header, row = result.stdout.splitlines()
    assert header.split() == [
        "instance",
        "agents",
        "jobs",
        "sense",
        "value",
        "bound",
        "gap",
        "stopped",
        "took",
    ]
    assert row.split()[:7] == ["one", "2", "3", "min", "12", "12", "0.00%"]
    assert "proved best" in row


def test_best_known_values_add_two_columns(run: Run) -> None:
    header, row = run("one.txt", "--best-known", "best.csv").stdout.splitlines()
    assert "best known  distance" in header
    assert "12    0.000%" in row


def test_as_json_with_the_assignment(run: Run) -> None:
    (row,) = json.loads(run("one.txt", "--json", "--seed", "4", "--best-known", "best.csv").stdout)
    assert (row["value"], row["bound"], row["gap"], row["proved"]) == (12, 12, 0.0, True)
    assert (row["best_known"], row["distance"], row["seed"]) == (12, 0.0, 4)
    assert sorted(row["assignment"]) == [1, 2, 2]


def test_values_are_maximised_where_the_file_is_one_of_those(run: Run) -> None:
    """All three with agent 2, the dearer one: 4 + 5 + 6."""
    (row,) = json.loads(run("gap1.txt", "--json").stdout)
    assert (row["instance"], row["sense"], row["value"], row["bound"]) == ("gap1-1", "max", 15, 15)
    (row,) = json.loads(run("gap1.txt", "--sense", "min", "--json").stdout)
    assert (row["sense"], row["value"]) == ("min", 12)


def test_saved_with_settings_and_machine(run: Run) -> None:
    run("one.txt", "gap1.txt", "--work-limit", "50", "-o", "rows.json")
    saved = json.loads(Path("rows.json").read_text(encoding="utf-8"))
    assert [row["instance"] for row in saved["rows"]] == ["one", "gap1-1"]
    assert {"measured", "time_limit", "seed", "machine"} <= set(saved)


def test_proved_to_have_no_assignment_is_exit_code_3(run: Run) -> None:
    result = run("none.txt", "one.txt")
    assert result.exit_code == 3
    assert "no assignment exists" in result.stdout
    assert "proved best" in result.stdout


def test_a_damaged_file_is_bad_input_and_nothing_is_solved(run: Run) -> None:
    Path("bad.txt").write_text("2 x\n", encoding="utf-8")
    result = run("one.txt", "bad.txt", "-o", "rows.json")
    assert result.exit_code == 1
    assert "bad.txt, line 1: expected a whole number" in result.stderr
    assert not Path("rows.json").exists()


def test_no_file_is_bad_usage(run: Run) -> None:
    assert run().exit_code == 2


@real
@pytest.mark.parametrize("name", ["c05100", "d20100", "e10200"])
def test_a_public_instance(run: Run, name: str) -> None:
    """Whatever a short search finds holds, and the bound is never above the best known value."""
    from allocator.importing.gap import read_gap

    known = DATA / "best_known.csv"
    (row,) = json.loads(
        run(DATA / f"{name}.txt", "--time-limit", "2", "--best-known", known, "--json").stdout
    )
    (instance,) = read_gap(DATA / f"{name}.txt")
    assert row["bound"] <= row["best_known"]
    import numpy as np

    assignment = np.array(row["assignment"]) - 1
    assert instance.problem.holds(assignment)
    assert instance.problem.value(assignment) == row["value"] >= row["bound"]
