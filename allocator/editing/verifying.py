"""Does a proposal do what was asked? Read off its rows, without the model that made it."""

from __future__ import annotations

from collections.abc import Iterable

from allocator.checking.world import World
from allocator.editing.relationships import every_allocation
from allocator.editing.settling import Wish
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster


def not_done(cluster: Cluster, proposal: Proposal, wishes: Iterable[Wish]) -> tuple[Wish, ...]:
    """Edits that the proposal does not do; empty where all hold."""
    world = World(cluster)
    return tuple(wish for wish in wishes if not _done(world, proposal, wish))


def _done(world: World, proposal: Proposal, wish: Wish) -> bool:
    if wish.site is not None:
        return _is_liaison(world, proposal, wish.site, wish.person or "")
    rows = [row for row in every_allocation(proposal) if row.need_id == wish.need]
    wanted = wish.person is not None or wish.support is not None
    fits = any(wish.person in (None, row.staff_id) and wish.support in (None, row.support_id) for row in rows)
    if wanted and not fits:
        return False
    if any(row.staff_id == wish.not_person for row in rows):
        return False
    barred = wish.not_group
    return not any(row.group_id is not None and (row.staff_id, row.support_id) == barred for row in rows)


def _is_liaison(world: World, proposal: Proposal, site: str, person: str) -> bool:
    """In every term in which the person works, and in one at least."""
    there = {row.term: row.staff_id for row in proposal.liaisons if row.site_id == site}
    working = [term for term in there if world.works(person, world.position[term])]
    return bool(working) and all(there[term] == person for term in working)
