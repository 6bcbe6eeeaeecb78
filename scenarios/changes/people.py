"""Changes of who works in the cluster: who comes, who goes, who is away, who learns something new."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from allocator.checking.world import World
from allocator.models.base import Day
from allocator.models.world import Availability, Cluster, Staff
from allocator.reporting.words import spelled
from scenarios.changes.base import (
    Change,
    Effect,
    Names,
    Refused,
    counted,
    differences,
    edited,
    person_of,
    place_name,
    rebuilt,
    role_of,
    rounded,
    site_of,
    swapped,
    term_of,
)
from scenarios.changes.rows import read_cells, validated
from scenarios.changes.ties import forget, release

StaffRow = Annotated[Staff, BeforeValidator(read_cells(Staff))]
DAYS_A_WEEK = 7


class AddStaff(Change):
    """Somebody new, or a new post."""

    change: Literal["add_staff"] = "add_staff"
    staff: StaffRow = Field(description="a row of staff.csv; base_site, sites and role may be names")


class RemoveStaff(Change):
    """A person or post goes."""

    change: Literal["remove_staff"] = "remove_staff"
    person: str = Field(min_length=1, description="staff_id")


class ChangeStaff(Change):
    """Other figures in a person's row."""

    change: Literal["change_staff"] = "change_staff"
    person: str = Field(min_length=1, description="staff_id")
    set: dict[str, Any] = Field(min_length=1, description="column of staff.csv -> its new value")


class Absence(Change):
    """Somebody is away for a term, or between two dates."""

    change: Literal["absence"] = "absence"
    person: str = Field(min_length=1, description="staff_id")
    term: str | None = Field(default=None, description="a term id: away for all of it")
    first_day: Day | None = Field(default=None, description="first day away, instead of a term")
    last_day: Day | None = Field(default=None, description="last day away; blank = to the end of the plan")
    share: float = Field(
        default=1.0, gt=0.0, le=1.0, description="share of the person's hours that is missing"
    )

    @model_validator(mode="after")
    def _term_or_days(self) -> Absence:
        if (self.term is None) == (self.first_day is None):
            raise ValueError("give either a term or a first_day")
        if self.first_day is not None and self.last_day is not None and self.last_day < self.first_day:
            raise ValueError("last_day must not be before first_day")
        return self


class Train(Change):
    """A person learns a skill or a language."""

    change: Literal["train"] = "train"
    person: str = Field(min_length=1, description="staff_id")
    skills: Names = Field(default=(), description="skills gained")
    languages: Names = Field(default=(), description="languages gained")

    @model_validator(mode="after")
    def _something(self) -> Train:
        if not self.skills and not self.languages:
            raise ValueError("give skills, languages or both")
        return self


class FillVacancy(Change):
    """A vacant post is filled."""

    change: Literal["fill_vacancy"] = "fill_vacancy"
    person: str = Field(min_length=1, description="staff_id of the vacant post")
    first_day: Day | None = Field(default=None, description="first day at work; blank = from the start")
    skills: Names = Field(default=(), description="skills the new person has besides those of the post")
    languages: Names = Field(default=(), description="languages the new person has besides those of the post")


def add_staff(cluster: Cluster, change: AddStaff) -> Effect:
    """One row more in staff.csv."""
    row = change.staff
    if row.staff_id in cluster.person:
        raise Refused(("staff", "staff_id"), "this person is in the cluster already", row.staff_id)
    row = edited(
        row,
        role=role_of(cluster, row.role, ("staff", "role")),
        base_site=site_of(cluster, row.base_site, ("staff", "base_site")).site_id,
        sites=tuple(site_of(cluster, code, ("staff", "sites")).site_id for code in row.sites),
    )
    what = cluster.roles[row.role].name
    words = f"staff: {row.staff_id} added, {what}, {row.fte:g} FTE at {place_name(cluster, row.base_site)}."
    return Effect(rebuilt(cluster, staff=(*cluster.staff, row)), words)


def remove_staff(cluster: Cluster, change: RemoveStaff) -> Effect:
    """One row fewer in staff.csv, and nothing that still speaks of the person."""
    row = person_of(cluster, change.person)
    made, more = forget(cluster, {row.staff_id})
    return Effect(made, f"staff: {row.staff_id} removed, {row.role} of {row.fte:g} FTE{more}.")


def change_staff(cluster: Cluster, change: ChangeStaff) -> Effect:
    """Some cells of one row of staff.csv."""
    row = person_of(cluster, change.person)
    if "staff_id" in change.set:
        raise Refused(
            ("set", "staff_id"), "a code stays what it is; remove the person and add another", row.staff_id
        )
    wanted = dict(change.set)
    if isinstance(wanted.get("base_site"), str):
        wanted["base_site"] = site_of(cluster, wanted["base_site"], ("set", "base_site")).site_id
    new = validated(row, wanted, "set")
    if new == row:
        raise Refused("set", f"this changes nothing: {row.staff_id} has these values already")
    made = rebuilt(cluster, staff=swapped(cluster.staff, row.staff_id, new))
    made, more = release(cluster, _checked(made, new), {row.staff_id})
    return Effect(made, f"staff: {row.staff_id}: {differences(row, new)}{more}.")


def _checked(cluster: Cluster, row: Staff) -> Cluster:
    """The codes in a changed row exist; ties are only worked out for a cluster in which they do."""
    role_of(cluster, row.role, ("set", "role"))
    for code in row.sites:
        site_of(cluster, code, ("set", "sites"))
    return cluster


def absence(cluster: Cluster, change: Absence) -> Effect:
    """Fewer paid hours in availability.csv, term by term."""
    row, world = person_of(cluster, change.person), World(cluster)
    missing = _missing(cluster, change)
    hours: dict[str, float] = {}
    for position, term in enumerate(cluster.terms):
        paid = world.paid[row.staff_id, position]
        if paid and missing[term.id]:
            hours[term.id] = rounded(paid * (1 - missing[term.id]) / 60)
    if not hours:
        when = change.term or f"{change.first_day} to {change.last_day or 'the end'}"
        raise Refused(
            "term" if change.term else "first_day",
            f"this changes nothing: {row.staff_id} has no hours then",
            when,
        )
    made = with_hours(cluster, row.staff_id, hours)
    made, more = release(cluster, made, {row.staff_id})
    words = ", ".join(f"{left:g} hours a week in {term}" for term, left in hours.items())
    return Effect(made, f"availability: {row.staff_id} has {words}{more}.")


def _missing(cluster: Cluster, change: Absence) -> dict[str, float]:
    """Term -> the share of the person's hours in it that is missing."""
    if change.term is not None:
        away = term_of(cluster, change.term)
        return {term.id: change.share if term.id == away else 0.0 for term in cluster.terms}
    first, last = change.first_day or date.min, change.last_day or date.max
    shares = {}
    for term in cluster.terms:
        days = term.weeks * DAYS_A_WEEK
        start, end = max(first, term.start), min(last, term.start + timedelta(days=days - 1))
        shares[term.id] = change.share * max(0, (end - start).days + 1) / days
    return shares


def with_hours(cluster: Cluster, staff_id: str, hours: dict[str, float]) -> Cluster:
    """The cluster in which a person has these paid hours a week in these terms."""
    kept = tuple(row for row in cluster.availability if row.staff_id != staff_id or row.term not in hours)
    new = tuple(Availability(staff_id=staff_id, term=t, hours_per_week=h) for t, h in hours.items())
    return rebuilt(cluster, availability=(*kept, *new))


def train(cluster: Cluster, change: Train) -> Effect:
    """More skills or languages in one row of staff.csv."""
    row = person_of(cluster, change.person)
    new = edited(
        row,
        skills=_joined(row.skills, change.skills),
        languages=_joined(row.languages, change.languages),
    )
    if new == row:
        held = spelled((*change.skills, *change.languages))
        raise Refused("skills" if change.skills else "languages", "this changes nothing: held already", held)
    made = rebuilt(cluster, staff=swapped(cluster.staff, row.staff_id, new))
    return Effect(made, f"staff: {row.staff_id}: {differences(row, new)}.")


def _joined(held: tuple[str, ...], gained: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*held, *gained)))


def fill_vacancy(cluster: Cluster, change: FillVacancy) -> Effect:
    """A vacant post becomes a person."""
    row = person_of(cluster, change.person)
    if not row.vacant:
        posts = [each.staff_id for each in cluster.staff if each.vacant]
        few = f"; vacant: {', '.join(posts)}" if posts else ""
        raise Refused("person", f"this changes nothing: the post is not vacant{few}", row.staff_id)
    late = row.available_to
    if change.first_day is not None and late is not None and change.first_day > late:
        raise Refused("first_day", f"the post ends on {late}, before this day", change.first_day)
    new = edited(
        row,
        vacant=False,
        available_from=change.first_day,
        skills=_joined(row.skills, change.skills),
        languages=_joined(row.languages, change.languages),
    )
    made = rebuilt(cluster, staff=swapped(cluster.staff, row.staff_id, new))
    gained = _weekly(made, row.staff_id) - _weekly(cluster, row.staff_id)
    words = f"staff: {row.staff_id} filled ({differences(row, new)}), {counted_hours(gained)} a week more."
    return Effect(made, words)


def _weekly(cluster: Cluster, staff_id: str) -> float:
    """Paid hours a week of a person, averaged over the plan's weeks."""
    world, weeks = World(cluster), sum(term.weeks for term in cluster.terms)
    minutes = sum(world.paid[staff_id, t] * term.weeks for t, term in enumerate(cluster.terms))
    return minutes / 60 / weeks


def counted_hours(hours: float) -> str:
    """``7.5 paid hours``."""
    return counted(1, "paid hour") if rounded(hours) == 1 else f"{hours:.4g} paid hours"
