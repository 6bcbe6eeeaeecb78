"""What comes out, case beside case: goals with their bounds, need met by tier, site and role, travel, unmet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from allocator.comparing.cases import Case
from allocator.models.policy import MINIMISED, Goal
from allocator.models.proposal import Stage
from allocator.reporting.figures import Figures, Met
from allocator.reporting.words import GOAL_NAMES, goal_name, tier_name

Number = int | float | None


@dataclass(frozen=True)
class OutcomeRow:
    """One figure of every case, None where the case has none (no plan, or no such site).

    ``section``: stages, goals, totals, tiers, sites or roles. ``unit``: points (a hundredth of a weighted
    hour), share (0 to 1), minutes, needs, … ``bounds``: what is proved no plan can pass, for stages.
    ``sizes``: how many needs the figure is made of, where it is made of needs.
    """

    section: str
    key: str
    name: str
    unit: str
    values: tuple[Number, ...]
    bounds: tuple[Number, ...] = ()
    sizes: tuple[int | None, ...] = ()
    sense: str = "max"

    def delta(self, index: int) -> Number:
        """The case's figure minus the first case's."""
        first, value = self.values[0], self.values[index]
        return None if first is None or value is None else value - first


def outcome_rows(cases: Sequence[Case]) -> tuple[OutcomeRow, ...]:
    """All rows, sections in the order a facilitator reads them; keys aligned by code."""
    return (
        *_totals(cases),
        *_stages(cases),
        *_goals(cases),
        *_met(cases, "tiers", lambda f: {str(t): (tier_name(t), met) for t, met in f.tiers.items()}),
        *_met(
            cases,
            "sites",
            lambda f: {code: (f.cluster.site[code].name, met) for code, met in f.sites.items()},
        ),
        *_roles(cases),
    )


def _each(cases: Sequence[Case], of: Callable[[Figures], Number]) -> tuple[Number, ...]:
    return tuple(None if case.figures is None else of(case.figures) for case in cases)


def _totals(cases: Sequence[Case]) -> Iterable[OutcomeRow]:
    def row(key: str, name: str, unit: str, sense: str, of: Callable[[Figures], Number]) -> OutcomeRow:
        return OutcomeRow("totals", key, name, unit, _each(cases, of), sense=sense)

    yield row("share_met", "Need met", "share", "max", lambda f: f.met(f.needs).share)
    yield row("needs", "Needs planned", "needs", "", lambda f: len(f.needs))
    yield row("served", "Needs met", "needs", "max", lambda f: len(f.served))
    yield row("unmet", "Needs unmet", "needs", "min", lambda f: len(f.needs) - len(f.served))
    yield row(
        "withheld_served", "Met by their own schools", "needs", "max", lambda f: f.proposal.withheld.served
    )
    yield row("used", "Time used a week", "minutes", "", lambda f: round(sum(c.used for c in f.carried)))
    yield row(
        "bookable", "Time there is a week", "minutes", "", lambda f: round(sum(c.bookable for c in f.carried))
    )
    yield row("travel", "Travel a week", "minutes", "min", lambda f: round(sum(c.travel for c in f.carried)))


def _stages(cases: Sequence[Case]) -> Iterable[OutcomeRow]:
    names: dict[str, tuple[str, Stage]] = {}
    by_name: list[dict[str, Stage]] = []
    for case in cases:
        stages = () if case.proposal is None else case.proposal.stages
        by_name.append({stage.name: stage for stage in stages})
        for stage in stages:
            names.setdefault(stage.name, (goal_name(stage, case.cluster.policy.fairness.by), stage))
    for key, (name, stage) in names.items():
        found = [each.get(key) for each in by_name]
        yield OutcomeRow(
            "stages",
            key,
            name,
            stage.unit,
            tuple(None if each is None else each.value for each in found),
            tuple(None if each is None else each.bound for each in found),
            sense=stage.sense,
        )


def _goals(cases: Sequence[Case]) -> Iterable[OutcomeRow]:
    proposals = [case.proposal for case in cases]
    for goal in Goal:
        values = tuple(None if each is None else each.goal_values.get(goal) for each in proposals)
        if any(value is not None for value in values):
            sense = "min" if goal in MINIMISED else "max"
            yield OutcomeRow("goals", str(goal), GOAL_NAMES[goal], "value", values, sense=sense)


def _met(
    cases: Sequence[Case], section: str, of: Callable[[Figures], dict[str, tuple[str, Met]]]
) -> Iterable[OutcomeRow]:
    tables = [{} if case.figures is None else of(case.figures) for case in cases]
    names = {key: name for table in reversed(tables) for key, (name, _) in table.items()}
    for key in dict.fromkeys(key for table in tables for key in table):
        found = [table[key][1] if key in table else None for table in tables]
        values = tuple(None if met is None else met.share for met in found)
        sizes = tuple(None if met is None else met.needs for met in found)
        yield OutcomeRow(section, key, names[key], "share", values, sizes=sizes)


def _roles(cases: Sequence[Case]) -> Iterable[OutcomeRow]:
    tables = [
        {} if case.figures is None else {role.role: role for role in case.figures.roles} for case in cases
    ]
    names = {key: role.name for table in reversed(tables) for key, role in table.items()}
    for key in dict.fromkeys(key for table in tables for key in table):
        found = [table.get(key) for table in tables]
        values = tuple(None if role is None else role.met for role in found)
        sizes = tuple(None if role is None else role.needs for role in found)
        yield OutcomeRow("roles", key, names[key], "points", values, sizes=sizes)
