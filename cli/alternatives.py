"""``allocator alternatives``: a few good proposals that look different, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.common import (
    FOLDER,
    Share,
    cluster_argument,
    json_option,
    print_json,
    read,
    reports_errors,
    show,
    typed_cluster,
)

if TYPE_CHECKING:
    from allocator.alternatives import Alternatives

_POSITIVE = click.FloatRange(min=0, min_open=True)
LEANING_KEYS = ("most", "fairest", "continuity", "travel", "tier3")


@click.command(name="alternatives", short_help="A few good proposals that look different.")
@cluster_argument
@click.option(
    "--count", type=click.IntRange(3, 5), default=4, show_default=True, help="How many proposals, 3 to 5."
)
@click.option(
    "--slack",
    type=Share(),
    default="2%",
    show_default=True,
    help="How much need met a proposal may give up, of the best.",
)
@click.option(
    "--distance",
    type=Share(),
    default="5%",
    show_default=True,
    help="How different any two must be in what people recognise.",
)
@click.option(
    "--surprises",
    type=click.IntRange(0, 2),
    default=1,
    show_default=True,
    help="How many of them are to be surprises.",
)
@click.option(
    "--leaning",
    "leanings",
    type=click.Choice(LEANING_KEYS),
    multiple=True,
    help="Only these leanings, and most need met; may be repeated.",
)
@click.option(
    "--time-limit",
    type=_POSITIVE,
    default=7.0,
    show_default=True,
    help="Seconds for each search; the first takes half as much again.",
)
@click.option(
    "--work-limit", type=_POSITIVE, help="Counted work instead of time: the same call, the same bytes."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of random choices."
)
@click.option(
    "--audience",
    type=click.Choice(["panel", "cluster", "public"]),
    help="Who reads it: the panel sees codes, others do not. Left out, as the cluster says.",
)
@click.option("--progress/--no-progress", default=True, help="One line on stderr for each search.")
@click.option("-o", "--output", type=FOLDER, help="Folder for the proposals; a second call goes on from it.")
@json_option
@reports_errors
def command(
    *,
    cluster: Path,
    time_limit: float,
    work_limit: float | None,
    seed: int,
    leanings: tuple[str, ...],
    audience: Any,
    progress: bool,
    output: Path | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Find 3 to 5 proposals for CLUSTER: named leanings, then a surprise.

    Each keeps as many commitments as the others, meets at most the slack less need than the best of them, and
    differs from each of them by the distance or more: in hours of each role at each site, in who visits which
    site, and in hours by tier. What is too near, or gives up too much, is left out, and said.

    \b
    Example:
      allocator alternatives urban
      allocator alternatives urban --count 4 --slack 2% -o choices
      allocator alternatives urban --count 5 --slack 2% -o choices
    """
    from allocator.alternatives import Effort, Question, find_alternatives
    from allocator.errors import InfeasibleError
    from allocator.reporting.privacy import shielded

    world = read(cluster)
    effort = Effort(None if work_limit is not None else time_limit, work_limit, seed)
    question = Question(effort=effort, **{**asked, **({"leanings": leanings} if leanings else {})})
    try:
        found = find_alternatives(world, question, folder=output, say=_say if progress else None)
    except InfeasibleError as error:
        raise shielded(world, error) from None
    _answer(found, audience, output, typed_cluster(cluster), as_json)


def _say(words: str) -> None:
    click.echo(f"Searching: {words}", err=True)


def _answer(found: Alternatives, audience: Any, output: Path | None, typed: str, as_json: bool) -> None:
    from allocator.alternatives.screen import render

    saved = [] if output is None else [output / f"{each.key}.json" for each in found.proposals]
    if as_json:
        print_json({"status": "done", **found.as_dict(audience), "saved": [str(path) for path in saved]})
        return
    show(render(found, audience))
    if saved:
        click.echo(f"\nSaved in {output}: {', '.join(path.name for path in saved)}.")
        click.echo(f"Next: allocator compare {' '.join(str(path) for path in saved[:2])} --cluster {typed}")
    else:
        click.echo("\nNothing was saved; add -o choices to keep the proposals and to go on later.")
