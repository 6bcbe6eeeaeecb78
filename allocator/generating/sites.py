"""Fictional schools, kura and early learning services, spread and sized like real clusters.

Counts, rolls and distances follow 220 real clusters and the schools directory of September 2021. Names and
places are invented: the centre lies in the sea off the east coast, so that nobody takes a site for a real
one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.generating import rates
from allocator.generating.names import NamePool
from allocator.generating.rates import Kind
from allocator.models.world import Site, SiteType

CENTRE = (-40.5, 178.9)
_KM_PER_DEGREE = 111.19


@dataclass(frozen=True)
class _Shape:
    """What makes a kind of cluster: counts, spread and types (medians of real clusters of the kind)."""

    schools: tuple[int, int, int]
    nearest_km: float
    isolation: tuple[float, float]
    intermediate: float
    primary: dict[SiteType, float]
    remote: float


_SHAPES: dict[Kind, _Shape] = {
    "urban": _Shape(
        (4, 7, 12), 1.0, (0.1, 0.6), 0.5, {"contributing": 0.6, "full_primary": 0.3, "kura": 0.1}, 0.0
    ),
    "mixed": _Shape(
        (5, 9, 15), 4.3, (0.4, 2.0), 0.3, {"contributing": 0.35, "full_primary": 0.55, "kura": 0.1}, 0.03
    ),
    "rural": _Shape(
        (5, 9, 16), 7.3, (1.0, 4.5), 0.0, {"contributing": 0.1, "full_primary": 0.82, "kura": 0.08}, 0.05
    ),
}
_ROLLS: dict[str, tuple[float, float]] = {
    "full_primary": (129, 1.0),
    "contributing": (289, 0.7),
    "intermediate": (457, 0.45),
    "secondary": (772, 0.8),
    "composite": (189, 0.8),
    "kura": (90, 0.7),
}
"""Median and sigma of the lognormal roll, by type."""

_SMALLEST, _LARGEST_PRIMARY = 8, 900
_ROLL_OF_KIND: dict[Kind, float] = {"urban": 1.25, "mixed": 0.9, "rural": 0.75}
_EARLY_SERVICES_PER_SCHOOL = 0.77


def generate_sites(
    kind: Kind,
    seed: int,
    *,
    schools: int | None = None,
    early_learning: int | None = None,
    total_roll: int | None = None,
    nearest_km: float | None = None,
    centre: tuple[float, float] = CENTRE,
    prefix: str = "",
) -> list[Site]:
    """Sites of a fictional cluster; the same arguments give the same sites.

    Args:
        kind: urban, mixed or rural: counts, spread, types, isolation.
        seed: of the generator (PCG64).
        schools: how many; drawn between the least and the most of the kind when left out.
        early_learning: how many services; 0.77 per school when left out.
        total_roll: learners at the schools together; rolls are scaled to it.
        nearest_km: mean distance from a school to its nearest neighbour; drawn around the kind's median when
        left out. centre: latitude and longitude of the middle.
        prefix: put before every code.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    shape = _SHAPES[kind]
    count = (
        schools
        if schools is not None
        else int(np.clip(rng.poisson(shape.schools[1]), shape.schools[0], shape.schools[2]))
    )
    services = early_learning if early_learning is not None else round(count * _EARLY_SERVICES_PER_SCHOOL)
    every = _spots(kind, count, services=services, total_roll=total_roll, nearest_km=nearest_km, rng=rng)
    barriers = float(rng.normal(rates.EQI_MEAN, 30))
    wedges = _wedges([place for _, _, place in every], max(1, count // 5))
    names = NamePool(rng)
    sites = []
    for number, ((site_type, roll, place), wedge) in enumerate(zip(every, wedges, strict=True), start=1):
        latitude, longitude = place_on_earth(place, centre)
        remoteness = max(0.0, float(np.hypot(*place)) - 30) / 30
        eight, ten = estimate_rolls(site_type, roll)
        sites.append(
            Site(
                site_id=f"{prefix}{9000 + number}",
                name=names.take(site_type),
                type=site_type,
                latitude=latitude,
                longitude=longitude,
                roll=roll,
                equity_index=round(float(np.clip(rng.normal(barriers, 33.5), 344, 569))),  # 33.5² + 30² = 45²
                isolation_index=round(float(rng.uniform(*shape.isolation)) + remoteness, 2),
                area=wedge,
                medium="maori" if site_type == "kura" else "english",
                roll_years_1_8=eight,
                roll_years_1_10=ten,
            )
        )
    return sites


def _spots(
    kind: Kind,
    count: int,
    *,
    services: int,
    total_roll: int | None,
    nearest_km: float | None,
    rng: np.random.Generator,
) -> list[tuple[SiteType, int, np.ndarray]]:
    """Type, roll and place (km east and north of the centre) of every school, then of every early service."""
    shape = _SHAPES[kind]
    types = _types(kind, count, rng)
    rolls = _rolls(types, kind, total_roll, rng)
    places = _places(
        count, nearest_km or float(rng.lognormal(math.log(shape.nearest_km), 0.2)), shape.remote, rng
    )
    homes = [
        places[int(rng.integers(count))] + rng.normal(0, shape.nearest_km / 4, size=2)
        for _ in range(services)
    ]
    early: SiteType = "early_learning"
    return [
        *zip(types, rolls, places, strict=True),
        *[(early, int(rng.integers(25, 81)), home) for home in homes],
    ]


def _types(kind: Kind, count: int, rng: np.random.Generator) -> list[SiteType]:
    """One secondary or composite school, perhaps an intermediate, primary schools for the rest."""
    shape = _SHAPES[kind]
    upper: SiteType = "composite" if rng.random() < (0.6 if kind == "rural" else 0.15) else "secondary"
    types: list[SiteType] = [upper] * max(1, count // 14)
    if rng.random() < shape.intermediate or (kind == "urban" and count >= 9):
        types.append("intermediate")
    options = list(shape.primary)
    weights = np.array(list(shape.primary.values()))
    types += [
        options[int(pick)]
        for pick in rng.choice(len(options), size=max(0, count - len(types)), p=weights / weights.sum())
    ]
    return types[:count]


def _rolls(types: Sequence[SiteType], kind: Kind, total: int | None, rng: np.random.Generator) -> list[int]:
    drawn = []
    for site_type in types:
        median, sigma = _ROLLS[site_type]
        roll = float(
            rng.lognormal(math.log(median * _ROLL_OF_KIND[kind]), sigma * 0.8 if kind == "urban" else sigma)
        )
        drawn.append(min(roll, 2200 if site_type == "secondary" else _LARGEST_PRIMARY))
    scale = total / sum(drawn) if total else 1.0
    return [max(_SMALLEST, round(roll * scale)) for roll in drawn]


def _places(count: int, nearest_km: float, remote: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Points in the plane (km), on average ``nearest_km`` from the nearest; a few 30–60 km farther out."""
    radius = np.sqrt(rng.uniform(0.02, 1.0, size=count))
    angle = rng.uniform(0, 2 * math.pi, size=count)
    points = np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))
    if count > 1:
        apart = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
        np.fill_diagonal(apart, np.inf)
        points *= nearest_km / apart.min(axis=1).mean()
    far = rng.random(count) < remote
    lengths = np.maximum(np.hypot(points[:, 0], points[:, 1]), 1e-9)
    points += np.where(far, rng.uniform(30, 60, size=count) / lengths, 0.0)[:, None] * points
    return list(points)


def _wedges(places: Sequence[np.ndarray], count: int) -> list[str]:
    """Sub-areas: seeds far from one another, every site with its nearest seed."""
    seeds = [min(places, key=lambda place: float(np.hypot(*place)))]
    while len(seeds) < min(count, len(places)):
        seeds.append(max(places, key=lambda place: min(float(np.hypot(*(place - seed))) for seed in seeds)))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return [
        f"Wedge {letters[min(range(len(seeds)), key=lambda i: float(np.hypot(*(place - seeds[i])))) % 26]}"
        for place in places
    ]


def place_on_earth(place: np.ndarray, centre: tuple[float, float]) -> tuple[float, float]:
    """Latitude and longitude of a point given in km east and north of the centre."""
    latitude = centre[0] + float(place[1]) / _KM_PER_DEGREE
    longitude = centre[1] + float(place[0]) / (_KM_PER_DEGREE * math.cos(math.radians(centre[0])))
    return round(latitude, 6), round(longitude if longitude <= 180 else longitude - 360, 6)


def estimate_rolls(site_type: str, roll: int) -> tuple[int, int]:
    """Learners in years 1–8 and 1–10, for a site whose type says which years it teaches.

    Years 9 and 10 hold 0.45 of a secondary roll, and years 1–8 0.6 and 1–10 0.82 of a composite or special
    one, because year levels thin out from year 11 on (working values).
    """
    shares = {
        "early_learning": (0.0, 0.0),
        "contributing": (1.0, 1.0),
        "full_primary": (1.0, 1.0),
        "intermediate": (1.0, 1.0),
        "kura": (1.0, 1.0),
        "secondary": (0.0, 0.45),
        "composite": (0.6, 0.82),
        "special": (0.6, 0.82),
    }
    eight, ten = shares.get(site_type, (0.0, 0.3))
    return round(roll * eight), round(roll * ten)
