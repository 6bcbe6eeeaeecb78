"""The figures every report is made of, derived once from the cluster and the shared part of a proposal.

Units: minutes per week and value points, as in docs/model.md; words and hours come later. Needs
without cluster consent (R8) enter only as the counts and the time the proposal itself gives (``withheld``,
``reserved``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.checking.world import World
    from allocator.models.proposal import Allocation, Proposal
    from allocator.models.world import Cluster, Need, Staff


@dataclass(frozen=True)
class Met:
    """Need asked and met of one tier or site: value points and counts of rows."""

    asked: int
    met: int
    needs: int
    served: int

    @property
    def share(self) -> float | None:
        """Value met over value asked; None where nothing was asked."""
        return self.met / self.asked if self.asked else None


@dataclass(frozen=True)
class Load:
    """What one person carries in one term, in minutes per week."""

    staff_id: str
    role: str
    term: str
    weeks: int
    bookable: int
    delivery: int
    reserved: int
    travel: int
    standing: int
    liaison: int
    cases: int
    sites: int

    @property
    def used(self) -> int:
        """Left side of rule R2."""
        return self.delivery + self.reserved + self.travel + self.standing + self.liaison

    @property
    def unused(self) -> int:
        """Bookable minutes nobody has a claim on."""
        return self.bookable - self.used


@dataclass(frozen=True)
class Carried:
    """A person over the whole plan: minutes a week averaged over its weeks; most cases and sites."""

    staff_id: str
    role: str
    base_site: str
    bookable: float
    used: float
    travel: float
    cases: int
    sites: int
    needs: int

    @property
    def load(self) -> float | None:
        """Used over bookable; None for somebody without bookable time."""
        return self.used / self.bookable if self.bookable else None


@dataclass(frozen=True)
class RoleFigure:
    """One role: how many people, what they can be booked for, what is used, which needs they serve."""

    role: str
    name: str
    people: int
    vacant: int
    bookable: float
    used: float
    needs: int
    met: int

    @property
    def load(self) -> float | None:
        """Used over bookable; None for a role without bookable time."""
        return self.used / self.bookable if self.bookable else None


@dataclass(frozen=True, eq=False)
class Figures:
    """All figures of one proposal, each computed on first use."""

    cluster: Cluster
    proposal: Proposal

    @cached_property
    def world(self) -> World:
        """Bookable time, standing time and points asked, as the checker derives them: no solver is needed."""
        from allocator.checking.world import World

        return World(self.cluster)

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """Needs the cluster plans and may see."""
        return tuple(need for need in self.cluster.needs if need.planned and need.shared_with_cluster)

    @cached_property
    def served(self) -> dict[str, tuple[Allocation, ...]]:
        """Rows of each need served; only needs the cluster may see."""
        seen = {need.need_id for need in self.needs}
        rows: dict[str, list[Allocation]] = defaultdict(list)
        for row in self.proposal.allocations:
            if row.need_id in seen:
                rows[row.need_id].append(row)
        return {code: tuple(found) for code, found in rows.items()}

    @cached_property
    def value(self) -> dict[str, int]:
        """Value points met, by need served."""
        return {code: sum(row.value for row in rows) for code, rows in self.served.items()}

    @cached_property
    def asked(self) -> dict[str, int]:
        """Value points asked, by need (docs/model.md, "Value")."""
        return {need.need_id: self.world.asked[need.need_id] for need in self.needs}

    def met_by(self, key: Callable[[Need], Hashable]) -> dict[Hashable, Met]:
        """Need asked and met by any property of a need; keys in the order of the register."""
        rows: dict[Hashable, list[Need]] = defaultdict(list)
        for need in self.needs:
            rows[key(need)].append(need)
        return {name: self.met(group) for name, group in rows.items()}

    def met(self, needs: Iterable[Need]) -> Met:
        """Need asked and met over some needs."""
        codes = [need.need_id for need in needs]
        return Met(
            asked=sum(self.asked[code] for code in codes),
            met=sum(self.value.get(code, 0) for code in codes),
            needs=len(codes),
            served=sum(code in self.served for code in codes),
        )

    @cached_property
    def tiers(self) -> dict[int, Met]:
        """Need met at Te Matua, Te Kāhui and Te Arotahi; a tier nobody asked for is left out."""
        found = self.met_by(lambda need: need.tier)
        return {tier: found[tier] for tier in (1, 2, 3) if tier in found}

    @cached_property
    def sites(self) -> dict[str, Met]:
        """Need met at every site where something was asked, in the order of sites.csv."""
        found = self.met_by(lambda need: need.site_id)
        return {site.site_id: found[site.site_id] for site in self.cluster.sites if site.site_id in found}

    @cached_property
    def loads(self) -> tuple[Load, ...]:
        """One row per person and term, in the order of staff.csv and the terms."""
        terms = range(len(self.cluster.terms))
        return tuple(self._load(person, t) for person in self.cluster.staff for t in terms)

    def _load(self, person: Staff, t: int) -> Load:
        term = self.cluster.terms[t]
        key = (person.staff_id, term.id)
        reserved = self._reserved.get(key, (0, 0))
        liaisons = len(self._liaison_sites.get(key, ()))
        return Load(
            staff_id=person.staff_id,
            role=person.role,
            term=term.id,
            weeks=term.weeks,
            bookable=self.world.bookable[person.staff_id, t],
            delivery=self._delivery[key],
            reserved=reserved[0],
            travel=self._travel[key],
            standing=self.world.standing[person.staff_id, t],
            liaison=liaisons * self.world.liaison_minutes(person.staff_id),
            cases=self._cases[key] + reserved[1],
            sites=len(self._sites_of(person.staff_id, term.id)),
        )

    @cached_property
    def _delivery(self) -> Counter[tuple[str, str]]:
        total: Counter[tuple[str, str]] = Counter()
        for row in self._services:
            for term in row[1]:
                total[row[0], term] += row[2]
        return total

    @cached_property
    def _cases(self) -> Counter[tuple[str, str]]:
        return Counter((staff, term) for staff, terms, _, _ in self._services for term in terms)

    @cached_property
    def _services(self) -> list[tuple[str, tuple[str, ...], int, str]]:
        """Person, terms, minutes a week and site of each service; a group's time is spent once (R4)."""
        alone = [
            (row.staff_id, row.terms, row.minutes_per_week, row.meets_at)
            for row in self.proposal.allocations
            if row.group_id is None
        ]
        groups = [
            (row.staff_id, row.terms, row.minutes_per_week, row.site_id) for row in self.proposal.groups
        ]
        return alone + groups

    @cached_property
    def _travel(self) -> Counter[tuple[str, str]]:
        total: Counter[tuple[str, str]] = Counter()
        for visit in self.proposal.visits:
            total[visit.staff_id, visit.term] += visit.travel_minutes_per_week
        return total

    @cached_property
    def _reserved(self) -> dict[tuple[str, str], tuple[int, int]]:
        return {(row.staff_id, row.term): (row.minutes_per_week, row.cases) for row in self.proposal.reserved}

    @cached_property
    def _liaison_sites(self) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in self.proposal.liaisons:
            found[row.staff_id, row.term].add(row.site_id)
        return found

    @cached_property
    def _share_sites(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.proposal.shares:
            found[row.staff_id].add(row.site_id)
        return found

    @cached_property
    def _service_sites(self) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for staff, terms, _, site in self._services:
            for term in terms:
                found[staff, term].add(site)
        for staff, term in self._reserved:
            found[staff, term].add(self.cluster.person[staff].base_site)
        return found

    def _sites_of(self, staff: str, term: str) -> set[str]:
        """Sites as rule R6 counts them."""
        if staff in self._share_sites:
            return self._share_sites[staff]
        return self._service_sites.get((staff, term), set()) | self._liaison_sites.get((staff, term), set())

    @cached_property
    def carried(self) -> tuple[Carried, ...]:
        """One row per person over the whole plan, in the order of staff.csv."""
        needs: dict[str, set[str]] = defaultdict(set)
        for row in self.proposal.allocations:
            needs[row.staff_id].add(row.need_id)
        rows: dict[str, list[Load]] = defaultdict(list)
        for load in self.loads:
            rows[load.staff_id].append(load)
        return tuple(
            Carried(
                staff_id=person.staff_id,
                role=person.role,
                base_site=person.base_site,
                bookable=_weekly(rows[person.staff_id], lambda load: load.bookable),
                used=_weekly(rows[person.staff_id], lambda load: load.used),
                travel=_weekly(rows[person.staff_id], lambda load: load.travel),
                cases=max(load.cases for load in rows[person.staff_id]),
                sites=max(load.sites for load in rows[person.staff_id]),
                needs=len(needs[person.staff_id]),
            )
            for person in self.cluster.staff
        )

    @cached_property
    def roles(self) -> tuple[RoleFigure, ...]:
        """One row per role that has people or posts, in the order of staff.csv."""
        names = list(dict.fromkeys(person.role for person in self.cluster.staff))
        return tuple(self._role(name) for name in names)

    def _role(self, role: str) -> RoleFigure:
        people = [person for person in self.cluster.staff if person.role == role]
        carried = [row for row in self.carried if row.role == role]
        codes = {person.staff_id for person in people}
        rows = [row for found in self.served.values() for row in found if row.staff_id in codes]
        return RoleFigure(
            role=role,
            name=self.cluster.roles[role].name,
            people=len(people),
            vacant=sum(person.vacant for person in people),
            bookable=sum(row.bookable for row in carried),
            used=sum(row.used for row in carried),
            needs=len({row.need_id for row in rows}),
            met=sum(row.value for row in rows),
        )

    @cached_property
    def weeks(self) -> int:
        """Weeks of the whole plan."""
        return sum(term.weeks for term in self.cluster.terms)


def _weekly(loads: Iterable[Load], part: Callable[[Load], int]) -> float:
    """Minutes a week averaged over the weeks of the terms."""
    rows = list(loads)
    weeks = sum(load.weeks for load in rows)
    return sum(part(load) * load.weeks for load in rows) / weeks
