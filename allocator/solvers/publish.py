"""From a plan to the proposal people read: rows by code, groups with members, visits, leads, unmet reasons.

Needs without cluster consent go into ``site_only``; the shared part has their count and the time they take (R8).
"""

from __future__ import annotations

import platform
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from allocator.models.proposal import (
    Allocation,
    Group,
    Lead,
    Liaison,
    Proposal,
    ReservedTime,
    Share,
    SiteOnly,
    Stage,
    Status,
    StopReason,
    Visit,
    Withheld,
)
from allocator.solvers.plan import Plan, evaluate, uses
from allocator.solvers.problem import Problem
from allocator.solvers.search import Search
from allocator.solvers.stages import score, shown, stages
from allocator.solvers.unmet import unmet_reasons


@dataclass
class Publication:
    """Works out every table of one plan."""

    search: Search
    plan: Plan
    group_of: dict[int, str] = field(default_factory=dict)
    """Option -> group id."""
    groups: list[Group] = field(default_factory=list)
    private_groups: list[Group] = field(default_factory=list)

    @property
    def problem(self) -> Problem:
        """The problem that was solved."""
        return self.search.problem

    def private(self, option: int) -> bool:
        """Whether the option's need is without cluster consent."""
        return not self.problem.needs[int(self.problem.need[option])].shared_with_cluster

    def terms(self, first: int, last: int) -> tuple[str, ...]:
        """Ids of a run of terms."""
        return tuple(term.id for term in self.problem.cluster.terms[first : last + 1])

    def form_groups(self) -> None:
        """Split each slot's members into the fewest groups, sizes as even as they go."""
        p = self.problem
        members: dict[int, list[int]] = defaultdict(list)
        for o in self.plan.chosen:
            if p.slot[o] >= 0:
                members[int(p.slot[o])].append(o)
        parts = [(s, part) for s in sorted(members) for part in _split(members[s], p.slots[s].most)]
        for number, (slot, options) in enumerate(parts, start=1):
            form, group_id = p.slots[slot], f"G-{number:03d}"
            self.group_of.update(dict.fromkeys(options, group_id))
            sites = {p.needs[int(p.need[o])].site_id for o in options}
            group = Group(
                group_id=group_id, support_id=p.cluster.supports[form.support].support_id,
                staff_id=p.cluster.staff[form.person].staff_id, site_id=p.cluster.sites[form.site].site_id,
                start_term=p.cluster.terms[form.start].id, terms=self.terms(form.start, form.last),
                year_band=p.cluster.policy.year_bands[form.band], minutes_per_week=form.minutes,
                cross_site=len(sites) > 1, members=len(options),
            )  # fmt: skip
            hidden = all(self.private(o) for o in options)
            (self.private_groups if hidden else self.groups).append(group)

    def allocation(self, o: int) -> Allocation:
        """The row of one option taken."""
        p = self.problem
        need, cluster = p.needs[int(p.need[o])], p.cluster
        return Allocation(
            need_id=need.need_id, learner_id=need.learner_id,
            site_id=need.site_id, meets_at=cluster.sites[int(p.site[o])].site_id,
            support_id=cluster.supports[int(p.support[o])].support_id,
            staff_id=cluster.staff[int(p.person[o])].staff_id,
            start_term=cluster.terms[int(p.start[o])].id, terms=self.terms(int(p.first[o]), int(p.last[o])),
            minutes_per_week=int(p.minutes[o]), reduced=bool(p.reduced[o]), group_id=self.group_of.get(o),
            part=int(p.part[o]), value=int(p.points[o]),
        )  # fmt: skip

    def visits(self) -> tuple[Visit, ...]:
        """Every visit, by person, site and term; the fewest that R5 allows."""
        p = self.problem
        rows = []
        for k, use in enumerate(uses(p, self.plan)):
            for (s, t), quarters in sorted(use.quarters.items()):
                if quarters:
                    rows.append(Visit(staff_id=p.cluster.staff[k].staff_id, site_id=p.cluster.sites[s].site_id,
                                      term=p.cluster.terms[t].id, quarters=quarters,
                                      travel_minutes_per_week=quarters * int(p.facts.quarter[k, s])))  # fmt: skip
        return tuple(rows)

    def shares(self) -> tuple[Share, ...]:
        """Coordinator shares; the employing site is the one named, else the one with most blocks."""
        p = self.problem
        held: dict[int, dict[int, int]] = defaultdict(dict)
        for (k, s), blocks in self.plan.shares.items():
            held[k][s] = blocks
        rows = []
        for k, sites in sorted(held.items()):
            codes = {s: p.cluster.sites[s].site_id for s in sites}
            named = p.employer_site[k]
            largest = min(sites, key=lambda s: (-sites[s], s != p.facts.base[k], codes[s]))
            employer = named if named >= 0 else largest
            for s, blocks in sorted(sites.items()):
                fte = round(blocks * p.cluster.policy.coordinators.block_fte, 6)
                rows.append(
                    Share(
                        staff_id=p.cluster.staff[k].staff_id,
                        site_id=codes[s],
                        blocks=blocks,
                        fte=fte,
                        employs=s == employer,
                    )
                )
        return tuple(rows)

    def leads(self) -> tuple[tuple[Lead, ...], tuple[Lead, ...]]:
        """One lead per supported learner, shared and site-only: the person already there, else with most minutes."""
        p = self.problem
        of_learner: dict[str, list[int]] = defaultdict(list)
        for o in self.plan.chosen:
            learner = p.needs[int(p.need[o])].learner_id
            if learner is not None:
                of_learner[learner].append(o)
        shared: list[Lead] = []
        private: list[Lead] = []
        for learner, options in sorted(of_learner.items()):
            public = [o for o in options if not self.private(o)]
            lead = Lead(learner_id=learner, staff_id=self._lead(public or options))
            (shared if public else private).append(lead)
        return tuple(shared), tuple(private)

    def _lead(self, options: list[int]) -> str:
        p = self.problem
        time: dict[str, int] = defaultdict(int)
        known: set[str] = set()
        for o in options:
            staff = p.cluster.staff[int(p.person[o])].staff_id
            time[staff] += int(p.minutes[o])
            need = p.needs[int(p.need[o])]
            if need.status == "in_service" and need.current_staff == staff:
                known.add(staff)
        return min(time, key=lambda staff: (staff not in known, -time[staff], staff))

    def reserved(self) -> tuple[ReservedTime, ...]:
        """Time and cases that withheld needs take of a person in a term."""
        p = self.problem
        time: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])

        def book(k: int, first: int, last: int, minutes: int) -> None:
            for t in range(first, last + 1):
                time[k, t][0] += minutes
                time[k, t][1] += 1

        for o in self.plan.chosen:
            if self.private(o) and p.slot[o] < 0:
                book(int(p.person[o]), int(p.first[o]), int(p.last[o]), int(p.minutes[o]))
        position = {term.id: t for t, term in enumerate(p.cluster.terms)}
        for group in self.private_groups:
            book(
                p.facts.person_index[group.staff_id],
                position[group.terms[0]],
                position[group.terms[-1]],
                group.minutes_per_week,
            )
        return tuple(
            ReservedTime(
                staff_id=p.cluster.staff[k].staff_id,
                term=p.cluster.terms[t].id,
                minutes_per_week=minutes,
                cases=cases,
            )
            for (k, t), (minutes, cases) in sorted(time.items())
        )


def _split(options: list[int], most: int) -> list[list[int]]:
    """Options in the fewest lists of at most ``most``, as even as they go."""
    count = -(-len(options) // most)
    return [part.tolist() for part in np.array_split(np.array(options), count)]


def stage_rows(search: Search, plan: Plan) -> tuple[Stage, ...]:
    """The stages as people see them. A figure that later stages improved is shown improved, its floor with it.

    Raises AssertionError if a plan does better than what was proved possible: a false bound is never published.
    """
    values = evaluate(search.problem, plan)
    rows = []
    for result in search.results:
        spec = result.spec
        value = max(result.score, score(search.problem, spec, values))
        if value > result.bound:
            raise AssertionError(
                f"{spec.name}: the plan scores {value}, above the proved bound {result.bound}"
            )
        floor = value - spec.allowance(value)
        rows.append(Stage(name=spec.name, goals=spec.goals, sense=spec.sense, unit=spec.unit,
                          value=shown(spec, value), bound=shown(spec, result.bound),
                          floor=shown(spec, floor)))  # fmt: skip
    return tuple(rows)


def status_of(rows: tuple[Stage, ...], complete: bool) -> Status:
    """The status in our words, from bounds."""
    if complete and all(row.proved for row in rows):
        return Status.PROVED_BEST
    return Status.WITHIN if complete else Status.BEST_FOUND


def stop_reason(search: Search, status: Status) -> StopReason:
    """Why the search ended."""
    if search.budget.interrupted.is_set():
        return StopReason.INTERRUPTED
    if status is Status.PROVED_BEST:
        return StopReason.PROVED
    if search.budget.left() > 0 and all(result.gap <= search.gap for result in search.results):
        return StopReason.GAP
    return StopReason.WORK if search.budget.deterministic else StopReason.TIME


def _versions() -> dict[str, str]:
    """Versions of what the result depends on; ours is not known where the package runs without being installed."""
    try:
        own = version("allocator")
    except PackageNotFoundError:
        own = "0+unknown"
    return {"allocator": own, "ortools": version("ortools"), "python": platform.python_version()}


def publish(search: Search, plan: Plan, *, exhausted: bool, strategy: str, fingerprint: str,
            limits: dict[str, float | int | None]) -> Proposal:  # fmt: skip
    """The proposal of a finished search."""
    problem = search.problem
    work = Publication(search, plan)
    work.form_groups()
    rows = [
        (work.private(o), work.allocation(o))
        for o in sorted(plan.chosen, key=lambda o: (int(problem.need[o]), int(problem.part[o])))
    ]
    shared_leads, private_leads = work.leads()
    private_ids = {need.need_id for need in problem.needs if not need.shared_with_cluster}
    unmet = unmet_reasons(search, plan, exhausted)
    values = evaluate(problem, plan)
    stage_table = stage_rows(search, plan)
    status = status_of(stage_table, len(search.results) == len(stages(problem)))
    hidden = tuple(row for private, row in rows if private)
    return Proposal(
        cluster=problem.cluster.name, fingerprint=fingerprint, status=status, stopped=stop_reason(search, status),
        strategy=strategy, seed=search.seed, limits=limits, versions=_versions(),
        stages=stage_table, goal_values=values.goals, shares_met=values.shares,
        allocations=tuple(row for private, row in rows if not private), groups=tuple(work.groups),
        visits=work.visits(), shares=work.shares(),
        liaisons=tuple(Liaison(site_id=problem.cluster.sites[s].site_id, term=problem.cluster.terms[t].id,
                               staff_id=problem.cluster.staff[k].staff_id)
                       for (s, t), k in sorted(plan.liaison.items())),
        leads=shared_leads, unmet=tuple(row for row in unmet if row.need_id not in private_ids),
        withheld=Withheld(needs=len(private_ids), served=len({row.need_id for row in hidden}),
                          value=sum(row.value for row in hidden)),
        reserved=work.reserved(), insertion_exhausted=exhausted,
        site_only=SiteOnly(allocations=hidden, groups=tuple(work.private_groups), leads=private_leads,
                           unmet=tuple(row for row in unmet if row.need_id in private_ids)),
    )  # fmt: skip
