"""Changes of where a person's hours are spent: redeployed within the cluster, lent, borrowed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from allocator.checking.world import World
from allocator.models.world import Availability, Cluster, Staff
from scenarios.changes.base import (
    Change,
    Effect,
    Names,
    Refused,
    edited,
    fresh,
    half_up,
    person_of,
    place_name,
    rebuilt,
    rounded,
    site_of,
    swapped,
    term_of,
)
from scenarios.changes.others import other_cluster
from scenarios.changes.people import with_hours
from scenarios.changes.ties import forget, release


class Amount(Change):
    """A change of some of a person's time, in FTE or in paid hours a week."""

    person: str = Field(min_length=1, description="staff_id")
    fte: float | None = Field(default=None, gt=0.0, le=1.5, description="how much, in FTE")
    hours: float | None = Field(default=None, gt=0.0, le=80.0, description="how much, in paid hours a week")

    @model_validator(mode="after")
    def _one_measure(self) -> Amount:
        if self.fte is not None and self.hours is not None:
            raise ValueError("give fte or hours, not both")
        return self


class Redeploy(Amount):
    """Some or all of a person's time goes to another site, another base, or out of the cluster."""

    change: Literal["redeploy"] = "redeploy"
    from_site: str | None = Field(default=None, description="site the time is taken from; blank = the base")
    to_site: str | None = Field(default=None, description="site the time goes to, by code or name")
    to_cluster: str | None = Field(default=None, description="name of another cluster, instead of a site")

    @model_validator(mode="after")
    def _one_goal(self) -> Redeploy:
        if (self.to_site is None) == (self.to_cluster is None):
            raise ValueError("give either to_site or to_cluster")
        return self


class LendStaff(Amount):
    """A person's time is lent to another cluster for some terms, or borrowed from one."""

    change: Literal["lend_staff"] = "lend_staff"
    to_cluster: str | None = Field(default=None, description="name of the cluster that borrows")
    from_cluster: str | None = Field(
        default=None, description="the cluster that lends: a folder beside the scenario, or a ready-made name"
    )
    base_site: str | None = Field(
        default=None, description="where somebody borrowed is based here, by code or name"
    )
    code: str | None = Field(default=None, description="staff_id here of somebody borrowed; blank = as there")
    terms: Names = Field(default=(), description="in these terms; blank = in all")

    @model_validator(mode="after")
    def _one_way(self) -> LendStaff:
        if (self.to_cluster is None) == (self.from_cluster is None):
            raise ValueError("give either to_cluster (we lend) or from_cluster (we borrow)")
        if (self.base_site is None) != (self.from_cluster is None):
            raise ValueError(
                "base_site says where somebody borrowed is based: give it with from_cluster only"
            )
        return self


def redeploy(cluster: Cluster, change: Redeploy) -> Effect:
    """Part of a person's row becomes a row of its own elsewhere; with all the time, the row itself moves."""
    row = person_of(cluster, change.person)
    if not row.movable:
        raise Refused("person", "the cluster cannot redeploy these hours (movable is no)", row.staff_id)
    amount = _fte(cluster, change, row)
    start = _start(cluster, change, row)
    if change.to_cluster is not None:
        return _leave(cluster, row, amount, change.to_cluster, "redeployed")
    goal = site_of(cluster, change.to_site or "", "to_site").site_id
    if goal == start:
        raise Refused("to_site", "this changes nothing: the time is there already", goal)
    moved = _moved(row, start, goal)
    if amount == row.fte:
        made = rebuilt(cluster, staff=swapped(cluster.staff, row.staff_id, moved))
    else:
        made = _split(cluster, row, moved, amount, f"{row.staff_id}@{goal}")
    made, more = release(cluster, made, {row.staff_id})
    how = "all of it" if amount == row.fte else f"{rounded(row.fte - amount):g} FTE stays"
    way = f"{place_name(cluster, start)} → {place_name(cluster, goal)}"
    return Effect(made, f"staff: {row.staff_id}: {amount:g} FTE {way}, {how}{more}.")


def _fte(cluster: Cluster, change: Amount, row: Staff) -> float:
    """The time asked, in FTE; all of it if nothing is said."""
    key = "fte" if change.fte is not None else "hours"
    amount = change.fte
    if change.hours is not None:
        amount = rounded(change.hours / cluster.roles[row.role].paid_hours)
    if amount is None:
        return row.fte
    if amount > row.fte + 1e-6:
        found = f"{change.fte:g} FTE" if change.fte is not None else f"{change.hours:g} hours"
        full = rounded(row.fte * cluster.roles[row.role].paid_hours)
        raise Refused(key, f"{row.staff_id} has {row.fte:g} FTE, {full:g} paid hours a week", found)
    return min(amount, row.fte)


def _start(cluster: Cluster, change: Redeploy, row: Staff) -> str:
    if change.from_site is None:
        return row.base_site
    start = site_of(cluster, change.from_site, "from_site").site_id
    if start != row.base_site and start not in row.sites:
        base = place_name(cluster, row.base_site)
        listed = f", and serves only {', '.join(row.sites)} besides" if row.sites else ""
        raise Refused("from_site", f"{row.staff_id} is based at {base}{listed}", change.from_site)
    return start


def _moved(row: Staff, start: str, goal: str) -> Staff:
    """The row as it is for the time that moves: another base, or another of the sites it is limited to."""
    sites = tuple(dict.fromkeys(goal if code == start else code for code in row.sites))
    if start == row.base_site:
        return edited(row, base_site=goal, sites=sites)
    return edited(row, sites=sites)


def _split(cluster: Cluster, row: Staff, moved: Staff, amount: float, wanted: str) -> Cluster:
    """Two rows for one person: what is counted (cases, promised hours, paid hours) is shared by FTE."""
    share = amount / row.fte
    cases = None if row.max_cases is None else half_up(row.max_cases * share)
    promised = rounded(row.standing_hours * share)
    new = edited(
        moved,
        staff_id=fresh(wanted, cluster.person),
        fte=rounded(amount),
        max_cases=cases,
        standing_hours=promised,
    )
    rest = edited(
        row,
        fte=rounded(row.fte - amount),
        max_cases=None if row.max_cases is None or cases is None else row.max_cases - cases,
        standing_hours=rounded(row.standing_hours - promised),
    )
    made = rebuilt(cluster, staff=swapped(cluster.staff, row.staff_id, rest, new))
    for given in cluster.availability:
        if given.staff_id == row.staff_id:
            gone = rounded(given.hours_per_week * share)
            made = with_hours(made, row.staff_id, {given.term: rounded(given.hours_per_week - gone)})
            made = with_hours(made, new.staff_id, {given.term: gone})
    return made


def _leave(cluster: Cluster, row: Staff, amount: float, to: str, how: str) -> Effect:
    """Time that leaves the cluster for good."""
    if amount == row.fte:
        made, more = forget(cluster, {row.staff_id})
        return Effect(made, f"staff: {row.staff_id} removed, {amount:g} FTE {how} to {to}{more}.")
    whole = _split(cluster, row, row, amount, row.staff_id)
    (left,) = {each.staff_id for each in whole.staff} - set(cluster.person)
    made, _ = forget(whole, {left})
    made, more = release(cluster, made, {row.staff_id})
    stays = f"{rounded(row.fte - amount):g} FTE stays"
    return Effect(made, f"staff: {row.staff_id}: {amount:g} FTE {how} to {to}, {stays}{more}.")


def lend_staff(cluster: Cluster, change: LendStaff) -> Effect:
    """Fewer hours of ours, or a row of theirs, in the terms named."""
    terms = tuple(term_of(cluster, each, "terms") for each in change.terms)
    if change.from_cluster is not None:
        return _borrow(cluster, change, terms)
    row = person_of(cluster, change.person)
    if not row.movable:
        raise Refused("person", "the cluster cannot redeploy these hours (movable is no)", row.staff_id)
    amount = _fte(cluster, change, row)
    if not terms:
        return _leave(cluster, row, amount, change.to_cluster or "", "lent")
    world, left = World(cluster), {}
    for position, term in enumerate(cluster.terms):
        paid = world.paid[row.staff_id, position]
        if term.id in terms and paid:
            left[term.id] = rounded(paid * (1 - amount / row.fte) / 60)
    if not left:
        raise Refused("terms", f"this changes nothing: {row.staff_id} has no hours then", ", ".join(terms))
    made, more = release(cluster, with_hours(cluster, row.staff_id, left), {row.staff_id})
    words = ", ".join(f"{hours:g} hours a week stay in {term}" for term, hours in left.items())
    return Effect(
        made, f"availability: {row.staff_id}: {amount:g} FTE lent to {change.to_cluster}, {words}{more}."
    )


def _borrow(cluster: Cluster, change: LendStaff, terms: tuple[str, ...]) -> Effect:
    other = other_cluster(change, change.from_cluster or "", "from_cluster")
    row = person_of(other, change.person)
    if row.role not in cluster.roles:
        raise Refused("person", f"this cluster has no role {row.role}", row.staff_id)
    code = change.code or row.staff_id
    if code in cluster.person:
        raise Refused(
            "code" if change.code else "person", "the code is taken here; give another as `code`", code
        )
    amount, world = _fte(other, change, row), World(other)
    if not world.works_at_all(row.staff_id):
        raise Refused("person", f"this changes nothing: {row.staff_id} has no hours there", row.staff_id)
    base = site_of(cluster, change.base_site or "", "base_site").site_id
    # promised hours, limits to sites and an employing school belong to the lending cluster
    new = edited(
        row,
        employer=None if row.employer in other.site else row.employer,
        staff_id=code,
        fte=rounded(amount),
        base_site=base,
        sites=(),
        standing_hours=0.0,
        max_cases=None,
    )
    away = tuple(
        Availability(staff_id=code, term=term.id, hours_per_week=0.0)
        for term in cluster.terms
        if terms and term.id not in terms
    )
    made = rebuilt(cluster, staff=(*cluster.staff, new), availability=(*cluster.availability, *away))
    when = f" in {', '.join(terms)}" if terms else ""
    words = f"staff: {code} borrowed from {other.name}, {row.role} of {amount:g} FTE"
    return Effect(made, f"{words} at {place_name(cluster, base)}{when}.")
