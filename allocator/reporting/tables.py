"""A proposal as tables: pandas DataFrames, and the same as CSV files that a spreadsheet opens.

Times are hours per week, values weighted hours (a value point is a hundredth of one), shares lie between 0
and 1. Only the shared part of the proposal is used: needs without cluster consent are counts (table
``withheld``) and time taken (column ``own_school`` of ``people``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.reporting.figures import Figures, Met
from allocator.reporting.privacy import Shield
from allocator.reporting.words import amount, goal_name, plain, tier_name

if TYPE_CHECKING:
    import pandas as pd

    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster, Need

Row = Mapping[str, Any]


def proposal_tables(cluster: Cluster, proposal: Proposal) -> dict[str, pd.DataFrame]:
    """All tables of a proposal by name; a table without rows keeps its columns.

    Keys: allocations, people, sites, tiers, roles, unmet, visits, groups, shares, liaisons, leads, goals,
    fairness, withheld.
    """
    import pandas as pd

    figures, shield = Figures(cluster, proposal), Shield(cluster)
    tables = {}
    for name, (header, make) in _TABLES.items():
        columns = header.split()
        rows = [[row[column] for column in columns] for row in make(figures, shield)]
        tables[name] = pd.DataFrame(rows, columns=columns)
    return tables


def write_csv_tables(cluster: Cluster, proposal: Proposal, folder: Path) -> tuple[Path, ...]:
    """Write every table as ``folder/NAME.csv``, each file whole or not at all; returns the files.

    The files begin with a byte order mark, without which Excel shows a macron as two strange letters.

    Raises:
        OSError: the folder cannot be made or written.
    """
    from allocator.io.atomic import write_text

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in proposal_tables(cluster, proposal).items():
        path = folder / f"{name}.csv"
        write_text(path, "\ufeff" + table.to_csv(index=False, lineterminator="\r\n"))
        written.append(path)
    return tuple(written)


def _hours(minutes: float) -> float:
    return round(minutes / 60, 2)


def _weighted(points: int) -> float:
    return round(points / 100, 2)


def _allocations(figures: Figures, shield: Shield) -> Iterable[Row]:
    for row in figures.proposal.allocations:
        if not shield.shows(row.need_id):
            continue
        need = figures.cluster.need[row.need_id]
        yield {
            **_need_columns(figures, need),
            "learner_id": row.learner_id,
            "support_id": row.support_id,
            "support": plain(figures.cluster.support[row.support_id].name),
            "shape": figures.cluster.support[row.support_id].shape,
            "staff_id": row.staff_id,
            "meets_at": row.meets_at,
            "start_term": row.start_term,
            "terms": ";".join(row.terms),
            "hours_per_week": _hours(row.minutes_per_week),
            "reduced": "yes" if row.reduced else "no",
            "group_id": row.group_id,
            "part": row.part,
            "weighted_hours": _weighted(row.value),
        }


def _need_columns(figures: Figures, need: Need) -> dict[str, Any]:
    return {
        "need_id": need.need_id,
        "site_id": need.site_id,
        "site": plain(figures.cluster.site[need.site_id].name),
        "tier": tier_name(need.tier),
        "area_of_need": need.area_of_need,
        "priority": need.priority,
    }


def _people(figures: Figures, _: Shield) -> Iterable[Row]:
    for load in figures.loads:
        yield {
            "staff_id": load.staff_id,
            "role": load.role,
            "term": load.term,
            "bookable": _hours(load.bookable),
            "delivery": _hours(load.delivery),
            "own_school": _hours(load.reserved),
            "travel": _hours(load.travel),
            "standing": _hours(load.standing),
            "liaison": _hours(load.liaison),
            "used": _hours(load.used),
            "unused": _hours(load.unused),
            "load": round(load.used / load.bookable, 4) if load.bookable else None,
            "cases": load.cases,
            "sites": load.sites,
        }


def _met(met: Met) -> dict[str, Any]:
    return {
        "needs": met.needs,
        "supported": met.served,
        "weighted_hours_asked": _weighted(met.asked),
        "weighted_hours_met": _weighted(met.met),
        "share_met": None if met.share is None else round(met.share, 4),
    }


def _sites(figures: Figures, _: Shield) -> Iterable[Row]:
    for code, met in figures.sites.items():
        site = figures.cluster.site[code]
        yield {"site_id": code, "site": plain(site.name), "type": site.type, "roll": site.roll, **_met(met)}


def _tiers(figures: Figures, _: Shield) -> Iterable[Row]:
    for tier, met in figures.tiers.items():
        yield {"tier": tier, "name": tier_name(tier), **_met(met)}


def _roles(figures: Figures, _: Shield) -> Iterable[Row]:
    for role in figures.roles:
        yield {
            "role": role.role,
            "name": plain(role.name),
            "people": role.people,
            "vacant": role.vacant,
            "bookable": _hours(role.bookable),
            "used": _hours(role.used),
            "load": None if role.load is None else round(role.load, 4),
            "needs_supported": role.needs,
            "weighted_hours_met": _weighted(role.met),
        }


def _unmet(figures: Figures, shield: Shield) -> Iterable[Row]:
    for row in figures.proposal.unmet:
        if shield.shows(row.need_id):
            need = figures.cluster.need[row.need_id]
            detail = plain(shield.text(row.detail))
            asked = _weighted(figures.asked[row.need_id])
            yield {
                **_need_columns(figures, need),
                "reason": str(row.reason),
                "detail": detail,
                "weighted_hours": asked,
            }


def _visits(figures: Figures, _: Shield) -> Iterable[Row]:
    for row in figures.proposal.visits:
        yield {
            "staff_id": row.staff_id,
            "site_id": row.site_id,
            "term": row.term,
            "visits_per_week": row.quarters / 4,
            "travel_hours_per_week": _hours(row.travel_minutes_per_week),
        }


def _groups(figures: Figures, _: Shield) -> Iterable[Row]:
    for row in figures.proposal.groups:
        low, high = row.year_band or (None, None)
        yield {
            "group_id": row.group_id,
            "support_id": row.support_id,
            "support": plain(figures.cluster.support[row.support_id].name),
            "staff_id": row.staff_id,
            "site_id": row.site_id,
            "start_term": row.start_term,
            "terms": ";".join(row.terms),
            "year_from": low,
            "year_to": high,
            "hours_per_week": _hours(row.minutes_per_week),
            "cross_site": "yes" if row.cross_site else "no",
            "members": row.members,
        }


def _shares(figures: Figures, _: Shield) -> Iterable[Row]:
    for row in figures.proposal.shares:
        yield {
            "staff_id": row.staff_id,
            "site_id": row.site_id,
            "site": plain(figures.cluster.site[row.site_id].name),
            "blocks": row.blocks,
            "fte": row.fte,
            "employs": "yes" if row.employs else "no",
        }


def _liaisons(figures: Figures, _: Shield) -> Iterable[Row]:
    for row in figures.proposal.liaisons:
        site = plain(figures.cluster.site[row.site_id].name)
        yield {"site_id": row.site_id, "site": site, "term": row.term, "staff_id": row.staff_id}


def _leads(figures: Figures, shield: Shield) -> Iterable[Row]:
    for row in figures.proposal.leads:
        if shield.shows(row.learner_id):
            yield {"learner_id": row.learner_id, "staff_id": row.staff_id}


def _goals(figures: Figures, _: Shield) -> Iterable[Row]:
    by = figures.cluster.policy.fairness.by
    for place, stage in enumerate(figures.proposal.stages, start=1):
        yield {
            "place": place,
            "stage": stage.name,
            "goal": goal_name(stage, by),
            "sense": stage.sense,
            "value": stage.value,
            "bound": stage.bound,
            "floor": stage.floor,
            "unit": stage.unit,
            "gap": round(stage.gap, 6),
            "in_words": amount(stage, stage.value),
            "bound_in_words": amount(stage, stage.bound),
        }


def _fairness(figures: Figures, _: Shield) -> Iterable[Row]:
    for group, share in figures.proposal.shares_met.items():
        yield {"group": plain(group), "share_met": share / 10_000}


def _withheld(figures: Figures, _: Shield) -> Iterable[Row]:
    counts = figures.proposal.withheld
    yield {"needs": counts.needs, "supported": counts.served, "weighted_hours_met": _weighted(counts.value)}


_NEED = "site_id site tier area_of_need priority"
_MET = "needs supported weighted_hours_asked weighted_hours_met share_met"
_TABLES: dict[str, tuple[str, Callable[[Figures, Shield], Iterable[Row]]]] = {
    "allocations": (
        f"need_id learner_id {_NEED} support_id support shape staff_id meets_at start_term terms "
        "hours_per_week reduced group_id part weighted_hours",
        _allocations,
    ),
    "people": (
        "staff_id role term bookable delivery own_school travel standing liaison used unused load "
        "cases sites",
        _people,
    ),
    "sites": (f"site_id site type roll {_MET}", _sites),
    "tiers": (f"tier name {_MET}", _tiers),
    "roles": ("role name people vacant bookable used load needs_supported weighted_hours_met", _roles),
    "unmet": (f"need_id {_NEED} reason detail weighted_hours", _unmet),
    "visits": ("staff_id site_id term visits_per_week travel_hours_per_week", _visits),
    "groups": (
        "group_id support_id support staff_id site_id start_term terms year_from year_to hours_per_week "
        "cross_site members",
        _groups,
    ),
    "shares": ("staff_id site_id site blocks fte employs", _shares),
    "liaisons": ("site_id site term staff_id", _liaisons),
    "leads": ("learner_id staff_id", _leads),
    "goals": ("place stage goal sense value bound floor unit gap in_words bound_in_words", _goals),
    "fairness": ("group share_met", _fairness),
    "withheld": ("needs supported weighted_hours_met", _withheld),
}
"""Name of each table -> its columns, and the function that makes its rows."""
