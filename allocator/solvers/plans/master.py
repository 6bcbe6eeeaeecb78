"""The restricted master: a linear program over the plans known so far; its duals are the prices.

max  figure of the stage
sum of plans that serve n            <= 1   (= 1 if n is forced)      price[n]
sum of first - second parts of j      = 0                             price of the joint
sum of liaisons of (s, t)             = 1                             price of the duty
sum of plans of k                     = 1                             worth of k
figures of earlier stages            >= their floors                  price of each floor

To dive (``diving.py``), plans can be held at 1, and rows made elastic: each may then be broken at a high price, so that
there is an answer, and prices, whatever is held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers.facts import Bools, Floats
from allocator.solvers.fairness import FULL_SHARE
from allocator.solvers.plan import tier_targets
from allocator.solvers.plans.column import Column, Figure, goal_figure
from allocator.solvers.problem import Problem
from allocator.solvers.stages import StageSpec, fairness_floor

if TYPE_CHECKING:
    from allocator.solvers.plans.pricing import Sketch

_INFINITY = float("inf")
_USUAL_TRAVEL = 300.0
"""Minutes over the horizon that one visit pattern takes: the scale of a floor on travel."""
_USUAL_UNEVEN = 100.0
_DUST = 1e-6
"""Weights and slacks up to this are 0."""
_DEAR = 5.0
"""Price of breaking a row, in the worth of the best plan of anybody."""


@dataclass(frozen=True)
class Prices:
    """Duals of the master: one vector, so that two of them can be mixed.

    ``vector`` holds, in this order, needs (N), joints (J), duties (D), figure rows.
    """

    vector: Floats
    needs: int
    joints: int
    duties: int

    @property
    def need(self) -> Floats:
        """Price of each need."""
        return self.vector[: self.needs]

    @property
    def joint(self) -> Floats:
        """Price of each joint."""
        return self.vector[self.needs : self.needs + self.joints]

    @property
    def duty(self) -> Floats:
        """Price of each liaison duty."""
        start = self.needs + self.joints
        return self.vector[start : start + self.duties]

    @property
    def figures(self) -> Floats:
        """Price of each figure row."""
        return self.vector[self.needs + self.joints + self.duties :]


@dataclass
class FigureRow:
    """``lower <= figure over plans + auxiliary terms <= upper``."""

    figure: Figure
    lower: float
    upper: float
    auxiliary: dict[int, float]
    name: str = ""
    """The stage whose floor it is."""
    scale: float = 1.0
    """What the figure and its limits were multiplied by."""
    row: Any = None


@dataclass
class Auxiliary:
    """A variable besides plans: a share, a shortfall, a level. ``gain`` is its weight in the present stage."""

    upper: float
    variable: Any
    gain: float = 0.0


def _typical(figure: Figure) -> float:
    """The usual size of a figure's coefficients per option; 1 where it has none."""
    sizes = np.abs(figure.options[figure.options != 0])
    if len(sizes):
        return float(sizes.mean())
    return _USUAL_TRAVEL if figure.travel else _USUAL_UNEVEN if figure.uneven else 1.0


@dataclass
class Master:
    """The restricted master over one problem; grows by columns, and by rows as stages are finished."""

    problem: Problem
    columns: list[Column] = field(default_factory=list)
    figure_rows: list[FigureRow] = field(default_factory=list)
    auxiliaries: list[Auxiliary] = field(default_factory=list)
    stage: Figure | None = None
    _known: dict[tuple[object, ...], int] = field(default_factory=dict)
    """Where each plan is in ``columns``."""
    _variables: list[Any] = field(default_factory=list)
    _share: dict[str, int] = field(default_factory=dict)
    _shorts: dict[int, int] = field(default_factory=dict)
    _steps: dict[int, dict[int, float]] = field(default_factory=dict)
    _held: set[int] = field(default_factory=set)
    _slacks: dict[tuple[str, int, float], Any] = field(default_factory=dict)
    _weights: list[float] = field(default_factory=list)
    """Each plan's weight in the last solution. Plans are added between solving and looking, so it is kept."""
    _costs: list[float] = field(default_factory=list)
    """Each plan's reduced cost in the last solution."""
    _broken: bool = False
    _penalty: float = 0.0
    """Price of breaking an elastic row by 1; 0 while no row is elastic."""

    def __post_init__(self) -> None:
        self._lay_rows()

    def _lay_rows(self) -> None:
        """A linear program with the rows that every problem has, and nothing in them."""
        from ortools.linear_solver import pywraplp

        p = self.problem
        self.lp = pywraplp.Solver.CreateSolver("CLP")
        forced = {f.need for f in p.forced}
        self.need_rows = [
            self.lp.Constraint(1.0 if n in forced else -_INFINITY, 1.0) for n in range(len(p.needs))
        ]
        self.joint_rows = [self.lp.Constraint(0.0, 0.0) for _ in p.joint_need]
        self.duty_rows = {place: self.lp.Constraint(1.0, 1.0) for place in p.liaison_duty}
        self.person_rows = [self.lp.Constraint(1.0, 1.0) for _ in p.cluster.staff]
        self.forced = np.array([n in forced for n in range(len(p.needs))])
        self.lp.Objective().SetMaximization()

    def add_column(self, column: Column) -> bool:
        """Add a plan; False if it is known already."""
        if column.key in self._known:
            return False
        self._known[column.key] = len(self.columns)
        self.columns.append(column)
        self._variables.append(self._enter(column))
        return True

    def _enter(self, column: Column) -> Any:
        """A plan's variable with its coefficients in every row and in the objective."""
        p = self.problem
        variable = self.lp.NumVar(0.0, _INFINITY, "")
        self.person_rows[column.person].SetCoefficient(variable, 1.0)
        for o in column.options:
            part, joint = int(p.part[o]), int(p.joint[o])
            if part != 2:
                self.need_rows[int(p.need[o])].SetCoefficient(variable, 1.0)
            if joint >= 0:
                self.joint_rows[joint].SetCoefficient(variable, 1.0 if part == 1 else -1.0)
        for place in column.liaison:
            self.duty_rows[place].SetCoefficient(variable, 1.0)
        for row in self.figure_rows:
            value = column.value(row.figure)
            if value:
                row.row.SetCoefficient(variable, value)
        if self.stage is not None:
            self.lp.Objective().SetCoefficient(variable, column.value(self.stage))
        return variable

    def _afresh(self) -> None:
        """The same linear program again, without the basis it had: what is left when the solver loses its footing."""
        self._lay_rows()
        for auxiliary in self.auxiliaries:
            auxiliary.variable = self.lp.NumVar(0.0, auxiliary.upper, "")
            self.lp.Objective().SetCoefficient(auxiliary.variable, auxiliary.gain)
        for row in self.figure_rows:
            row.row = self.lp.Constraint(row.lower, row.upper)
            for a, coefficient in row.auxiliary.items():
                row.row.SetCoefficient(self.auxiliaries[a].variable, coefficient)
        self._variables = [self._enter(column) for column in self.columns]
        for i in self._held:
            self._variables[i].SetLb(1.0)
        self._slacks.clear()
        if self._penalty:
            self._stretch()

    def auxiliary(self, upper: float) -> int:
        """A new variable besides plans, between 0 and ``upper``."""
        self.auxiliaries.append(Auxiliary(upper, self.lp.NumVar(0.0, upper, "")))
        return len(self.auxiliaries) - 1

    def add_row(
        self,
        figure: Figure,
        lower: float,
        upper: float,
        auxiliary: dict[int, float] | None = None,
        name: str = "",
    ) -> None:
        """Add a figure row over all plans, present and future; scaled so that prices converge: coefficients near 1."""
        scale = 1.0 / _typical(figure)
        figure = Figure(np.zeros(self.problem.size)).plus(figure, scale)
        lower, upper = lower * scale, upper * scale
        terms = {a: c * scale for a, c in (auxiliary or {}).items()}
        row = FigureRow(figure, lower, upper, terms, name, scale, self.lp.Constraint(lower, upper))
        for a, coefficient in row.auxiliary.items():
            row.row.SetCoefficient(self.auxiliaries[a].variable, coefficient)
        for column, variable in zip(self.columns, self._variables, strict=True):
            value = column.value(figure)
            if value:
                row.row.SetCoefficient(variable, value)
        self.figure_rows.append(row)

    def figure_of(self, spec: StageSpec) -> tuple[Figure, dict[int, float]]:
        """A stage as a figure over plans plus auxiliary terms, to be maximised; posts the rows it needs."""
        p = self.problem
        if spec.step >= 0:
            return Figure(np.zeros(p.size)), self._fairness(spec.step)
        extra: dict[int, float] = {}
        for goal, weight in spec.weights:
            if goal is Goal.TIER_BALANCE:
                extra.update({a: float(weight) for a in self._tier_shortfalls()})
        return goal_figure(p, spec.weights), extra

    def _tier_shortfalls(self) -> list[int]:
        """short[tier] + points met in the tier >= target."""
        p = self.problem
        for tier, target in tier_targets(p).items():
            if tier not in self._shorts:
                short = self.auxiliary(float(max(target, 0)))
                met = np.where(p.tier[p.need] == tier, p.points, 0).astype(np.float64)
                self.add_row(Figure(met), float(target), _INFINITY, {short: 1.0})
                self._shorts[tier] = short
        return list(self._shorts.values())

    def _fairness(self, step: int) -> dict[int, float]:
        """The leximin's steps, as in ``goals.Shares``, with shares relaxed to fractions."""
        p = self.problem
        for name, rows in p.fairness_groups.items():
            if name not in self._share:
                member = np.zeros(len(p.needs))
                member[rows] = FULL_SHARE / float(p.asked[rows].sum())
                share = self.auxiliary(float(FULL_SHARE))
                self.add_row(Figure(member[p.need] * p.points), 0.0, _INFINITY, {share: -1.0})
                self._share[name] = share
        if step not in self._steps:
            self._steps[step] = self._shortfall() if step == 0 else self._smallest(step)
        return self._steps[step]

    def _shortfall(self) -> dict[int, float]:
        floor, nothing = float(fairness_floor(self.problem)), Figure(np.zeros(self.problem.size))
        result = {}
        for share in self._share.values():
            short = self.auxiliary(float(FULL_SHARE))
            self.add_row(nothing, floor, _INFINITY, {short: 1.0, share: 1.0})
            result[short] = -1.0
        return result

    def _smallest(self, count: int) -> dict[int, float]:
        nothing = Figure(np.zeros(self.problem.size))
        level = self.auxiliary(float(FULL_SHARE))
        result = {level: float(count)}
        for share in self._share.values():
            below = self.auxiliary(float(FULL_SHARE))
            self.add_row(nothing, 0.0, _INFINITY, {below: 1.0, share: 1.0, level: -1.0})
            result[below] = -1.0
        return result

    def begin(self, figure: Figure, extra: dict[int, float]) -> None:
        """Make a figure the objective."""
        self.stage = figure
        objective = self.lp.Objective()
        for column, variable in zip(self.columns, self._variables, strict=True):
            objective.SetCoefficient(variable, column.value(figure))
        for a, auxiliary in enumerate(self.auxiliaries):
            auxiliary.gain = extra.get(a, 0.0)
            objective.SetCoefficient(auxiliary.variable, auxiliary.gain)

    def solve(self) -> tuple[float, Prices] | None:
        """Value of the restricted master and its prices; None if the linear program could not be solved."""
        from ortools.linear_solver import pywraplp

        # primal simplex goes on from the last basis, which stays feasible as plans are added; presolving would lose it
        how = pywraplp.MPSolverParameters()
        how.SetIntegerParam(how.PRESOLVE, how.PRESOLVE_OFF)
        how.SetIntegerParam(how.LP_ALGORITHM, how.PRIMAL)
        if self.lp.Solve(how) != pywraplp.Solver.OPTIMAL:
            self._afresh()
            if self.lp.Solve() != pywraplp.Solver.OPTIMAL:
                return None
        self._weights = [variable.solution_value() for variable in self._variables]
        self._costs = [variable.reduced_cost() for variable in self._variables]
        self._broken = any(slack.solution_value() > _DUST for slack in self._slacks.values())
        rows = [
            *self.need_rows,
            *self.joint_rows,
            *self.duty_rows.values(),
            *(row.row for row in self.figure_rows),
        ]
        vector = np.array([row.dual_value() for row in rows])
        return float(self.lp.Objective().Value()), self.signed(vector)

    def support(self) -> list[tuple[Column, float]]:
        """The plans that the last solution mixes, with their weights."""
        return [(self.columns[i], weight) for i, weight in enumerate(self._weights) if weight > _DUST]

    def hold(self, column: Column) -> None:
        """Keep a plan's weight at 1 until ``release``."""
        i = self._known[column.key]
        self._held.add(i)
        self._variables[i].SetLb(1.0)

    def release(self) -> None:
        """Hold no plan any more."""
        for i in self._held:
            self._variables[i].SetLb(0.0)
        self._held.clear()

    @contextmanager
    def elastic(self) -> Iterator[None]:
        """Within this block rows may be broken, each at a price above what any plan is worth."""
        stage = self.stage or Figure(np.zeros(self.problem.size))
        self._penalty = _DEAR * max([1.0, *(abs(column.value(stage)) for column in self.columns)])
        self._stretch()
        try:
            yield
        finally:
            self._penalty = 0.0
            for slack in self._slacks.values():
                slack.SetUb(0.0)

    def _stretch(self) -> None:
        """Give every row that could not be kept its slack, where it has none yet, and price them all."""
        rows = [("need", n, 1.0, self.need_rows[n]) for n in np.flatnonzero(self.forced).tolist()]
        rows += [("person", k, 1.0, row) for k, row in enumerate(self.person_rows)]
        for sign in (1.0, -1.0):
            rows += [("joint", j, sign, row) for j, row in enumerate(self.joint_rows)]
            rows += [("duty", d, sign, row) for d, row in enumerate(self.duty_rows.values())]
        for i, figure_row in enumerate(self.figure_rows):
            rows.append(("figure", i, 1.0 if figure_row.upper == _INFINITY else -1.0, figure_row.row))
        for kind, i, sign, row in rows:
            if (kind, i, sign) not in self._slacks:
                self._slacks[kind, i, sign] = slack = self.lp.NumVar(0.0, 0.0, "")
                row.SetCoefficient(slack, sign)
        for slack in self._slacks.values():
            slack.SetUb(_INFINITY)
            self.lp.Objective().SetCoefficient(slack, -self._penalty)

    def broken(self) -> bool:
        """Whether the last solution breaks an elastic row."""
        return self._broken

    def promising(self, reach: float) -> Bools:
        """Options of the plans whose reduced cost in the last solve is at most ``reach``, shape (O,)."""
        flags = np.zeros(self.problem.size, dtype=bool)
        for column, cost in zip(self.columns, self._costs, strict=False):  # plans that came since have none
            if column.options and abs(cost) <= reach:
                flags[list(column.options)] = True
        return flags

    def no_prices(self) -> Prices:
        """All prices 0."""
        n, j, d = len(self.need_rows), len(self.joint_rows), len(self.duty_rows)
        return Prices(np.zeros(n + j + d + len(self.figure_rows)), n, j, d)

    def slope(self, prices: Prices, weeks: Sequence[Sketch]) -> Floats:
        """A subgradient of the Lagrangian bound: right-hand sides less what people's weeks and auxiliaries do there."""
        p = self.problem
        slope = np.zeros(len(prices.vector))
        n, j, d = prices.needs, prices.joints, prices.duties
        slope[:n] = 1.0
        slope[n + j : n + j + d] = 1.0
        options = np.concatenate([week.options for week in weeks])
        np.subtract.at(slope, p.need[options[p.part[options] != 2]], 1.0)
        split = options[p.joint[options] >= 0]
        np.subtract.at(slope, n + p.joint[split], np.where(p.part[split] == 1, 1.0, -1.0))
        position = {place: i for i, place in enumerate(self.duty_rows)}
        for week in weeks:
            for place in week.places:
                slope[n + j + position[place]] -= 1.0
        worth = self._worth_of_auxiliaries(prices)
        for i, row in enumerate(self.figure_rows):
            bound = row.lower if row.upper == _INFINITY else row.upper
            extra = sum(c * self.auxiliaries[a].upper for a, c in row.auxiliary.items() if worth[a] > 0)
            slope[n + j + d + i] = bound - sum(week.figures(row.figure) for week in weeks) - extra
        return slope

    def signed(self, vector: Floats) -> Prices:
        """Prices with the signs their rows demand."""
        n, j, d = len(self.need_rows), len(self.joint_rows), len(self.duty_rows)
        vector[:n] = np.where(self.forced, vector[:n], np.maximum(vector[:n], 0.0))
        for i, row in enumerate(self.figure_rows):
            if row.upper == _INFINITY:
                vector[n + j + d + i] = min(vector[n + j + d + i], 0.0)
            elif row.lower == -_INFINITY:
                vector[n + j + d + i] = max(vector[n + j + d + i], 0.0)
        return Prices(vector, n, j, d)

    def reduced(self, prices: Prices) -> Figure:
        """The stage's figure less the prices: what an option is worth to whoever takes it."""
        p = self.problem
        figure = self.guide(prices)
        options = figure.options - np.where(p.part != 2, prices.need[p.need], 0.0)
        if len(prices.joint):
            sign = np.where(p.part == 1, 1.0, np.where(p.part == 2, -1.0, 0.0))
            options = options - sign * np.where(p.joint >= 0, prices.joint[np.maximum(p.joint, 0)], 0.0)
        return Figure(options, figure.travel, figure.uneven, figure.adults)

    def guide(self, prices: Prices) -> Figure:
        """The stage's figure with every floor at its price: what is good for the stage without hurting earlier ones."""
        if self.stage is None:
            raise AssertionError("no stage was begun")
        figure = self.stage
        for row, price in zip(self.figure_rows, prices.figures, strict=False):
            if price:
                figure = figure.plus(row.figure, -float(price))
        return figure

    def constant(self, prices: Prices) -> float:
        """The part of the Lagrangian bound that no person's plan touches."""
        total = float(prices.need.sum() + prices.duty.sum())
        for row, price in zip(self.figure_rows, prices.figures, strict=True):
            if price:
                total += price * (row.lower if row.upper == _INFINITY else row.upper)
        worth = self._worth_of_auxiliaries(prices)
        limits = np.array([auxiliary.upper for auxiliary in self.auxiliaries])
        return total + float((np.maximum(worth, 0.0) * limits).sum())

    def _worth_of_auxiliaries(self, prices: Prices) -> Floats:
        """Reduced worth of each auxiliary variable."""
        worth = np.array([auxiliary.gain for auxiliary in self.auxiliaries])
        for row, price in zip(self.figure_rows, prices.figures, strict=True):
            for a, coefficient in row.auxiliary.items():
                worth[a] -= price * coefficient
        return worth
