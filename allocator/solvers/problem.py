"""The problem every strategy solves: options as columns of arrays, limits as arrays, agreed rows as lists.

An *option* is a way to serve a need: (support, person, start term, meeting site, for a group its slot).
Shapes: O options, N planned needs, K people, S sites, T terms, G slots (groups that could exist), J joints
(services in two parts). Times are minutes per week, visits are quarters, value is points (docs/model.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocator.models.policy import Goal
from allocator.models.world import Cluster, Need
from allocator.solvers.eligibility import Eligibility
from allocator.solvers.facts import NO_LIMIT, Bools, Facts, Ints, half_up


@dataclass(frozen=True)
class Slot:
    """A group that could exist: R4's same support, leader, site, start term and year band."""

    person: int
    site: int
    support: int
    start: int
    last: int
    band: int
    cross_site: bool
    minutes: int
    quarters: int
    least: int
    most: int


@dataclass(frozen=True)
class Forced:
    """R7: a need that must be served, and how the user knows it."""

    need: int
    why: str


@dataclass(frozen=True, eq=False)
class Problem:
    """Everything a strategy may know. ``value`` and goal columns are per option; arrays have shape (O,) unless said."""

    cluster: Cluster
    facts: Facts
    eligibility: Eligibility
    needs: tuple[Need, ...]
    need: Ints
    person: Ints
    site: Ints
    support: Ints
    start: Ints
    first: Ints
    last: Ints
    minutes: Ints
    quarters: Ints
    points: Ints
    slot: Ints
    joint: Ints
    part: Ints
    reduced: Bools
    slots: tuple[Slot, ...]
    joint_need: Ints
    forced: tuple[Forced, ...]
    asked: Ints
    """Points asked, shape (N,)."""
    gains: dict[Goal, Ints]
    """Goals that are a plain sum over options: goal -> coefficient of each option."""
    fairness_groups: dict[str, Ints]
    """Fairness group -> positions of its needs."""
    duties: tuple[tuple[int, int], ...] | None = None
    """A part of a problem: the (site, term) pairs whose liaison it may choose; None for all that R9 asks for."""

    @property
    def size(self) -> int:
        """Number of options."""
        return len(self.need)

    @cached_property
    def fairness_rows(self) -> tuple[Ints, Ints, Ints]:
        """The needs of every fairness group one after the other, where each group begins, and what each asks; (G,)."""
        groups = list(self.fairness_groups.values())
        if not groups:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        starts = np.cumsum([0, *(len(rows) for rows in groups[:-1])])
        rows = np.concatenate(groups)
        return rows, starts, np.add.reduceat(self.asked[rows], starts)

    @cached_property
    def terms(self) -> int:
        """Number of terms."""
        return len(self.facts.weeks)

    @cached_property
    def options_of_need(self) -> list[Ints]:
        """Options of each need."""
        return _grouped(self.need, len(self.needs))

    @cached_property
    def options_of_person(self) -> list[Ints]:
        """Options of each person."""
        return _grouped(self.person, len(self.cluster.staff))

    @cached_property
    def options_of_slot(self) -> list[Ints]:
        """Options of each slot."""
        return _grouped(self.slot, len(self.slots))

    @cached_property
    def options_of_joint(self) -> list[Ints]:
        """Options (parts) of each joint."""
        return _grouped(self.joint, len(self.joint_need))

    @cached_property
    def served(self) -> Bools:
        """Options that count a need as served: whole ones and first parts."""
        return np.asarray(self.part != 2)

    @cached_property
    def learner(self) -> Ints:
        """Number of each need's learner, -1 for a project, shape (N,)."""
        codes = {code: i for i, code in enumerate(sorted({n.learner_id for n in self.needs if n.learner_id}))}
        return np.array([codes[n.learner_id] if n.learner_id else -1 for n in self.needs], dtype=np.int64)

    @cached_property
    def home(self) -> Ints:
        """Position of each need's site, shape (N,)."""
        return np.array([self.facts.site_index[need.site_id] for need in self.needs], dtype=np.int64)

    @cached_property
    def tier(self) -> Ints:
        """Tier of each need, shape (N,)."""
        return np.array([need.tier for need in self.needs], dtype=np.int64)

    @cached_property
    def is_forced(self) -> Bools:
        """Needs that must be served (R7), shape (N,)."""
        flags = np.zeros(len(self.needs), dtype=bool)
        flags[[forced.need for forced in self.forced]] = True
        return flags

    @cached_property
    def tier_targets(self) -> dict[int, int]:
        """Points each tier should reach: floor per mille of what it asks."""
        floors = sorted(self.cluster.policy.tier_floors.items())
        return {
            tier: half_up(1000 * share) * int(self.asked[self.tier == tier].sum()) // 1000
            for tier, share in floors
        }

    @cached_property
    def liaison_duty(self) -> tuple[tuple[int, int], ...]:
        """(site, term) pairs that need a liaison (R9)."""
        if self.duties is not None:
            return self.duties
        terms = [t for t in range(self.terms) if self.facts.liaison[:, t].any()]
        return tuple((s, t) for s in self.facts.liaison_sites for t in terms)

    @cached_property
    def liaison_fixed(self) -> dict[tuple[int, int], tuple[int, ...]]:
        """People that sites.csv fixes as liaison, in terms in which they have bookable minutes."""
        facts = self.facts
        fixed: dict[tuple[int, int], tuple[int, ...]] = {}
        for s, t in self.liaison_duty:
            codes = self.cluster.sites[s].liaison
            named = [facts.person_index[code] for code in codes if code in facts.person_index]
            people = tuple(k for k in named if facts.bookable[k, t] > 0)
            if people:
                fixed[s, t] = people
        return fixed

    def may_be_liaison(self, k: int, s: int, t: int) -> bool:
        """Whether a person could be a site's liaison in a term: able, can get there, nobody else fixed."""
        fixed = self.liaison_fixed.get((s, t), (k,))
        return bool(self.facts.liaison[k, t]) and bool(self.facts.quarter[k, s] < NO_LIMIT) and k in fixed

    @cached_property
    def share_sites(self) -> list[tuple[int, ...]]:
        """Sites at which each person may hold a coordinator share (R10)."""
        facts = self.facts
        return [
            tuple(int(s) for s in np.flatnonzero(facts.reach[k])) if facts.coordinator[k] else ()
            for k in range(len(self.cluster.staff))
        ]

    @cached_property
    def employer_site(self) -> list[int]:
        """The site that must hold a share because it employs the coordinator; -1 where none is named."""
        facts = self.facts
        return [
            facts.site_index.get(person.employer or "", -1) if facts.coordinator[k] else -1
            for k, person in enumerate(self.cluster.staff)
        ]


def _grouped(keys: Ints, count: int) -> list[Ints]:
    """Positions of each key 0..count-1; negative keys are left out."""
    order = np.argsort(keys, kind="stable")
    edges = np.searchsorted(keys[order], np.arange(count + 1))
    return [order[edges[i] : edges[i + 1]] for i in range(count)]
