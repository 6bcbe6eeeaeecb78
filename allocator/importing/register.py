"""A register export to needs: identifiers become keyed hashes, identifying columns are refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from allocator.errors import Fault, InputError
from allocator.importing.keys import code
from allocator.importing.mapping import REQUIRED, RegisterMapping, Target, built_in_mapping
from allocator.importing.source import cell_text, read_source
from allocator.io.headers import personal
from allocator.io.similar import did_you_mean, listed, plain_form
from allocator.io.tables import Line, Table
from allocator.models.world import Need, Site

_HASHED: tuple[Target, ...] = ("learner_id", "need_id")
_LISTS: tuple[Target, ...] = ("funding", "groups", "supports")
_YEAR = re.compile(r"^(?:y(?:ea)?r?\.?\s*)?(-?\d{1,2})$", re.IGNORECASE)
_NUMBER = "a National Student Number"


def import_register(
    path: Path | str,
    mapping: RegisterMapping | None,
    key: bytes,
    *,
    sites: Sequence[Site] = (),
    notes: list[str] | None = None,
) -> list[Need]:
    """The needs in a register export (CSV, or the first sheet of a workbook), in file order.

    Args:
        path: the export.
        mapping: headers and words; ``None`` for the built-in one.
        key: of the hashes, see :func:`allocator.importing.keys.load_key`.
        sites: where given, a learning centre must be one of them, by code or name.
        notes: receives what was noticed: columns left out, rows without a learner's code.

    Raises:
        InputError: all faults at once: columns that identify a learner (their cells are never looked at),
            columns missing, words without a meaning, learning centres not known.
    """
    rules = mapping or built_in_mapping()
    table = read_source(Path(path), (header for headers in rules.columns.values() for header in headers))
    told: list[str] = [] if notes is None else notes
    columns = _columns(table, rules, told)
    reader = _Reader(table, rules, columns, key, _site_codes(rules, sites))
    needs = [need for line in table.lines if (need := reader.need(line)) is not None]
    if reader.faults:
        raise InputError(reader.faults)
    if "learner_id" not in columns:
        told.append(
            f"{table.place}: no column holds a learner's code, so each row counts as a learner of its own"
        )
    return needs


def _columns(table: Table, rules: RegisterMapping, told: list[str]) -> dict[Target, int]:
    """Column of needs.csv -> position; identifying and missing columns are faults before any cell is read."""
    header = table.header
    cells = [] if header is None else [str(cell).strip() for cell in header.cells]
    row = 1 if header is None else header.number
    found: dict[Target, int] = {}
    for target, headers in rules.columns.items():
        forms = [plain_form(name) for name in headers]
        index = next(
            (index for form in forms for index, cell in enumerate(cells) if plain_form(cell) == form), None
        )
        if index is not None:
            found[target] = index
    faults: list[Fault] = []
    extra: list[str] = []
    taken = set(found.values())
    ignored = {plain_form(name) for name in rules.ignored}
    for index, cell in enumerate(cells):
        what = _betrays(cell, next((name for name, at in found.items() if at == index), None))
        if what is not None:
            message = f"this column looks as if it held {what}; delete it: the register holds codes only"
            faults.append(table.place.fault(message, row=row, index=index, column=cell[:40]))
        elif index not in taken and cell and plain_form(cell) not in ignored:
            extra.append(f"{table.place}: column `{cell[:40]}` is not in the mapping and was left out")
    for target in REQUIRED:
        if target not in found and target not in rules.defaults:
            expected = " or ".join(f"`{name}`" for name in rules.columns.get(target, ()))
            faults.append(table.place.fault(f"a column {expected} is needed for {target}", row=row))
    if faults:
        # without the notes: where the header row is missing, they would repeat cells
        raise InputError(faults)
    told += extra
    return found


def _betrays(header: str, target: Target | None) -> str | None:
    """What of a learner a column betrays; a number to be hashed and a learning centre's name do not."""
    what = personal(header, None) if header else None
    if (what == _NUMBER and target == "learner_id") or (what == "a name" and target == "site_id"):
        return None
    return what


def _site_codes(rules: RegisterMapping, sites: Sequence[Site]) -> dict[str, str]:
    codes = {plain_form(site.name): site.site_id for site in sites} | {
        plain_form(site.site_id): site.site_id for site in sites
    }
    return codes | rules.sites


@dataclass
class _Reader:
    """Turns rows into needs and collects what is wrong with them."""

    table: Table
    rules: RegisterMapping
    columns: Mapping[Target, int]
    key: bytes
    site_codes: Mapping[str, str]

    def __post_init__(self) -> None:
        self.faults: list[Fault] = []
        self._codes: set[str] = set()

    def need(self, line: Line) -> Need | None:
        """The need of one row, or ``None`` and faults."""
        before = len(self.faults)
        targets = dict.fromkeys([*self.columns, *self.rules.defaults])
        cells = {target: self._value(target, line) for target in targets if target not in _HASHED}
        values: dict[str, Any] = {target: value for target, value in cells.items() if value not in (None, "")}
        for target in REQUIRED:
            if not cell_text(line, self.columns.get(target)) and target not in self.rules.defaults:
                self._fault(line, target, "must not be blank")
        if len(self.faults) > before:
            return None
        values |= self._identity(line, system=values.get("area_of_need") == "system")
        if len(self.faults) > before:
            return None
        try:
            return Need.model_validate(values)
        except ValidationError as error:
            for item in error.errors():
                target = cast(Target, item["loc"][0] if item["loc"] else "need_id")
                self._fault(line, target, str(item["msg"]).removeprefix("Value error, "))
            return None

    def _identity(self, line: Line, *, system: bool) -> dict[str, Any]:
        """Keyed hashes in place of identifiers; the row's position where the export has none."""
        learner = cell_text(line, self.columns.get("learner_id"))
        record = cell_text(line, self.columns.get("need_id"))
        if not learner and "learner_id" not in self.columns:
            learner = f"row {line.number}"
        need_id = "N-" + code(self.key, "need", record) if record else f"N{line.number:05d}"
        if need_id in self._codes:
            self._fault(line, "need_id", "the code is on another row already")
        self._codes.add(need_id)
        if system:
            return {"need_id": need_id}
        if not learner:
            self._fault(line, "learner_id", "a learner's code is needed, except for system needs")
        return {"need_id": need_id, "learner_id": "L-" + code(self.key, "learner", learner)}

    def _value(self, target: Target, line: Line) -> Any:
        text = cell_text(line, self.columns.get(target))
        if not text:
            return self._typed(target, self.rules.defaults.get(target, ""), line)
        if target == "site_id":
            return self._site(text, line)
        meanings = self.rules.values.get(target)
        if target in _LISTS:
            return self._words(target, text, meanings, line)
        if meanings is not None and plain_form(text) in meanings:
            return self._typed(target, meanings[plain_form(text)], line)
        year = _YEAR.match(text) if target == "year_level" else None
        if meanings is not None and year is None:
            extra = " or a year such as `Year 5`" if target == "year_level" else ""
            self._fault(
                line,
                target,
                f"this word has no meaning in the mapping; it knows {_known(meanings)}{extra}",
                text,
            )
            return None
        return self._typed(target, year.group(1) if year else text, line)

    def _words(
        self, target: Target, text: str, meanings: Mapping[str, str] | None, line: Line
    ) -> tuple[str, ...]:
        whole = plain_form(text)
        parts = (
            [text]
            if meanings is not None and whole in meanings
            else [part.strip() for part in re.split(r"[;,|/]", text) if part.strip()]
        )
        words: list[str] = []
        for part in parts:
            if meanings is None:
                words.append(part)
            elif plain_form(part) in meanings:
                words += [word for word in meanings[plain_form(part)].split(";") if word]
            else:
                self._fault(
                    line,
                    target,
                    f"this word has no meaning in the mapping; it knows {_known(meanings)}",
                    part,
                )
        return tuple(dict.fromkeys(words))

    def _site(self, text: str, line: Line) -> str | None:
        found = self.site_codes.get(plain_form(text))
        if found is not None or not self.site_codes:
            return found or text
        self._fault(
            line,
            "site_id",
            f"this learning centre is not one of the sites{did_you_mean(text, self.site_codes)}",
            text,
        )
        return None

    def _typed(self, target: Target, text: str, line: Line) -> Any:
        if not text:
            return None
        if target in _LISTS:
            return tuple(word for word in text.split(";") if word)
        if target not in ("tier", "priority", "year_level", "weeks", "hours_per_week"):
            return text
        try:
            return float(text) if target == "hours_per_week" else int(text)
        except ValueError:
            self._fault(line, target, "expected a number", text)
            return None

    def _fault(self, line: Line, target: Target, message: str, found: str | None = None) -> None:
        index = self.columns.get(target)
        header = self.table.header
        name = target if index is None or header is None else str(header.cells[index]).strip()
        self.faults.append(
            self.table.place.fault(message, row=line.number, index=index, column=name, found=found)
        )


def _known(meanings: Mapping[str, str]) -> str:
    return listed(f"`{word.replace('_', ' ')}`" for word in meanings)
