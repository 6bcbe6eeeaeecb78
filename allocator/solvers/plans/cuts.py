"""Rows that hold for every plan but not for every mixture of plans: they make the master's linear program tighter.

A service in two parts is given by two different people (R1). Mixing a plan of somebody who takes the first part with
another plan of the same person that holds the second would serve half the need without anybody else. For a joint *j*
and a person *k*, over plans:

    first parts of j held by k + second parts of j held by k <= first parts of j held by anybody
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from allocator.solvers.facts import Floats
from allocator.solvers.plans.column import Figure
from allocator.solvers.plans.master import Master
from allocator.solvers.problem import Problem

_VIOLATED = 1e-4
"""A row that is broken by less, in plans, is not worth having."""


def two_people(problem: Problem, j: int, k: int) -> Figure:
    """Person ``k``'s parts of joint ``j``, less its first parts: at most 0 in any plan."""
    parts = problem.options_of_joint[j]
    figure: Floats = np.zeros(problem.size)
    figure[parts[problem.part[parts] == 1]] -= 1.0
    figure[parts[problem.person[parts] == k]] += 1.0
    return Figure(figure)


def separate(master: Master) -> int:
    """Add the rows that the master's last solution breaks; returns how many."""
    problem = master.problem
    if not len(problem.joint_need):
        return 0
    held: defaultdict[tuple[int, int], float] = defaultdict(float)
    first: defaultdict[int, float] = defaultdict(float)
    for column, weight in master.support():
        for o in column.options:
            j = int(problem.joint[o])
            if j >= 0:
                held[j, column.person] += weight
                first[j] += weight if problem.part[o] == 1 else 0.0
    broken = [at for at, weight in held.items() if weight > first[at[0]] + _VIOLATED]
    for j, k in sorted(broken):
        master.add_row(two_people(problem, j, k), -float("inf"), 0.0)
    return len(broken)
