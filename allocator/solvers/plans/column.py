"""A column: one person's whole plan; a figure: a linear function of plans, such as a goal or a floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers.facts import Bools, Floats, Ints
from allocator.solvers.plan import PersonUse, Plan, person_use, shared_adults, uneven_minutes
from allocator.solvers.problem import Problem

_OF_THE_WHOLE = {Goal.TRAVEL, Goal.EVEN_LOAD, Goal.FEW_ADULTS}


@dataclass(frozen=True)
class Figure:
    """``sum of options' coefficients + travel x minutes + uneven x minutes + adults x needs``, over people's plans."""

    options: Floats
    """Coefficient of each option, shape (O,)."""
    travel: float = 0.0
    """Weight of travel minutes over the horizon."""
    uneven: float = 0.0
    """Weight of minutes above the load breaks."""
    adults: float = 0.0
    """Weight of needs met by an adult already there."""

    def plus(self, other: Figure, factor: float) -> Figure:
        """This figure with ``factor`` x another added."""
        return Figure(self.options + factor * other.options, self.travel + factor * other.travel,
                      self.uneven + factor * other.uneven, self.adults + factor * other.adults)  # fmt: skip


def goal_figure(problem: Problem, weights: tuple[tuple[Goal, int], ...]) -> Figure:
    """The figure of weighted goals; tier balance, which is no sum over plans, is left to the master."""
    options = np.zeros(problem.size)
    whole = dict.fromkeys(_OF_THE_WHOLE, 0.0)
    for goal, weight in weights:
        if goal in problem.gains:
            options += weight * problem.gains[goal]
        elif goal in whole:
            whole[goal] += weight
    return Figure(options, whole[Goal.TRAVEL], whole[Goal.EVEN_LOAD], whole[Goal.FEW_ADULTS])


@dataclass(frozen=True)
class Column:
    """One person's plan, with what it takes and gives."""

    person: int
    options: tuple[int, ...]
    liaison: tuple[tuple[int, int], ...]
    shares: tuple[tuple[int, int], ...]
    """Coordinators: (site, blocks)."""
    travel: int
    uneven: int
    adults: int
    gains: tuple[int, ...]
    """The plan's part of each goal in ``problem.gains``, in its order."""

    def value(self, figure: Figure) -> float:
        """The figure of this plan."""
        total = float(figure.options[list(self.options)].sum()) if self.options else 0.0
        return total + figure.travel * self.travel + figure.uneven * self.uneven + figure.adults * self.adults

    @property
    def key(self) -> tuple[object, ...]:
        """Two columns with the same key are the same plan."""
        return (self.person, self.options, self.liaison)


def make_column(problem: Problem, k: int, options: Ints, liaison: tuple[tuple[int, int], ...],
                shares: tuple[tuple[int, int], ...] = (), use: PersonUse | None = None) -> Column:  # fmt: skip
    """A column from a person's options and duties; travel and load are derived (or given, as ``use``)."""
    use = use or person_use(problem, k, options, list(liaison))
    travel = int((use.travel * problem.facts.weeks).sum())
    gains = tuple(int(gain[options].sum()) for gain in problem.gains.values())
    return Column(k, tuple(sorted(options.tolist())), liaison, shares, travel, uneven_minutes(problem, k, use.used),
                  shared_adults(problem, options), gains)  # fmt: skip


def staying(problem: Problem, column: Column, kept: Bools) -> Ints:
    """Options a person keeps while the rest is made anew: those of ``kept`` needs, with all mates of their groups (or a
    group might fall below its minimum), and parts, whose other part somebody else holds.
    """
    mine = np.array(column.options, dtype=np.int64)
    keep = kept[problem.need[mine]]
    slots = problem.slot[mine]
    mates = (slots >= 0) & np.isin(slots, slots[keep])
    return np.asarray(mine[keep | mates | (problem.part[mine] != 0)], dtype=np.int64)


def columns_of(problem: Problem, plan: Plan) -> list[Column]:
    """A plan cut into one column per person."""
    chosen = np.array(plan.chosen, dtype=np.int64)
    person = problem.person[chosen]
    columns = []
    for k in range(len(problem.cluster.staff)):
        liaison = tuple(sorted(place for place, who in plan.liaison.items() if who == k))
        shares = tuple(sorted((s, blocks) for (who, s), blocks in plan.shares.items() if who == k))
        columns.append(make_column(problem, k, chosen[person == k], liaison, shares))
    return columns


def joined(columns: list[Column]) -> Plan:
    """One column per person put together."""
    chosen = sorted(o for column in columns for o in column.options)
    liaison = {place: column.person for column in columns for place in column.liaison}
    shares = {(column.person, s): blocks for column in columns for s, blocks in column.shares}
    return Plan(tuple(chosen), dict(sorted(liaison.items())), dict(sorted(shares.items())))
