"""Rules R1 to R6 of docs/model.md, one function each: what a service is and what a person's week holds.

Every function takes the world and a plan and returns what it found wrong;
``allocator.checking.agreements`` has R7 to R11, and ``allocator.checking.checker`` lists them all as
``RULES``.
"""

from __future__ import annotations

from allocator.checking.eligibility import failed_tests
from allocator.checking.exact import exact
from allocator.checking.plan import Plan
from allocator.checking.violation import Violation, counted, violation
from allocator.checking.world import World
from allocator.models.proposal import Allocation

MOST_QUARTERS = 20  # five visits a week


def served_once(world: World, plan: Plan) -> list[Violation]:
    """R1: ``sum of x[o] over options of n ≤ 1``; both parts of a service or neither, by two people.

    One row with part 0, or two rows with parts 1 and 2 that agree on everything but the person and, in a
    handover, the terms. Only a project whose row says ``people`` = 2 is shared; only an individual
    service is handed over.
    """
    found = []
    for code, rows in plan.served.items():
        reason = _not_one_service(world, plan, rows)
        if reason is not None:
            by = counted(len(rows) - 1, "row") if len(rows) > 1 and not rows[0].part else None
            found.append(violation("R1 served once", (code,), f"need {code} {reason}", by))
    return found


def _not_one_service(world: World, plan: Plan, rows: tuple[Allocation, ...]) -> str | None:
    parts = tuple(row.part for row in rows)
    if parts == (0,):
        return None
    if parts in {(1,), (2,)}:
        return f"has part {parts[0]} of a service in two parts and not the other"
    if parts != (1, 2):
        return f"is served {len(rows)} times"
    return _not_two_parts(plan, *rows)


def _not_two_parts(plan: Plan, first: Allocation, second: Allocation) -> str | None:
    same = ("support_id", "start_term", "meets_at", "reduced", "group_id")
    apart = [name for name in same if getattr(first, name) != getattr(second, name)]
    shape, need = plan.support(first).shape, plan.need(first)
    if first.staff_id == second.staff_id:
        return f"has both parts from {first.staff_id}, two people are needed"
    if apart:
        return f"has two parts that differ in {', '.join(apart)}"
    if shape == "group":
        return "is in a group and cannot come in two parts"
    if shape == "project" and need.people != 2:
        return "is shared by two people although its row says people = 1"
    return None


def hours(world: World, plan: Plan) -> list[Violation]:
    """R2: ``delivery + travel + standing + liaison ≤ bookable`` for every person and term, minutes a week."""
    found = []
    for (staff_id, term), most in world.bookable.items():
        used = plan.used(staff_id, term)
        if used > most:
            sentence = f"{staff_id} is booked for {used} of {most} minutes a week in {world.terms[term].id}"
            rows = (staff_id, world.terms[term].id)
            found.append(violation("R2 hours", rows, sentence, counted(used - most, "minute")))
    return found


def eligible(world: World, plan: Plan) -> list[Violation]:
    """R3: the need admits the support, and the person passes every test of ``eligibility.TESTS``.

    Individual and project supports happen at the need's own site. ``forbidden_staff`` is R7, consent is R8.
    """
    found = []
    for row in plan.allocations:
        need, support, rows = plan.need(row), plan.support(row), (row.need_id, row.support_id, row.staff_id)
        if support not in world.admitted[row.need_id]:
            sentence = f"need {row.need_id} does not admit support {row.support_id}"
            found.append(violation("R3 eligible", rows, sentence))
        if support.shape != "group" and row.meets_at != need.site_id:
            sentence = f"need {row.need_id} of {need.site_id} is served at {row.meets_at} and not in a group"
            found.append(violation("R3 eligible", rows, sentence))
        for failure in failed_tests(world, need, support, world.staff[row.staff_id], row.meets_at):
            if failure.rule == "R3 eligible":
                sentence = f"{row.staff_id} may not serve {row.need_id}: {failure.detail}"
                found.append(violation("R3 eligible", rows, sentence, failure.by))
    return found


def groups(world: World, plan: Plan) -> list[Violation]:
    """R4: members share support, leader, start, site and year band; ``min_group ≤ members ≤ max_group``.

    Members come from the meeting site, or for a ``cross_site`` support from within
    ``policy.cross_site_minutes`` of it; in a group of several sites every member has cluster consent.
    """
    found = [
        violation(
            "R4 groups",
            (row.need_id, row.support_id),
            f"need {row.need_id} gets the {plan.support(row).shape} support {row.support_id} "
            + (f"in group {row.group_id}" if row.group_id else "outside a group"),
        )
        for row in plan.allocations
        if (row.group_id is not None) != (plan.support(row).shape == "group")
    ]
    for code, rows in plan.members.items():
        found += _one_group(world, plan, code, rows)
        found += _size(plan, code, rows)
        found += _members_sites(world, plan, code, rows)
    empty = sorted(set(plan.groups) - set(plan.members))
    if plan.whole:
        found += [violation("R4 groups", (code,), f"group {code} has no members") for code in empty]
    return found


def _shown(value: object) -> str:
    return " to ".join((value[0], value[-1])) if isinstance(value, tuple) and value else str(value)


def _one_group(world: World, plan: Plan, code: str, rows: tuple[Allocation, ...]) -> list[Violation]:
    found = []
    shared = (
        ("support_id", "support"),
        ("staff_id", "leader"),
        ("start_term", "start term"),
        ("meets_at", "site"),
        ("terms", "span"),
    )
    for field, word in shared:
        values = sorted({_shown(getattr(row, field)) for row in rows})
        if field == "terms" and len({row.start_term for row in rows}) > 1:
            continue  # said already, as the start term
        if len(values) > 1:
            sentence = f"group {code} has more than one {word}: {', '.join(values)}"
            found.append(violation("R4 groups", (code, *values), sentence))
    bands = {world.year_band(plan.need(row)) for row in rows}
    if len(bands) > 1:
        members = tuple(row.need_id for row in rows)
        found.append(
            violation("R4 groups", (code, *members), f"group {code} has members of {len(bands)} year bands")
        )
    return found


def _size(plan: Plan, code: str, rows: tuple[Allocation, ...]) -> list[Violation]:
    support, size = plan.support(rows[0]), len(rows)
    if not plan.whole and code in plan.groups:
        size = max(size, plan.groups[code].members)  # members without cluster consent are only counted
    if size < support.min_group:
        sentence = (
            f"group {code} has {counted(size, 'member')}, {support.support_id} needs {support.min_group}"
        )
        return [violation("R4 groups", (code,), sentence, counted(support.min_group - size, "learner"))]
    if size > support.max_group:
        sentence = f"group {code} has {size} members, {support.support_id} takes {support.max_group}"
        return [violation("R4 groups", (code,), sentence, counted(size - support.max_group, "learner"))]
    return []


def _members_sites(world: World, plan: Plan, code: str, rows: tuple[Allocation, ...]) -> list[Violation]:
    found = []
    most = exact(world.policy.cross_site_minutes)
    for row in rows:
        home = plan.need(row).site_id
        if home == row.meets_at:
            continue
        if not plan.support(row).cross_site:
            sentence = f"{row.need_id} of {home} is in group {code} at {row.meets_at}, which is for one site"
            found.append(violation("R4 groups", (code, row.need_id), sentence))
            continue
        minutes = world.one_way(home, row.meets_at)
        if minutes is None or minutes > most:
            far = None if minutes is None else f"{float(minutes - most):.4g} minutes"
            sentence = f"{row.need_id} of {home} is further than {float(most):g} minutes from group {code}"
            found.append(violation("R4 groups", (code, row.need_id), sentence, far))
    if len({plan.need(row).site_id for row in rows}) > 1:
        found += [
            violation(
                "R4 groups", (code, row.need_id), f"{row.need_id} has no consent for cross-site group {code}"
            )
            for row in rows
            if not plan.need(row).shared_with_cluster
        ]
    return found


def visits(world: World, plan: Plan) -> list[Violation]:
    """R5: at each site but the base and in each term with delivery or liaison there,

        quarters ≥ 4 × visits_per_week of every support given there (liaison: the role's rate, rounded up)
        quarters × day ≥ 4 × (delivery + liaison minutes there)        quarters ≤ 20

    No visits at the base, nor where nothing is done, nor where the way is not known.
    """
    found = []
    for staff_id, site_id, term in sorted({*plan.delivery, *plan.liaison, *plan.quarters}):
        key, name = (staff_id, site_id, term), world.terms[term].id
        rows, done = (staff_id, site_id, name), plan.quarters.get((staff_id, site_id, term), 0)
        needed = plan.quarters_needed(*key)
        if world.staff[staff_id].base_site == site_id:
            if done:
                sentence = f"{staff_id} has visits at the own base {site_id} in {name}"
                found.append(violation("R5 visits", rows, sentence, counted(done, "quarter")))
            continue
        if done < needed:
            sentence = f"{staff_id} visits {site_id} {done} quarters a week in {name}, {needed} are needed"
            found.append(violation("R5 visits", rows, sentence, counted(needed - done, "quarter")))
        if done > MOST_QUARTERS:
            sentence = (
                f"{staff_id} visits {site_id} {done} quarters a week in {name}, {MOST_QUARTERS} are the most"
            )
            found.append(violation("R5 visits", rows, sentence, counted(done - MOST_QUARTERS, "quarter")))
        if done and key not in plan.delivery and key not in plan.liaison:
            sentence = f"{staff_id} visits {site_id} in {name} and does nothing there"
            found.append(violation("R5 visits", rows, sentence, counted(done, "quarter")))
        if world.quarter(staff_id, site_id) is None:
            sentence = f"the way of {staff_id} to {site_id} is not known"
            found.append(violation("R5 visits", rows, sentence))
    return found


def load(world: World, plan: Plan) -> list[Violation]:
    """R6: in each term ``cases ≤ max_cases``, ``sites ≤ max_sites``, ``travel ≤ floor(travel_share × paid)``.

    Each individual need, group, project or part is one case. Sites are those with delivery or liaison,
    base included; for coordinators, those with a share.
    """
    found = []
    for staff_id, term in world.bookable:
        coordinator = world.is_coordinator(staff_id)
        sites = {site for code, site in plan.blocks if code == staff_id} if coordinator else None
        figures = (
            (plan.cases.get((staff_id, term), 0), world.max_cases(staff_id), "case"),
            (
                len(plan.places.get((staff_id, term), ()) if sites is None else sites),
                world.max_sites(staff_id),
                "site",
            ),
            (plan.travel.get((staff_id, term), 0), world.travel_limit(staff_id, term), "minute"),
        )
        name = world.terms[term].id
        for value, most, unit in figures:
            if most is not None and value > most:
                what = "of travel a week " if unit == "minute" else ""
                sentence = f"{staff_id} has {counted(value, unit)} {what}in {name}, the limit is {most}"
                found.append(violation("R6 load", (staff_id, name), sentence, counted(value - most, unit)))
    return found
