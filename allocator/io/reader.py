"""A cluster from a folder of plain files or from one workbook: right, or refused with every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from allocator.errors import Fault, InputError
from allocator.io.columns import columns
from allocator.io.csv_table import read_csv
from allocator.io.decoding import decode, read_bytes
from allocator.io.defaults import default_roles, default_supports
from allocator.io.files import SETTINGS_FILE, TABLES, FileSpec
from allocator.io.references import World, check_references
from allocator.io.rows import Rows, read_rows
from allocator.io.settings import Settings, read_settings
from allocator.io.settings_sheets import SETTING_SHEETS, read_setting_sheets
from allocator.io.similar import closest
from allocator.io.tables import Findings, Place, Table, printable
from allocator.io.workbook import read_workbook
from allocator.io.yaml_tree import read_yaml
from allocator.models.policy import Role
from allocator.models.world import Cluster, Support

WORKBOOK_SUFFIX = ".xlsx"


@dataclass
class _Source:
    """What a folder or a workbook holds, before the rows are looked at."""

    settings: Settings | None
    tables: dict[str, Table]


def read_cluster(
    path: Path | str,
    *,
    roles: Mapping[str, Role] | None = None,
    supports: tuple[Support, ...] | None = None,
) -> Cluster:
    """The cluster in a folder or an ``.xlsx`` workbook.

    ``roles`` and ``supports`` stand in for the role table and the catalogue that ship with the package:
    overrides are merged over the first, the second is used where the cluster brings no supports of its own.
    What was noticed and gone on with, such as an ignored column, is in the result's ``notes``.

    Raises:
        InputError: every fault of every file, each with file, line or cell, column, found and expected.
    """
    path = Path(path)
    findings = Findings()
    source = _open(path, findings)
    if source is None:
        raise InputError(findings.faults)
    catalogue = default_supports() if supports is None else supports
    file = None
    if source.settings is not None:
        file = read_settings(source.settings, default_roles() if roles is None else roles, findings)
    tables = {
        spec.stem: read_rows(spec, source.tables[spec.stem], findings)
        for spec in TABLES
        if spec.stem in source.tables
    }
    if "supports" in tables:
        catalogue = tuple(placed.row for placed in tables["supports"].placed)
        if not catalogue:
            findings.notes.append(
                f"{tables['supports'].place}: there is no support in it, and so none can be given"
            )
    settings = source.settings or Settings({}, {}, Place(path.name))
    check_references(World(settings, file, tables, catalogue), findings)
    if "sites" in tables and tables["sites"].readable and not tables["sites"].codes:
        findings.faults.append(tables["sites"].place.fault("a cluster needs at least one site"))
    if findings.faults or file is None:
        raise InputError(_in_order(findings.faults))
    return _assemble(path, file, tables, catalogue, findings)


def _assemble(
    path: Path, file: Any, tables: dict[str, Rows[Any]], catalogue: tuple[Support, ...], findings: Findings
) -> Cluster:
    given = {
        spec.field: tuple(placed.row for placed in tables[spec.stem].placed)
        for spec in TABLES
        if spec.stem in tables
    }
    content = {name: getattr(file, name) for name in type(file).model_fields}
    try:
        cluster = Cluster(**{**content, "supports": catalogue, **given})
    except ValidationError as error:  # the checks above leave nothing for it, unless the models gain a rule
        raise InputError(Fault(path.name, str(item["msg"])) for item in error.errors()) from None
    cluster._notes = tuple(printable(note) for note in findings.notes)
    return cluster


def _open(path: Path, findings: Findings) -> _Source | None:
    try:
        if path.is_dir():
            return _open_folder(path, findings)
        if not path.exists():
            message = "there is no such folder or workbook"
        elif path.suffix.lower() == WORKBOOK_SUFFIX:
            return _open_workbook(path, findings)
        else:
            message = "expected a folder with cluster.yaml, or a workbook whose name ends in .xlsx"
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        message = f"cannot be read: {error}"
    findings.faults.append(Fault(path.name or str(path), message))
    return None


def _open_folder(folder: Path, findings: Findings) -> _Source:
    present = {item.name.lower(): item for item in sorted(folder.iterdir(), reverse=True) if item.is_file()}
    settings: Settings | None = None
    tables: dict[str, Table] = {}
    text = _read_text(present, SETTINGS_FILE, True, findings)
    if text is not None:
        settings = read_yaml(Place(SETTINGS_FILE), text, findings)
    for spec in TABLES:
        text = _read_text(present, spec.file, spec.required, findings)
        if text is not None:
            tables[spec.stem] = read_csv(Place(spec.file), text, columns(spec.model), findings)
    known = {SETTINGS_FILE, *(spec.file for spec in TABLES)}
    for name in sorted(set(present) - known):
        if name.endswith((".csv", ".yaml", ".yml")):
            what = "this file is not one of a cluster's and was ignored"
            findings.notes.append(f"{present[name].name}: {what}{_nearest(name, known)}")
    return _Source(settings, tables)


def _read_text(present: dict[str, Path], name: str, required: bool, findings: Findings) -> str | None:
    place = Place(name)
    if name not in present:
        if required:
            near = _nearest(name, [other for other in present if other not in _KNOWN_FILES])
            findings.faults.append(place.fault(f"the file is missing{near}"))
        return None
    data = read_bytes(present[name], place, findings)
    return decode(data, place, findings) if data is not None else None


_KNOWN_FILES = {SETTINGS_FILE, *(spec.file for spec in TABLES)}


def _nearest(name: str, options: Any) -> str:
    found = closest(name, options)
    return "" if found is None else f" - is it `{found}`?"


def _open_workbook(path: Path, findings: Findings) -> _Source | None:
    place = Place(path.name)
    data = read_bytes(path, place, findings)
    sheets = read_workbook(path.name, data, findings) if data is not None else None
    if sheets is None:
        return None
    known = (*SETTING_SHEETS, *(spec.stem for spec in TABLES))
    for name, table in sheets.items():
        if name not in known:
            findings.notes.append(
                f"{table.place}: the sheet is not one of a cluster's and was ignored{_nearest(name, known)}"
            )
    for name in ("cluster", "terms", *(spec.stem for spec in TABLES if spec.required)):
        if name not in sheets:
            near = _nearest(name, [other for other in sheets if other not in known])
            findings.faults.append(place.fault(f"the sheet `{name}` is missing{near}"))
    settings = read_setting_sheets(place, sheets, findings)
    return _Source(settings, {spec.stem: sheets[spec.stem] for spec in TABLES if _is_used(spec, sheets)})


def _is_used(spec: FileSpec, sheets: dict[str, Table]) -> bool:
    """An optional sheet without a header is as good as no sheet."""
    table = sheets.get(spec.stem)
    return table is not None and (spec.required or table.header is not None)


def _in_order(faults: list[Fault]) -> list[Fault]:
    """By file as listed in the documents, then by line; each once."""
    order = {
        name: number
        for number, name in enumerate((SETTINGS_FILE, *SETTING_SHEETS, *(spec.file for spec in TABLES)))
    }
    stems = {spec.stem: order[spec.file] for spec in TABLES}

    def rank(fault: Fault) -> tuple[int, int]:
        sheet = (fault.cell or "").partition("!")[0].lower()
        return (order.get(fault.file, order.get(sheet, stems.get(sheet, 0))), fault.row or 0)

    return sorted(dict.fromkeys(faults), key=rank)
