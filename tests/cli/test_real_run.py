"""The program as people run it: a process of its own, the real search, the real checker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "cli.main"]


def environment(**more: str) -> dict[str, str]:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **more}


def program(
    *arguments: str, folder: Path, timeout: float = 60, **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        timeout=timeout,
        encoding="utf-8",
        check=False,
    )


def test_a_coordinators_first_day(tmp_path: Path) -> None:
    """init, validate, solve, check: each exits 0, and what each says next is the next."""
    for arguments in (
        ["init", "my-cluster"],
        ["validate", "my-cluster"],
        ["solve", "my-cluster", "--time-limit", "3", "--csv", "tables"],
        ["check", "my-cluster", "proposal.json"],
    ):
        done = program(*arguments, folder=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "every rule is kept" in done.stdout
    assert (tmp_path / "tables" / "people.csv").exists()


def test_a_real_cluster_fits_one_screen(tmp_path: Path) -> None:
    """Need met, who carries what, travel, what is unmet and the goals of a town: about fifty lines to read aloud."""
    done = program("solve", "urban", "--time-limit", "2", folder=tmp_path)
    lines = done.stdout.splitlines()
    assert 40 <= len(lines) <= 54, done.stdout
    for part in ("NEED MET", "WHO CARRIES WHAT", "Travel: ", "UNMET", "GOALS", "The search ended"):
        assert any(line.startswith(part) for line in lines), part


def test_counted_work_gives_the_same_bytes(tmp_path: Path) -> None:
    """The same input, seed and work limit give the same proposal, twice over."""
    program("init", "c", folder=tmp_path)
    arguments = ["solve", "c", "--work-limit", "1", "--seed", "5", "--json"]
    first, second = (program(*arguments, folder=tmp_path) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["seed"] == 5


def test_a_changed_proposal_is_caught(tmp_path: Path) -> None:
    program("init", "c", folder=tmp_path)
    program("solve", "c", "--time-limit", "2", folder=tmp_path)
    path = tmp_path / "proposal.json"
    answer = json.loads(path.read_text(encoding="utf-8"))
    answer["allocations"][0]["minutes_per_week"] += 1
    path.write_text(json.dumps(answer), encoding="utf-8")
    done = program("check", "c", "proposal.json", folder=tmp_path)
    assert done.returncode == 1
    assert answer["allocations"][0]["need_id"] in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT for another process on Windows")
def test_ctrl_c_keeps_the_best_so_far(tmp_path: Path) -> None:
    """Interrupted once something was found: exit 0, the proposal is written and says so."""
    process = subprocess.Popen(
        [*COMMAND, "solve", "urban", "--time-limit", "300", "--progress"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "found" in line:
            break
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "stopped by hand" in printed
    assert json.loads((tmp_path / "proposal.json").read_text(encoding="utf-8"))["stopped"] == "interrupted"


def test_an_output_that_cannot_hold_macrons_gets_the_macrons(tmp_path: Path) -> None:
    """With an encoding of ASCII only, output is still UTF-8, not a traceback."""
    done = program("validate", "urban", folder=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "Te Kāhui" in done.stdout


def test_colour_is_kept_from_pipes(tmp_path: Path) -> None:
    assert "\x1b" not in program("validate", "urban", folder=tmp_path).stdout


def test_bad_usage_never_shows_a_traceback(tmp_path: Path) -> None:
    for arguments in (["solve"], ["solve", "nowhere"], ["check", "urban"], ["what"]):
        done = program(*arguments, folder=tmp_path)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
