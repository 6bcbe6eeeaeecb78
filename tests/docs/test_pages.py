"""The documents hold together: links resolve, code runs, generated pages are current, nothing is orphaned."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from cli.main import VERBS
from tests.docs.pages import DOCS, PAGES, ROOT, blocks, prose

LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """The addresses of a page's headings, as they are made by the usual Markdown viewers."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_resolves(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def test_the_readme_names_every_verb() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [verb for verb in VERBS if f"allocator {verb}" not in readme] == []


def test_the_readmes_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """As written, and it prints the reasons and the two goals its last lines ask for."""
    (code,) = blocks(ROOT / "README.md", "python")
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "commitments_kept" in printed
    assert "need_met" in printed
    assert names["proposal"].allocations


def test_the_page_of_roles_is_what_the_role_table_makes() -> None:
    """Whoever changes ``roles.yaml`` runs ``make docs``."""
    made = runpy.run_path(str(DOCS / "roles_page.py"))["roles_page"]()
    assert (DOCS / "roles.md").read_text(encoding="utf-8") == made


def test_every_page_is_in_the_navigation_and_nothing_else() -> None:
    settings = YAML(typ="safe").load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    listed = {name for entry in settings["nav"] for name in entry.values()}
    assert listed == {page.name for page in DOCS.glob("*.md")}


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "tutorial.md"], ids=lambda page: page.name)
def test_the_screens_shown_are_filled_in(page: Path) -> None:
    """``make screens`` puts a real screen beneath every mark."""
    text = page.read_text(encoding="utf-8")
    marks = text.count("<!-- screen: ")
    filled = re.findall(r"<!-- screen: [^>]+ -->\n\n```text\n\S", text)
    assert marks == len(filled) > 0


def test_screens_show_the_parts_asked_for_and_say_what_is_left_out() -> None:
    """Neighbours stay together; a gap is marked with three dots."""
    shown = runpy.run_path(str(DOCS / "screens.py"))["shown"]
    parts = ["Proved best.", "NEED MET\nrow", "TRAVEL", "Saved."]
    assert shown(parts, ["head", "NEED MET"]) == "Proved best.\n\nNEED MET\nrow"
    assert shown(parts, ["NEED MET", "end"]) == "NEED MET\nrow\n\n...\n\nSaved."


@pytest.mark.parametrize("old", ["", "old\n\nolder\n"])
def test_a_screen_replaces_its_own_block_only(old: str) -> None:
    """An empty block too; the text and the blocks that follow stay."""
    renewed = runpy.run_path(str(DOCS / "screens.py"))["renewed"]
    mark, after = "<!-- screen: head -->\n\n", "\nwords\n\n```text\nkept\n```\n"
    page = f"{mark}```text\n{old}```\n{after}"
    assert renewed(page, ["Proved best."]) == f"{mark}```text\nProved best.\n```\n{after}"
