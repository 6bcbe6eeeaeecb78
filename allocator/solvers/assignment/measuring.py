"""Measurements on public instances: one row an instance, in the file's own sense."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from allocator.importing.gap import GapInstance, Sense
from allocator.solvers.assignment.problem import AssignmentProgress, OnProgress
from allocator.solvers.assignment.solve import solve_assignment

Row = dict[str, Any]


def measure_gap(
    instance: GapInstance,
    *,
    time_limit: float | None,
    work_limit: int | None = None,
    seed: int = 1,
    best_known: int | None = None,
    on_progress: OnProgress | None = None,
) -> Row:
    """Solve one instance. Keys: ``instance``, ``agents``, ``jobs``, ``sense``, ``value``, ``bound``, ``gap`` (a share),
    ``best_known``, ``distance`` (a share, negative where better than the best known), ``proved``, ``stopped``,
    ``seconds``, ``work``, ``seed``, ``assignment`` (each job's agent, from 1 on, as in the literature).
    """

    def tell(news: AssignmentProgress) -> None:
        if on_progress is not None:
            value, bound = instance.shown(news.value), instance.shown(news.bound)
            on_progress(AssignmentProgress(value, bound if bound is not None else 0, news.gap, news.seconds))

    result = solve_assignment(
        instance.problem, time_limit=time_limit, work_limit=work_limit, seed=seed, on_progress=tell
    )
    value = instance.shown(result.value)
    return {
        "instance": instance.name,
        "agents": instance.problem.agents,
        "jobs": instance.problem.jobs,
        "sense": str(instance.sense),
        "value": value,
        "bound": instance.shown(result.bound),
        "gap": result.gap,
        "best_known": best_known,
        "distance": _distance(value, best_known, instance.sense),
        "proved": result.proved,
        "stopped": str(result.stopped),
        "seconds": round(result.seconds, 2),
        "work": result.work,
        "seed": seed,
        "assignment": None if result.assignment is None else [int(i) + 1 for i in result.assignment],
    }


def save_gap(path: Path, rows: list[Row], *, time_limit: float, seed: int) -> None:
    """Write the rows with the settings and the facts of the machine, in one step.

    Raises:
        OSError: the file cannot be written.
    """
    from allocator.benchmarking.running import machine
    from allocator.io.atomic import write_text

    content = {
        "measured": dt.date.today().isoformat(),
        "time_limit": time_limit,
        "seed": seed,
        "machine": machine(),
    }
    head = json.dumps({**content, "rows": []}, indent=2, ensure_ascii=False)
    lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
    write_text(path, head.replace('"rows": []', f'"rows": [\n{lines}\n  ]') + "\n")


def _distance(value: int | None, best_known: int | None, sense: Sense) -> float | None:
    if value is None or best_known is None:
        return None
    worse = value - best_known if sense is Sense.LEAST else best_known - value
    return worse / max(abs(best_known), 1)
