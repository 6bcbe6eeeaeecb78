"""Measurements: every strategy on the same instances in the same run, each proposal checked.

The bound of a stage holds only for plans that keep the floors of the stages before it. A bound of need met is
therefore compared with another run's need met only where both runs reached the same values in every stage
before (in the usual order: the same number of commitments kept), which means the same floors.
"""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import allocator
from allocator.errors import NotFoundError
from allocator.models.policy import Goal
from allocator.models.proposal import Proposal, Stage, StopReason
from allocator.models.world import Cluster

if TYPE_CHECKING:
    from allocator.solvers.base import Progress
    from allocator.solvers.search import Strategy

STRATEGIES: tuple[Strategy, ...] = ("plans", "cpsat", "highs", "scip")
"""The strategy that scales, and the one-model backends it is compared with."""
NOTHING_FOUND = "nothing found"
"""What stands under ``stopped`` when a search ended without a proposal."""

_WARM_UP_SECONDS = 1.0

Row = dict[str, object]


@dataclass(frozen=True)
class Case:
    """What one run was asked: an instance, a strategy and a seed."""

    cluster: str
    needs: int
    people: int
    strategy: str
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What one run found, proved and took. Without a proposal all but ``seconds``, ``stopped``, ``load`` is None."""

    seconds: float
    stopped: str
    load: float | None
    first_proposal_s: float | None = None
    before: tuple[int, ...] | None = None
    """Values of the stages before need met, to be maximised (costs are negative)."""
    commitments_kept: int | None = None
    need_met: int | None = None
    need_met_in_proposal: int | None = None
    bound: int | None = None
    violations: tuple[str, ...] | None = None
    """What the checker found wrong, one sentence each."""


Measured = tuple[Case, Outcome]


def run(*, size: str, time_limit: float, seeds: int, out: Path | None) -> list[Row]:
    """Solve the ready-made clusters with every strategy, once for each seed from 1 to ``seeds``.

    Before the clock counts, every strategy solves the first cluster for one second, so that compiled loops and
    solver libraries are loaded; these solves appear nowhere. Progress goes to stderr: one line for each solve,
    and one for each thing the checker found wrong.

    Args:
        size: ``cluster``, the only size there is.
        time_limit: seconds each solve may take.
        seeds: solves for each pair of cluster and strategy.
        out: a JSON file that receives the rows, the settings and the facts of the machine, in one step.

    Returns:
        One row for each solve: ``cluster``, ``needs``, ``people``, ``strategy``, ``seed``, ``first_proposal_s``
        (seconds from the call to the first news with something found), ``seconds`` (the whole call),
        ``commitments_kept`` and ``need_met`` (values of these stages), ``need_met_in_proposal`` (what later goals
        left of it within its tolerance), ``bound`` (proved by this run, under its own floors), ``gap_own``,
        ``gap_best`` (see ``with_gaps``), ``violations`` (found by the checker), ``stopped``, ``load`` (of the
        machine over the last minute, at the end; None where the system does not say). What is not known is None.

    Raises:
        ValueError: the size is not known, or ``seeds`` is less than 1.
        OSError: ``out`` cannot be written; a missing folder is told before anything is solved.
        InfeasibleError: a strategy claims that a cluster has no plan.
        KeyboardInterrupt: somebody pressed Ctrl-C; what was cut short is no measurement.
    """
    if size != "cluster":
        raise ValueError(f"no size is called {size!r}; there is cluster")
    if seeds < 1:
        raise ValueError(f"seeds must be at least 1 (found {seeds})")
    if out is not None and not out.resolve().parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(out.parent))
    clusters = _ready_made()
    _warm_up(next(iter(clusters.values())), STRATEGIES)
    rows = measure(clusters, STRATEGIES, time_limit=time_limit, seeds=range(1, seeds + 1), tell=_say)
    if out is not None:
        _save(out, rows, size=size, time_limit=time_limit, seeds=seeds)
    return rows


def measure(
    clusters: Mapping[str, Cluster],
    strategies: Sequence[Strategy],
    *,
    time_limit: float,
    seeds: Iterable[int],
    tell: Callable[[str], None] | None = None,
) -> list[Row]:
    """One row for each cluster, strategy and seed, as ``run`` describes them.

    Strategies take turns for each seed, so that a machine that slows down slows all of them.
    """
    chosen = tuple(seeds)
    rows: list[Row] = []
    for name, cluster in clusters.items():
        group: list[Measured] = []
        for seed in chosen:
            for strategy in strategies:
                case = Case(name, len(cluster.needs), len(cluster.staff), strategy, seed)
                outcome = solve_once(cluster, strategy, seed=seed, time_limit=time_limit)
                group.append((case, outcome))
                if tell is not None:
                    tell(_sentence(case, outcome))
        rows.extend(with_gaps(group))
    return rows


def solve_once(cluster: Cluster, strategy: Strategy, *, seed: int, time_limit: float) -> Outcome:
    """One solve, timed, and its proposal checked (the check is not timed).

    Raises:
        KeyboardInterrupt: the solve was interrupted.
    """
    first: list[float] = []

    def listen(news: Progress) -> None:
        if news.found is not None and not first:
            first.append(time.perf_counter() - started)

    started = time.perf_counter()
    try:
        proposal = allocator.solve(
            cluster, strategy=strategy, time_limit=time_limit, seed=seed, on_progress=listen
        )
    except NotFoundError:
        return Outcome(time.perf_counter() - started, NOTHING_FOUND, _load())
    seconds, load = time.perf_counter() - started, _load()
    if proposal.stopped is StopReason.INTERRUPTED:
        raise KeyboardInterrupt
    kept, met = _stage(proposal, Goal.COMMITMENTS_KEPT), _stage(proposal, Goal.NEED_MET)
    return Outcome(
        seconds=seconds,
        stopped=str(proposal.stopped),
        load=load,
        first_proposal_s=first[0] if first else None,
        before=None if met is None else _before(proposal, met),
        commitments_kept=None if kept is None else kept.value,
        need_met=None if met is None else met.value,
        need_met_in_proposal=proposal.goal_values.get(Goal.NEED_MET),
        bound=None if met is None else met.bound,
        violations=tuple(str(found) for found in allocator.check(cluster, proposal)),
    )


def with_gaps(group: Sequence[Measured]) -> list[Row]:
    """Rows of one instance, with their gaps: (bound − need met) ÷ the larger of the two, as a share.

    ``gap_own`` takes the run's own bound. ``gap_best`` takes the smallest bound of the runs that did best in the
    stages before need met, and is None for every other run: its floors were lower, so it answered an easier
    question. A negative gap is a bound that another run disproved, and is shown as it is.
    """
    reached = [outcome.before for _, outcome in group if outcome.before is not None]
    best = max(reached, default=None)
    bounds = [o.bound for _, o in group if o.before is not None and o.before == best and o.bound is not None]
    bound = min(bounds, default=None)
    return [
        _row(case, outcome, bound if outcome.before is not None and outcome.before == best else None)
        for case, outcome in group
    ]


def _row(case: Case, outcome: Outcome, best_bound: int | None) -> Row:
    first = outcome.first_proposal_s
    return {
        "cluster": case.cluster,
        "needs": case.needs,
        "people": case.people,
        "strategy": case.strategy,
        "seed": case.seed,
        "first_proposal_s": None if first is None else round(first, 3),
        "seconds": round(outcome.seconds, 3),
        "commitments_kept": outcome.commitments_kept,
        "need_met": outcome.need_met,
        "need_met_in_proposal": outcome.need_met_in_proposal,
        "bound": outcome.bound,
        "gap_own": _gap(outcome.need_met, outcome.bound),
        "gap_best": _gap(outcome.need_met, best_bound),
        "violations": None if outcome.violations is None else len(outcome.violations),
        "stopped": outcome.stopped,
        "load": None if outcome.load is None else round(outcome.load, 2),
    }


def _gap(value: int | None, bound: int | None) -> float | None:
    if value is None or bound is None:
        return None
    largest = max(abs(value), abs(bound))
    return (bound - value) / largest if largest else 0.0


def _stage(proposal: Proposal, goal: Goal) -> Stage | None:
    """The stage of this goal alone; None where the policy has none, or the search did not get there."""
    return next((stage for stage in proposal.stages if stage.goals == (goal,)), None)


def _before(proposal: Proposal, stage: Stage) -> tuple[int, ...]:
    earlier = proposal.stages[: proposal.stages.index(stage)]
    return tuple(each.value if each.sense == "max" else -each.value for each in earlier)


def _load() -> float | None:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None  # Windows keeps no such figure


def _ready_made() -> dict[str, Cluster]:
    from scenarios import ready_made, ready_made_names

    return {name: allocator.read_cluster(ready_made(name)) for name in ready_made_names()}


def _warm_up(cluster: Cluster, strategies: Iterable[Strategy]) -> None:
    for strategy in strategies:
        _say(f"warming up {strategy}")
        solve_once(cluster, strategy, seed=1, time_limit=_WARM_UP_SECONDS)  # nothing is wanted of it


def _sentence(case: Case, outcome: Outcome) -> str:
    start = f"{case.cluster}, {case.strategy}, seed {case.seed}: {outcome.seconds:.1f} s, {outcome.stopped}"
    gap = _gap(outcome.need_met, outcome.bound)
    words = start if gap is None else f"{start}, need met within {100 * gap:.2f}% of its own bound"
    broken = "".join(f"\n  BROKEN {found}" for found in outcome.violations or ())
    return words + broken


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _save(out: Path, rows: list[Row], **settings: object) -> None:
    from allocator.io.atomic import write_text

    content = {"measured": dt.date.today().isoformat(), **settings, "machine": machine(), "rows": rows}
    write_text(out, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def machine() -> dict[str, object]:
    """What the figures depend on: processors, versions, system. Nothing that names the machine or its owner."""
    return {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "allocator": version("allocator"),
        "ortools": version("ortools"),
        "numba": version("numba"),
        "platform": platform.platform(),
    }
