"""The register: who needs what, drawn from prevalence by class, year level and barriers.

Rows are drawn class by class for each site (Poisson), then joined to learners until the share of learners
with two or more needs is right. Nobody serves anything yet: ``commitments`` decides what is already running.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from allocator.generating import need_classes, rates
from allocator.generating.frame import Frame
from allocator.generating.geography import gradient, roll_by_year
from allocator.generating.need_classes import NeedClass, Package, ProjectClass
from allocator.models.policy import Term
from allocator.models.world import Need, Site

_PRIORITIES: dict[int, tuple[float, ...]] = {
    1: (0.0, 0.2, 0.5, 0.3, 0.0),
    2: (0.03, 0.17, 0.45, 0.25, 0.10),
    3: (0.15, 0.33, 0.35, 0.13, 0.04),
}
_MOST_DAYS_WAITED = 420
_EARLY_READERS = {"language": {1: 1.6, 2: 1.6}, "language_learning": {1: 1.2}}


@dataclass
class Draft:
    """A row being made: the columns so far, and whether a service is thought to be running."""

    columns: dict[str, Any]
    running: bool
    wait_days: float


@dataclass
class Unit:
    """One learner: the rows drawn together, to be joined with another unit or not."""

    site: Site
    year: int
    rows: list[Draft]
    years: tuple[int, int]
    joinable: bool = True
    areas: set[str] = field(default_factory=set)


def draw_register(frame: Frame, rng: np.random.Generator) -> tuple[list[Need], set[str]]:
    """All rows of the register, and the codes of those whose service is thought to be running.

    The rows carry no ``current_staff`` yet. Learners' codes are random: they say nothing about site or
    learner.
    """
    drawing = _Drawing(frame, rng)
    sites = [site for site in frame.sites if site.type != "base"]
    units = _join([unit for site in sites for unit in drawing.units_of(site)], rng)
    drafts: list[tuple[Site, Draft]] = []
    codes = rng.permutation(np.arange(1000, 1000 + 9 * max(len(units), 100)))[: len(units)]
    for unit, code in zip(units, codes, strict=True):
        learner = _learner(unit, f"{frame.settings.prefix}L{code}", rng)
        for draft in unit.rows:
            draft.columns |= learner
            drafts.append((unit.site, draft))
    drafts += [(site, draft) for site in sites for draft in drawing.projects_of(site)]
    return _numbered(drafts, frame, rng)


class _Drawing:
    """What every draw needs: the frame, the roles the cluster will have, and the dice."""

    def __init__(self, frame: Frame, rng: np.random.Generator) -> None:
        self.supports, self.settings, self.rng = frame.supports, frame.settings, rng
        self.aide_schools = frozenset(frame.aide_schools)
        roles = {"rtlb"} | ({"lsc"} if self.settings.coordinators != 0 else set())
        roles |= {*rates.MINISTRY_MIX, "esw"} if self.settings.ministry else set()
        self.roles = roles | ({"ors_teacher", "teacher_aide"} if self.settings.school_support else set())

    def known(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Of these supports, those somebody in the cluster could give."""
        return tuple(code for code in codes if self.roles & set(self.supports[code].roles))

    def units_of(self, site: Site) -> list[Unit]:
        """Every learner of a site with a need on the register."""
        learners = roll_by_year(site)
        scale = gradient(site) * self.settings.register_share / 100
        units: list[Unit] = []
        for kind in need_classes.NEED_CLASSES:
            allowed = self.known(kind.supports)
            if not allowed or (allowed == ("high_health_aide",) and site.site_id not in self.aide_schools):
                continue
            extra = _EARLY_READERS.get(kind.id, {})
            weights = {
                year: roll * rates.year_weight(year) * extra.get(year, 1.0)
                for year, roll in learners.items()
                if kind.years[0] <= year <= kind.years[1]
            }
            for year in self._years(weights, kind.per_100 * kind.on_register * scale):
                units.append(
                    Unit(site, year, [self._row(kind, allowed, site, year)], kind.years, areas={kind.area})
                )
        for package in need_classes.PACKAGES:
            weights = {
                year: roll
                * (need_classes.YEAR_ONE_EARLY_SHARE if package.id == "early" and year == 1 else 1.0)
                for year, roll in learners.items()
                if package.years[0] <= year <= package.years[1]
            }
            for year in self._years(weights, package.per_100 * package.on_register * scale):
                rows = self._package(package, site, year)
                if rows:
                    units.append(Unit(site, year, rows, package.years, joinable=False))
        return units

    def _years(self, weights: Mapping[int, float], rate: float) -> list[int]:
        total = sum(weights.values())
        if total <= 0:
            return []
        number = int(self.rng.poisson(total * rate))
        years = np.array(list(weights))
        return [
            int(year)
            for year in self.rng.choice(years, size=number, p=np.array(list(weights.values())) / total)
        ]

    def _row(self, kind: NeedClass, allowed: tuple[str, ...], site: Site, year: int) -> Draft:
        rng = self.rng
        columns: dict[str, Any] = {
            "year_level": year,
            "tier": kind.tier,
            "area_of_need": kind.area,
            "arena": kind.arena,
            "funding": kind.funding,
            "supports": allowed,
            "priority": self._priority(kind.tier),
        }
        if kind.id == "wraparound":
            columns["priority"] = 1
        if kind.hours:
            columns["hours_per_week"] = hours = float(rng.choice(kind.hours))
            if hours >= 1 and rng.random() < 0.2:
                columns["min_hours_per_week"] = math.ceil(hours * 2) / 4
        if kind.weeks:
            columns["weeks"] = int(rng.choice(kind.weeks))
        if kind.skills and rng.random() < 0.08:
            columns["skills"] = (str(rng.choice(kind.skills)),)
        if kind.id == "hearing" and rng.random() < 0.25:
            columns["languages"] = ("nzsl",)
        if site.medium == "maori":
            columns["languages"] = ("te_reo_maori", *columns.get("languages", ()))
        return Draft(columns, bool(rng.random() < kind.in_service), kind.wait_days)

    def _package(self, package: Package, site: Site, year: int) -> list[Draft]:
        rows = []
        priority = int(
            self.rng.choice((1, 2)) if package.funding == "ORS_VH" else self.rng.choice((1, 2, 2, 3))
        )
        for row in package.rows:
            wanted = self.rng.random() < row.probability
            if (
                not wanted
                or not self.known([row.support])
                or (row.at_aide_schools and site.site_id not in self.aide_schools)
            ):
                continue
            columns = {
                "year_level": year,
                "tier": 3,
                "area_of_need": row.area,
                "funding": (package.funding,),
                "supports": (row.support,),
                "priority": priority,
                "hours_per_week": float(self.rng.choice(row.hours)),
                "weeks": 40,
            }
            if site.medium == "maori":
                columns["languages"] = ("te_reo_maori",)
            rows.append(Draft(columns, bool(self.rng.random() < row.in_service), package.wait_days))
        return rows

    def _priority(self, tier: int) -> int:
        return int(self.rng.choice(5, p=_PRIORITIES[tier])) + 1

    def projects_of(self, site: Site) -> list[Draft]:
        """Tier 1 projects, one per 150 to 300 learners; each stands for a syndicate or for the whole site."""
        number = int(self.rng.poisson(site.roll / rates.LEARNERS_PER_PROJECT * self.settings.register_share))
        early = site.type == "early_learning"
        kinds = [
            kind
            for kind in need_classes.PROJECTS
            if self.known(kind.supports) and (kind.early_learning or not early)
        ]
        if not kinds or site.roll == 0:
            return []
        shares = np.array([kind.weight for kind in kinds])
        picks = self.rng.choice(
            len(kinds), size=min(number, len(kinds)), p=shares / shares.sum(), replace=False
        )
        return [self._project(kinds[int(pick)], site) for pick in picks]

    def _project(self, kind: ProjectClass, site: Site) -> Draft:
        rng = self.rng
        whole = rng.random() < 0.3 or site.roll < 60
        learners = site.roll if whole else max(20, round(site.roll * rng.uniform(0.15, 0.5)))
        columns = {
            "tier": 1,
            "area_of_need": kind.area,
            "arena": kind.arena,
            "priority": self._priority(1),
            "supports": self.known(kind.supports),
            "hours_per_week": float(rng.choice((1.0, 2.0, 2.0, 3.0, 4.0))),
            "weeks": int(rng.choice((10, 20, 20, 40))),
            "learners": min(learners, 5000),
            "people": 2 if rng.random() < 0.3 else 1,
        }
        return Draft(columns, bool(rng.random() < 0.3), 40)


def _join(units: list[Unit], rng: np.random.Generator) -> list[Unit]:
    """Join pairs at the same site until the share of learners with two or more rows is ``rates.TWO_NEEDS``.

    With L learners of whom m have several rows, x joins give a share of (m + x) ÷ (L − x); so
    x = (share × L − m) ÷ (1 + share).
    """
    several = sum(len(unit.rows) > 1 for unit in units)
    joins = round((rates.TWO_NEEDS * len(units) - several) / (1 + rates.TWO_NEEDS))
    order = [int(index) for index in rng.permutation(len(units))]
    gone: set[int] = set()
    joined: set[int] = set()
    for position, index in enumerate(order):
        if joins <= 0:
            break
        first = units[index]
        if index in gone or index in joined or not first.joinable:
            continue
        other = next(
            (
                other
                for other in order[position + 1 :]
                if other not in gone and other not in joined and _fits(first, units[other])
            ),
            None,
        )
        if other is None:
            continue
        _merge(first, units[other])
        gone.add(other)
        joined.add(index)
        joins -= 1
    return [unit for index, unit in enumerate(units) if index not in gone]


def _fits(first: Unit, second: Unit) -> bool:
    """Whether both needs may be one learner's: same site, another area, a year level that suits both."""
    return (
        second.joinable
        and first.site.site_id == second.site.site_id
        and not first.areas & second.areas
        and second.years[0] <= first.year <= second.years[1]
        and abs(first.year - second.year) <= 3
    )


def _merge(first: Unit, second: Unit) -> None:
    for draft in second.rows:
        draft.columns["year_level"] = first.year
    first.rows += second.rows
    first.areas |= second.areas


def population_shares(equity_index: float | None) -> tuple[float, float]:
    """Expected shares of Māori and Pacific learners, interpolated on the equity index of each decile."""
    index = rates.EQI_MEAN if equity_index is None else equity_index
    points = [rates.eqi_of_decile(decile) for decile in range(10, 0, -1)]
    return (
        float(np.interp(index, points, rates.MAORI_BY_DECILE[::-1])),
        float(np.interp(index, points, rates.PACIFIC_BY_DECILE[::-1])),
    )


def _learner(unit: Unit, code: str, rng: np.random.Generator) -> dict[str, Any]:
    maori, pacific = population_shares(unit.site.equity_index)
    if unit.site.medium == "maori":
        maori = 0.95
    groups = tuple(name for name, share in (("maori", maori), ("pacific", pacific)) if rng.random() < share)
    consent = str(rng.choice(list(rates.CONSENT), p=list(rates.CONSENT.values())))
    return {"learner_id": code, "groups": groups, "consent": consent}


def _numbered(
    drafts: list[tuple[Site, Draft]], frame: Frame, rng: np.random.Generator
) -> tuple[list[Need], set[str]]:
    needs: list[Need] = []
    running: set[str] = set()
    for number, (site, draft) in enumerate(drafts, start=1):
        columns = draft.columns | {
            "need_id": f"{frame.settings.prefix}N{number:04d}",
            "site_id": site.site_id,
        }
        state = rng.random()
        if state < 0.05:
            columns["status"] = "paused" if state < 0.02 else "closed"
        days = min(int(rng.gamma(1.5, draft.wait_days / 1.5)) + 1, _MOST_DAYS_WAITED)
        columns["waiting_since"] = frame.first.start - dt.timedelta(days=days)
        if len(frame.terms) > 1:
            columns |= _window(frame.terms, rng)
        need = Need(**columns)
        needs.append(need)
        if draft.running and need.planned:
            running.add(need.need_id)
    return needs, running


def _window(terms: Sequence[Term], rng: np.random.Generator) -> dict[str, Any]:
    """A tenth each: not before a later term, must start by an early one, may be handed over."""
    later, sooner, passed = rng.random() < 0.1, rng.random() < 0.1, rng.random() < 0.1
    first = int(rng.integers(1, len(terms))) if later else 0
    last = int(rng.integers(first, len(terms))) if sooner else len(terms) - 1
    return {
        "earliest_term": terms[first].id if later else None,
        "latest_term": terms[last].id if sooner else None,
        "handover": bool(passed),
    }
