"""What is running already: who serves which need, which of it is locked or tied, and what time is left.

The rows nobody may change (locked, or tied by their funding) are jointly feasible by construction: a ledger
per person counts delivery, visits, travel, cases and sites for them and for liaison, within a share of every
limit.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from allocator.generating.frame import Frame
from allocator.generating.geography import road_minutes
from allocator.generating.people import liaison_minutes
from allocator.models.base import floor_minutes, minutes
from allocator.models.policy import Role, Term
from allocator.models.world import Need, Site, Staff, Support

_LOCKED_SHARE = 0.3  # of running individual services at tier 3, what families and schools were promised
_FORBIDDEN_SHARE = 0.01
_TYPICAL_GROUP = 4.5
_SLACK = 0.9  # free time kept above what is fixed, because shares and visits round up


@dataclass
class Ledger:
    """One person's fixed time: what may not move, in minutes a week of the first term."""

    person: Staff
    role: Role
    bookable: int
    paid: int
    delivery: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    quarters: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    liaison: float = 0.0
    liaison_travel: float = 0.0
    liaison_sites: set[str] = field(default_factory=set)
    cases: int = 0


class Commitments:
    """Who could serve what, and the ledgers; built once per cluster."""

    def __init__(self, frame: Frame, people: Sequence[Staff]) -> None:
        self.site = {site.site_id: site for site in frame.sites}
        self.supports, self.policy, self.travel = frame.supports, frame.policy, frame.travel
        self.settings = frame.settings
        self.ledgers = {
            person.staff_id: _ledger(person, frame.roles[person.role])
            for person in people
            if _working(person, frame.first)
        }
        self.minutes = {
            (a.site_id, b.site_id): road_minutes(a, b, frame.travel) for a in frame.sites for b in frame.sites
        }

    def may_serve(self, person: Staff, need: Need, support: Support) -> bool:
        """R3 and R8: role, skills, languages, years, funding, reach and consent, at the need's own site."""
        if person.role not in support.roles:
            return False
        role = self.ledgers[person.staff_id].role
        languages = {*need.languages, *self.policy.medium_languages.get(self.site[need.site_id].medium, ())}
        year = need.year_level
        return (
            {*support.skills, *need.skills} <= set(person.skills)
            and languages <= set(person.languages)
            and (
                year is None
                or all(
                    _within(year, low, high)
                    for low, high in ((support.year_min, support.year_max), (role.year_min, role.year_max))
                )
            )
            and (not support.funding or bool(set(support.funding) & set(need.funding)))
            and not set(support.funding_excluded) & set(need.funding)
            and person.staff_id not in need.forbidden_staff
            and (need.shared_with_cluster or person.base_site == need.site_id)
            and (not person.sites or need.site_id in (*person.sites, person.base_site))
            and self.minutes[person.base_site, need.site_id] <= role.reach_minutes
        )

    def candidates(self, need: Need) -> list[tuple[Staff, Support]]:
        """People who may serve a need, nearest first, each with the first support they may give."""
        found: dict[str, tuple[Staff, Support]] = {}
        for ledger in self.ledgers.values():
            for code in need.supports:
                if ledger.person.staff_id not in found and self.may_serve(
                    ledger.person, need, self.supports[code]
                ):
                    found[ledger.person.staff_id] = (ledger.person, self.supports[code])
        return sorted(
            found.values(), key=lambda pair: (self.minutes[pair[0].base_site, need.site_id], pair[0].staff_id)
        )

    def reserve_liaisons(self, rng: np.random.Generator) -> dict[str, str]:
        """Reserve a liaison for every site that has one; returns those already agreed (site -> person)."""
        agreed: dict[str, str] = {}
        held = [ledger for ledger in self.ledgers.values() if ledger.role.liaison]
        sites = [site for site in self.site.values() if site.type in self.policy.liaison_site_types]
        for site in sorted(
            sites,
            key=lambda row: (
                -min((self.minutes[a.person.base_site, row.site_id] for a in held), default=0),
                row.site_id,
            ),
        ):
            best = min(held, key=lambda ledger: self._liaison_rank(ledger, site), default=None)
            if best is None:
                return {}
            contact, travel = liaison_minutes(self.site[best.person.base_site], site, best.role, self.travel)
            best.liaison += contact
            best.liaison_travel += travel
            best.liaison_sites.add(site.site_id)
            if rng.random() < self.settings.liaison_agreed:
                agreed[site.site_id] = best.person.staff_id
        return agreed

    def _liaison_rank(self, ledger: Ledger, site: Site) -> tuple[bool, float, str]:
        cost = sum(liaison_minutes(self.site[ledger.person.base_site], site, ledger.role, self.travel))
        used = (ledger.liaison + ledger.liaison_travel + cost) / max(ledger.bookable, 1)
        crowded = len(ledger.liaison_sites) >= (ledger.role.max_sites or 99) - 2
        return (
            crowded or used > 0.6,
            used + self.minutes[ledger.person.base_site, site.site_id] / 30,
            ledger.person.staff_id,
        )

    def fix(self, need: Need, person: Staff, support: Support, *, most: float) -> bool:
        """Enter a row that cannot move into its person's ledger, if every limit keeps room."""
        ledger = self.ledgers[person.staff_id]
        if ledger.role.coordinator and need.site_id != person.base_site:
            return False  # how shares are split is open; only the employing site is sure of one
        added = minutes(need.hours_per_week or support.hours_per_week)
        place = need.site_id
        before = ledger.delivery.get(place, 0), ledger.quarters.get(place, 0)
        ledger.delivery[place] += added
        ledger.cases += 1
        if place != person.base_site:
            visits = max(
                math.ceil(4 * support.visits_per_week),
                math.ceil(4 * (ledger.delivery[place] + 60) / (60 * ledger.role.day_hours)),
            )
            ledger.quarters[place] = max(ledger.quarters[place], visits)
        if self._within_limits(ledger, most):
            return True
        ledger.delivery[place], ledger.quarters[place] = before
        if not ledger.delivery[place]:
            del ledger.delivery[place]
        ledger.cases -= 1
        return False

    def _within_limits(self, ledger: Ledger, most: float) -> bool:
        used, travel = self.fixed(ledger)
        cases = ledger.role.max_cases
        sites = {*ledger.delivery, *ledger.liaison_sites}
        return (
            used <= most * ledger.bookable
            and travel + ledger.liaison_travel <= 0.8 * ledger.role.travel_share * ledger.paid
            and ledger.liaison + ledger.liaison_travel + used <= _SLACK * ledger.bookable
            and (cases is None or ledger.cases <= math.floor(cases * ledger.person.fte + 0.5) * 0.6)
            and (ledger.role.max_sites is None or len(sites) <= max(1, ledger.role.max_sites - 1))
            and all(quarters <= 20 for quarters in ledger.quarters.values())
        )

    def fixed(self, ledger: Ledger) -> tuple[float, float]:
        """(delivery with travel, travel) of the rows that cannot move, in minutes a week."""
        travel = sum(
            quarters
            * math.ceil((2 * self.minutes[ledger.person.base_site, site] + self.travel.overhead_minutes) / 4)
            for site, quarters in ledger.quarters.items()
            if quarters
        )
        return sum(ledger.delivery.values()) + travel, travel

    def assign(self, needs: Sequence[Need], running: set[str], rng: np.random.Generator) -> list[Need]:
        """Give every running service its person; lock some; what nobody could be serving is waiting."""
        soft: dict[str, float] = defaultdict(float)
        return [
            self._settled(need, rng, soft) if need.need_id in running else self._waiting(need, rng)
            for need in needs
        ]

    def _waiting(self, need: Need, rng: np.random.Generator) -> Need:
        if not need.planned or rng.random() >= _FORBIDDEN_SHARE:
            return need
        people = self.candidates(need)
        return (
            need.model_copy(update={"forbidden_staff": (people[-1][0].staff_id,)})
            if len(people) > 1
            else need
        )

    def _settled(self, need: Need, rng: np.random.Generator, soft: dict[str, float]) -> Need:
        tied = bool(set(need.funding) & set(self.policy.tied_funding))
        wants_lock = not tied and need.tier == 3 and rng.random() < _LOCKED_SHARE
        weeks = need.weeks or max((self.supports[code].weeks for code in need.supports), default=10)
        left = max(2, math.ceil(weeks * rng.uniform(0.3, 0.9)))
        update = {
            "status": "in_service",
            "waiting_since": None,
            "earliest_term": None,
            "latest_term": None,
            "weeks": left,
        }
        for person, support in self.candidates(need)[:4]:
            ledger = self.ledgers[person.staff_id]
            if tied or wants_lock:
                most = 0.6 if support.support_id == "ors_teaching" else self.settings.fixed_share
                if support.shape == "individual" and self.fix(need, person, support, most=most):
                    return need.model_copy(
                        update=update | {"current_staff": person.staff_id, "locked": wants_lock}
                    )
                continue
            size = _TYPICAL_GROUP if support.shape == "group" else 1.0
            asked = minutes(need.hours_per_week or support.hours_per_week) / size
            if (
                sum(self.fixed(ledger)) + ledger.liaison + soft[person.staff_id] + asked
                <= 0.75 * ledger.bookable
            ):
                soft[person.staff_id] += asked
                return need.model_copy(update=update | {"current_staff": person.staff_id})
        return need

    def standing(self, needs: Sequence[Need]) -> dict[str, float]:
        """Hours a week per person already promised outside the register, so that hours asked ÷ hours free is
        ``pressure``.

        A need asks a role for its hours ÷ the number of roles that could give it; learners of a group share
        its hours.
        """
        asked: dict[str, float] = defaultdict(float)
        for need in needs:
            if need.planned:
                for role, amount in self._asked(need).items():
                    asked[role] += amount
        result = {}
        for code, ledger in self.ledgers.items():
            peers = [other for other in self.ledgers.values() if other.person.role == ledger.person.role]
            free = sum(other.bookable - other.liaison for other in peers)
            spare = 1 - asked[ledger.person.role] / self.settings.pressure / free if free > 0 else 0.0
            fixed = self.fixed(ledger)[0] + ledger.liaison + ledger.liaison_travel
            room = ledger.bookable - fixed / 0.6 if fixed else ledger.bookable
            share = min(max(spare, 0.0), self.settings.most_standing) * ledger.bookable
            result[code] = math.floor(max(0.0, min(share, room)) / 15) / 4
        return result

    def _asked(self, need: Need) -> dict[str, float]:
        held = {ledger.person.role for ledger in self.ledgers.values()}
        first = next(
            (self.supports[code] for code in need.supports if held & set(self.supports[code].roles)), None
        )
        if first is None:
            return {}
        size = _TYPICAL_GROUP if first.shape == "group" else 1.0
        roles = sorted(held & set(first.roles) - {"senco"}) or sorted(held & set(first.roles))
        amount = minutes(need.hours_per_week or first.hours_per_week) / size
        return dict.fromkeys(roles, amount / len(roles))


def _within(year: int, low: int | None, high: int | None) -> bool:
    return (low is None or year >= low) and (high is None or year <= high)


def _working(person: Staff, first: Term) -> bool:
    """Whether the person is there on the first day: only they can be serving anybody."""
    return not person.vacant and (person.available_from is None or person.available_from <= first.start)


def _ledger(person: Staff, role: Role) -> Ledger:
    paid = floor_minutes(60 * person.fte * role.paid_hours)
    return Ledger(person, role, floor_minutes(paid * role.contact_share), paid)
