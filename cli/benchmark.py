"""``allocator benchmark``: how good and how fast, side by side with the one-model backends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.benchmark_edits import edits_command
from cli.benchmark_gap import gap_command
from cli.benchmark_whatif import whatif_command
from cli.common import FILE, FOLDER, json_option, print_json, reports_errors, show

if TYPE_CHECKING:
    from rich.table import Table

    from allocator.benchmarking import Row, Size

_JSON_ONLY = ("needs", "people", "need_met_in_proposal", "bound", "load", "trace")
_HEADINGS = {
    "first_proposal_s": "first",
    "seconds": "took",
    "commitments_kept": "kept",
    "gap_own": "own gap",
    "gap_best": "best gap",
    "violations": "broken",
    "peak_mib": "MiB",
}
_SHARES = ("gap_own", "gap_best")
_SECONDS = ("first_proposal_s", "seconds")
_MEBIBYTES = ("peak_mib",)
_CONTESTANTS = ("plans", "cpsat-2", "cpsat-8", "highs", "scip")
_SIZES: dict[Size, tuple[float, str]] = {
    "cluster": (10.0, "the three ready-made clusters"),
    "district": (60.0, "a district: five clusters that share specialists, about 1,700 needs"),
    "region": (120.0, "a region: four districts, about 7,000 needs"),
    "nation": (600.0, "a nation: forty districts, about 70,000 needs"),
}
"""Size -> seconds for each solve, and what is solved."""


@click.group(name="benchmark", short_help="Measure how good and how fast the search is.")
def command() -> None:
    """Measure gaps, seconds and memory of every strategy on instances anybody can make again.

    The sizes are the same everywhere; gap takes public instances that nobody here made; edits measures how little a
    proposal changes when a meeting changes it, whatif how well a change is planned in a moment.

    \b
    Example:
      allocator benchmark cluster
      allocator benchmark district --time-limit 60 -o district.json --plots plots
      allocator benchmark report cluster.json district.json -o pictures
    """


def _size_command(size: Size, limit: float, what: str) -> click.Command:
    """The command that measures one size."""

    @click.command(name=size, short_help=f"Solve {what.partition(':')[0]}.")
    @click.option(
        "--time-limit",
        type=click.FloatRange(min=0, min_open=True),
        default=limit,
        show_default=True,
        help="Seconds for each solve.",
    )
    @click.option(
        "--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="Solves per strategy."
    )
    @click.option(
        "--only", type=click.Choice(_CONTESTANTS), multiple=True, help="Only this strategy; may be repeated."
    )
    @click.option("-o", "--output", type=FILE, help="Also save the rows as JSON.")
    @click.option("--plots", type=FOLDER, help="Also draw gap over time and the rest into this folder.")
    @json_option
    @reports_errors
    def measure(
        time_limit: float,
        seeds: int,
        only: tuple[str, ...],
        output: Path | None,
        plots: Path | None,
        as_json: bool,
    ) -> None:
        from allocator.benchmarking import run

        if plots is not None:
            _refuse_without_plots()
        rows = run(size=size, time_limit=time_limit, seeds=seeds, out=output, only=only)
        if plots is not None:
            _draw(rows, plots)
        if as_json:
            print_json(rows)
            return
        show(on_screen(rows))

    measure.help = f"""Solve {what}, with every strategy, and compare gaps to the best proved bound.

    Each row is one solve, in a process of its own: seconds to the first plan and in all, commitments kept, need met
    in points, its gap to the bound this solve proved and to the best bound proved (only where no solve kept more
    commitments), the number of rules the checker found broken, why it stopped, and the most memory it held. JSON has
    the bounds, the gap over time, sizes and the load of the machine too.

    \b
    Example:
      allocator benchmark {size}
      allocator benchmark {size} --time-limit {3 * limit:g} --seeds 3 -o results.json
    """
    return measure


for _size, (_limit, _what) in _SIZES.items():
    command.add_command(_size_command(_size, _limit, _what))
command.add_command(gap_command)
command.add_command(edits_command)
command.add_command(whatif_command)


@command.command(name="report", short_help="A table and plots of saved results.")
@click.argument(
    "results", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("-o", "--output", type=FOLDER, required=True, help="Folder for the table and the plots.")
@json_option
@reports_errors
def report(results: tuple[Path, ...], output: Path, as_json: bool) -> None:
    """Write the results of several sizes as one table (Markdown), and plots as SVG and PNG.

    The plots show gap over time, time over size and memory over size. They need the extra ``plots``.

    \b
    Example:
      allocator benchmark report cluster.json district.json region.json -o pictures
    """
    from allocator.benchmarking import read_results
    from allocator.benchmarking.table import as_markdown
    from allocator.io.atomic import write_text

    _refuse_without_plots()
    rows = [row for path in results for row in read_results(path)]
    written = _draw(rows, output)
    write_text(output / "results.md", as_markdown(rows))
    paths = [str(path) for path in (output / "results.md", *written)]
    if as_json:
        print_json({"status": "done", "written": paths})
        return
    click.echo("\n".join(paths))


def _refuse_without_plots() -> None:
    """Say before anything is measured that the pictures could not be drawn."""
    from importlib.util import find_spec

    if find_spec("altair") is None or find_spec("vl_convert") is None:
        raise click.UsageError("plots need Altair and vl-convert: pip install 'allocator[plots]'.")


def _draw(rows: list[Row], folder: Path) -> list[Path]:
    from allocator.benchmarking.plots import draw

    return draw(rows, folder)


def on_screen(rows: list[dict[str, object]]) -> Table:
    """The rows as a table of at most 100 columns: without what JSON alone carries, under short headings."""
    from allocator.reporting.layout import Column, table

    several = len({row.get("seed") for row in rows}) > 1
    hidden = _JSON_ONLY if several else (*_JSON_ONLY, "seed")
    names = [name for name in (rows[0] if rows else {}) if name not in hidden]
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
    if name in _MEBIBYTES and isinstance(value, float):
        return f"{value:.0f}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
