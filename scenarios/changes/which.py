"""Which needs a change is about: by site, area of need, tier, priority, funding, group or status."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, Field

from allocator.checking.world import within_years
from allocator.models.base import Row
from allocator.models.world import AreaOfNeed, Cluster, Need, Status
from scenarios.changes.base import Names, Whole, as_list, site_of

T = TypeVar("T")
_Tier = Annotated[Literal[1, 2, 3], Whole]
_Priority = Annotated[Literal[1, 2, 3, 4, 5], Whole]
_AsList = BeforeValidator(as_list)


class Which(Row):
    """A need is meant if it passes every test given; a test with several values passes any of them."""

    sites: Names = Field(default=(), description="sites, by code or name")
    areas_of_need: Annotated[tuple[AreaOfNeed, ...], _AsList] = Field(default=(), description="areas of need")
    tiers: Annotated[tuple[_Tier, ...], _AsList] = Field(default=(), description="tiers")
    priorities: Annotated[tuple[_Priority, ...], _AsList] = Field(default=(), description="priorities")
    funding: Names = Field(default=(), description="with one of these fundings")
    groups: Names = Field(default=(), description="with one of these population groups")
    year_min: int | None = Field(default=None, description="year level at least")
    year_max: int | None = Field(default=None, description="year level at most")
    status: Annotated[tuple[Status, ...], _AsList] = Field(
        default=("waiting", "in_service"), description="status; needs that are planned, unless said otherwise"
    )

    def of(self, cluster: Cluster, key: str = "where") -> list[Need]:
        """The needs meant, in the order of their codes, so that the order of rows never counts."""
        sites = {site_of(cluster, typed, (key, "sites")).site_id for typed in self.sites}
        tests: tuple[Callable[[Need], bool], ...] = (
            lambda need: not sites or need.site_id in sites,
            lambda need: not self.areas_of_need or need.area_of_need in self.areas_of_need,
            lambda need: not self.tiers or need.tier in self.tiers,
            lambda need: not self.priorities or need.priority in self.priorities,
            lambda need: not self.funding or bool({*self.funding} & {*need.funding}),
            lambda need: not self.groups or bool({*self.groups} & {*need.groups}),
            self._in_years,
            lambda need: need.status in self.status,
        )
        found = [need for need in cluster.needs if all(test(need) for test in tests)]
        return sorted(found, key=lambda need: need.need_id)

    def _in_years(self, need: Need) -> bool:
        if self.year_min is None and self.year_max is None:
            return True
        return within_years(need.year_level, self.year_min, self.year_max) and need.year_level is not None


def drawn(rows: Iterable[T], number: int, seed: int) -> list[T]:
    """The first ``number`` rows of a shuffle that depends on the seed alone: a larger draw holds a smaller one."""
    every = list(rows)
    random.Random(seed).shuffle(every)
    return every[:number]
