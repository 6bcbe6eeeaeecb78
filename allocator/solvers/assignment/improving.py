"""Better assignments: annealing for a start, then a few agents' jobs at a time made anew by the tree search.

At good prices the distance between an assignment and the bound is a sum over agents: what each agent's jobs cost after
prices, less the least it could be. Agents far from their least are the ones to make anew, together with a few others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from allocator.solvers.assignment.pricing import agent_values
from allocator.solvers.assignment.problem import AssignmentProblem
from allocator.solvers.assignment.proving import Prover
from allocator.solvers.assignment.scaled import Scaled
from allocator.solvers.assignment.search import Search
from allocator.solvers.assignment.walk import anneal
from allocator.solvers.facts import Floats, Ints

_LIKELY = 6
"""Agents a job that annealing tries."""
_STEPS_A_JOB, _MOST_STEPS = 20_000, 20_000_000
_HOT, _COLD = 0.3, 0.03
"""Temperatures, as shares of the median difference between a job's best two agents."""
_SIZES = (3, 4, 5, 6, 8, 10, 14, 20, 30)
"""How many agents are made anew together; the whole problem as well."""
_BUDGETS = (20, 40, 80, 320, 1280)
"""Rounds of pricing a job of the part."""
_SHARES = (0.0, 0.3, 0.6, 0.8)
"""How much of the part's distance from the bound the new plan must gain at least: to ask for more makes it quicker."""
_NOISE = 0.3
"""How much the choice where to branch is blurred; ten times as much finds less."""
_FADE, _WHOLE, _CURIOUS, _NO_MERIT = 0.9, 0.4, 0.2, 1e-15
"""How fast gains are forgotten; shares of work for the whole problem and for
the sizes least worked on; gains for work that count as none."""
_MOST_WORK = 300_000_000
"""Of one attempt (options x rounds): some seconds."""
_PATIENT = 3e8
"""Work (options x rounds) below which a search is never called stale: some seconds."""
_SLICE = 200
"""Rounds of pricing between looks at the clock."""


class Improver:
    """The best assignment so far and how to better it."""

    def __init__(self, problem: AssignmentProblem, tables: Scaled, prover: Prover, seed: int) -> None:
        self.problem, self.tables, self.prover = problem, tables, prover
        self.best: Ints | None = None
        self.value: int | None = None
        """Cost of ``best`` in whole units, without ``tables.base``."""
        self._random = np.random.default_rng(seed)
        sizes = [size for size in _SIZES if size < problem.agents]
        self._sizes = [*sizes, problem.agents]
        self._merit = np.zeros(len(self._sizes))
        # small parts first: the large ones' turn comes when the small ones have had their share of work
        self._trying, self._tried = False, 0.0
        self._spent = _MOST_WORK / 20 * (np.array(self._sizes) / problem.agents) ** 2
        self._least: tuple[Ints, Ints] | None = None
        self._lock = threading.Lock()
        self._work, self._work_at_best = 0.0, 0.0

    @property
    def stale(self) -> bool:
        """Whether the last third of the work has bettered nothing."""
        return self._work - self._work_at_best > max(self._work / 3, _PATIENT)

    def offer(self, assignment: Ints | None) -> bool:
        """Keep an assignment if it is better than the best; checked on the plain problem."""
        if assignment is None or not self.problem.holds(assignment):
            return False
        value = self.problem.value(assignment) - self.tables.base
        with self._lock:
            if self.value is not None and value >= self.value:
                return False
            self.best, self.value = assignment.copy(), value
            return True

    def start(self, most_steps: int = _MOST_STEPS) -> None:
        """Anneal once, from every job's best agent at the prices of the bound."""
        tables = self.tables
        worth = _hour_worth(tables, self.prover.prices)
        dear = np.where(
            tables.state < 0, 4.0 * tables.highest.max(), tables.cost + worth[:, None] * tables.hours
        )
        order = np.argsort(dear, axis=0, kind="stable")
        second = order[1] if len(order) > 1 else order[0]
        jobs = np.arange(self.problem.jobs)
        differences = dear[second, jobs] - dear[order[0], jobs]
        usual = max(float(np.median(differences)), float(np.mean(differences)) / 10, 1.0)
        width = min(_LIKELY, self.problem.agents)
        likely = np.where(
            np.take_along_axis(tables.state, order[:width], axis=0) < 0, order[0], order[:width]
        )
        place, best = order[0].copy(), order[0].copy()
        dice = np.array([int(self._random.integers(1, 1 << 62))], dtype=np.int64)
        steps = min(_MOST_STEPS, most_steps, _STEPS_A_JOB * self.problem.jobs)
        penalty = 2.0 * np.maximum(worth, max(usual, 1.0) / 100)
        none = 1 << 61
        found = anneal(
            place, best, none, tables.cost, np.where(tables.state < 0, 1 << 50, tables.hours), tables.capacity,
            tables.charge, np.ascontiguousarray(likely.T), penalty, usual * _HOT, usual * _COLD, steps, dice,
        )  # fmt: skip
        if found < none:
            self.offer(best)

    def turn(self, table: Ints, over: Callable[[], bool]) -> None:
        """Make a few agents' jobs anew, unless ``over`` says to stop. Needs a best."""
        best, before = self.best, self.value
        assert best is not None and before is not None
        kind = self._kind()
        slack = self._slack(best, table)
        agents = self._agents(self._sizes[kind], slack)
        jobs = np.flatnonzero(np.isin(best, agents))
        if len(jobs) == 0:
            return
        part = self.tables.part(agents, jobs)
        most = self._goal(part, np.searchsorted(agents, best[jobs]), float(slack[agents].sum()))
        search = Search(part, self.prover.prices[jobs], most, int(self._random.integers(1, 1 << 62)), _NOISE)
        budget = min(int(self._random.choice(_BUDGETS)) * len(jobs), _MOST_WORK // part.cost.size + 50)
        spent = 0
        while most >= 0 and spent < budget and search.found is None and not search.exhausted and not over():
            spent += search.run(table, min(_SLICE, budget - spent))
        if search.found is not None:
            candidate = best.copy()
            candidate[jobs] = agents[search.found]
            self.offer(candidate)
        self._learn(
            kind, before - self.value if self.value is not None else 0, float(spent * part.cost.size + 1)
        )

    def _goal(self, part: Scaled, position: Ints, slack: float) -> int:
        """The most the part may cost: at least one less than now (by ``position`` (n,)), sometimes much less."""
        now = part.cost[position, np.arange(len(position))].sum() + part.charge[np.unique(position)].sum()
        gain = int(float(self._random.choice(_SHARES)) * slack / part.scale)
        return int(now) // part.scale - max(1, gain)

    def _kind(self) -> int:
        """Which size next: the whole, the least worked on, or the one that gained most of late, in shares of work."""
        whole = len(self._sizes) - 1
        if self._spent[whole] < _WHOLE * self._work:
            self._trying = False
            return whole
        self._trying = self._merit.max() <= 0 or self._tried < _CURIOUS * self._work
        return int(self._spent.argmin() if self._trying else self._merit.argmax())

    def _learn(self, kind: int, gained: int, spent: float) -> None:
        self._work += spent
        if gained > 0:
            self._work_at_best = self._work
        self._spent[kind] += spent
        self._tried += spent if self._trying else 0.0
        self._merit[kind] = _FADE * self._merit[kind] + (1 - _FADE) * gained / spent
        if self._merit[kind] < _NO_MERIT:
            self._merit[kind] = 0.0

    def _slack(self, best: Ints, table: Ints) -> Floats:
        """(m,): by how much each agent's jobs cost more than its least, at the prices of the bound."""
        tables, prices = self.tables, self.prover.prices
        if self._least is None or self._least[0] is not prices:
            least = np.zeros(self.problem.agents, dtype=np.int64)
            agent_values(
                tables.state,
                prices,
                tables.cost,
                tables.coarse,
                tables.coarse_capacity,
                tables.charge,
                table,
                least,
            )
            self._least = (prices, least)
        jobs = np.arange(self.problem.jobs)
        now = np.bincount(best, tables.cost[best, jobs] - prices, minlength=self.problem.agents)
        now += np.where(np.bincount(best, minlength=self.problem.agents) > 0, tables.charge, 0)
        slack: Floats = np.maximum(now - self._least[1], 0.0)
        return slack

    def _agents(self, size: int, slack: Floats) -> Ints:
        if size == self.problem.agents:
            return np.arange(size)
        chances = slack + slack.mean() / 2 + 1.0
        picked = self._random.choice(self.problem.agents, size, replace=False, p=chances / chances.sum())
        return np.sort(picked).astype(np.int64)


def _hour_worth(tables: Scaled, prices: Ints) -> Floats:
    """(m,): what an hour more of each agent would bring: the profit an hour of the first job left out."""
    worth = np.zeros(len(tables.capacity))
    for i, capacity in enumerate(tables.capacity):
        profit = np.where(tables.state[i] < 0, -1, prices - tables.cost[i])
        ratio = profit / np.maximum(tables.hours[i], 1)
        order = np.argsort(-ratio, kind="stable")
        order = order[profit[order] > 0]
        over = np.flatnonzero(np.cumsum(tables.hours[i][order]) > capacity)
        if len(over) > 0:
            worth[i] = ratio[order[over[0]]]
    return worth
