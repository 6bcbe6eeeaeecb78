"""How much need a person could meet with other hours, another base or more skills: an estimate, never a result.

A person's week is filled like a knapsack that may be cut: what they do now and what is unmet and open to them, best
points per minute first, travel included. The difference that a change makes to that filling is its estimate. Limits
on cases and sites, groups, several terms and everybody else are left out; it only says what to try first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from allocator.checking.eligibility import eligible
from allocator.checking.exact import ceiled, exact
from allocator.checking.world import World
from allocator.suggesting.unmet import unmet_needs

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster, Need, Staff, Support

_VISITS_SHARED = 0.5
"""Several needs of a site share its visits: a need's part of the travel, roughly."""


@dataclass(frozen=True)
class Piece:
    """A need in somebody's week: what it takes, travel included, and what it is worth."""

    need_id: str
    minutes: float
    points: int
    fixed: bool = False
    """Tied to the person (R7): it stays whatever else is worth more."""

    @property
    def rate(self) -> float:
        """Points for a minute a week."""
        return self.points / self.minutes if self.minutes else float("inf")


class Estimator:
    """Estimates for one cluster and one plan of it. Points and minutes a week throughout."""

    def __init__(self, cluster: Cluster, proposal: Proposal) -> None:
        self.cluster = cluster
        self.proposal = proposal
        self.world = World(cluster)
        self.unmet = unmet_needs(cluster, proposal)
        self._quarters: dict[tuple[str, str], float] = {}
        self._open: dict[tuple[object, ...], list[Piece]] = {}

    # --- the weeks as they are ------------------------------------------------------------------------

    @cached_property
    def _own(self) -> dict[str, list[tuple[Need, Support, int, int]]]:
        """Person -> (need, support, minutes, points) of what they do now; a group's minutes are split evenly."""
        members: dict[str, int] = defaultdict(int)
        for row in self.proposal.allocations:
            if row.group_id is not None:
                members[row.group_id] += 1
        found: dict[str, list[tuple[Need, Support, int, int]]] = defaultdict(list)
        for row in self.proposal.allocations:
            share = members[row.group_id] if row.group_id is not None else 1
            entry = (
                self.world.needs[row.need_id],
                self.world.supports[row.support_id],
                row.minutes_per_week // share,
                row.value,
            )
            found[row.staff_id].append(entry)
        return found

    @cached_property
    def _busy(self) -> dict[str, float]:
        """Person -> minutes a week that no need takes: standing, liaison, time reserved by their own school."""
        terms = len(self.cluster.terms)
        busy: dict[str, float] = defaultdict(float)
        for row in self.proposal.liaisons:
            busy[row.staff_id] += self.world.liaison_minutes(row.staff_id) / terms
        for held in self.proposal.reserved:
            busy[held.staff_id] += held.minutes_per_week / terms
        for code in self.world.staff:
            busy[code] += sum(self.world.standing[code, t] for t in self.world.horizon) / terms
        return busy

    def capacity(self, person: Staff) -> float:
        """Bookable minutes a week left for needs, averaged over the terms, at the person's FTE."""
        role = self.cluster.roles[person.role]
        terms = len(self.cluster.terms)
        known = self.world.staff.get(person.staff_id)
        if known is None or not known.fte:
            return 60 * person.fte * role.paid_hours * role.contact_share
        there = sum(self.world.bookable[person.staff_id, t] for t in self.world.horizon) / terms
        return max(0.0, there * person.fte / known.fte - self._busy[person.staff_id])

    # --- filling a week -------------------------------------------------------------------------------

    def gain(self, before: Staff, after: Staff) -> float:
        """What a person's week would be worth more as another row: other FTE, base, skills."""
        return max(0.0, self.worth([after], before) - self.worth([before], before))

    def gain_of_split(self, before: Staff, rest: Staff, moved: Staff) -> float:
        """The same for a row that becomes two, each with its part of the time."""
        return max(0.0, self.worth([rest, moved], before) - self.worth([before], before))

    def gain_of_new(self, person: Staff) -> float:
        """What somebody new could meet of what is unmet."""
        return _filled(self.capacity(person), self.open_to(person), set())[0]

    def worth(self, rows: Sequence[Staff], owner: Staff) -> float:
        """What rows that share the owner's work are worth, filled one after the other."""
        total, used = 0.0, set[str]()
        for number, row in enumerate(rows):
            part = row.fte / sum(each.fte for each in rows)
            room = self.capacity(owner.model_copy(update={"fte": sum(each.fte for each in rows)})) * part
            pieces = [*self._kept(owner, row), *self.open_to(row)]
            if number:
                pieces = [piece for piece in pieces if not piece.fixed]
            value, taken = _filled(room, pieces, used)
            total, used = total + value, used | taken
        return total

    def _kept(self, owner: Staff, row: Staff) -> list[Piece]:
        """What the owner does now, as far as the row may go on with it."""
        found = []
        for need, support, minutes, points in self._own[owner.staff_id]:
            tied = self.world.tied(need) and need.current_staff == owner.staff_id
            if tied or eligible(self.world, need, support, row):
                away = self._travel(row, need.site_id, support)
                found.append(Piece(need.need_id, minutes + away, points, tied))
        return found

    def open_to(self, person: Staff) -> list[Piece]:
        """Unmet needs the person could serve, each by the support with most points a minute."""
        key = (
            person.role,
            person.base_site,
            frozenset(person.skills),
            frozenset(person.languages),
            frozenset(person.sites),
            frozenset(person.funding),
            person.staff_id if any(person.staff_id in need.forbidden_staff for need in self.unmet) else "",
        )
        if key not in self._open:
            found = (self._best(need, person) for need in self.unmet)
            self._open[key] = [piece for piece in found if piece is not None]
        return self._open[key]

    def _best(self, need: Need, person: Staff) -> Piece | None:
        starts = self.world.starts(need)
        if not starts:
            return None
        best: Piece | None = None
        for support in self.world.admitted[need.need_id]:
            if person.role not in support.roles or not eligible(self.world, need, support, person):
                continue
            minutes = float(self.world.full_minutes(need, support))
            if support.shape == "group":
                minutes /= max(1, support.min_group)
            minutes += self._travel(person, need.site_id, support)
            piece = Piece(need.need_id, minutes, self.world.points(need, support, starts[0]))
            if best is None or piece.rate > best.rate:
                best = piece
        return best

    def _travel(self, person: Staff, site: str, support: Support) -> float:
        """A need's part of the travel to its site, in minutes a week."""
        if person.base_site == site:
            return 0.0
        key = (person.base_site, site)
        if key not in self._quarters:
            way = self.world.one_way(*key)
            overhead = exact(self.cluster.travel.overhead_minutes)
            self._quarters[key] = 0.0 if way is None else float(ceiled((2 * way + overhead) / 4))
        return _VISITS_SHARED * 4 * support.visits_per_week * self._quarters[key]

    # --- prices ---------------------------------------------------------------------------------------

    def price(self, role: str) -> float:
        """Points for a minute of a role's time: its most valuable unmet need, what the next minute would bring."""
        rates = [
            piece.rate
            for person in self.cluster.staff
            if person.role == role
            for piece in self.open_to(person)
            if piece.minutes
        ]
        return max(rates, default=0.0)

    def freed(self, support: Support, minutes: float, roles: Collection[str]) -> float:
        """What minutes freed in a support's roles could bring elsewhere: the best price, as a guide."""
        return minutes * max((self.price(role) for role in support.roles if role in roles), default=0.0)


def _filled(room: float, pieces: Iterable[Piece], used: set[str]) -> tuple[float, set[str]]:
    """The worth of the best filling that may cut the last piece, and the needs in it; fixed pieces come first."""
    total, taken = 0.0, set[str]()
    best: dict[str, Piece] = {}
    for piece in pieces:
        known = best.get(piece.need_id)
        if piece.need_id not in used and (
            known is None or (piece.fixed, piece.rate) > (known.fixed, known.rate)
        ):
            best[piece.need_id] = piece
    for piece in sorted(best.values(), key=lambda each: (not each.fixed, -each.rate, each.need_id)):
        if room <= 0 and not piece.fixed:
            break
        part = 1.0 if piece.minutes <= 0 else min(1.0, max(0.0, room) / piece.minutes)
        total += part * piece.points
        room -= piece.minutes
        taken.add(piece.need_id)
    return total, taken
