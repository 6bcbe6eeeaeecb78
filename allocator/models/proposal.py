"""The answer: who supports whom, what stays unmet and why, and how good it is, proved.

A proposal knows no solver. It is stored as JSON (schema: ``allocator schema proposal``); the part about needs
without cluster consent is stored apart (rule R8), in a file that stays with the schools.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from allocator.models.policy import Goal


class Status(StrEnum):
    """What is known about the proposal; it comes from bounds, never from a solver's word."""

    PROVED_BEST = "proved best"
    WITHIN = "within a proved gap of the best possible"
    BEST_FOUND = "best found so far"


class StopReason(StrEnum):
    """Why the search stopped: a fact apart from what was found."""

    PROVED = "every goal proved"
    GAP = "gap reached"
    TIME = "time limit"
    WORK = "work limit"
    INTERRUPTED = "interrupted"


class UnmetReason(StrEnum):
    """Why a need is unmet: a closed list, in the order in which the tests are made (docs/model.md, "Unmet reasons")."""

    NO_SUPPORT = "no support in the catalogue fits"
    NO_ELIGIBLE_PERSON = "no eligible person"
    CONSENT = "consent"
    TOO_FAR = "too far"
    NOT_AVAILABLE = "eligible people are away or the post is vacant"
    START_WINDOW = "start window"
    GROUP_BELOW_MINIMUM = "group below minimum"
    FULL_HOURS = "all eligible people full in those terms"
    FULL_CASES = "case limit of all eligible people reached"
    FULL_SITES = "site limit of all eligible people reached"
    FULL_TRAVEL = "travel limit of all eligible people reached"
    FULL_SHARE = "the site's coordinator share is used up"
    OUTRANKED = "outranked by higher goals"
    NOT_SEARCHED = "would fit; the search stopped before placing it"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Allocation(_Part):
    """One need served by one person (two rows where a project is shared or a service is handed over)."""

    need_id: str
    learner_id: str | None
    site_id: str = Field(description="the learner's site")
    meets_at: str = Field(description="the site where it happens")
    support_id: str
    staff_id: str
    start_term: str = Field(description="the term in which the whole service starts")
    terms: tuple[str, ...] = Field(description="terms in which this person gives it")
    minutes_per_week: int = Field(description="this person's delivery; for a group the group's, spent once")
    reduced: bool = Field(default=False, description="the smaller dose")
    group_id: str | None = None
    part: int = Field(
        default=0, description="0 whole; 1 and 2 the two parts of a shared project or a handover"
    )
    value: int = Field(
        description="value points of this row; of a need in two parts, the first row carries all"
    )


class Group(_Part):
    """Learners who meet together: same support, one leader, hours spent once (R4)."""

    group_id: str
    support_id: str
    staff_id: str
    site_id: str = Field(description="where it meets")
    start_term: str
    terms: tuple[str, ...]
    year_band: tuple[int, int] | None
    minutes_per_week: int
    cross_site: bool
    members: int


class Visit(_Part):
    """How often a person goes to a site in a term (R5); never the own base."""

    staff_id: str
    site_id: str
    term: str
    quarters: int = Field(ge=1, description="visits per week, in quarters: 4 is weekly, 1 is monthly")
    travel_minutes_per_week: int


class Share(_Part):
    """A block of coordinator time held by a site (R10)."""

    staff_id: str
    site_id: str
    blocks: int
    fte: float
    employs: bool


class Liaison(_Part):
    """The one RTLB a site talks to (R9)."""

    site_id: str
    term: str
    staff_id: str


class Lead(_Part):
    """The one lead worker of a supported learner (R9)."""

    learner_id: str
    staff_id: str


class Unmet(_Part):
    """A need that stays unmet, with the reason that binds, derived from the rules."""

    need_id: str
    reason: UnmetReason
    detail: str = Field(description="one sentence with the people, limits or numbers behind the reason")


class Stage(_Part):
    """One stage of the ordered search: a goal, what was found, what was proved."""

    name: str = Field(description="the goal, or for fairness the step of the leximin, for example fairness.2")
    goals: tuple[Goal, ...]
    sense: str = Field(pattern="^(max|min)$")
    value: int
    bound: int = Field(description="proved: no plan that holds the earlier stages' floors does better")
    floor: int = Field(description="what later stages had to hold (for min: not exceed)")
    unit: str

    @property
    def proved(self) -> bool:
        """Whether no better value exists."""
        return self.value == self.bound

    @property
    def gap(self) -> float:
        """Distance from value to bound as a share of the larger of the two; 0 when proved."""
        largest = max(abs(self.value), abs(self.bound))
        return abs(self.bound - self.value) / largest if largest else 0.0


class Withheld(_Part):
    """All the cluster may know about needs without cluster consent: counts (R8)."""

    needs: int = 0
    served: int = 0
    value: int = Field(default=0, description="value points, so that goals can be added up")


class ReservedTime(_Part):
    """Time and cases of a person taken, at their own site, by needs that are withheld."""

    staff_id: str
    term: str
    minutes_per_week: int
    cases: int


class SiteOnly(_Part):
    """What stays with the schools: allocations of needs without cluster consent (R8)."""

    allocations: tuple[Allocation, ...] = ()
    groups: tuple[Group, ...] = ()
    leads: tuple[Lead, ...] = ()
    unmet: tuple[Unmet, ...] = ()


class Conflict(_Part):
    """One member of a set that cannot hold together: a rule, and the rows it speaks of."""

    rule: str
    what: str = Field(description="in the user's words")
    rows: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


class Proposal(_Part):
    """A complete proposal. The same input, seed, version and deterministic limit give the same bytes."""

    format: str = "allocator-proposal-1"
    cluster: str
    fingerprint: str = Field(description="SHA-256 of the cluster's rows and policy")
    status: Status
    stopped: StopReason
    strategy: str = Field(description="which backend made it")
    seed: int
    versions: dict[str, str]
    limits: dict[str, float | int | None]
    stages: tuple[Stage, ...]
    goal_values: dict[Goal, int] = Field(
        description="every goal's value for this plan; fairness is the lowest share in basis points"
    )
    shares_met: dict[str, int] = Field(
        description="fairness group -> value met over value asked, in basis points"
    )
    allocations: tuple[Allocation, ...]
    groups: tuple[Group, ...]
    visits: tuple[Visit, ...]
    shares: tuple[Share, ...]
    liaisons: tuple[Liaison, ...]
    leads: tuple[Lead, ...]
    unmet: tuple[Unmet, ...]
    withheld: Withheld = Withheld()
    reserved: tuple[ReservedTime, ...] = ()
    insertion_exhausted: bool = Field(description="no single unmet need fits into the plan as it stands")
    site_only: SiteOnly | None = Field(
        default=None, exclude=True, description="never part of the shared file"
    )
