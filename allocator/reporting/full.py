"""The tables behind the screen: every allocation, unmet need, visit, share and liaison (``--full``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.reporting.layout import Column, heading, sentence, table
from allocator.reporting.words import count, hours, tier_name

if TYPE_CHECKING:
    from rich.console import RenderableType

    from allocator.models.proposal import Allocation
    from allocator.reporting.figures import Figures
    from allocator.reporting.privacy import Shield


def full_tables(figures: Figures, shield: Shield) -> list[RenderableType]:
    """Every table of the shared part of a proposal, each followed by an empty line."""
    parts: list[RenderableType] = []
    for section in (_allocations, _groups, _unmet, _visits, _shares, _liaisons):
        parts += section(figures, shield)
    return parts


def _section(title: str, columns: list[Column], rows: list[list[str]]) -> list[RenderableType]:
    if not rows:
        return []
    return [heading(title, count(len(rows), "row")), table(columns, rows), sentence("")]


def _allocations(figures: Figures, shield: Shield) -> list[RenderableType]:
    rows = [
        _allocation(figures, row)
        for row in sorted(
            figures.proposal.allocations, key=lambda row: (row.staff_id, row.site_id, row.need_id)
        )
        if shield.shows(row.need_id)
    ]
    columns = [Column("Person"), Column("Need"), Column("Site", wraps=True), Column("Support", wraps=True)]
    columns += [
        Column("Hours", right=True),
        Column("Terms", wraps=True),
        Column("Note", wraps=True),
    ]
    return _section("WHO SUPPORTS WHAT", columns, rows)


def _allocation(figures: Figures, row: Allocation) -> list[str]:
    notes = []
    if row.group_id is not None:
        notes.append(f"group {row.group_id}")
    if row.reduced:
        notes.append("smaller dose")
    if row.part:
        notes.append(f"part {row.part}")
    if row.meets_at != row.site_id:
        notes.append(f"meets at {row.meets_at}")
    return [
        row.staff_id,
        row.need_id,
        figures.cluster.site[row.site_id].name,
        figures.cluster.support[row.support_id].name,
        hours(row.minutes_per_week, 2),
        ", ".join(row.terms),
        ", ".join(notes),
    ]


def _groups(figures: Figures, _: Shield) -> list[RenderableType]:
    rows = []
    for row in figures.proposal.groups:
        years = "" if row.year_band is None else f"{row.year_band[0]} to {row.year_band[1]}"
        support = figures.cluster.support[row.support_id].name
        site = figures.cluster.site[row.site_id].name
        rows.append(
            [
                row.group_id,
                support,
                row.staff_id,
                site,
                years,
                str(row.members),
                hours(row.minutes_per_week, 2),
            ]
        )
    columns = [
        Column("Group"),
        Column("Support", wraps=True),
        Column("Person"),
        Column("Meets at", wraps=True),
    ]
    columns += [Column("Years"), Column("Learners", right=True), Column("Hours", right=True)]
    return _section("GROUPS", columns, rows)


def _unmet(figures: Figures, shield: Shield) -> list[RenderableType]:
    rows = []
    for row in figures.proposal.unmet:
        if shield.shows(row.need_id):
            need = figures.cluster.need[row.need_id]
            site = figures.cluster.site[need.site_id].name
            why = shield.text(row.detail) or str(row.reason)
            rows.append([str(need.priority), row.need_id, site, tier_name(need.tier), why])
    columns = [Column("Priority", right=True), Column("Need"), Column("Site", wraps=True), Column("Tier")]
    return _section("UNMET, ONE BY ONE", [*columns, Column("Why", wraps=True)], sorted(rows))


def _visits(figures: Figures, _: Shield) -> list[RenderableType]:
    rows = []
    for row in figures.proposal.visits:
        site = figures.cluster.site[row.site_id].name
        travel = hours(row.travel_minutes_per_week, 2)
        rows.append([row.staff_id, site, row.term, f"{row.quarters / 4:g}", travel])
    columns = [
        Column("Person"),
        Column("Site", wraps=True),
        Column("Term"),
        Column("Visits a week", right=True),
    ]
    return _section("VISITS", [*columns, Column("Travel hours a week", right=True)], rows)


def _shares(figures: Figures, _: Shield) -> list[RenderableType]:
    rows = []
    for row in figures.proposal.shares:
        site = figures.cluster.site[row.site_id].name
        rows.append([row.staff_id, site, f"{row.fte:.2f}", "employs" if row.employs else ""])
    columns = [Column("Coordinator"), Column("Site", wraps=True), Column("FTE", right=True), Column("")]
    return _section("COORDINATOR TIME", columns, rows)


def _liaisons(figures: Figures, _: Shield) -> list[RenderableType]:
    rows = [
        [figures.cluster.site[row.site_id].name, row.term, row.staff_id] for row in figures.proposal.liaisons
    ]
    return _section("LIAISON", [Column("Site", wraps=True), Column("Term"), Column("Person")], rows)
