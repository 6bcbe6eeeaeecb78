"""The one-model form of the problem: decision variables over all people, or over one alone.

Rules (``rules.py``) and goals (``goals.py``) post their rows here. With a ``Scope`` the same code writes the model of
everybody, of what must hold in a first plan (``feasibility.py``), and of one person's best plan (``plans/pricing.py``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from allocator.solvers.facts import MAX_QUARTERS, NO_LIMIT, Ints
from allocator.solvers.linear import Expression, LinearModel
from allocator.solvers.plan import Plan
from allocator.solvers.problem import Problem


@dataclass(frozen=True)
class Scope:
    """The people the model is about, and the options they may use."""

    people: tuple[int, ...]
    options: Ints
    takers: dict[tuple[int, int], tuple[int, ...]] | None = None
    """Who may be liaison of each (site, term); None for everybody that the rules allow."""


def whole(problem: Problem) -> Scope:
    """Everybody open, every option allowed."""
    return Scope(tuple(range(len(problem.cluster.staff))), np.arange(problem.size))


@dataclass
class Formulation:
    """Variables of one model. Keys: x by option, groups by slot, visits and liaison by (person, site, term)."""

    problem: Problem
    scope: Scope
    model: LinearModel = field(default_factory=LinearModel)
    x: dict[int, int] = field(default_factory=dict)
    groups: dict[int, int] = field(default_factory=dict)
    quarters: dict[tuple[int, int, int], int] = field(default_factory=dict)
    works: dict[tuple[int, int, int], int] = field(default_factory=dict)
    liaison: dict[tuple[int, int, int], int] = field(default_factory=dict)
    share: dict[tuple[int, int], int] = field(default_factory=dict)
    holds: dict[tuple[int, int], int] = field(default_factory=dict)
    active: dict[tuple[int, int, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    """(person, site, term) -> options given there then."""
    open_slots: dict[tuple[int, int, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    """(person, site, term) -> slots that may meet there then."""

    def __post_init__(self) -> None:
        self._add_options()
        self._add_liaisons()
        self._add_visits()
        self._add_shares()

    def _add_options(self) -> None:
        p, model = self.problem, self.model
        for o in self.scope.options.tolist():
            k, s, slot = int(p.person[o]), int(p.site[o]), int(p.slot[o])
            self.x[o] = model.variable(0, 1, f"x{o}")
            for t in range(int(p.first[o]), int(p.last[o]) + 1):
                self.active[k, s, t].append(o)
                if slot >= 0 and slot not in self.groups:
                    self.open_slots[k, s, t].append(slot)
            if slot >= 0 and slot not in self.groups:
                form = p.slots[slot]
                most = len(p.options_of_slot[slot]) // form.least
                self.groups[slot] = model.variable(0, most, f"g{slot}")

    def _add_liaisons(self) -> None:
        p = self.problem
        for s, t in p.liaison_duty:
            for k in self.scope.people if self.scope.takers is None else self.scope.takers[s, t]:
                if p.may_be_liaison(k, s, t):
                    self.liaison[k, s, t] = self.model.variable(0, 1, f"l{k},{s},{t}")

    def _add_visits(self) -> None:
        facts = self.problem.facts
        for k, s, t in sorted(set(self.active) | set(self.liaison)):
            if s != facts.base[k]:
                self.quarters[k, s, t] = self.model.variable(0, MAX_QUARTERS, f"q{k},{s},{t}")
            if facts.max_sites[k] < NO_LIMIT and not facts.coordinator[k]:
                self.works[k, s, t] = self.model.variable(0, 1, f"w{k},{s},{t}")

    def _add_shares(self) -> None:
        facts = self.problem.facts
        for k in self.scope.people:
            for s in self.problem.share_sites[k]:
                self.share[k, s] = self.model.variable(0, int(facts.blocks[k]), f"b{k},{s}")
                self.holds[k, s] = self.model.variable(0, 1, f"u{k},{s}")

    def delivery(self, k: int, s: int, t: int, liaison: bool = True) -> Expression:
        """Minutes a week of delivery, and unless told otherwise liaison, of a person at a site in a term."""
        p = self.problem
        terms: Expression = {
            self.x[o]: int(p.minutes[o]) for o in self.active.get((k, s, t), ()) if p.slot[o] < 0
        }
        for slot in self.open_slots.get((k, s, t), ()):
            terms[self.groups[slot]] = p.slots[slot].minutes
        if liaison and (k, s, t) in self.liaison:
            terms[self.liaison[k, s, t]] = int(p.facts.liaison_minutes[k])
        return terms

    def places(self, k: int, t: int) -> list[int]:
        """Sites at which a person could work in a term."""
        return self._places.get((k, t), [])

    @cached_property
    def _places(self) -> dict[tuple[int, int], list[int]]:
        places: dict[tuple[int, int], list[int]] = defaultdict(list)
        for k, s, t in sorted(set(self.active) | set(self.liaison)):
            places[k, t].append(s)
        return places

    def travel(self, k: int, t: int) -> Expression:
        """Travel minutes a week of a person in a term."""
        cost = self.problem.facts.quarter
        return {
            self.quarters[k, s, t]: int(cost[k, s]) for s in self.places(k, t) if (k, s, t) in self.quarters
        }

    def used(self, k: int, t: int) -> Expression:
        """Delivery, liaison and travel of a person in a term; standing time comes on top."""
        terms = dict(self.travel(k, t))
        for s in self.places(k, t):
            terms.update(self.delivery(k, s, t))
        return terms

    def plan(self, values: list[int]) -> Plan:
        """The plan in a solution of the model."""
        chosen = [o for o, v in self.x.items() if values[v] > 0]
        liaison = {(s, t): k for (k, s, t), v in self.liaison.items() if values[v] > 0}
        shares = {key: values[v] for key, v in self.share.items() if values[v] > 0}
        return Plan(tuple(sorted(chosen)), dict(sorted(liaison.items())), dict(sorted(shares.items())))
