"""A few people's weeks made anew, exactly, while everybody else's stay: the model behind every answer.

The rules are those of ``solvers.rules``; only what ties these people to all others is said here: who is liaison where
they were stays among them, what two people share stays as it is, and needs that are met by others are not touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers import cpsat
from allocator.solvers.base import Budget, Outcome
from allocator.solvers.facts import Bools, Ints
from allocator.solvers.formulation import Formulation, Scope
from allocator.solvers.linear import Expression, Tag
from allocator.solvers.plan import Plan
from allocator.solvers.problem import Problem
from allocator.solvers.rules import PERSON_RULES

WORKERS = 8
"""What measures best for one CP-SAT model, on two cores too."""
_KEPT = Tag("explain", "what is agreed stays")


class Keeping(Enum):
    """What must stay while room is made."""

    EVERYTHING = "everything"
    """Every need met stays met with at least its value, and a running service with its own person."""
    COMMITMENTS = "commitments"
    """Running services, and what is locked or tied, stay met; other needs may give way."""
    AGREED = "agreed"
    """Only what is locked or tied (R7) stays."""


@dataclass(frozen=True)
class Found:
    """What one exact model said. ``plan`` is whole (everybody's weeks); ``none`` only when that is proved."""

    plan: Plan | None
    none: bool
    proved: bool
    """The objective is the best there is."""
    bound: int | None = None
    """No such weeks have an objective above it; None where nothing is known."""


@dataclass
class Weeks:
    """The model of some people's weeks in which need ``need`` is met (with ``must=False`` it may be; -1: no need)."""

    problem: Problem
    plan: Plan
    need: int
    people: tuple[int, ...]
    keeping: Keeping
    allowed: Bools | None = None
    """Options that may be used for the need itself; None for all. Shape (O,)."""
    must: bool = True
    also: Bools | None = None
    """Options of unmet needs that may be used besides. Shape (O,)."""
    f: Formulation = field(init=False)
    held: dict[int, list[int]] = field(init=False)
    """Need -> options taken now, of the needs these people meet."""

    def __post_init__(self) -> None:
        chosen = np.array(self.plan.chosen, dtype=np.int64)
        mine = chosen[np.isin(self.problem.person[chosen], self.people)]
        self.held = {}
        for o in mine.tolist():
            self.held.setdefault(int(self.problem.need[o]), []).append(o)
        self.f = Formulation(self.problem, Scope(tuple(sorted(self.people)), self._options(mine)))
        for rule in PERSON_RULES:
            rule(self.f)
        self._joint_parts()
        self._keep()
        self._meet()
        self._liaisons()

    # --- what may be used -----------------------------------------------------------------------------

    def _options(self, mine: Ints) -> Ints:
        """The options held, better or equal ways to meet the same needs, and ways to meet the need in question.

        Needs that are unmet take part only as mates of a group the need could join.
        """
        p = self.problem
        inside = np.isin(p.person, self.people)
        own = inside & (p.need == self.need)
        if self.allowed is not None:
            own &= self.allowed
        slots = np.unique(p.slot[own])
        mates = inside & np.isin(p.slot, slots[slots >= 0]) & ~self._met_by_anybody()[p.need]
        other_ways = inside & self._movable()[p.need] & (p.part == 0) & self._good_enough()
        usable = own | mates | other_ways
        usable[mine] = True
        if self.also is not None:
            usable |= inside & self.also & (p.part == 0)
        if self.allowed is not None:  # the way the need is met now may be none of those
            usable &= (p.need != self.need) | self.allowed
        return np.flatnonzero(usable)

    def _met_by_anybody(self) -> Bools:
        met = np.zeros(len(self.problem.needs), dtype=bool)
        met[self.problem.need[np.array(self.plan.chosen, dtype=np.int64)]] = True
        return met

    def _movable(self) -> Bools:
        """Needs met by these people, whole: a service in two parts stays as it is."""
        flags = np.zeros(len(self.problem.needs), dtype=bool)
        whole = [n for n, options in self.held.items() if self.problem.part[options[0]] == 0]
        flags[whole] = True
        return flags

    def _good_enough(self) -> Bools:
        """Options that keep what a need has: its value, and a running service its own person."""
        p = self.problem
        if self.keeping is not Keeping.EVERYTHING:
            return np.ones(p.size, dtype=bool)
        least = np.zeros(len(p.needs), dtype=np.int64)
        own_person = np.zeros(len(p.needs), dtype=np.int64)
        for n, options in self.held.items():
            least[n] = sum(int(p.points[o]) for o in options)
            own_person[n] = max(int(p.gains[Goal.CONTINUITY][o]) for o in options)
        return np.asarray((p.points >= least[p.need]) & (p.gains[Goal.CONTINUITY] >= own_person[p.need]))

    # --- what must hold -------------------------------------------------------------------------------

    def _joint_parts(self) -> None:
        """R1 for services in two parts: those held stay; for the need itself both parts or neither."""
        p, f = self.problem, self.f
        balance: dict[int, Expression] = {}
        for o, x in f.x.items():
            if p.part[o] and p.need[o] == self.need and self.need not in self.held:
                balance.setdefault(int(p.joint[o]), {})[x] = 1 if p.part[o] == 1 else -1
        for terms in balance.values():
            f.model.row(terms, 0, 0, _KEPT)

    def _keep(self) -> None:
        p, f = self.problem, self.f
        for n, options in self.held.items():
            if n == self.need:
                continue
            if p.part[options[0]]:
                for o in options:
                    f.model.row({f.x[o]: 1}, 1, 1, _KEPT)
            elif self.stays(n):
                f.model.row(self.ways(n), 1, 1, _KEPT)

    def stays(self, n: int) -> bool:
        """Whether a need that is met must stay met."""
        p = self.problem
        if self.keeping is Keeping.EVERYTHING or p.is_forced[n]:
            return True
        return self.keeping is Keeping.COMMITMENTS and p.needs[n].status == "in_service"

    def _meet(self) -> None:
        if self.must:
            self.f.model.row(self.ways(self.need), 1, 1, _KEPT)

    def ways(self, n: int) -> Expression:
        """The options that count a need as met."""
        p, f = self.problem, self.f
        return {f.x[o]: 1 for o in p.options_of_need[n].tolist() if o in f.x and p.part[o] != 2}

    def _liaisons(self) -> None:
        """R9: duties stay among these people; a site whose liaison is somebody else keeps them.

        A change may bring in somebody who is to be liaison: of a site that had none in a term in which nobody could
        be one, or of a site whose liaison sites.csv names.
        """
        p, f = self.problem, self.f
        for s, t in p.liaison_duty:
            k = self.plan.liaison.get((s, t), -1)
            here = {f.liaison[j, s, t]: 1 for j in self.people if (j, s, t) in f.liaison}
            stays = k >= 0 and k not in self.people and p.may_be_liaison(k, s, t)
            if here or not stays:
                count = int(not stays)
                f.model.row(here, count, count, _KEPT)

    # --- answers --------------------------------------------------------------------------------------

    def possible(self, limit: float) -> Found:
        """Whether such weeks exist at all."""
        if self.must and not self.ways(self.need):
            return Found(None, True, True)
        self.f.model.objective = {}
        return self._found(self._solve(limit))

    def fewest_moves(self, start: Plan, limit: float) -> Found:
        """Such weeks with the fewest services changed; among those the most value for the need. ``start`` is one."""
        p, f = self.problem, self.f
        own = self.ways(self.need)
        weight = 1 + max((int(p.points[o]) for o in p.options_of_need[self.need].tolist()), default=0)
        objective = {x: int(p.points[o]) for o, x in f.x.items() if x in own}
        for n, options in self.held.items():
            for o in options if n != self.need else ():
                objective[f.x[o]] = weight
        f.model.objective = objective
        found = self._found(self._solve(limit))
        return found if found.plan is not None else Found(start, False, False)

    def most(self, objective: Expression, limit: float) -> Found:
        """Such weeks with the largest value of an objective."""
        if self.must and not self.ways(self.need):
            return Found(None, True, True)
        self.f.model.objective = objective
        return self._found(self._solve(limit))

    def _solve(self, limit: float) -> Outcome:
        workers = 1 if len(self.people) == 1 else WORKERS
        return cpsat.solve(self.f.model, limit=limit, budget=Budget(None), workers=workers)

    def _found(self, outcome: Outcome) -> Found:
        if outcome.values is None:
            return Found(None, outcome.infeasible, outcome.infeasible)
        return Found(self._whole(self.f.plan(outcome.values)), False, outcome.proved, outcome.bound)

    def _whole(self, part: Plan) -> Plan:
        """These people's new weeks beside everybody else's."""
        p = self.problem
        others = [o for o in self.plan.chosen if int(p.person[o]) not in self.people]
        liaison = {place: k for place, k in self.plan.liaison.items() if k not in self.people} | part.liaison
        shares = {key: b for key, b in self.plan.shares.items() if key[0] not in self.people} | part.shares
        chosen = tuple(sorted({*others, *part.chosen}))
        return Plan(chosen, dict(sorted(liaison.items())), dict(sorted(shares.items())))
