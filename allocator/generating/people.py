"""The cluster's people and vacant posts, by the capacity rules of the role they hold."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle

import numpy as np

from allocator.generating import rates
from allocator.generating.frame import Frame
from allocator.generating.geography import gradient, great_circle_km, road_minutes, schools_of
from allocator.models.policy import Role, Term, Travel
from allocator.models.world import Need, Site, Staff

CODES: dict[str, str] = {
    "lsc": "LSC",
    "senco": "SEN",
    "rtlb": "RTLB",
    "slt": "SLT",
    "psychologist": "PSY",
    "eit": "EIT",
    "adviser": "ADV",
    "ot": "OT",
    "physio": "PT",
    "aodc": "AODC",
    "kaitakawaenga": "KAI",
    "rtv": "RTV",
    "ors_teacher": "ORS",
    "teacher_aide": "TA",
    "esw": "ESW",
}
MOVABLE = frozenset({"lsc", "rtlb"})
_LIAISON_SHARE = 0.5  # of an RTLB's bookable hours, at most: the rest is for casework


@dataclass
class Team:
    """People as they are added: hands out codes, skills, languages and vacancies."""

    rng: np.random.Generator
    first: Term
    prefix: str
    maori_medium: frozenset[str]
    people: list[Staff] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)

    def add(self, role: str, fte: float, base: str, employer: str | None) -> None:
        """Add one post; whether it is vacant is drawn at the role's rate."""
        self.count[role] += 1
        vacant = bool(self.rng.random() < rates.VACANCY.get(role, 0.0))
        filled_on = self._fill_date() if vacant else None
        self.people.append(
            Staff(
                staff_id=f"{self.prefix}{CODES[role]}-{self.count[role]:02d}",
                role=role,
                fte=round(fte, 3),
                base_site=base,
                employer=employer,
                skills=self._skills(role),
                languages=self._languages(role, base),
                vacant=vacant,
                available_from=filled_on,
                movable=role in MOVABLE,
            )
        )

    def _fill_date(self) -> dt.date | None:
        """Half the vacancies have an assumed fill date, up to 90–180 days after they fell vacant."""
        known, days, gone = self.rng.random() < 0.5, self.rng.uniform(90, 180), self.rng.uniform(0, 90)
        return self.first.start + dt.timedelta(days=int(days - gone)) if known else None

    def _skills(self, role: str) -> tuple[str, ...]:
        pool = rates.SKILLS.get(role, ())
        return tuple(skill for skill in pool if self.rng.random() < 0.45)

    def _languages(self, role: str, base: str) -> tuple[str, ...]:
        shares = {
            "te_reo_maori": rates.TE_REO_SHARE,
            "gagana_samoa": rates.SAMOAN_SHARE,
        } | rates.LANGUAGES.get(role, {})
        if base in self.maori_medium:
            shares["te_reo_maori"] = 1.0
        return tuple(language for language, share in shares.items() if self.rng.random() < share)


def make_people(frame: Frame, needs: Sequence[Need], rng: np.random.Generator) -> list[Staff]:
    """Everybody the cluster can call on, drawn for these sites and this register.

    Coordinators: roll ÷ 500, in blocks of 0.1. RTLB: roll in years 1 to 10 ÷ 620 weighted by barriers, and
    enough for every school's liaison. Ministry posts: 1.3 per 1,000 learners, mixed by kind, 18.5% vacant.
    ORS teachers: 0.1 or 0.2 per learner on the register. Support workers: by the hours asked.
    """
    maori_medium = frozenset(site.site_id for site in frame.sites if site.medium == "maori")
    team = Team(rng, frame.first, frame.settings.prefix, maori_medium)
    schools = sorted(schools_of(frame.sites), key=lambda site: (-site.roll, site.site_id))
    coordinators(team, schools, frame)
    rtlb(team, schools, frame)
    if frame.settings.ministry:
        office = next(site for site in frame.sites if site.type == "base")
        ministry(team, frame.sites, [office.site_id])
        support_workers(team, needs, frame.roles["esw"], [office.site_id])
    if frame.settings.school_support:
        sencos(team, schools)
        ors_teachers(team, schools, needs, frame.roles["ors_teacher"])
        for code in frame.aide_schools:
            team.add("teacher_aide", float(rng.choice((0.4, 0.6, 0.8))), code, code)
    return with_te_reo(with_liaisons(team.people, schools, frame), bool(maori_medium))


def _apportion(places: Sequence[Site], posts: int, *, each: bool = False) -> list[str]:
    """Bases for posts, in proportion to rolls: each next post goes where learners per post are most
    (D'Hondt).

    ``each`` gives every place one first; there must then be a post for every place.
    """
    held: Counter[str] = Counter(site.site_id for site in places) if each else Counter()
    for _ in range(posts - held.total()):
        held[max(places, key=lambda site: (site.roll / (held[site.site_id] + 1), site.site_id)).site_id] += 1
    return sorted(held.elements())


def coordinators(team: Team, schools: Sequence[Site], frame: Frame) -> None:
    """Add coordinators: the entitlement of the frame's sites, in blocks, based by roll."""
    rule, settings = frame.policy.coordinators, frame.settings
    blocks = math.floor(sum(site.roll for site in frame.sites) / rule.learners_per_fte / rule.block_fte + 0.5)
    most = max(1, math.floor(1.0 / rule.block_fte))
    wanted = settings.coordinators if settings.coordinators is not None else math.ceil(blocks / (0.85 * most))
    posts = min(blocks, max(wanted, math.ceil(blocks / most))) if wanted else 0
    if not posts:
        return
    sizes = [blocks // posts + (1 if index < blocks % posts else 0) for index in range(posts)]
    for base, size in zip(_apportion(schools, posts), sizes, strict=True):
        team.add("lsc", size * rule.block_fte, base, base)


def _rtlb_bases(schools: Sequence[Site], count: int) -> list[Site]:
    """Host schools: the largest, then each time the one farthest from those chosen, large before small."""
    chosen = [schools[0]]
    while len(chosen) < min(count, len(schools)):
        rest = [site for site in schools if site not in chosen]
        chosen.append(
            max(
                rest,
                key=lambda site: (
                    min(great_circle_km(site, host) for host in chosen) * math.sqrt(site.roll + 1),
                    site.site_id,
                ),
            )
        )
    return chosen


def liaison_minutes(person_base: Site, site: Site, role: Role, travel: Travel) -> tuple[float, float]:
    """(contact, travel) minutes a week that being the liaison of a site costs somebody with this base."""
    contact = 60 * role.liaison_hours
    if person_base.site_id == site.site_id:
        return contact, 0.0
    quarters = max(math.ceil(4 * role.liaison_visits_per_week), math.ceil(contact / (15 * role.day_hours)))
    return contact, quarters * math.ceil(
        (2 * road_minutes(person_base, site, travel) + travel.overhead_minutes) / 4
    )


def rtlb(team: Team, schools: Sequence[Site], frame: Frame) -> None:
    """Add RTLB at host schools, enough for casework and for the liaison of every school."""
    role, travel, settings = frame.roles["rtlb"], frame.travel, frame.settings
    served = [site for site in schools if site.type != "other"]
    if not served:
        return
    weighted = sum(
        (site.roll if site.roll_years_1_10 is None else site.roll_years_1_10) * gradient(site)
        for site in served
    )
    hosts = _rtlb_bases(served, settings.rtlb_bases or max(1, round(weighted / rates.LEARNERS_PER_RTLB / 3)))
    duty = [
        min((sum(liaison_minutes(host, site, role, travel)), host.site_id) for host in hosts)
        for site in served
    ]
    for_liaison = sum(minutes for minutes, _ in duty) / (
        _LIAISON_SHARE * 60 * role.paid_hours * role.contact_share
    )
    fte = max(weighted / rates.LEARNERS_PER_RTLB, for_liaison, 0.5)
    posts = settings.rtlb or max(math.ceil(fte), math.ceil(len(served) / 7))
    near = Counter(host for _, host in duty)
    bases = _apportion(
        [host.model_copy(update={"roll": 100 * near[host.site_id] + 1}) for host in hosts],
        posts,
        each=posts >= len(hosts),
    )
    size = 1.0 if settings.rtlb else min(1.0, math.ceil(10 * fte / posts) / 10)
    for base in bases:
        team.add("rtlb", size, base, hosts[0].site_id)


def ministry(team: Team, sites: Sequence[Site], offices: Sequence[str]) -> None:
    """Add the Ministry's specialists for the learners of these sites, based at the offices in turn."""
    posts = sum(site.roll for site in sites) / 1000 * rates.MINISTRY_PER_1000
    bases = cycle(offices)
    for role, share in rates.MINISTRY_MIX.items():
        fte = posts * share
        people = max(1, math.ceil(fte / 0.7))
        if fte < 0.2 and team.rng.random() > fte / 0.2:
            continue
        for _ in range(people):
            team.add(role, max(0.2, round(fte / people * 20) / 20), next(bases), "Ministry of Education")


def support_workers(team: Team, needs: Sequence[Need], role: Role, offices: Sequence[str]) -> None:
    """Add the workers who give the early support hours asked, based at the offices in turn."""
    asked = sum(need.hours_per_week or 0 for need in needs if "early_support_worker" in need.supports)
    fte = asked / 1.4 / (role.paid_hours * role.contact_share)
    people = math.ceil(fte / 0.9) if asked else 0
    for base, _ in zip(cycle(offices), range(people), strict=False):
        team.add("esw", max(0.3, round(fte / people, 1)), base, "Ministry of Education")


def sencos(team: Team, schools: Sequence[Site]) -> None:
    """Unfunded, 0.1 to 0.2 FTTE; in the smallest schools the teaching principal does it, which is no post."""
    for site in schools:
        if site.roll >= 120 and team.rng.random() < 0.6:
            team.add("senco", float(team.rng.choice((0.1, 0.15, 0.2))), site.site_id, site.site_id)


def ors_teachers(team: Team, schools: Sequence[Site], needs: Sequence[Need], role: Role) -> None:
    """Add the teachers who give the ORS hours asked, based by roll."""
    asked = sum(need.hours_per_week or 0 for need in needs if "ors_teaching" in need.supports)
    fte = asked / 1.3 / (role.paid_hours * role.contact_share)
    people = math.ceil(fte / 0.8) if asked else 0
    for base in _apportion(schools, people):
        team.add("ors_teacher", max(0.2, math.ceil(10 * fte / people) / 10), base, base)


def with_liaisons(people: list[Staff], schools: Sequence[Site], frame: Frame) -> list[Staff]:
    """Fill RTLB posts until every school can have its liaison with half of their hours left for casework."""
    role, travel = frame.roles["rtlb"], frame.travel
    site = {row.site_id: row for row in schools}
    served = [row for row in schools if row.type != "other"]
    filled = list(people)
    for index, person in enumerate(people):
        if person.role != "rtlb" or not person.vacant:
            continue
        held = [row for row in filled if row.role == "rtlb" and not row.vacant]
        hours = sum(60 * row.fte * role.paid_hours * role.contact_share for row in held) * _LIAISON_SHARE
        asked = sum(
            min(
                (sum(liaison_minutes(site[row.base_site], school, role, travel)) for row in held),
                default=math.inf,
            )
            for school in served
        )
        if asked > hours or len(served) > 7 * len(held):
            filled[index] = person.model_copy(update={"vacant": False, "available_from": None})
    return filled


def with_te_reo(people: list[Staff], wanted: bool) -> list[Staff]:
    """Where a site teaches in te reo Māori, somebody in each of the two itinerant teacher roles speaks it."""
    if not wanted:
        return people
    result = list(people)
    for role in ("rtlb", "lsc"):
        held = [index for index, person in enumerate(result) if person.role == role and not person.vacant]
        if held and not any("te_reo_maori" in result[index].languages for index in held):
            first = result[held[0]]
            result[held[0]] = first.model_copy(update={"languages": ("te_reo_maori", *first.languages)})
    return result
