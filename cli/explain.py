"""``allocator explain``: why a need is unmet, what it would take, and who would lose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.common import cluster_argument, json_option, print_json, read, reports_errors, show

_POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command(name="explain", short_help="Why a need is unmet, and the smallest change that would meet it.")
@cluster_argument
@click.argument("proposal", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="PROPOSAL")
@click.option("--need", help="Code of a need: why it is unmet and what it would take.")
@click.option("--staff", help="Code of a person: what they carry, what limits them, what would free them.")
@click.option("--site", help="Code or name of a site: who serves it, what is unmet there and why.")
@click.option("--why-not", help="With --need, code of a person: what would happen if that person took it.")
@click.option(
    "--time-limit",
    type=_POSITIVE,
    default=10.0,
    show_default=True,
    help="Seconds for the smallest changes of a need.",
)
@click.option(
    "--audience",
    type=click.Choice(["panel", "cluster", "public"]),
    help="Who reads it: the panel sees codes, the cluster roles and counts. Left out, as the cluster says.",
)
@click.option("--full", is_flag=True, help="Every person, move and need, not one screen.")
@json_option
@reports_errors
def command(
    *,
    cluster: Path,
    proposal: Path,
    need: str | None,
    staff: str | None,
    site: str | None,
    why_not: str | None,
    time_limit: float,
    audience: Any,
    full: bool,
    as_json: bool,
) -> None:
    """Explain one need, person or site of PROPOSAL, a saved proposal of CLUSTER.

    For an unmet need: who could meet it and where their hours went, the smallest changes that would meet it with
    nobody losing, who would lose least otherwise, and how far priorities would have to move. Every change named
    was tried, and the plan it leads to was checked.

    \b
    Example:
      allocator explain urban proposal.json --need N0099
      allocator explain urban proposal.json --need N0099 --why-not ORS-02
      allocator explain urban proposal.json --staff RTLB-03
      allocator explain urban proposal.json --site 9002
    """
    if sum(asked is not None for asked in (need, staff, site)) != 1:
        raise click.UsageError("Ask about one of --need, --staff and --site.")
    if why_not is not None and need is None:
        raise click.UsageError("--why-not goes with --need.")
    from allocator.explaining import explain
    from allocator.explaining.screen import render
    from allocator.io.proposals import load_proposal

    found = explain(
        read(cluster),
        load_proposal(proposal),
        need=need,
        staff=staff,
        site=site,
        why_not=why_not,
        audience=audience,
        time_limit=time_limit,
    )
    if as_json:
        print_json({"status": "done", **found.as_dict()})
    else:
        show(render(found, full=full))
