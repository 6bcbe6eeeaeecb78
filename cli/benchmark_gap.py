"""``allocator benchmark gap``: public generalised-assignment instances, with value, bound and gap."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.common import FILE, INFEASIBLE, NOT_FOUND, STOPPED, json_option, print_json, reports_errors, show

if TYPE_CHECKING:
    from rich.table import Table

    from allocator.solvers.assignment import AssignmentProgress

_HEADINGS = (
    "instance", "agents", "jobs", "sense", "value", "bound", "gap", "best known", "distance", "stopped", "took"
)  # fmt: skip
_WORDS = ("instance", "sense", "stopped")


@click.command(name="gap", short_help="Solve public generalised-assignment instances.")
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Seconds for each instance, on two threads.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="For the random choices."
)
@click.option(
    "--work-limit",
    type=click.IntRange(min=1),
    help="Stop after so many turns, on one thread: the same answer every time.",
)
@click.option(
    "--sense",
    type=click.Choice(["min", "max"]),
    help="Whether the files hold costs or values. [default: max for gap1 to gap12, else min]",
)
@click.option("--best-known", type=FILE, help="CSV with columns instance and best_known, to compare with.")
@click.option("-o", "--output", type=FILE, help="Also save the rows as JSON.")
@json_option
@reports_errors
def gap_command(
    files: tuple[Path, ...],
    time_limit: float,
    seed: int,
    work_limit: int | None,
    sense: str | None,
    best_known: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Solve generalised-assignment instances: every job to one agent, within capacities, at least cost.

    FILE is a text file of the OR-Library (several problems) or in Yagiura's form (one). Each row has the value found,
    the proved bound and the gap between them; with --best-known also the distance from the best known value.

    Exit code: 3 if an instance is proved to have no assignment, 4 if none was found for one.

    \b
    Example:
      allocator benchmark gap d10200.txt
      allocator benchmark gap *.txt --time-limit 60 --best-known best_known.csv -o results.json
    """
    from allocator.importing.gap import Sense, read_best_known, read_gap
    from allocator.solvers.assignment.measuring import measure_gap, save_gap

    known = {} if best_known is None else read_best_known(best_known)
    wanted = None if sense is None else Sense(sense)
    instances = [each for path in files for each in read_gap(path, wanted)]
    rows: list[dict[str, Any]] = []
    for instance in instances:
        row = measure_gap(
            instance, time_limit=time_limit, work_limit=work_limit, seed=seed,
            best_known=known.get(instance.name), on_progress=_progress(instance.name),
        )  # fmt: skip
        rows.append(row)
        if row["stopped"] == "stopped":
            break
    if output is not None:
        save_gap(output, rows, time_limit=time_limit, seed=seed)
    if as_json:
        print_json(rows)
    else:
        show(on_screen(rows, compared=best_known is not None))
    _leave(rows)


def _progress(name: str) -> Any:
    """A line on a terminal's stderr for every better value or bound; nothing into a pipe."""
    if not sys.stderr.isatty():
        return None
    from allocator.reporting.words import gap_percent

    def tell(news: AssignmentProgress) -> None:
        gap = "" if news.gap is None else f", gap {gap_percent(news.gap)}"
        found = "nothing found yet" if news.value is None else f"found {news.value:,}"
        click.echo(f"{news.seconds:6.1f} s  {name}: {found}, bound {news.bound:,}{gap}", err=True)

    return tell


def _leave(rows: list[dict[str, Any]]) -> None:
    """Leave with the code of what went least well."""
    stopped = {row["stopped"] for row in rows}
    if "no assignment exists" in stopped:
        sys.exit(INFEASIBLE)
    if "stopped" in stopped:
        sys.exit(STOPPED)
    if any(row["value"] is None for row in rows):
        sys.exit(NOT_FOUND)


def on_screen(rows: list[dict[str, Any]], compared: bool) -> Table:
    """The rows as a table; columns about best known values only where there are any."""
    from allocator.reporting.layout import Column, table

    names = [name for name in _HEADINGS if compared or name not in ("best known", "distance")]
    columns = [Column(name, right=name not in _WORDS, wraps=name == "stopped") for name in names]
    return table(columns, [[_cell(name, row) for name in names] for row in rows])


def _cell(name: str, row: dict[str, Any]) -> str:
    from allocator.reporting.words import gap_percent

    value = row[{"best known": "best_known", "took": "seconds"}.get(name, name)]
    if value is None:
        return "–"
    if name == "gap":
        return gap_percent(value)
    if name == "distance":
        return f"{100 * value:.3f}%"
    if name == "took":
        return f"{value:.1f} s"
    return f"{value:,}" if isinstance(value, int) else str(value)
