"""Edits as typed, set against the cluster and the agreed proposal: codes looked up, every slip named at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allocator.editing.edits import AnyEdit, Move, Order, Pin, Reject
from allocator.editing.relationships import every_allocation
from allocator.errors import Fault, InputError
from allocator.models.policy import GoalLevel, Policy
from allocator.models.proposal import Group, Proposal
from allocator.models.world import Cluster, Need
from scenarios.changes.base import (
    Refused,
    Where,
    edited,
    need_of,
    person_of,
    place_name,
    rebuilt,
    site_of,
    support_of,
)


@dataclass(frozen=True)
class Wish:
    """An edit about a need or a site, in codes: who must, and who must not."""

    number: int
    edit: AnyEdit
    words: str
    need: str | None = None
    site: str | None = None
    person: str | None = None
    support: str | None = None
    not_person: str | None = None
    not_group: tuple[str, str] | None = None
    """(leader, support_id)."""

    @property
    def sentence(self) -> str:
        """The edit with who asks for it and why."""
        return f"{self.words} ({self.edit.by}: {self.edit.reason})"


@dataclass(frozen=True)
class Ordering:
    """The order of goals that counts: the newest asked for."""

    number: int
    edit: Order
    words: str
    levels: tuple[GoalLevel, ...]
    first_untouched: int
    """Levels before this place must be as good as the new order makes them."""

    @property
    def sentence(self) -> str:
        """The edit with who asks for it and why."""
        return f"{self.words} ({self.edit.by}: {self.edit.reason})"


@dataclass(frozen=True)
class Asked:
    """All that was asked for, oldest first."""

    wishes: tuple[Wish, ...]
    order: Ordering | None
    replaced: tuple[int, ...] = ()
    """Numbers of orders of goals that a newer one replaces."""

    @property
    def all(self) -> tuple[Wish | Ordering, ...]:
        """Every edit that counts, by its number."""
        every: list[Wish | Ordering] = [*self.wishes, *([self.order] if self.order else [])]
        return tuple(sorted(every, key=lambda each: each.number))


def settle(
    cluster: Cluster, agreed: Proposal, edits: Sequence[AnyEdit], places: Sequence[Where] | None = None
) -> Asked:
    """The edits in codes.

    Raises:
        InputError: every edit that speaks of somebody or something that is not there, with file and line.
    """
    wishes: list[Wish] = []
    orders: list[Ordering] = []
    faults: list[Fault] = []
    for index, edit in enumerate(edits):
        place = places[index] if places is not None else Where(f"edit {index + 1}")
        try:
            if isinstance(edit, Order):
                orders.append(_ordering(cluster.policy, index + 1, edit))
            else:
                wishes.append(_wish(cluster, agreed, index + 1, edit))
        except Refused as refused:
            faults.append(place.fault(refused.path, refused.message, refused.found))
    if faults:
        raise InputError(faults)
    return Asked(tuple(wishes), orders[-1] if orders else None, tuple(each.number for each in orders[:-1]))


def reordered(cluster: Cluster, order: Ordering | None) -> Cluster:
    """The cluster with the order of goals that was asked for."""
    if order is None:
        return cluster
    return rebuilt(cluster, policy=edited(cluster.policy, goals=order.levels))


def _wish(cluster: Cluster, agreed: Proposal, number: int, edit: Pin | Reject | Move) -> Wish:
    if isinstance(edit, Pin):
        return _pin(cluster, number, edit)
    need = _planned(cluster, edit.need)
    if isinstance(edit, Move):
        return _move(cluster, agreed, number, edit, need)
    if edit.person is not None:
        person = person_of(cluster, edit.person).staff_id
        return Wish(number, edit, f"{need.need_id} not with {person}", need.need_id, not_person=person)
    group = _group(agreed, edit.group or "")
    words = f"{need.need_id} not in {group.group_id}, the {group.support_id} group of {group.staff_id}"
    return Wish(number, edit, words, need.need_id, not_group=(group.staff_id, group.support_id))


def _planned(cluster: Cluster, typed: str) -> Need:
    need = need_of(cluster, typed)
    if not need.planned:
        raise Refused("need", f"this need is {need.status} and takes no part in the plan", need.need_id)
    return need


def _pin(cluster: Cluster, number: int, edit: Pin) -> Wish:
    person = None if edit.person is None else person_of(cluster, edit.person).staff_id
    if edit.site is not None and person is not None:
        site = site_of(cluster, edit.site)
        if not cluster.roles[cluster.person[person].role].liaison:
            raise Refused("person", "people of this role are not liaisons", person)
        if site.type not in cluster.policy.liaison_site_types:
            raise Refused("site", f"a site of type {site.type} has no liaison", edit.site)
        words = f"{person} is the liaison of {place_name(cluster, site.site_id)}"
        return Wish(number, edit, words, site=site.site_id, person=person)
    need = _planned(cluster, edit.need or "")
    support = None if edit.support is None else support_of(cluster, edit.support).support_id
    words = need.need_id + (f" with {person}" if person else "") + (f" by {support}" if support else "")
    return Wish(number, edit, words, need.need_id, person=person, support=support)


def _move(cluster: Cluster, agreed: Proposal, number: int, edit: Move, need: Need) -> Wish:
    before = person_of(cluster, edit.from_person, "from_person").staff_id
    after = person_of(cluster, edit.to_person, "to_person").staff_id
    now = sorted({row.staff_id for row in every_allocation(agreed) if row.need_id == need.need_id})
    if before not in now and (now or need.shared_with_cluster):
        who = f"{' and '.join(now)} serves it" if now else "nobody serves it"
        raise Refused("from_person", f"in the agreed proposal {who}", before)
    words = f"{need.need_id} from {before} to {after}"
    return Wish(number, edit, words, need.need_id, person=after, not_person=before)


def _group(agreed: Proposal, code: str) -> Group:
    every = agreed.groups + (agreed.site_only.groups if agreed.site_only else ())
    for group in every:
        if group.group_id == code:
            return group
    raise Refused("group", "the agreed proposal has no such group", code)


def _ordering(policy: Policy, number: int, edit: Order) -> Ordering:
    """Named goals first, the others after them as before; how far the order differs from the old one."""
    now = {next(iter(level.goals)): level for level in policy.goals if len(level.goals) == 1}
    named: list[GoalLevel] = []
    for entry in edit.goals:
        level = GoalLevel.model_validate(entry)
        goal = next(iter(level.goals))
        named.append(now.get(goal, level) if isinstance(entry, str) else level)
    taken = {goal for level in named for goal in level.goals}
    rest = []
    for level in policy.goals:
        left = {goal: weight for goal, weight in level.goals.items() if goal not in taken}
        if left:
            rest.append(level if len(left) == len(level.goals) else edited(level, goals=left))
    levels = (*named, *rest)
    if levels == policy.goals:
        raise Refused("goals", "this changes nothing: it is the agreed order")
    words = "goals in the order " + ", ".join(" + ".join(level.goals) for level in named)
    return Ordering(number, edit, words, levels, _last_raised(policy.goals, levels) + 1)


def _last_raised(old: Sequence[GoalLevel], new: Sequence[GoalLevel]) -> int:
    """The last level of the new order that used to stand behind one that it now stands before, or is new; -1: none."""
    last = -1
    for place, level in enumerate(new):
        before = old.index(level) if level in old else None
        if before is None or any(old.index(later) < before for later in new[place + 1 :] if later in old):
            last = place
    return last
