"""The settings as sheets of a workbook: `cluster`, `terms`, `policy`, `goals` and `roles`.

`cluster` and `policy` have one setting a row (``fairness.by`` | ``site``), the other three one term, goal or
role a row. The rows are folded into the nested data that cluster.yaml gives, and checked by the same code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from allocator.io.cells import CellError, join_words, plain_text, spelled
from allocator.io.columns import Column, Kind, columns, unwrap
from allocator.io.settings import SettingPath, Settings, Spot
from allocator.io.similar import did_you_mean, listed, plain_form
from allocator.io.tables import Findings, Line, Place, Table, is_blank
from allocator.models.policy import Goal, GoalLevel, Policy, Role, Term
from allocator.models.world import ClusterFile

SETTING_SHEETS = ("cluster", "terms", "policy", "goals", "roles")
SETTING_HEADER = ("setting", "value", "about")
GOAL_HEADER = ("level", "goal", "weight", "tolerance")
ROLE_HEADER = ("role", "used")
NONE = "none"
"""Typed for "no entry at all" or "no limit", where a blank cell means the default."""
_BAND = re.compile(r"(-?\d+)\s*(?:to|\.\.|–)\s*(-?\d+)")


@dataclass
class _Folding:
    """Nested data on its way from sheets."""

    findings: Findings
    data: dict[str, Any] = field(default_factory=dict)
    where: dict[SettingPath, Spot] = field(default_factory=dict)

    def put(self, path: SettingPath, value: Any, spot: Spot) -> None:
        block = self.data
        for part in path[:-1]:
            block = block.setdefault(str(part), {})
        block[str(path[-1])] = value
        self.where[path] = spot


def read_setting_sheets(place: Place, tables: dict[str, Table], findings: Findings) -> Settings:
    """The settings of a workbook, with the cell each was typed in."""
    folding = _Folding(findings)
    for sheet, prefix in (("cluster", ()), ("policy", ("policy",))):
        if sheet in tables:
            _fold_settings(folding, tables[sheet], prefix)
    if "terms" in tables:
        folding.data["terms"] = _fold_terms(folding, tables["terms"])
        folding.where[("terms",)] = Spot(tables["terms"].place, 1, 0)
    if "goals" in tables and tables["goals"].lines:
        folding.data.setdefault("policy", {})["goals"] = _fold_goals(folding, tables["goals"])
        folding.where[("policy", "goals")] = Spot(tables["goals"].place, 1, 0)
    if "roles" in tables:
        folding.data["roles"] = _fold_roles(folding, tables["roles"])
    return Settings(folding.data, folding.where, place)


def setting_kinds(sheet: str) -> dict[str, tuple[Column, Any]]:
    """Every setting of the sheet by dotted name, with its column and core type."""
    if sheet == "policy":
        return _kinds(Policy, "", {"goals"})
    return _kinds(ClusterFile, "", {"terms", "policy", "roles"})


def _kinds(model: type[BaseModel], prefix: str, left_out: set[str]) -> dict[str, tuple[Column, Any]]:
    found: dict[str, tuple[Column, Any]] = {}
    for name, column in columns(model).items():
        core = unwrap(model.model_fields[name].annotation)[0]
        if name in left_out:
            continue
        if isinstance(core, type) and issubclass(core, BaseModel):
            found |= _kinds(core, f"{prefix}{name}.", set())
        else:
            found[prefix + name] = (column, core)
    return found


def _fold_settings(folding: _Folding, table: Table, prefix: tuple[str, ...]) -> None:
    kinds = setting_kinds("policy" if prefix else "cluster")
    seen: set[str] = set()
    heads = _heads(table, SETTING_HEADER, SETTING_HEADER[:2], folding.findings)
    if heads is None:
        return
    for line in table.lines:
        name = _text(folding, table, line, heads["setting"])
        raw = _cell(line, heads["value"])
        spot = Spot(table.place, line.number, heads["value"])
        if not name:
            if not is_blank(raw):
                folding.findings.faults.append(
                    table.place.fault("a value without a setting's name", row=line.number)
                )
            continue
        base, key = _split_name(name, kinds)
        if base is None:
            message = (
                f"unknown setting `{name[:60]}`{did_you_mean(name, kinds) or '; known: ' + listed(kinds)}"
            )
            folding.findings.faults.append(
                table.place.fault(message, row=line.number, index=heads["setting"])
            )
        elif name in seen:
            message = f"the setting `{name}` appears twice"
            folding.findings.faults.append(
                table.place.fault(message, row=line.number, index=heads["setting"])
            )
        elif not is_blank(raw):
            seen.add(name)
            core, path = kinds[base][1], (*prefix, *base.split("."))
            try:
                folding.put(*_folded(path, key, core, plain_text(raw)), spot)
            except CellError as error:
                folding.findings.faults.append(
                    table.place.fault(
                        str(error), row=line.number, index=heads["value"], column=name, found=raw
                    )
                )


def _split_name(name: str, kinds: dict[str, tuple[Column, Any]]) -> tuple[str | None, str | None]:
    """``priority_weights.1`` -> (``priority_weights``, ``1``); an ordinary setting has no key."""
    for base, (_, core) in kinds.items():
        if name.lower() == base:
            return base, None
        if get_origin(core) is dict and name.lower().startswith(f"{base}.") and len(name) > len(base) + 1:
            return base, name[len(base) + 1 :]
    return None, None


def _folded(path: SettingPath, key: str | None, core: Any, text: str) -> tuple[SettingPath, Any]:
    """Where the value goes and what the YAML would have held.

    Raises:
        CellError: a table of figures on one row.
    """
    if get_origin(core) is not dict:
        return path, _value(core, text)
    if key is not None:
        return (*path, key), _value(get_args(core)[1], text)
    if text.lower() == NONE:
        return path, {}
    raise CellError(f"write one row for each entry, for example `{path[-1]}.1`, or `{NONE}`")


def _value(core: Any, text: str) -> Any:
    """A cell of a settings sheet as what the YAML would have held."""
    if get_origin(core) is not tuple:
        return text
    if text.lower() == NONE:
        return []
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if get_origin(get_args(core)[0]) is tuple:
        bands = [_BAND.fullmatch(part) for part in parts]
        return [list(band.groups()) if band else part for band, part in zip(bands, parts, strict=True)]
    return parts


def spell_setting(value: Any) -> str:
    """The inverse of ``_value``: ``((-5, 0), (1, 3))`` -> ``-5 to 0; 1 to 3``."""
    if not isinstance(value, tuple):
        return spelled(value)
    if not value:
        return NONE
    if isinstance(value[0], tuple):
        return "; ".join(f"{low} to {high}" for low, high in value)
    words = tuple(spelled(item) for item in value)
    if words == (NONE,):
        raise CellError(f"a list whose only entry is `{NONE}` cannot be told from an empty one")
    return join_words(words)


def _fold_terms(folding: _Folding, table: Table) -> list[dict[str, Any]]:
    known = columns(Term)
    heads = _heads(
        table, tuple(known), [n for n, column in known.items() if column.required], folding.findings
    )
    terms: list[dict[str, Any]] = []
    if heads is None:
        return terms
    for line in table.lines:
        folding.where[("terms", len(terms))] = Spot(table.place, line.number, 0)
        term: dict[str, Any] = {}
        for name, index in heads.items():
            folding.where[("terms", len(terms), name)] = Spot(table.place, line.number, index)
            text = _text(folding, table, line, index, dates=known[name].kind is Kind.DAY)
            if text:
                term[name] = text
        terms.append(term)
    return terms


def _fold_goals(folding: _Folding, table: Table) -> list[dict[str, Any]]:
    """Rows with the same level are one level, in order of the number; those without come last, each alone."""
    heads = _heads(table, GOAL_HEADER, ("goal",), folding.findings) or {}
    levels: dict[tuple[float, int], list[tuple[Line, dict[str, str]]]] = {}
    for line in table.lines if heads else ():
        cells = {name: _text(folding, table, line, index) for name, index in heads.items()}
        number = cells.get("level", "")
        if number and not re.fullmatch(r"\d{1,6}", number):
            fault = table.place.fault(
                "expected a whole number", row=line.number, index=heads["level"], column="level", found=number
            )
            folding.findings.faults.append(fault)
        key = (float(number), 0) if number.isdecimal() else (float("inf"), line.number)
        levels.setdefault(key, []).append((line, cells))
    goals: list[dict[str, Any]] = []
    for position, key in enumerate(sorted(levels)):
        goals.append(_level(folding, table, heads, position, levels[key]))
    return goals


def _level(
    folding: _Folding,
    table: Table,
    heads: dict[str, int],
    position: int,
    rows: list[tuple[Line, dict[str, str]]],
) -> dict[str, Any]:
    path: SettingPath = ("policy", "goals", position)
    level: dict[str, Any] = {"goals": {}}
    folding.where[path] = Spot(table.place, rows[0][0].number, heads["goal"])
    for line, cells in rows:
        name = plain_form(cells["goal"])
        spot = Spot(table.place, line.number, heads["goal"])
        if name in level["goals"]:
            folding.findings.faults.append(
                table.place.fault(f"the goal {name} appears twice", row=line.number, index=heads["goal"])
            )
        level["goals"][name] = cells.get("weight") or "1"
        folding.where[(*path, "goals", name)] = spot
        tolerance = cells.get("tolerance")
        if tolerance and level.setdefault("tolerance", tolerance) != tolerance:
            message = "the goals of one level share one tolerance"
            folding.findings.faults.append(
                table.place.fault(message, row=line.number, index=heads["tolerance"], found=tolerance)
            )
        if tolerance:
            folding.where[(*path, "tolerance")] = Spot(table.place, line.number, heads["tolerance"])
    return level


def _fold_roles(folding: _Folding, table: Table) -> dict[str, Any]:
    known = tuple(Role.model_fields)
    heads = _heads(table, (*ROLE_HEADER, *known), ("role",), folding.findings)
    roles: dict[str, Any] = {}
    if heads is None:
        return roles
    for line in table.lines:
        role = _text(folding, table, line, heads["role"])
        if not role or role in roles:
            message = f"the role `{role}` appears twice" if role else "expected a role's code"
            folding.findings.faults.append(
                table.place.fault(message, row=line.number, index=heads["role"], column="role")
            )
            continue
        folding.where[("roles", role)] = Spot(table.place, line.number, heads["role"])
        used = _text(folding, table, line, heads["used"]).lower() if "used" in heads else "yes"
        if used not in ("", "yes", "no"):
            folding.findings.faults.append(
                table.place.fault("expected yes or no", row=line.number, index=heads["used"], found=used)
            )
        roles[role] = None if used == "no" else _role(folding, table, line, heads, role)
    return roles


def _role(folding: _Folding, table: Table, line: Line, heads: dict[str, int], role: str) -> dict[str, Any]:
    override: dict[str, Any] = {}
    for name, column in columns(Role).items():
        if name not in heads:
            continue
        text = _text(folding, table, line, heads[name])
        folding.where[("roles", role, name)] = Spot(table.place, line.number, heads[name])
        if text:
            override[name] = None if column.optional and text.lower() == NONE else text
    return override


def _heads(table: Table, known: tuple[str, ...], required: Any, findings: Findings) -> dict[str, int] | None:
    """Column name -> position in a settings sheet; ``None`` and a fault if one that is needed is missing."""
    if table.header is None:
        findings.faults.append(
            table.place.fault(f"there is no header row; expected the columns {listed(known)}")
        )
        return None
    heads: dict[str, int] = {}
    whole = True
    for index, cell in enumerate(table.header.cells):
        name = plain_form(str(cell))
        if name in known and name in heads:
            findings.faults.append(
                table.place.fault(f"column `{name}` appears twice", row=table.header.number, index=index)
            )
        elif name in known:
            heads[name] = index
        elif name:
            findings.notes.append(
                f"{table.place}: column `{name[:40]}` is not known and was ignored{did_you_mean(name, known)}"
            )
    for name in required:
        if name not in heads:
            findings.faults.append(
                table.place.fault(
                    f"required column `{name}` is missing", row=table.header.number, column=name
                )
            )
            whole = False
    return heads if whole else None


def _cell(line: Line, index: int) -> Any:
    return line.cells[index] if index < len(line.cells) else ""


def _text(folding: _Folding, table: Table, line: Line, index: int, dates: bool = False) -> str:
    """The cell as text; in a column of dates a bare number is refused, elsewhere a date is."""
    raw = _cell(line, index)
    try:
        if dates and isinstance(raw, float):
            raise CellError("expected a date such as 2027-02-01 or 01/02/2027; format the cell as a date")
        if not dates and hasattr(raw, "isoformat"):
            raise CellError("the spreadsheet has made a date of this; format the cell as text")
        return plain_text(raw)
    except CellError as error:
        folding.findings.faults.append(table.place.fault(str(error), row=line.number, index=index, found=raw))
        return ""


def goal_rows(goals: tuple[GoalLevel, ...]) -> list[dict[str, Any]]:
    """The order of goals as rows of the sheet `goals`, ``tolerance`` on the first row of each level."""
    rows: list[dict[str, Any]] = []
    for number, level in enumerate(goals, start=1):
        for position, (goal, weight) in enumerate(level.goals.items()):
            tolerance = level.tolerance if position == 0 else None
            rows.append({"level": number, "goal": Goal(goal).value, "weight": weight, "tolerance": tolerance})
    return rows
