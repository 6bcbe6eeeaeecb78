"""The named leanings: each a pure function policy -> policies, with a goal of its own beside need met.

Stating the goal after need met, with the slack as need met's tolerance, would be the plain way. But a search gives
need met most of its time, and little of the slack would ever be used. So the goal is weighed against need met in one
level, at the price at which a quarter of what is left of it would be worth the whole slack; need met cannot then
fall further than the goal gains, and what came out is measured against the slack afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.checking.world import World
from allocator.models.policy import Goal, GoalLevel, Policy

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster

DEEP = 6
"""How many of the worst-off the fairest proposal raises in turn, at least."""
HOPED = 0.25
"""The part of what is left of a goal that the slack is meant to buy."""
PER_MILLE = 1000


@dataclass(frozen=True)
class Reference:
    """The first proposal's figures, which prices and floors are worked out from. Values in points.

    ``missing``: how far a goal is from all it could be (minutes of travel, services that changed hands, points of
    tier 3 not met).
    """

    value: int
    missing: dict[Goal, int]
    tiers: dict[int, tuple[int, int]]
    """Tier -> (points met, points asked), needs that stay with their schools included where they are known."""


def reference_of(cluster: Cluster, proposal: Proposal) -> Reference:
    """What the leanings need to know of a proposal of the cluster."""
    world = World(cluster)
    private = proposal.site_only.allocations if proposal.site_only else ()
    met, asked = dict.fromkeys((1, 2, 3), 0), dict.fromkeys((1, 2, 3), 0)
    for row in (*proposal.allocations, *private):
        met[world.needs[row.need_id].tier] += row.value
    for code, points in world.asked.items():
        asked[world.needs[code].tier] += points
    running = sum(
        need.status == "in_service" and need.current_staff is not None for need in world.planned.values()
    )
    values = proposal.goal_values
    missing = {
        Goal.TRAVEL: values[Goal.TRAVEL],
        Goal.CONTINUITY: running - values[Goal.CONTINUITY],
        Goal.TIER_BALANCE: asked[3] - met[3],
    }
    tiers = {tier: (met[tier], asked[tier]) for tier in met if asked[tier]}
    return Reference(values[Goal.NEED_MET], missing, tiers)


Policies = tuple[Policy, ...]


@dataclass(frozen=True)
class Leaning:
    """A named way of looking at the same cluster.

    ``of(policy, slack, reference)`` gives the policies that are solved one after the other, each from the plan of
    the one before.
    """

    key: str
    name: str
    words: str
    of: Callable[[Policy, float, Reference], Policies]


def ordered(policy: Policy, *first: GoalLevel) -> Policy:
    """``first``, then what was agreed without the goals in it; tolerances of the rest as agreed."""
    moved = {goal for level in first for goal in level.goals}
    rest = []
    for level in policy.goals:
        left = {goal: weight for goal, weight in level.goals.items() if goal not in moved}
        if left:
            rest.append(GoalLevel(goals=left, tolerance=level.tolerance))
    return changed(policy, goals=(*first, *rest))


def changed(policy: Policy, **fields: object) -> Policy:
    """The policy with some settings replaced, checked."""
    content = {name: getattr(policy, name) for name in Policy.model_fields}
    return Policy.model_validate({**content, **fields})


KEPT = GoalLevel(goals={Goal.COMMITMENTS_KEPT: 1})
NEED = GoalLevel(goals={Goal.NEED_MET: 1})


def most_need_met(policy: Policy) -> Policy:
    """Commitments, then need met, which gives up nothing to later goals."""
    return ordered(policy, KEPT, NEED)


def weighed(policy: Policy, goal: Goal, slack: float, reference: Reference) -> Policy:
    """Need met and a goal in one level, at the price at which a quarter of what is missing is worth the slack."""
    hoped = max(1.0, HOPED * reference.missing[goal])
    price = slack * reference.value / hoped
    if not price:
        return ordered(policy, KEPT, NEED, GoalLevel(goals={goal: 1}))
    need, other = (1, math.floor(price)) if price >= 1 else (math.ceil(1 / price), 1)
    return ordered(policy, KEPT, GoalLevel(goals={Goal.NEED_MET: need, goal: other}))


def _most(policy: Policy, _: float, __: Reference) -> Policies:
    return (most_need_met(policy),)


def _fairest(policy: Policy, slack: float, reference: Reference) -> Policies:
    """The worst-off first, deeper down than agreed; each tier keeps its need met but for the slack.

    Fairness cannot be weighed (it is a leximin), so need met is held by a floor for each tier; the second search
    then takes back whatever need fairness did not have to cost.
    """
    floors = dict.fromkeys((1, 2, 3), 0.0)
    for tier, (met, asked) in reference.tiers.items():
        floors[tier] = min(1.0, math.floor(PER_MILLE * (1 - slack) * met / asked) / PER_MILLE)
    deeper = policy.fairness.model_copy(update={"levels": max(DEEP, policy.fairness.levels)})
    first = (KEPT, GoalLevel(goals={Goal.TIER_BALANCE: 1}), GoalLevel(goals={Goal.FAIRNESS: 1}))
    final = changed(ordered(policy, *first, NEED), tier_floors=floors, fairness=deeper)
    return changed(final, goals=first), final


def _continuity(policy: Policy, slack: float, reference: Reference) -> Policies:
    return (weighed(policy, Goal.CONTINUITY, slack, reference),)


def _travel(policy: Policy, slack: float, reference: Reference) -> Policies:
    return (weighed(policy, Goal.TRAVEL, slack, reference),)


def _tier_three(policy: Policy, slack: float, reference: Reference) -> Policies:
    """All that is asked at Te Arotahi counts as owed; the other tiers' floors are set aside."""
    owed = changed(policy, tier_floors={1: 0.0, 2: 0.0, 3: 1.0})
    return (weighed(owed, Goal.TIER_BALANCE, slack, reference),)


LEANINGS: tuple[Leaning, ...] = (
    Leaning("most", "Most need met", "need met gives up nothing to other goals", _most),
    Leaning("fairest", "Fairest", "those worst off are raised first", _fairest),
    Leaning("continuity", "Fewest changes", "people go on with whom they serve now", _continuity),
    Leaning("travel", "Least travel", "hours on the road are kept down", _travel),
    Leaning("tier3", "Protects Te Arotahi", "tier 3 comes before tiers 1 and 2", _tier_three),
)
"""The leanings in the order in which they are tried; the first sets what the slack is measured against."""
