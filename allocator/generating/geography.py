"""Distances and years taught: what the generator must know about a site."""

from __future__ import annotations

import math
from collections.abc import Sequence

from allocator.generating.rates import EQI_MEAN, EQI_SPREAD, EQUITY_GRADIENT, Kind
from allocator.models.policy import Travel
from allocator.models.world import Site

EARTH_RADIUS_KM = 6371.0
_YEARS: dict[str, tuple[int, int]] = {
    "early_learning": (-3, 0),
    "contributing": (1, 6),
    "full_primary": (1, 8),
    "intermediate": (7, 8),
    "secondary": (9, 13),
    "composite": (1, 13),
    "kura": (1, 8),
    "special": (1, 13),
    "other": (10, 13),
}


def great_circle_km(a: Site, b: Site) -> float:
    """Great-circle distance between two sites with coordinates, in km (haversine formula)."""
    if a.latitude is None or a.longitude is None or b.latitude is None or b.longitude is None:
        raise ValueError(f"{a.site_id} or {b.site_id} has no coordinates")
    north_a, north_b = math.radians(a.latitude), math.radians(b.latitude)
    east = math.radians(b.longitude - a.longitude)
    h = (
        math.sin((north_b - north_a) / 2) ** 2
        + math.cos(north_a) * math.cos(north_b) * math.sin(east / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(h))


def road_minutes(a: Site, b: Site, travel: Travel) -> float:
    """Minutes one way by road: road factor × km ÷ speed × 60 (docs/model.md, ``one_way``)."""
    if a.site_id == b.site_id:
        return 0.0
    return travel.road_factor * great_circle_km(a, b) / travel.speed_kmh * 60


def schools_of(sites: Sequence[Site]) -> list[Site]:
    """Sites where school-age learners are enrolled."""
    return [site for site in sites if site.type not in ("base", "early_learning")]


def kind_of(sites: Sequence[Site]) -> Kind:
    """Urban, mixed or rural by the median distance from a school to its nearest neighbour.

    The limits, 2.2 and 5.6 km, are the geometric midpoints of the medians of 220 real clusters: 1.0 km where
    at most a tenth of the schools are rural, 4.3 km between, 7.3 km where more than half are.
    """
    schools = schools_of(sites) or list(sites)
    if len(schools) < 2:
        return "rural"
    nearest = sorted(min(great_circle_km(a, b) for b in schools if b is not a) for a in schools)
    middle = nearest[len(nearest) // 2]
    if middle < 2.2:
        return "urban"
    return "mixed" if middle < 5.6 else "rural"


def years_of(site: Site) -> tuple[int, int]:
    """Lowest and highest year level taught, from the type and, where given, the rolls by years."""
    low, high = _YEARS[site.type]
    eight, ten = site.roll_years_1_8, site.roll_years_1_10
    if site.type == "secondary" and eight:
        low = 7
    if site.type == "secondary" and ten is not None and ten >= site.roll:
        high = 10
    if site.type == "kura" and eight is not None and eight < site.roll:
        high = 13
    return low, high


def roll_by_year(site: Site) -> dict[int, float]:
    """Learners per year level, spread evenly within years 1–8, 9–10 and 11–13 where those rolls are known."""
    low, high = years_of(site)
    years = range(low, high + 1)
    eight, ten = site.roll_years_1_8, site.roll_years_1_10
    if site.type == "early_learning" or eight is None or ten is None:
        return {year: site.roll / len(years) for year in years}
    parts = (
        (range(1, 9), eight),
        (range(9, 11), max(ten - eight, 0)),
        (range(11, 14), max(site.roll - ten, 0)),
    )
    rolls: dict[int, float] = {}
    for span, learners in parts:
        taught = [year for year in years if year in span]
        rolls |= {year: learners / len(taught) for year in taught}
    return rolls


def gradient(site: Site) -> float:
    """How prevalence at the site differs from the national rate because of barriers (1 at an EQI of 463)."""
    index = EQI_MEAN if site.equity_index is None else site.equity_index
    return math.exp(EQUITY_GRADIENT * (index - EQI_MEAN) / EQI_SPREAD)
