"""The cluster as arrays: bookable minutes, travel, limits. Units are fixed here, once.

Rows of every array follow the order of ``cluster.staff`` (K people and posts), ``cluster.sites`` (S) and
``cluster.terms`` (T). Formulas: docs/model.md, "Derived quantities".
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.models.base import floor_minutes, minutes
from allocator.models.policy import Term
from allocator.models.world import Cluster, Staff

EARTH_RADIUS_KM = 6371.0
UNREACHABLE = math.inf
NO_LIMIT = 1_000_000
QUARTERS_PER_VISIT = 4
MAX_QUARTERS = 20
"""Five visits a week: one a school day."""
_DUST = 1e-6
_BLOCK = 1 << 20

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def half_up(value: float) -> int:
    """Round half up, indifferent to floating-point dust."""
    return math.floor(value + 0.5 + _DUST)


def ceil_safe(value: float) -> int:
    """Round up, indifferent to floating-point dust."""
    return math.ceil(value - _DUST)


def days_available(person: Staff, term: Term) -> int:
    """Days of ``term`` (weeks x 7 from its start) on which the post is filled and the person is there."""
    if person.vacant and person.available_from is None:
        return 0
    first, last = term.start, term.start + timedelta(days=7 * term.weeks - 1)
    if person.available_from is not None:
        first = max(first, person.available_from)
    if person.available_to is not None:
        last = min(last, person.available_to)
    return max(0, (last - first).days + 1)


def _blocks(rows: int, columns: int) -> Iterator[slice]:
    """Stretches of rows of a large matrix: what is worked out in between stays small (8 MiB an array)."""
    step = max(1, _BLOCK // max(columns, 1))
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


@dataclass(frozen=True, eq=False)
class Facts:
    """Derived quantities of one cluster, computed on first use."""

    cluster: Cluster

    @cached_property
    def site_index(self) -> dict[str, int]:
        """Position of each site."""
        return {site.site_id: i for i, site in enumerate(self.cluster.sites)}

    @cached_property
    def person_index(self) -> dict[str, int]:
        """Position of each person or post."""
        return {person.staff_id: i for i, person in enumerate(self.cluster.staff)}

    @cached_property
    def term_index(self) -> dict[str, int]:
        """Position of each term."""
        return {term.id: t for t, term in enumerate(self.cluster.terms)}

    @cached_property
    def weeks(self) -> Ints:
        """Weeks of each term, shape (T,)."""
        return np.array([term.weeks for term in self.cluster.terms], dtype=np.int64)

    @cached_property
    def paid(self) -> Ints:
        """Paid minutes a week, shape (K, T)."""
        listed = {(row.staff_id, row.term): row.hours_per_week for row in self.cluster.availability}
        paid = np.zeros((len(self.cluster.staff), len(self.cluster.terms)), dtype=np.int64)
        for k, person in enumerate(self.cluster.staff):
            hours = person.fte * self.cluster.roles[person.role].paid_hours
            for t, term in enumerate(self.cluster.terms):
                days = days_available(person, term)
                if person.vacant and person.available_from is None:
                    continue
                if (person.staff_id, term.id) in listed:
                    paid[k, t] = floor_minutes(60 * listed[person.staff_id, term.id])
                else:
                    paid[k, t] = floor_minutes(60 * hours * days / (7 * term.weeks))
        return paid

    @cached_property
    def bookable(self) -> Ints:
        """Bookable minutes a week: paid x the role's contact share, shape (K, T)."""
        return self._share_of_paid([self.cluster.roles[p.role].contact_share for p in self.cluster.staff])

    @cached_property
    def standing(self) -> Ints:
        """Minutes a week promised elsewhere, 0 in a term without pay, shape (K, T)."""
        promised = np.array([minutes(person.standing_hours) for person in self.cluster.staff], dtype=np.int64)
        return np.where(self.paid > 0, promised[:, None], 0)

    @cached_property
    def travel_cap(self) -> Ints:
        """Most travel minutes a week (R6), shape (K, T)."""
        return self._share_of_paid([self.cluster.roles[p.role].travel_share for p in self.cluster.staff])

    def _share_of_paid(self, shares: list[float]) -> Ints:
        """Each person's share of paid minutes, rounded down, shape (K, T)."""
        rows = [
            [floor_minutes(int(paid) * share) for paid in row]
            for row, share in zip(self.paid, shares, strict=True)
        ]
        return np.array(rows, dtype=np.int64).reshape(self.paid.shape)

    @cached_property
    def max_cases(self) -> Ints:
        """Open cases at a time, shape (K,)."""
        return np.array([self._max_cases(person) for person in self.cluster.staff], dtype=np.int64)

    def _max_cases(self, person: Staff) -> int:
        if person.max_cases is not None:
            return person.max_cases
        limit = self.cluster.roles[person.role].max_cases
        return NO_LIMIT if limit is None else half_up(limit * person.fte)

    @cached_property
    def max_sites(self) -> Ints:
        """Sites in a term, shape (K,)."""
        limits = [
            person.max_sites or self.cluster.roles[person.role].max_sites for person in self.cluster.staff
        ]
        return np.array([NO_LIMIT if limit is None else limit for limit in limits], dtype=np.int64)

    @cached_property
    def day(self) -> Ints:
        """Bookable minutes at a site in one visit, shape (K,)."""
        return np.array(
            [minutes(self.cluster.roles[p.role].day_hours) for p in self.cluster.staff], dtype=np.int64
        )

    @cached_property
    def base(self) -> Ints:
        """Position of each person's base, shape (K,)."""
        return np.array([self.site_index[person.base_site] for person in self.cluster.staff], dtype=np.int64)

    @cached_property
    def one_way(self) -> Floats:
        """Minutes by road between sites, shape (S, S); infinite where neither a row nor coordinates exist."""
        sites, travel = self.cluster.sites, self.cluster.travel
        nan = float("nan")
        lat = np.radians([nan if s.latitude is None else s.latitude for s in sites])
        lon = np.radians([nan if s.longitude is None else s.longitude for s in sites])
        result = np.empty((len(sites), len(sites)), dtype=np.float64)
        for rows in _blocks(len(sites), len(sites)):
            half = (
                np.sin((lat[rows, None] - lat[None, :]) / 2) ** 2
                + np.cos(lat[rows, None])
                * np.cos(lat[None, :])
                * np.sin((lon[rows, None] - lon[None, :]) / 2) ** 2
            )
            km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
            by_road = travel.road_factor * km / travel.speed_kmh * 60
            result[rows] = np.where(np.isnan(by_road), UNREACHABLE, by_road)
        listed = {(row.from_site, row.to_site): row.minutes for row in self.cluster.travel_times}
        for (a, b), mins in listed.items():
            result[self.site_index[a], self.site_index[b]] = mins
            if (b, a) not in listed:
                result[self.site_index[b], self.site_index[a]] = mins
        np.fill_diagonal(result, 0.0)
        return result

    @cached_property
    def quarter(self) -> Ints:
        """Travel minutes a week that one quarter-visit costs a person at a site, shape (K, S); 0 at the base."""
        overhead = self.cluster.travel.overhead_minutes
        result = np.empty((len(self.base), len(self.cluster.sites)), dtype=np.int64)
        for rows in _blocks(*result.shape):
            out = self.one_way[self.base[rows]]
            known = np.isfinite(out)
            result[rows] = np.where(
                known, np.ceil((2 * np.where(known, out, 0) + overhead) / 4 - _DUST), NO_LIMIT
            )
        result[np.arange(len(self.base)), self.base] = 0
        return result

    @cached_property
    def reach(self) -> Bools:
        """Who may serve at which site (R3), shape (K, S): reach, their own list of sites, no learners at a base."""
        limits = np.array([self.cluster.roles[p.role].reach_minutes for p in self.cluster.staff])
        within = np.empty((len(self.base), len(self.cluster.sites)), dtype=bool)
        for rows in _blocks(*within.shape):
            within[rows] = self.one_way[self.base[rows]] <= limits[rows, None] + _DUST
        for k, person in enumerate(self.cluster.staff):
            if person.sites:
                allowed = np.zeros(len(self.cluster.sites), dtype=bool)
                allowed[[self.site_index[code] for code in person.sites]] = True
                allowed[self.base[k]] = True
                within[k] &= allowed
        within &= np.array([site.type != "base" for site in self.cluster.sites], dtype=bool)
        return within

    @cached_property
    def coordinator(self) -> Bools:
        """Whose time is held in shares: coordinators with bookable minutes in some term, shape (K,)."""
        flag = np.array([self.cluster.roles[p.role].coordinator for p in self.cluster.staff], dtype=bool)
        return np.asarray(flag & (self.bookable.max(axis=1, initial=0) > 0))

    @cached_property
    def blocks(self) -> Ints:
        """Blocks a coordinator splits (R10); 0 for everybody else, shape (K,)."""
        size = self.cluster.policy.coordinators.block_fte
        whole = np.array([half_up(p.fte / size) for p in self.cluster.staff], dtype=np.int64)
        return np.where(self.coordinator, whole, 0)

    @cached_property
    def block_minutes(self) -> Ints:
        """Bookable minutes in one block, shape (K, T); 0 for everybody else."""
        free = np.maximum(self.bookable - self.standing, 0)
        return np.where(self.blocks[:, None] > 0, free // np.maximum(self.blocks[:, None], 1), 0)

    @cached_property
    def min_blocks(self) -> int:
        """Blocks of the smallest share a site may hold."""
        policy = self.cluster.policy.coordinators
        return ceil_safe(policy.min_share_fte / policy.block_fte)

    @cached_property
    def liaison(self) -> Bools:
        """Who may be a liaison in which term (R9), shape (K, T)."""
        flag = np.array([self.cluster.roles[p.role].liaison for p in self.cluster.staff], dtype=bool)
        return np.asarray(flag[:, None] & (self.bookable > 0))

    @cached_property
    def liaison_minutes(self) -> Ints:
        """Minutes a week a liaison spends at a site, shape (K,)."""
        return np.array(
            [minutes(self.cluster.roles[p.role].liaison_hours) for p in self.cluster.staff], dtype=np.int64
        )

    @cached_property
    def liaison_quarters(self) -> Ints:
        """Least quarter-visits of a liaison to a site, shape (K,)."""
        rates = [self.cluster.roles[p.role].liaison_visits_per_week for p in self.cluster.staff]
        return np.array([ceil_safe(QUARTERS_PER_VISIT * rate) for rate in rates], dtype=np.int64)

    @cached_property
    def liaison_sites(self) -> tuple[int, ...]:
        """Sites that must have a liaison."""
        types = set(self.cluster.policy.liaison_site_types)
        return tuple(s for s, site in enumerate(self.cluster.sites) if site.type in types)

    @cached_property
    def entitlement_blocks(self) -> int:
        """Blocks of coordinator time the cluster's roll is entitled to (R10)."""
        policy = self.cluster.policy.coordinators
        roll = sum(site.roll for site in self.cluster.sites)
        return half_up(roll / policy.learners_per_fte / policy.block_fte)

    def part(self, cluster: Cluster, people: Ints, sites: Ints) -> Facts:
        """The facts of some people and sites (positions, rising), in whose ``cluster`` they are all there is.

        Nothing is derived anew: what a person is and how far a site lies does not change with who else is looked at.
        """
        part = Facts(cluster)
        known: dict[str, object] = {name: getattr(self, name)[people] for name in _OF_PEOPLE}
        known |= {name: getattr(self, name)[np.ix_(people, sites)] for name in ("quarter", "reach")}
        known |= {name: getattr(self, name) for name in ("weeks", "min_blocks", "entitlement_blocks")}
        known["base"] = np.searchsorted(sites, self.base[people])
        part.__dict__.update(known)
        return part


_OF_PEOPLE = ("paid", "bookable", "standing", "travel_cap", "max_cases", "max_sites", "day", "coordinator", "blocks",
              "block_minutes", "liaison", "liaison_minutes", "liaison_quarters")  # fmt: skip
