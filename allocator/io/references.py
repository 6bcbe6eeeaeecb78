"""Checks that need more than one row: every reference resolves, nothing is there twice, figures fit together.

A plan that contradicts itself (two liaisons for one site, more tied hours than a week has) is no fault of the
input: solving proves that it cannot hold. Here only what cannot even be read as a cluster is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from allocator.errors import Fault
from allocator.io.columns import Kind, columns
from allocator.io.files import REFERENCES
from allocator.io.policy_checks import policy_faults
from allocator.io.rows import Placed, Rows
from allocator.io.settings import Settings
from allocator.io.similar import did_you_mean, listed
from allocator.io.tables import Findings
from allocator.models.world import AreaOfNeed, ClusterFile, Need, Site, Staff, Support, TravelTime

_NOUN = {"sites": "site", "staff": "person", "supports": "support", "terms": "term", "roles": "role"}


@dataclass(frozen=True)
class World:
    """All that was read, valid or not: ``tables`` by stem, ``supports`` as they will be used."""

    settings: Settings
    file: ClusterFile | None
    tables: dict[str, Rows[Any]]
    supports: tuple[Support, ...]

    def rows(self, stem: str) -> list[Placed[Any]]:
        """The valid rows of a table; none if it was not given."""
        return self.tables[stem].placed if stem in self.tables else []

    def codes(self, target: str) -> set[str] | None:
        """The codes a reference may hold; ``None`` if they could not be read, so that nothing can be said."""
        if target == "terms":
            return {term.id for term in self.file.terms} if self.file is not None else None
        if target == "roles":
            return set(self.file.roles) if self.file is not None else None
        if target == "supports" and target not in self.tables:
            return {support.support_id for support in self.supports}
        table = self.tables.get(target)
        return table.codes if table is not None and table.readable else None


def check_references(world: World, findings: Findings) -> None:
    """Add the faults (and a few notes) of every check below to ``findings``."""
    for check in CHECKS:
        findings.faults += check(world)
    findings.notes += _consent_notes(world)


def references_resolve(world: World) -> Iterator[Fault]:
    """A code that refers to a site, person, support, role or term names one that is there."""
    for (stem, column), target in REFERENCES.items():
        known = world.codes(target)
        if stem not in world.tables or known is None:
            continue
        table = world.tables[stem]
        several = columns(table.spec.model)[column].kind is Kind.WORDS
        for placed in table.placed:
            value = getattr(placed.row, column)
            for code in value if several else (value,):
                if code is not None and code not in known:
                    yield table.fault(placed, column, _unresolved(code, target, known), code)


def _unresolved(code: str, target: str, known: set[str]) -> str:
    where = {"terms": "the terms", "roles": "the role table"}.get(target, target)
    hint = did_you_mean(code, sorted(known))
    few = f"; known: {listed(sorted(known))}" if not hint and 0 < len(known) <= 12 else ""
    return f"there is no such {_NOUN[target]} in {where}{hint}{few}"


def rows_are_unique(world: World) -> Iterator[Fault]:
    """No two rows of a file share their code, or the columns that make a row."""
    for table in world.tables.values():
        first: dict[tuple[Any, ...], int] = {}
        for placed in table.placed:
            key = tuple(getattr(placed.row, name) for name in table.spec.key)
            if key in first:
                what = " and ".join(table.spec.key)
                message = f"the same {what} as in row {first[key]}; each may appear once"
                yield table.fault(placed, table.spec.key[0], message, ", ".join(map(str, key)))
            else:
                first[key] = placed.line


def sites_can_be_reached(world: World) -> Iterator[Fault]:
    """Two coordinates or none; a site without any has a row in travel.csv for every other site."""
    if "sites" not in world.tables or ("travel" in world.tables and not world.tables["travel"].readable):
        return
    table = world.tables["sites"]
    listed_pairs = _pairs(world.rows("travel"))
    sites: list[Placed[Site]] = table.placed
    for placed in sites:
        site = placed.row
        if (site.latitude is None) != (site.longitude is None):
            column = "latitude" if site.latitude is None else "longitude"
            yield table.fault(placed, column, "expected both latitude and longitude, or neither")
        elif site.latitude is None:
            missing = [
                other.row.site_id
                for other in sites
                if other.row.site_id != site.site_id
                and not site.type == other.row.type == "base"
                and frozenset((site.site_id, other.row.site_id)) not in listed_pairs
            ]
            if missing:
                message = "a site without coordinates needs its minutes in travel.csv; there is no row to "
                yield table.fault(placed, "latitude", message + listed(missing))


def _pairs(rows: Iterable[Placed[TravelTime]]) -> set[frozenset[str]]:
    return {frozenset((placed.row.from_site, placed.row.to_site)) for placed in rows}


def travel_is_between_sites(world: World) -> Iterator[Fault]:
    """No row from a site to itself: that takes no time."""
    for placed in world.rows("travel"):
        if placed.row.from_site == placed.row.to_site:
            yield world.tables["travel"].fault(
                placed, "to_site", "a site is no distance from itself; delete the row"
            )


def needs_are_where_learners_are(world: World) -> Iterator[Fault]:
    """Nobody is enrolled at a base."""
    bases = {placed.row.site_id for placed in world.rows("sites") if placed.row.type == "base"}
    for placed in world.rows("needs"):
        if placed.row.site_id in bases:
            message = "this site is a base, where nobody learns; name the learner's school"
            yield world.tables["needs"].fault(placed, "site_id", message, placed.row.site_id)


def windows_are_open(world: World) -> Iterator[Fault]:
    """The earliest term is not after the latest."""
    if world.file is None:
        return
    position = {term.id: index for index, term in enumerate(world.file.terms)}
    for placed in world.rows("needs"):
        earliest, latest = (
            position.get(placed.row.earliest_term or ""),
            position.get(placed.row.latest_term or ""),
        )
        if earliest is not None and latest is not None and earliest > latest:
            message = f"must not be before the {placed.row.earliest_term} in column earliest_term"
            yield world.tables["needs"].fault(placed, "latest_term", message, placed.row.latest_term)


def smaller_doses_are_smaller(world: World) -> Iterator[Fault]:
    """Where the row leaves the hours to the support, the smaller dose is below the support's hours."""
    for placed in world.rows("needs"):
        need: Need = placed.row
        if need.min_hours_per_week is None or need.hours_per_week is not None:
            continue
        doses = [
            support.hours_per_week
            for support in _would_do(need, world.supports)
            if support.shape == "individual"
        ]
        if doses and need.min_hours_per_week >= max(doses):
            message = f"must be less than the {max(doses):g} hours a week of the supports that would do"
            yield world.tables["needs"].fault(placed, "min_hours_per_week", message, need.min_hours_per_week)


def _would_do(need: Need, supports: tuple[Support, ...]) -> Iterator[Support]:
    for support in supports:
        if need.supports:
            if support.support_id in need.supports:
                yield support
        elif support.tier == need.tier and need.area_of_need in support.areas_of_need:
            yield support


def coordinators_come_in_blocks(world: World) -> Iterator[Fault]:
    """A coordinator's FTE is a whole number of blocks, else shares could not add up to it (R10)."""
    if world.file is None:
        return
    block = world.file.policy.coordinators.block_fte
    for placed in world.rows("staff"):
        person: Staff = placed.row
        role = world.file.roles.get(person.role)
        blocks = person.fte / block
        if (
            role is not None
            and role.coordinator
            and (abs(blocks - round(blocks)) > 1e-6 or round(blocks) < 1)
        ):
            message = f"a coordinator's FTE is held in blocks of {block:g}; expected a multiple of it"
            yield world.tables["staff"].fault(placed, "fte", message, f"{person.fte:g}")


def supports_are_sound(world: World) -> Iterator[Fault]:
    """Areas of need are from the list, year limits are in order, and a role is named."""
    if "supports" not in world.tables:
        return
    table = world.tables["supports"]
    areas = get_args(AreaOfNeed)
    for placed in table.placed:
        support: Support = placed.row
        for area in support.areas_of_need:
            if area not in areas:
                hint = did_you_mean(area, areas)
                yield table.fault(
                    placed, "areas_of_need", f"expected entries from: {', '.join(areas)}{hint}", area
                )
        for column in ("areas_of_need", "roles"):
            if not getattr(support, column):
                yield table.fault(placed, column, "expected at least one entry")
        if (
            support.year_min is not None
            and support.year_max is not None
            and support.year_min > support.year_max
        ):
            yield table.fault(
                placed,
                "year_max",
                f"must not be below the {support.year_min} in column year_min",
                support.year_max,
            )
        if support.shape != "group" and support.max_group > 1:
            yield table.fault(
                placed,
                "max_group",
                f"a support of shape {support.shape} is for one; only a group has more",
                support.max_group,
            )


def settings_fit(world: World) -> Iterator[Fault]:
    """Policy figures that only make sense together (``policy_checks``)."""
    if world.file is not None:
        yield from policy_faults(world.settings, world.file)


def _consent_notes(world: World) -> Iterator[str]:
    """Said without a code: who withdrew is not for the cluster to read (R8)."""
    consents: dict[str, set[str]] = defaultdict(set)
    sites: dict[str, set[str]] = defaultdict(set)
    for placed in world.rows("needs"):
        if placed.row.learner_id is not None:
            consents[placed.row.learner_id].add(placed.row.consent)
            sites[placed.row.learner_id].add(placed.row.site_id)
    mixed = sum(len(values) > 1 for values in consents.values())
    moved = sum(len(values) > 1 for values in sites.values())
    place = world.tables["needs"].place if "needs" in world.tables else None
    if mixed:
        yield f"{place}: {mixed} learner(s) have rows with different consent; each row is planned by its own"
    if moved:
        yield f"{place}: {moved} learner(s) have rows at more than one site"


CHECKS: tuple[Callable[[World], Iterator[Fault]], ...] = (
    settings_fit,
    references_resolve,
    rows_are_unique,
    sites_can_be_reached,
    travel_is_between_sites,
    needs_are_where_learners_are,
    windows_are_open,
    smaller_doses_are_smaller,
    coordinators_come_in_blocks,
    supports_are_sound,
)
