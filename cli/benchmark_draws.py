"""What the benchmarks that draw at random share: their clusters, their table, how they answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.common import print_json, show

if TYPE_CHECKING:
    from rich.table import Table


def clusters_named(names: tuple[str, ...]) -> dict[str, Any]:
    """The clusters named, all ready-made ones if none is."""
    from cli.common import ClusterPath, read
    from scenarios import ready_made_names

    kind = ClusterPath()
    return {name: read(kind.convert(name, None, None)) for name in names or ready_made_names()}


def on_screen(rows: list[dict[str, Any]], headings: dict[str, str]) -> Table:
    """The summary as a table, one row a cluster."""
    from allocator.reporting.layout import Column, table

    columns = [Column(title, right=name != "cluster") for name, title in headings.items()]
    return table(columns, [[_cell(name, row[name]) for name in headings] for row in rows])


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if name in ("short", "worst"):
        return f"{100 * value:.2f}%"
    return (
        f"{value:.1f} s"
        if name in ("seconds", "longest")
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def answer(
    rows: list[dict[str, Any]],
    totals: list[dict[str, Any]],
    headings: dict[str, str],
    output: Path | None,
    as_json: bool,
    **settings: object,
) -> None:
    """Save the rows where asked, with the settings they were drawn with, and show the totals."""
    from allocator.benchmarking.draws import save_draws

    if output is not None:
        save_draws(output, rows, totals, **settings)
    if as_json:
        print_json({"summary": totals, "rows": rows})
        return
    show(on_screen(totals, headings))
