"""The unmet needs a change could reach, and what they ask for that is short."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.checking.world import World
from allocator.models.proposal import UnmetReason

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster, Need


@dataclass(frozen=True)
class Wanted:
    """What unmet needs ask for, each with the points asked: skills, languages, sites; and group sizes too small."""

    skills: dict[str, int]
    languages: dict[str, int]
    sites: dict[str, int]
    small_groups: dict[str, int]
    """Group support -> points of unmet needs that would take it if enough learners could meet."""


def unmet_needs(cluster: Cluster, proposal: Proposal) -> tuple[Need, ...]:
    """The unmet needs that the cluster may see, in the order of the register; no suggestion speaks of others (R8)."""
    codes = {row.need_id for row in proposal.unmet}
    return tuple(need for need in cluster.needs if need.need_id in codes and need.shared_with_cluster)


def wanted(cluster: Cluster, proposal: Proposal) -> Wanted:
    """What is short, in points asked by unmet needs."""
    world = World(cluster)
    skills: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    sites: Counter[str] = Counter()
    small: Counter[str] = Counter()
    reasons = {row.need_id: row.reason for row in proposal.unmet}
    for need in unmet_needs(cluster, proposal):
        points = world.asked[need.need_id]
        sites[need.site_id] += points
        medium = cluster.policy.medium_languages.get(world.sites[need.site_id].medium, ())
        for word in {*need.languages, *medium}:
            languages[word] += points
        admitted = world.admitted[need.need_id]
        for word in {*need.skills, *(skill for row in admitted for skill in row.skills)}:
            skills[word] += points
        if reasons[need.need_id] is UnmetReason.GROUP_BELOW_MINIMUM:
            for row in admitted:
                small[row.support_id] += points if row.shape == "group" else 0
    return Wanted(dict(skills), dict(languages), dict(sites), {code: n for code, n in small.items() if n})
