"""A whole measurement: every contestant on every instance of a size, told, and written down in one step."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from allocator.benchmarking.contestants import Contestant, contestants
from allocator.benchmarking.instances import SIZES, TIME_LIMITS, Size, instances
from allocator.benchmarking.memory import available_mib
from allocator.benchmarking.processes import solve_apart
from allocator.benchmarking.rows import Case, Measured, Outcome, Row, gap, with_gaps
from allocator.errors import Fault, InputError
from allocator.models.world import Cluster


def run(
    *,
    size: Size,
    time_limit: float | None = None,
    seeds: int = 1,
    out: Path | None = None,
    only: Iterable[str] = (),
) -> list[Row]:
    """Solve the instances of a size with every contestant, once for each seed from 1 to ``seeds``.

    Every solve runs in a process of its own, in which the same contestant has solved a very small cluster before the
    clock counts, so that compiled loops and solver libraries are loaded. Progress goes to stderr: one line for each
    solve, and one for each thing the checker found wrong.

    Args:
        size: ``cluster`` (the three ready-made ones), ``district``, ``region`` or ``nation``.
        time_limit: seconds each solve may take; by the size when left out.
        seeds: solves for each pair of instance and contestant.
        out: a JSON file that receives the rows, the settings and the facts of the machine, in one step.
        only: names of contestants; all when empty.

    Returns:
        One row for each solve: ``cluster``, ``needs``, ``people``, ``strategy``, ``seed``, ``first_proposal_s``
        (seconds from the call to the first news with something found), ``seconds`` (the whole call),
        ``commitments_kept`` and ``need_met`` (values of these stages), ``need_met_in_proposal`` (what later goals
        left of it within its tolerance), ``bound`` (proved by this run, under its own floors), ``gap_own``,
        ``gap_best`` (see ``with_gaps``), ``violations`` (found by the checker), ``stopped`` (or why there is no
        proposal), ``load`` (of the machine over the last minute, at the end; None where the system does not say),
        ``peak_mib`` (the most memory its process held), ``trace`` (need met and its bound over time: rows of
        seconds, found, bound). What is not known is None.

    Raises:
        ValueError: the size or a contestant is not known, or ``seeds`` is less than 1.
        OSError: ``out`` cannot be written; a missing folder is told before anything is solved.
        InfeasibleError: a strategy claims that a cluster has no plan.
        KeyboardInterrupt: somebody pressed Ctrl-C; what was cut short is no measurement.
    """
    if size not in SIZES:
        raise ValueError(f"no size is called {size!r}; there are {', '.join(SIZES)}")
    if seeds < 1:
        raise ValueError(f"seeds must be at least 1 (found {seeds})")
    if out is not None and not out.resolve().parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(out.parent))
    chosen, limit = contestants(only), TIME_LIMITS[size] if time_limit is None else time_limit
    rows = measure(instances(size), chosen, time_limit=limit, seeds=range(1, seeds + 1), tell=_say)
    if out is not None:
        _save(out, rows, size=size, time_limit=limit, seeds=seeds)
    return rows


def measure(
    clusters: Mapping[str, Cluster],
    chosen: Sequence[Contestant],
    *,
    time_limit: float,
    seeds: Iterable[int],
    tell: Callable[[str], None] | None = None,
) -> list[Row]:
    """One row for each cluster, contestant and seed, as ``run`` describes them.

    Contestants take turns for each seed, so that a machine that slows down slows all of them.
    """
    every = tuple(seeds)
    rows: list[Row] = []
    for name, cluster in clusters.items():
        group: list[Measured] = []
        for seed in every:
            for contestant in chosen:
                case = Case(name, len(cluster.needs), len(cluster.staff), contestant.name, seed)
                outcome = solve_apart(cluster, contestant, seed=seed, time_limit=time_limit)
                group.append((case, outcome))
                if tell is not None:
                    tell(_sentence(case, outcome))
        rows.extend(with_gaps(group))
    return rows


def _sentence(case: Case, outcome: Outcome) -> str:
    words = f"{case.cluster}, {case.strategy}, seed {case.seed}: {outcome.seconds:.1f} s, {outcome.stopped}"
    share = gap(outcome.need_met, outcome.bound)
    if share is not None:
        words += f", need met within {100 * share:.2f}% of its own bound"
    if outcome.peak_mib is not None:
        words += f", {outcome.peak_mib:,.0f} MiB at most"
    return words + "".join(f"\n  BROKEN {found}" for found in outcome.violations or ())


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _save(out: Path, rows: list[Row], **settings: object) -> None:
    from allocator.io.atomic import write_text

    content = {"measured": dt.date.today().isoformat(), **settings, "machine": machine(), "rows": rows}
    text = json.dumps({**content, "rows": []}, indent=2, ensure_ascii=False)
    lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
    write_text(out, text.replace('"rows": []', f'"rows": [\n{lines}\n  ]') + "\n")


def read_results(path: Path) -> list[Row]:
    """The rows of a file that ``run`` wrote.

    Raises:
        InputError: it is no such file.
        OSError: it cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = content["rows"]
        known = isinstance(rows, list) and all({"cluster", "strategy", "needs"} <= set(row) for row in rows)
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise InputError([Fault(path.name, "is no file of results written by allocator benchmark -o")])
    return list(rows)


def machine() -> dict[str, object]:
    """What the figures depend on: processors, memory, versions, system. Nothing that names machine or owner."""
    free = available_mib()
    return {
        "cpus": os.cpu_count(),
        **({} if free is None else {"memory_free_gib": round(free / 1024, 1)}),
        "python": platform.python_version(),
        "allocator": version("allocator"),
        "ortools": version("ortools"),
        "numba": version("numba"),
        "platform": platform.platform(),
    }
