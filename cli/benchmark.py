"""``allocator benchmark``: how good and how fast, side by side with the one-model backends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.common import FILE, json_option, print_json, reports_errors, show

if TYPE_CHECKING:
    from rich.table import Table

_JSON_ONLY = ("needs", "people", "need_met_in_proposal", "bound", "load")
_HEADINGS = {
    "first_proposal_s": "first",
    "seconds": "took",
    "commitments_kept": "kept",
    "gap_own": "own gap",
    "gap_best": "best gap",
    "violations": "broken",
}
_SHARES = ("gap_own", "gap_best")
_SECONDS = ("first_proposal_s", "seconds")


@click.command(name="benchmark", short_help="Measure how good and how fast the search is.")
@click.argument("size", type=click.Choice(["cluster"]))
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Seconds for each solve.",
)
@click.option(
    "--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="Solves per strategy."
)
@click.option("-o", "--output", type=FILE, help="Also save the rows as JSON.")
@json_option
@reports_errors
def command(size: str, time_limit: float, seeds: int, output: Path | None, as_json: bool) -> None:
    """Solve the ready-made clusters with every strategy and compare gaps to the best proved bound.

    Each row is one solve: seconds to the first plan and in all, commitments kept, need met in points, its gap to
    the bound this solve proved and to the best bound proved (only where no solve kept more commitments), and the
    number of rules the checker found broken. JSON has the bounds, sizes and the load of the machine too.

    \b
    Example:
      allocator benchmark cluster
      allocator benchmark cluster --time-limit 30 --seeds 3 -o results.json
    """
    from allocator.benchmarking import run

    rows = run(size=size, time_limit=time_limit, seeds=seeds, out=output)
    if as_json:
        print_json(rows)
        return
    show(on_screen(rows))


def on_screen(rows: list[dict[str, object]]) -> Table:
    """The rows as a table of at most 100 columns: without what JSON alone carries, under short headings."""
    from allocator.reporting.layout import Column, table

    names = [name for name in (rows[0] if rows else {}) if name not in _JSON_ONLY]
    numeric = {name for name in names if any(isinstance(row[name], int | float) for row in rows)}
    columns = [
        Column(_HEADINGS.get(name, name.replace("_", " ")), right=name in numeric, wraps=name == "stopped")
        for name in names
    ]
    return table(columns, [[_cell(name, row[name]) for name in names] for row in rows])


def _cell(name: str, value: object) -> str:
    from allocator.reporting.words import gap_percent

    if value is None:
        return "–"
    if name in _SHARES and isinstance(value, float):
        return gap_percent(value)
    if name in _SECONDS and isinstance(value, float):
        return f"{value:.1f} s"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
