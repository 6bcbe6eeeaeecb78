"""Put the program's real screen into the README and the tutorial: ``make screens``.

A fenced block that follows ``<!-- screen: head, UNMET, ... -->`` is replaced by those parts of what
``allocator solve urban`` prints now. A part is named by the words it starts with; ``head`` is the first part
and ``end`` the last; what lies between two parts shown and is left out stands as ``...``.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from allocator.io.atomic import write_text

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", ROOT / "docs" / "tutorial.md")
MARKED = re.compile(r"(<!-- screen: (?P<parts>[^>]+) -->\n\n```text\n)(?:(?!```).*\n)*(```\n)")


def screen() -> list[str]:
    """The parts of the screen in order, split at blank lines."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "cli.main", "solve", "urban"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=True, encoding="utf-8")
    return done.stdout.strip("\n").split("\n\n")


def shown(parts: list[str], wanted: list[str]) -> str:
    """The wanted parts as one text, with ``...`` for what is left out between them."""
    places = [_place(parts, name) for name in wanted]
    lines = []
    for before, place in zip([None, *places], places, strict=False):
        if before is not None:
            lines.append("" if place == before + 1 else "\n...\n")
        lines.append(parts[place])
    return "\n".join(lines)


def _place(parts: list[str], name: str) -> int:
    if name in ("head", "end"):
        return 0 if name == "head" else len(parts) - 1
    return next(place for place, part in enumerate(parts) if part.startswith(name))


def renewed(page: str, parts: list[str]) -> str:
    """The page's text with every marked block replaced, and nothing else changed."""
    return MARKED.sub(lambda match: f"{match[1]}{shown(parts, match['parts'].split(', '))}\n{match[3]}", page)


def main() -> None:
    """Solve once and renew every marked block of every page."""
    parts = screen()
    for page in PAGES:
        write_text(page, renewed(page.read_text(encoding="utf-8"), parts))


if __name__ == "__main__":
    main()
