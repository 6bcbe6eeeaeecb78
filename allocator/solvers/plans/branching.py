"""One person's best week with everything kept: the dynamic program, made tighter only where its week breaks a rule.

1. A day that is too long makes its site strict; too many cases make the program count them. Both are then exact.
2. Travel or sites over their limit are charged: Lagrange multipliers, each found where two lines of the dual meet.
3. A need served twice, or a gap left by 2, is branched on: one of the two options is barred; a site is left, or not.
Any stop in between leaves a valid bound: the largest over the branches that are open.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from allocator.solvers.facts import Ints
from allocator.solvers.plans.column import Column, Figure
from allocator.solvers.plans.kernels import CLOSED, MUST, STRICT
from allocator.solvers.plans.knapsack import Asked, Charges, Fixing, Layout, Week, best_week
from allocator.solvers.plans.weeks import Weeks, worths

CLOSE = 1e-7
"""Bound and worth that differ by less, relatively, are equal."""
_MOST_NODES = 30
_CHARGE_ROUNDS = 12
_FIRST_CHARGE = 0.15
"""A first charge, as a share of a week's worth per unit of the limit."""
_HOPED = 0.008
"""How far below the bound with charged cases the one with counted cases is expected at most."""
Line = tuple[float, int]
BARRED = -1e12
"""Worth of what must not be taken, not even to fill up a group."""


@dataclass(frozen=True, eq=False)
class Node:
    """A part of the person's plans: options barred, sites closed or compulsory, charges that were good so far."""

    barred: tuple[int, ...]
    sites: Ints
    charges: Charges
    week: Week
    rival: Week | None = None
    """Where charges balance between two weeks, the one that breaks a limit."""


@dataclass
class Branching:
    """The search for one person at one set of worths. ``bound``, ``worth`` and ``column`` are its answer."""

    weeks: Weeks
    layout: Layout
    k: int
    figure: Figure
    duty: dict[tuple[int, int], float]
    layered: bool = False
    fixing: Fixing | None = None
    worth: float = -np.inf
    column: Column | None = None

    def __post_init__(self) -> None:
        self.strict = np.zeros(len(self.layout.sites), dtype=np.int64)

    def settle(self, barred: tuple[int, ...] = (), sites: Ints | None = None, charges: Charges | None = None,
               grid: int = 1) -> Node:  # fmt: skip
        """Step 1: the week that no longer breaks what the dynamic program can see."""
        sites = np.zeros_like(self.strict) if sites is None else sites
        node = self._run(barred, sites, charges or Charges(), grid)
        if self.layered or not self._countable(node.week):
            return node
        if grid == 1:
            charged = self._cases_charged(node)
            if self._enough(charged.week.bound):
                return charged
            self.layered = True
            self._fix(charged, charged.week.bound * (1.0 - np.copysign(_HOPED, charged.week.bound)))
        self.layered = True
        counted = self._run(barred, sites, node.charges, grid)
        if (
            self.fixing is not None
            and counted.week.bound <= self.fixing.worth
            and self.worth < self.fixing.worth
        ):
            self.fixing = replace(self.fixing, worth=self.worth)  # hoped for too much
            counted = self._run(barred, sites, node.charges, grid)
        return counted

    def _fix(self, charged: Node, hoped: float) -> None:
        """Leave out what no week worth ``hoped`` holds; if it turns out that there is none, that is put right later."""
        if len(charged.week.table) and not charged.barred and not charged.sites.any():
            rebate = charged.charges.rebate(self.weeks.problem, self.k)
            worth = max(hoped, self.worth)
            self.fixing = Fixing(charged.week.table, charged.charges.case, rebate, worth)

    def _run(self, barred: tuple[int, ...], sites: Ints, charges: Charges, grid: int) -> Node:
        """The dynamic program; once more where a day is too long."""
        figure = self.figure
        if barred:
            options = figure.options.copy()
            options[list(barred)] = BARRED
            figure = replace(figure, options=options)
        while True:
            asked = Asked(self.layered, sites | self.strict, self.fixing)
            week = best_week(self.weeks.problem, self.layout, self.k, figure, self.duty, charges, grid, asked)
            late = np.where(week.late, STRICT, 0)
            if not (late & ~self.strict).any():
                break
            self.strict |= late
        self._offer(week)
        if self.fixing is not None and week.bound < self.fixing.worth:
            week = replace(week, bound=self.fixing.worth)
        return Node(barred, sites, charges, week)

    def _cases_charged(self, node: Node) -> Node:
        """A charge on cases first: quick, and it tells which choices the program that counts them may leave out."""

        def at(charge: float) -> Node:
            return self._run(node.barred, node.sites, replace(node.charges, case=charge), 1)

        limit = int(self.weeks.problem.facts.max_cases[self.k])
        return _least(node, at, lambda week: week.cases - limit, limit, self._enough)

    def _countable(self, week: Week) -> bool:
        facts = self.weeks.problem.facts
        return bool(week.cases > facts.max_cases[self.k] and not facts.coordinator[self.k])

    def _offer(self, week: Week) -> None:
        """Keep the best week that keeps every rule."""
        if not self.weeks.clean(self.k, self.layout, week):
            return
        column = self.weeks.column(self.k, week)
        worth = worths(column, self.figure, self.duty)
        if worth > self.worth:
            self.worth, self.column = worth, column

    def mend(self, week: Week) -> None:
        """Make a week keep every rule by leaving things out."""
        column = self.weeks.mended(self.k, week, self.figure)
        worth = worths(column, self.figure, self.duty)
        if worth > self.worth:
            self.worth, self.column = worth, column

    def _enough(self, bound: float) -> bool:
        return self.worth >= bound - CLOSE * max(1.0, abs(bound))

    def search(self, root: Node) -> float:
        """Steps 2 and 3; the bound on every plan of the person."""
        if self.column is None:
            self.mend(root.week)
        bound = self._branched(self._charged(root))
        if self.fixing is not None and self.worth < bound <= self.fixing.worth:
            self.fixing = replace(self.fixing, worth=self.worth)  # hoped for too much
            bound = self._branched(self._charged(self.settle()))
        return bound

    def _branched(self, root: Node) -> float:
        """Best bound first, until the best week found is worth the bound."""
        heap = [(-root.week.bound, 0, root)]
        count, closed = 1, -np.inf
        while heap and not self._enough(-heap[0][0]) and count < _MOST_NODES:
            key, _, node = heapq.heappop(heap)
            children = self._children(node)
            if not children:
                closed = max(closed, -key)
            for barred, sites in children:
                child = self._charged(self.settle(barred, sites, node.charges))
                heapq.heappush(
                    heap, (max(key, -child.week.bound), count, child)
                )  # a part is no better than the whole
                count += 1
        return max(-heap[0][0] if heap else -np.inf, closed, self.worth)

    def _children(self, node: Node) -> list[tuple[tuple[int, ...], Ints]]:
        """Two parts that together hold all plans of a node; none where nothing is left to branch on."""
        problem = self.weeks.problem
        if node.week.double:
            needs = problem.need[node.week.options]
            twice = node.week.options[np.bincount(needs)[needs] > 1]
            dearest = twice[np.argmax(self.figure.options[twice])]
            pair = [o for o in twice.tolist() if problem.need[o] == problem.need[dearest]][:2]
            return [((*node.barred, o), node.sites) for o in pair]
        sites = self._site_to_branch_on(node)
        if sites < 0:
            return []
        without, within = node.sites.copy(), node.sites.copy()
        without[sites] |= CLOSED
        within[sites] |= MUST
        return [(node.barred, without), (node.barred, within)]

    def _site_to_branch_on(self, node: Node) -> int:
        """A site that one of two weeks of equal bound works at and the other does not, the one with most work there."""
        if node.charges == Charges() and max(self.weeks.over(self.k, node.week)) <= 0:
            return -1
        free = node.sites & (MUST | CLOSED) == 0
        work = node.week.minutes if node.rival is None else np.abs(node.week.minutes - node.rival.minutes)
        here = np.where(free, np.maximum(work, node.week.minutes // 1000), 0)
        if not here.any():
            here = np.where(free, node.week.minutes, 0)
        return int(np.argmax(here)) if here.any() else -1

    def _charged(self, node: Node) -> Node:
        """Step 2: charges on travel and sites (coordinators: and cases) under which the bound is least, in turn."""
        for name, position in (("case", 0), ("travel", 1), ("site", 2)):
            if name == "case" and not self.weeks.problem.facts.coordinator[self.k]:
                continue  # counted
            if not self._enough(node.week.bound):
                node = self._balanced(node, name, position)
        return node

    def _balanced(self, node: Node, name: str, position: int) -> Node:
        """The charge at which the dual of one limit is least.

        A week that uses ``u`` of ``limit`` and is worth ``v`` without the charge bounds the dual from below by the
        line ``v + charge x (limit - u)``. The next charge is where the lines of the best week over the limit and the
        best one within it meet; where the dual touches them, it is least.
        """
        facts = self.weeks.problem.facts
        limit = int((facts.max_cases, facts.travel_cap[:, 0], facts.max_sites)[position][self.k])

        def excess(week: Week) -> int:
            return self.weeks.over(self.k, week)[position]

        if excess(node.week) <= 0 and (getattr(node.charges, name) == 0.0 or excess(node.week) == 0):
            return node

        def at(charge: float) -> Node:
            return self._run(node.barred, node.sites, replace(node.charges, **{name: charge}), 1)

        return _least(node, at, excess, limit, self._enough, getattr(node.charges, name))


def _least(node: Node, at: Callable[[float], Node], excess: Callable[[Week], int], limit: int,
           enough: Callable[[float], bool], charge: float = 0.0) -> Node:  # fmt: skip
    """The node of least bound over charges; ``excess`` is what a week uses beyond the limit.

    ``over`` and ``under`` are lines (worth without the charge, excess) of a week on either side of the limit.
    """
    best, over, under, rivals = node, None, None, (node.week, node.week)
    tried = node
    for _ in range(_CHARGE_ROUNDS):
        beyond = excess(tried.week)
        line = (tried.week.bound + charge * beyond, beyond)
        if beyond > 0:
            over, rivals = line, (tried.week, rivals[1])
        else:
            under, rivals = line, (rivals[0], tried.week)
        following = _meeting(over, under, charge, limit)
        touched = -np.inf if over is None or under is None else over[0] - following * over[1]
        if following == charge or tried.week.bound <= touched + CLOSE * max(1.0, abs(touched)):
            break
        charge = following
        tried = at(charge)
        if tried.week.bound < best.week.bound:
            best = tried
        if enough(best.week.bound):
            break
    return replace(best, rival=rivals[0] if best.week is rivals[1] else rivals[1])


def _meeting(over: Line | None, under: Line | None, charge: float, limit: int) -> float:
    """The next charge: where the two lines meet; a guess while there is but one."""
    if over is None:
        return 0.0
    if under is None:
        return max(2.0 * charge, _FIRST_CHARGE * max(over[0], 1.0) / max(limit, 1))
    return max(0.0, (over[0] - under[0]) / (over[1] - under[1]))
