"""A proposal as a plan: who does what where in which term, added up from its rows.

Rows that name an unknown code take no part (``records.codes_exist`` reports them), so that one wrong code
does not hide what else is wrong. Minutes are derived from the cluster, never taken from the row, except
time ``reserved`` for needs that stay with their schools when that part of the proposal is not at hand.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from allocator.checking.world import World
from allocator.models.proposal import Allocation, Group, Lead, Liaison, Proposal, Share, Visit
from allocator.models.world import Need, Support

PersonTerm = tuple[str, int]
PersonSiteTerm = tuple[str, str, int]


@dataclass(frozen=True)
class Task:
    """One case of one person: an individual need, a group, or a project or part of one."""

    staff_id: str
    site_id: str
    support_id: str
    terms: tuple[int, ...]
    minutes: int
    rows: tuple[Allocation, ...]
    group_id: str | None = None


class Plan:
    """The rows of a proposal that can be read, and what they add up to.

    ``whole`` is false when needs without cluster consent are served but the part that says how is not at
    hand; then their minutes and cases come from ``proposal.reserved``, at the person's own site.
    """

    def __init__(self, world: World, proposal: Proposal) -> None:
        self.world = world
        self.proposal = proposal
        apart = proposal.site_only
        self.whole = apart is not None or (proposal.withheld.served == 0 and not proposal.reserved)
        hidden = apart.allocations if apart is not None else ()
        self.allocations = tuple(row for row in (*proposal.allocations, *hidden) if self._known(row))
        self.groups: dict[str, Group] = {row.group_id: row for row in proposal.groups}
        if apart is not None:
            self.groups.update({row.group_id: row for row in apart.groups})
        self.leads: tuple[Lead, ...] = (*proposal.leads, *(apart.leads if apart is not None else ()))
        self.visits: tuple[Visit, ...] = tuple(row for row in proposal.visits if self._known_place(row))
        self.shares: tuple[Share, ...] = tuple(
            row for row in proposal.shares if row.staff_id in world.staff and row.site_id in world.sites
        )
        self.liaisons: tuple[Liaison, ...] = tuple(row for row in proposal.liaisons if self._known_place(row))
        self.tasks = self._tasks()
        self._add_up()

    # --- rows -----------------------------------------------------------------------------------------

    def _known(self, row: Allocation) -> bool:
        world = self.world
        return (
            row.need_id in world.needs
            and row.staff_id in world.staff
            and row.support_id in world.supports
            and row.meets_at in world.sites
            and all(term in world.position for term in (row.start_term, *row.terms))
        )

    def _known_place(self, row: Visit | Liaison) -> bool:
        world = self.world
        return row.staff_id in world.staff and row.site_id in world.sites and row.term in world.position

    def need(self, row: Allocation) -> Need:
        """The need a row serves."""
        return self.world.needs[row.need_id]

    def support(self, row: Allocation) -> Support:
        """The support a row gives."""
        return self.world.supports[row.support_id]

    def start(self, row: Allocation) -> int:
        """Position of the term in which the row's whole service starts."""
        return self.world.position[row.start_term]

    def terms(self, row: Allocation) -> tuple[int, ...]:
        """Positions of the terms in which the row's person gives it."""
        return tuple(sorted({self.world.position[term] for term in row.terms}))

    def minutes(self, row: Allocation) -> int:
        """Minutes a week of the row's person, derived from the need and the support."""
        support = self.support(row)
        shared = row.part > 0 and support.shape == "project"
        return self.world.minutes(self.need(row), support, reduced=row.reduced, shared=shared)

    def points(self, row: Allocation) -> int:
        """Value points of the row; the second part of a service carries none."""
        if row.part == 2:
            return 0
        return self.world.points(self.need(row), self.support(row), self.start(row), reduced=row.reduced)

    @cached_property
    def served(self) -> dict[str, tuple[Allocation, ...]]:
        """Planned need -> its rows, first part first."""
        rows: dict[str, list[Allocation]] = defaultdict(list)
        for row in self.allocations:
            if row.need_id in self.world.planned:
                rows[row.need_id].append(row)
        return {code: tuple(sorted(found, key=lambda row: row.part)) for code, found in rows.items()}

    @cached_property
    def members(self) -> dict[str, tuple[Allocation, ...]]:
        """Group -> the rows of its members."""
        rows: dict[str, list[Allocation]] = defaultdict(list)
        for row in self.allocations:
            if row.group_id is not None:
                rows[row.group_id].append(row)
        return {code: tuple(found) for code, found in rows.items()}

    def met(self, need_id: str) -> int:
        """Points met of a need; 0 if it is not served."""
        rows = self.served.get(need_id, ())
        return self.points(rows[0]) if rows else 0

    # --- sums -----------------------------------------------------------------------------------------

    def _tasks(self) -> tuple[Task, ...]:
        tasks = [
            Task(row.staff_id, row.meets_at, row.support_id, self.terms(row), self.minutes(row), (row,), None)
            for row in self.allocations
            if row.group_id is None
        ]
        for code, rows in self.members.items():
            first = rows[0]
            terms = tuple(sorted({term for row in rows for term in self.terms(row)}))
            tasks.append(
                Task(first.staff_id, first.meets_at, first.support_id, terms, self.minutes(first), rows, code)
            )
        return tuple(tasks)

    def _add_up(self) -> None:
        world = self.world
        self.delivery: dict[PersonSiteTerm, int] = defaultdict(int)
        self.supports_at: dict[PersonSiteTerm, set[str]] = defaultdict(set)
        self.cases: dict[PersonTerm, int] = defaultdict(int)
        self.liaison: dict[PersonSiteTerm, int] = {}
        self.quarters: dict[PersonSiteTerm, int] = defaultdict(int)
        self.travel: dict[PersonTerm, int] = defaultdict(int)
        self.worked: dict[PersonTerm, int] = defaultdict(int)
        self.places: dict[PersonTerm, set[str]] = defaultdict(set)
        for task in self.tasks:
            for term in task.terms:
                self._work(task.staff_id, task.site_id, term, task.minutes, 1)
                self.supports_at[task.staff_id, task.site_id, term].add(task.support_id)
        if self.proposal.site_only is None:
            for held in self.proposal.reserved:
                if held.staff_id in world.staff and held.term in world.position:
                    base, term = world.staff[held.staff_id].base_site, world.position[held.term]
                    self._work(held.staff_id, base, term, held.minutes_per_week, held.cases)
        for row in self.liaisons:
            key = (row.staff_id, row.site_id, world.position[row.term])
            self.liaison[key] = world.liaison_minutes(row.staff_id)
        for (staff_id, site_id, term), minutes in self.liaison.items():
            self.worked[staff_id, term] += minutes
            self.places[staff_id, term].add(site_id)
        for visit in self.visits:
            term = world.position[visit.term]
            self.quarters[visit.staff_id, visit.site_id, term] += visit.quarters
            cost = world.quarter(visit.staff_id, visit.site_id) or 0
            self.travel[visit.staff_id, term] += visit.quarters * cost

    def _work(self, staff_id: str, site_id: str, term: int, minutes: int, cases: int) -> None:
        self.delivery[staff_id, site_id, term] += minutes
        self.worked[staff_id, term] += minutes
        self.cases[staff_id, term] += cases
        self.places[staff_id, term].add(site_id)

    def used(self, staff_id: str, term: int) -> int:
        """The left side of R2: delivery + travel + standing + liaison, in minutes a week."""
        spent = self.worked.get((staff_id, term), 0) + self.travel.get((staff_id, term), 0)
        return spent + self.world.standing[staff_id, term]

    def quarters_needed(self, staff_id: str, site_id: str, term: int) -> int:
        """The least quarter-visits a week at a site (R5); 0 at the own base or where nothing is done."""
        world = self.world
        if world.staff[staff_id].base_site == site_id:
            return 0
        key = (staff_id, site_id, term)
        rates = [round(4 * world.supports[code].visits_per_week) for code in self.supports_at.get(key, ())]
        if key in self.liaison:
            rates.append(world.liaison_quarters(staff_id))
        minutes = self.delivery.get(key, 0) + self.liaison.get(key, 0)
        return max([*rates, -(-4 * minutes // world.day(staff_id))])

    def blocks_at(self, staff_id: str, site_id: str) -> int:
        """Blocks of a coordinator that a site holds (R10)."""
        return self.blocks.get((staff_id, site_id), 0)

    @cached_property
    def blocks(self) -> dict[tuple[str, str], int]:
        """(coordinator, site) -> blocks."""
        blocks: dict[tuple[str, str], int] = defaultdict(int)
        for row in self.shares:
            blocks[row.staff_id, row.site_id] += row.blocks
        return dict(blocks)
