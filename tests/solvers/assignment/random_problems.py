"""Small random assignment problems, and their optimum by trying everything."""

from __future__ import annotations

import itertools

import numpy as np

from allocator.solvers.assignment import AssignmentProblem


def random_problem(seed: int, agents: int | None = None, jobs: int | None = None) -> AssignmentProblem:
    """Tight or loose, with or without charges, forbidden options and negative costs; perhaps infeasible."""
    rng = np.random.default_rng(seed)
    m, n = agents or int(rng.integers(1, 5)), jobs or int(rng.integers(1, 7))
    hours = rng.integers(0 if seed % 5 == 0 else 1, 12, (m, n))
    cost = rng.integers(-5, 20, (m, n)) if seed % 3 else 25 - 2 * hours + rng.integers(0, 4, (m, n))
    share = float(rng.choice([0.7, 0.9, 1.2, 2.0]))
    capacity = np.maximum(1, (share * hours.sum(axis=1) / m).astype(np.int64))
    charge = rng.integers(0, 12, m) if seed % 2 else np.zeros(m, dtype=np.int64)
    allowed = rng.random((m, n)) < 0.85 if seed % 4 == 0 else None
    return AssignmentProblem(cost, hours, capacity, charge, allowed)


def brute_force(problem: AssignmentProblem) -> int | None:
    """The least cost, or ``None`` where no assignment exists; plain Python, no arrays."""
    m, n = problem.agents, problem.jobs
    cost, hours = problem.cost.tolist(), problem.hours.tolist()
    capacity, charge = problem.capacity.tolist(), problem.charge.tolist()
    best: int | None = None
    for places in itertools.product(range(m), repeat=n):
        load = [0] * m
        for j, i in enumerate(places):
            load[i] += hours[i][j]
        if any(load[i] > capacity[i] for i in range(m)):
            continue
        if problem.allowed is not None and not all(problem.allowed[i, j] for j, i in enumerate(places)):
            continue
        total = sum(cost[i][j] for j, i in enumerate(places)) + sum(charge[i] for i in set(places))
        best = total if best is None else min(best, total)
    return best


def hard_problem(seed: int, agents: int, jobs: int) -> AssignmentProblem:
    """Like type d of the literature: what is cheap takes long."""
    rng = np.random.default_rng(seed)
    hours = rng.integers(1, 101, (agents, jobs))
    cost = 111 - hours + rng.integers(-10, 11, (agents, jobs))
    return AssignmentProblem(cost, hours, (0.8 * hours.sum(axis=1) / agents).astype(np.int64))
