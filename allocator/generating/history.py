"""Past requests and past rolls, for the forecast."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, cast

import numpy as np

from allocator.generating import need_classes, rates
from allocator.generating.geography import gradient, roll_by_year
from allocator.models.policy import Term
from allocator.models.world import AreaOfNeed, Referral, Roll, Site

Tier = Literal[1, 2, 3]
_SEASON = {
    1: 1.1,
    2: 1.1,
    3: 1.0,
    4: 0.8,
}  # requests pile up once teachers know their classes (working value)
_FALLBACK_WEEKS = 12  # length of a service whose class leaves it to the support


def past_terms(first: Term, count: int) -> list[tuple[str, int, int]]:
    """(term id such as 2026-T4, year, number) of the ``count`` terms before the first, oldest first."""
    year, number = first.start.year, min(4, max(1, (first.start.month + 1) // 3))
    terms = []
    for _ in range(count):
        year, number = (year - 1, 4) if number == 1 else (year, number - 1)
        terms.append((f"{year}-T{number}", year, number))
    return terms[::-1]


def _arrivals(site: Site) -> dict[tuple[str, int], tuple[float, float]]:
    """(area, tier) -> (requests a term, growth a year) today: stock ÷ length in terms (Little's law)."""
    learners = roll_by_year(site)
    flows: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
    for kind in need_classes.NEED_CLASSES:
        weighted = sum(
            roll * rates.year_weight(year)
            for year, roll in learners.items()
            if kind.years[0] <= year <= kind.years[1]
        )
        weeks = sum(kind.weeks) / len(kind.weeks) if kind.weeks else _FALLBACK_WEEKS
        flows[kind.area, kind.tier].append(
            (weighted * kind.per_100 * kind.on_register / 100 * 10 / weeks, kind.growth)
        )
    for package in need_classes.PACKAGES:
        eligible = sum(
            roll
            for year, roll in learners.items()
            if package.years[0] <= year <= min(package.years[1], 0 if package.id == "early" else 99)
        )
        for row in package.rows:
            flows[row.area, 3].append(
                (
                    eligible * package.per_100 * package.on_register * row.probability / 100 * 10 / 80,
                    package.growth,
                )
            )
    flows["system", 1].append((site.roll / rates.LEARNERS_PER_PROJECT * 10 / 20, 0.0))
    totals = {key: sum(rate for rate, _ in parts) for key, parts in flows.items()}
    return {
        key: (
            totals[key] * gradient(site),
            sum(rate * growth for rate, growth in parts) / totals[key] if totals[key] else 0.0,
        )
        for key, parts in flows.items()
    }


def draw_referrals(
    sites: Sequence[Site], first: Term, count: int, rng: np.random.Generator
) -> list[Referral]:
    """Requests per past term, site, area and tier: Poisson, with growth and season; no row for none."""
    terms = past_terms(first, count)
    rows = []
    for site in sites:
        if site.type == "base":
            continue
        flows = _arrivals(site)
        for term, year, number in terms:
            for (area, tier), (rate, growth) in sorted(flows.items()):
                mean = rate * _SEASON[number] * (1 + growth) ** (year - first.start.year)
                requests = int(rng.poisson(mean))
                if requests:
                    rows.append(
                        Referral(
                            term=term,
                            site_id=site.site_id,
                            area_of_need=cast(AreaOfNeed, area),
                            tier=cast(Tier, tier),
                            count=requests,
                        )
                    )
    return rows


def roll_noise(roll: float) -> float:
    """S.d. of the one-year log change of a roll of this size."""
    return next(spread for below, spread in rates.ROLL_NOISE if roll < below)


def draw_rolls(sites: Sequence[Site], first: Term, years: int, rng: np.random.Generator) -> list[Roll]:
    """July rolls of the years before the first term: a random walk back from today's roll."""
    rows = []
    for site in sites:
        if site.type == "base" or site.roll == 0:
            continue
        roll = float(site.roll)
        for year in range(first.start.year - 1, first.start.year - 1 - years, -1):
            rows.append(Roll(year=year, site_id=site.site_id, roll=max(1, round(roll))))
            roll = max(3.0, roll * float(np.exp(rng.normal(-0.004, roll_noise(roll)))))
    return sorted(rows, key=lambda row: (row.year, row.site_id))
