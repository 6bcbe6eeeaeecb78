"""A neutral assignment problem and what a search says about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from allocator.solvers.facts import Bools, Ints

_LARGEST = 1 << 40
"""No single number may be larger, so that sums stay exact in 64 bits."""


@dataclass(frozen=True)
class AssignmentProblem:
    """Every job goes to exactly one agent, within each agent's capacity, at least total cost (all whole numbers).

    minimise  sum of cost[i, j] x[i, j] + sum of charge[i] over agents that do any job
    so that   sum over i of x[i, j] = 1,  sum over j of hours[i, j] x[i, j] <= capacity[i],  x is 0 or 1.

    Raises:
        ValueError: shapes do not fit, hours, capacities or charges are negative, or a number is beyond 2^40.
    """

    cost: Ints
    """(m, n): what job j costs with agent i; may be negative."""
    hours: Ints
    """(m, n): how much of agent i's capacity job j takes."""
    capacity: Ints
    """(m,): what each agent has, in the unit of ``hours``."""
    charge: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """(m,): paid once by an agent that does any job; empty: none."""
    allowed: Bools | None = None
    """(m, n): which agent may do which job; ``None``: any."""

    def __post_init__(self) -> None:
        if self.cost.ndim != 2 or self.cost.shape != self.hours.shape:
            raise ValueError("cost and hours must both have one row an agent and one column a job")
        agents, jobs = self.cost.shape
        if self.charge.size == 0:
            object.__setattr__(self, "charge", np.zeros(agents, dtype=np.int64))
        if agents == 0 or jobs == 0:
            raise ValueError("there must be at least one agent and one job")
        if self.capacity.shape != (agents,) or self.charge.shape != (agents,):
            raise ValueError("capacity and charge must have one entry an agent")
        if self.allowed is not None and self.allowed.shape != (agents, jobs):
            raise ValueError("allowed must have one row an agent and one column a job")
        for name in ("hours", "capacity", "charge"):
            if int(getattr(self, name).min()) < 0:
                raise ValueError(f"{name} must not be negative")
        for name in ("cost", "hours", "capacity", "charge"):
            if not np.issubdtype(getattr(self, name).dtype, np.integer):
                raise ValueError(f"{name} must be whole numbers")
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=np.int64))
            if int(np.abs(getattr(self, name)).max()) > _LARGEST:
                raise ValueError(f"{name} holds a number beyond 2^40")

    @property
    def agents(self) -> int:
        """m, the number of agents."""
        return int(self.cost.shape[0])

    @property
    def jobs(self) -> int:
        """n, the number of jobs."""
        return int(self.cost.shape[1])

    def possible(self) -> Bools:
        """(m, n): which options exist at all: allowed, and within the agent's capacity."""
        fits: Bools = self.hours <= self.capacity[:, None]
        return fits if self.allowed is None else fits & self.allowed

    def value(self, assignment: Ints) -> int:
        """The cost of an assignment (n,), which names each job's agent, charges included."""
        jobs = np.arange(self.jobs)
        return int(self.cost[assignment, jobs].sum() + self.charge[np.unique(assignment)].sum())

    def holds(self, assignment: Ints) -> bool:
        """Whether every job has an agent who may do it and no agent is overloaded."""
        if assignment.shape != (self.jobs,) or assignment.min() < 0 or assignment.max() >= self.agents:
            return False
        jobs = np.arange(self.jobs)
        if not self.possible()[assignment, jobs].all():
            return False
        load = np.zeros(self.agents, dtype=np.int64)
        np.add.at(load, assignment, self.hours[assignment, jobs])
        return bool((load <= self.capacity).all())


class Stopped(StrEnum):
    """Why a search ended."""

    PROVED = "proved best"
    TIME = "time limit"
    WORK = "work limit"
    INFEASIBLE = "no assignment exists"
    ASKED = "stopped"


@dataclass(frozen=True)
class AssignmentProgress:
    """Where a search stands: cost found, bound proved, their gap, seconds since the start."""

    value: int | None
    bound: int
    gap: float | None
    seconds: float


OnProgress = Callable[[AssignmentProgress], None]


@dataclass(frozen=True)
class AssignmentResult:
    """What was found, what is proved, and why the search ended.

    ``value`` and ``assignment`` (n,) are ``None`` where none was found; only ``stopped`` = INFEASIBLE says that none
    exists. ``bound`` holds for every assignment (``None`` where none exists). ``work`` is how many turns were taken.
    """

    value: int | None
    bound: int | None
    assignment: Ints | None
    stopped: Stopped
    seconds: float
    work: int

    @property
    def gap(self) -> float | None:
        """(value - bound) as a share of the larger of the two; ``None`` without a value."""
        return None if self.bound is None else gap_between(self.value, self.bound)

    @property
    def proved(self) -> bool:
        """Whether the assignment is proved best."""
        return self.value is not None and self.value == self.bound


def gap_between(value: int | None, bound: int) -> float | None:
    """(value - bound) / max(|value|, |bound|); 0 where they are equal, ``None`` without a value."""
    if value is None:
        return None
    return 0.0 if value == bound else (value - bound) / max(abs(value), abs(bound))
