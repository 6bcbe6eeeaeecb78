"""What the cluster has agreed: goals in order, limits, roles, travel, reporting (``cluster.yaml``)."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator, model_validator

from allocator.models.base import Day, Identifier, Row


class Goal(StrEnum):
    """The goals a panel may order (docs/model.md, "Goals"). The first listed is served first."""

    COMMITMENTS_KEPT = "commitments_kept"
    NEED_MET = "need_met"
    FAIRNESS = "fairness"
    LONGEST_WAITS = "longest_waits"
    CONTINUITY = "continuity"
    TRAVEL = "travel"
    LOCALITY = "locality"
    REACH = "reach"
    TIER_BALANCE = "tier_balance"
    EVEN_LOAD = "even_load"
    FEW_ADULTS = "few_adults"


MINIMISED = frozenset({Goal.TRAVEL, Goal.LOCALITY, Goal.TIER_BALANCE, Goal.EVEN_LOAD})
"""Goals counted as a cost; all others are counted as a gain."""


class GoalLevel(Row):
    """One level of the order: usually one goal; several with weights are added up.

    ``tolerance`` is the share of this level's value that later levels may give up.
    """

    goals: dict[Goal, int] = Field(min_length=1, description="goal -> whole-number weight within the level")
    tolerance: float = Field(default=0.0, ge=0.0, le=1.0)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        """A bare goal name, or ``{goal: need_met, tolerance: 0.01}``, is a level of one goal with weight 1."""
        if isinstance(value, str):
            return {"goals": {value: 1}}
        if isinstance(value, dict) and "goal" in value and "goals" not in value:
            rest = {key: item for key, item in value.items() if key != "goal"}
            return {"goals": {value["goal"]: 1}, **rest}
        return value

    @field_validator("goals")
    @classmethod
    def _fairness_stands_alone(cls, goals: dict[Goal, int]) -> dict[Goal, int]:
        if Goal.FAIRNESS in goals and len(goals) > 1:
            raise ValueError("fairness is a leximin and must be a level of its own")
        if any(weight < 1 for weight in goals.values()):
            raise ValueError("weights within a level are whole numbers from 1")
        return goals


def _default_order() -> tuple[GoalLevel, ...]:
    tolerances = {
        Goal.NEED_MET: 0.005,
        Goal.FAIRNESS: 0.02,
        Goal.LONGEST_WAITS: 0.02,
        Goal.TRAVEL: 0.02,
        Goal.REACH: 0.02,
        Goal.TIER_BALANCE: 0.02,
        Goal.EVEN_LOAD: 0.02,
    }
    return tuple(GoalLevel(goals={goal: 1}, tolerance=tolerances.get(goal, 0.0)) for goal in Goal)


class Fairness(Row):
    """Between whom need met is evened out, and how deep the leximin goes."""

    by: Literal["site", "equity_band", "group", "medium"] = "site"
    floor: float = Field(
        default=0.3, ge=0.0, le=1.0, description="share of asked value every group should reach first"
    )
    levels: int = Field(default=3, ge=1, le=100, description="how many of the worst-off are raised in turn")
    pool_below: int = Field(
        default=6,
        ge=1,
        description="groups with fewer needs are pooled, so that one child does not swing one",
    )
    equity_bands: tuple[float, float] = Field(
        default=(430.0, 490.0), description="equity index limits: fewer / moderate / more barriers"
    )


class Coordinators(Row):
    """How coordinator time is shared out (rule R10)."""

    block_fte: float = Field(default=0.1, gt=0.0, le=1.0, description="FTTE in one block")
    min_share_fte: float = Field(
        default=0.1, gt=0.0, le=1.0, description="the smallest share a site may hold"
    )
    learners_per_fte: float = Field(
        default=500.0, gt=0.0, description="learners of the cluster per 1.0 FTTE of entitlement"
    )
    enforce_entitlement: bool = Field(
        default=False, description="true: coordinators beyond the entitlement are a conflict, not a note"
    )


def _medium_languages() -> dict[str, tuple[str, ...]]:
    return {"maori": ("te_reo_maori",)}


class Negotiable(Row):
    """What may be offered so that an unmet need is met (``explain``): the most of each; 0 or no is not on offer."""

    fte: float = Field(default=0.2, ge=0.0, le=1.0, description="FTE more for one person")
    fte_by_role: dict[str, float] = Field(
        default_factory=dict, description="role -> FTE more for one person of that role, instead of fte"
    )
    new_fte: float = Field(default=0.2, ge=0.0, le=1.0, description="FTE of somebody new, in any role")
    fte_step: float = Field(
        default=0.05, ge=0.01, le=0.5, description="smallest difference in FTE worth a decision"
    )
    sites: int = Field(default=1, ge=0, le=5, description="sites more for one person")
    cases: int = Field(default=2, ge=0, le=20, description="open cases more for one person")
    travel_share: float = Field(
        default=0.05,
        ge=0.0,
        le=1.0,
        description="share of paid time more that a role may travel, in steps of 0.01",
    )
    reach_minutes: int = Field(
        default=15, ge=0, le=120, description="minutes more one way for a role, in steps of 5"
    )
    group_tiers: tuple[int, ...] = Field(
        default=(2,), description="tiers in which a group may take the place of one to one"
    )
    smaller_group: int = Field(
        default=1, ge=0, le=10, description="learners fewer than the least a group support asks for"
    )
    later_terms: int = Field(default=1, ge=0, le=3, description="terms later than latest_term")
    skills: int = Field(default=1, ge=0, le=5, description="skills or languages one person may learn")
    vacancies: bool = Field(default=True, description="whether a vacant post may be filled")


class Policy(Row):
    """The agreed goals and limits. Every figure is data: nothing here is fixed in code."""

    goals: tuple[GoalLevel, ...] = Field(default_factory=_default_order)
    counts: Literal["hours", "learners", "both"] = "hours"
    hours_per_learner: float = Field(
        default=10.0, gt=0.0, description="what one learner counts for when learners are counted"
    )
    priority_weights: dict[int, int] = Field(default_factory=lambda: {1: 8, 2: 5, 3: 3, 4: 2, 5: 1})
    waiting_discount: float = Field(
        default=0.1, ge=0.0, le=1.0, description="share of value lost per term of delay"
    )
    wait_cap_weeks: int = Field(
        default=52, ge=1, description="weeks of waiting beyond which more weeks count no more"
    )
    fairness: Fairness = Fairness()
    tier_floors: dict[int, float] = Field(default_factory=lambda: {1: 0.2, 2: 0.2, 3: 0.2})
    load_breaks: tuple[float, ...] = Field(
        default=(0.8, 0.95), description="shares of bookable time above which load counts as uneven"
    )
    year_bands: tuple[tuple[int, int], ...] = ((-5, 0), (1, 3), (4, 6), (7, 8), (9, 10), (11, 15))
    cross_site_minutes: float = Field(
        default=20.0, ge=0.0, description="how far a learner may travel to a shared group, one way"
    )
    tied_funding: tuple[str, ...] = ("ORS", "ORS_VH", "ICS")
    medium_languages: dict[str, tuple[str, ...]] = Field(default_factory=_medium_languages)
    liaison_site_types: tuple[str, ...] = (
        "contributing",
        "full_primary",
        "intermediate",
        "secondary",
        "composite",
        "kura",
        "special",
    )
    coordinators: Coordinators = Coordinators()
    handover_allowed: bool = Field(
        default=False, description="may a second person take over at a term boundary where the row allows it"
    )
    negotiable: Negotiable = Negotiable()

    @field_validator("goals")
    @classmethod
    def _goal_once(cls, goals: tuple[GoalLevel, ...]) -> tuple[GoalLevel, ...]:
        names = [goal for level in goals for goal in level.goals]
        if len(set(names)) < len(names):
            raise ValueError("a goal appears twice in the order")
        if not names:
            raise ValueError("at least one goal is needed")
        return goals

    @field_validator("year_bands")
    @classmethod
    def _bands_apart(cls, bands: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        ordered = sorted(bands)
        if any(low > high for low, high in ordered) or any(a[1] >= b[0] for a, b in pairwise(ordered)):
            raise ValueError("year bands must be from low to high and must not overlap")
        return bands


class Role(Row):
    """A kind of person: what a week of theirs holds and where its limits lie (sources: the role table in docs)."""

    name: str
    paid_hours: float = Field(default=37.5, gt=0.0, le=80.0, description="hours a week of 1.0 FTE")
    contact_share: float = Field(
        default=0.55, ge=0.0, le=1.0, description="share of paid time that can be booked"
    )
    reach_minutes: float = Field(default=60.0, ge=0.0, description="one-way minutes from base to a site")
    travel_share: float = Field(
        default=0.25, ge=0.0, le=1.0, description="share of paid time that may be travel"
    )
    day_hours: float = Field(
        default=5.0, gt=0.0, le=24.0, description="bookable hours at a site in one visit"
    )
    max_cases: int | None = Field(default=None, ge=0, description="open cases per 1.0 FTE; blank = no limit")
    max_sites: int | None = Field(default=None, ge=1)
    year_min: int | None = None
    year_max: int | None = None
    liaison: bool = Field(default=False, description="may be a site's liaison (R9)")
    liaison_hours: float = Field(default=1.0, ge=0.0, description="hours a week per site for the liaison")
    liaison_visits_per_week: float = Field(default=0.25, ge=0.0)
    coordinator: bool = Field(default=False, description="time is held by sites in shares (R10)")


class Travel(Row):
    """How minutes between two sites are estimated where ``travel.csv`` has no row."""

    speed_kmh: float = Field(default=50.0, gt=0.0, description="urban 30, mixed 50, rural 70")
    road_factor: float = Field(default=1.3, ge=1.0, description="road distance over great-circle distance")
    overhead_minutes: float = Field(default=10.0, ge=0.0, description="parking and sign-in, per visit")


class Reporting(Row):
    """Who may see what, and when a count is too small to show (checked and kept; no output follows it yet)."""

    audience: Literal["panel", "cluster", "public"] = "panel"
    suppress_below: int = Field(default=6, ge=0)
    round_to: int = Field(default=3, ge=1)


class Term(Row):
    """One school term of the horizon."""

    id: Identifier
    weeks: int = Field(default=10, ge=1, le=20)
    start: Day
