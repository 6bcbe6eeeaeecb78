"""The options of a cluster written one at a time, person by person: slow, and easy to compare with docs/model.md.

The builder finds the same options in stretches; ``test_options`` says that nothing differs, not even their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from allocator.models.base import minutes
from allocator.models.world import Cluster, Need, Support
from allocator.solvers.eligibility import Eligibility
from allocator.solvers.facts import Facts, ceil_safe, half_up
from allocator.solvers.options import Ask, ask_of, points

FIELDS = ("need", "person", "site", "support", "start", "first", "last", "minutes", "quarters", "points",
          "slot", "joint", "part", "reduced")  # fmt: skip
Columns = dict[str, list[int]]


@dataclass
class PlainOptions:
    """``columns`` as the problem has them; ``slots`` and ``joints`` in the order of their first option."""

    cluster: Cluster
    columns: Columns = field(default_factory=lambda: {name: [] for name in FIELDS})
    slots: list[tuple[int, ...]] = field(default_factory=list)
    joints: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.facts = Facts(self.cluster)
        self.rules = Eligibility(self.facts)
        self.needs = [need for need in self.cluster.needs if need.planned]
        self.hosts = self._hosts()
        for n, need in enumerate(self.needs):
            ask = ask_of(self.cluster, need, self.rules.admitted(need))
            for support in self.rules.admitted(need):
                self._of_support(n, need, support, ask)

    def _hosts(self) -> dict[tuple[str, int], dict[int, bool]]:
        hosts: dict[tuple[str, int], dict[int, bool]] = defaultdict(dict)
        for need in self.needs:
            site, band = self.facts.site_index[need.site_id], self.rules.year_band(need.year_level)
            for support in self.rules.admitted(need):
                if support.shape == "group" and band is not None:
                    at = hosts[support.support_id, band]
                    at[site] = at.get(site, False) or not need.shared_with_cluster
        return hosts

    def _keeper(self, need: Need) -> int | None:
        tied = need.locked or set(need.funding) & set(self.cluster.policy.tied_funding)
        return self.facts.person_index[need.current_staff] if need.current_staff and tied else None

    def _people(self, need: Need, support: Support, site: int, first: int, last: int) -> Iterator[int]:
        keeper, own = self._keeper(need), self.facts.site_index[need.site_id]
        able = self.rules.able(need, support)
        for k, person in enumerate(self.cluster.staff):
            if (
                able[k]
                and person.staff_id not in need.forbidden_staff
                and self.facts.reach[k, site]
                and (need.shared_with_cluster or self.facts.base[k] == own)
                and keeper in (None, k)
                and all(self.facts.bookable[k, t] > 0 for t in range(first, last + 1))
            ):
                yield k

    def _add(self, **values: int) -> None:
        for name in FIELDS:
            self.columns[name].append(values[name])

    def _of_support(self, n: int, need: Need, support: Support, ask: Ask) -> None:
        starts = self.rules.starts(need)
        kept = self._keeper(need) is not None
        for start in starts[:1] if kept else starts:
            last = self.rules.span(start, need.weeks or support.weeks)
            late = half_up(1000 * self.cluster.policy.waiting_discount) * (start - starts[0])
            base = {
                "need": n, "support": self.cluster.supports.index(support), "start": start, "first": start,
                "last": last, "quarters": ceil_safe(4 * support.visits_per_week), "slot": -1, "joint": -1,
                "part": 0, "reduced": 0,
            }  # fmt: skip
            if support.shape == "group":
                self._groups(
                    need,
                    support,
                    base,
                    points(ask, half_up(1000 * support.impact), max(0, 1000 - late), (1, 1)),
                )
            else:
                self._single(need, support, base, ask, max(0, 1000 - late), kept)

    def _single(
        self, need: Need, support: Support, base: dict[str, int], ask: Ask, delay: int, kept: bool
    ) -> None:
        site, start, last = self.facts.site_index[need.site_id], base["start"], base["last"]
        full, impact = minutes(need.hours_per_week or support.hours_per_week), half_up(1000 * support.impact)
        whole = {**base, "site": site, "minutes": full, "points": points(ask, impact, delay, (1, 1))}
        present = list(self._people(need, support, site, start, last))
        for k in present:
            self._add(person=k, **whole)
        if kept:
            return
        least = minutes(need.min_hours_per_week or 0)
        if support.shape == "individual" and need.min_hours_per_week is not None and least < full:
            for k in present:
                self._add(person=k, **{**whole, "minutes": least, "points": points(ask, impact, delay, (least, full)),
                                       "reduced": 1})  # fmt: skip
        if support.shape == "project" and need.people == 2:
            half = {**whole, "minutes": (full + 1) // 2}
            self._parts(half, present, half, present)
        if support.shape == "individual" and need.handover and self.cluster.policy.handover_allowed:
            for turn in range(start + 1, last + 1):
                self._parts({**whole, "last": turn - 1}, list(self._people(need, support, site, start, turn - 1)),
                            {**whole, "first": turn}, list(self._people(need, support, site, turn, last)))  # fmt: skip

    def _parts(self, one: dict[str, int], ones: list[int], two: dict[str, int], twos: list[int]) -> None:
        if not ones or not twos or len({*ones, *twos}) < 2:
            return
        self.joints.append(one["need"])
        for k in ones:
            self._add(person=k, **{**one, "joint": len(self.joints) - 1, "part": 1})
        for k in twos:
            self._add(person=k, **{**two, "joint": len(self.joints) - 1, "part": 2, "points": 0})

    def _groups(self, need: Need, support: Support, base: dict[str, int], value: int) -> None:
        own, band = self.facts.site_index[need.site_id], self.rules.year_band(need.year_level)
        if band is None:
            return
        for site, has_private in self.hosts[support.support_id, band].items():
            kinds = [0] if site == own and (has_private or not support.cross_site) else []
            near = self.facts.one_way[own, site] <= self.cluster.policy.cross_site_minutes
            if support.cross_site and need.shared_with_cluster and near:
                kinds.append(1)
            for k in self._people(need, support, site, base["start"], base["last"]) if kinds else ():
                for cross in kinds:
                    slot = (k, site, base["support"], base["start"], base["last"], band, cross)
                    if slot not in self.slots:
                        self.slots.append(slot)
                    self._add(person=k, site=site, points=value, minutes=minutes(support.hours_per_week),
                              **{**base, "slot": self.slots.index(slot)})  # fmt: skip
