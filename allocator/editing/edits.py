"""What a meeting may ask of an agreed proposal: pin, reject, move, another order of goals; who asks, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, ValidationError, model_validator

from allocator.io.phrases import sentence
from allocator.io.similar import did_you_mean
from allocator.models.base import Row
from allocator.models.policy import Goal, GoalLevel


class Edit(Row):
    """One thing asked for. Edits are listed oldest first."""

    by: str = Field(min_length=1, max_length=120, description="who asks for it")
    reason: str = Field(min_length=1, max_length=500, description="why")
    at: datetime | None = Field(default=None, description="when it was said; the order of the list counts")


class Pin(Edit):
    """This need is served by this person, or by this support, or both; or this person is a site's liaison."""

    edit: Literal["pin"] = "pin"
    need: str | None = Field(default=None, description="need_id")
    site: str | None = Field(default=None, description="a site by code or name, instead of a need")
    person: str | None = Field(default=None, description="staff_id")
    support: str | None = Field(default=None, description="support_id or name")

    @model_validator(mode="after")
    def _complete(self) -> Pin:
        if (self.need is None) == (self.site is None):
            raise ValueError("give either a need or a site")
        if self.site is not None and (self.person is None or self.support is not None):
            raise ValueError("a pin of a site names the person who is its liaison, and no support")
        if self.need is not None and self.person is None and self.support is None:
            raise ValueError("give the person, the support, or both")
        return self


class Reject(Edit):
    """This need is not served by this person; or is not in this group."""

    edit: Literal["reject"] = "reject"
    need: str = Field(min_length=1, description="need_id")
    person: str | None = Field(default=None, description="staff_id")
    group: str | None = Field(default=None, description="group_id in the agreed proposal")

    @model_validator(mode="after")
    def _one(self) -> Reject:
        if (self.person is None) == (self.group is None):
            raise ValueError("give either a person or a group")
        return self


class Move(Edit):
    """This need goes from one person to another."""

    edit: Literal["move"] = "move"
    need: str = Field(min_length=1, description="need_id")
    from_person: str = Field(min_length=1, description="staff_id of who serves it in the agreed proposal")
    to_person: str = Field(min_length=1, description="staff_id of who is to serve it")

    @model_validator(mode="after")
    def _two(self) -> Move:
        if self.from_person == self.to_person:
            raise ValueError("the two people are the same")
        return self


def _as_listed(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


def _goal_fault(entry: object, error: ValidationError) -> str:
    known = [str(goal) for goal in Goal]
    typed = entry if isinstance(entry, str) else (entry.get("goal") if isinstance(entry, dict) else None)
    if isinstance(typed, str) and typed not in known:
        return f"there is no goal `{typed}`{did_you_mean(typed, known) or '; known: ' + ', '.join(known)}"
    return sentence(error.errors()[0], None)


class Order(Edit):
    """The goals in another order, or with other weights; goals that are not named follow in their old order."""

    edit: Literal["order"] = "order"
    goals: Annotated[tuple[Any, ...], BeforeValidator(_as_listed)] = Field(
        min_length=1, description="goals in their new order, as under `goals:` in cluster.yaml"
    )

    @model_validator(mode="after")
    def _goals_exist(self) -> Order:
        names = []
        for entry in self.goals:
            try:
                names += list(GoalLevel.model_validate(entry).goals)
            except ValidationError as error:
                raise ValueError(_goal_fault(entry, error)) from None
        if len(set(names)) < len(names):
            raise ValueError("a goal appears twice in the order")
        return self


AnyEdit = Annotated[Pin | Reject | Move | Order, Discriminator("edit")]
EDITS: dict[str, type[Edit]] = {"pin": Pin, "reject": Reject, "move": Move, "order": Order}


class EditsFile(Row):
    """The content of an edits file."""

    edits: tuple[AnyEdit, ...] = Field(description="what was asked for, oldest first")
