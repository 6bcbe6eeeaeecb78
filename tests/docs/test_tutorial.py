"""The tutorial does what it says: every command typed as written, in order, in one folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, Step, blocks, steps

ASK_EXIT_CODE = "echo $?"


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """One command as a reader types it; stderr in between stdout, as on a terminal."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
    }
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def comparable(line: str, *, searched: bool) -> str:
    """A line without its spacing and, where a search against the clock made them, without its figures."""
    words = " ".join(line.split())
    return re.sub(r"\d[\d,]*", "#", words) if searched else words


def missing(step: Step, printed: str, *, searched: bool) -> list[str]:
    """The quoted lines that are not printed, in the order quoted; ``...`` stands for any lines."""
    lines = iter([comparable(line, searched=searched) for line in printed.splitlines()])
    quoted = [comparable(line, searched=searched) for line in step.quoted if line.strip() not in ("", "...")]
    return [line for line in quoted if line not in lines]


@pytest.mark.skipif(shutil.which("bash") is None, reason="the tutorial is typed into a Unix shell")
def test_every_command_does_what_is_written_beneath_it(tmp_path: Path) -> None:
    """Quoted lines appear in their order, and a command fails only where its exit code is quoted."""
    typed = [step for block in blocks(DOCS / "tutorial.md", "console") for step in steps(block)]
    assert len(typed) > 10
    for step, following in zip(typed, [*typed[1:], Step("", ())], strict=True):
        if step.command == ASK_EXIT_CODE:
            continue
        done = run(step.command, tmp_path)
        expected = following.quoted[0] if following.command == ASK_EXIT_CODE else "0"
        assert str(done.returncode) == expected, f"$ {step.command}\n{done.stdout}"
        searched = "validate" not in step.command and expected == "0"
        assert missing(step, done.stdout, searched=searched) == [], f"$ {step.command}\n{done.stdout}"


def test_a_line_that_is_not_printed_is_noticed() -> None:
    """Order counts, spacing does not, and figures only where they do not depend on the clock."""
    step = Step("command", ("one  1", "...", "two 2"))
    assert missing(step, "zero\none 1\ntwo   2\n", searched=False) == []
    assert missing(step, "one 1\ntwo 3\n", searched=False) == ["two 2"]
    assert missing(step, "one 9\ntwo 3\n", searched=True) == []
    assert missing(step, "two 2\none 1\n", searched=False) == ["two 2"]
