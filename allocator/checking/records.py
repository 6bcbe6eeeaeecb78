"""The proposal's own consistency: codes that exist, rows that agree with each other, figures that follow.

Each function is one kind of record; ``RECORDS`` lists them. None of them judges the plan itself: that is
what the rules are for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable

from pydantic import BaseModel

from allocator.checking.exact import exact
from allocator.checking.plan import Plan
from allocator.checking.violation import Violation, counted, violation
from allocator.checking.world import World
from allocator.models.proposal import Allocation, Group, Proposal, ReservedTime, Withheld

RECORD = "record"
FORMAT = "allocator-proposal-1"


def belongs_to_cluster(world: World, plan: Plan) -> list[Violation]:
    """Format, the cluster's name and the fingerprint of its rows and policy."""
    from allocator.io.fingerprint import fingerprint

    proposal = plan.proposal
    pairs = (
        ("format", proposal.format, FORMAT),
        ("cluster", proposal.cluster, world.cluster.name),
        ("fingerprint", proposal.fingerprint, fingerprint(world.cluster)),
    )
    return [
        violation(RECORD, (name,), f"the {name} is {found}, of this cluster it is {wanted}")
        for name, found, wanted in pairs
        if found != wanted
    ]


def codes_exist(world: World, plan: Plan) -> list[Violation]:
    """Every code of every row is a code of the cluster."""
    known: dict[str, set[str]] = {
        "need_id": set(world.needs),
        "staff_id": set(world.staff),
        "site_id": set(world.sites),
        "meets_at": set(world.sites),
        "support_id": set(world.supports),
        "term": set(world.position),
        "start_term": set(world.position),
        "learner_id": {need.learner_id for need in world.needs.values() if need.learner_id is not None},
    }
    found = []
    for table, rows in _tables(plan.proposal):
        for row in rows:
            values = row.model_dump()
            codes = [(name, values[name]) for name in known if values.get(name) is not None]
            codes += [("term", term) for term in values.get("terms", ())]
            found += [
                violation(
                    RECORD, (str(code),), f"{table} names {name} {code}, which the cluster does not have"
                )
                for name, code in dict.fromkeys(codes)
                if code not in known[name]
            ]
    return found


def _tables(proposal: Proposal) -> Iterable[tuple[str, tuple[BaseModel, ...]]]:
    """Every table of rows with codes, the part that stays with the schools included."""
    for name in ("allocations", "groups", "visits", "shares", "liaisons", "leads", "unmet", "reserved"):
        yield name, getattr(proposal, name)
    if proposal.site_only is not None:
        for name in ("allocations", "groups", "leads", "unmet"):
            yield f"site_only.{name}", getattr(proposal.site_only, name)


def rows_once(world: World, plan: Plan) -> list[Violation]:
    """No table has two rows of the same key (allocations: R1; liaisons and leads: R9)."""
    proposal, apart = plan.proposal, plan.proposal.site_only
    keys: tuple[tuple[str, Iterable[Hashable]], ...] = (
        ("visits", ((row.staff_id, row.site_id, row.term) for row in proposal.visits)),
        ("shares", ((row.staff_id, row.site_id) for row in proposal.shares)),
        ("reserved", ((row.staff_id, row.term) for row in proposal.reserved)),
        ("groups", ((row.group_id,) for row in (*proposal.groups, *(apart.groups if apart else ())))),
        ("unmet", ((row.need_id,) for row in (*proposal.unmet, *(apart.unmet if apart else ())))),
    )
    return [
        violation(
            RECORD, _codes(key), f"{table} has {number} rows of {' '.join(_codes(key))}", f"{number - 1} rows"
        )
        for table, rows in keys
        for key, number in Counter(rows).items()
        if number > 1
    ]


def _codes(key: Hashable) -> tuple[str, ...]:
    return key if isinstance(key, tuple) else (str(key),)


def needs_accounted(world: World, plan: Plan) -> list[Violation]:
    """Exactly the planned needs are allocated or unmet, never both; withheld ones may only be counted."""
    proposal, apart = plan.proposal, plan.proposal.site_only
    served = {row.need_id for row in (*proposal.allocations, *(apart.allocations if apart else ()))}
    unmet = {row.need_id for row in (*proposal.unmet, *(apart.unmet if apart else ()))}
    found = [
        violation(RECORD, (code,), f"need {code} is both served and unmet") for code in sorted(served & unmet)
    ]
    for code in sorted((served | unmet) & set(world.needs) - set(world.planned)):
        found.append(
            violation(RECORD, (code,), f"need {code} is {world.needs[code].status} and takes no part")
        )
    for code, need in world.planned.items():
        if code not in served | unmet and (apart is not None or need.shared_with_cluster):
            found.append(violation(RECORD, (code,), f"need {code} is neither served nor unmet"))
    return found


def row_figures(world: World, plan: Plan) -> list[Violation]:
    """Each allocation's learner, site, dose, minutes and value are those of its need and support."""
    found = []
    for row in plan.allocations:
        need, support = plan.need(row), plan.support(row)
        for name, declared, wanted in (
            ("learner", row.learner_id, need.learner_id),
            ("site", row.site_id, need.site_id),
        ):
            if declared != wanted:
                sentence = f"need {row.need_id} is recorded with {name} {declared}, its {name} is {wanted}"
                found.append(violation(RECORD, (row.need_id,), sentence))
        if row.reduced and world.reduced_minutes(need, support) is None:
            sentence = f"need {row.need_id} has no smaller dose of {support.support_id}"
            found.append(violation(RECORD, (row.need_id,), sentence))
        for unit, declared_number, number in (
            ("minute", row.minutes_per_week, plan.minutes(row)),
            ("point", row.value, plan.points(row)),
        ):
            if declared_number != number:
                sentence = (
                    f"need {row.need_id} is recorded with {counted(declared_number, unit)}, it is {number}"
                )
                by = counted(abs(declared_number - number), unit)
                found.append(violation(RECORD, (row.need_id, row.staff_id), sentence, by))
    return found


def groups_match(world: World, plan: Plan) -> list[Violation]:
    """The table of groups says what the members' rows say; a group with a shared member is shared."""
    found = []
    shown = {row.group_id for row in plan.proposal.allocations if row.group_id is not None}
    shared_table = {row.group_id for row in plan.proposal.groups}
    for code in sorted(shown - shared_table):
        found.append(
            violation(RECORD, (code,), f"group {code} has members and is not in the table of groups")
        )
    for code, rows in sorted(plan.members.items()):
        group = plan.groups.get(code)
        if group is None:
            if code not in shown:
                found.append(
                    violation(RECORD, (code,), f"group {code} has members and is not in the table of groups")
                )
        else:
            found += _group_matches(world, plan, group, rows)
            if plan.whole and code in shared_table and code not in shown:
                sentence = f"group {code} has no member with cluster consent and is in the shared part"
                found.append(violation("R8 consent", (code,), sentence))
    return found


def _group_matches(world: World, plan: Plan, group: Group, rows: tuple[Allocation, ...]) -> list[Violation]:
    first = rows[0]
    homes = {plan.need(row).site_id for row in rows}
    uncounted = 0 if plan.whole else group.members - len(rows)
    wanted: dict[str, object] = {
        "support_id": first.support_id,
        "staff_id": first.staff_id,
        "site_id": first.meets_at,
        "start_term": first.start_term,
        "year_band": world.year_band(plan.need(first)),
        "minutes_per_week": plan.minutes(first),
        "members": len(rows) + _hidden_members(world, group, homes, uncounted),
        "cross_site": len(homes) > 1,
    }
    if not uncounted:
        wanted["terms"] = tuple(term.id for term in world.terms if any(term.id in row.terms for row in rows))
    return [
        violation(
            RECORD, (group.group_id,), f"group {group.group_id} is recorded with {name} {said}, not {value}"
        )
        for name, value in wanted.items()
        if (said := getattr(group, name)) != value
    ]


def _hidden_members(world: World, group: Group, homes: set[str], uncounted: int) -> int:
    """How many members may be needs without consent: all of its site, in a group of that site only."""
    if homes != {group.site_id}:
        return 0
    able = sum(
        need.site_id == group.site_id and not need.shared_with_cluster for need in world.planned.values()
    )
    return max(0, min(uncounted, able))


def travel_figures(world: World, plan: Plan) -> list[Violation]:
    """A visit's travel is quarters × ``quarter[k,s,t]``."""
    found = []
    for row in plan.visits:
        minutes = row.quarters * (world.quarter(row.staff_id, row.site_id) or 0)
        if row.travel_minutes_per_week != minutes:
            sentence = (
                f"the visits of {row.staff_id} to {row.site_id} in {row.term} are recorded with "
                f"{row.travel_minutes_per_week} minutes of travel a week, it is {minutes}"
            )
            by = counted(abs(row.travel_minutes_per_week - minutes), "minute")
            found.append(violation(RECORD, (row.staff_id, row.site_id, row.term), sentence, by))
    return found


def share_figures(world: World, plan: Plan) -> list[Violation]:
    """A share's FTE is its blocks × ``block_fte``, to a millionth."""
    found = []
    for row in plan.shares:
        wanted = row.blocks * exact(world.policy.coordinators.block_fte)
        if abs(exact(row.fte) - wanted) > exact(1e-6):
            sentence = f"the share of {row.staff_id} at {row.site_id} is recorded with {row.fte:g} FTE"
            by = f"{float(abs(exact(row.fte) - wanted)):.4g} FTE"
            found.append(
                violation(RECORD, (row.staff_id, row.site_id), f"{sentence}, it is {float(wanted):g}", by)
            )
    return found


def withheld_counts(world: World, plan: Plan) -> list[Violation]:
    """``withheld`` counts what ``site_only`` holds; without it, the number of such needs is checked."""
    proposal, apart = plan.proposal, plan.proposal.site_only
    said = proposal.withheld
    needs = [code for code, need in world.planned.items() if not need.shared_with_cluster]
    wanted = Withheld(needs=len(needs), served=said.served, value=said.value)
    if apart is not None:
        rows = [row for row in apart.allocations if row.need_id in world.planned]
        served = {row.need_id for row in rows}
        wanted = Withheld(needs=len(needs), served=len(served), value=sum(plan.met(code) for code in served))
    elif said.served > len(needs):
        wanted = wanted.model_copy(update={"served": len(needs)})
    elif said.served == 0:
        wanted = wanted.model_copy(update={"value": 0})
    return [
        violation("R8 consent", ("withheld", name), f"withheld counts {name} {declared}, it is {number}", by)
        for name, number in wanted.model_dump().items()
        if (declared := getattr(said, name)) != number
        for by in (str(abs(declared - number)),)
    ]


def reserved_time(world: World, plan: Plan) -> list[Violation]:
    """``reserved`` is the time and cases of what only the schools see (not groups with a shared member)."""
    said = {(row.staff_id, row.term): row for row in plan.proposal.reserved}
    if plan.proposal.site_only is None:
        return _reserved_plausible(world, plan)
    shown = {row.group_id for row in plan.proposal.allocations if row.group_id is not None}
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    hidden = set(plan.proposal.site_only.allocations)
    for task in plan.tasks:
        if task.group_id in shown or not hidden.intersection(task.rows):
            continue
        for term in task.terms:
            held = sums[task.staff_id, world.terms[term].id]
            held[0] += task.minutes
            held[1] += 1
    found = []
    for key in sorted({*said, *sums}):
        minutes, cases = sums.get(key, [0, 0])
        row = said.get(key, ReservedTime(staff_id=key[0], term=key[1], minutes_per_week=0, cases=0))
        if (row.minutes_per_week, row.cases) != (minutes, cases):
            sentence = (
                f"{key[0]} has {row.minutes_per_week} minutes and {row.cases} cases reserved in {key[1]}, "
                f"needs without cluster consent take {minutes} and {cases}"
            )
            by = counted(abs(row.minutes_per_week - minutes), "minute")
            found.append(violation("R8 consent", key, sentence, by))
    return found


def _reserved_plausible(world: World, plan: Plan) -> list[Violation]:
    """Only somebody based where such a need is has reserved time, and none without served needs."""
    homes = {need.site_id for need in world.planned.values() if not need.shared_with_cluster}
    served, found = plan.proposal.withheld.served, []
    in_groups = sum(group.members - len(plan.members.get(code, ())) for code, group in plan.groups.items())
    if served > 0 and not plan.proposal.reserved and in_groups < served:
        sentence = (
            f"{served} withheld needs are served, {max(0, in_groups)} in groups, and no time is reserved"
        )
        found.append(violation("R8 consent", ("withheld", "reserved"), sentence))
    for row in plan.proposal.reserved:
        person = world.staff.get(row.staff_id)
        empty = min(row.minutes_per_week, row.cases) < 1 or served < 1
        if person is not None and (empty or person.base_site not in homes):
            sentence = (
                f"{row.staff_id} has time reserved in {row.term} and no need without consent can take it"
            )
            by = counted(row.minutes_per_week, "minute")
            found.append(violation("R8 consent", (row.staff_id, row.term), sentence, by))
    return found


RECORDS: tuple[Callable[[World, Plan], list[Violation]], ...] = (
    belongs_to_cluster,
    codes_exist,
    rows_once,
    needs_accounted,
    row_figures,
    groups_match,
    travel_figures,
    share_figures,
    withheld_counts,
    reserved_time,
)
