"""Edits files: YAML to checked edits, every fault with its line; and edits typed as options of a command."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from allocator.editing.edits import EDITS, AnyEdit, EditsFile
from allocator.errors import Fault, InputError
from allocator.io.decoding import decode, read_bytes
from allocator.io.phrases import sentence, unknown_key
from allocator.io.settings import SettingPath, Settings
from allocator.io.similar import did_you_mean
from allocator.io.tables import Findings, Place, shown
from allocator.io.yaml_tree import read_yaml
from scenarios.changes.base import Where

_ARROW = re.compile(r"\s*(?:->|→|=>)\s*")
_NOT_SAID = "not said"
EXAMPLES = {
    "pin": "N0123: RTLB-03",
    "reject": "N0123: SLT-01",
    "move": "N0123: RTLB-01 -> RTLB-02",
    "order": "commitments_kept, fairness, need_met",
}
"""How each kind of edit is typed on one line."""


@dataclass(frozen=True)
class Listed:
    """Edits, oldest first, and where each was typed."""

    edits: tuple[AnyEdit, ...]
    places: tuple[Where, ...]

    def plus(self, other: Listed) -> Listed:
        """These edits, and others that are newer."""
        return Listed(self.edits + other.edits, self.places + other.places)


def read_edits(path: Path) -> Listed:
    """The edits in a file.

    Raises:
        InputError: every fault of the file, with line, key, what was found and what was expected.
    """
    place, findings = Place(path.name), Findings()
    data = read_bytes(path, place, findings)
    text = None if data is None else decode(data, place, findings)
    tree = None if text is None else read_yaml(place, text, findings)
    if tree is None or findings.faults:
        raise InputError(findings.faults)
    return _checked(tree)


def _checked(tree: Settings) -> Listed:
    try:
        content = EditsFile.model_validate(tree.data)
    except ValidationError as error:
        raise InputError(dict.fromkeys(_fault(tree, item) for item in error.errors())) from None
    if not content.edits:
        raise InputError([tree.fault(("edits",), "expected at least 1 entry")])
    places = tuple(_where(tree, ("edits", index)) for index in range(len(content.edits)))
    return Listed(content.edits, places)


def _where(tree: Settings, path: SettingPath) -> Where:
    lines = {key[len(path) :]: spot.row for key, spot in tree.where.items() if key[: len(path)] == path}
    return Where(tree.place.file, lines)


def _fault(tree: Settings, item: Any) -> Fault:
    path, kind, value = _path(item["loc"]), item["type"], item["input"]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        typed = value.get("edit") if isinstance(value, dict) else value
        if typed is None:
            return tree.fault(path, "an edit needs its kind, for example `edit: pin`")
        near = did_you_mean(str(typed), EDITS) or f"; known: {', '.join(EDITS)}"
        return tree.fault((*path, "edit"), f"there is no such kind of edit{near}", typed)
    if kind == "extra_forbidden":
        return tree.fault(path, unknown_key(str(path[-1]), _known_keys(tree.data, path)))
    found = value if isinstance(value, str | int | float) else None
    return tree.fault(path, sentence(item, None), shown(found))


def _path(loc: tuple[str | int, ...]) -> SettingPath:
    """The path of an error without the kind of the edit, which the model puts into it."""
    if len(loc) > 2 and loc[0] == "edits" and loc[2] in EDITS:
        loc = (*loc[:2], *loc[3:])
    return tuple(loc)


def _known_keys(data: Any, path: SettingPath) -> Sequence[str]:
    if len(path) < 2 or not isinstance(path[1], int):
        return tuple(EditsFile.model_fields)
    kind = str(data["edits"][path[1]].get("edit"))
    return tuple(EDITS[kind].model_fields) if kind in EDITS else ()


# --- typed --------------------------------------------------------------------------------------------


def typed_edits(typed: Sequence[tuple[str, str]], by: str | None = None, reason: str | None = None) -> Listed:
    """Edits typed as (kind, text), in the order given; who asks and why are the same for all.

    Raises:
        InputError: every text that cannot be read, with the option it was given to.
    """
    faults: list[Fault] = []
    edits: list[AnyEdit] = []
    said = {"by": by or _NOT_SAID, "reason": reason or _NOT_SAID}
    for kind, text in typed:
        keys = _keys(kind, text)
        if keys is None:
            faults.append(Fault(f"--{kind}", f"expected for example {EXAMPLES[kind]!r}", found=shown(text)))
            continue
        try:
            (edit,) = EditsFile.model_validate({"edits": [{"edit": kind, **keys, **said}]}).edits
            edits.append(edit)
        except ValidationError as error:
            faults += [Fault(f"--{kind}", sentence(item, None), found=shown(text)) for item in error.errors()]
    if faults:
        raise InputError(faults)
    return Listed(tuple(edits), tuple(Where(f"--{kind}") for kind, _ in typed))


def _keys(kind: str, text: str) -> dict[str, Any] | None:
    """The keys of a typed edit; None where it has not the form."""
    if kind == "order":
        levels = [_level(part) for part in text.split(",")]
        return None if None in levels else {"goals": levels}
    what, colon, whom = (part.strip() for part in text.partition(":"))
    if not (what and colon and whom):
        return None
    return _moved(what, whom) if kind == "move" else _paired(kind, what, whom)


def _moved(need: str, ways: str) -> dict[str, Any] | None:
    before, *after = _ARROW.split(ways)
    if not before or len(after) != 1 or not after[0]:
        return None
    return {"need": need, "from_person": before, "to_person": after[0]}


def _paired(kind: str, what: str, whom: str) -> dict[str, Any]:
    """A need (or ``site NAME``) and a person (or ``support NAME``, ``group NAME``)."""
    first, _, rest = what.partition(" ")
    if kind == "pin" and first.lower() == "site" and rest.strip():
        return {"site": rest.strip(), "person": whom}
    word, _, name = whom.partition(" ")
    other = "support" if kind == "pin" else "group"
    if word.lower() == other and name.strip():
        return {"need": what, other: name.strip()}
    return {"need": what, "person": whom}


def _level(text: str) -> str | dict[str, Any] | None:
    """``travel``; or ``need_met 2 + reach 1`` as a level with weights."""
    goals: dict[str, str] = {}
    parts = text.split("+")
    for part in parts:
        words = part.split()
        if not words or len(words) > 2:
            return None
        goals[words[0]] = words[1] if len(words) == 2 else "1"
    if len(parts) == 1 and goals == {parts[0].strip(): "1"}:
        return next(iter(goals))
    return {"goals": goals}
