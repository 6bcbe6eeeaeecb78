"""A whole cluster on top of a list of sites."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allocator.errors import Fault, InputError
from allocator.generating import rates
from allocator.generating.commitments import Commitments
from allocator.generating.frame import Frame
from allocator.generating.geography import kind_of, schools_of
from allocator.generating.history import draw_referrals, draw_rolls
from allocator.generating.people import make_people
from allocator.generating.rates import Kind
from allocator.generating.register import draw_register
from allocator.generating.settings import SCHOOL_YEAR, Settings
from allocator.io.defaults import default_roles, default_supports
from allocator.models.base import floor_minutes
from allocator.models.policy import Policy, Role, Term, Travel
from allocator.models.world import Availability, Cluster, Need, Site, Staff


def generate(
    sites: Sequence[Site],
    *,
    seed: int,
    kind: Kind | None = None,
    terms: int = 1,
    name: str = "Generated cluster",
    settings: Settings | None = None,
    policy: Policy | None = None,
    first_terms: Sequence[Term] = SCHOOL_YEAR,
) -> Cluster:
    """Put a register, people, history and current allocations on top of sites; the same seed gives the same
    cluster.

    Args:
        sites: schools, kura and services with coordinates and rolls; an office is added where no site has
        type ``base``. seed: of the one random generator (PCG64) every draw comes from.
        kind: sets the road speed; inferred from the distances between schools when left out.
        terms: 1 to 4, the first of ``first_terms`` on.
        settings: shares, counts and limits that may be turned.
        policy: taken as it is; the generated rows keep its rules.

    Raises:
        InputError: no site has learners, a site lacks coordinates, or a code appears twice.
        ValueError: ``terms`` is not between 1 and the number of terms given.
    """
    if not 1 <= terms <= len(first_terms):
        raise ValueError(f"terms must be between 1 and {len(first_terms)}, not {terms}")
    _refuse(sites)
    rng = np.random.Generator(np.random.PCG64(seed))
    frame = make_frame(sites, settings or Settings(), policy or Policy(), kind, tuple(first_terms[:terms]))
    drawn, running = draw_register(frame, rng)
    return assemble(frame, make_people(frame, drawn, rng), drawn, running, rng, name)


def assemble(
    frame: Frame,
    people: Sequence[Staff],
    drawn: Sequence[Need],
    running: set[str],
    rng: np.random.Generator,
    name: str,
) -> Cluster:
    """A cluster of these people and this register: who serves whom already, time promised, availability, history.

    ``running`` holds the codes of needs whose service is thought to be running.
    """
    commitments = Commitments(frame, people)
    agreed = commitments.reserve_liaisons(rng)
    needs = commitments.assign(drawn, running, rng)
    standing = commitments.standing(needs)
    staff = tuple(
        person.model_copy(update={"standing_hours": standing.get(person.staff_id, 0.0)}) for person in people
    )
    return Cluster(
        name=name,
        terms=frame.terms,
        policy=frame.policy,
        roles=dict(frame.roles),
        travel=frame.travel,
        sites=tuple(
            site.model_copy(update={"liaison": tuple(filter(None, [agreed.get(site.site_id)]))})
            for site in frame.sites
        ),
        staff=staff,
        needs=tuple(needs),
        supports=tuple(frame.supports.values()),
        availability=tuple(_availability(staff, frame, rng)),
        referrals=tuple(draw_referrals(frame.sites, frame.first, frame.settings.history_terms, rng)),
        rolls=tuple(draw_rolls(frame.sites, frame.first, frame.settings.history_years, rng)),
    )


def make_frame(
    sites: Sequence[Site], settings: Settings, policy: Policy, kind: Kind | None, terms: tuple[Term, ...]
) -> Frame:
    """What every draw needs to know: the sites with an office, the catalogue, roles, speed and terms."""
    placed = _with_office(sites, settings.prefix)
    return Frame(
        sites=placed,
        supports={support.support_id: support for support in default_supports()},
        roles=_roles(settings),
        policy=policy,
        travel=Travel(speed_kmh=rates.SPEED_KMH[kind or kind_of(placed)]),
        terms=terms,
        settings=settings,
        aide_schools=_aide_schools(placed, settings),
    )


def _refuse(sites: Sequence[Site]) -> None:
    faults = [
        Fault("sites.csv", f"site {site.site_id} needs latitude and longitude", column="latitude")
        for site in sites
        if site.latitude is None or site.longitude is None
    ]
    codes = [site.site_id for site in sites]
    faults += [
        Fault("sites.csv", "site_id appears twice", column="site_id", found=code)
        for code in sorted({c for c in codes if codes.count(c) > 1})
    ]
    if not any(site.roll > 0 for site in schools_of(sites)):
        faults.append(
            Fault("sites.csv", "at least one school with learners on its roll is needed", column="roll")
        )
    if faults:
        raise InputError(faults)


def _with_office(sites: Sequence[Site], prefix: str) -> tuple[Site, ...]:
    """The sites and, if none is a base, an office half a kilometre from the largest school."""
    if any(site.type == "base" for site in sites):
        return tuple(sites)
    schools = schools_of(sites)
    centre = max(schools, key=lambda site: (site.roll, site.site_id))
    if centre.latitude is None or centre.longitude is None:
        raise ValueError(f"{centre.site_id} has no coordinates")
    office = Site(
        site_id=f"{prefix}OFFICE",
        name="Learning Support office",
        type="base",
        latitude=round(centre.latitude + 0.004, 6),
        longitude=centre.longitude,
        area=centre.area,
    )
    return (*sites, office)


def _roles(settings: Settings) -> dict[str, Role]:
    """The default role table, with the reach the settings ask for."""
    roles = dict(default_roles())
    if settings.rtlb_reach_minutes is not None:
        roles["rtlb"] = roles["rtlb"].model_copy(update={"reach_minutes": settings.rtlb_reach_minutes})
    return roles


def _aide_schools(sites: Sequence[Site], settings: Settings) -> tuple[str, ...]:
    """The schools whose teacher aide hours are pooled: a quarter of them, the largest, three at most."""
    if not settings.school_support:
        return ()
    schools = sorted(schools_of(sites), key=lambda site: (-site.roll, site.site_id))
    return tuple(site.site_id for site in schools[: min(3, max(1, round(len(schools) / 4)))])


def _availability(staff: Sequence[Staff], frame: Frame, rng: np.random.Generator) -> list[Availability]:
    """In a plan of several terms, a few people have fewer hours in a later one (study, leave).

    Never RTLB and coordinators, whose liaison and shares are agreed, nor people whose hours are tied to
    learners.
    """
    rows = []
    for person in staff:
        away, share = rng.random() < 0.08, rng.uniform(0.8, 0.95)
        term = int(rng.integers(1, max(2, len(frame.terms))))
        role = frame.roles[person.role]
        if len(frame.terms) == 1 or not away or person.vacant or role.liaison or role.coordinator:
            continue
        if role.contact_share > 0.6:
            continue
        hours = floor_minutes(60 * person.fte * role.paid_hours * share) // 15 / 4
        rows.append(Availability(staff_id=person.staff_id, term=frame.terms[term].id, hours_per_week=hours))
    return rows
