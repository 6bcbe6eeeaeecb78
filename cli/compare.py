"""``allocator compare``: plans side by side, whatever they come from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.common import ClusterPath, json_option, read, reports_errors
from cli.whatif import answer, first_case, leave, part_of, scenario_case, search_options, solver

if TYPE_CHECKING:
    from allocator.comparing import Attribution, Case
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster

PROPOSAL, SCENARIO = ".json", (".yaml", ".yml")


@click.command(name="compare", short_help="Set plans side by side: scenarios, proposals or clusters.")
@click.argument("items", nargs=-1, required=True, metavar="A B [C]...")
@click.option(
    "--cluster", "basis", type=ClusterPath(), help="The cluster that scenarios and proposals are of."
)
@click.option(
    "--attribution/--no-attribution",
    default=True,
    show_default=True,
    help="Solve each change of a scenario alone: which change brings what.",
)
@search_options
@json_option
@click.pass_context
@reports_errors
def command(
    ctx: click.Context,
    /,
    *,
    items: tuple[str, ...],
    basis: Path | None,
    attribution: bool,
    audience: Any,
    full: bool,
    as_json: bool,
    **search: Any,
) -> None:
    """Compare A with B (and C …): what differs going in, what comes out, who gains and who loses.

    Each is a cluster (a folder, a workbook or a ready-made name), a scenario (a YAML file or a ready-made
    question) or a saved proposal (.json). Clusters and scenarios are solved. A scenario is put to --cluster, else
    to the first cluster named, else to the cluster it is written for.

    \b
    Example:
      allocator compare urban S4 S11
      allocator compare what-if/as-it-is.json what-if/S4.json
    """
    from allocator.comparing import compare

    if len(items) < 2:
        raise click.UsageError("Name two or more to compare.")
    found = _Found(items, basis)
    solve = solver(search)
    cases: list[Case] = []
    split: list[Attribution] = []
    for item in items:
        case, parts = found.case(item, solve, attribution)
        cases.append(case)
        split += parts
    compared = compare(*cases, audience=audience, attributions=split)
    answer(compared, [], full, as_json)
    leave(ctx, cases)


class _Found:
    """What the words of the command line stand for; every file is read once, before anything is solved."""

    def __init__(self, items: tuple[str, ...], basis: Path | None) -> None:
        from allocator.errors import Fault, InputError

        self._clusters: dict[str, Cluster] = {}
        self._scenarios: dict[str, Any] = {}
        self._proposals: dict[str, Proposal] = {}
        self._solved: dict[str, Case] = {}
        faults: list[Fault] = []
        self._basis = None if basis is None else read(basis)
        for item in items:
            try:
                self._read(item)
            except InputError as error:
                faults += error.faults
        if faults:
            raise InputError(dict.fromkeys(faults))
        for item in items:
            if item in self._proposals:
                self._clusters[item] = self._cluster_of(item)

    def _read(self, item: str) -> None:
        from allocator.io.proposals import load_proposal
        from scenarios import question_names, read_one

        path = Path(item)
        if path.suffix.lower() == PROPOSAL:
            self._proposals[item] = load_proposal(path)
        elif path.suffix.lower() in SCENARIO or (item in question_names() and not path.exists()):
            self._scenarios[item] = read_one(item)
        else:
            self._clusters[item] = read(ClusterPath().convert(item, None, None))

    def _cluster_of(self, item: str) -> Cluster:
        """The cluster a proposal is of, known by its fingerprint.

        Raises:
            InputError: none of those at hand is it.
        """
        from allocator.errors import Fault, InputError
        from allocator.io.fingerprint import fingerprint

        wanted = self._proposals[item].fingerprint
        for cluster in self._candidates(Path(item)):
            if fingerprint(cluster) == wanted:
                return cluster
        message = "its cluster is not at hand, or was changed since; name the cluster with --cluster"
        raise InputError([Fault(Path(item).name, message, column="fingerprint")])

    def _candidates(self, path: Path) -> Iterator[Cluster]:
        from allocator.io.reader import read_cluster
        from scenarios import ready_made, ready_made_names

        if self._basis is not None:
            yield self._basis
        yield from self._clusters.values()
        beside = path.with_suffix("")
        if beside.is_dir():
            yield read_cluster(beside)
        for name in ready_made_names():
            yield read_cluster(ready_made(name))

    def case(self, item: str, solve: Any, attribution: bool) -> tuple[Case, list[Attribution]]:
        """One side of the comparison, and what each change of it brings."""
        from allocator.comparing import Case

        if item in self._proposals:
            return Case(Path(item).stem, self._clusters[item], self._proposals[item]), []
        if item in self._clusters:
            return self._solve(self._clusters[item], Path(item).stem, solve), []
        return self._scenario(item, solve, attribution)

    def _solve(self, cluster: Cluster, name: str, solve: Any) -> Case:
        from allocator.io.fingerprint import fingerprint

        key = fingerprint(cluster)
        if key not in self._solved:
            self._solved[key] = first_case(cluster, solve, name)
        return self._solved[key]

    def _scenario(self, item: str, solve: Any, attribution: bool) -> tuple[Case, list[Attribution]]:
        from scenarios import apply_in_turn

        scenario = self._scenarios[item]
        basis = self._basis_of(item)
        applied = apply_in_turn(basis, scenario)
        case = scenario_case(scenario, applied, solve)
        if not attribution or len(applied.steps) < 2:
            return case, []
        part = part_of(self._solve(basis, basis.name, solve), case, applied, solve)
        return case, [] if part is None else [part]

    def _basis_of(self, item: str) -> Cluster:
        from allocator.errors import Fault, InputError
        from allocator.io.reader import read_cluster
        from scenarios import ready_made, ready_made_names

        if self._basis is not None:
            return self._basis
        if self._clusters:
            return next(iter(self._clusters.values()))
        name = self._scenarios[item].cluster
        if name in ready_made_names():
            return read_cluster(ready_made(name))
        if name is not None:
            return read_cluster((self._scenarios[item].folder or Path()) / name)
        raise InputError([Fault(Path(item).name, "it names no cluster; name one with --cluster")])
