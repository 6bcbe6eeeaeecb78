"""A cluster as a workbook: frozen headers with notes, drop-down lists, formats that keep codes as text."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from allocator.io.cells import CellError, plain_text, spelled, write_cell
from allocator.io.columns import Column, Kind, columns
from allocator.io.files import CODE_COLUMN, REFERENCES, TABLES
from allocator.io.settings_sheets import (
    GOAL_HEADER,
    NONE,
    ROLE_HEADER,
    SETTING_HEADER,
    goal_rows,
    setting_kinds,
    spell_setting,
)
from allocator.io.tables import column_letters
from allocator.models.policy import Goal, Role, Term
from allocator.models.world import Cluster

LAST_ROW = 5_000
"""Drop-down lists and formats reach this far down."""
_LONGEST_LIST = 255  # a spreadsheet's limit for a list typed into the rule itself
_NARROWEST, _WIDEST = 8, 40
_CREATED = datetime(2020, 1, 1)  # fixed, so that the same cluster gives the same bytes

_GOAL_ABOUT = {
    "level": "1 is served first; goals with the same number are added up by weight",
    "goal": "a goal from the list",
    "weight": "whole number; counts only among goals of the same level",
    "tolerance": "share of this level's value that later levels may give up, 0 to 1",
}
_ROLE_ABOUT = {
    "role": "the role's code, as used in staff and supports",
    "used": "no = the cluster does not have this role",
}


class _Book:
    """The workbook being written, with its formats."""

    def __init__(self) -> None:
        import xlsxwriter

        self.buffer = io.BytesIO()
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = xlsxwriter.Workbook(self.buffer, options)
        self.book.set_properties({"created": _CREATED})
        self.head = self.book.add_format({"bold": True, "bg_color": "#DDE8E3", "bottom": 1, "valign": "top"})
        self.code = self.book.add_format({"num_format": "@", "valign": "top"})
        self.text = self.book.add_format({"valign": "top"})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"})

    def sheet(self, name: str, header: Mapping[str, str]) -> Any:
        """A sheet with its header row; ``header`` maps each column to the text of its note."""
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for index, (column, about) in enumerate(header.items()):
            sheet.write_string(0, index, column, self.head)
            if about:
                sheet.write_comment(0, index, about, {"x_scale": 2, "author": "allocator"})
        return sheet

    def format_of(self, column: Column) -> Any:
        if column.kind is Kind.DAY:
            return self.day
        return self.text if column.kind in (Kind.WHOLE, Kind.NUMBER) else self.code

    def put(self, sheet: Any, row: int, index: int, column: Column, value: Any) -> None:
        """One value, as a number or date where the column is one, else as text."""
        text = write_cell(column, value)
        if not text:
            return
        if isinstance(value, date):
            sheet.write_datetime(row, index, datetime(value.year, value.month, value.day), self.day)
        elif column.kind in (Kind.WHOLE, Kind.NUMBER):
            self.number(sheet, row, index, value)
        else:
            sheet.write_string(row, index, text, self.format_of(column))

    def number(self, sheet: Any, row: int, index: int, value: float) -> None:
        """A number; as text in the rare case that it has more digits than a sheet keeps, and would change."""
        if float(f"{value:.16G}") == value:
            sheet.write_number(row, index, value, self.text)
        else:
            sheet.write_string(row, index, repr(value), self.text)


def workbook_bytes(cluster: Cluster, default_roles: Mapping[str, Role]) -> bytes:
    """The ``.xlsx`` file. Settings, roles and the catalogue are written in full, to be seen and edited.

    Raises:
        CellError: a setting that no cell can hold.
    """
    book = _Book()
    _settings(book, "cluster", cluster)
    _terms(book, cluster)
    for spec in TABLES[:2]:
        _table(book, spec.stem, cluster)
    _table(book, "needs", cluster)
    _settings(book, "policy", cluster)
    _goals(book, cluster)
    _roles(book, cluster, default_roles)
    for spec in TABLES[3:]:
        _table(book, spec.stem, cluster)
    book.book.close()
    return book.buffer.getvalue()


def about(column: Column) -> str:
    """The note on a header: what to type, whether it is needed, what a blank cell means."""
    parts = [column.description or column.name.replace("_", " ")]
    parts.append(f"Expected: {column.expected}.")
    if column.required:
        parts.append("Required.")
    elif column.default not in (None, ()):
        parts.append(f"Blank: {spelled(column.default)}.")
    return "\n".join(parts)


def _table(book: _Book, stem: str, cluster: Cluster) -> None:
    spec = next(spec for spec in TABLES if spec.stem == stem)
    known = columns(spec.model)
    sheet = book.sheet(stem, {name: about(column) for name, column in known.items()})
    rows = getattr(cluster, spec.field)
    for index, (name, column) in enumerate(known.items()):
        spellings = [write_cell(column, getattr(row, name)) for row in rows]
        sheet.set_column(index, index, _width(name, spellings), book.format_of(column))
        source = _list_source(stem, name, column)
        if source is not None:
            _drop_down(sheet, index, source)
    for number, row in enumerate(rows, start=1):
        for index, (name, column) in enumerate(known.items()):
            book.put(sheet, number, index, column, getattr(row, name))


def _width(name: str, spellings: list[str]) -> int:
    longest = max((len(text) for text in (name, *spellings)), default=0) + 2
    return min(max(longest, _NARROWEST), _WIDEST)


def _list_source(stem: str, name: str, column: Column) -> Any:
    """The entries of a column's drop-down list; none where a cell may hold several entries."""
    if column.kind is Kind.WORDS:
        return None
    if column.kind is Kind.YES_NO:
        return ["yes", "no"]
    if column.choices:
        return [str(choice) for choice in column.choices]
    target = REFERENCES.get((stem, name))
    return _codes_of(target) if target is not None else None


def _codes_of(target: str) -> str:
    """``=sites!$A$2:$A$5000``: the column of codes of another sheet."""
    models = {spec.stem: list(columns(spec.model)) for spec in TABLES}
    models["terms"] = list(columns(Term))
    models["roles"] = list(ROLE_HEADER)
    letters = column_letters(models[target].index(CODE_COLUMN[target]))
    return f"={target}!${letters}$2:${letters}${LAST_ROW}"


def _drop_down(sheet: Any, index: int, source: Any, first: int = 1, last: int = LAST_ROW) -> None:
    if isinstance(source, list) and len(",".join(source)) > _LONGEST_LIST:
        return
    rule = {
        "validate": "list",
        "source": source,
        "error_title": "Not in the list",
        "error_message": "Please choose an entry from the list.",
    }
    sheet.data_validation(first, index, last, index, rule)


def _settings(book: _Book, name: str, cluster: Cluster) -> None:
    """One setting a row; a table of figures (weights by priority) has a row for each of its keys."""
    sheet = book.sheet(name, dict.fromkeys(SETTING_HEADER, ""))
    root = cluster.policy if name == "policy" else cluster
    row = 0
    for setting, (column, _) in setting_kinds(name).items():
        value: Any = root
        for part in setting.split("."):
            value = getattr(value, part)
        entries = {setting: value}
        if isinstance(value, dict) and value:
            entries = {f"{setting}.{_key(key)}": item for key, item in value.items()}
        for entry, item in entries.items():
            row += 1
            sheet.write_string(row, 0, entry, book.code)
            _put_setting(book, sheet, row, item)
            sheet.write_string(row, 2, column.description, book.text)
            source = _list_source("", "", column)
            if source is not None:
                _drop_down(sheet, 1, source, row, row)
    sheet.set_column(0, 0, 32, book.code)
    sheet.set_column(1, 1, 40, book.text)
    sheet.set_column(2, 2, 80, book.text)


def _key(key: Any) -> str:
    text = str(key)
    if not text or text != plain_text(text):
        raise CellError(
            f"the key `{text}` cannot be written into a sheet: it is blank or has spaces around it"
        )
    return text


def _put_setting(book: _Book, sheet: Any, row: int, value: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        book.number(sheet, row, 1, value)
        return
    sheet.write_string(row, 1, NONE if value == {} else spell_setting(value), book.code)


def _terms(book: _Book, cluster: Cluster) -> None:
    known = columns(Term)
    sheet = book.sheet("terms", {name: about(column) for name, column in known.items()})
    for index, column in enumerate(known.values()):
        sheet.set_column(index, index, 14, book.format_of(column))
        for number, term in enumerate(cluster.terms, start=1):
            book.put(sheet, number, index, column, getattr(term, column.name))


def _goals(book: _Book, cluster: Cluster) -> None:
    sheet = book.sheet("goals", _GOAL_ABOUT)
    sheet.set_column(0, 0, 10, book.text)
    sheet.set_column(1, 1, 24, book.code)
    sheet.set_column(2, 3, 12, book.text)
    for number, values in enumerate(goal_rows(cluster.policy.goals), start=1):
        for index, name in enumerate(GOAL_HEADER):
            value = values[name]
            if isinstance(value, str):
                sheet.write_string(number, index, value, book.code)
            elif value is not None:
                book.number(sheet, number, index, value)
    _drop_down(sheet, 1, [goal.value for goal in Goal])


def _roles(book: _Book, cluster: Cluster, default_roles: Mapping[str, Role]) -> None:
    """The whole role table; a shipped role that the cluster lacks has ``used`` = no."""
    known = columns(Role)
    header = {**_ROLE_ABOUT, **{name: about(column) for name, column in known.items()}}
    sheet = book.sheet("roles", header)
    everyone = {**dict.fromkeys(default_roles), **cluster.roles}
    for number, (role, values) in enumerate(everyone.items(), start=1):
        sheet.write_string(number, 0, role, book.code)
        sheet.write_string(number, 1, "yes" if values is not None else "no", book.code)
        if values is None:
            continue
        shipped = default_roles.get(role)
        for index, (name, column) in enumerate(known.items(), start=len(ROLE_HEADER)):
            value = getattr(values, name)
            if value is None and shipped is not None and getattr(shipped, name) is not None:
                sheet.write_string(number, index, NONE, book.code)
            else:
                book.put(sheet, number, index, column, value)
    for index, name in enumerate(header):
        column_format = book.format_of(known[name]) if name in known else book.code
        sheet.set_column(index, index, 32 if name == "name" else max(len(name) + 2, 10), column_format)
    _drop_down(sheet, 1, ["yes", "no"])
