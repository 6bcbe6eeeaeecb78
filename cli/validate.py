"""``allocator validate``: is the input right, and what does it hold?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.common import cluster_argument, json_option, print_json, reports_errors, show, typed_cluster

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

    from allocator.reporting.summary import ClusterSummary


@click.command(name="validate", short_help="Say what is wrong with a cluster, or what it holds.")
@cluster_argument
@json_option
@reports_errors
def command(cluster: Path, as_json: bool) -> None:
    """Read CLUSTER and say what is wrong with it, all of it; or, where nothing is, what it holds.

    CLUSTER is a folder, an .xlsx workbook, or the name of a ready-made cluster (urban, rural, rtlb_area).

    \b
    Example:
      allocator validate my-cluster
      allocator validate urban --json
    """
    from allocator.io.reader import read_cluster
    from allocator.reporting.summary import cluster_summary

    summary = cluster_summary(read_cluster(cluster))
    if as_json:
        print_json({"status": "done", **summary.as_dict()})
        return
    show(_screen(summary, typed_cluster(cluster)))


def _screen(summary: ClusterSummary, typed: str) -> Group:
    from rich.text import Text

    from allocator.reporting.layout import Column, heading, sentence, stack, table
    from allocator.reporting.words import count

    sites = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in summary.sites.items())
    terms = count(len(summary.terms), "term")
    roles = [
        [
            role.name,
            str(role.people),
            str(role.vacant or ""),
            f"{role.fte:.1f}",
            f"{role.bookable_hours:,.0f}",
            f"{role.promised_hours:,.0f}",
        ]
        for role in summary.roles
    ]
    tiers = [[tier.name, f"{tier.needs:,}", f"{tier.asked_hours:,.0f}"] for tier in summary.tiers]
    right = [Column(name, right=True) for name in ("People", "Vacant", "FTE", "Hours", "Promised")]
    columns = [Column("Tier"), Column("Needs", right=True), Column("Hours asked", right=True)]
    parts: list[RenderableType] = [
        heading(f"{summary.name}: nothing wrong was found."),
        sentence(f"{terms} of {summary.weeks} weeks in all: {', '.join(summary.terms)}."),
        sentence(f"{count(sum(summary.sites.values()), 'site')} with {summary.roll:,} learners: {sites}."),
        sentence(_needs(summary)),
        Text(),
        table([Column("Role", wraps=True), *right], roles),
        Text(),
        table(columns, tiers),
        Text(),
        sentence(_balance(summary)),
        *(sentence(f"Note: {note}") for note in summary.notes),
        *(sentence(aside.sentence, "dim") for aside in summary.unused_by_solve),
        sentence(f"Next: allocator solve {typed}"),
    ]
    return stack(parts)


def _needs(summary: ClusterSummary) -> str:
    from allocator.reporting.words import count

    words = (
        f"{count(summary.needs, 'need')} to plan: {summary.waiting} waiting, {summary.in_service} in service"
    )
    if summary.withheld:
        words += f"; {summary.withheld} of them not shared with the cluster"
    if summary.not_planned:
        words += f". {summary.not_planned} paused or closed, left out"
    return f"{words}. {count(summary.supports, 'kind')} of support."


def _balance(summary: ClusterSummary) -> str:
    asked, free = summary.asked_hours, summary.bookable_hours - summary.promised_hours
    words = (
        f"Hours are for the whole plan. Asked: {asked:,.0f}. Bookable and not promised elsewhere: {free:,.0f}"
    )
    if free > 0:
        words += f", so {asked / free:.1f} hours are asked for each hour there is"
    return f"{words}. A group needs fewer hours than one to one; travel and liaison take some."
