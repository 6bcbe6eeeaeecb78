"""Areas: several generated clusters pooled into one problem, up to the size of the nation.

A district is a ring of five clusters. Coordinators, SENCO and teacher aides belong to one cluster; RTLB, ORS
teachers, early support workers and Ministry specialists work in their own cluster and its two neighbours, so that a
district is one connected problem. The Ministry's scarcest posts (advisers on deaf children, vision teachers,
kaitakawaenga) cover the whole district. Districts lie so far apart that they share nobody.

Kinds of cluster are drawn at their national shares (45% urban, 33% mixed, 22% rural). One speed holds for all roads
of an area (a cluster has one): that of the mixed kind.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from allocator.generating import people as posts
from allocator.generating import rates
from allocator.generating.cluster import assemble, make_frame
from allocator.generating.frame import Frame
from allocator.generating.geography import schools_of
from allocator.generating.register import draw_register
from allocator.generating.settings import SCHOOL_YEAR, Settings
from allocator.generating.sites import CENTRE, generate_sites, place_on_earth
from allocator.models.policy import Policy, Term
from allocator.models.world import Cluster, Need, Site, Staff

AreaSize = Literal["district", "region", "nation"]
CLUSTERS: dict[AreaSize, int] = {"district": 5, "region": 20, "nation": 200}
"""Clusters in an area of each size: about 1,700, 7,000 and 75,000 needs."""

DISTRICT = CLUSTERS["district"]
REGISTER_SHARE = 0.92
"""Of the usual share of needs: gives about 350 needs a cluster, 11 per 100 learners (Settings.register_share)."""

_RING_KM = 15.0
_APART_KM = (
    240.0  # twice a district's radius with its remote schools (95 km), and an hour by road between (38 km)
)
_DISTRICTS_IN_A_ROW = 8
_WHOLE_DISTRICT = frozenset({"aodc", "rtv", "kaitakawaenga"})


def generate_area(
    size: AreaSize | None = None,
    *,
    clusters: int | None = None,
    seed: int,
    terms: int = 1,
    name: str | None = None,
    settings: Settings | None = None,
) -> Cluster:
    """Several generated clusters as one ``Cluster``; the same arguments give the same rows.

    A larger area of the same seed begins with the districts of a smaller one. Every code carries its district and
    cluster (``D02C4-N0017``).

    Args:
        size: district (5 clusters), region (20) or nation (200); or say ``clusters`` instead.
        clusters: how many; they fill districts of five, the last of which may be smaller.
        seed: of every random draw (PCG64).
        terms: 1 to 4.
        name: of the area; by its size when left out.
        settings: of the generator; its ``prefix`` is put before every code.

    Raises:
        ValueError: not exactly one of ``size`` and ``clusters`` is given, or a number is out of its range.
    """
    if (size is None) == (clusters is None):
        raise ValueError("say either size or clusters")
    count = CLUSTERS[size] if size is not None else clusters or 0
    if count < 1:
        raise ValueError(f"clusters must be at least 1, not {count}")
    if not 1 <= terms <= len(SCHOOL_YEAR):
        raise ValueError(f"terms must be between 1 and {len(SCHOOL_YEAR)}, not {terms}")
    chosen = settings or Settings(register_share=REGISTER_SHARE)
    title = name or (f"Generated {size}" if size else f"Generated area of {count} clusters")
    parts = [
        _district(number, min(DISTRICT, count - start), seed, SCHOOL_YEAR[:terms], chosen)
        for number, start in enumerate(range(0, count, DISTRICT), start=1)
    ]
    return _pooled(title, parts)


def _pooled(name: str, parts: Sequence[Cluster]) -> Cluster:
    """The rows of all parts under the settings of the first (they have the same)."""
    return parts[0].model_copy(
        update={
            "name": name,
            "sites": tuple(row for part in parts for row in part.sites),
            "staff": tuple(row for part in parts for row in part.staff),
            "needs": tuple(row for part in parts for row in part.needs),
            "availability": tuple(row for part in parts for row in part.availability),
            "referrals": tuple(row for part in parts for row in part.referrals),
            "rolls": tuple(row for part in parts for row in part.rolls),
        }
    )


def _district(number: int, clusters: int, seed: int, terms: tuple[Term, ...], settings: Settings) -> Cluster:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number])))
    prefix = f"{settings.prefix}D{number:02d}"
    frames = [
        _cluster_frame(sites, f"{prefix}C{place}-", terms, settings)
        for place, sites in enumerate(_sites(number, clusters, prefix, rng), start=1)
    ]
    needs: list[Need] = []
    running: set[str] = set()
    for frame in frames:
        drawn, begun = draw_register(frame, rng)
        needs += drawn
        running |= begun
    whole = _district_frame(frames, f"{prefix}-", terms, settings)
    own = [person for frame in frames for person in _cluster_people(frame, rng)]
    shared = _shared_people(whole, frames, needs, rng)
    return assemble(whole, [*own, *shared], needs, running, rng, f"District {number}")


def _sites(number: int, clusters: int, prefix: str, rng: np.random.Generator) -> Iterator[list[Site]]:
    """The sites of each cluster, the clusters on a ring around the district's middle."""
    row, column = divmod(number - 1, _DISTRICTS_IN_A_ROW)
    middle = np.array([column, row]) * _APART_KM
    for place in range(clusters):
        turn = 2 * math.pi * place / clusters
        ring = _RING_KM * np.array([math.sin(turn), math.cos(turn)]) if clusters > 1 else np.zeros(2)
        kind = rates.KINDS[int(rng.choice(len(rates.KINDS), p=list(rates.KIND_SHARES)))]
        sites = generate_sites(
            kind,
            int(rng.integers(2**32)),
            centre=place_on_earth(middle + ring, CENTRE),
            prefix=f"{prefix}C{place + 1}-",
        )
        yield [site.model_copy(update={"area": f"{prefix}C{place + 1} {site.area}"}) for site in sites]


def _cluster_frame(sites: Sequence[Site], prefix: str, terms: tuple[Term, ...], settings: Settings) -> Frame:
    return make_frame(sites, settings.model_copy(update={"prefix": prefix}), Policy(), "mixed", terms)


def _district_frame(
    frames: Sequence[Frame], prefix: str, terms: tuple[Term, ...], settings: Settings
) -> Frame:
    """All sites, each cluster's office among them."""
    return _cluster_frame([site for frame in frames for site in frame.sites], prefix, terms, settings)


def _team(frame: Frame, rng: np.random.Generator) -> posts.Team:
    maori_medium = frozenset(site.site_id for site in frame.sites if site.medium == "maori")
    return posts.Team(rng, frame.first, frame.settings.prefix, maori_medium)


def _by_roll(frame: Frame) -> list[Site]:
    return sorted(schools_of(frame.sites), key=lambda site: (-site.roll, site.site_id))


def _cluster_people(frame: Frame, rng: np.random.Generator) -> list[Staff]:
    """Coordinators, who stay within their cluster, and people who stay at their school."""
    team, schools = _team(frame, rng), _by_roll(frame)
    posts.coordinators(team, schools, frame)
    if frame.settings.school_support:
        posts.sencos(team, schools)
        for code in frame.aide_schools:
            team.add("teacher_aide", float(rng.choice((0.4, 0.6, 0.8))), code, code)
    here = _taught(frame)
    people = posts.with_te_reo(team.people, bool(team.maori_medium))
    return [
        person.model_copy(update={"sites": here}) if frame.roles[person.role].coordinator else person
        for person in people
    ]


def _taught(frame: Frame) -> tuple[str, ...]:
    return tuple(site.site_id for site in frame.sites if site.type != "base")


def _shared_people(
    whole: Frame, frames: Sequence[Frame], needs: Sequence[Need], rng: np.random.Generator
) -> list[Staff]:
    """People of the district: in the cluster of their base and its neighbours on the ring."""
    team, schools = _team(whole, rng), _by_roll(whole)
    posts.rtlb(team, schools, whole)
    offices = [site.site_id for site in whole.sites if site.type == "base"]
    if whole.settings.ministry:
        posts.ministry(team, whole.sites, offices)
        posts.support_workers(team, needs, whole.roles["esw"], offices)
    if whole.settings.school_support:
        posts.ors_teachers(team, schools, needs, whole.roles["ors_teacher"])
    people = posts.with_te_reo(posts.with_liaisons(team.people, schools, whole), bool(team.maori_medium))
    taught = [_taught(frame) for frame in frames]
    home = {site.site_id: place for place, frame in enumerate(frames) for site in frame.sites}
    near = [
        tuple(
            code
            for other in sorted({(at - 1) % len(frames), at, (at + 1) % len(frames)})
            for code in taught[other]
        )
        for at in range(len(frames))
    ]
    return [
        person
        if person.role in _WHOLE_DISTRICT
        else person.model_copy(update={"sites": near[home[person.base_site]]})
        for person in people
    ]
