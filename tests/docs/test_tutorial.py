"""The tutorial does what it says: every command typed as written, in order, in one folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, Step
from tests.docs.typed import follow, missing


@pytest.mark.skipif(shutil.which("bash") is None, reason="the tutorial is typed into a Unix shell")
def test_every_command_does_what_is_written_beneath_it(tmp_path: Path) -> None:
    """Quoted lines appear in their order, and a command fails only where its exit code is quoted."""
    assert follow(DOCS / "tutorial.md", tmp_path) > 10


def test_a_line_that_is_not_printed_is_noticed() -> None:
    """Order counts, spacing does not, and figures only where they do not depend on the clock."""
    step = Step("command", ("one  1", "...", "two 2"))
    assert missing(step, "zero\none 1\ntwo   2\n", searched=False) == []
    assert missing(step, "one 1\ntwo 3\n", searched=False) == ["two 2"]
    assert missing(step, "one 9\ntwo 3\n", searched=True) == []
    assert missing(step, "two 2\none 1\n", searched=False) == ["two 2"]
