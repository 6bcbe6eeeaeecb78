"""A page's commands typed as written, in order, in one folder, and what they print set against what is quoted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, Step, blocks, steps

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


def follow(page: Path, folder: Path) -> int:
    """Type every command of a page; how many there are.

    Quoted lines must appear in their order, and a command may fail only where its exit code is quoted. Figures of a
    search against the clock may differ; those of ``validate`` and of errors may not.
    """
    typed = [step for block in blocks(page, "console") for step in steps(block)]
    for step, following in zip(typed, [*typed[1:], Step("", ())], strict=True):
        if step.command == ASK_EXIT_CODE:
            continue
        done = run(step.command, folder)
        expected = following.quoted[0] if following.command == ASK_EXIT_CODE else "0"
        assert str(done.returncode) == expected, f"$ {step.command}\n{done.stdout}"
        searched = "validate" not in step.command and expected == "0"
        assert missing(step, done.stdout, searched=searched) == [], f"$ {step.command}\n{done.stdout}"
    return len(typed)
