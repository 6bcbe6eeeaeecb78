"""Builds the problem: every option the rules allow, and nothing else.

A *run* is a stretch of options that differ in the person alone (for a group also in the slot). Runs are found one
after the other, in the order of the files, from short lists of the people who reach a site; what a run's options
share is written once and spread over them at the end. The same input gives the same arrays.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from allocator.models.base import minutes
from allocator.models.policy import Goal
from allocator.models.world import Cluster, Need, Support
from allocator.solvers.eligibility import Eligibility
from allocator.solvers.facts import QUARTERS_PER_VISIT, Bools, Facts, Ints, ceil_safe, half_up
from allocator.solvers.fairness import fairness_groups
from allocator.solvers.problem import Forced, Problem, Slot

_OWN, _CROSS, _BOTH = 0, 1, 2
"""Which groups a run is about: of one site, of several sites, or for each person one of either."""
_SINGLE = -1


@dataclass(frozen=True)
class Ask:
    """What a row asks for: minutes a week, weeks, and what that counts for (docs/model.md, "Value")."""

    weight: int
    counted: int
    best_impact: int
    asked: int


def ask_of(cluster: Cluster, need: Need, admitted: tuple[Support, ...]) -> Ask:
    """The need's weight, counted minute-weeks and asked points."""
    policy = cluster.policy
    hours = need.hours_per_week or max((s.hours_per_week for s in admitted), default=0.0)
    weeks = need.weeks or max((s.weeks for s in admitted), default=0)
    by_hours = minutes(hours) * weeks
    by_learners = need.learners * minutes(policy.hours_per_learner)
    counted = {"hours": by_hours, "learners": by_learners, "both": by_hours + by_learners}[policy.counts]
    weight = policy.priority_weights[need.priority]
    impact = max((half_up(1000 * s.impact) for s in admitted), default=1000)
    return Ask(weight, counted, impact, weight * counted * impact // 600)


def points(ask: Ask, impact: int, delay: int, dose: tuple[int, int]) -> int:
    """Value of an option in points; ``impact`` and ``delay`` in per mille, ``dose`` as given over full."""
    given, full = dose
    return ask.weight * ask.counted * impact * given * delay // (full * 600_000)


class _Run(NamedTuple):
    """What the options of one run share; ``groups`` is ``_SINGLE``, ``_OWN``, ``_CROSS`` or ``_BOTH``."""

    need: int
    site: int
    support: int
    start: int
    first: int
    last: int
    minutes: int
    quarters: int
    points: int
    joint: int = -1
    part: int = 0
    reduced: int = 0
    groups: int = _SINGLE
    band: int = -1


@dataclass
class _Runs:
    """All runs, packed: an object per option (or an array per run) would cost a hundred bytes each."""

    shared: array[int] = field(default_factory=lambda: array("q"))
    lengths: array[int] = field(default_factory=lambda: array("q"))
    people: array[int] = field(default_factory=lambda: array("q"))

    def add(self, run: _Run, people: Ints) -> None:
        """One option for each person; for a run about both kinds of group, each person is there twice."""
        if len(people):
            self.shared.extend(run)
            self.lengths.append(len(people))
            self.people.frombytes(people.tobytes())

    def spread(self) -> dict[str, Ints]:
        """Every field of ``_Run`` and ``person`` as a column over options; ``groups`` never says both."""
        shared = np.array(self.shared, dtype=np.int64).reshape(-1, len(_Run._fields))
        lengths = np.array(self.lengths, dtype=np.int64)
        columns = {name: np.repeat(shared[:, i], lengths) for i, name in enumerate(_Run._fields)}
        columns["person"] = np.array(self.people, dtype=np.int64)
        turn = np.arange(len(columns["person"])) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        both = columns["groups"] == _BOTH
        columns["groups"][both] = np.where(turn[both] % 2, _CROSS, _OWN)
        return columns


@dataclass(frozen=True)
class _Service:
    """One need served by one support from one term on: what all ways to do it share."""

    n: int
    need: Need
    support: Support
    code: int
    able: Bools
    keeper: int | None
    ask: Ask
    start: int
    last: int
    delay: int
    """Per mille of the value left by the delay."""

    def value(self, dose: tuple[int, int] = (1, 1)) -> int:
        """Points of an option that gives this dose."""
        return points(self.ask, half_up(1000 * self.support.impact), self.delay, dose)


@dataclass
class _Builder:
    facts: Facts
    eligibility: Eligibility
    needs: tuple[Need, ...]
    runs: _Runs = field(default_factory=_Runs)
    joint_need: list[int] = field(default_factory=list)
    forced: list[Forced] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    hosts: dict[tuple[str, int], dict[int, bool]] = field(default_factory=lambda: defaultdict(dict))
    """Of each kind of group (support, band): the sites where learners who could join are enrolled.

    The value of a site tells whether one of its learners is without cluster consent.
    """
    meetings: dict[tuple[str, int, int, bool], list[tuple[int, int]]] = field(default_factory=dict)

    def build(self) -> None:
        """Write the options of every need."""
        cluster = self.facts.cluster
        position = {support.support_id: i for i, support in enumerate(cluster.supports)}
        admitted = [self.eligibility.admitted(need) for need in self.needs]
        self._find_hosts(admitted)
        for n, need in enumerate(self.needs):
            ask = ask_of(cluster, need, admitted[n])
            self.asks.append(ask)
            keeper = self._keeper(n, need)
            for support in admitted[n]:
                able = self.eligibility.able(need, support)
                if able.any():
                    self._services(n, need, support, position[support.support_id], able, keeper, ask)

    def _keeper(self, n: int, need: Need) -> int | None:
        """R7: the person who must keep the need, if it is locked or its hours are tied."""
        if need.current_staff is None:
            return None
        tied = set(need.funding) & set(self.facts.cluster.policy.tied_funding)
        if not (need.locked or tied):
            return None
        why = "is locked to" if need.locked else f"has hours tied by {', '.join(sorted(tied))} to"
        self.forced.append(Forced(n, f"{need.need_id} {why} {need.current_staff}"))
        return self.facts.person_index[need.current_staff]

    def _find_hosts(self, admitted: list[tuple[Support, ...]]) -> None:
        for need, supports in zip(self.needs, admitted, strict=True):
            site = self.facts.site_index[need.site_id]
            band = self.eligibility.year_band(need.year_level)
            for support in supports:
                if support.shape == "group" and band is not None:
                    at = self.hosts[support.support_id, band]
                    at[site] = at.get(site, False) or not need.shared_with_cluster

    def _services(self, n: int, need: Need, support: Support, code: int, able: Bools, keeper: int | None,
                  ask: Ask) -> None:  # fmt: skip
        starts = self.eligibility.starts(need)
        discount = half_up(1000 * self.facts.cluster.policy.waiting_discount)
        for start in starts if keeper is None else starts[:1]:
            last = self.eligibility.span(start, need.weeks or support.weeks)
            delay = max(0, 1000 - discount * (start - starts[0]))
            service = _Service(n, need, support, code, able, keeper, ask, start, last, delay)
            if support.shape == "group":
                self._group_options(service)
            else:
                self._single_options(service)

    def _people(self, service: _Service, site: int, first: int, last: int) -> Ints:
        """Who may give the service at a site in these terms, in the order of staff.csv."""
        people = self.eligibility.reaching[site]
        people = people[service.able[people] & self.eligibility.there(first, last)[people]]
        if not service.need.shared_with_cluster:
            people = people[self.facts.base[people] == self.facts.site_index[service.need.site_id]]
        return people if service.keeper is None else people[people == service.keeper]

    def _single_options(self, service: _Service) -> None:
        """Individual and project options: whole, reduced, shared between two, handed over."""
        need, support, start, last = service.need, service.support, service.start, service.last
        site, kept = self.facts.site_index[need.site_id], service.keeper is not None
        full = minutes(need.hours_per_week or support.hours_per_week)
        quarters = ceil_safe(QUARTERS_PER_VISIT * support.visits_per_week)
        whole = _Run(service.n, site, service.code, start, start, last, full, quarters, service.value())
        present = self._people(service, site, start, last)
        self.runs.add(whole, present)
        if kept:
            return
        if support.shape == "individual" and need.min_hours_per_week is not None:
            least = minutes(need.min_hours_per_week)
            if least < full:
                reduced = service.value((least, full))
                self.runs.add(whole._replace(minutes=least, points=reduced, reduced=1), present)
        if support.shape == "project" and need.people == 2:
            half = whole._replace(minutes=-(-full // 2))
            self._two_parts(half, present, half, present)
        if support.shape == "individual" and need.handover and self.facts.cluster.policy.handover_allowed:
            for turn in range(start + 1, last + 1):
                self._two_parts(
                    whole._replace(last=turn - 1), self._people(service, site, start, turn - 1),
                    whole._replace(first=turn), self._people(service, site, turn, last),
                )  # fmt: skip

    def _two_parts(self, one: _Run, ones: Ints, two: _Run, twos: Ints) -> None:
        """A joint: both parts or neither, by two different people (R1); the first part carries the value."""
        if not len(ones) or not len(twos) or len(np.union1d(ones, twos)) < 2:
            return
        joint = len(self.joint_need)
        self.joint_need.append(one.need)
        self.runs.add(one._replace(joint=joint, part=1), ones)
        self.runs.add(two._replace(joint=joint, part=2, points=0), twos)

    def _group_options(self, service: _Service) -> None:
        """One option per leader, meeting site and kind of slot (own site only, or several sites)."""
        support, start, last = service.support, service.start, service.last
        band = self.eligibility.year_band(service.need.year_level)
        if band is None:
            return
        length = minutes(support.hours_per_week)
        quarters = ceil_safe(QUARTERS_PER_VISIT * support.visits_per_week)
        value = service.value()
        for site, groups in self._meetings(service.need, support, band):
            people = self._people(service, site, start, last)
            run = _Run(service.n, site, service.code, start, start, last, length, quarters, value,
                       groups=groups, band=band)  # fmt: skip
            self.runs.add(run, np.repeat(people, 2) if groups == _BOTH else people)

    def _meetings(self, need: Need, support: Support, band: int) -> list[tuple[int, int]]:
        """(site, kinds of group) of every place where the need could join such a group (R4)."""
        own = self.facts.site_index[need.site_id]
        shared = support.cross_site and need.shared_with_cluster
        key = (support.support_id, band, own, shared)
        if key not in self.meetings:
            at_hosts = self.hosts[support.support_id, band]
            if shared:
                sites = np.fromiter(at_hosts, dtype=np.int64, count=len(at_hosts))
                near = self.facts.one_way[own, sites] <= self.facts.cluster.policy.cross_site_minutes
                found = [int(site) for site in sites[near]]
            else:
                found = [own]
            alone = at_hosts[own] or not support.cross_site
            self.meetings[key] = [
                (site, (_BOTH if alone else _CROSS) if shared and site == own else _CROSS if shared else _OWN)
                for site in found
                if shared or alone
            ]
        return self.meetings[key]


def _slots(cluster: Cluster, columns: dict[str, Ints]) -> tuple[Ints, tuple[Slot, ...]]:
    """Number of each option's slot (-1 without), and the slots in the order in which options first name them."""
    number = np.full(len(columns["person"]), -1, dtype=np.int64)
    at = np.flatnonzero(columns["groups"] != _SINGLE)
    names = ("person", "site", "support", "start", "last", "band", "groups")
    parts = [columns[name][at] for name in names]
    key = np.zeros(len(at), dtype=np.int64)
    for part in parts:  # people x sites x supports x terms² x bands x 2: far from 2⁶³
        key = key * (int(part.max(initial=0)) + 1) + part
    _, firsts, slot_of = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(firsts, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    number[at] = rank[slot_of]
    shown = firsts[order]
    rows = zip(*(part[shown].tolist() for part in parts), columns["minutes"][at][shown].tolist(),
               columns["quarters"][at][shown].tolist(), strict=True)  # fmt: skip
    limits = [(support.min_group, support.max_group) for support in cluster.supports]
    slots = tuple(
        Slot(person, site, support, start, last, band, groups == _CROSS, length, quarters, *limits[support])
        for person, site, support, start, last, band, groups, length, quarters in rows
    )
    return number, slots


def build_problem(cluster: Cluster) -> Problem:
    """All options of a cluster (R3, R7, R8, R11 applied), with the figures every goal needs."""
    facts = Facts(cluster)
    eligibility = Eligibility(facts)
    needs = tuple(need for need in cluster.needs if need.planned)
    builder = _Builder(facts, eligibility, needs)
    builder.build()
    arrays = builder.runs.spread()
    arrays["slot"], slots = _slots(cluster, arrays)
    del arrays["groups"], arrays["band"]
    asked = np.array([ask.asked for ask in builder.asks], dtype=np.int64)
    return Problem(
        cluster=cluster, facts=facts, eligibility=eligibility, needs=needs, duties=None,
        reduced=arrays.pop("reduced").astype(bool), **arrays,
        slots=slots, joint_need=np.array(builder.joint_need, dtype=np.int64),
        forced=tuple(builder.forced), asked=asked,
        gains=_gains(facts, needs, arrays), fairness_groups=fairness_groups(cluster, needs, asked),
    )  # fmt: skip


def _gains(facts: Facts, needs: tuple[Need, ...], arrays: dict[str, Ints]) -> dict[Goal, Ints]:
    """Coefficients of the goals that are a plain sum over options; second parts carry none but locality's."""
    n, k, part = arrays["need"], arrays["person"], arrays["part"]
    whole = (part != 2).astype(np.int64)
    running = np.array([need.status == "in_service" for need in needs], dtype=np.int64)
    current = np.array([facts.person_index.get(need.current_staff or "", -1) if need.status == "in_service" else -1
                        for need in needs], dtype=np.int64)  # fmt: skip
    learners = np.array([need.learners for need in needs], dtype=np.int64)
    names = {"": 0}
    areas = np.array(
        [names.setdefault(site.area or "", len(names)) for site in facts.cluster.sites], dtype=np.int64
    )
    here = areas[np.array([facts.site_index[need.site_id] for need in needs], dtype=np.int64)]
    base = areas[facts.base]
    outside = (here[n] != base[k]) & (here[n] != 0) & (base[k] != 0)
    waits = np.array([_waited_weeks(facts, need) for need in needs], dtype=np.int64)
    horizon = int(facts.weeks.sum())
    left = np.array([int(facts.weeks[t:].sum()) for t in range(len(facts.weeks))], dtype=np.int64)
    return {
        Goal.COMMITMENTS_KEPT: running[n] * whole,
        Goal.NEED_MET: arrays["points"],
        Goal.LONGEST_WAITS: waits[n] * left[arrays["start"]] // horizon * whole,
        Goal.CONTINUITY: ((current[n] == k) & (arrays["first"] == arrays["start"])).astype(np.int64),
        Goal.LOCALITY: outside.astype(np.int64),
        Goal.REACH: learners[n] * whole,
    }


def _waited_weeks(facts: Facts, need: Need) -> int:
    """Whole weeks a waiting need has waited when the first term starts, between 0 and the policy's cap."""
    if need.waiting_since is None or need.status != "waiting":
        return 0
    weeks = (facts.cluster.terms[0].start - need.waiting_since).days // 7
    return min(max(weeks, 0), facts.cluster.policy.wait_cap_weeks)
