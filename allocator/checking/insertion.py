"""Is it true that no single unmet need fits into the plan as it stands?

Every unmet need is tried in every way one person could take it: an individual or project support in full
or in its smaller dose, a place in a group that is open, a group of its own where the support allows one
learner. A way that breaks no rule and takes no stage beyond its floor disproves the claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from allocator.checking.eligibility import eligible
from allocator.checking.exact import exact
from allocator.checking.outlook import Outlook
from allocator.checking.plan import Plan, Task
from allocator.checking.rules import MOST_QUARTERS
from allocator.checking.stages import Expected, matched, stage_value
from allocator.checking.violation import Violation, violation
from allocator.checking.world import World
from allocator.models.proposal import Allocation, Stage
from allocator.models.world import Need, Staff, Support

NEW_GROUP = "a new group"


@dataclass(frozen=True)
class Insertion:
    """One way to add a need: its row, and the terms in which the person gives time not given before."""

    row: Allocation
    added_terms: tuple[int, ...]
    minutes: int

    def __str__(self) -> str:
        where = "" if self.row.group_id is None else f" in {self.row.group_id}"
        dose = " (smaller dose)" if self.row.reduced else ""
        return f"{self.row.support_id} by {self.row.staff_id} from {self.row.start_term}{where}{dose}"


def insertion_exhausted(world: World, plan: Plan) -> list[Violation]:
    """Where the proposal claims ``insertion_exhausted``: no insertion fits and keeps every floor.

    Not tried where a part of the plan is not at hand (``limits_of_check`` says so).
    """
    if not plan.proposal.insertion_exhausted or not plan.whole:
        return []
    found = []
    outlook = Outlook(world, plan)
    for code in unmet_needs(world, plan):
        way = first_fit(outlook, world.needs[code])
        if way is not None:
            sentence = f"the proposal says no unmet need fits, and need {code} does: {way}"
            found.append(violation("record", (code, way.row.staff_id), sentence))
    return found


def unmet_needs(world: World, plan: Plan) -> list[str]:
    """Planned needs that the plan does not serve, in the register's order."""
    return [code for code in world.planned if code not in plan.served]


def first_fit(outlook: Outlook, need: Need) -> Insertion | None:
    """The first way to add the need that breaks no rule and no stage's floor; None if there is none."""
    world, plan = outlook.world, outlook.plan
    pairs, _ = matched(world, plan.proposal.stages)
    for way in insertions(world, plan, need):
        raised = raised_quarters(world, plan, way)
        if raised is None:
            continue
        figures = outlook.with_row(way.row, raised, way.minutes)
        if all(_holds(stage, expected, stage_value(world, figures, expected)) for stage, expected in pairs):
            return way
    return None


def _holds(stage: Stage, expected: Expected, value: int) -> bool:
    return value <= stage.floor if expected.sense == "min" else value >= stage.floor


def insertions(world: World, plan: Plan, need: Need) -> Iterator[Insertion]:
    """Every way one person could take the need as far as R3, R4, R7, R8 and R11 allow."""
    tied = world.tied(need)
    starts = world.starts(need)[:1] if tied else world.starts(need)
    for support in world.admitted[need.need_id]:
        if support.shape == "group":
            yield from _into_groups(world, plan, need, support, starts)
            if support.min_group > 1:
                continue
        for person in world.staff.values():
            if (tied and person.staff_id != need.current_staff) or not eligible(world, need, support, person):
                continue
            for start in starts:
                span = world.span(need, support, start)
                if not all(world.works(person.staff_id, term) for term in span):
                    continue
                yield _whole(world, need, support, person, start, reduced=False)
                if not tied and world.reduced_minutes(need, support) is not None:
                    yield _whole(world, need, support, person, start, reduced=True)


def _whole(
    world: World, need: Need, support: Support, person: Staff, start: int, *, reduced: bool
) -> Insertion:
    span = world.span(need, support, start)
    minutes = world.minutes(need, support, reduced=reduced)
    row = Allocation(
        need_id=need.need_id,
        learner_id=need.learner_id,
        site_id=need.site_id,
        meets_at=need.site_id,
        support_id=support.support_id,
        staff_id=person.staff_id,
        start_term=world.terms[start].id,
        terms=tuple(world.terms[term].id for term in span),
        minutes_per_week=minutes,
        reduced=reduced,
        group_id=NEW_GROUP if support.shape == "group" else None,
        value=world.points(need, support, start, reduced=reduced),
    )
    return Insertion(row, span, minutes)


def _into_groups(
    world: World, plan: Plan, need: Need, support: Support, starts: tuple[int, ...]
) -> Iterator[Insertion]:
    for task in plan.tasks:
        if (
            task.group_id is None
            or task.support_id != support.support_id
            or len(task.rows) >= support.max_group
        ):
            continue
        start, person = plan.start(task.rows[0]), world.staff[task.staff_id]
        if start not in starts or not _may_join(world, plan, need, support, task):
            continue
        if (world.tied(need) and person.staff_id != need.current_staff) or not eligible(
            world, need, support, person, task.site_id
        ):
            continue
        way = _whole(world, need, support, person, start, reduced=False)
        if set(way.added_terms) == set(task.terms):  # R4: members share their span
            row = way.row.model_copy(update={"group_id": task.group_id, "meets_at": task.site_id})
            yield Insertion(row, (), way.minutes)


def _may_join(world: World, plan: Plan, need: Need, support: Support, task: Task) -> bool:
    """R4: the year band fits, the site is near enough, a group of several sites has everybody's consent."""
    members, site_id = [plan.need(row) for row in task.rows], task.site_id
    if world.year_band(need) != world.year_band(members[0]):
        return False
    if need.site_id != site_id:
        minutes = world.one_way(need.site_id, site_id)
        if not support.cross_site or minutes is None or minutes > exact(world.policy.cross_site_minutes):
            return False
    several = len({member.site_id for member in (*members, need)}) > 1
    return not several or all(member.shared_with_cluster for member in (*members, need))


def raised_quarters(world: World, plan: Plan, way: Insertion) -> dict[int, int] | None:
    """Term -> quarter-visits at the meeting site after the insertion; None if it breaks R2, R5, R6 or R10."""
    staff_id, site_id = way.row.staff_id, way.row.meets_at
    raised: dict[int, int] = {}
    for term in way.added_terms:
        quarters = _quarters_with(world, plan, way, term)
        cost = world.quarter(staff_id, site_id)
        if quarters > MOST_QUARTERS or cost is None:
            return None
        extra = (quarters - plan.quarters.get((staff_id, site_id, term), 0)) * cost
        if not _room(world, plan, way, term, extra) or not _share_room(
            world, plan, way, term, quarters * cost
        ):
            return None
        raised[term] = quarters
    return raised


def _quarters_with(world: World, plan: Plan, way: Insertion, term: int) -> int:
    staff_id, site_id = way.row.staff_id, way.row.meets_at
    key = (staff_id, site_id, term)
    if world.staff[staff_id].base_site == site_id:
        return 0
    minutes = plan.delivery.get(key, 0) + plan.liaison.get(key, 0) + way.minutes
    rate = round(4 * world.supports[way.row.support_id].visits_per_week)
    return max(
        plan.quarters.get(key, 0),
        plan.quarters_needed(*key),
        rate,
        -(-4 * minutes // world.day(staff_id)),
    )


def _room(world: World, plan: Plan, way: Insertion, term: int, extra_travel: int) -> bool:
    """R2 and R6 for the person in one term."""
    staff_id, key = way.row.staff_id, (way.row.staff_id, term)
    cases, sites = world.max_cases(staff_id), world.max_sites(staff_id)
    if plan.used(*key) + way.minutes + extra_travel > world.bookable[key]:
        return False
    if plan.travel.get(key, 0) + extra_travel > world.travel_limit(*key):
        return False
    if cases is not None and plan.cases.get(key, 0) + 1 > cases:
        return False
    if sites is None or world.is_coordinator(staff_id):
        return True
    return len({*plan.places.get(key, ()), way.row.meets_at}) <= sites


def _share_room(world: World, plan: Plan, way: Insertion, term: int, travel: int) -> bool:
    """R10: what a coordinator spends on a site stays within the site's share."""
    staff_id, site_id = way.row.staff_id, way.row.meets_at
    if not world.is_coordinator(staff_id):
        return True
    spent = plan.delivery.get((staff_id, site_id, term), 0) + way.minutes + travel
    return spent <= plan.blocks_at(staff_id, site_id) * world.block_minutes(staff_id, term)
