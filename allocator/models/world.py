"""The world: one class per input file, one field per column, and the cluster that holds them.

Every class is the published reference of its file (``docs/files.md`` is generated from here): a field's
description says what to type, a blank cell means the default. Imports no solver.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Literal

from pydantic import Field, PrivateAttr, field_validator, model_validator

from allocator.models.base import Day, Identifier, Row, Words, YesNo
from allocator.models.policy import Policy, Reporting, Role, Term, Travel

SiteType = Literal[
    "early_learning",
    "contributing",
    "full_primary",
    "intermediate",
    "secondary",
    "composite",
    "kura",
    "special",
    "other",
    "base",
]
AreaOfNeed = Literal[
    "learning",
    "communication",
    "behaviour",
    "sensory",
    "physical",
    "health",
    "engagement",
    "gifted",
    "system",
]
Arena = Literal["classroom", "crisis", "transitions", "home", "community", "assistance"]
Shape = Literal["individual", "group", "project"]
Consent = Literal["cluster", "own_school", "withdrawn"]
Status = Literal["waiting", "in_service", "paused", "closed"]


class Site(Row):
    """A school, kura, early learning service or base: one row of ``sites.csv``."""

    site_id: Identifier = Field(description="the site's code; the Ministry number will do")
    name: str = Field(min_length=1, description="the name people use")
    type: SiteType = Field(description="kind of site; `base` is an office where nobody learns")
    latitude: float | None = Field(
        default=None, ge=-90, le=90, description="degrees, WGS84; needed unless travel.csv gives every pair"
    )
    longitude: float | None = Field(default=None, ge=-180, le=180, description="degrees, WGS84")
    roll: int = Field(default=0, ge=0, description="learners enrolled")
    equity_index: float | None = Field(
        default=None, ge=300, le=620, description="EQI, 344 to 569; higher = more barriers"
    )
    isolation_index: float | None = Field(
        default=None,
        ge=0,
        le=30,
        description="Ministry isolation index; higher = more remote (kept; `solve` does not use it yet)",
    )
    area: str | None = Field(
        default=None,
        description="sub-area (wedge) for the locality goal; blank = the whole cluster is one area",
    )
    medium: str = Field(
        default="english",
        description="`english`, `maori` or `bilingual`; policy says which languages a medium needs",
    )
    roll_years_1_8: int | None = Field(default=None, ge=0, description="learners in years 1 to 8")
    roll_years_1_10: int | None = Field(default=None, ge=0, description="learners in years 1 to 10")
    liaison: Words = Field(
        default=(), description="staff_id of the liaison already agreed; blank = to be chosen"
    )


class Staff(Row):
    """A person or a vacant post: one row of ``staff.csv``."""

    staff_id: Identifier = Field(description="a code such as RTLB-03, never a name")
    role: Identifier = Field(description="a role of the role table, for example rtlb, lsc, slt")
    fte: float = Field(gt=0, le=1.5, description="full-time equivalent")
    base_site: Identifier = Field(description="site_id where the person is based")
    employer: str | None = Field(
        default=None, description="who employs; a site_id for a coordinator's employing school"
    )
    skills: Words = Field(default=(), description="skills, separated by ;")
    languages: Words = Field(
        default=(), description="languages besides English, separated by ; for example te_reo_maori;nzsl"
    )
    sites: Words = Field(default=(), description="only these sites may be served; blank = any within reach")
    max_cases: int | None = Field(
        default=None, ge=0, description="open cases at a time; blank = the role's, by FTE"
    )
    max_sites: int | None = Field(default=None, ge=1, description="sites in a term; blank = the role's")
    available_from: Day | None = Field(
        default=None, description="first day; for a vacant post the assumed fill date"
    )
    available_to: Day | None = Field(default=None, description="last day")
    vacant: YesNo = Field(
        default=False, description="yes = nobody holds the post; it has no hours until available_from"
    )
    movable: YesNo = Field(
        default=True,
        description="no = the cluster cannot redeploy these hours (checked and kept; `solve` does not use it yet)",
    )
    standing_hours: float = Field(
        default=0.0, ge=0, le=80, description="bookable hours a week already promised elsewhere"
    )
    funding: Words = Field(
        default=(), description="only needs with one of these fundings may use the hours; blank = any"
    )

    @field_validator("available_to")
    @classmethod
    def _after_start(cls, end: Day | None, info: object) -> Day | None:
        start = getattr(info, "data", {}).get("available_from")
        if end is not None and start is not None and end < start:
            raise ValueError("must not be before available_from")
        return end


class Availability(Row):
    """One person's paid hours in one term: one row of ``availability.csv`` (optional)."""

    staff_id: Identifier = Field(description="as in staff.csv")
    term: Identifier = Field(description="a term id of cluster.yaml")
    hours_per_week: float = Field(
        ge=0, le=80, description="paid hours a week in that term, instead of FTE and dates"
    )


class Need(Row):
    """One need on the register, or a site project with no learner: one row of ``needs.csv``."""

    need_id: Identifier = Field(description="the row's code")
    learner_id: Identifier | None = Field(
        default=None, description="the learner's code, never a name; blank for a project"
    )
    site_id: Identifier = Field(description="where the learner is enrolled")
    year_level: int | None = Field(
        default=None, ge=-5, le=15, description="0 or less before school; blank for a project"
    )
    tier: Literal[1, 2, 3] = Field(description="1 Te Matua, 2 Te Kāhui, 3 Te Arotahi")
    area_of_need: AreaOfNeed = Field(description="area of need")
    arena: Arena = Field(default="classroom", description="one of the six arenas")
    priority: Literal[1, 2, 3, 4, 5] = Field(default=3, description="1 most urgent")
    supports: Words = Field(
        default=(), description="support_ids that would do; blank = any of the tier and area of need"
    )
    hours_per_week: float | None = Field(
        default=None, gt=0, le=40, description="hours asked; blank = the support's"
    )
    min_hours_per_week: float | None = Field(
        default=None, gt=0, le=40, description="a smaller dose that is still worth giving"
    )
    weeks: int | None = Field(default=None, ge=1, le=80, description="weeks asked; blank = the support's")
    learners: int = Field(default=1, ge=1, le=5000, description="how many learners the row stands for")
    waiting_since: Day | None = Field(default=None, description="date of the request")
    earliest_term: Identifier | None = Field(
        default=None, description="not before this term; blank = the first"
    )
    latest_term: Identifier | None = Field(
        default=None, description="must start by this term; blank = the last"
    )
    skills: Words = Field(default=(), description="skills the person must have")
    languages: Words = Field(default=(), description="languages the person must have")
    status: Status = Field(
        default="waiting", description="waiting, in_service, paused or closed; the last two are not planned"
    )
    current_staff: Identifier | None = Field(default=None, description="staff_id serving it now")
    locked: YesNo = Field(default=False, description="yes = current_staff keeps it")
    consent: Consent = Field(default="cluster", description="cluster, own_school or withdrawn")
    funding: Words = Field(default=(), description="ORS, ORS_VH, ICS, SHHNF, EIS ...")
    groups: Words = Field(
        default=(), description="population groups for the fairness report, for example maori;pacific"
    )
    forbidden_staff: Words = Field(default=(), description="staff_ids who must not serve it")
    people: Literal[1, 2] = Field(default=1, description="2 = two people may share it (projects)")
    handover: YesNo = Field(
        default=False, description="yes = another person may take over at a term boundary"
    )

    @field_validator("min_hours_per_week")
    @classmethod
    def _smaller(cls, least: float | None, info: object) -> float | None:
        full = getattr(info, "data", {}).get("hours_per_week")
        if least is not None and full is not None and least >= full:
            raise ValueError(f"must be less than the {full:g} in column hours_per_week")
        return least

    @field_validator("locked")
    @classmethod
    def _locked_to_someone(cls, locked: bool, info: object) -> bool:
        if locked and getattr(info, "data", {}).get("current_staff") is None:
            raise ValueError("a locked row needs current_staff")
        return locked

    @property
    def planned(self) -> bool:
        """Whether the row takes part in planning."""
        return self.status in ("waiting", "in_service")

    @property
    def shared_with_cluster(self) -> bool:
        """Whether the cluster may see more than a count of it (R8)."""
        return self.consent == "cluster"


class Support(Row):
    """A kind of support: one row of ``supports.csv`` (optional: a default catalogue ships)."""

    support_id: Identifier = Field(description="the support's code")
    name: str = Field(min_length=1, description="what people call it")
    tier: Literal[1, 2, 3] = Field(description="1 Te Matua, 2 Te Kāhui, 3 Te Arotahi")
    arena: Arena = Field(default="classroom", description="one of the six arenas")
    areas_of_need: Words = Field(description="areas it serves, separated by ;")
    shape: Shape = Field(description="individual, group or project")
    roles: Words = Field(description="roles that may give it")
    skills: Words = Field(default=(), description="skills the person must have")
    hours_per_week: float = Field(
        gt=0, le=40, description="hours a week, of one learner, one group or one project"
    )
    weeks: int = Field(ge=1, le=80, description="weeks it lasts")
    visits_per_week: float = Field(
        default=1.0,
        ge=0.25,
        le=5,
        multiple_of=0.25,
        description="least visits a week, in quarters: 0.25 is once a month",
    )
    min_group: int = Field(default=1, ge=1, le=30, description="fewest learners in a group")
    max_group: int = Field(default=1, ge=1, le=30, description="most learners in a group")
    year_min: int | None = Field(default=None, description="lowest year level")
    year_max: int | None = Field(default=None, description="highest year level")
    impact: float = Field(default=1.0, gt=0, le=1, description="expected effect, 1 = as good as it gets")
    cross_site: YesNo = Field(default=False, description="yes = learners of several sites may share a group")
    funding: Words = Field(default=(), description="only for needs with one of these fundings")
    funding_excluded: Words = Field(default=(), description="not for needs with one of these fundings")

    @field_validator("max_group")
    @classmethod
    def _group_bounds(cls, most: int, info: object) -> int:
        least = getattr(info, "data", {}).get("min_group")
        if least is not None and most < least:
            raise ValueError(f"must not be below the {least} in column min_group")
        return most


class TravelTime(Row):
    """Minutes by road between two sites, both ways: one row of ``travel.csv`` (optional)."""

    from_site: Identifier = Field(description="site_id")
    to_site: Identifier = Field(description="site_id")
    minutes: float = Field(
        ge=0, le=600, description="minutes one way; taken both ways unless the reverse is listed"
    )


class Referral(Row):
    """Past requests: one row of ``referrals.csv`` (optional; checked and kept, `solve` does not use it yet)."""

    term: Identifier = Field(description="term of the requests, for example 2026-T3")
    site_id: Identifier = Field(description="site_id")
    area_of_need: AreaOfNeed = Field(description="area of need")
    tier: Literal[1, 2, 3] = Field(description="tier")
    count: int = Field(ge=0, description="requests in that term")


class Roll(Row):
    """A site's roll in a year, past or projected: one row of ``rolls.csv`` (optional; `solve` does not use it yet)."""

    year: int = Field(ge=1990, le=2100, description="calendar year")
    site_id: Identifier = Field(description="site_id")
    roll: int = Field(ge=0, description="July roll")


class ClusterFile(Row):
    """``cluster.yaml``: the name, the terms and what has been agreed."""

    name: str = Field(min_length=1)
    terms: tuple[Term, ...] = Field(min_length=1, max_length=4)
    policy: Policy = Policy()
    roles: dict[str, Role] = Field(
        default_factory=dict, description="role id -> role; merged over the default role table"
    )
    travel: Travel = Travel()
    reporting: Reporting = Reporting()

    @field_validator("terms")
    @classmethod
    def _in_order(cls, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        if len({term.id for term in terms}) < len(terms):
            raise ValueError("two terms have the same id")
        if any(a.start >= b.start for a, b in pairwise(terms)):
            raise ValueError("terms must be in order of their start dates")
        return terms


class Cluster(Row):
    """A whole cluster, read and checked: what ``allocator.read_cluster`` returns and every solver takes.

    References between rows (a need's site, a person's base) have been checked by the reader; ``roles`` is the
    complete role table (defaults with the cluster's overrides on top).
    """

    name: str
    terms: tuple[Term, ...] = Field(min_length=1, max_length=4)
    policy: Policy = Policy()
    roles: dict[str, Role]
    travel: Travel = Travel()
    reporting: Reporting = Reporting()
    sites: tuple[Site, ...] = Field(min_length=1)
    staff: tuple[Staff, ...] = ()
    availability: tuple[Availability, ...] = ()
    needs: tuple[Need, ...] = ()
    supports: tuple[Support, ...] = ()
    travel_times: tuple[TravelTime, ...] = ()
    referrals: tuple[Referral, ...] = ()
    rolls: tuple[Roll, ...] = ()

    _notes: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _codes_are_unique(self) -> Cluster:
        for what, codes in (
            ("site_id", [row.site_id for row in self.sites]),
            ("staff_id", [row.staff_id for row in self.staff]),
            ("need_id", [row.need_id for row in self.needs]),
            ("support_id", [row.support_id for row in self.supports]),
        ):
            if len(set(codes)) < len(codes):
                twice = sorted({code for code in codes if codes.count(code) > 1})
                raise ValueError(f"{what} appears twice: {', '.join(twice)}")
        return self

    @cached_property
    def site(self) -> dict[str, Site]:
        """Sites by code."""
        return {row.site_id: row for row in self.sites}

    @cached_property
    def person(self) -> dict[str, Staff]:
        """People and posts by code."""
        return {row.staff_id: row for row in self.staff}

    @cached_property
    def need(self) -> dict[str, Need]:
        """Needs by code."""
        return {row.need_id: row for row in self.needs}

    @cached_property
    def support(self) -> dict[str, Support]:
        """Supports by code."""
        return {row.support_id: row for row in self.supports}

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader noticed and went on with, for example columns it ignored."""
        return self._notes
