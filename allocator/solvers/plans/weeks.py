"""Weeks of the dynamic program made into columns: checked against every limit, and mended where one is broken."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

import numpy as np

from allocator.solvers.facts import MAX_QUARTERS, Ints
from allocator.solvers.plan import limits_broken, load_limits, person_use
from allocator.solvers.plans.column import Column, Figure, make_column
from allocator.solvers.plans.knapsack import Layout, Week
from allocator.solvers.problem import Problem


class Weeks:
    """Makes columns of weeks, for one problem of one term."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @cached_property
    def _gains(self) -> Ints:
        """Goals that are sums over options, shape (goals, O)."""
        return np.array(list(self.problem.gains.values()), dtype=np.int64).reshape(-1, self.problem.size)

    @cached_property
    def _limits(self) -> Ints:
        """Minutes at each load break, shape (K, breaks)."""
        people = range(len(self.problem.cluster.staff))
        rows = [[int(limit[0]) for limit in load_limits(self.problem, k)] for k in people]
        return np.array(rows, dtype=np.int64).reshape(len(people), -1)

    def over(self, k: int, week: Week) -> tuple[int, int, int]:
        """By how much a week breaks R6: cases, minutes of travel, sites (not positive: kept)."""
        facts = self.problem.facts
        sites = 0 if facts.coordinator[k] else int(np.count_nonzero(week.minutes))
        return (
            week.cases - int(facts.max_cases[k]),
            week.travel - int(facts.travel_cap[k, 0]),
            sites - int(facts.max_sites[k]),
        )

    def clean(self, k: int, layout: Layout, week: Week) -> bool:
        """Whether a week keeps every rule that is a matter of one person."""
        facts = self.problem.facts
        used = int(facts.standing[k, 0]) + int(week.minutes.sum()) + week.travel
        if week.double or used > facts.bookable[k, 0] or max(self.over(k, week)) > 0:
            return False
        if (week.visits > MAX_QUARTERS).any():
            return False
        if facts.coordinator[k]:
            cost = week.minutes + week.visits * layout.quarters
            room = [week.shares.get(int(s), 0) * int(facts.block_minutes[k, 0]) for s in layout.sites]
            return bool((cost <= np.array(room)).all())
        return True

    def column(self, k: int, week: Week) -> Column:
        """A clean week as a column; the same as ``make_column`` would derive."""
        problem = self.problem
        facts = problem.facts
        used = int(facts.standing[k, 0]) + int(week.minutes.sum()) + week.travel
        options = week.options.tolist()
        learners = [n for n in problem.learner[problem.need[week.options]].tolist() if n >= 0]
        return Column(
            k, tuple(options), tuple(sorted(week.places)), tuple(sorted(week.shares.items())),
            week.travel * int(facts.weeks[0]), int(np.maximum(used - self._limits[k], 0).sum()),
            len(learners) - len(set(learners)), tuple(self._gains[:, options].sum(axis=1).tolist()),
        )  # fmt: skip

    def mended(self, k: int, week: Week, figure: Figure) -> Column:
        """The plan with what the dynamic program did not see put right: the least worth goes first."""
        problem = self.problem
        chosen = one_per_need(problem, week.options.tolist(), figure)
        duties = list(week.places)
        while True:
            use = person_use(problem, k, np.array(chosen, dtype=np.int64), duties)
            members: dict[int, int] = defaultdict(int)
            for o in chosen:
                if problem.slot[o] >= 0:
                    members[int(problem.slot[o])] += 1
            small = [s for s, count in members.items() if problem.slots[s].least * use.groups[s] > count]
            if small:
                chosen = [o for o in chosen if int(problem.slot[o]) not in small]
            elif not limits_broken(problem, k, use, week.shares):
                break
            elif chosen:
                chosen.remove(min(chosen, key=lambda o: (figure.options[o], o)))
            else:
                duties.pop()
        shares = tuple(sorted(week.shares.items()))
        return make_column(problem, k, np.array(chosen, dtype=np.int64), tuple(sorted(duties)), shares, use)


def one_per_need(problem: Problem, options: list[int], figure: Figure) -> list[int]:
    """At most one option of each need, the one of most worth (R1)."""
    best: dict[int, int] = {}
    for o in sorted(options):
        n = int(problem.need[o])
        if n not in best or figure.options[o] > figure.options[best[n]]:
            best[n] = o
    return sorted(best.values())


def worths(column: Column, figure: Figure, duty: dict[tuple[int, int], float]) -> float:
    """What a plan is worth under prices."""
    return column.value(figure) + sum(duty.get(place, 0.0) for place in column.liaison)
