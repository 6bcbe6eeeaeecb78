"""May this person give this support to this need, here? One named test per reason (R3, R7, R8).

For explanations as well as for the checker: ``failed_tests`` says every test a pair fails, in the order
in which docs/model.md, "Unmet reasons", asks them, with the missing skill or the minutes too many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from allocator.checking.exact import exact
from allocator.checking.world import World, within_years
from allocator.models.world import Need, Staff, Support


@dataclass(frozen=True)
class Pair:
    """What is tested: a need, a support, a person and the site where it would happen."""

    need: Need
    support: Support
    person: Staff
    meets_at: str


@dataclass(frozen=True)
class Failure:
    """A test that a pair does not pass."""

    test: str
    rule: str
    detail: str
    by: str | None = None


Outcome = Failure | None


def role_fits(world: World, pair: Pair) -> Outcome:
    """The person's role is one of the support's roles."""
    if pair.person.role in pair.support.roles:
        return None
    return Failure(
        "role", "R3 eligible", f"role {pair.person.role} is not one of {_list(pair.support.roles)}"
    )


def skills_held(world: World, pair: Pair) -> Outcome:
    """The person has every skill of the support and of the need."""
    missing = {*pair.support.skills, *pair.need.skills} - {*pair.person.skills}
    return (
        Failure("skills", "R3 eligible", f"lacks the skill {_list(missing)}", _list(missing))
        if missing
        else None
    )


def languages_held(world: World, pair: Pair) -> Outcome:
    """The person has every language of the need and of the medium of the need's site."""
    medium = world.sites[pair.need.site_id].medium
    wanted = {*pair.need.languages, *world.policy.medium_languages.get(medium, ())}
    missing = wanted - {*pair.person.languages}
    if not missing:
        return None
    return Failure("languages", "R3 eligible", f"lacks the language {_list(missing)}", _list(missing))


def years_fit(world: World, pair: Pair) -> Outcome:
    """The need's year level lies within the role's limits (the support's are part of ``admitted``)."""
    role = world.cluster.roles[pair.person.role]
    if within_years(pair.need.year_level, role.year_min, role.year_max):
        return None
    detail = f"year {pair.need.year_level} is outside the years of role {pair.person.role}"
    return Failure("years", "R3 eligible", detail)


def funding_fits(world: World, pair: Pair) -> Outcome:
    """A person with ``funding`` serves only needs with one of them."""
    if not pair.person.funding or set(pair.person.funding) & set(pair.need.funding):
        return None
    return Failure("funding", "R3 eligible", f"is funded for {_list(pair.person.funding)} only")


def not_forbidden(world: World, pair: Pair) -> Outcome:
    """The person is not among the need's ``forbidden_staff``."""
    if pair.person.staff_id not in pair.need.forbidden_staff:
        return None
    return Failure("forbidden", "R7 agreed before", "is forbidden for this need")


def consent_given(world: World, pair: Pair) -> Outcome:
    """Without cluster consent: only people based at the need's site, at that site."""
    own = pair.need.site_id
    if pair.need.shared_with_cluster or (pair.person.base_site == own and pair.meets_at == own):
        return None
    return Failure(
        "consent", "R8 consent", f"without cluster consent only people based at {own} may serve it, there"
    )


def site_allowed(world: World, pair: Pair) -> Outcome:
    """``staff.sites``, where given, contains the meeting site; the base always counts as contained."""
    person = pair.person
    if not person.sites or pair.meets_at in person.sites or pair.meets_at == person.base_site:
        return None
    return Failure("sites", "R3 eligible", f"{pair.meets_at} is not one of the sites {_list(person.sites)}")


def within_reach(world: World, pair: Pair) -> Outcome:
    """One way from the base to the meeting site takes at most the role's reach."""
    minutes = world.one_way(pair.person.base_site, pair.meets_at)
    reach = exact(world.cluster.roles[pair.person.role].reach_minutes)
    if minutes is None:
        return Failure(
            "reach", "R3 eligible", f"the way from {pair.person.base_site} to {pair.meets_at} is not known"
        )
    if minutes <= reach:
        return None
    far, base = f"{float(minutes):.4g} minutes", pair.person.base_site
    detail = f"{pair.meets_at} is {far} from {base}, reach is {float(reach):g}"
    return Failure("reach", "R3 eligible", detail, f"{float(minutes - reach):.4g} minutes")


def not_an_office(world: World, pair: Pair) -> Outcome:
    """The meeting site is of a type other than ``base``."""
    if world.sites[pair.meets_at].type != "base":
        return None
    return Failure("meeting site", "R3 eligible", f"{pair.meets_at} is an office, nobody learns there")


TESTS: tuple[Callable[[World, Pair], Outcome], ...] = (
    role_fits,
    skills_held,
    languages_held,
    years_fit,
    funding_fits,
    not_forbidden,
    consent_given,
    site_allowed,
    within_reach,
    not_an_office,
)


def failed_tests(
    world: World, need: Need, support: Support, person: Staff, meets_at: str | None = None
) -> tuple[Failure, ...]:
    """Every test of ``TESTS`` that the pair fails, in order; empty = eligible.

    ``meets_at`` is the meeting site of a group; by default it happens at the need's own site. That the
    need admits the support is a separate test (``World.admitted``), as is time (``absent_terms``).
    """
    pair = Pair(need, support, person, meets_at or need.site_id)
    return tuple(failure for test in TESTS if (failure := test(world, pair)) is not None)


def eligible(world: World, need: Need, support: Support, person: Staff, meets_at: str | None = None) -> bool:
    """Whether the pair passes every test; stops at the first that fails."""
    pair = Pair(need, support, person, meets_at or need.site_id)
    return all(test(world, pair) is None for test in TESTS)


def absent_terms(world: World, staff_id: str, terms: tuple[int, ...]) -> tuple[int, ...]:
    """The terms, of those given, in which the person has no bookable minutes (R11)."""
    return tuple(term for term in terms if not world.works(staff_id, term))


def _list(words: set[str] | tuple[str, ...]) -> str:
    return ", ".join(sorted(words))
