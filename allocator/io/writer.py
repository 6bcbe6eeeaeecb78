"""A cluster to a folder of plain files or to one workbook, spelled so that reading gives it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from allocator.errors import Fault, InputError
from allocator.io.atomic import write_bytes, write_text
from allocator.io.cells import CellError, write_cell
from allocator.io.columns import columns
from allocator.io.defaults import default_roles
from allocator.io.files import SETTINGS_FILE, TABLES, FileSpec
from allocator.io.reader import WORKBOOK_SUFFIX
from allocator.io.yaml_text import settings_text
from allocator.models.policy import Role
from allocator.models.world import Cluster

_QUOTED = (",", '"', "\n", "\r", "\t")


def write_cluster(cluster: Cluster, path: Path | str, *, roles: Mapping[str, Role] | None = None) -> None:
    """Write the cluster as a folder, or as a workbook where ``path`` ends in ``.xlsx``.

    The catalogue of supports is written out; of the roles, what differs from ``roles`` (default: the shipped
    role table). Each file is replaced in one step; an optional file that the cluster has no rows for is left
    out, or, where the folder already has one, written without rows. Notes are not written. If a value cannot
    be spelled, nothing is written.

    Raises:
        InputError: a value that no cell can hold (a list's entry with a semicolon, a code that starts with
            #), or a place that cannot be written to.
    """
    path = Path(path)
    base = default_roles() if roles is None else roles
    faults = list(_unspellable(cluster))
    if faults:
        raise InputError(faults)
    try:
        if path.suffix.lower() == WORKBOOK_SUFFIX:
            from allocator.io.excel import workbook_bytes

            write_bytes(path, workbook_bytes(cluster, base))
        else:
            _write_folder(cluster, path, base)
    except (OSError, CellError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError([Fault(path.name or str(path), f"cannot be written: {reason}")]) from error


def _write_folder(cluster: Cluster, folder: Path, roles: Mapping[str, Role]) -> None:
    texts = {SETTINGS_FILE: settings_text(cluster, roles)}
    for spec in TABLES:
        # an empty catalogue is not the same as none: without the file the shipped one would be read
        if (
            spec.required
            or getattr(cluster, spec.field)
            or spec.stem == "supports"
            or (folder / spec.file).exists()
        ):
            texts[spec.file] = table_text(spec, cluster)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_text(folder / name, text)


def table_text(spec: FileSpec, cluster: Cluster) -> str:
    """One table of the cluster as CSV: comma, one line end for all, every column of the model."""
    known = columns(spec.model)
    lines = [",".join(known)]
    lines += [
        ",".join(csv_cell(write_cell(column, getattr(row, name))) for name, column in known.items())
        for row in getattr(cluster, spec.field)
    ]
    return "\n".join(lines) + "\n"


def csv_cell(text: str) -> str:
    """The cell, in double quotes where it must be."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in _QUOTED) else text


def _unspellable(cluster: Cluster) -> Iterator[Fault]:
    for spec in TABLES:
        known = columns(spec.model)
        first = next(iter(known))
        for number, row in enumerate(getattr(cluster, spec.field), start=2):
            for name, column in known.items():
                try:
                    text = write_cell(column, getattr(row, name))
                except CellError as error:
                    yield Fault(spec.file, str(error), row=number, column=name)
                    continue
                if name == first and text.startswith("#"):
                    yield Fault(
                        spec.file,
                        "a row that starts with # would be read as a remark",
                        row=number,
                        column=name,
                    )
