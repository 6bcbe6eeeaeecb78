"""One search from start to end: prices and a first assignment, then proving and improving side by side."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from allocator.solvers.assignment.feasible import any_assignment, plainly_infeasible
from allocator.solvers.assignment.improving import Improver
from allocator.solvers.assignment.problem import (
    AssignmentProblem,
    AssignmentProgress,
    AssignmentResult,
    OnProgress,
    Stopped,
    gap_between,
)
from allocator.solvers.assignment.proving import Prover
from allocator.solvers.assignment.scaled import scaled
from allocator.solvers.facts import Ints

_TURN_SECONDS, _FIRST_BUDGET, _MOST_BUDGET = 0.1, 200, 5_000
"""How long a turn of proving should take; rounds of pricing in the first one, and at most."""
_FIXED_BUDGET = 500
"""Rounds in every turn where work is counted."""
_STEPS_A_SECOND = 2_000_000
"""Moves of the first annealing for each second of the limit: a tenth of the time."""
_CLOSE = 4
"""Distance from the bound, in questions, at which the improving thread helps to prove."""
_HELPED = 4
"""When it helps: so many turns of proving to one of improving."""
_WAIT_SECONDS = 0.05


def solve_assignment(
    problem: AssignmentProblem,
    *,
    time_limit: float | None = 60.0,
    work_limit: int | None = None,
    seed: int = 1,
    on_progress: OnProgress | None = None,
) -> AssignmentResult:
    """The best assignment found and a bound that no assignment beats, on two threads.

    With ``work_limit`` turns are counted and taken one after the other on one thread, so the same problem, seed and
    limit give the same answer; ``time_limit`` may then be ``None``. Loops not compiled yet are compiled first;
    that time does not count. On Ctrl-C the best so far is returned with ``stopped`` = ASKED.

    Raises:
        ValueError: there is neither a time nor a work limit.
    """
    if time_limit is None and work_limit is None:
        raise ValueError("a time limit or a work limit is needed")
    ready()
    if plainly_infeasible(problem):
        return AssignmentResult(None, None, None, Stopped.INFEASIBLE, 0.0, 0)
    return _Run(problem, time_limit, work_limit, seed, on_progress).result()


class _Run:
    """The state two threads share."""

    def __init__(
        self,
        problem: AssignmentProblem,
        time_limit: float | None,
        work_limit: int | None,
        seed: int,
        on_progress: OnProgress | None,
    ) -> None:
        self._began = time.monotonic()
        self._problem, self._limit, self._work_limit, self._seed = problem, time_limit, work_limit, seed
        self._tables = scaled(problem)
        self._prover = Prover(self._tables)
        self._improver = Improver(problem, self._tables, self._prover, seed)
        self._on_progress = on_progress
        self._told: tuple[int | None, int] | None = None
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._why = Stopped.ASKED
        self._work = 0
        self._error: BaseException | None = None

    def result(self) -> AssignmentResult:
        """Search until something ends it."""
        try:
            self._begin()
            if self._work_limit is not None:
                self._in_turns()
            else:
                self._side_by_side()
        except KeyboardInterrupt:
            self._stop.set()
        if self._error is not None:
            raise self._error
        seconds = time.monotonic() - self._began
        if self._why is Stopped.INFEASIBLE:
            return AssignmentResult(None, None, None, self._why, seconds, self._work)
        value, base = self._improver.value, self._tables.base
        total = None if value is None else value + base
        bound = self._prover.bound + base
        return AssignmentResult(total, bound, self._improver.best, self._why, seconds, self._work)

    def _begin(self) -> None:
        """Prices first, since annealing starts from what they say; then prices again towards what it found."""
        table = self._tables.table()
        self._prover.price(table, self._over)
        steps = 1 << 62 if self._limit is None else int(_STEPS_A_SECOND * self._limit)
        if not self._over():
            self._improver.start(steps)
        self._tell()

    def _in_turns(self) -> None:
        table = self._tables.table()
        if self._improver.best is None:
            self._look_for_any()
        while not self._over():
            if self._prover.priced:
                self._prove(table, _FIXED_BUDGET, 1)
            else:
                self._prover.price_on(table)
            if not self._over() and self._improver.best is not None:
                self._improver.turn(table, self._stop.is_set)
            self._work += 1
            self._tell()

    def _side_by_side(self) -> None:
        threads = [
            threading.Thread(target=self._guarded, args=(each,)) for each in (self._proving, self._improving)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(_WAIT_SECONDS)
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _guarded(self, work: Callable[[Ints], None]) -> None:
        try:
            work(self._tables.table())
        except BaseException as error:  # handed to the caller's thread, which raises it
            self._error = error
        self._stop.set()

    def _proving(self, table: Ints) -> None:
        budget = _FIRST_BUDGET
        while not self._over() and not self._prover.priced:
            self._prover.price_on(table)
            self._tell()
        while not self._over():
            budget = self._timed(table, budget)

    def _improving(self, table: Ints) -> None:
        if self._improver.best is None:
            self._look_for_any()
        budget, turns = _FIRST_BUDGET, 0
        while not self._over():
            turns += 1
            if self._improver.best is None or (self._helps() and turns % (_HELPED + 1) > 0):
                budget = self._timed(table, budget)
            else:
                self._improver.turn(table, self._over)
                self._tell()

    def _helps(self) -> bool:
        value = self._improver.value
        return value is not None and value - self._prover.bound <= _CLOSE and self._improver.stale

    def _timed(self, table: Ints, budget: int) -> int:
        """One turn of proving; the budget for the next one."""
        began = time.monotonic()
        if not self._prove(table, budget, 2):
            self._stop.wait(_WAIT_SECONDS)
            return budget
        self._tell()
        took = max(time.monotonic() - began, 1e-4)
        return int(min(max(budget * min(_TURN_SECONDS / took, 2.0), 20), _MOST_BUDGET))

    def _prove(self, table: Ints, budget: int, helpers: int) -> bool:
        """One turn of proving; False where there was nothing to do."""
        taken = self._prover.take(self._improver.value)
        if taken is None:
            return False
        question, search = taken
        search.run(table, budget)
        self._improver.offer(self._prover.put(question, search, helpers))
        return True

    def _look_for_any(self) -> None:
        left = None if self._limit is None else self._limit - (time.monotonic() - self._began)
        seconds = None if self._work_limit is not None else left
        found, none = any_assignment(self._problem, seconds=seconds, over=self._stop, seed=self._seed)
        self._improver.offer(found)
        if none:
            self._finish(Stopped.INFEASIBLE)
        self._tell()

    def _over(self) -> bool:
        """Whether the search has ended; notes why."""
        if self._stop.is_set():
            return True
        value = self._improver.value
        if value is not None and value <= self._prover.bound:
            self._finish(Stopped.PROVED)
        elif self._prover.bound * self._tables.scale > self._dearest():
            self._finish(Stopped.INFEASIBLE)
        elif self._work_limit is not None and self._work >= self._work_limit:
            self._finish(Stopped.WORK)
        elif self._limit is not None and time.monotonic() - self._began >= self._limit:
            self._finish(Stopped.TIME)
        return self._stop.is_set()

    def _dearest(self) -> int:
        """No assignment costs more; a bound beyond it says that there is none."""
        return int(self._tables.cost.max(axis=0).sum() + self._tables.charge.sum())

    def _finish(self, why: Stopped) -> None:
        with self._lock:
            if not self._stop.is_set():
                self._why = why
                self._stop.set()

    def _tell(self) -> None:
        """Report a better value or bound."""
        with self._lock:
            value, bound = self._improver.value, self._prover.bound
            if (value, bound) == self._told or self._on_progress is None:
                return
            self._told = (value, bound)
            base = self._tables.base
            total = None if value is None else value + base
            seconds = time.monotonic() - self._began
            self._on_progress(
                AssignmentProgress(total, bound + base, gap_between(total, bound + base), seconds)
            )


def ready() -> None:
    """Load the compiled loops, compiling what is missing, so that no search waits for it."""
    global _READY  # noqa: PLW0603  # once in a process
    if _READY:
        return
    _READY = True
    problem = AssignmentProblem(
        np.array([[1, 2, 3], [3, 1, 1]]), np.array([[2, 2, 2], [2, 2, 2]]), np.array([4, 4])
    )
    run = _Run(problem, None, 2, 1, None)
    table = run._tables.table()
    run._prover.price(table, lambda: False)
    run._improver.start(10)
    run._improver.offer(np.array([0, 1, 1]))
    run._prove(table, 10, 1)
    run._improver.turn(table, lambda: False)


_READY = False
