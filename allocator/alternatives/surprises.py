"""A surprise: what all proposals found so far agree on is set aside, and the rest is planned anew.

The means are those a meeting has: a person is not to serve a site. Chosen are the (person, site) pairs in which all
earlier proposals agree, those with most hours first; left alone is whatever somebody was promised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from allocator.alternatives.features import Features
from allocator.checking.world import World

if TYPE_CHECKING:
    from allocator.models.world import Cluster

SHARES = (0.5, 0.25, 0.12)
"""The part of the hours in agreed pairs that is set aside, by attempt: less where more broke the slack."""

Pair = tuple[str, str]


def telling_pairs(
    cluster: Cluster, found: Sequence[Features], share: float, skip: int = 0
) -> tuple[Pair, ...]:
    """(person, site) pairs in which all proposals agree, up to ``share`` of their hours, after the first ``skip``.

    Pairs with no service running between them come first, then those with most hours; at least one where there is
    any. A pair stays where a promise needs it (a tied need, a liaison or an employer agreed), or where nobody else
    of the role could go instead.
    """
    world, minutes = World(cluster), _minutes(found)
    running = {
        (need.current_staff, need.site_id) for need in world.planned.values() if need.status == "in_service"
    }
    free = [pair for pair in minutes if _movable(world, pair)]
    free.sort(key=lambda pair: (pair in running, -minutes[pair], pair))
    free = free[skip:]
    total, taken = sum(minutes[pair] for pair in free), 0.0
    chosen: list[Pair] = []
    for pair in free:
        if chosen and taken + minutes[pair] > share * total:
            break
        chosen.append(pair)
        taken += minutes[pair]
    return tuple(chosen)


def _minutes(found: Sequence[Features]) -> dict[Pair, float]:
    """Agreed pairs -> the fewest minutes a week that any of the proposals gives there."""
    agreed = frozenset.intersection(*(each.pairs for each in found)) if found else frozenset()
    return {pair: min(each.minutes_of_pair.get(pair, 0.0) for each in found) for pair in agreed}


def _movable(world: World, pair: Pair) -> bool:
    code, site = pair
    person = world.staff[code]
    if site in (person.base_site, person.employer) or code in world.sites[site].liaison:
        return False
    if any(
        need.site_id == site and need.current_staff == code and world.tied(need)
        for need in world.planned.values()
    ):
        return False
    return any(
        other.staff_id != code
        and other.role == person.role
        and world.works_at_all(other.staff_id)
        and world.may_go(other.staff_id, site)
        for other in world.staff.values()
    )


def without(cluster: Cluster, pairs: Collection[Pair]) -> Cluster:
    """The cluster in which these people do not serve these sites; rules out, and adds nothing."""
    from allocator.models.world import Cluster as Built

    world = World(cluster)
    barred: dict[str, set[str]] = defaultdict(set)
    for code, site in pairs:
        barred[code].add(site)
    staff = []
    for person in cluster.staff:
        if person.staff_id not in barred:
            staff.append(person)
            continue
        allowed = (row.site_id for row in cluster.sites if world.may_go(person.staff_id, row.site_id))
        left = tuple(site for site in allowed if site not in barred[person.staff_id])
        staff.append(person.model_copy(update={"sites": left or (person.base_site,)}))
    content = {name: getattr(cluster, name) for name in Built.model_fields}
    return Built(**{**content, "staff": tuple(staff)})
