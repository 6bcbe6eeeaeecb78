"""``allocator suggest``: which redeployments would help most, and the shopping list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.common import (
    ClusterPath,
    cluster_argument,
    json_option,
    print_json,
    read,
    reports_errors,
    show,
    typed_cluster,
)

if TYPE_CHECKING:
    from allocator.alternatives import Effort
    from scenarios.suggesting import Neighbour, ShoppingList, Suggestions

_POSITIVE = click.FloatRange(min=0, min_open=True)
KIND_KEYS = ("base", "share", "hours", "lend", "train", "group", "merge")


@click.command(name="suggest", short_help="Which redeployments would help most; the shopping list.")
@cluster_argument
@click.option(
    "--moves",
    type=click.IntRange(1, 3),
    default=1,
    show_default=True,
    help="Also the best two, or three, together.",
)
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(KIND_KEYS),
    multiple=True,
    help="Only moves of this kind; may be repeated. Left out, all.",
)
@click.option(
    "--neighbour", type=ClusterPath(), help="Another cluster that may lend time its plan leaves unused."
)
@click.option(
    "--shopping",
    is_flag=True,
    help="Instead: what the next 0.1 FTE of each role, skill and site would bring.",
)
@click.option(
    "--seconds",
    type=_POSITIVE,
    help="For the whole call; left out, 45 (90 for the shopping list). Each further move may add half of it.",
)
@click.option(
    "--time-limit", type=_POSITIVE, help="Seconds for each search; left out, 2 (1 for the shopping list)."
)
@click.option(
    "--work-limit", type=_POSITIVE, help="Counted work for each search instead of time: can be repeated."
)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=12,
    show_default=True,
    help="Moves planned anew at most; items listed, twice that.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of random choices."
)
@click.option(
    "--audience",
    type=click.Choice(["panel", "cluster", "public"]),
    help="Who reads it: the panel sees codes, others do not. Left out, as the cluster says.",
)
@click.option("--progress/--no-progress", default=True, help="One line on stderr for each part.")
@json_option
@reports_errors
def command(
    *,
    cluster: Path,
    moves: int,
    kinds: tuple[str, ...],
    neighbour: Path | None,
    shopping: bool,
    seconds: float | None,
    time_limit: float | None,
    work_limit: float | None,
    most: int,
    seed: int,
    audience: Any,
    progress: bool,
    as_json: bool,
) -> None:
    """Find the redeployments in CLUSTER that bring most need met, and say who would lose.

    Moves: another base, some days elsewhere, more hours (within policy.negotiable), time borrowed from a
    neighbour, a skill learnt, a group instead of one to one, thin groups of several sites together. All are
    estimated; the best of each kind are planned and checked, and ranked by the gain that was verified.

    \b
    Example:
      allocator suggest urban
      allocator suggest urban --moves 3 --kind base --kind train --neighbour rural
      allocator suggest urban --shopping
    """
    from allocator.alternatives import Effort
    from allocator.errors import InfeasibleError
    from allocator.reporting.privacy import shielded

    world = read(cluster)
    effort = Effort(
        None if work_limit is not None else time_limit or (1.0 if shopping else 2.0), work_limit, seed
    )
    given: dict[str, Any] = {"typed": typed_cluster(cluster), "say": _say if progress else None}
    try:
        if shopping:
            from scenarios.suggesting import shopping_list

            _answer_list(
                shopping_list(world, effort=effort, seconds=seconds or 90.0, most=2 * most, **given), as_json
            )
            return
        from scenarios.suggesting import Depth, suggest

        lender = None if neighbour is None else _neighbour(neighbour, effort, given["say"])
        depth = Depth(seconds=seconds or 45.0, solved=most)
        wanted: dict[str, Any] = {
            "moves": moves,
            "kinds": kinds or KIND_KEYS,
            "neighbour": lender,
            "depth": depth,
        }
        _answer(suggest(world, effort=effort, **wanted, **given), audience, as_json)
    except InfeasibleError as error:
        raise shielded(world, error) from None


def _say(words: str) -> None:
    click.echo(f"Searching: {words}", err=True)


def _neighbour(path: Path, effort: Effort, say: Any) -> Neighbour:
    """The neighbour with a plan of its own, which says what it leaves unused."""
    from allocator.errors import InfeasibleError
    from allocator.reporting.privacy import shielded
    from scenarios import ready_made_names
    from scenarios.suggesting import Neighbour

    there = read(path)
    if say is not None:
        say(f"the plan of {there.name}, which may lend")
    known = typed_cluster(path)
    name = known if known in ready_made_names() else str(path)
    try:
        return Neighbour(name, there, effort.solve(there, part=3.0))
    except InfeasibleError as error:
        raise shielded(there, error) from None


def _answer(found: Suggestions, audience: Any, as_json: bool) -> None:
    from scenarios.suggesting.screen import render

    if as_json:
        print_json({"status": "done", **found.as_dict(audience)})
        return
    show(render(found, audience))


def _answer_list(found: ShoppingList, as_json: bool) -> None:
    from scenarios.suggesting.screen import render_list

    if as_json:
        print_json({"status": "done", **found.as_dict()})
        return
    show(render_list(found))
