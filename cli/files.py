"""Single tables of a cluster folder, for the verbs that read or write one file and not a whole cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from allocator.io.files import FileSpec
    from allocator.models.base import Row
    from allocator.models.world import Site


def read_sites(folder: Path) -> tuple[Site, ...]:
    """The rows of ``folder/sites.csv``; what was noticed goes to stderr.

    Raises:
        InputError: the file is missing, or rows are wrong; every fault at once.
    """
    from allocator.errors import Fault, InputError
    from allocator.io.files import spec_of
    from allocator.io.rows import read_table
    from allocator.models.world import Site

    path = folder / spec_of(Site).file
    if not path.exists():
        raise InputError([Fault(path.name, f"the file is missing in {folder}")])
    notes: list[str] = []
    sites = read_table(path, Site, notes)
    for note in notes:
        click.echo(f"Note: {note}", err=True)
    return sites


def write_rows(target: Path, stem: str, rows: Sequence[Row]) -> None:
    """Write the rows of one table as CSV, the file whole or not at all.

    Raises:
        OSError: the folder cannot be made or written.
    """
    from allocator.io.atomic import write_text
    from allocator.io.cells import write_cell
    from allocator.io.columns import columns
    from allocator.io.writer import csv_cell

    known = columns(_spec(stem).model)
    lines = [",".join(known)]
    for row in rows:
        lines.append(
            ",".join(csv_cell(write_cell(column, getattr(row, name))) for name, column in known.items())
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, "\n".join(lines) + "\n")


def _spec(stem: str) -> FileSpec:
    from allocator.io.files import TABLES

    return next(spec for spec in TABLES if spec.stem == stem)
