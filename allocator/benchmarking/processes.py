"""One solve in a process of its own: its memory is its own, and what runs away can be stopped.

A run is stopped when it holds more memory than there was, or does not end long after its limit. Both are said in its
row, beside what it had reported until then.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from allocator.benchmarking.contestants import Contestant
from allocator.benchmarking.memory import available_mib, resident_mib
from allocator.benchmarking.rows import Outcome, Point
from allocator.benchmarking.solving import load, solve_once, warm_up
from allocator.errors import InfeasibleError
from allocator.models.world import Cluster

_LOOK_SECONDS = 0.1
_PATIENCE = 3.0
_GRACE_SECONDS = 120.0
_MEMORY_SHARE = 0.85


def solve_apart(cluster: Cluster, contestant: Contestant, *, seed: int, time_limit: float) -> Outcome:
    """One warmed-up solve in a process of its own; the proposal is checked there too.

    A run is given up when it takes three times its limit and two minutes more, or holds 85% of the memory that was
    free at its start; a run that fails is a row as well, and its error is on stderr.

    Raises:
        InfeasibleError: the strategy claims that the cluster has no plan.
        KeyboardInterrupt: somebody pressed Ctrl-C.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_solve, args=(theirs, cluster, contestant, seed, time_limit))
    process.start()
    theirs.close()
    try:
        return _Watch(process, ours, _PATIENCE * time_limit + _GRACE_SECONDS, _most_memory()).outcome()
    finally:
        _end(process)
        ours.close()


def _end(process: BaseProcess) -> None:
    """End a run and whatever it started."""
    if process.is_alive():
        try:
            os.killpg(process.pid or 0, signal.SIGKILL)
        except (
            AttributeError,
            ProcessLookupError,
        ):  # Windows; or it has not yet become the head of its group
            process.kill()
    process.join()


def _most_memory() -> float:
    free = available_mib()
    return float("inf") if free is None else _MEMORY_SHARE * free


@dataclass
class _Watch:
    """Listens to a run, and ends it where it must be ended."""

    process: BaseProcess
    connection: Connection
    patience: float
    memory: float
    """MiB it may hold."""
    started: float | None = None
    solved: bool = False
    most: float = 0.0
    """MiB it has been seen to hold while it solved, with all it started."""
    trace: list[Point] = field(default_factory=list)

    def outcome(self) -> Outcome:
        """What the run answers; or what is known of it when it had to be ended."""
        while True:
            try:
                if self.connection.poll(_LOOK_SECONDS):
                    answer = self._hear(*self.connection.recv())
                    if answer is not None:
                        return replace(answer, peak_mib=max(answer.peak_mib or 0.0, self.most) or None)
            except EOFError:
                self.process.join()
                return self._cut(f"failed, exit code {self.process.exitcode}")
            why = self._too_much()
            if why is not None:
                return self._cut(why)

    def _too_much(self) -> str | None:
        if self.solved or self.started is None:
            return None
        held = resident_mib(self.process.pid or 0) or 0.0
        self.most = max(self.most, held)
        if held > self.memory:
            return f"given up: held more than {self.memory / 1024:.1f} GiB"
        if self._seconds() > self.patience:
            return f"given up after {self.patience:.0f} s"
        return None

    def _hear(self, kind: str, content: object) -> Outcome | None:
        if kind == "started":
            self.started = time.perf_counter()
        elif kind == "solved":
            self.solved = True  # the check takes the time and memory it takes
        elif kind == "point" and isinstance(content, tuple):
            self.trace.append(content)
        elif kind == "done" and isinstance(content, Outcome):
            return content
        elif kind == "infeasible" and isinstance(content, tuple):
            raise InfeasibleError(*content)
        elif kind == "interrupted":
            raise KeyboardInterrupt
        return None

    def _seconds(self) -> float:
        return 0.0 if self.started is None else time.perf_counter() - self.started

    def _cut(self, why: str) -> Outcome:
        first = next((seconds for seconds, found, _ in self.trace if found is not None), None)
        return Outcome(
            self._seconds(), why, load(), first, peak_mib=self.most or None, trace=tuple(self.trace)
        )


def _solve(connection: Connection, cluster: Cluster, contestant: Contestant, seed: int, limit: float) -> None:
    """What the other process does: an error it does not know ends it, with a traceback on stderr."""
    if hasattr(os, "setsid"):
        os.setsid()  # a group of its own, which can be ended with all that a solve starts
    try:
        warm_up(contestant)
        connection.send(("started", None))
        outcome = solve_once(
            cluster, contestant, seed=seed, time_limit=limit,
            on_point=lambda point: connection.send(("point", point)),
            on_solved=lambda: connection.send(("solved", None)),
        )  # fmt: skip
        connection.send(("done", outcome))
    except InfeasibleError as error:
        connection.send(("infeasible", (error.conflicts, error.minimal)))
    except KeyboardInterrupt:
        connection.send(("interrupted", None))
