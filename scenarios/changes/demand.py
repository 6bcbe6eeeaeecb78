"""Changes of what is asked: new needs, more or fewer of them, groups instead of one to one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from allocator.checking.world import World, within_years
from allocator.io.rows import read_table
from allocator.models.world import Cluster, Need, Support
from scenarios.changes.base import (
    Change,
    Effect,
    Refused,
    counted,
    edited,
    fresh,
    half_up,
    rebuilt,
    site_of,
    support_of,
)
from scenarios.changes.others import beside
from scenarios.changes.rows import read_cells
from scenarios.changes.which import Which, drawn

NeedRow = Annotated[Need, BeforeValidator(read_cells(Need))]


class AddNeeds(Change):
    """New needs on the register."""

    change: Literal["add_needs"] = "add_needs"
    needs: tuple[NeedRow, ...] = Field(default=(), description="rows of needs.csv; site_id may be a name")
    file: str | None = Field(
        default=None, description="a CSV file like needs.csv, from the scenario's folder"
    )
    copies: int = Field(default=1, ge=1, le=1000, description="how often each row is added")

    @model_validator(mode="after")
    def _something(self) -> AddNeeds:
        if not self.needs and self.file is None:
            raise ValueError("give needs, a file, or both")
        return self


class ScaleDemand(Change):
    """More, or fewer, needs like those there are."""

    change: Literal["scale_demand"] = "scale_demand"
    factor: float = Field(gt=0.0, le=10.0, description="1.15 is 15% more")
    where: Which = Field(default=Which(), description="which needs are multiplied")
    seed: int = Field(default=1, ge=0, description="of the draw of needs")


class ConvertShape(Change):
    """Needs that are met one to one are met in groups."""

    change: Literal["convert_shape"] = "convert_shape"
    support: str = Field(min_length=1, description="the individual support, by code or name")
    into: str | None = Field(default=None, description="a group support there is; blank = a new one is made")
    min_group: int = Field(default=2, ge=1, le=30, description="fewest learners in the new group")
    max_group: int = Field(default=4, ge=1, le=30, description="most learners in the new group")
    share: float = Field(default=1.0, gt=0.0, le=1.0, description="share of the needs that is converted")
    where: Which = Field(default=Which(), description="which needs may be converted")
    seed: int = Field(default=1, ge=0, description="of the draw of needs")


def add_needs(cluster: Cluster, change: AddNeeds) -> Effect:
    """More rows in needs.csv; copies have codes of their own."""
    given = [*change.needs, *(_from_file(change) if change.file is not None else ())]
    rows: list[Need] = []
    taken = set(cluster.need)
    for index, typed in enumerate(given):
        path: tuple[str | int, ...] = ("needs", index, "site_id") if index < len(change.needs) else ("file",)
        need = edited(typed, site_id=site_of(cluster, typed.site_id, path).site_id)
        if change.copies == 1 and need.need_id in taken:
            raise Refused((*path[:-1], "need_id") if len(path) > 1 else path, "this need is there already")
        for _ in range(change.copies):
            rows.append(numbered(need, taken, change.copies > 1))
            taken.add(rows[-1].need_id)
    if not rows:
        raise Refused("file", "this changes nothing: there is no row in the file", change.file)
    made = rebuilt(cluster, needs=(*cluster.needs, *rows))
    return Effect(made, f"needs: {counted(len(rows), 'need')} added ({by_site(cluster, rows)}).")


def numbered(need: Need, taken: Collection[str], renumber: bool) -> Need:
    """A copy under a free code, its learner renamed alike."""
    if not renumber and need.need_id not in taken:
        return need
    code = next(c for n in range(1, len(taken) + 2) if (c := f"{need.need_id}-{n}") not in taken)
    ending = code[len(need.need_id) :]
    learner = None if need.learner_id is None else f"{need.learner_id}{ending}"
    return edited(need, need_id=code, learner_id=learner)


def by_site(cluster: Cluster, needs: Collection[Need]) -> str:
    """``3 at Rimu School, 2 at Kauri School and 1 at 2 more sites``: the busiest first."""
    number: dict[str, int] = {}
    for need in needs:
        number[need.site_id] = number.get(need.site_id, 0) + 1
    ranked = sorted(number.items(), key=lambda item: (-item[1], item[0]))
    words = [f"{many} at {cluster.site[code].name}" for code, many in ranked[:3]]
    if ranked[3:]:
        words.append(f"{sum(many for _, many in ranked[3:])} at {counted(len(ranked) - 3, 'more site')}")
    return ", ".join(words)


def _from_file(change: AddNeeds) -> tuple[Need, ...]:
    """The rows of a CSV file like needs.csv.

    Raises:
        InputError: every fault in it, with file and line.
    """
    path = beside(change, change.file or "")
    if not path.is_file():
        raise Refused("file", "there is no such file", change.file)
    return read_table(path, Need)


def scale_demand(cluster: Cluster, change: ScaleDemand) -> Effect:
    """Copies of needs drawn at random, or fewer of those that wait (then of those in service)."""
    found = change.where.of(cluster)
    if not found:
        raise Refused("where", "this changes nothing: no need is like that")
    number = half_up(abs(change.factor - 1) * len(found))
    if number == 0:
        all_of = counted(len(found), "need")
        raise Refused(
            "factor",
            f"this changes nothing: {all_of} × {change.factor:g} is {len(found)} again",
            change.factor,
        )
    if change.factor > 1:
        taken, rows = set(cluster.need), []
        for need in _repeated(found, number, change.seed):
            rows.append(numbered(as_new(need), taken, True))
            taken.add(rows[-1].need_id)
        made = rebuilt(cluster, needs=(*cluster.needs, *rows))
        return Effect(
            made, f"needs: {number:,} more like the {len(found):,} there are ({by_site(cluster, rows)})."
        )
    # those who wait go first: a service that runs is not undone by there being less to do
    waiting = [need for need in found if need.status != "in_service"]
    order = drawn(waiting, len(waiting), change.seed)
    order += drawn([need for need in found if need.status == "in_service"], len(found), change.seed)
    gone = {need.need_id for need in order[:number]}
    made = rebuilt(cluster, needs=tuple(need for need in cluster.needs if need.need_id not in gone))
    return Effect(made, f"needs: {number:,} of {len(found):,} removed ({by_site(cluster, order[:number])}).")


def _repeated(needs: list[Need], number: int, seed: int) -> list[Need]:
    """``number`` needs, each drawn equally often but for one."""
    rounds, rest = divmod(number, len(needs))
    return [*(need for _ in range(rounds) for need in needs), *drawn(needs, rest, seed)]


def as_new(need: Need) -> Need:
    """The need as a new request: waiting, promised to nobody."""
    return edited(need, status="waiting", current_staff=None, locked=False)


def convert_shape(cluster: Cluster, change: ConvertShape) -> Effect:
    """Some needs admit a group in place of an individual support."""
    support = support_of(cluster, change.support)
    if support.shape != "individual":
        raise Refused("support", f"this support is of shape {support.shape}, not individual", change.support)
    group = _group_support(cluster, change, support)
    world = World(cluster)
    found = [
        need
        for need in change.where.of(cluster)
        if support in world.admitted[need.need_id]
        and _could_join(world, need, group)
        and not world.tied(need)  # what was agreed about one learner is not undone for a group
    ]
    chosen = drawn(found, half_up(change.share * len(found)), change.seed)
    if not chosen:
        why = "none admits it and could join the group" if not found else "the share comes to none"
        raise Refused("support", f"this changes nothing: of the needs meant, {why}", change.support)
    codes = {need.need_id for need in chosen}
    supports = cluster.supports if group in cluster.supports else (*cluster.supports, group)
    made = rebuilt(
        cluster,
        supports=supports,
        needs=tuple(
            _converted(world, need, support, group) if need.need_id in codes else need
            for need in cluster.needs
        ),
    )
    words = f"needs: {len(chosen):,} of {counted(len(found), 'need')} that admit {support.name}"
    return Effect(made, f"{words} now admit{'s' * (len(chosen) == 1)} the group {group.name} instead.")


def _group_support(cluster: Cluster, change: ConvertShape, support: Support) -> Support:
    if change.into is not None:
        group = support_of(cluster, change.into, "into")
        if group.shape != "group":
            raise Refused("into", f"this support is of shape {group.shape}, not group", change.into)
        return group
    if change.max_group < change.min_group:
        raise Refused("max_group", f"must not be below the {change.min_group} of min_group", change.max_group)
    return edited(
        support,
        support_id=fresh(f"{support.support_id}_group", cluster.support),
        name=f"{support.name}, in a group",
        shape="group",
        min_group=change.min_group,
        max_group=change.max_group,
    )


def _could_join(world: World, need: Need, group: Support) -> bool:
    """A learner with a year level inside a band and the group's limits, one to a row."""
    return (
        need.learner_id is not None
        and need.learners == 1
        and need.year_level is not None
        and world.year_band(need) is not None
        and within_years(need.year_level, group.year_min, group.year_max)
    )


def _converted(world: World, need: Need, support: Support, group: Support) -> Need:
    named = need.supports or tuple(row.support_id for row in world.admitted[need.need_id])
    left = dict.fromkeys(code for code in named if code != support.support_id)
    return edited(
        need,
        supports=tuple(dict.fromkeys((*left, group.support_id))),
        hours_per_week=None,  # the group's hours count, not those asked for one to one
        min_hours_per_week=None,
    )
