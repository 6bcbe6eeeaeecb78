"""What a caller of the generator may turn."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from allocator.models.base import Row
from allocator.models.policy import Term

SCHOOL_YEAR: tuple[Term, ...] = (
    Term(id="2027-T1", weeks=10, start=dt.date(2027, 2, 1)),
    Term(id="2027-T2", weeks=10, start=dt.date(2027, 5, 3)),
    Term(id="2027-T3", weeks=10, start=dt.date(2027, 7, 26)),
    Term(id="2027-T4", weeks=10, start=dt.date(2027, 10, 18)),
)


class Settings(Row):
    """Choices of the generator beyond sites, seed and kind; every default gives a typical cluster."""

    register_share: float = Field(
        default=1.0, gt=0, le=3, description="multiplies the share of needs that reach the cluster's register"
    )
    school_support: bool = Field(
        default=True, description="also draw SENCO time, ORS teachers and teacher aides of the schools"
    )
    ministry: bool = Field(default=True, description="also draw Ministry specialists")
    coordinators: int | None = Field(
        default=None, ge=0, description="how many people share the coordinator time; blank = by its size"
    )
    rtlb: int | None = Field(
        default=None, ge=1, description="how many RTLB; blank = by roll in years 1 to 10"
    )
    rtlb_bases: int | None = Field(
        default=None, ge=1, description="schools where RTLB are based; blank = one per three of them"
    )
    rtlb_reach_minutes: float | None = Field(
        default=None, ge=0, description="one way; blank = the role table's"
    )
    pressure: float = Field(
        default=1.5, gt=0, le=5, description="hours asked per hour free, by role; the rest is standing hours"
    )
    most_standing: float = Field(
        default=0.7, ge=0, le=0.9, description="largest share of bookable hours that may be standing"
    )
    fixed_share: float = Field(
        default=0.4, ge=0, le=0.6, description="largest share of free hours in locked and tied rows"
    )
    liaison_agreed: float = Field(
        default=0.3, ge=0, le=1, description="share of sites whose liaison is already agreed"
    )
    history_terms: int = Field(default=12, ge=0, le=40, description="past terms of requests")
    history_years: int = Field(default=7, ge=0, le=20, description="past years of rolls")
    prefix: str = Field(
        default="", max_length=20, description="put before every code, so that clusters can be joined"
    )
