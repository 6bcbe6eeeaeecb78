"""docs/whatif.md does what it says: every example applies, every command prints what is quoted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from allocator.io.reader import read_cluster
from allocator.models.world import Cluster
from scenarios import apply_in_turn, question_names, read_one, read_scenarios, ready_made
from scenarios.changes import TYPES
from scenarios.forms import FORMS, option_of
from scenarios.schema import scenario_schema
from tests.docs.pages import DOCS, blocks
from tests.docs.typed import follow

PAGE = DOCS / "whatif.md"


@pytest.fixture(scope="module")
def urban() -> Cluster:
    return read_cluster(ready_made("urban"))


def example(number: int) -> str:
    """A block as a whole scenario."""
    block = blocks(PAGE, "yaml")[number]
    return block if block.startswith("name:") else f"name: example\nchanges:\n{block}"


EXAMPLES = range(len(blocks(PAGE, "yaml")))


@pytest.mark.parametrize("number", EXAMPLES)
def test_every_example_fits_the_schema(number: int) -> None:
    content = json.loads(json.dumps(YAML(typ="safe").load(example(number)), default=str))
    jsonschema.validate(content, scenario_schema())


@pytest.mark.parametrize("number", EXAMPLES)
def test_every_example_applies(urban: Cluster, tmp_path: Path, number: int) -> None:
    text = example(number)
    path = tmp_path / "example.yaml"
    path.write_text(text, encoding="utf-8")
    for scenario in read_scenarios(path):
        assert apply_in_turn(urban, scenario).cluster != urban


def test_every_type_of_change_has_an_example() -> None:
    text = "".join(blocks(PAGE, "yaml"))
    assert [kind for kind in TYPES if f"- change: {kind}\n" not in text] == []


def test_every_option_and_question_is_listed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [kind for kind in FORMS if f"| `{option_of(kind)}` |" not in text] == []
    assert [name for name in question_names() if f"| {name} | `{read_one(name).cluster}` |" not in text] == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are typed into a Unix shell")
def test_every_command_does_what_is_written_beneath_it(tmp_path: Path) -> None:
    """Quoted lines appear in their order; figures of a search against the clock may differ."""
    assert follow(PAGE, tmp_path) > 3


def test_the_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks(PAGE, "python")
    names: dict[str, Any] = {}
    exec(compile(code, "whatif.md", "exec"), names)
    assert "learners" in capsys.readouterr().out
