"""What could be changed so that a need is met, one kind a function, within what ``policy.negotiable`` allows.

A lever has sizes 1, 2, … in steps a person decides in; each size is an edit of the cluster. A lever speaks of one
person (or a role, or the need): the others stay as they are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from allocator.checking.eligibility import failed_tests
from allocator.explaining.edits import Cell, Edit
from allocator.explaining.situation import Situation
from allocator.models.policy import Negotiable
from allocator.models.world import Need, Staff, Support
from allocator.solvers.facts import NO_LIMIT
from scenarios.changes.base import fresh

FULL_TIME = 1.0
"""Nobody is asked to work more than full time."""
BASES_TRIED = 3
TRAVEL_STEP, REACH_STEP = 0.01, 5
_DUST = 1e-9


@dataclass(frozen=True)
class Lever:
    """One thing that may be changed, in ``sizes`` steps. ``person`` is -1 where it speaks of no one person."""

    kind: str
    subject: str
    """staff_id, role or need_id."""
    person: int
    sizes: int
    edit: Callable[[int], Edit]
    words: Callable[[int], str]
    amount: Callable[[int], float]
    unit: str


def hours(situation: Situation, n: int) -> Iterator[Lever]:
    """More FTE for one of those who could give it; where availability.csv rules a term, more hours there."""
    for k in situation.eligible(n):
        yield from _hours_for(situation, k)


def _hours_for(situation: Situation, k: int) -> Iterator[Lever]:
    person, offer = situation.cluster.staff[k], situation.cluster.policy.negotiable
    most, step = (
        min(offer.fte_by_role.get(person.role, offer.fte), FULL_TIME - person.fte),
        _step(situation, person.role),
    )
    steps = math.floor(most / step + _DUST)
    if steps > 0:
        yield _hours_of(situation, k, person, step, steps)


def _step(situation: Situation, role: str) -> float:
    """The smallest difference in FTE; a coordinator's comes in whole blocks (R10)."""
    policy = situation.cluster.policy
    if not situation.cluster.roles[role].coordinator:
        return policy.negotiable.fte_step
    block = policy.coordinators.block_fte
    return round(block * math.ceil(policy.negotiable.fte_step / block - _DUST), 6)


def _hours_of(situation: Situation, k: int, person: Staff, step: float, steps: int) -> Lever:
    cluster = situation.cluster
    listed = [row for row in cluster.availability if row.staff_id == person.staff_id and row.hours_per_week]

    def edit(size: int) -> Edit:
        fte = round(person.fte + size * step, 6)
        more = size * step * cluster.roles[person.role].paid_hours
        cells = [Cell("staff", person.staff_id, "fte", person.fte, fte)]
        for row in listed:
            after = round(row.hours_per_week + more, 6)
            code = f"{row.staff_id} {row.term}"
            cells.append(Cell("availability", code, "hours_per_week", row.hours_per_week, after))
        change = {"change": "change_staff", "person": person.staff_id, "set": {"fte": fte}}
        return Edit(tuple(cells), scenario=() if listed else (change,))

    def words(size: int) -> str:
        return f"+{size * step:g} FTE for {person.staff_id} ({person.fte:g} to {person.fte + size * step:g})"

    return Lever("hours", person.staff_id, k, steps, edit, words, lambda size: round(size * step, 6), "FTE")


def sites(situation: Situation, n: int) -> Iterator[Lever]:
    """One site more for somebody: a higher limit, or this site added to the list of those they serve, or both."""
    need, offer = situation.problem.needs[n], situation.cluster.policy.negotiable
    for k, person in enumerate(situation.cluster.staff):
        if offer.sites and not person.vacant:
            limited = situation.problem.facts.max_sites[k] < NO_LIMIT
            unlisted = bool(person.sites) and need.site_id not in (*person.sites, person.base_site)
            if unlisted and _misses(situation, need, person, {"sites"}):
                yield _sites_of(situation, k, 1, adds=need.site_id, raised=False)
                if limited:
                    yield _sites_of(situation, k, 1, adds=need.site_id, raised=True)
            elif limited and k in situation.eligible(n) and _at_site_limit(situation, k):
                yield _sites_of(situation, k, offer.sites, adds=None, raised=True)


def _sites_of(situation: Situation, k: int, most: int, *, adds: str | None, raised: bool) -> Lever:
    """``adds``: a site for the person's list of sites; ``raised``: a higher limit on their number."""
    person, limit = situation.cluster.staff[k], int(situation.problem.facts.max_sites[k])
    name = "" if adds is None else situation.cluster.site[adds].name

    def edit(size: int) -> Edit:
        new: dict[str, object] = {}
        if adds is not None:
            new["sites"] = (*person.sites, adds)
        if raised:
            new["max_sites"] = limit + size
        cells = [
            Cell("staff", person.staff_id, column, getattr(person, column), new[column]) for column in new
        ]
        wanted = {column: list(value) if isinstance(value, tuple) else value for column, value in new.items()}
        return Edit(
            tuple(cells), scenario=({"change": "change_staff", "person": person.staff_id, "set": wanted},)
        )

    def words(size: int) -> str:
        more = "one more site" if size == 1 else f"{size} more sites"
        parts = [] if adds is None else [f"{name} added to the sites of {person.staff_id}"]
        parts += [f"{more} for {person.staff_id} ({limit} to {limit + size})"] if raised else []
        return ", and ".join(parts)

    return Lever("sites", person.staff_id, k, most, edit, words, float, "sites")


def cases(situation: Situation, n: int) -> Iterator[Lever]:
    """More open cases for somebody whose number of cases is limited."""
    most = situation.cluster.policy.negotiable.cases
    for k in situation.eligible(n):
        limit = int(situation.problem.facts.max_cases[k])
        if most and int(situation.uses[k].cases.max(initial=0)) >= limit:
            yield _cases_of(situation.cluster.staff[k], k, limit, most)


def _cases_of(person: Staff, k: int, limit: int, most: int) -> Lever:
    def edit(size: int) -> Edit:
        cell = Cell("staff", person.staff_id, "max_cases", person.max_cases, limit + size)
        change = {"change": "change_staff", "person": person.staff_id, "set": {"max_cases": limit + size}}
        return Edit((cell,), scenario=(change,))

    def words(size: int) -> str:
        more = "one more open case" if size == 1 else f"{size} more open cases"
        return f"{more} for {person.staff_id} ({limit} to {limit + size})"

    return Lever("cases", person.staff_id, k, most, edit, words, float, "cases")


def travel(situation: Situation, n: int) -> Iterator[Lever]:
    """More of their paid time on the road, for everybody of a role."""
    most = situation.cluster.policy.negotiable.travel_share
    stopped = (k for k in situation.eligible(n) if _at_travel_limit(situation, k, n))
    roles = dict.fromkeys(situation.cluster.staff[k].role for k in stopped)
    for role in roles:
        share = situation.cluster.roles[role].travel_share
        steps = math.floor(min(most, 1 - share) / TRAVEL_STEP + _DUST)
        if steps > 0:
            yield _role_lever(situation, role, "travel_share", share, TRAVEL_STEP, steps)


def reach(situation: Situation, n: int) -> Iterator[Lever]:
    """A longer way one way, for everybody of a role of which somebody fails nothing but the distance."""
    need, offer = situation.problem.needs[n], situation.cluster.policy.negotiable
    found = [
        p.role for p in situation.cluster.staff if not p.vacant and _misses(situation, need, p, {"reach"})
    ]
    for role in dict.fromkeys(found):
        steps = offer.reach_minutes // REACH_STEP
        if steps:
            minutes = situation.cluster.roles[role].reach_minutes
            yield _role_lever(situation, role, "reach_minutes", minutes, REACH_STEP, steps)


def _role_lever(
    situation: Situation, role: str, column: str, before: float, step: float, steps: int
) -> Lever:
    name = situation.cluster.roles[role].name

    def after(size: int) -> float:
        return round(before + size * step, 6)

    def edit(size: int) -> Edit:
        change = {"change": "change_policy", "roles": {role: {column: after(size)}}}
        return Edit((Cell("roles", role, column, before, after(size)),), scenario=(change,))

    def words(size: int) -> str:
        if column == "travel_share":
            return f"{name} may travel {100 * after(size):g}% of their paid time, not {100 * before:g}%"
        return f"{name} may go {after(size):g} minutes one way, not {before:g}"

    kind, unit = ("travel", "of paid time") if column == "travel_share" else ("reach", "minutes")
    return Lever(kind, role, -1, steps, edit, words, lambda size: round(size * step, 6), unit)


def later_start(situation: Situation, n: int) -> Iterator[Lever]:
    """A start after the last term the row allows."""
    need, cluster = situation.problem.needs[n], situation.cluster
    if need.latest_term is None or need.status == "in_service":
        return
    last = situation.problem.facts.term_index[need.latest_term]
    steps = min(cluster.policy.negotiable.later_terms, len(cluster.terms) - 1 - last)
    if steps <= 0:
        return

    def edit(size: int) -> Edit:
        return Edit(
            (Cell("needs", need.need_id, "latest_term", need.latest_term, cluster.terms[last + size].id),)
        )

    def words(size: int) -> str:
        return f"start in {cluster.terms[last + size].id}, after {need.latest_term}"

    yield Lever("later start", need.need_id, -1, steps, edit, words, float, "terms")


def smaller_group(situation: Situation, n: int) -> Iterator[Lever]:
    """A group support that asks for fewer learners."""
    need, offer = situation.problem.needs[n], situation.cluster.policy.negotiable
    for support in situation.world.admitted[need.need_id]:
        steps = min(offer.smaller_group, support.min_group - 1)
        if support.shape == "group" and steps > 0:
            yield _smaller(support, steps)


def _smaller(support: Support, steps: int) -> Lever:
    def edit(size: int) -> Edit:
        least = support.min_group - size
        change = {"change": "change_support", "support": support.support_id, "set": {"min_group": least}}
        return Edit(
            (Cell("supports", support.support_id, "min_group", support.min_group, least),), scenario=(change,)
        )

    def words(size: int) -> str:
        return f"{support.name} from {support.min_group - size} learners on, not {support.min_group}"

    return Lever("smaller group", support.support_id, -1, steps, edit, words, float, "learners fewer")


def vacancy(situation: Situation, n: int) -> Iterator[Lever]:
    """A vacant post that is filled."""
    need = situation.problem.needs[n]
    if not situation.cluster.policy.negotiable.vacancies:
        return
    for k, person in enumerate(situation.cluster.staff):
        if (
            person.vacant
            and not situation.problem.facts.bookable[k].any()
            and _misses(situation, need, person, set())
        ):
            yield _vacancy_of(person, k)


def _vacancy_of(person: Staff, k: int) -> Lever:
    cells = [Cell("staff", person.staff_id, "vacant", True, False)]
    if person.available_from is not None:
        cells.append(Cell("staff", person.staff_id, "available_from", person.available_from, None))
    edit = Edit(tuple(cells), scenario=({"change": "fill_vacancy", "person": person.staff_id},))
    words = f"the vacant post {person.staff_id} ({person.fte:g} FTE) filled"
    return Lever(
        "vacancy", person.staff_id, k, 1, lambda _: edit, lambda _: words, lambda _: person.fte, "FTE"
    )


def new_hours(situation: Situation, n: int) -> Iterator[Lever]:
    """Hours of somebody new, in a role that may give it, based where such people are based, else at the need's site."""
    cluster, need, offer = situation.cluster, situation.problem.needs[n], situation.cluster.policy.negotiable
    world = situation.world
    medium = world.sites[need.site_id].medium
    languages = {*need.languages, *world.policy.medium_languages.get(medium, ())}
    for support in world.admitted[need.need_id]:
        skills = tuple(sorted({*support.skills, *need.skills}))
        for role in support.roles:
            peers = [row for row in cluster.staff if row.role == role and not row.funding]
            step = _step(situation, role)
            steps = math.floor(offer.new_fte / step + _DUST)
            bases = list(dict.fromkeys(row.base_site for row in peers))[:BASES_TRIED] or [need.site_id]
            for base in bases if steps else ():
                code = fresh(f"{role.upper()}-new", cluster.person)
                row = Staff(staff_id=code, role=role, fte=step, base_site=base, skills=skills,
                            languages=tuple(sorted(languages)))  # fmt: skip
                yield _new_person(situation, row, step, steps)


def _new_person(situation: Situation, row: Staff, step: float, steps: int) -> Lever:
    name, base = situation.cluster.roles[row.role].name, situation.cluster.site[row.base_site].name

    def edit(size: int) -> Edit:
        new = row.model_copy(update={"fte": round(size * step, 6)})
        said = {
            key: value for key, value in new.model_dump(mode="json").items() if value not in (None, [], False)
        }
        return Edit(staff=(new,), scenario=({"change": "add_staff", "staff": said},))

    def words(size: int) -> str:
        return f"{size * step:g} FTE of another {name}, based at {base}"

    k = len(situation.cluster.staff)
    return Lever("new hours", row.role, k, steps, edit, words, lambda size: round(size * step, 6), "FTE")


def training(situation: Situation, n: int) -> Iterator[Lever]:
    """A skill or a language learnt by somebody who fails nothing else."""
    need, most = situation.problem.needs[n], situation.cluster.policy.negotiable.skills
    for k, person in enumerate(situation.cluster.staff):
        if most and not person.vacant:
            yield from _training_of(situation, k, person, need, most)


def _training_of(situation: Situation, k: int, person: Staff, need: Need, most: int) -> Iterator[Lever]:
    world = situation.world
    medium = world.sites[need.site_id].medium
    spoken = {*need.languages, *world.policy.medium_languages.get(medium, ())} - {*person.languages}
    seen: set[frozenset[str]] = set()
    for support in world.admitted[need.need_id]:
        failed = {failure.test for failure in failed_tests(world, need, support, person)}
        skills = {*support.skills, *need.skills} - {*person.skills}
        lacking = frozenset(skills | spoken)
        if failed and failed <= {"skills", "languages"} and len(lacking) <= most and lacking not in seen:
            seen.add(lacking)
            yield _trained(person, k, tuple(sorted(skills)), tuple(sorted(spoken)))


def _trained(person: Staff, k: int, skills: tuple[str, ...], languages: tuple[str, ...]) -> Lever:
    gained = {"skills": skills, "languages": languages}
    cells, change = [], {"change": "train", "person": person.staff_id}
    for column, more in gained.items():
        if more:
            held = getattr(person, column)
            cells.append(Cell("staff", person.staff_id, column, held, (*held, *more)))
            change[column] = "; ".join(more)
    edit = Edit(tuple(cells), scenario=(change,))
    words = f"{person.staff_id} learns {', '.join((*skills, *languages))}"
    number = float(len(skills) + len(languages))
    return Lever(
        "training", person.staff_id, k, 1, lambda _: edit, lambda _: words, lambda _: number, "skills"
    )


def _misses(situation: Situation, need: Need, person: Staff, only: set[str]) -> bool:
    """Whether the person passes every test for some support of the need but those named, and each of those fails."""
    world = situation.world
    return any(
        {failure.test for failure in failed_tests(world, need, support, person)} == only
        for support in world.admitted[need.need_id]
    )


def _at_site_limit(situation: Situation, k: int) -> bool:
    """Whether the person works, in some term, at as many sites as they may (of a coordinator: holds shares there)."""
    facts = situation.problem.facts
    if facts.coordinator[k]:
        return sum(who == k for who, _ in situation.plan.shares) >= int(facts.max_sites[k])
    per_term = Counter(t for _, t in situation.uses[k].delivery)
    return max(per_term.values(), default=0) >= int(facts.max_sites[k])


def _at_travel_limit(situation: Situation, k: int, n: int) -> bool:
    """Whether one quarter-visit more, where the need could be met, is more travel than the role may have."""
    problem = situation.problem
    mine = problem.options_of_need[n][problem.person[problem.options_of_need[n]] == k]
    costs = [int(problem.quarters[o] * problem.facts.quarter[k, problem.site[o]]) for o in mine.tolist()]
    room = problem.facts.travel_cap[k] - situation.uses[k].travel
    return bool(costs) and max(costs) > int(room.min(initial=0))


KINDS: dict[str, Callable[[Situation, int], Iterator[Lever]]] = {
    "hours": hours,
    "sites": sites,
    "cases": cases,
    "travel": travel,
    "smaller group": smaller_group,
    "later start": later_start,
    "vacancy": vacancy,
    "new hours": new_hours,
    "training": training,
    "reach": reach,
}
"""Kind -> its levers; a group in place of one to one has a model of its own (``grouping.py``)."""


def personal(situation: Situation, k: int) -> Iterator[Lever]:
    """What could be changed about one person whatever the need: hours, and the limits they have reached."""
    person, offer = situation.cluster.staff[k], situation.cluster.policy.negotiable
    facts = situation.problem.facts
    if person.vacant:
        if offer.vacancies and not facts.bookable[k].any():
            yield _vacancy_of(person, k)
        return
    yield from _hours_for(situation, k)
    limit = int(facts.max_sites[k])
    if offer.sites and limit < NO_LIMIT and _at_site_limit(situation, k):
        yield _sites_of(situation, k, offer.sites, adds=None, raised=True)
    limit = int(facts.max_cases[k])
    if offer.cases and int(situation.uses[k].cases.max(initial=0)) >= limit:
        yield _cases_of(person, k, limit, offer.cases)


def role_faults(offer: Negotiable, roles: set[str]) -> list[str]:
    """Roles of ``fte_by_role`` that the cluster does not have."""
    return sorted(set(offer.fte_by_role) - roles)
