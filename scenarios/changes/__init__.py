"""The types of change: one model and one pure function cluster → cluster each."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from scenarios.changes.agreements import Forbid, Pin, forbid, pin
from scenarios.changes.base import Change, Effect, Function, Refused, Where
from scenarios.changes.demand import (
    AddNeeds,
    ConvertShape,
    ScaleDemand,
    add_needs,
    convert_shape,
    scale_demand,
)
from scenarios.changes.forecast import ForecastRow, UseForecast, use_forecast
from scenarios.changes.hours import LendStaff, Redeploy, lend_staff, redeploy
from scenarios.changes.people import (
    Absence,
    AddStaff,
    ChangeStaff,
    FillVacancy,
    RemoveStaff,
    Train,
    absence,
    add_staff,
    change_staff,
    fill_vacancy,
    remove_staff,
    train,
)
from scenarios.changes.settings import ChangePolicy, ChangeSupport, change_policy, change_support
from scenarios.changes.sites import (
    ChangeRoll,
    MergeClusters,
    WithdrawSite,
    change_roll,
    merge_clusters,
    withdraw_site,
)

FUNCTIONS: dict[type[Change], Function] = {
    AddStaff: add_staff,
    RemoveStaff: remove_staff,
    ChangeStaff: change_staff,
    Redeploy: redeploy,
    Absence: absence,
    Train: train,
    FillVacancy: fill_vacancy,
    AddNeeds: add_needs,
    ScaleDemand: scale_demand,
    UseForecast: use_forecast,
    ChangeRoll: change_roll,
    ChangeSupport: change_support,
    ConvertShape: convert_shape,
    WithdrawSite: withdraw_site,
    MergeClusters: merge_clusters,
    LendStaff: lend_staff,
    Pin: pin,
    Forbid: forbid,
    ChangePolicy: change_policy,
}
"""Each type of change and the function that makes it."""

TYPES: dict[str, type[Change]] = {str(kind.model_fields["change"].default): kind for kind in FUNCTIONS}
"""Each type of change by the name it has in a scenario."""

AnyChange = Annotated[
    AddStaff
    | RemoveStaff
    | ChangeStaff
    | Redeploy
    | Absence
    | Train
    | FillVacancy
    | AddNeeds
    | ScaleDemand
    | UseForecast
    | ChangeRoll
    | ChangeSupport
    | ConvertShape
    | WithdrawSite
    | MergeClusters
    | LendStaff
    | Pin
    | Forbid
    | ChangePolicy,
    Field(discriminator="change"),
]

__all__ = ["FUNCTIONS", "TYPES", "AnyChange", "Change", "Effect", "ForecastRow", "Refused", "Where"]
