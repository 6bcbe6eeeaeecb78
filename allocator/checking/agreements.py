"""Rules R7 to R11 of docs/model.md: what was agreed, who may know, who answers, whose time, and when."""

from __future__ import annotations

from collections import Counter, defaultdict

from allocator.checking.eligibility import absent_terms, failed_tests
from allocator.checking.plan import Plan
from allocator.checking.violation import Violation, counted, violation
from allocator.checking.world import World
from allocator.models.proposal import Allocation
from allocator.models.world import Need


def agreed_before(world: World, plan: Plan) -> list[Violation]:
    """R7: what is locked stays with ``current_staff``, whole, from its first possible term; so do tied hours.

    Tied hours are needs of ``tied_funding`` with a ``current_staff``. ``forbidden_staff`` never serve a need.

    Where the part that stays with the schools is not at hand, needs without cluster consent are left out.
    """
    rule, found = "R7 agreed before", []
    for row in plan.allocations:
        if row.staff_id in plan.need(row).forbidden_staff:
            sentence = f"{row.staff_id} is forbidden for need {row.need_id}"
            found.append(violation(rule, (row.need_id, row.staff_id), sentence))
    for code, need in world.planned.items():
        if not world.tied(need) or not (plan.whole or need.shared_with_cluster):
            continue
        reason = _not_kept(world, plan, need)
        if reason is not None:
            why = "locked to" if need.locked else "tied by its funding to"
            sentence = f"need {code} is {why} {need.current_staff} and {reason}"
            found.append(violation(rule, (code, str(need.current_staff)), sentence))
    return found


def _not_kept(world: World, plan: Plan, need: Need) -> str | None:
    rows = plan.served.get(need.need_id, ())
    starts = world.starts(need)
    if not rows:
        return "is not served"
    others = [row.staff_id for row in rows if row.staff_id != need.current_staff]
    if others:
        return f"is served by {', '.join(others)}"
    if any(row.reduced or row.part for row in rows):
        return "is not served whole"
    if not starts or plan.start(rows[0]) != starts[0]:
        return f"starts in {rows[0].start_term}, not in its first possible term"
    return None


def consent(world: World, plan: Plan) -> list[Violation]:
    """R8: without cluster consent only people based at the need's site, there; and the row is recorded apart.

    The shared part may show no such need: not as an allocation, not as unmet, not by its learner's lead.
    What the whole cluster may see is never recorded apart.
    """
    rule, found = "R8 consent", []
    for row in plan.allocations:
        need, support, person = plan.need(row), plan.support(row), world.staff[row.staff_id]
        for failure in failed_tests(world, need, support, person, row.meets_at):
            if failure.rule == rule:
                rows = (row.need_id, row.staff_id)
                found.append(violation(rule, rows, f"{row.staff_id} serves {row.need_id}: {failure.detail}"))
    shared, apart = plan.proposal, plan.proposal.site_only
    for code in sorted({row.need_id for row in shared.allocations} | {row.need_id for row in shared.unmet}):
        if code in world.needs and not world.needs[code].shared_with_cluster:
            found.append(
                violation(rule, (code,), f"need {code} has no cluster consent and is in the shared part")
            )
    if apart is not None:
        for code in sorted({row.need_id for row in apart.allocations} | {row.need_id for row in apart.unmet}):
            if code in world.needs and world.needs[code].shared_with_cluster:
                found.append(
                    violation(rule, (code,), f"need {code} has cluster consent and is recorded apart")
                )
    return [*found, *_leads_shown(world, plan)]


def _leads_shown(world: World, plan: Plan) -> list[Violation]:
    """A lead in the shared part must follow from the shared part alone."""
    found = []
    seen: dict[str, set[str]] = defaultdict(set)
    for row in plan.proposal.allocations:
        if row.need_id in world.needs and world.needs[row.need_id].shared_with_cluster:
            seen[world.needs[row.need_id].learner_id or ""].add(row.staff_id)
    serving = _people_of(world, plan)
    for lead in plan.proposal.leads:
        hidden = lead.learner_id in serving and lead.learner_id not in seen
        by_work = lead.staff_id in serving.get(lead.learner_id, set())
        coordinates = _coordinates(world, plan, lead.learner_id, lead.staff_id)
        if hidden or (by_work and lead.staff_id not in seen.get(lead.learner_id, set()) and not coordinates):
            sentence = (
                f"the lead of {lead.learner_id} in the shared part shows a need without cluster consent"
            )
            found.append(violation("R8 consent", (lead.learner_id, lead.staff_id), sentence))
    return found


def one_face(world: World, plan: Plan) -> list[Violation]:
    """R9: one liaison per site of ``liaison_site_types`` and term with somebody able; one lead per learner.

    A ``liaison`` cell fixes who, in terms in which that person has bookable minutes. A lead serves one of the
    learner's needs, or is a coordinator with a share at the learner's site.
    """
    found = []
    for term in world.horizon:
        able = {code for code in world.staff if world.role(code).liaison and world.works(code, term)}
        for site_id, site in world.sites.items():
            wanted = bool(able) and site.type in world.policy.liaison_site_types
            found += _liaison_at(world, plan, site_id, term, able if wanted else None)
    return found + _leads(world, plan)


def _liaison_at(world: World, plan: Plan, site_id: str, term: int, able: set[str] | None) -> list[Violation]:
    rule, name = "R9 one face", world.terms[term].id
    people = [row.staff_id for row in plan.liaisons if (row.site_id, row.term) == (site_id, name)]
    if able is None:
        if people:
            sentence = f"site {site_id} takes no liaison in {name} and has {', '.join(people)}"
            return [violation(rule, (site_id, name), sentence)]
        return []
    if len(people) != 1:
        sentence = f"site {site_id} has {counted(len(people), 'liaison')} in {name}, exactly 1 is needed"
        return [violation(rule, (site_id, name), sentence, counted(abs(len(people) - 1), "person"))]
    if people[0] not in able:
        sentence = f"{people[0]} is liaison of {site_id} in {name} without a liaison role or bookable minutes"
        return [violation(rule, (site_id, name, people[0]), sentence)]
    fixed = [code for code in world.sites[site_id].liaison if code in world.staff and world.works(code, term)]
    return [
        violation(
            rule,
            (site_id, name, code),
            f"site {site_id} has agreed on liaison {code}, not {people[0]}, in {name}",
        )
        for code in fixed
        if code != people[0]
    ]


def _people_of(world: World, plan: Plan) -> dict[str, set[str]]:
    """Supported learner -> the people who serve one of their needs."""
    people: dict[str, set[str]] = defaultdict(set)
    for code, rows in plan.served.items():
        learner = world.needs[code].learner_id
        if learner is not None:
            people[learner] |= {row.staff_id for row in rows}
    return people


def _coordinates(world: World, plan: Plan, learner_id: str, staff_id: str) -> bool:
    sites = {need.site_id for need in world.needs.values() if need.learner_id == learner_id}
    return any(plan.blocks_at(staff_id, site) > 0 for site in sites)


def _leads(world: World, plan: Plan) -> list[Violation]:
    rule, found = "R9 one face", []
    serving = _people_of(world, plan)
    count = Counter(lead.learner_id for lead in plan.leads)
    for learner in sorted(serving):
        if count[learner] != 1:
            sentence = f"learner {learner} has {counted(count[learner], 'lead')}, exactly 1 is needed"
            found.append(violation(rule, (learner,), sentence, counted(abs(count[learner] - 1), "person")))
    for lead in plan.leads:
        rows = (lead.learner_id, lead.staff_id)
        if lead.learner_id not in serving:
            found.append(violation(rule, rows, f"learner {lead.learner_id} has a lead and is not supported"))
        elif lead.staff_id not in serving[lead.learner_id] and not _coordinates(world, plan, *rows):
            sentence = f"{lead.staff_id} leads {lead.learner_id} and neither serves nor coordinates there"
            found.append(violation(rule, rows, sentence))
    return found


def coordinator_shares(world: World, plan: Plan) -> list[Violation]:
    """R10: ``sum of blocks = blocks[k]``, each share 0 or ``≥ ceil(min_share_fte ÷ block_fte)`` blocks, and

        delivery + travel to a site ≤ share × floor((bookable − standing) ÷ blocks[k])     in every term

    without a share no delivery; one employing site each; with ``enforce_entitlement`` the blocks of all
    coordinators do not exceed the entitlement of the cluster's roll.
    """
    found = []
    active = {code for code in world.staff if world.is_coordinator(code) and world.works_at_all(code)}
    for code in world.staff:
        if code in active:
            found += _shares_of(world, plan, code)
            found += _share_used(world, plan, code)
        else:
            sentence = f"{code} is no coordinator with bookable minutes and holds a share"
            found += [
                violation("R10 coordinator shares", (code, row.site_id), f"{sentence} at {row.site_id}")
                for row in plan.shares
                if row.staff_id == code
            ]
    held = sum(world.blocks(code) for code in active)
    if world.policy.coordinators.enforce_entitlement and held > world.entitled_blocks():
        most = world.entitled_blocks()
        sentence = f"coordinators hold {held} blocks, the cluster's roll entitles it to {most}"
        by = counted(held - most, "block")
        found.append(violation("R10 coordinator shares", tuple(sorted(active)), sentence, by))
    return found


def _shares_of(world: World, plan: Plan, code: str) -> list[Violation]:
    rule, found = "R10 coordinator shares", []
    rows = [row for row in plan.shares if row.staff_id == code]
    total, most, least = sum(row.blocks for row in rows), world.blocks(code), world.least_blocks()
    if total != most:
        sentence = f"the shares of {code} add up to {total} blocks, not {most}"
        found.append(violation(rule, (code,), sentence, counted(abs(total - most), "block")))
    for row in rows:
        if row.blocks < max(1, least):
            sentence = (
                f"the share of {code} at {row.site_id} is {counted(row.blocks, 'block')}, not {least} or more"
            )
            by = counted(max(1, least) - row.blocks, "block")
            found.append(violation(rule, (code, row.site_id), sentence, by))
        if not world.may_go(code, row.site_id):
            sentence = (
                f"{code} holds a share at {row.site_id}: an office, out of reach, or not one of their sites"
            )
            found.append(violation(rule, (code, row.site_id), sentence))
    employers = [row.site_id for row in rows if row.employs]
    wanted = employing_site(world, plan, code)
    if rows and employers != [wanted]:
        sentence = f"{wanted} employs {code}, and the proposal says {', '.join(employers) or 'nobody'}"
        found.append(violation(rule, (code, str(wanted)), sentence))
    employer = world.staff[code].employer
    if employer in world.sites and most and not plan.blocks_at(code, str(employer)):
        found.append(violation(rule, (code, str(employer)), f"{employer} employs {code} and holds no share"))
    return found


def employing_site(world: World, plan: Plan, code: str) -> str | None:
    """The site that employs a coordinator: ``employer`` if it is a site, else the largest share's.

    Ties go to the base, then to the smaller code.
    """
    person = world.staff[code]
    if person.employer in world.sites:
        return person.employer
    blocks = {site: number for (who, site), number in plan.blocks.items() if who == code}
    return min(blocks, key=lambda site: (-blocks[site], site != person.base_site, site), default=None)


def _share_used(world: World, plan: Plan, code: str) -> list[Violation]:
    rule, found = "R10 coordinator shares", []
    for (who, site, term), minutes in sorted(plan.delivery.items()):
        if who == code and minutes and not plan.blocks_at(code, site):
            name = world.terms[term].id
            sentence = f"{code} works at {site} in {name} without a share there"
            found.append(violation(rule, (code, site, name), sentence, counted(minutes, "minute")))
    for site in sorted({site for who, site in plan.blocks if who == code}):
        for term in world.horizon:
            travel = plan.quarters.get((code, site, term), 0) * (world.quarter(code, site) or 0)
            used = plan.delivery.get((code, site, term), 0) + travel
            most = plan.blocks_at(code, site) * world.block_minutes(code, term)
            if used > max(0, most):
                name = world.terms[term].id
                sentence = f"{code} spends {used} minutes a week on {site} in {name}, its share holds {most}"
                found.append(violation(rule, (code, site, name), sentence, counted(used - most, "minute")))
    return found


def terms(world: World, plan: Plan) -> list[Violation]:
    """R11: ``earliest ≤ start ≤ latest``, needs in service start in the first term, spans are given whole.

    The same person gives all of it, unless policy and row allow a handover; then the first part's terms
    and the second part's terms together are the span. A person has bookable minutes in every term they
    give.
    """
    found = []
    for row in plan.allocations:
        if plan.start(row) not in world.starts(plan.need(row)):
            sentence = f"need {row.need_id} may not start in {row.start_term}"
            found.append(violation("R11 terms", (row.need_id, row.start_term), sentence))
        away = [world.terms[term].id for term in absent_terms(world, row.staff_id, plan.terms(row))]
        if away:
            sentence = f"{row.staff_id} gives {row.need_id} in {', '.join(away)} without bookable minutes"
            by = counted(len(away), "term")
            found.append(violation("R11 terms", (row.need_id, row.staff_id, *away), sentence, by))
    for code, rows in plan.served.items():
        reason = _not_whole(world, plan, rows)
        if reason is not None:
            found.append(violation("R11 terms", (code,), f"need {code} {reason}"))
    return found


def _not_whole(world: World, plan: Plan, rows: tuple[Allocation, ...]) -> str | None:
    first = rows[0]
    span = tuple(
        world.terms[term].id for term in world.span(plan.need(first), plan.support(first), plan.start(first))
    )
    handed_over = len(rows) == 2 and plan.support(first).shape == "individual" and first.part == 1
    if not handed_over:
        wrong = next((row for row in rows if row.terms != span), None)
        return (
            None if wrong is None else f"is given in {', '.join(wrong.terms)}, its span is {', '.join(span)}"
        )
    if not world.may_hand_over(plan.need(first)):
        return "is handed over, which policy or its row does not allow"
    if not first.terms or not rows[1].terms or first.terms + rows[1].terms != span:
        return f"is handed over in a way that does not make up its span {', '.join(span)}"
    return None
