"""docs/editing.md does what it says: its file is read, its commands print what is quoted, its Python runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from allocator.editing.edits import EDITS
from allocator.editing.reading import read_edits, typed_edits
from allocator.editing.relationships import Kind, Weights
from tests.docs.pages import DOCS, blocks
from tests.docs.typed import follow

PAGE = DOCS / "editing.md"


def table_rows(start: str) -> list[list[str]]:
    """Cells of the lines of the page that start so, without backticks and quotes."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(start)]
    return [[cell.strip().strip("`").strip('"') for cell in line.split("|")[1:-1]] for line in lines]


def test_the_file_is_read_and_has_every_kind(tmp_path: Path) -> None:
    (text,) = blocks(PAGE, "yaml")
    path = tmp_path / "edits.yaml"
    path.write_text(text, encoding="utf-8")
    assert {edit.edit for edit in read_edits(path).edits} == set(EDITS)


def test_every_option_of_the_table_can_be_typed() -> None:
    rows = table_rows("| `--")
    assert {option.removeprefix("--") for option, _, _ in rows} == set(EDITS)
    assert len(typed_edits([(option.removeprefix("--"), text) for option, text, _ in rows]).edits) == len(
        rows
    )


def test_the_table_of_relationships_is_the_one_that_counts() -> None:
    rows = [row for kind in Kind for row in table_rows(f"| `{kind}` |")]
    assert [(row[0], int(row[3])) for row in rows] == [(str(kind), Weights().of(kind)) for kind in Kind]


@pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are typed into a Unix shell")
def test_every_command_does_what_is_written_beneath_it(tmp_path: Path) -> None:
    """Quoted lines appear in their order; figures of a search against the clock may differ."""
    assert follow(PAGE, tmp_path) > 3


def test_the_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks(PAGE, "python")
    names: dict[str, Any] = {}
    exec(compile(code, "editing.md", "exec"), names)
    assert "learner_id" in capsys.readouterr().out
    assert names["made"].at_least <= names["made"].count
