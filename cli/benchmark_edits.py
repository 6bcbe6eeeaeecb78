"""``allocator benchmark edits``: random edits by a meeting, and how few relationships they change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.benchmark_draws import answer, clusters_named
from cli.common import FILE, json_option, reports_errors

if TYPE_CHECKING:
    pass

_HEADINGS = {
    "cluster": "cluster", "draws": "meetings", "resolved": "resolved", "proved_least": "proved", "changed": "changed",
    "at_least": "at least", "floor_held": "held", "floor_lowered": "lowered", "floor_proved_impossible": "must",
    "violations": "broken", "seconds": "took",
}  # fmt: skip
_POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command(name="edits", short_help="Put random edits of a meeting to agreed proposals.")
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...")
@click.option(
    "--draws", type=click.IntRange(min=1), default=20, show_default=True, help="Meetings per cluster."
)
@click.option("--edits", type=click.IntRange(min=1), default=5, show_default=True, help="Edits per meeting.")
@click.option(
    "--time-limit", type=_POSITIVE, default=10.0, show_default=True, help="Seconds for each meeting."
)
@click.option(
    "--solve-limit", type=_POSITIVE, default=10.0, show_default=True, help="Seconds for the agreed proposal."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the draws.")
@click.option("-o", "--output", type=FILE, help="Also save the rows as JSON.")
@json_option
@reports_errors
def edits_command(
    clusters: tuple[str, ...],
    draws: int,
    edits: int,
    time_limit: float,
    solve_limit: float,
    seed: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Solve each CLUSTER (all ready-made ones if none is named), then change it by random edits, meeting after meeting.

    Each meeting pins, rejects or moves a few needs. Counted are the relationships of the agreed proposal that change,
    and how few must at least: medians; proved are those where the two are equal. Floors: commitments kept, and need met
    within 1% of what was agreed. Where edits leave no plan that holds them (must, proved), or none was found in time,
    they are lowered, and held means the lowered ones. JSON counts edits that contradict each other too.

    \b
    Example:
      allocator benchmark edits urban --draws 5
      allocator benchmark edits --draws 20 -o edits.json
    """
    from allocator.benchmarking.draws import writable
    from allocator.benchmarking.edits import measure_edits, summary

    writable(output)
    rows = measure_edits(
        clusters_named(clusters),
        draws=draws,
        edits=edits,
        time_limit=time_limit,
        solve_limit=solve_limit,
        seed=seed,
        tell=_say,
    )
    answer(
        rows,
        summary(rows),
        _HEADINGS,
        output,
        as_json,
        draws=draws,
        edits=edits,
        time_limit=time_limit,
        solve_limit=solve_limit,
        seed=seed,
    )


def _say(row: dict[str, Any]) -> None:
    words = f"{row['cluster']}, meeting {row['draw']}: {row['seconds']:.1f} s, {row['outcome']}"
    if row["outcome"] == "resolved":
        words += f", {row['changed']} changed, at least {row['at_least']} must"
        words += ", floors lowered" if row["floor_lowered"] else ""
        words += f", {row['violations']} BROKEN" if row["violations"] else ""
    click.echo(words, err=True)
