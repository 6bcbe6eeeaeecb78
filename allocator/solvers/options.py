"""Builds the problem: every option the rules allow, and nothing else.

One pass over the needs; for each admitted support all people are tested at once (``eligibility``), then
options are written for each start term. Order is that of the files, so the same input gives the same arrays.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from allocator.models.base import minutes
from allocator.models.policy import Goal
from allocator.models.world import Cluster, Need, Support
from allocator.solvers.eligibility import Eligibility
from allocator.solvers.facts import QUARTERS_PER_VISIT, Bools, Facts, Ints, ceil_safe, half_up
from allocator.solvers.fairness import fairness_groups
from allocator.solvers.problem import Forced, Problem, Slot

_FIELDS = ("need", "person", "site", "support", "start", "first", "last", "minutes", "quarters", "points",
           "slot", "joint", "part", "reduced")  # fmt: skip


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


@dataclass
class _Builder:
    facts: Facts
    eligibility: Eligibility
    needs: tuple[Need, ...]
    columns: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in _FIELDS})
    slots: list[Slot] = field(default_factory=list)
    slot_at: dict[tuple[int, ...], int] = field(default_factory=dict)
    joint_need: list[int] = field(default_factory=list)
    forced: list[Forced] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)

    def add(self, **values: int) -> None:
        for name in _FIELDS:
            self.columns[name].append(values[name])

    def build(self) -> None:
        """Write the options of every need."""
        cluster = self.facts.cluster
        position = {support.support_id: i for i, support in enumerate(cluster.supports)}
        admitted = [self.eligibility.admitted(need) for need in self.needs]
        hosts = self._hosts(admitted)
        for n, need in enumerate(self.needs):
            ask = ask_of(cluster, need, admitted[n])
            self.asks.append(ask)
            keeper = self._keeper(n, need)
            for support in admitted[n]:
                mask = self.eligibility.able(need, support) & self.eligibility.consented(need)
                if keeper is not None:
                    mask = mask & (np.arange(len(mask)) == keeper)
                if mask.any():
                    self._options(
                        n, need, support, position[support.support_id], mask, ask, keeper is not None, hosts
                    )

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

    def _hosts(self, admitted: list[tuple[Support, ...]]) -> dict[tuple[str, int], dict[int, bool]]:
        """Of each kind of group (support, band): the sites where learners who could join are enrolled.

        The value of a site tells whether one of its learners is without cluster consent.
        """
        hosts: dict[tuple[str, int], dict[int, bool]] = defaultdict(dict)
        for need, supports in zip(self.needs, admitted, strict=True):
            site = self.facts.site_index[need.site_id]
            for support in supports:
                band = self.eligibility.year_band(need.year_level)
                if support.shape == "group" and band is not None:
                    at = hosts[support.support_id, band]
                    at[site] = at.get(site, False) or not need.shared_with_cluster
        return hosts

    def _options(self, n: int, need: Need, support: Support, code: int, mask: Bools, ask: Ask, kept: bool,
                 hosts: dict[tuple[str, int], dict[int, bool]]) -> None:  # fmt: skip
        starts = self.eligibility.starts(need)
        for start in starts[:1] if kept else starts:
            last = self.eligibility.span(start, need.weeks or support.weeks)
            discount = half_up(1000 * self.facts.cluster.policy.waiting_discount)
            delay = max(0, 1000 - discount * (start - starts[0]))
            base = {
                "need": n,
                "support": code,
                "start": start,
                "quarters": ceil_safe(QUARTERS_PER_VISIT * support.visits_per_week),
            }
            if support.shape == "group":
                self._group_options(
                    need,
                    support,
                    base,
                    mask,
                    last,
                    points(ask, half_up(1000 * support.impact), delay, (1, 1)),
                    hosts,
                )
            else:
                self._single_options(need, support, base, mask, last, ask, delay, kept)

    def _single_options(self, need: Need, support: Support, base: dict[str, int], mask: Bools, last: int,
                        ask: Ask, delay: int, kept: bool) -> None:  # fmt: skip
        """Individual and project options: whole, reduced, shared between two, handed over."""
        site, start = self.facts.site_index[need.site_id], base["start"]
        here = mask & self.facts.reach[:, site]
        full = minutes(need.hours_per_week or support.hours_per_week)
        impact = half_up(1000 * support.impact)
        value = points(ask, impact, delay, (1, 1))
        common = {**base, "site": site, "slot": -1, "joint": -1, "part": 0, "reduced": 0}
        whole = {**common, "first": start, "last": last, "minutes": full, "points": value}
        present = here & self.eligibility.there(start, last)
        for k in np.flatnonzero(present):
            self.add(person=int(k), **whole)
        if kept:
            return
        if support.shape == "individual" and need.min_hours_per_week is not None:
            least = minutes(need.min_hours_per_week)
            if least < full:
                reduced = points(ask, impact, delay, (least, full))
                for k in np.flatnonzero(present):
                    self.add(person=int(k), **{**whole, "minutes": least, "points": reduced, "reduced": 1})
        if support.shape == "project" and need.people == 2:
            half = {**whole, "minutes": -(-full // 2)}
            self._two_parts(half, present, value, half, present)
        if support.shape == "individual" and need.handover and self.facts.cluster.policy.handover_allowed:
            for turn in range(start + 1, last + 1):
                before, after = {**whole, "last": turn - 1}, {**whole, "first": turn}
                self._two_parts(before, here & self.eligibility.there(start, turn - 1), value,
                                after, here & self.eligibility.there(turn, last))  # fmt: skip

    def _two_parts(
        self, one: dict[str, int], ones: Bools, value: int, two: dict[str, int], twos: Bools
    ) -> None:
        """A joint: both parts or neither, by two different people (R1)."""
        if not ones.any() or not twos.any() or np.count_nonzero(ones | twos) < 2:
            return
        joint = len(self.joint_need)
        self.joint_need.append(one["need"])
        for k in np.flatnonzero(ones):
            self.add(person=int(k), **{**one, "joint": joint, "part": 1, "points": value})
        for k in np.flatnonzero(twos):
            self.add(person=int(k), **{**two, "joint": joint, "part": 2, "points": 0})

    def _group_options(self, need: Need, support: Support, base: dict[str, int], mask: Bools, last: int, value: int,
                       hosts: dict[tuple[str, int], dict[int, bool]]) -> None:  # fmt: skip
        """One option per leader, meeting site and kind of slot (own site only, or several sites)."""
        own, start = self.facts.site_index[need.site_id], base["start"]
        band = self.eligibility.year_band(need.year_level)
        if band is None:
            return
        present = mask & self.eligibility.there(start, last)
        at_hosts = hosts[support.support_id, band]
        near = self.facts.cluster.policy.cross_site_minutes
        for site, has_private in at_hosts.items():
            kinds = [False] if site == own and (has_private or not support.cross_site) else []
            if support.cross_site and need.shared_with_cluster and self.facts.one_way[own, site] <= near:
                kinds.append(True)
            for k in np.flatnonzero(present & self.facts.reach[:, site]) if kinds else ():
                for cross in kinds:
                    slot = self._slot(int(k), site, support, base, last, band, cross)
                    self.add(person=int(k), site=site, slot=slot, first=start, last=last, points=value,
                             joint=-1, part=0, reduced=0, minutes=self.slots[slot].minutes, **base)  # fmt: skip

    def _slot(
        self,
        person: int,
        site: int,
        support: Support,
        base: dict[str, int],
        last: int,
        band: int,
        cross: bool,
    ) -> int:
        key = (person, site, base["support"], base["start"], last, band, int(cross))
        if key not in self.slot_at:
            self.slot_at[key] = len(self.slots)
            self.slots.append(Slot(person, site, base["support"], base["start"], last, band, cross,
                                   minutes(support.hours_per_week), base["quarters"],
                                   support.min_group, support.max_group))  # fmt: skip
        return self.slot_at[key]


def build_problem(cluster: Cluster) -> Problem:
    """All options of a cluster (R3, R7, R8, R11 applied), with the figures every goal needs."""
    facts = Facts(cluster)
    eligibility = Eligibility(facts)
    needs = tuple(need for need in cluster.needs if need.planned)
    builder = _Builder(facts, eligibility, needs)
    builder.build()
    arrays = {name: np.array(values, dtype=np.int64) for name, values in builder.columns.items()}
    asked = np.array([ask.asked for ask in builder.asks], dtype=np.int64)
    return Problem(
        cluster=cluster, facts=facts, eligibility=eligibility, needs=needs,
        reduced=arrays.pop("reduced").astype(bool), **arrays,
        slots=tuple(builder.slots), joint_need=np.array(builder.joint_need, dtype=np.int64),
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
    areas = np.array([site.area or "" for site in facts.cluster.sites], dtype=object)
    here = (
        areas[np.array([facts.site_index[need.site_id] for need in needs], dtype=np.int64)]
        if needs
        else areas[:0]
    )
    base = areas[facts.base]
    outside = (here[n] != base[k]) & (here[n] != "") & (base[k] != "") if len(n) else np.zeros(0, dtype=bool)
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
