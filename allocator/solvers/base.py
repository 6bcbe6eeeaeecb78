"""What every backend answers and what a search may be told: limits, progress, interruption."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from allocator.solvers.linear import LinearModel

_LISTEN_SECONDS = 0.05


@dataclass(frozen=True)
class Progress:
    """One line of news for the people who wait: what stage, what was found, what is proved."""

    stage: str
    found: int | None
    bound: int | None
    gap: float | None
    seconds: float


@dataclass
class Budget:
    """How long a search may go on. ``work`` counts deterministic solver work; with it, the clock is not looked at.

    ``interrupted`` is set by Ctrl-C (or by another thread) and is looked at between and during solves.
    """

    seconds: float | None
    work: float | None = None
    interrupted: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.monotonic)
    worked: float = 0.0

    @property
    def deterministic(self) -> bool:
        """Whether only counted work, not time, ends the search: the same input then gives the same plan."""
        return self.work is not None

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def left(self) -> float:
        """Seconds (or units of work, when deterministic) that are left; infinite without a limit."""
        if self.work is not None:
            return max(0.0, self.work - self.worked)
        return float("inf") if self.seconds is None else max(0.0, self.seconds - self.elapsed())

    def over(self) -> bool:
        """Whether to stop now."""
        return self.interrupted.is_set() or self.left() <= 0


@dataclass(frozen=True)
class Outcome:
    """What one solve of one model found and proved.

    ``values`` is None when nothing was found; ``bound`` is proved (no solution scores more), None when nothing is
    known; ``infeasible`` is said only when proved.
    """

    values: list[int] | None
    objective: int | None
    bound: int | None
    infeasible: bool
    work: float

    @property
    def proved(self) -> bool:
        """Whether the objective is the best possible."""
        return self.objective is not None and self.objective == self.bound


Solve = Callable[..., Outcome]
"""``solve(model, *, limit, hint, seed, workers, budget, on_bound)``: see ``cpsat.solve`` and ``mathopt.solve``."""


T = TypeVar("T")


def patiently(solve: Callable[[], T], budget: Budget, stop: Callable[[], None] | None) -> T | None:
    """Run a solver's blocking call so that Ctrl-C is heard: in a thread of its own when this is the main thread.

    Python hears signals only between bytecodes of the main thread, which a solver's call would block. A solver that
    cannot be told to stop (``stop`` is None) is left behind; None is returned then.
    """
    if threading.current_thread() is not threading.main_thread():
        return solve()
    answer: list[T] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            answer.append(solve())
        except BaseException as error:  # handed to the caller below
            failure.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_LISTEN_SECONDS)
        if budget.interrupted.is_set():
            if stop is None:
                return None
            stop()
    if failure:
        raise failure[0]
    return answer[0]


def objective_of(model: LinearModel, values: list[int]) -> int:
    """The model's objective at a point, summed in whole numbers."""
    return sum(coefficient * values[v] for v, coefficient in model.objective.items())
