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
    "-o", "--output", type=click.Path(path_type=Path), help="Folder or .xlsx; left out, the --sites folder."
)
@click.option("--force", is_flag=True, help="Write over a register and people that are there.")
@json_option
@reports_errors
def command(
    *,
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

    Rates are New Zealand's, people and learners are not real. The same seed gives the same cluster.

    \b
    Example:
      allocator generate --sites my-cluster --seed 1
      allocator generate --kind rural --seed 7 --terms 2 -o made-up
    """
    from allocator.generating import generate, generate_sites
    from allocator.io.writer import write_cluster
    from cli.files import read_sites

    target = output or folder
    if target is None:
        raise click.UsageError("say where to write: -o FOLDER, or --sites FOLDER to fill that one.")
    _refuse_to_write_over(target, force)
    sites = generate_sites(kind or "urban", seed) if folder is None else read_sites(folder)
    title = name or (target.stem if target.suffix else target.resolve().name)
    cluster = generate(sites, seed=seed, kind=kind, terms=terms, name=title, settings=_settings(turned))
    write_cluster(cluster, target)
    if as_json:
        print_json({"status": "done", "written": str(target), **_counts(cluster)})
        return
    counts = ", ".join(f"{number:,} {what}" for what, number in _counts(cluster).items())
    typed = shlex.quote(str(target))
    click.echo(f"Made {target}: {counts}.\nNext: allocator validate {typed}\n      allocator solve {typed}")


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
