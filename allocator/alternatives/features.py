"""What people recognise in a proposal, and how far apart two proposals are in it.

Three things: hours of each role at each site, who visits which site, and how the hours fall on the three tiers.
Raw rows would not do: two proposals that swap interchangeable people look different in nearly every row and
alike in the room.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from allocator.reporting.words import hours, plain, tier_name

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster

PARTS = ("hours", "visits", "tiers")
"""What the distance is the mean of."""
LABELS = 2
"""Features in a label."""
_SAME_MINUTES = 15
"""A difference that nobody would notice is not put into words."""

Key = tuple[Hashable, ...]


@dataclass(frozen=True, eq=False)
class Features:
    """A proposal as people see it; of the shared part only, so that nothing withheld shows in a distance.

    ``hours``: (role, meeting site) -> delivery minutes a week, averaged over the weeks of the plan; a group's
    minutes count once. ``visits``: (person, site) pairs with any delivery or liaison away from the base; people
    whom nothing tells apart are one person, counted. ``tiers``: (tier,) -> delivery minutes a week.
    """

    cluster: Cluster
    proposal: Proposal

    def part(self, name: str) -> Mapping[Key, float]:
        """``hours``, ``visits`` or ``tiers``."""
        return {"hours": self.hours, "visits": self.visits, "tiers": self.tiers}[name]

    @cached_property
    def hours(self) -> Mapping[Key, float]:
        """Minutes a week by role and site."""
        found: dict[Key, float] = defaultdict(float)
        for staff, site, _, minutes in self._services:
            found[self.cluster.person[staff].role, site] += minutes
        return found

    @cached_property
    def tiers(self) -> Mapping[Key, float]:
        """Minutes a week by tier of the support."""
        found: dict[Key, float] = defaultdict(float)
        for _, _, support, minutes in self._services:
            found[(self.cluster.support[support].tier,)] += minutes
        return found

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """(person, site) pairs with delivery or liaison away from the person's base."""
        given = {(staff, site) for staff, site, _, _ in self._services}
        given |= {(row.staff_id, row.site_id) for row in self.proposal.liaisons}
        return frozenset(pair for pair in given if self.cluster.person[pair[0]].base_site != pair[1])

    @cached_property
    def minutes_of_pair(self) -> Mapping[tuple[str, str], float]:
        """Delivery minutes a week of a person at a site."""
        found: dict[tuple[str, str], float] = defaultdict(float)
        for staff, site, _, minutes in self._services:
            found[staff, site] += minutes
        return found

    @cached_property
    def visits(self) -> Mapping[Key, float]:
        """How many of a kind of person go to a site; most people are a kind of their own."""
        kinds = interchangeable(self.cluster)
        return Counter((kinds[staff], site) for staff, site in sorted(self.pairs))

    @cached_property
    def _services(self) -> list[tuple[str, str, str, float]]:
        """Person, meeting site, support and minutes a week over the whole plan, of each service."""
        weeks = {term.id: term.weeks for term in self.cluster.terms}
        horizon = sum(weeks.values())
        rows = [
            (row.staff_id, row.meets_at, row.support_id, row.minutes_per_week, row.terms)
            for row in self.proposal.allocations
            if row.group_id is None
        ]
        rows += [
            (row.staff_id, row.site_id, row.support_id, row.minutes_per_week, row.terms)
            for row in self.proposal.groups
        ]
        return [
            (staff, site, support, minutes * sum(weeks[term] for term in terms) / horizon)
            for staff, site, support, minutes, terms in rows
        ]


def interchangeable(cluster: Cluster) -> dict[str, str]:
    """Person -> the first person with the same row and hours whom no need and no site names either.

    Somebody named anywhere (serving now, forbidden, a liaison agreed) is known to somebody and stands alone.
    """
    named = {code for need in cluster.needs for code in (need.current_staff, *need.forbidden_staff)}
    named |= {code for site in cluster.sites for code in site.liaison}
    hours_given: dict[str, tuple[tuple[str, float], ...]] = defaultdict(tuple)
    for row in cluster.availability:
        hours_given[row.staff_id] += ((row.term, row.hours_per_week),)
    first: dict[Hashable, str] = {}
    made = {}
    for person in cluster.staff:
        code = person.staff_id
        key: Hashable = code
        if code not in named:
            key = (person.model_copy(update={"staff_id": ""}), tuple(sorted(hours_given[code])))
        made[code] = first.setdefault(key, code)
    return made


def distance(one: Features, other: Features) -> float:
    """How different two proposals look, from 0 (alike) to 1 (nothing in common): the mean over ``PARTS`` of

        sum |a - b| / (sum a + sum b)

    the share of hours (visits, hours by tier) that are elsewhere (Bray and Curtis 1957); 0 where both are empty.
    """
    return sum(apart(one.part(name), other.part(name)) for name in PARTS) / len(PARTS)


def apart(one: Mapping[Key, float], other: Mapping[Key, float]) -> float:
    """The share of two amounts that do not lie in the same places."""
    total = sum(one.values()) + sum(other.values())
    if not total:
        return 0.0
    return sum(abs(one.get(key, 0) - other.get(key, 0)) for key in {*one, *other}) / total


@dataclass(frozen=True)
class Telling:
    """One feature in which a proposal stands out: its amount, and the mean of the others'."""

    part: str
    key: tuple[str, ...]
    value: float
    others: float
    weight: float
    """Its share in the part's distance from the mean of the others."""
    words: str


def telling(mine: Features, others: Sequence[Features], *, codes: bool = True) -> tuple[Telling, ...]:
    """The two features, of different parts, in which a proposal differs most from the mean of the others.

    ``codes``: whether people may be named; without them who visits whom is left out, and hours are of sites
    over all roles, since a role may be one person.
    """
    found: list[Telling] = []
    for part in PARTS if codes else ("hours", "tiers"):
        best = _most(part, mine, others, codes)
        if best is not None:
            found.append(best)
    return tuple(sorted(found, key=lambda each: (-each.weight, each.part))[:LABELS])


def _most(part: str, mine: Features, others: Sequence[Features], codes: bool) -> Telling | None:
    own = _seen(mine, part, codes)
    theirs = [_seen(each, part, codes) for each in others]
    keys = {*own, *(key for each in theirs for key in each)}
    mean = {key: sum(each.get(key, 0) for each in theirs) / len(theirs) for key in keys} if theirs else {}
    total = sum(own.values()) + sum(mean.values())
    least = 0.5 if part == "visits" else _SAME_MINUTES
    moved = [key for key in mean if abs(own.get(key, 0) - mean[key]) >= least]
    if not moved:
        return None
    key = max(moved, key=lambda key: (abs(own.get(key, 0) - mean[key]), str(key)))
    value, rest = own.get(key, 0), mean[key]
    words = _WORDS[part](mine.cluster, key, value, rest)
    return Telling(part, tuple(map(str, key)), value, rest, abs(value - rest) / total, words)


def _seen(features: Features, part: str, codes: bool) -> Mapping[Key, float]:
    """The amounts of a part; with people's codes hidden, hours by site alone."""
    if part != "hours" or codes:
        return features.part(part)
    by_site: dict[Key, float] = defaultdict(float)
    for (_, site), minutes in features.hours.items():
        by_site[("", site)] += minutes
    return by_site


def _hours_words(cluster: Cluster, key: Key, value: float, others: float) -> str:
    role, site = map(str, key)
    who = f"{plain(cluster.roles[role].name)} at {_site(cluster, site)}" if role else _site(cluster, site)
    return f"{who}: {hours(value)} h a week, others {hours(others)}"


def _visits_words(cluster: Cluster, key: Key, value: float, others: float) -> str:
    person, site = map(str, key)
    if value <= 1:
        verb, other = ("goes", "do not") if value else ("does not go", "do")
        who = "the others" if others in (0, 1) else "most others"
        return f"{person} {verb} to {_site(cluster, site)}, {who} {other}"
    return f"{value:g} people like {person} go to {_site(cluster, site)}, others {others:.1f}"


def _tiers_words(_: Cluster, key: Key, value: float, others: float) -> str:
    return f"{tier_name(int(str(key[0])))}: {hours(value)} h a week, others {hours(others)}"


def _site(cluster: Cluster, code: str) -> str:
    return plain(cluster.site[code].name)


_WORDS = {"hours": _hours_words, "visits": _visits_words, "tiers": _tiers_words}
