"""Simulated annealing as the search uses it: from one plan to better ones, for any stage, any floors, any terms.

The temperature falls and the price of what is broken rises with progress, which the caller measures: in time, or in
counted moves where the same input must give the same plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers.annealing.changes import appoint, serve, share_out
from allocator.solvers.annealing.moves import ROOM
from allocator.solvers.annealing.tables import (
    GAINS,
    MINUTES_OVER,
    Board,
    Tables,
    nobody_yet,
    plan_in,
    runs,
    tables_of,
)
from allocator.solvers.annealing.walk import Aims, walk
from allocator.solvers.facts import Bools, Ints
from allocator.solvers.plan import Plan
from allocator.solvers.problem import Problem
from allocator.solvers.search import StageResult
from allocator.solvers.stages import StageSpec, fairness_floor, stages

_SUMMED = {**{goal: i for i, goal in enumerate(GAINS)}, Goal.TRAVEL: 6, Goal.EVEN_LOAD: 7, Goal.FEW_ADULTS: 8,
           Goal.TIER_BALANCE: 9}  # fmt: skip
_USUAL_UNEVEN = 30.0
"""Minutes above a load break that one need usually changes."""
_MINUTE_PRICE, _CASE_PRICE, _MEMBER_PRICE, _FLOOR_PRICE = 4.0, 8.0, 6.0, 8.0
"""Prices of what is broken at the start, in units of what it usually brings."""
_RAMP = 10.0
"""How much dearer it is at the end."""
_DEARER, _CHEAPER, _DEAREST = 1.02, 1.01, 1000.0
"""After every chunk of moves a limit that is broken becomes dearer by this factor, up to so many times its first price,
and one that is kept cheaper, down to its first price. Fixed prices are wrong for every size but one: too cheap, and
a large plan breaks something all the time; too dear, and the walk is stuck."""
_ADAPT_FROM = 0.1
"""Progress from which they adapt."""
CHUNK = 10_000
"""Moves between two looks at the clock: about a hundredth of a second."""


def ready(problem: Problem) -> None:
    """Load the compiled loops, compiling them once per installation (about a minute), so that no search waits."""
    tables = tables_of(problem)
    board = nobody_yet(problem, tables)
    if len(problem.needs):
        serve(board.core, 0, -1, -1)
    if len(board.liaison):
        appoint(board, 0, -1)
    if len(problem.cluster.staff) and len(problem.cluster.sites):
        share_out(board, 0, 0, 0)
    picks = board.core.picks
    kept = (picks["choice"].copy(), picks["second"].copy(), board.liaison.copy(), board.shares.copy())
    aims = aims_of(problem, tables, stages(problem)[0], [])
    walk(board, aims, np.zeros(1), kept, np.zeros((ROOM, 4), dtype=np.int64),
         np.zeros(len(tables.asked), dtype=np.int64), 0, 1.0, 1.0, 1)  # fmt: skip


def narrowed(problem: Problem, tables: Tables, promising: Bools) -> Tables:
    """The same tables, but moves propose promising options only (shape (O,)); second parts stay."""
    single = problem.part != 2

    def some(lists: list[Ints]) -> list[Ints]:
        return [rows[single[rows] & promising[rows]] for rows in lists]

    return tables._replace(
        of_need=runs(some(problem.options_of_need)),
        of_slot=runs(some(problem.options_of_slot)),
        of_person=runs(some(problem.options_of_person)),
    )


@dataclass
class Walk:
    """One annealing: from ``start``, for a stage with the floors of those before it.

    ``hot`` and ``cold`` are temperatures in units of what serving one need usually brings.
    """

    problem: Problem
    tables: Tables
    start: Plan
    spec: StageSpec
    results: list[StageResult]
    seed: int
    hot: float
    cold: float
    score: float = -np.inf
    """Score of the best plan met that breaks nothing; to begin with, what it must exceed."""
    board: Board = field(init=False)
    aims: Aims = field(init=False)
    _told: float = field(init=False)
    _steps: int = 0

    def __post_init__(self) -> None:
        self.board = board_of(self.problem, self.tables, self.start)
        self.aims = aims_of(self.problem, self.tables, self.spec, self.results)
        self._first = self.aims.over.copy()
        self._unit = unit_of(self.problem, self.tables, self.spec)
        self._best = np.array([self.score])
        self._told = self.score
        picks = self.board.core.picks
        self._kept = (
            picks["choice"].copy(),
            picks["second"].copy(),
            self.board.liaison.copy(),
            self.board.shares.copy(),
        )
        self._log = np.zeros((ROOM, 4), dtype=np.int64)
        self._shares = np.zeros(len(self.tables.asked), dtype=np.int64)

    def step(self, progress: float, moves: int = CHUNK) -> None:
        """So many moves at the temperature that ``progress`` (0 to 1) stands for."""
        self._steps += 1
        temperature = self._unit * self.hot * (self.cold / self.hot) ** progress
        walk(self.board, self.aims, self._best, self._kept, self._log, self._shares, moves,
             temperature, _RAMP**progress, self.seed * 100_003 + self._steps)  # fmt: skip
        self.score = float(self._best[0])
        if progress >= _ADAPT_FROM:
            self._adapt()

    def _adapt(self) -> None:
        """Make what is broken dearer, and what is kept cheaper again."""
        broken = self.board.core.tally[MINUTES_OVER : MINUTES_OVER + len(self._first)] > 0
        over = self.aims.over
        over[:] = np.where(broken, over * _DEARER, over / _CHEAPER)
        np.clip(over, self._first, _DEAREST * self._first, out=over)

    def narrow(self, promising: Bools) -> None:
        """Propose promising options only from now on, and those of the best plan met."""
        allowed = promising.copy()
        allowed[self._kept[0][self._kept[0] >= 0]] = True
        self.board = self.board._replace(tables=narrowed(self.problem, self.tables, allowed))

    def news(self) -> Plan | None:
        """The best plan met, if it is better than what was told last."""
        if self.score <= self._told:
            return None
        self._told = self.score
        return plan_in(self.problem, *self._kept)


def board_of(problem: Problem, tables: Tables, plan: Plan) -> Board:
    """The board on which a plan stands."""
    board = nobody_yet(problem, tables)
    for (k, s), blocks in plan.shares.items():
        share_out(board, k, s, blocks)
    for d, place in enumerate(problem.liaison_duty):
        appoint(board, d, plan.liaison[place])
    second = {int(problem.need[o]): o for o in plan.chosen if problem.part[o] == 2}
    for o in plan.chosen:
        if problem.part[o] != 2:
            serve(board.core, int(problem.need[o]), o, second.get(int(problem.need[o]), -1))
    return board


def aims_of(problem: Problem, tables: Tables, spec: StageSpec, results: list[StageResult]) -> Aims:
    """The stage, with the floors of those before it at a price per unit they are missed by."""
    specs = [*(result.spec for result in results), spec]
    weights = np.zeros((len(specs), 10))
    for a, one in enumerate(specs):
        for goal, weight in one.weights:
            weights[a, _SUMMED[goal]] = weight
    unit = unit_of(problem, tables, spec)
    minute = _MINUTE_PRICE * unit / max(1.0, float(problem.minutes.mean())) if problem.size else 1.0
    case = _CASE_PRICE * unit
    return Aims(
        weights=weights,
        step=np.array([one.step for one in specs], dtype=np.int64),
        floor=np.array([*(float(result.floor) for result in results), -np.inf]),
        price=np.array([*(_FLOOR_PRICE * unit / unit_of(problem, tables, r.spec) for r in results), 0.0]),
        present=np.array([0.0] * len(results) + [1.0]),
        fair_floor=fairness_floor(problem),
        over=np.array([minute, case, case, minute, minute, case, _MEMBER_PRICE * unit]),
    )


def unit_of(problem: Problem, tables: Tables, spec: StageSpec) -> float:
    """What serving one need usually changes in a stage's score."""
    facts = problem.facts
    if spec.step >= 0:
        return 10_000.0 * float(problem.points.mean()) / max(1.0, float(tables.asked.mean()))
    total = 0.0
    for goal, weight in spec.weights:
        if goal in problem.gains:
            gains = problem.gains[goal][problem.gains[goal] != 0]
            total += abs(weight) * float(gains.mean()) if len(gains) else 0.0
        elif goal is Goal.TRAVEL:
            total += abs(weight) * float(np.median(facts.quarter)) * float(facts.weeks.sum())
        elif goal is Goal.TIER_BALANCE:
            total += abs(weight) * float(problem.points.mean())
        else:
            total += abs(weight) * (_USUAL_UNEVEN if goal is Goal.EVEN_LOAD else 1.0)
    return max(total, 1e-6)
