"""Changes of the sites: their rolls, one that leaves, two clusters that become one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from pydantic import Field, model_validator

from allocator.io.similar import listed
from allocator.models.world import Cluster, Need, Site, Staff, Support
from scenarios.changes.base import (
    Change,
    Effect,
    Names,
    Refused,
    counted,
    edited,
    half_up,
    place_name,
    rebuilt,
    site_of,
)
from scenarios.changes.demand import ScaleDemand, scale_demand
from scenarios.changes.others import other_cluster
from scenarios.changes.ties import forget, release
from scenarios.changes.which import Which

_ROLLS = ("roll", "roll_years_1_8", "roll_years_1_10")


class ChangeRoll(Change):
    """More or fewer learners at some sites."""

    change: Literal["change_roll"] = "change_roll"
    sites: Names = Field(default=(), description="sites by code or name; blank = all")
    roll: int | None = Field(default=None, ge=0, description="the new roll, of each site")
    factor: float | None = Field(default=None, ge=0.0, le=10.0, description="1.05 is 5% more, instead")
    needs_follow: bool = Field(
        default=False, description="yes = the needs of these sites are scaled by the same factor"
    )
    seed: int = Field(default=1, ge=0, description="of the draw of needs, where they follow")

    @model_validator(mode="after")
    def _one_measure(self) -> ChangeRoll:
        if (self.roll is None) == (self.factor is None):
            raise ValueError("give either a roll or a factor")
        if self.needs_follow and (self.factor is None or self.factor == 0):
            raise ValueError("needs can follow a factor above 0 only")
        return self


class WithdrawSite(Change):
    """A site leaves the cluster, with its learners."""

    change: Literal["withdraw_site"] = "withdraw_site"
    site: str = Field(min_length=1, description="the site, by code or name")
    staff_to: str | None = Field(
        default=None, description="where the people based there are based from now on; blank = they leave too"
    )


class MergeClusters(Change):
    """Another cluster joins this one; policy and travel speeds stay this one's."""

    change: Literal["merge_clusters"] = "merge_clusters"
    cluster: str = Field(
        min_length=1, description="a folder or workbook beside the scenario, or a ready-made name"
    )
    prefix: str = Field(
        default="", max_length=20, description="put before every code of the other cluster, for example R-"
    )


def change_roll(cluster: Cluster, change: ChangeRoll) -> Effect:
    """Other rolls in sites.csv; with ``needs_follow`` also more or fewer needs."""
    chosen = [site_of(cluster, typed, "sites") for typed in change.sites] or [
        site for site in cluster.sites if site.type != "base"
    ]
    codes = {site.site_id for site in chosen}
    rows = tuple(_with_roll(site, change) if site.site_id in codes else site for site in cluster.sites)
    before, after = _total(cluster.sites), _total(rows)
    changed = sum(a != b for a, b in zip(cluster.sites, rows, strict=True))
    made, words = rebuilt(cluster, sites=rows), ""
    if change.needs_follow and change.factor != 1:
        which = Which(sites=tuple(sorted(codes)))
        effect = scale_demand(made, ScaleDemand(factor=change.factor, where=which, seed=change.seed))
        made, words = effect.cluster, "; " + effect.sentence.rstrip(".")
    if not changed:
        raise Refused(
            "roll" if change.roll is not None else "factor",
            "this changes nothing: the rolls stay as they are",
        )
    return Effect(
        made, f"sites: roll of {counted(changed, 'site')} changed, in all {before:,} → {after:,}{words}."
    )


def _total(sites: tuple[Site, ...]) -> int:
    return sum(site.roll for site in sites)


def _with_roll(site: Site, change: ChangeRoll) -> Site:
    factor = change.factor
    if factor is None:
        factor = (change.roll or 0) / site.roll if site.roll else 0.0
    parts: dict[str, Any] = {
        name: half_up(value * factor) for name in _ROLLS if (value := getattr(site, name)) is not None
    }
    if change.roll is not None:
        parts["roll"] = change.roll
    return edited(site, **parts)


def withdraw_site(cluster: Cluster, change: WithdrawSite) -> Effect:
    """The site's row goes, and every row that speaks of it."""
    site = site_of(cluster, change.site)
    code = site.site_id
    there = [row for row in cluster.staff if row.base_site == code]
    heir = None if change.staff_to is None else site_of(cluster, change.staff_to, "staff_to")
    if heir is not None and heir.site_id == code:
        raise Refused("staff_to", "this is the site that leaves", change.staff_to)
    if heir is not None and not there:
        raise Refused("staff_to", "this changes nothing: nobody is based at the site that leaves")
    if len(cluster.sites) == 1:
        raise Refused("site", "a cluster needs at least one site", change.site)
    gone = {row.staff_id for row in there} if heir is None else set()
    needs = [need for need in cluster.needs if need.site_id == code]
    made, _ = forget(cluster, gone)
    made = _without(made, code, None if heir is None else heir.site_id)
    more = ""
    if heir is not None:
        made, more = release(cluster, made, {row.staff_id for row in there})
    people = counted(len(there), "person", "people")
    where = f"leave{'s' * (len(there) == 1)} too" if heir is None else f"now based at {heir.name}"
    words = f"sites: {place_name(cluster, code)} withdrawn with {counted(len(needs), 'need')}"
    return Effect(made, f"{words}; {people} {where}{more}." if there else f"{words}; nobody is based there.")


def _without(cluster: Cluster, code: str, heir: str | None) -> Cluster:
    staff = []
    for row in cluster.staff:
        fields: dict[str, Any] = {}
        if row.base_site == code:
            fields["base_site"] = heir
        if row.employer == code:
            fields["employer"] = None
        if code in row.sites:
            # without its last site the list would be blank, and blank means every site
            fields["sites"] = tuple(each for each in row.sites if each != code) or (
                fields.get("base_site") or row.base_site,
            )
        staff.append(edited(row, **fields) if fields else row)
    return rebuilt(
        cluster,
        staff=tuple(staff),
        sites=tuple(row for row in cluster.sites if row.site_id != code),
        needs=tuple(row for row in cluster.needs if row.site_id != code),
        travel_times=tuple(row for row in cluster.travel_times if code not in (row.from_site, row.to_site)),
        referrals=tuple(row for row in cluster.referrals if row.site_id != code),
        rolls=tuple(row for row in cluster.rolls if row.site_id != code),
    )


def merge_clusters(cluster: Cluster, change: MergeClusters) -> Effect:
    """The other cluster's rows are added to ours, under their codes with the prefix."""
    other = other_cluster(change, change.cluster, "cluster")
    if [term.id for term in other.terms] != [term.id for term in cluster.terms]:
        theirs = ", ".join(term.id for term in other.terms)
        raise Refused("cluster", f"the other cluster plans other terms ({theirs})", change.cluster)
    renamed = _Renamed(cluster, other, change.prefix)
    clashes = renamed.clashes()
    if clashes:
        hint = "give a prefix" if not change.prefix else "give another prefix"
        raise Refused(
            "prefix", f"both clusters use the codes {listed(clashes)}; {hint}", change.prefix or None
        )
    made = rebuilt(
        cluster,
        roles={**other.roles, **cluster.roles},
        sites=(*cluster.sites, *map(renamed.site, other.sites)),
        staff=(*cluster.staff, *map(renamed.person, other.staff)),
        needs=(*cluster.needs, *map(renamed.need, other.needs)),
        supports=(*cluster.supports, *renamed.supports),
        **renamed.rest(),
    )
    differ = [code for code in other.roles if cluster.roles.get(code, other.roles[code]) != other.roles[code]]
    more = f"; roles {listed(differ)} follow this cluster's figures" if differ else ""
    size = f"{counted(len(other.sites), 'site')}, {counted(len(other.staff), 'person', 'people')}"
    return Effect(made, f"{other.name} joins with {size} and {counted(len(other.needs), 'need')}{more}.")


class _Renamed:
    """The rows of the other cluster as they are called in ours."""

    def __init__(self, ours: Cluster, other: Cluster, prefix: str) -> None:
        self._ours, self._other, self._prefix = ours, other, prefix
        self._support = {row.support_id: self._support_code(row) for row in other.supports}
        self.supports = tuple(
            edited(row, support_id=self._support[row.support_id])
            for row in other.supports
            if self._support[row.support_id] not in ours.support
        )

    def _support_code(self, row: Support) -> str:
        """The same support has one code; a different one under the same code gets the prefix."""
        same = self._ours.support.get(row.support_id)
        return row.support_id if same is None or same == row else self._prefix + row.support_id

    def clashes(self) -> list[str]:
        """Codes that would be there twice."""
        ours = self._ours
        new: tuple[tuple[str, Collection[str]], ...] = (
            *((self._prefix + row.site_id, ours.site) for row in self._other.sites),
            *((self._prefix + row.staff_id, ours.person) for row in self._other.staff),
            *((self._prefix + row.need_id, ours.need) for row in self._other.needs),
        )
        found = [code for code, taken in new if code in taken]
        found += [
            code
            for code, as_code in self._support.items()
            if as_code in ours.support and ours.support[as_code] != self._other.support[code]
        ]
        learners = {row.learner_id for row in ours.needs} - {None}
        both = {self._prefix + row.learner_id for row in self._other.needs if row.learner_id} & learners
        return [*found, *(["of some learners"] if both else [])]

    def _codes(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._prefix + code for code in codes)

    def site(self, row: Site) -> Site:
        """A site."""
        return edited(row, site_id=self._prefix + row.site_id, liaison=self._codes(row.liaison))

    def person(self, row: Staff) -> Staff:
        """A person."""
        employer = row.employer
        return edited(
            row,
            staff_id=self._prefix + row.staff_id,
            base_site=self._prefix + row.base_site,
            sites=self._codes(row.sites),
            employer=self._prefix + employer if employer in self._other.site and employer else employer,
        )

    def need(self, row: Need) -> Need:
        """A need; where it names no support, those of both catalogues will do."""
        return edited(
            row,
            need_id=self._prefix + row.need_id,
            learner_id=None if row.learner_id is None else self._prefix + row.learner_id,
            site_id=self._prefix + row.site_id,
            current_staff=None if row.current_staff is None else self._prefix + row.current_staff,
            forbidden_staff=self._codes(row.forbidden_staff),
            supports=tuple(self._support[code] for code in row.supports),
        )

    def rest(self) -> dict[str, Any]:
        """Tables in which codes are all there is to rename."""
        ours, other = self._ours, self._other
        p = self._prefix
        return {
            "availability": (
                *ours.availability,
                *(edited(row, staff_id=p + row.staff_id) for row in other.availability),
            ),
            "travel_times": (
                *ours.travel_times,
                *(
                    edited(row, from_site=p + row.from_site, to_site=p + row.to_site)
                    for row in other.travel_times
                ),
            ),
            "referrals": (
                *ours.referrals,
                *(edited(row, site_id=p + row.site_id) for row in other.referrals),
            ),
            "rolls": (*ours.rolls, *(edited(row, site_id=p + row.site_id) for row in other.rolls)),
        }
