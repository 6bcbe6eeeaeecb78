"""``allocator generate``: a fictional register, people and history on sites real or fictional."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.common import json_option, print_json, reports_errors

if TYPE_CHECKING:
    from allocator.models.world import Cluster


@click.command(name="generate", short_help="Make a fictional register and people on a list of sites.")
@click.argument("out", required=False, type=click.Path(path_type=Path))
@click.option(
    "--size",
    type=click.Choice(["district", "region", "nation"]),
    help="Pool 5, 20 or 200 clusters that share specialists within districts of five.",
)
@click.option(
    "--sites",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with sites.csv to build on; left out, the sites are fictional too.",
)
@click.option(
    "--kind",
    type=click.Choice(["urban", "mixed", "rural"]),
    help="Distances and road speeds; left out, by the sites.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same cluster."
)
@click.option("--terms", type=click.IntRange(1, 4), default=1, show_default=True, help="Terms to plan.")
@click.option("--name", help="Name of the cluster.")
@click.option(
    "--register-share", type=float, help="Multiplies the needs that reach the register (1 is usual)."
)
@click.option("--pressure", type=float, help="Hours asked for each hour free (1.5 is usual).")
@click.option(
    "--coordinators", type=click.IntRange(min=0), help="How many people share the coordinator time."
)
@click.option("--rtlb", type=click.IntRange(min=1), help="How many RTLB.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The same as OUT; left out, the --sites folder."
)
@click.option("--force", is_flag=True, help="Write over a register and people that are there.")
@json_option
@reports_errors
def command(
    *,
    out: Path | None,
    size: Any,
    folder: Path | None,
    kind: Any,
    seed: int,
    terms: int,
    name: str | None,
    output: Path | None,
    force: bool,
    as_json: bool,
    **turned: Any,
) -> None:
    """Put a fictional register, people, past requests and present allocations on a list of sites.

    OUT is a folder or an .xlsx file. Rates are New Zealand's, people and learners are not real. The same seed gives
    the same cluster.

    \b
    Example:
      allocator generate --sites my-cluster --seed 1
      allocator generate --kind rural --seed 7 --terms 2 -o made-up
      allocator generate --size district --seed 1 made-up-district
    """
    from allocator.io.writer import write_cluster

    target = _target(out, output, folder)
    if size is not None:
        _refuse_with_size(folder=folder, kind=kind, coordinators=turned["coordinators"], rtlb=turned["rtlb"])
    _refuse_to_write_over(target, force)
    title = name or (target.stem if target.suffix else target.resolve().name)
    cluster = (
        _area(size, seed, terms, title, turned) if size else _one(folder, kind, seed, terms, title, turned)
    )
    write_cluster(cluster, target)
    if as_json:
        print_json({"status": "done", "written": str(target), **_counts(cluster)})
        return
    counts = ", ".join(f"{number:,} {what}" for what, number in _counts(cluster).items())
    typed = shlex.quote(str(target))
    click.echo(f"Made {target}: {counts}.\nNext: allocator validate {typed}\n      allocator solve {typed}")


def _one(
    folder: Path | None, kind: Any, seed: int, terms: int, title: str, turned: dict[str, Any]
) -> Cluster:
    """One cluster, on the sites of a folder or on fictional ones."""
    from allocator.generating import generate, generate_sites
    from cli.files import read_sites

    sites = generate_sites(kind or "urban", seed) if folder is None else read_sites(folder)
    return generate(sites, seed=seed, kind=kind, terms=terms, name=title, settings=_settings(turned))


def _area(size: Any, seed: int, terms: int, title: str, turned: dict[str, Any]) -> Cluster:
    """Several clusters in one."""
    from allocator.generating import generate_area
    from allocator.generating.area import REGISTER_SHARE

    share = turned["register_share"]
    settings = _settings(turned | {"register_share": REGISTER_SHARE if share is None else share})
    return generate_area(size, seed=seed, terms=terms, name=title, settings=settings)


def _target(out: Path | None, output: Path | None, folder: Path | None) -> Path:
    if out is not None and output is not None:
        raise click.UsageError(f"say once where to write: {out}, or -o {output}.")
    target = out or output or folder
    if target is None:
        raise click.UsageError("say where to write: -o FOLDER, or --sites FOLDER to fill that one.")
    return target


def _refuse_with_size(**given: object) -> None:
    """Options that speak of one cluster have no meaning for an area of many."""
    names = {"folder": "--sites"}
    wrong = [names.get(name, f"--{name}") for name, value in given.items() if value is not None]
    if wrong:
        raise click.UsageError(f"{' and '.join(wrong)} cannot be used with --size.")


def _counts(cluster: Cluster) -> dict[str, int]:
    return {"sites": len(cluster.sites), "people": len(cluster.staff), "needs": len(cluster.needs)}


def _refuse_to_write_over(target: Path, force: bool) -> None:
    there = [target] if target.is_file() else [target / name for name in ("needs.csv", "staff.csv")]
    held = [path for path in there if path.exists()]
    if held and not force:
        names = " and ".join(str(path) for path in held)
        raise click.UsageError(f"{names} would be written over; choose another -o, or say --force.")


def _settings(turned: dict[str, Any]) -> Any:
    """The generator's settings, with what was turned on the command line; a wrong value is bad usage."""
    from pydantic import ValidationError

    from allocator.generating import Settings

    given = {key: value for key, value in turned.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0]).replace("_", "-")
        raise click.UsageError(f"--{option}: {first['msg']}.") from None
