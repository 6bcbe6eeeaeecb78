"""Derived quantities and admissible options of docs/model.md in plain Python, for very small clusters.

Written from the document alone: no code of ``allocator.solvers`` or ``allocator.checking`` is used, so that
``brute_force`` can disagree with both. Terms are positions, time is whole minutes a week, visits are quarters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations, permutations

from allocator.models.world import Cluster, Need, Support

DUST = Fraction(1, 1_000_000)


def exact(value: float) -> Fraction:
    """The decimal somebody typed."""
    return Fraction(str(value))


def down(value: Fraction) -> int:
    return math.floor(value + DUST)


def up(value: Fraction) -> int:
    return math.ceil(value - DUST)


def nearest(value: Fraction) -> int:
    return down(value + Fraction(1, 2))


def in_minutes(hours: float) -> int:
    return nearest(60 * exact(hours))


def per_mille(share: float) -> int:
    return nearest(1000 * exact(share))


@dataclass(frozen=True)
class Meeting:
    """What members of a group have in common: R4, and their span."""

    support: str
    start: int
    terms: tuple[int, ...]
    site: str
    band: tuple[int, int]


@dataclass(frozen=True)
class Job:
    """One person's part of serving one need."""

    person: str
    site: str
    terms: tuple[int, ...]
    minutes: int
    quarters: int
    meeting: Meeting | None
    home: str
    private: bool


@dataclass(frozen=True)
class Way:
    """One admissible way to serve a need: one job, or two for a service in two parts."""

    need: str
    start: int
    points: int
    first: str
    """Who gives it from the start (for a shared project: either)."""
    together: bool
    jobs: tuple[Job, ...]


class TinyWorld:
    """Everything about a cluster that the enumeration needs to know."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.policy = cluster.policy
        self.terms = range(len(cluster.terms))
        self.place = {term.id: position for position, term in enumerate(cluster.terms)}
        self.needs = [need for need in cluster.needs if need.planned]
        self.people = [row.staff_id for row in cluster.staff]
        self.paid = {(k, t): self._paid(k, t) for k in self.people for t in self.terms}
        self.bookable = {
            (k, t): down(paid * exact(self.role(k).contact_share)) for (k, t), paid in self.paid.items()
        }
        self.standing = {
            (k, t): in_minutes(cluster.person[k].standing_hours) if paid else 0
            for (k, t), paid in self.paid.items()
        }
        self.admitted = {need.need_id: self._admitted(need) for need in self.needs}
        self.asked = {need.need_id: self._asked(need) for need in self.needs}

    # --- people and places ----------------------------------------------------------------------------

    def role(self, k: str):
        return self.cluster.roles[self.cluster.person[k].role]

    def _paid(self, k: str, t: int) -> int:
        person, term = self.cluster.person[k], self.cluster.terms[t]
        if person.vacant and person.available_from is None:
            return 0
        for row in self.cluster.availability:
            if (row.staff_id, row.term) == (k, term.id):
                return down(60 * exact(row.hours_per_week))
        days = [term.start + timedelta(days=d) for d in range(7 * term.weeks)]
        first, last = person.available_from or date.min, person.available_to or date.max
        there = sum(first <= day <= last for day in days)
        return down(60 * exact(person.fte) * exact(self.role(k).paid_hours) * Fraction(there, len(days)))

    def coordinates(self, k: str) -> bool:
        return self.role(k).coordinator and any(self.bookable[k, t] > 0 for t in self.terms)

    def blocks(self, k: str) -> int:
        return nearest(exact(self.cluster.person[k].fte) / exact(self.policy.coordinators.block_fte))

    def max_cases(self, k: str) -> float:
        own, most = self.cluster.person[k].max_cases, self.role(k).max_cases
        if own is not None:
            return own
        return math.inf if most is None else nearest(most * exact(self.cluster.person[k].fte))

    def max_sites(self, k: str) -> float:
        own, most = self.cluster.person[k].max_sites, self.role(k).max_sites
        return math.inf if own is None and most is None else own or most or math.inf

    def one_way(self, a: str, b: str) -> Fraction | None:
        if a == b:
            return Fraction(0)
        listed = {(row.from_site, row.to_site): exact(row.minutes) for row in self.cluster.travel_times}
        if (a, b) in listed or (b, a) in listed:
            return listed.get((a, b), listed.get((b, a)))
        one, two = self.cluster.site[a], self.cluster.site[b]
        if None in (one.latitude, one.longitude, two.latitude, two.longitude):
            return None
        south, north = math.radians(one.latitude or 0), math.radians(two.latitude or 0)
        east = math.radians((two.longitude or 0) - (one.longitude or 0))
        chord = (
            math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin(east / 2) ** 2
        )
        kilometres = 2 * 6371.0 * math.asin(math.sqrt(chord))
        travel = self.cluster.travel
        return exact(travel.road_factor) * Fraction(kilometres) / exact(travel.speed_kmh) * 60

    def quarter(self, k: str, site: str) -> int | None:
        base = self.cluster.person[k].base_site
        way = self.one_way(base, site)
        if base == site:
            return 0
        return None if way is None else up((2 * way + exact(self.cluster.travel.overhead_minutes)) / 4)

    def reaches(self, k: str, site: str) -> bool:
        person = self.cluster.person[k]
        way = self.one_way(person.base_site, site)
        listed = not person.sites or site in (*person.sites, person.base_site)
        near = way is not None and way <= exact(self.role(k).reach_minutes)
        return listed and near and self.cluster.site[site].type != "base"

    # --- needs ----------------------------------------------------------------------------------------

    def _admitted(self, need: Need) -> list[Support]:
        rows = [
            row
            for row in self.cluster.supports
            if (
                row.support_id in need.supports
                if need.supports
                else row.tier == need.tier and need.area_of_need in row.areas_of_need
            )
        ]
        return [row for row in rows if self._suits(need, row)]

    def _suits(self, need: Need, row: Support) -> bool:
        if (row.shape == "project") != (need.learner_id is None):
            return False
        if row.shape == "group" and (need.learners != 1 or self.band(need) is None):
            return False
        if row.funding and not set(row.funding) & set(need.funding):
            return False
        if set(row.funding_excluded) & set(need.funding):
            return False
        year = need.year_level
        low, high = row.year_min, row.year_max
        return year is None or ((low is None or year >= low) and (high is None or year <= high))

    def band(self, need: Need) -> tuple[int, int] | None:
        year = need.year_level
        found = [b for b in self.policy.year_bands if year is not None and b[0] <= year <= b[1]]
        return found[0] if found else None

    def counted(self, need: Need) -> int:
        rows = self.admitted[need.need_id]
        hours = max((in_minutes(row.hours_per_week) for row in rows), default=0)
        if need.hours_per_week is not None:
            hours = in_minutes(need.hours_per_week)
        weeks = need.weeks if need.weeks is not None else max((row.weeks for row in rows), default=0)
        learners = need.learners * in_minutes(self.policy.hours_per_learner)
        return {"hours": hours * weeks, "learners": learners, "both": hours * weeks + learners}[
            self.policy.counts
        ]

    def _asked(self, need: Need) -> int:
        best = max((per_mille(row.impact) for row in self.admitted[need.need_id]), default=1000)
        return self.policy.priority_weights[need.priority] * self.counted(need) * best // 600

    def starts(self, need: Need) -> list[int]:
        first = self.place[need.earliest_term] if need.earliest_term else 0
        last = self.place[need.latest_term] if need.latest_term else self.terms[-1]
        return [t for t in self.terms if first <= t <= last and (need.status != "in_service" or t == 0)]

    def span(self, need: Need, row: Support, start: int) -> tuple[int, ...]:
        weeks, span = need.weeks or row.weeks, []
        for t in self.terms:
            if t >= start and weeks > 0:
                span.append(t)
                weeks -= self.cluster.terms[t].weeks
        return tuple(span)

    def tied(self, need: Need) -> bool:
        held = set(need.funding) & set(self.policy.tied_funding)
        return need.current_staff is not None and (need.locked or bool(held))

    def able(self, k: str, need: Need, row: Support) -> bool:
        """R3 without the place, R7's persons, R8's persons."""
        person, role, year = self.cluster.person[k], self.role(k), need.year_level
        languages = {
            *need.languages,
            *self.policy.medium_languages.get(self.cluster.site[need.site_id].medium, ()),
        }
        return (
            person.role in row.roles
            and {*row.skills, *need.skills} <= set(person.skills)
            and languages <= set(person.languages)
            and (year is None or role.year_min is None or year >= role.year_min)
            and (year is None or role.year_max is None or year <= role.year_max)
            and (not person.funding or bool(set(person.funding) & set(need.funding)))
            and k not in need.forbidden_staff
            and (not self.tied(need) or k == need.current_staff)
            and (need.consent == "cluster" or person.base_site == need.site_id)
        )

    # --- ways to serve --------------------------------------------------------------------------------

    def ways(self, need: Need) -> Iterator[Way]:
        """Every admissible (support, people, start, meeting site, dose, parts) of a need: R3, R7, R8, R11."""
        for row in self.admitted[need.need_id]:
            people = [k for k in self.people if self.able(k, need, row)]
            starts = self.starts(need)
            for start in starts[:1] if self.tied(need) else starts:
                yield from self._ways_from(need, row, people, start)

    def _ways_from(self, need: Need, row: Support, people: list[str], start: int) -> Iterator[Way]:
        span = self.span(need, row, start)
        whole = [k for k in people if self._there(k, span)]
        if row.shape == "group":
            yield from self._in_groups(need, row, whole, start, span)
            return
        full = in_minutes(need.hours_per_week or row.hours_per_week)
        home, value = need.site_id, self.points(need, row, start, (1, 1))
        here = [k for k in people if self.reaches(k, home)]
        for k in here:
            if k in whole:
                yield Way(need.need_id, start, value, k, False, (self._job(need, row, k, span, full),))
        if self.tied(need):
            return  # whole, by one person
        # A smaller dose is given whole by one person: the document names no reduced part of a service.
        least = in_minutes(need.min_hours_per_week) if need.min_hours_per_week else full
        if row.shape == "individual" and least < full:
            less = self.points(need, row, start, (least, full))
            for k in here:
                if k in whole:
                    yield Way(need.need_id, start, less, k, False, (self._job(need, row, k, span, least),))
        if row.shape == "project" and need.people == 2:
            half = -(-full // 2)
            for one, two in combinations([k for k in here if k in whole], 2):
                jobs = tuple(self._job(need, row, k, span, half) for k in (one, two))
                yield Way(need.need_id, start, value, one, True, jobs)
        if row.shape == "individual" and need.handover and self.policy.handover_allowed:
            for turn, (one, two) in ((t, pair) for t in span[1:] for pair in permutations(here, 2)):
                before, after = tuple(t for t in span if t < turn), tuple(t for t in span if t >= turn)
                if self._there(one, before) and self._there(two, after):
                    jobs = (self._job(need, row, one, before, full), self._job(need, row, two, after, full))
                    yield Way(need.need_id, start, value, one, False, jobs)

    def _in_groups(
        self, need: Need, row: Support, people: list[str], start: int, span: tuple[int, ...]
    ) -> Iterator[Way]:
        """R4. A group meets at the site of a learner who could join it: same support admitted, same year band.

        Members share their span as well as their start: a need that asks for other weeks sits in another group.
        """
        band = self.band(need)
        assert band is not None
        hosts = {
            other.site_id
            for other in self.needs
            if row in self.admitted[other.need_id] and self.band(other) == band
        }
        value = self.points(need, row, start, (1, 1))
        for site in sorted(hosts):
            if site != need.site_id:
                way = self.one_way(need.site_id, site)
                far = way is None or way > exact(self.policy.cross_site_minutes)
                if not row.cross_site or far or need.consent != "cluster":
                    continue
            meeting = Meeting(row.support_id, start, span, site, band)
            for k in people:
                if self.reaches(k, site):
                    minutes = in_minutes(row.hours_per_week)
                    job = Job(
                        k,
                        site,
                        span,
                        minutes,
                        self._rate(row),
                        meeting,
                        need.site_id,
                        need.consent != "cluster",
                    )
                    yield Way(need.need_id, start, value, k, False, (job,))

    def _there(self, k: str, terms: tuple[int, ...]) -> bool:
        return all(self.bookable[k, t] > 0 for t in terms)

    def _rate(self, row: Support) -> int:
        return up(4 * exact(row.visits_per_week))

    def _job(self, need: Need, row: Support, k: str, terms: tuple[int, ...], minutes: int) -> Job:
        return Job(
            k, need.site_id, terms, minutes, self._rate(row), None, need.site_id, need.consent != "cluster"
        )

    def points(self, need: Need, row: Support, start: int, dose: tuple[int, int]) -> int:
        earliest = self.place[need.earliest_term] if need.earliest_term else 0
        delay = max(0, 1000 - per_mille(self.policy.waiting_discount) * (start - earliest))
        weight = self.policy.priority_weights[need.priority]
        return weight * self.counted(need) * per_mille(row.impact) * dose[0] * delay // (dose[1] * 600_000)

    def waited(self, need: Need, start: int) -> int:
        """longest_waits of one need: ``floor(W × L ÷ H)``."""
        if need.status != "waiting" or need.waiting_since is None:
            return 0
        weeks = [term.weeks for term in self.cluster.terms]
        waited = (self.cluster.terms[0].start - need.waiting_since).days // 7
        capped = min(max(0, waited), self.policy.wait_cap_weeks)
        return capped * sum(weeks[start:]) // sum(weeks)
