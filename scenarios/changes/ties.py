"""What was agreed about a person, and what of it a change makes impossible.

A need that is locked to a person, or whose funding ties it to them (R7), makes every plan impossible once that
person cannot give it any more. A what-if that ends in "no plan" answers nothing, so the agreement is let go,
counted, and said. Whether the hours still suffice is not judged here: that is what solving proves.
"""

from __future__ import annotations

from collections.abc import Collection

from allocator.checking.eligibility import absent_terms, eligible
from allocator.checking.world import World
from allocator.models.world import Cluster, Need
from scenarios.changes.base import counted, edited, rebuilt


def release(before: Cluster, after: Cluster, people: Collection[str]) -> tuple[Cluster, str]:
    """``after`` without the agreements that these people could keep before and cannot keep now.

    Returns the cluster, and words to end a sentence with (empty if there is nothing to let go).
    """
    old, new = World(before), World(after)
    needs, freed = [], 0
    for need in after.needs:
        prior = before.need.get(need.need_id)
        if (
            prior is not None
            and need.current_staff in people
            and prior.current_staff == need.current_staff
            and _held(new, need)
            and _able(old, prior)
            and not _able(new, need)
        ):
            freed += 1
            needs.append(_freed(new, need))
        else:
            needs.append(need)
    sites, liaisons = [], 0
    for site in after.sites:
        kept = tuple(code for code in site.liaison if code not in people or new.may_go(code, site.site_id))
        liaisons += kept != site.liaison
        sites.append(site if kept == site.liaison else edited(site, liaison=kept))
    if not freed and not liaisons:
        return after, ""
    return rebuilt(after, needs=tuple(needs), sites=tuple(sites)), _words(freed, liaisons)


def forget(cluster: Cluster, people: Collection[str]) -> tuple[Cluster, str]:
    """The cluster without any mention of people who are no longer in it, and words to end a sentence with."""
    gone = set(people)
    needs, freed, liaisons = [], 0, 0
    for need in cluster.needs:
        fields: dict[str, object] = {}
        if need.current_staff in gone:
            freed += need.planned
            fields |= {"current_staff": None, "locked": False}
        if gone.intersection(need.forbidden_staff):
            fields["forbidden_staff"] = tuple(code for code in need.forbidden_staff if code not in gone)
        needs.append(edited(need, **fields) if fields else need)
    sites = []
    for site in cluster.sites:
        kept = tuple(code for code in site.liaison if code not in gone)
        liaisons += kept != site.liaison
        sites.append(site if kept == site.liaison else edited(site, liaison=kept))
    made = rebuilt(
        cluster,
        staff=tuple(row for row in cluster.staff if row.staff_id not in gone),
        availability=tuple(row for row in cluster.availability if row.staff_id not in gone),
        needs=tuple(needs),
        sites=tuple(sites),
    )
    return made, _words(freed, liaisons)


def _words(freed: int, liaisons: int) -> str:
    parts = []
    if freed:
        parts.append(
            f"{counted(freed, 'service')} agreed until now {'is' if freed == 1 else 'are'} open to others"
        )
    if liaisons:
        parts.append(f"{counted(liaisons, 'site')} must choose another liaison")
    return "".join(f"; {part}" for part in parts)


def everybody(cluster: Cluster) -> frozenset[str]:
    """The codes of all people, for a change that may concern anybody's agreements."""
    return frozenset(cluster.person)


def _held(world: World, need: Need) -> bool:
    return need.planned and (need.locked or world.tied(need))


def _able(world: World, need: Need) -> bool:
    """Whether the person agreed on passes every test for the need, and is there while it runs."""
    code, starts = need.current_staff, world.starts(need)
    if code is None or code not in world.staff or not starts:
        return False
    person = world.staff[code]
    return any(
        eligible(world, need, support, person)
        and not absent_terms(world, code, world.span(need, support, starts[0]))
        for support in world.admitted[need.need_id]
    )


def _freed(world: World, need: Need) -> Need:
    """Unlocked; the name of the person is kept for continuity unless its funding ties it to that name (R7)."""
    by_funding = bool({*need.funding} & {*world.policy.tied_funding})
    return edited(need, locked=False, current_staff=None if by_funding else need.current_staff)
