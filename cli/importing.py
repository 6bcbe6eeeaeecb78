"""``allocator import``: real data in, from the schools directory and from a register export."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.common import json_option, print_json, reports_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocator.models.base import Row
    from allocator.models.world import Site

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
TARGET_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(name="import", short_help="Bring in schools or a register.")
def command() -> None:
    """Bring in schools or a register from files that exist already.

    \b
    Example:
      allocator import schools DIRECTORY.csv --cluster 99143 -o my-cluster
      allocator import register EXPORT.csv --key learners.key -o my-cluster
    """


@command.command(name="schools", short_help="Write sites.csv from the schools directory.")
@click.argument("directory", type=EXISTING_FILE, metavar="DIRECTORY")
@click.option("--cluster", help="Schools of this cluster, by its number (COL_Id).")
@click.option("--region", help="Schools of an education region, regional council or district.")
@click.option("--local-office", help="Schools of a local office of the Ministry.")
@click.option("--ids", help="Schools with these numbers, separated by commas.")
@click.option(
    "--near",
    type=(click.FloatRange(-90, 90), click.FloatRange(-180, 180), click.FloatRange(min=0)),
    metavar="LAT LON KM",
    help="Schools within so many kilometres of a point.",
)
@click.option("-o", "--output", type=TARGET_FOLDER, required=True, help="Folder in which to write sites.csv.")
@click.option("--force", is_flag=True, help="Write over a sites.csv that is there.")
@json_option
@reports_errors
def schools(
    *,
    directory: Path,
    cluster: str | None,
    region: str | None,
    local_office: str | None,
    ids: str | None,
    near: tuple[float, float, float] | None,
    output: Path,
    force: bool,
    as_json: bool,
) -> None:
    """Write sites.csv from DIRECTORY, the Ministry's schools directory as it is published.

    Say which schools: by cluster, region, local office, numbers or distance; a school has to pass all of
    them. Rolls in years 1 to 8 and 1 to 10 are estimated from the type of school.

    \b
    Example:
      allocator import schools DIRECTORY.csv --cluster 99143 -o my-cluster
      allocator import schools DIRECTORY.csv --near -37.69 176.17 15 -o my-cluster
    """
    from allocator.importing import read_directory, select, to_sites

    numbers = [code.strip() for code in (ids or "").split(",") if code.strip()]
    if cluster is None and region is None and local_office is None and not numbers and near is None:
        raise click.UsageError("say which schools: --cluster, --region, --local-office, --ids or --near.")
    target = _free(output / "sites.csv", force)
    listed = read_directory(directory)
    chosen = select(listed, cluster=cluster, region=region, local_office=local_office, ids=numbers, near=near)
    notes: list[str] = []
    sites = to_sites(chosen, notes=notes)
    _write(target, "sites", sites)
    following = f"allocator generate --sites {shlex.quote(str(output))} --seed 1"
    _tell(target, {"sites": len(sites)}, notes, f"Next, for a fictional register: {following}", as_json)


@command.command(name="register", short_help="Write needs.csv from a register export.")
@click.argument("export", type=EXISTING_FILE, metavar="EXPORT")
@click.option(
    "--mapping", type=EXISTING_FILE, help="YAML: your headers and words; left out, the built-in one."
)
@click.option(
    "--key",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File with the key of the hashes; made if it is not there. Keep it with the school.",
)
@click.option("-o", "--output", type=TARGET_FOLDER, required=True, help="Folder in which to write needs.csv.")
@click.option("--force", is_flag=True, help="Write over a needs.csv that is there.")
@json_option
@reports_errors
def register(
    *, export: Path, mapping: Path | None, key: Path, output: Path, force: bool, as_json: bool
) -> None:
    """Write needs.csv from EXPORT, a register export (CSV or a workbook's first sheet).

    Learners' codes are replaced by keyed hashes; columns that identify a learner are refused. Where the
    folder has a sites.csv, learning centres are looked up in it by code or name.

    \b
    Example:
      allocator import register EXPORT.csv --key learners.key -o my-cluster
      allocator import register EXPORT.csv --mapping mapping.yaml --key learners.key -o my-cluster
    """
    from allocator.importing import import_register, load_key, read_mapping

    target = _free(output / "needs.csv", force)
    rules = None if mapping is None else read_mapping(mapping)
    notes: list[str] = []
    needs = import_register(export, rules, load_key(key), sites=_sites_of(output), notes=notes)
    _write(target, "needs", needs)
    following = f"Next: allocator validate {shlex.quote(str(output))}"
    _tell(target, {"needs": len(needs)}, notes, following, as_json)


def _free(target: Path, force: bool) -> Path:
    if target.exists() and not force:
        raise click.UsageError(f"{target} would be written over; choose another -o, or say --force.")
    return target


def _sites_of(folder: Path) -> tuple[Site, ...]:
    from cli.files import read_sites

    return read_sites(folder) if (folder / "sites.csv").exists() else ()


def _write(target: Path, stem: str, rows: Sequence[Row]) -> None:
    from cli.files import write_rows

    write_rows(target, stem, rows)


def _tell(target: Path, counts: dict[str, int], notes: list[str], following: str, as_json: bool) -> None:
    if as_json:
        print_json({"status": "done", "written": str(target), **counts, "notes": notes})
        return
    for note in notes:
        click.echo(f"Note: {note}", err=True)
    what, number = next(iter(counts.items()))
    click.echo(f"Wrote {number:,} {what} to {target}.\n{following}")
