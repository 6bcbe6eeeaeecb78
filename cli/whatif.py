"""``allocator whatif``: what a change would do, before anybody makes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.common import (
    FOLDER,
    INFEASIBLE,
    NOT_FOUND,
    ClusterPath,
    json_option,
    print_json,
    read,
    remembered,
    reports_errors,
    show,
    typed_cluster,
)
from scenarios.forms import FORMS, option_of

if TYPE_CHECKING:
    from allocator.comparing import Case, Comparison
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster
    from scenarios.applying import Applied
    from scenarios.model import Scenario

_POSITIVE = click.FloatRange(min=0, min_open=True)
_TYPED = "typed changes"
AS_IT_IS = "as it is"


def search_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every verb that solves several times."""
    for option in reversed(
        (
            click.option(
                "--time-limit", type=_POSITIVE, default=5.0, show_default=True, help="Seconds for each plan."
            ),
            click.option(
                "--work-limit",
                type=_POSITIVE,
                help="Counted work for each plan instead of time: the same call, the same plans.",
            ),
            click.option(
                "--gap",
                type=click.FloatRange(0, 1),
                default=0.0,
                show_default=True,
                help="Good enough: 0.01 is 1%.",
            ),
            click.option(
                "--seed",
                type=click.IntRange(min=0),
                default=1,
                show_default=True,
                help="Seed of random choices.",
            ),
            click.option(
                "--audience",
                type=click.Choice(["panel", "cluster", "public"]),
                help="Who reads it: the panel sees codes, others counts. Left out, as the cluster says.",
            ),
            click.option("--full", is_flag=True, help="Every row, site and person, not one screen."),
            click.option(
                "--progress/--no-progress",
                default=None,
                help="Progress on stderr; left out, one line a plan.",
            ),
        )
    ):
        command = option(command)
    return command


def typed_options(command: Callable[..., None]) -> Callable[..., None]:
    """One option for each type of change that can be typed on a line."""
    for kind, (_, example, words) in reversed(FORMS.items()):
        command = click.option(
            option_of(kind),
            multiple=True,
            expose_value=False,
            callback=remembered(_TYPED, kind),
            metavar="TEXT",
            help=f'{words} "{example}"',
        )(command)
    return command


@click.command(name="whatif", short_help="Try changes and see who gains and who loses.")
@click.argument("cluster", type=ClusterPath(), metavar="CLUSTER")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@typed_options
@search_options
@click.option("--attribution", is_flag=True, help="Also solve each change alone: which change brings what.")
@click.option("-o", "--output", type=FOLDER, help="Folder for the proposals and the changed clusters.")
@json_option
@click.pass_context
@reports_errors
def command(
    ctx: click.Context,
    /,
    *,
    cluster: Path,
    scenarios: tuple[str, ...],
    output: Path | None,
    attribution: bool,
    audience: Any,
    full: bool,
    as_json: bool,
    **search: Any,
) -> None:
    """Solve CLUSTER as it is and under each SCENARIO, and show them side by side.

    A SCENARIO is a YAML file or a ready-made question (S1 to S12). Changes typed as options make one more
    scenario; people, sites and needs may be named by code, sites by name too. Each option may be given several
    times. Exit code 3 if a scenario leaves no plan, 4 if none was found in time.

    \b
    Example:
      allocator whatif urban S4 S11
      allocator whatif urban --absence "ORS-02: 2027-T1"
      allocator whatif urban --redeploy "RTLB-03: 0.4 FTE -> Driftwood Rise School" -o what-if
    """
    from allocator.comparing import compare
    from scenarios.running import save_cases

    world = read(cluster)
    asked = scenarios_asked(world, typed_cluster(cluster), scenarios, ctx.meta.get(_TYPED, []))
    if not asked:
        raise click.UsageError("Name a scenario, or type a change, for example --absence 'SLT-02: 2027-T1'.")
    solve = solver(search)
    cases = [paired_case(world, solve)]
    split = []
    for scenario, applied in asked:
        cases.append(scenario_case(scenario, applied, solve))
        if attribution and len(applied.steps) > 1:
            split.append(part_of(cases[0], cases[-1], applied, solve))
    compared = compare(*cases, audience=audience, attributions=[each for each in split if each])
    saved = [] if output is None else save_cases(cases, output)
    answer(compared, saved, full, as_json, may_save=True)
    leave(ctx, cases)


def scenarios_asked(
    world: Cluster, cluster: str, sources: tuple[str, ...], typed: list[tuple[str, str]]
) -> list[tuple[Scenario, Applied]]:
    """Every scenario named or typed, applied to the cluster: all of them before any is solved.

    ``cluster`` is how the cluster was typed; a scenario that fails and was written for another says so.

    Raises:
        InputError: the faults of every scenario at once.
    """
    from allocator.errors import Fault, InputError
    from scenarios import apply_in_turn, read_scenarios
    from scenarios.typed import typed_scenario

    faults: list[Fault] = []
    found: list[tuple[Scenario, Applied]] = []
    reads: list[Callable[[], tuple[Scenario, ...]]] = [partial(read_scenarios, each) for each in sources]
    if typed:
        reads.append(lambda: (typed_scenario(typed),))
    for read_them in reads:
        written_for: str | None = None
        try:
            for scenario in read_them():
                written_for = scenario.cluster
                found.append((scenario, apply_in_turn(world, scenario)))
        except InputError as error:
            faults += error.faults
            if written_for not in (None, cluster):
                faults.append(Fault(error.faults[0].file, f"the scenario is written for {written_for}"))
    if faults:
        raise InputError(dict.fromkeys(faults))
    return found


Solver = Any
"""``solver.say(words)`` tells what comes, ``solver(cluster)`` gives its proposal."""


def solver(search: dict[str, Any]) -> Solver:
    """``allocator.solve`` with the options of the command, telling on stderr what it is at."""
    return _Solver(search)


class _Solver:
    def __init__(self, search: dict[str, Any]) -> None:
        # loaded here: it takes most of a second, which the first of the plans compared must not pay for
        import_module("ortools.sat.python.cp_model")
        self._progress = search.pop("progress")
        self._search = search
        self.start: Proposal | None = None
        """What every further plan starts from."""

    def say(self, words: str) -> None:
        """One line on stderr before a search."""
        if self._progress is not False:
            click.echo(f"Solving {words}", err=True)

    def __call__(self, cluster: Cluster) -> Proposal:
        import allocator
        from cli.progress import progress_line

        with progress_line(self._progress) as on_progress:
            made: Proposal = allocator.solve(
                cluster, on_progress=on_progress, start=self.start, **self._search
            )
        return made


def first_case(world: Cluster, solve: Solver, name: str = AS_IT_IS) -> Case:
    """The cluster without any change.

    Raises:
        InfeasibleError, NotFoundError: there is no plan to compare with.
    """
    from allocator.comparing import Case
    from allocator.errors import InfeasibleError
    from allocator.reporting.privacy import shielded

    solve.say(f"{world.name}, {name}")
    try:
        return Case(name, world, solve(world))
    except InfeasibleError as error:
        raise shielded(world, error) from None


def paired_case(world: Cluster, solve: Solver) -> Case:
    """The cluster without any change, and from now on every plan goes on from the first one found.

    The plan without a change goes on from it too: so what the plans differ in is the change, not the luck of a search.

    Raises:
        InfeasibleError, NotFoundError: there is no plan to compare with.
    """
    from allocator.models.proposal import Status

    first = first_case(world, solve)
    solve.start = first.proposal
    proved = first.proposal is not None and first.proposal.status is Status.PROVED_BEST
    return first if proved else first_case(world, solve, AS_IT_IS)


def scenario_case(scenario: Scenario, applied: Applied, solve: Solver) -> Case:
    """The cluster as a scenario has it, with its plan or why there is none."""
    from scenarios.running import case_of

    solve.say(scenario.name)
    return case_of(scenario.name, applied.cluster, solve, applied.sentences, scenario.question)


def part_of(base: Case, together: Case, applied: Applied, solve: Solver) -> Any:
    """What each change brings; None where there are no two plans."""
    from scenarios.running import attribution_of

    return attribution_of(base, together, applied, solve, solve.say)


def answer(
    compared: Comparison, saved: list[Path], full: bool, as_json: bool, *, may_save: bool = False
) -> None:
    """Print the comparison, and where its proposals are."""
    from allocator.comparing.screen import render

    if as_json:
        print_json({"status": "done", **compared.as_dict(), "saved": [str(path) for path in saved]})
        return
    show(render(compared, full=full))
    if saved:
        click.echo(f"\nSaved in {saved[0].parent}: {', '.join(path.name for path in saved)}.")
        click.echo(f"Next: allocator check {saved[-1].with_suffix('')} {saved[-1]}")
    elif may_save:
        click.echo("\nNothing was saved; add -o what-if to keep the proposals.")


def leave(ctx: click.Context, cases: list[Case]) -> None:
    """Exit 3 or 4 where a scenario has no plan."""
    from scenarios.running import NOT_FOUND as NONE_IN_TIME

    problems = [case.problem for case in cases if case.problem]
    if problems:
        ctx.exit(NOT_FOUND if all(each == NONE_IN_TIME for each in problems) else INFEASIBLE)
