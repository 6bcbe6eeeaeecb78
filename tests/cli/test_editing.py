"""``solve --agreed``: a meeting's edits on the command line, with the least change to the agreed proposal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.io.proposals import save_proposal
from allocator.io.reader import read_cluster
from allocator.io.writer import write_cluster
from tests.checking.builders import a_cluster, a_need, a_person
from tests.cli.conftest import Run
from tests.editing.helpers import agreed_for

QUICK = ("--time-limit", "5")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Two people, three needs, all with P1; the agreed proposal beside the cluster."""
    staff = [a_person("P1"), a_person("P2", max_cases=1)]
    needs = [a_need(f"N{i}", status="in_service", current_staff="P1") for i in range(1, 4)]
    cluster = a_cluster(needs=needs, staff=staff)
    write_cluster(cluster, tmp_path / "awa", roles={})
    save_proposal(agreed_for(read_cluster(tmp_path / "awa")), tmp_path / "agreed.json")
    return tmp_path


def served(path: Path) -> dict[str, str]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return {row["need_id"]: row["staff_id"] for row in content["allocations"]}


def test_a_move_changes_one_thing_and_is_saved_beside(run: Run, world: Path) -> None:
    before = served(world / "agreed.json")
    other = "P2" if before["N1"] == "P1" else "P1"
    typed = ("--move", f"N1: {before['N1']} -> {other}", "--by", "Ana", "--reason", "te reo")
    result = run("solve", "awa", "--agreed", "agreed.json", *typed, *QUICK)
    assert result.exit_code == 0, result.output
    assert "is the least possible" in result.stdout
    assert "te reo" in result.stdout
    assert "Saved in agreed-edited.json." in result.stdout
    assert served(world / "agreed.json") == before
    assert served(world / "agreed-edited.json")["N1"] == other
    assert run("check", "awa", "agreed-edited.json").exit_code == 0


def test_json_has_the_changes_the_bound_and_the_proposal(run: Run, world: Path) -> None:
    who = served(world / "agreed.json")["N2"]
    result = run("solve", "awa", "--agreed", "agreed.json", "--reject", f"N2: {who}", "--json", *QUICK)
    answer = json.loads(result.stdout)
    assert answer["status"] == "done"
    assert answer["changed"] == answer["at_least"] == len(answer["changes"])
    assert answer["proposal"]["format"] == "allocator-proposal-1"
    assert not (world / "agreed-edited.json").exists()


def test_a_file_and_typed_edits_together_the_typed_newer(run: Run, world: Path) -> None:
    text = "edits:\n- {edit: pin, need: N1, person: P1, by: Ana, reason: so}\n"
    (world / "edits.yaml").write_text(text, encoding="utf-8")
    asked = ("--edits", "edits.yaml", "--reject", "N1: P1")
    result = run("solve", "awa", "--agreed", "agreed.json", *asked, *QUICK)
    assert result.exit_code == 3
    lines = result.stderr.splitlines()
    assert [line.split(":")[0].strip(" -") for line in lines[1:]] == ["edit 2", "edit 1"]


def test_every_slip_at_once(run: Run, world: Path) -> None:
    asked = ("--pin", "N9: P1", "--move", "N1: P1 > P2", "--give-up", "1%")
    result = run("solve", "awa", "--agreed", "agreed.json", *asked)
    assert result.exit_code == 1
    assert "expected for example" in result.stderr
    result = run("solve", "awa", "--agreed", "agreed.json", "--pin", "N9: P1", "--reject", "N1: P7")
    assert result.exit_code == 1
    assert "2 faults" in result.stderr


def test_a_new_order_says_how_it_can_be_checked(run: Run, world: Path) -> None:
    result = run("solve", "awa", "--agreed", "agreed.json", "--order", "commitments_kept, need_met", *QUICK)
    assert result.exit_code == 0, result.output
    assert "write the new order under policy: goals: in cluster.yaml" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--pin", "N1: P1"), "--agreed proposal.json"),
        (("--agreed", "agreed.json"), "Say what to change"),
        (("--agreed", "agreed.json", "--pin", "N1: P1", "--strategy", "scip"), "--strategy has no effect"),
        (("--agreed", "agreed.json", "--pin", "N1: P1", "--give-up", "lots"), "is no share"),
        (("--agreed", "agreed.json", "--pin", "N1: P1", "--weights", "person=x"), "expected whole numbers"),
    ],
)
def test_bad_usage(run: Run, world: Path, options: tuple[str, ...], message: str) -> None:
    result = run("solve", "awa", *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_weights_change_what_is_proved(run: Run, world: Path) -> None:
    who = served(world / "agreed.json")["N1"]
    asked = ("--reject", f"N1: {who}", "--weights", "person=4, support=0", "--json")
    answer = json.loads(run("solve", "awa", "--agreed", "agreed.json", *asked, *QUICK).stdout)
    assert (answer["weight"], answer["weight_at_least"]) == (4, 4)


def test_the_benchmark_of_edits_writes_its_rows(run: Run, world: Path) -> None:
    limits = ("--time-limit", "3", "--solve-limit", "2", "--draws", "2", "--edits", "1")
    result = run("benchmark", "edits", "awa", *limits, "-o", "edits.json", "--json")
    assert result.exit_code == 0, result.output
    content = json.loads((world / "edits.json").read_text(encoding="utf-8"))
    assert [row["draw"] for row in content["rows"]] == [1, 2]
    assert content["summary"][0]["draws"] == 2
    assert all(row["violations"] == 0 for row in content["rows"] if row["outcome"] == "resolved")
    assert json.loads(result.stdout)["summary"] == content["summary"]
    shown = run("benchmark", "edits", "awa", *limits)
    assert shown.stdout.split()[:3] == ["cluster", "meetings", "resolved"]
