"""One screen a facilitator can read aloud, and the full tables on request.

Built from the shared part of a proposal only: codes may be seen by the panel (audience ``panel``), needs
without cluster consent are counts. Figures come from ``Figures``, words from ``words``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from allocator.models.policy import Goal
from allocator.reporting.figures import Carried, Figures, Met
from allocator.reporting.layout import WIDE, Column, bar, heading, meter, sentence, side_by_side, stack, table
from allocator.reporting.privacy import Shield
from allocator.reporting.words import (
    GOAL_NAMES,
    UNMET_WORDS,
    amount,
    count,
    goal_amount,
    goal_name,
    hours,
    leading_stage,
    limit_amount,
    percent,
    status_line,
    stopped_line,
    tier_name,
    verdict,
)

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

    from allocator.models.proposal import Proposal, Stage, Unmet
    from allocator.models.world import Cluster

SITES_SHOWN = 5
ROLES_SHOWN = 4
PEOPLE_SHOWN = 5
REASONS_SHOWN = 5
EXAMPLES_SHOWN = 3
GOALS_SHOWN = 7


def render(cluster: Cluster, proposal: Proposal, *, full: bool = False, width: int = 100) -> Group:
    """The proposal for a screen ``width`` columns wide: at most fifty lines, or every table with ``full``."""
    from rich.text import Text

    figures, shield = Figures(cluster, proposal), Shield(cluster)
    parts: list[RenderableType] = [*_opening(figures), Text()]
    parts += [*_need_met(figures, width, full), Text()]
    parts += [*_people(figures, width, full), *_movement(figures), Text()]
    parts += [*_unmet(figures, shield, full), Text()]
    parts += [*_goals(figures, full), Text()]
    if full:
        from allocator.reporting.full import full_tables

        parts += full_tables(figures, shield)
    parts += _closing(figures)
    return stack(parts)


def _opening(figures: Figures) -> list[RenderableType]:
    proposal, total, terms = figures.proposal, figures.met(figures.needs), figures.cluster.terms
    when = f"term {terms[0].id}" if len(terms) == 1 else f"terms {terms[0].id} to {terms[-1].id}"
    words = f"{figures.cluster.name}, {when}: {total.served} of {count(total.needs, 'need')} are supported."
    stage = leading_stage(proposal)
    if stage is not None and stage.goals == (Goal.NEED_MET,):
        words += f" Need met: {amount(stage, stage.value)}"
        words += (
            "." if stage.proved else f"; no plan can meet more than {limit_amount(stage).partition(' ')[0]}."
        )
    return [sentence(status_line(proposal) + ".", "bold"), sentence(words), *_withheld(figures)]


def _withheld(figures: Figures) -> list[RenderableType]:
    held = figures.proposal.withheld
    if not held.needs:
        return []
    are, own = ("is", "its own school supports") if held.needs == 1 else ("are", "their own schools support")
    words = f"{count(held.needs, 'more need')} {are} not shared with the cluster; {own} {held.served}."
    return [sentence(words)]


def _need_met(figures: Figures, width: int, full: bool) -> list[RenderableType]:
    wide = width >= WIDE
    size = 8 if wide else 20
    sites = stack([heading("By site", "least met first"), *_sites(figures, size, full)])
    others = stack([_tiers(figures, size), _roles(figures, full)])
    top = heading("NEED MET", "share of the hours asked, weighted by urgency and effect")
    if wide:
        return [top, side_by_side(sites, others, width)]
    return [top, others, sites]


def _met_row(name: str, met: Met, size: int) -> list[str]:
    return [name, meter(met.share, size), f"{met.served} of {met.needs}"]


def _sites(figures: Figures, size: int, full: bool) -> list[RenderableType]:
    ranked = sorted(figures.sites.items(), key=lambda item: (_or_full(item[1].share), item[0]))
    cut = len(ranked) if full or len(ranked) <= SITES_SHOWN + 2 else SITES_SHOWN
    rows = [_met_row(figures.cluster.site[code].name, met, size) for code, met in ranked[:cut]]
    parts: list[RenderableType] = [table([Column("", wraps=True), Column(""), Column("", right=True)], rows)]
    if ranked[cut:]:
        rest = [met.share for _, met in ranked[cut:]]
        low, high = percent(rest[0]), percent(rest[-1])
        spread = f"all {high}" if low == high else f"{low} to {high}"
        parts.append(sentence(f"and {len(rest)} more, {spread}: --full", "dim"))
    return parts


def _or_full(share: float | None) -> float:
    return 1.0 if share is None else share


def _tiers(figures: Figures, size: int) -> Group:
    rows = [_met_row(tier_name(tier), met, size) for tier, met in figures.tiers.items()]
    return stack([heading("By tier"), table([Column(""), Column(""), Column("", right=True)], rows)])


def _roles(figures: Figures, full: bool) -> Group:
    ranked = sorted(figures.roles, key=lambda role: (-role.bookable, role.role))
    cut = len(ranked) if full or len(ranked) <= ROLES_SHOWN + 2 else ROLES_SHOWN
    rows = [[role.name, hours(role.used), hours(role.bookable), str(role.needs)] for role in ranked[:cut]]
    right = [Column(title, right=True) for title in ("hours", "of", "needs")]
    parts: list[RenderableType] = [table([Column("By role", wraps=True), *right], rows)]
    if ranked[cut:]:
        needs = count(sum(role.needs for role in ranked[cut:]), "need")
        parts.append(sentence(f"and {len(ranked) - cut} more roles, {needs}: --full", "dim"))
    return stack(parts)


def _people(figures: Figures, width: int, full: bool) -> list[RenderableType]:
    working = [row for row in figures.carried if row.bookable]
    ranked = sorted(working, key=lambda row: (-row.used / row.bookable, -row.used, row.staff_id))
    cut = len(ranked) if full or len(ranked) <= PEOPLE_SHOWN + 2 else PEOPLE_SHOWN
    wide = width >= WIDE
    columns = [Column("Person"), *([Column("Based at", wraps=True)] if wide else [])]
    columns += [Column("Hours a week"), Column("of", right=True)]
    columns += [Column(name, right=True) for name in ("Travel", "Sites", "Cases", "Needs")]
    rows = [_person_row(figures, row, wide) for row in ranked[:cut]]
    parts: list[RenderableType] = [heading("WHO CARRIES WHAT", "fullest first"), table(columns, rows)]
    if ranked[cut:]:
        low, high = percent(_load(ranked[-1])), percent(_load(ranked[cut]))
        spread = f"all {high} full" if low == high else f"{low} to {high} full"
        parts.append(sentence(f"and {len(ranked) - cut} more, {spread}: --full", "dim"))
    idle = [row for row in figures.carried if not row.bookable]
    if idle:
        verb = "has" if len(idle) == 1 else "have"
        names = ", ".join(row.staff_id for row in (idle if full else idle[:EXAMPLES_SHOWN]))
        more = "" if full or len(idle) <= EXAMPLES_SHOWN else " and others"
        parts.append(sentence(f"{count(len(idle), 'post')} {verb} no hours in these terms: {names}{more}."))
    return parts


def _load(row: Carried) -> float:
    return row.used / row.bookable


def _person_row(figures: Figures, row: Carried, wide: bool) -> list[str]:
    base = [figures.cluster.site[row.base_site].name] if wide else []
    return [
        row.staff_id,
        *base,
        f"{bar(row.load, 14)} {hours(row.used):>5}",
        hours(row.bookable),
        hours(row.travel),
        str(row.sites),
        str(row.cases),
        str(row.needs),
    ]


def _movement(figures: Figures) -> list[RenderableType]:
    known = " ".join(words for words in (_coordinators(figures), _liaisons(figures)) if words)
    return [sentence(words) for words in (_travel(figures), known) if words]


def _travel(figures: Figures) -> str:
    total = sum(row.travel for row in figures.carried)
    used = sum(row.used for row in figures.carried)
    if not total:
        return "Travel: none; everybody works where they are based."
    most = max(figures.carried, key=lambda row: row.travel)
    share = percent(total / used)
    return (
        f"Travel: {hours(total)} hours a week in all, {share} of the hours used; "
        f"the most is {hours(most.travel)} hours, by {most.staff_id}."
    )


def _coordinators(figures: Figures) -> str:
    sites_of: dict[str, set[str]] = defaultdict(set)
    for share in figures.proposal.shares:
        sites_of[share.staff_id].add(share.site_id)
    if not sites_of:
        return ""
    sites = {site for found in sites_of.values() for site in found}
    several = sum(len(found) > 1 for found in sites_of.values())
    holds = "holds" if len(sites_of) == 1 else "hold"
    split = f", {several} of them at several" if several else ""
    people = count(len(sites_of), "person", "people")
    return f"Coordinators: {people} {holds} time at {count(len(sites), 'site')}{split}."


def _liaisons(figures: Figures) -> str:
    rows = figures.proposal.liaisons
    if not rows:
        return ""
    sites = count(len({row.site_id for row in rows}), "site")
    return f"Liaison: {count(len({row.staff_id for row in rows}), 'person', 'people')} for {sites}."


def _unmet(figures: Figures, shield: Shield, full: bool) -> list[RenderableType]:
    rows = [row for row in figures.proposal.unmet if shield.shows(row.need_id)]
    if not rows:
        return [heading("UNMET"), sentence("Every need shared with the cluster is supported.")]
    tally = Counter(row.reason for row in rows)
    ranked = sorted(tally, key=lambda reason: (-tally[reason], reason))
    cut = len(ranked) if full or len(ranked) <= REASONS_SHOWN + 1 else REASONS_SHOWN
    lines = []
    for reason in ranked[:cut]:
        same = [row for row in rows if row.reason is reason]
        lines.append([f"{tally[reason]:,}", UNMET_WORDS[reason], _examples(figures, same)])
    columns = [Column("", right=True), Column("", wraps=True), Column("", wraps=True)]
    note = f"{count(len(rows), 'need')}, and why"
    if figures.proposal.insertion_exhausted:
        note += "; none can be added to the plan as it stands"
    parts: list[RenderableType] = [heading("UNMET", note), table(columns, lines)]
    if ranked[cut:]:
        rest = sum(tally[reason] for reason in ranked[cut:])
        parts.append(sentence(f"and {rest} more for other reasons: --full", "dim"))
    return parts


def _examples(figures: Figures, rows: list[Unmet]) -> str:
    """The most urgent needs first, by priority, then by what they ask: ``N7, N12 (priority 1), N3 (2)``."""
    needs = [figures.cluster.need[row.need_id] for row in rows]
    needs.sort(key=lambda need: (need.priority, -figures.asked[need.need_id], need.need_id))
    words: list[str] = []
    for priority, same in groupby(needs[:EXAMPLES_SHOWN], key=lambda need: need.priority):
        codes = ", ".join(need.need_id for need in same)
        words.append(f"{codes} ({'' if words else 'priority '}{priority})")
    return ", ".join(words)


def _goals(figures: Figures, full: bool) -> list[RenderableType]:
    by = figures.cluster.policy.fairness.by
    rows: list[list[str]] = []
    not_reached: list[int] = []
    for place, level in enumerate(figures.cluster.policy.goals, start=1):
        found = [stage for stage in figures.proposal.stages if set(stage.goals) == set(level.goals)]
        for stage in found if full else _on_screen(found):
            rows.append([f"{place}", goal_name(stage, by), amount(stage, stage.value), verdict(stage)])
        if not found:
            names = " + ".join(GOAL_NAMES[goal] for goal in level.goals)
            values = ", ".join(goal_amount(goal, figures.proposal.goal_values[goal]) for goal in level.goals)
            not_reached.append(len(rows))
            rows.append([f"{place}", names, values, "as it came out; the search did not get there"])
    columns = [Column("", right=True), Column("", wraps=True), Column("", right=True), Column("", wraps=True)]
    cut = len(rows) if full or len(rows) <= GOALS_SHOWN + 2 else GOALS_SHOWN
    parts: list[RenderableType] = [heading("GOALS", "in the order agreed"), table(columns, rows[:cut])]
    if rows[cut:]:
        words = f"and {count(len(rows) - cut, 'goal')} further down"
        unsearched = sum(row >= cut for row in not_reached)
        if unsearched:
            words += f"; the search did not get to {'all' if unsearched == len(rows) - cut else unsearched} of them"
        parts.append(sentence(f"{words}: --full", "dim"))
    return parts


def _on_screen(stages: list[Stage]) -> list[Stage]:
    """Of a leximin the screen shows the worst-off group, and the floor where it is missed."""
    if not stages or Goal.FAIRNESS not in stages[0].goals:
        return stages
    steps = {stage.name.rpartition(".")[2]: stage for stage in stages}
    floor = steps.get("floor")
    shown = [floor] if floor is not None and floor.value else []
    return shown + ([steps["1"]] if "1" in steps else [])


def _closing(figures: Figures) -> list[RenderableType]:
    proposal = figures.proposal
    return [sentence(f"{stopped_line(proposal)} Seed {proposal.seed}.")]
