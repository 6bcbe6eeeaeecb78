"""Derived quantities of docs/model.md, worked out a second time from the cluster's rows.

Nothing here is shared with a solver. Terms are positions (0 = first), time is whole minutes a week, value is
whole points; people, sites and needs are codes or rows. The tables are filled once per ``World``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from allocator.checking.exact import ceiled, exact, floored, half_up, minutes_of, per_mille
from allocator.models.policy import Role
from allocator.models.world import Cluster, Need, Site, Staff, Support

EARTH_RADIUS_KM = 6371.0
POINTS_DIVISOR = 600_000  # minute-weeks and two per-mille factors -> hundredths of a weighted hour
DAYS_A_WEEK = 7
POOL = "(small)"  # the fairness group of groups too small to be shown or weighed alone


class World:
    """A cluster with every derived quantity as a method or a table of the same name as in docs/model.md."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.policy = cluster.policy
        self.terms = cluster.terms
        self.horizon = range(len(cluster.terms))
        self.position: dict[str, int] = {term.id: index for index, term in enumerate(cluster.terms)}
        self.sites: dict[str, Site] = {row.site_id: row for row in cluster.sites}
        self.staff: dict[str, Staff] = {row.staff_id: row for row in cluster.staff}
        self.needs: dict[str, Need] = {row.need_id: row for row in cluster.needs}
        self.supports: dict[str, Support] = {row.support_id: row for row in cluster.supports}
        self.planned: dict[str, Need] = {row.need_id: row for row in cluster.needs if row.planned}
        self._road: dict[tuple[str, str], Fraction | None] = {}

    # --- people ---------------------------------------------------------------------------------------

    def role(self, staff_id: str) -> Role:
        """The person's row of the role table."""
        return self.cluster.roles[self.staff[staff_id].role]

    def avail(self, staff_id: str, term: int) -> Fraction:
        """Days of the term within ``available_from``..``available_to``, both included ÷ days of the term."""
        person, days = self.staff[staff_id], self.terms[term].weeks * DAYS_A_WEEK
        first = self.terms[term].start
        last = first + timedelta(days=days - 1)
        start = max(first, person.available_from or date.min)
        end = min(last, person.available_to or date.max)
        return Fraction(max(0, (end - start).days + 1), days)

    def _paid(self, staff_id: str, term: int) -> int:
        person = self.staff[staff_id]
        if person.vacant and person.available_from is None:
            return 0
        hours = self._availability.get((staff_id, self.terms[term].id))
        if hours is not None:
            return floored(60 * exact(hours))
        full_time = exact(self.role(staff_id).paid_hours)
        return floored(60 * exact(person.fte) * full_time * self.avail(staff_id, term))

    @cached_property
    def _availability(self) -> dict[tuple[str, str], float]:
        return {(row.staff_id, row.term): row.hours_per_week for row in self.cluster.availability}

    @cached_property
    def paid(self) -> dict[tuple[str, int], int]:
        """(person, term) -> paid minutes a week."""
        return {(code, term): self._paid(code, term) for code in self.staff for term in self.horizon}

    @cached_property
    def bookable(self) -> dict[tuple[str, int], int]:
        """(person, term) -> ``floor(paid × contact_share)`` minutes a week."""
        share = {code: exact(self.role(code).contact_share) for code in self.staff}
        return {key: floored(paid * share[key[0]]) for key, paid in self.paid.items()}

    @cached_property
    def standing(self) -> dict[tuple[str, int], int]:
        """(person, term) -> minutes a week promised elsewhere; 0 in a term without paid time."""
        promised = {code: minutes_of(person.standing_hours) for code, person in self.staff.items()}
        return {key: promised[key[0]] if paid else 0 for key, paid in self.paid.items()}

    def works(self, staff_id: str, term: int) -> bool:
        """Whether the person has bookable minutes in the term."""
        return self.bookable[staff_id, term] > 0

    def works_at_all(self, staff_id: str) -> bool:
        """Whether the person has bookable minutes in some term."""
        return any(self.works(staff_id, term) for term in self.horizon)

    def day(self, staff_id: str) -> int:
        """Bookable minutes at a site in one visit."""
        return minutes_of(self.role(staff_id).day_hours)

    def max_cases(self, staff_id: str) -> int | None:
        """Open cases at a time: the person's own limit, else the role's by FTE, else none."""
        person, most = self.staff[staff_id], self.role(staff_id).max_cases
        if person.max_cases is not None:
            return person.max_cases
        return None if most is None else half_up(most * exact(person.fte))

    def max_sites(self, staff_id: str) -> int | None:
        """Sites in a term: the person's own limit, else the role's, else none."""
        own = self.staff[staff_id].max_sites
        return self.role(staff_id).max_sites if own is None else own

    def travel_limit(self, staff_id: str, term: int) -> int:
        """``floor(role.travel_share × paid)`` minutes a week."""
        return floored(exact(self.role(staff_id).travel_share) * self.paid[staff_id, term])

    def liaison_minutes(self, staff_id: str) -> int:
        """Minutes a week a liaison of this role spends at each of their sites."""
        return minutes_of(self.role(staff_id).liaison_hours)

    def liaison_quarters(self, staff_id: str) -> int:
        """Quarter-visits a week of a liaison, rounded up."""
        return ceiled(4 * exact(self.role(staff_id).liaison_visits_per_week))

    def is_coordinator(self, staff_id: str) -> bool:
        """Whether the person's time is held by sites in shares (R10)."""
        return self.role(staff_id).coordinator

    def blocks(self, staff_id: str) -> int:
        """Blocks a coordinator splits: ``round half up(fte ÷ block_fte)``."""
        return half_up(exact(self.staff[staff_id].fte) / exact(self.policy.coordinators.block_fte))

    def least_blocks(self) -> int:
        """The smallest share a site may hold, in blocks."""
        rule = self.policy.coordinators
        return ceiled(exact(rule.min_share_fte) / exact(rule.block_fte))

    def entitled_blocks(self) -> int:
        """Blocks the cluster's roll entitles it to."""
        rule = self.policy.coordinators
        roll = Fraction(sum(site.roll for site in self.sites.values()))
        return half_up(roll / exact(rule.learners_per_fte) / exact(rule.block_fte))

    def block_minutes(self, staff_id: str, term: int) -> int:
        """Minutes a week one block of a coordinator holds in a term, after standing commitments."""
        blocks = self.blocks(staff_id)
        free = self.bookable[staff_id, term] - self.standing[staff_id, term]
        return free // blocks if blocks else 0

    # --- places ---------------------------------------------------------------------------------------

    @cached_property
    def _listed(self) -> dict[tuple[str, str], Fraction]:
        return {(row.from_site, row.to_site): exact(row.minutes) for row in self.cluster.travel_times}

    def one_way(self, start: str, end: str) -> Fraction | None:
        """Minutes by road from one site to another; None when it cannot be known."""
        if (start, end) not in self._road:
            self._road[start, end] = self._one_way(start, end)
        return self._road[start, end]

    def _one_way(self, start: str, end: str) -> Fraction | None:
        if start == end:
            return Fraction(0)
        for pair in ((start, end), (end, start)):
            if pair in self._listed:
                return self._listed[pair]
        kilometres = great_circle_km(self.sites[start], self.sites[end])
        if kilometres is None:
            return None
        travel = self.cluster.travel
        return exact(travel.road_factor) * Fraction(kilometres) / exact(travel.speed_kmh) * 60

    def quarter(self, staff_id: str, site_id: str) -> int | None:
        """Minutes of travel a week that one quarter-visit costs; 0 at the own base, None if unreachable."""
        base = self.staff[staff_id].base_site
        if base == site_id:
            return 0
        minutes = self.one_way(base, site_id)
        if minutes is None:
            return None
        return ceiled((2 * minutes + exact(self.cluster.travel.overhead_minutes)) / 4)

    def may_go(self, staff_id: str, site_id: str) -> bool:
        """Whether the site is not a base, within the role's reach and within ``staff.sites``."""
        person, minutes = self.staff[staff_id], self.one_way(self.staff[staff_id].base_site, site_id)
        listed = not person.sites or site_id in person.sites or site_id == person.base_site
        near = minutes is not None and minutes <= exact(self.role(staff_id).reach_minutes)
        return listed and near and self.sites[site_id].type != "base"

    # --- needs and supports ---------------------------------------------------------------------------

    @cached_property
    def admitted(self) -> dict[str, tuple[Support, ...]]:
        """Need -> the supports it admits, in the catalogue's order."""
        return {code: self._admitted(need) for code, need in self.needs.items()}

    def _admitted(self, need: Need) -> tuple[Support, ...]:
        if need.supports:
            named = [row for row in self.cluster.supports if row.support_id in need.supports]
        else:
            named = [
                row
                for row in self.cluster.supports
                if row.tier == need.tier and need.area_of_need in row.areas_of_need
            ]
        return tuple(row for row in named if self._suits(need, row))

    def _suits(self, need: Need, support: Support) -> bool:
        """The tests of a need against a support in which no person takes part."""
        if not within_years(need.year_level, support.year_min, support.year_max):
            return False
        if support.funding and not set(support.funding) & set(need.funding):
            return False
        if set(support.funding_excluded) & set(need.funding):
            return False
        if support.shape == "project":
            return need.learner_id is None
        if need.learner_id is None:
            return False
        return support.shape != "group" or (need.learners == 1 and self.year_band(need) is not None)

    def year_band(self, need: Need) -> tuple[int, int] | None:
        """The band of ``policy.year_bands`` that holds the need's year level."""
        if need.year_level is None:
            return None
        bands = (band for band in self.policy.year_bands if band[0] <= need.year_level <= band[1])
        return next(bands, None)

    def full_minutes(self, need: Need, support: Support) -> int:
        """Delivery a week at the full dose."""
        if support.shape == "group" or need.hours_per_week is None:
            return minutes_of(support.hours_per_week)
        return minutes_of(need.hours_per_week)

    def reduced_minutes(self, need: Need, support: Support) -> int | None:
        """Delivery a week at the smaller dose; None where there is no such dose."""
        if need.min_hours_per_week is None or support.shape != "individual":
            return None
        least = minutes_of(need.min_hours_per_week)
        return least if least < self.full_minutes(need, support) else None

    def minutes(self, need: Need, support: Support, *, reduced: bool = False, shared: bool = False) -> int:
        """Delivery a week of one person (``minutes[o]``); a dose that does not exist counts as full."""
        full = self.full_minutes(need, support)
        if shared:
            return (full + 1) // 2
        least = self.reduced_minutes(need, support) if reduced else None
        return full if least is None else least

    def span(self, need: Need, support: Support, start: int) -> tuple[int, ...]:
        """Terms from the start on until their weeks add up to the weeks asked, cut at the horizon."""
        weeks = support.weeks if need.weeks is None else need.weeks
        terms: list[int] = []
        for term in self.horizon[start:]:
            if weeks <= 0:
                break
            terms.append(term)
            weeks -= self.terms[term].weeks
        return tuple(terms)

    def earliest(self, need: Need) -> int:
        """Position of the earliest term asked."""
        return 0 if need.earliest_term is None else self.position[need.earliest_term]

    def latest(self, need: Need) -> int:
        """Position of the latest term to start."""
        return self.horizon[-1] if need.latest_term is None else self.position[need.latest_term]

    def starts(self, need: Need) -> tuple[int, ...]:
        """Terms in which the need may start (R11)."""
        window = range(self.earliest(need), self.latest(need) + 1)
        return tuple(term for term in window if need.status != "in_service" or term == 0)

    def tied(self, need: Need) -> bool:
        """Whether the need stays with ``current_staff``: locked, or tied funding (R7)."""
        if need.current_staff is None:
            return False
        return need.locked or bool(set(need.funding) & set(self.policy.tied_funding))

    def may_hand_over(self, need: Need) -> bool:
        """Whether a second person may take the need over at a term boundary (R11)."""
        return self.policy.handover_allowed and need.handover

    # --- value ----------------------------------------------------------------------------------------

    def counted(self, need: Need) -> int:
        """Minute-weeks a need counts for, by ``policy.counts``."""
        admitted = self.admitted[need.need_id]
        if need.hours_per_week is None:
            ask = max((minutes_of(row.hours_per_week) for row in admitted), default=0)
        else:
            ask = minutes_of(need.hours_per_week)
        ask_weeks = max((row.weeks for row in admitted), default=0) if need.weeks is None else need.weeks
        hours = ask * ask_weeks
        learners = need.learners * minutes_of(self.policy.hours_per_learner)
        return {"hours": hours, "learners": learners, "both": hours + learners}[self.policy.counts]

    @cached_property
    def asked(self) -> dict[str, int]:
        """Planned need -> points asked: the best admitted support, in full, without delay."""
        return {code: self._asked(need) for code, need in self.planned.items()}

    def _asked(self, need: Need) -> int:
        best = max((per_mille(row.impact) for row in self.admitted[need.need_id]), default=1000)
        return self.policy.priority_weights[need.priority] * self.counted(need) * best // 600

    def points(self, need: Need, support: Support, start: int, *, reduced: bool = False) -> int:
        """Value points of a need served by a support from a start term (``points[o]``)."""
        dose = (1, 1)
        least = self.reduced_minutes(need, support) if reduced else None
        if least is not None:
            dose = (least, self.full_minutes(need, support))
        late = start - self.earliest(need)
        delay = max(0, 1000 - per_mille(self.policy.waiting_discount) * late)
        weight = self.policy.priority_weights[need.priority]
        top = weight * self.counted(need) * per_mille(support.impact) * dose[0] * delay
        return top // (dose[1] * POINTS_DIVISOR)

    # --- fairness -------------------------------------------------------------------------------------

    def group_names(self, need: Need) -> tuple[str, ...]:
        """The fairness groups a need counts in, before small ones are pooled."""
        site, by = self.sites[need.site_id], self.policy.fairness.by
        if by == "site":
            return (site.site_id,)
        if by == "medium":
            return (site.medium,)
        if by == "equity_band":
            return (self._equity_band(site.equity_index),)
        return tuple(dict.fromkeys(need.groups)) or ("other",)

    def _equity_band(self, index: float | None) -> str:
        fewer, moderate = self.policy.fairness.equity_bands
        if index is None:
            return "unknown"
        if index <= fewer:
            return "fewer"
        return "moderate" if index <= moderate else "more"

    @cached_property
    def fairness_groups(self) -> dict[str, tuple[str, ...]]:
        """Group -> its planned needs; small groups, and groups with nothing asked, are one group ``(small)``.

        A need of two pooled groups counts in the pool once; a pool with nothing asked is dropped.
        """
        groups: dict[str, list[str]] = defaultdict(list)
        for code, need in self.planned.items():
            for name in self.group_names(need):
                groups[name].append(code)
        kept: dict[str, tuple[str, ...]] = {}
        pool: dict[str, None] = {}
        for name, codes in sorted(groups.items()):
            asked = sum(self.asked[code] for code in codes)
            if len(codes) < self.policy.fairness.pool_below or asked == 0:
                pool.update(dict.fromkeys(codes))
            else:
                kept[name] = tuple(codes)
        if sum(self.asked[code] for code in pool):
            kept[POOL] = tuple(pool)
        return kept


def within_years(level: int | None, least: int | None, most: int | None) -> bool:
    """Whether a year level lies within limits; a row without a year level passes."""
    if level is None:
        return True
    return (least is None or level >= least) and (most is None or level <= most)


def great_circle_km(start: Site, end: Site) -> float | None:
    """Kilometres along the great circle (haversine, radius 6371.0 km); None without coordinates."""
    if start.latitude is None or start.longitude is None or end.latitude is None or end.longitude is None:
        return None
    south, north = math.radians(start.latitude), math.radians(end.latitude)
    across = math.radians(end.longitude - start.longitude)
    chord = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))
