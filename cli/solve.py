"""``allocator solve``: a proposal for a cluster."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.common import (
    FILE,
    cluster_argument,
    json_option,
    read,
    reports_errors,
    screen_width,
    show,
    typed_cluster,
)
from cli.editing import EDIT_OPTIONS, answer, asked_for, edit_options, edited_name, resolved, same_policy

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster

DEFAULT_OUTPUT = Path("proposal.json")
STRATEGIES = ("plans", "cpsat", "scip", "highs")

_POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command(name="solve", short_help="Find out who can support whom, with a proof.")
@cluster_argument
@click.option(
    "--strategy",
    type=click.Choice(STRATEGIES),
    default="plans",
    show_default=True,
    help="How to search: plans scales; the others solve one exact model of everything.",
)
@click.option(
    "--time-limit", type=_POSITIVE, default=10.0, show_default=True, help="Seconds the search may take."
)
@click.option(
    "--gap",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Good enough: 0.01 is 1%.",
)
@click.option(
    "--work-limit",
    type=_POSITIVE,
    help="Counted work instead of time: the same command gives the same bytes.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of random choices."
)
@click.option("--workers", type=click.IntRange(min=1), help="Threads; left out, what measures best.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where to save the proposal."
)
@click.option(
    "--csv",
    "csv_folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also write tables into a folder.",
)
@click.option("--full", is_flag=True, help="Print every table, not one screen.")
@click.option(
    "--export-model",
    type=FILE,
    help="Also write the first goal's model as MPS, for another solver.",
)
@click.option(
    "--progress/--no-progress", default=None, help="Progress on stderr; left out, only on a terminal."
)
@edit_options
@json_option
@click.pass_context
@reports_errors
def command(
    ctx: click.Context,
    /,
    *,
    cluster: Path,
    output: Path | None,
    csv_folder: Path | None,
    full: bool,
    progress: bool | None,
    as_json: bool,
    **search: Any,
) -> None:
    """Find out who can support whom in CLUSTER, and prove how good the answer is.

    CLUSTER is a folder, an .xlsx workbook, or the name of a ready-made cluster (urban, rural, rtlb_area). The
    proposal is saved as proposal.json (or -o); with --json it goes to stdout and is saved only with -o.
    Ctrl-C stops the search and keeps the best proposal so far.

    With --agreed, what a meeting asks (--edits, --pin, --reject, --move, --order) is done with the least change to that
    proposal: what changed is listed, with the proved bound on how little could have.

    \b
    Example:
      allocator solve urban
      allocator solve my-cluster --time-limit 60 -o proposal.json --csv tables
      allocator solve urban --agreed proposal.json --move "N0123: RTLB-01 -> RTLB-02" -o second.json
    """
    edits = {name: search.pop(name) for name in EDIT_OPTIONS}
    editing = asked_for(ctx, edits)
    world = read(cluster)
    default = edited_name(edits["agreed"]) if editing else DEFAULT_OUTPUT
    for place in (output or default, search["export_model"]):
        _writable(place)
    made = resolved(ctx, world, edits, search, progress) if editing else None
    proposal = _solve(world, progress, search) if made is None else made.proposal
    saved = output if output is not None or as_json else default
    if saved is not None:
        _save(proposal, saved)
    if csv_folder is not None:
        from allocator.reporting.tables import write_csv_tables

        write_csv_tables(world, proposal, csv_folder)
    if made is not None:
        answer(made, full, as_json)
    elif as_json:
        click.echo(proposal.model_dump_json(indent=2))
    else:
        _print(world, proposal, full)
    if not as_json:
        _say_next(
            proposal, saved, typed_cluster(cluster), csv_folder, check=made is None or same_policy(made)
        )


def _writable(path: Path | None) -> None:
    """Find out before the search, not after it, that there is nowhere to write."""
    if path is not None and not path.resolve().parent.is_dir():
        raise click.BadParameter(f"the folder {str(path.parent)!r} does not exist.")


def _solve(world: Cluster, progress: bool | None, search: dict[str, Any]) -> Proposal:
    import allocator
    from allocator.errors import InfeasibleError
    from allocator.reporting.privacy import shielded
    from allocator.solvers.loops import compiled
    from cli.progress import progress_line

    if search["strategy"] == "plans" and not compiled():
        click.echo(
            "Compiling the loops of the search, once on this installation: up to two minutes.", err=True
        )
    try:
        with progress_line(progress) as on_progress:
            proposal: Proposal = allocator.solve(world, on_progress=on_progress, **search)
    except InfeasibleError as error:
        raise shielded(world, error) from None
    return proposal


def _save(proposal: Proposal, path: Path) -> None:
    from allocator.io.proposals import save_proposal

    save_proposal(proposal, path)


def _print(world: Cluster, proposal: Proposal, full: bool) -> None:
    from allocator.reporting.screen import render

    show(render(world, proposal, full=full, width=screen_width()))


def _say_next(
    proposal: Proposal, saved: Path | None, typed: str, csv_folder: Path | None, check: bool
) -> None:
    if saved is None:
        return
    from allocator.io.proposals import site_only_path

    click.echo(f"Saved in {saved}.")
    private = site_only_path(saved)
    if private.exists():
        click.echo(f"What is not shared with the cluster is in {private}: it stays with the schools.")
    if csv_folder is not None:
        click.echo(f"Tables are in {csv_folder}.")
    if check:
        click.echo(f"Next: allocator check {typed} {shlex.quote(str(saved))}")
    else:
        click.echo("Next: write the new order under policy: goals: in cluster.yaml; then it can be checked.")
