"""``solve``: from a cluster to a proposal, whatever the strategy."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from allocator.errors import NotFoundError
from allocator.io.fingerprint import fingerprint
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from allocator.solvers import loops
from allocator.solvers.base import Budget, Progress
from allocator.solvers.feasibility import first_plan
from allocator.solvers.formulation import Formulation, whole
from allocator.solvers.insertion import insert_what_fits
from allocator.solvers.mathopt import write_mps
from allocator.solvers.options import build_problem
from allocator.solvers.plans.strategy import solve_by_plans
from allocator.solvers.problem import Problem
from allocator.solvers.publish import publish
from allocator.solvers.resuming import resumed
from allocator.solvers.search import Search, Strategy, backend, post_rules, solve_exactly
from allocator.solvers.stages import Expressions, stages


def solve(
    cluster: Cluster,
    *,
    strategy: Strategy = "plans",
    time_limit: float | None = 10.0,
    gap: float = 0.0,
    work_limit: float | None = None,
    seed: int = 1,
    workers: int | None = None,
    start: Proposal | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    export_model: Path | None = None,
) -> Proposal:
    """Who supports whom: a proposal with a proved bound for every goal.

    Args:
        cluster: as ``allocator.read_cluster`` returns it.
        strategy: ``plans`` scales; ``cpsat``, ``scip`` and ``highs`` solve one exact model of everything.
        time_limit: seconds the search may take; None searches until everything is proved.
        gap: a stage counts as good enough when its gap is at most this share.
        work_limit: deterministic work instead of time: same input, seed and version give the same bytes.
        seed: of every random choice.
        workers: threads of CP-SAT; None is what measures best (8 for one model).
        start: an earlier proposal to start from, of this cluster or of one a little different.
        on_progress: called with news while the search runs.
        export_model: write the first stage's model there, as MPS.

    Raises:
        InfeasibleError: proved; carries a smallest conflict.
        NotFoundError: no proposal was found within the limit, or the search was interrupted before the first.
    """
    problem = build_problem(cluster)
    if export_model is not None:
        write_mps(stage_model(problem).model, export_model)
    if strategy == "plans":
        loops.ready(problem)
    budget = Budget(seconds=time_limit, work=work_limit)
    search = Search(problem, budget, seed=seed, workers=workers or 8, gap=gap, on_progress=on_progress)
    with interruptible(budget.interrupted):
        if start is None:
            search.plan = first_plan(problem, budget, seed)
        else:
            search.plan, search.resumed = resumed(problem, start, budget, seed), True
        if strategy == "plans":
            solve_by_plans(search)
        else:
            solve_exactly(search, backend(strategy))
        exhausted = insert_what_fits(search)
        if search.plan is None:
            raise NotFoundError("no proposal was found in time; allow more time")
        limits: dict[str, float | int | None] = {
            "time_limit": time_limit,
            "gap": gap,
            "work_limit": work_limit,
            "workers": workers,
        }
        return publish(
            search,
            search.plan,
            exhausted=exhausted,
            strategy=strategy,
            fingerprint=fingerprint(cluster),
            limits=limits,
        )


def stage_model(problem: Problem) -> Formulation:
    """The first stage as one model, objective included."""
    f = Formulation(problem, whole(problem))
    post_rules(f)
    f.model.objective = Expressions(f).of(stages(problem)[0]).terms
    return f


@contextmanager
def interruptible(event: threading.Event) -> Iterator[None]:
    """Ctrl-C sets ``event`` instead of raising, so that the best plan so far is kept; a second Ctrl-C raises."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
