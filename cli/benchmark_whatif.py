"""``allocator benchmark whatif``: random changes, planned anew in a moment, against a fresh long search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.benchmark_draws import answer, clusters_named
from cli.common import FILE, json_option, reports_errors

_HEADINGS = {
    "cluster": "cluster", "changes": "changes", "planned": "planned", "enough": "as good", "fewer_kept": "fewer kept",
    "short": "short", "worst": "worst", "violations": "broken", "seconds": "took", "longest": "longest",
}  # fmt: skip
_POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command(name="whatif", short_help="Change clusters at random and plan anew from the plan before.")
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...")
@click.option(
    "--changes", type=click.IntRange(min=1), default=10, show_default=True, help="Changes per cluster."
)
@click.option("--time-limit", type=_POSITIVE, default=2.0, show_default=True, help="Seconds to plan anew.")
@click.option("--long-limit", type=_POSITIVE, default=30.0, show_default=True, help="Seconds to plan afresh.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the draws.")
@click.option("-o", "--output", type=FILE, help="Also save the rows as JSON.")
@json_option
@reports_errors
def whatif_command(
    clusters: tuple[str, ...],
    changes: int,
    time_limit: float,
    long_limit: float,
    seed: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Solve each CLUSTER (all ready-made ones if none is named), then change it at random, one change at a time.

    After each change it is planned anew from the plan before, in a short time, and afresh in a long one. As good means:
    no fewer commitments kept, and need met within 0.3% of the long search. Short is the share of its need met that is
    missing: median and worst; negative where the short search has more.

    \b
    Example:
      allocator benchmark whatif urban --changes 5
      allocator benchmark whatif -o whatif.json
    """
    from allocator.benchmarking.draws import writable
    from allocator.benchmarking.whatifs import measure_whatifs, summary

    writable(output)
    rows = measure_whatifs(
        clusters_named(clusters),
        changes=changes,
        time_limit=time_limit,
        long_limit=long_limit,
        seed=seed,
        tell=_say,
    )
    answer(
        rows,
        summary(rows),
        _HEADINGS,
        output,
        as_json,
        changes=changes,
        time_limit=time_limit,
        long_limit=long_limit,
        seed=seed,
    )


def _say(row: dict[str, Any]) -> None:
    words = f"{row['cluster']}, change {row['number']}: {row['seconds']:.1f} s, {row['outcome']}"
    if row["outcome"] == "planned":
        words += f", {row['kept']} of {row['kept_fresh']} kept, {100 * row['short']:.2f}% short"
        words += f", {row['violations']} BROKEN" if row["violations"] else ""
    click.echo(words, err=True)
