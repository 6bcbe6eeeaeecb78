"""Changes of who is to serve whom: pinned, forbidden."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from allocator.checking.world import World
from allocator.models.world import Cluster
from scenarios.changes.base import (
    Change,
    Effect,
    Refused,
    edited,
    need_of,
    person_of,
    place_name,
    rebuilt,
    site_of,
    swapped,
)
from scenarios.changes.ties import release


class _Agreement(Change):
    """A person, and the need or the site that is spoken of."""

    person: str = Field(min_length=1, description="staff_id")
    need: str | None = Field(default=None, description="need_id")
    site: str | None = Field(default=None, description="a site by code or name, instead of a need")

    @model_validator(mode="after")
    def _one(self) -> _Agreement:
        if (self.need is None) == (self.site is None):
            raise ValueError("give either a need or a site")
        return self


class Pin(_Agreement):
    """This person serves this need; or is the liaison of this site."""

    change: Literal["pin"] = "pin"


class Forbid(_Agreement):
    """This person does not serve this need; or nothing at this site."""

    change: Literal["forbid"] = "forbid"


def pin(cluster: Cluster, change: Pin) -> Effect:
    """A need locked to a person, or a liaison named."""
    person = person_of(cluster, change.person)
    if change.site is not None:
        return _pin_liaison(cluster, change, person.staff_id)
    need = need_of(cluster, change.need or "")
    if not need.planned:
        raise Refused("need", f"this need is {need.status} and takes no part in the plan", need.need_id)
    if need.locked and need.current_staff == person.staff_id:
        raise Refused(
            "need", f"this changes nothing: it is locked to {person.staff_id} already", need.need_id
        )
    if person.staff_id in need.forbidden_staff:
        raise Refused("person", "this person is forbidden for the need", person.staff_id)
    new = edited(need, current_staff=person.staff_id, locked=True)
    before = f" (now {need.current_staff})" if need.current_staff not in (None, person.staff_id) else ""
    made = rebuilt(cluster, needs=swapped(cluster.needs, need.need_id, new))
    return Effect(made, f"needs: {need.need_id} pinned to {person.staff_id}{before}.")


def _pin_liaison(cluster: Cluster, change: Pin, code: str) -> Effect:
    site = site_of(cluster, change.site or "")
    if not cluster.roles[cluster.person[code].role].liaison:
        raise Refused("person", "people of this role are not liaisons", code)
    if site.type not in cluster.policy.liaison_site_types:
        raise Refused("site", f"a site of type {site.type} has no liaison", change.site)
    if site.liaison == (code,):
        raise Refused("site", f"this changes nothing: {code} is its liaison already", change.site)
    made = rebuilt(cluster, sites=swapped(cluster.sites, site.site_id, edited(site, liaison=(code,))))
    return Effect(made, f"sites: {code} is the liaison of {place_name(cluster, site.site_id)}.")


def forbid(cluster: Cluster, change: Forbid) -> Effect:
    """A person among those who must not serve a need, or a site fewer that they may serve."""
    person = person_of(cluster, change.person)
    if change.site is not None:
        return _forbid_site(cluster, change)
    need = need_of(cluster, change.need or "")
    if person.staff_id in need.forbidden_staff:
        raise Refused(
            "need", f"this changes nothing: {person.staff_id} is forbidden for it already", need.need_id
        )
    if not need.planned:
        raise Refused("need", f"this need is {need.status} and takes no part in the plan", need.need_id)
    tied = need.current_staff == person.staff_id and World(cluster).tied(need)
    new = edited(
        need,
        forbidden_staff=(*need.forbidden_staff, person.staff_id),
        locked=need.locked and not tied,
        current_staff=None if tied else need.current_staff,
    )
    more = "; it was theirs until now and is open to others" if tied else ""
    made = rebuilt(cluster, needs=swapped(cluster.needs, need.need_id, new))
    return Effect(made, f"needs: {person.staff_id} must not serve {need.need_id}{more}.")


def _forbid_site(cluster: Cluster, change: Forbid) -> Effect:
    person, site = person_of(cluster, change.person), site_of(cluster, change.site or "")
    if site.site_id == person.base_site:
        raise Refused("site", f"{person.staff_id} is based there", change.site)
    world = World(cluster)
    allowed = tuple(row.site_id for row in cluster.sites if world.may_go(person.staff_id, row.site_id))
    if site.site_id not in allowed:
        raise Refused(
            "site",
            f"this changes nothing: {person.staff_id} cannot serve it anyway, by distance or by their sites",
            change.site,
        )
    left = tuple(code for code in (person.sites or allowed) if code != site.site_id)
    new = edited(person, sites=left or (person.base_site,))
    made = rebuilt(cluster, staff=swapped(cluster.staff, person.staff_id, new))
    made, more = release(cluster, made, {person.staff_id})
    return Effect(made, f"staff: {person.staff_id} must not serve {place_name(cluster, site.site_id)}{more}.")
