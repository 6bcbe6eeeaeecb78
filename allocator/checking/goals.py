"""The goals of docs/model.md, one function each: a plan's value, worked out from its rows.

``GOALS`` lists them in the order of docs/model.md. All values are whole numbers in the unit each function
names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

from allocator.checking.exact import basis_points, exact, floored, per_mille
from allocator.checking.plan import Plan
from allocator.checking.world import DAYS_A_WEEK, World
from allocator.models.policy import Goal
from allocator.models.world import Need, Site

SHARE_UNIT = 10_000  # basis points in a whole


def commitments_kept(world: World, plan: Plan) -> int:
    """Needs ``in_service`` that are served."""
    return sum(world.needs[code].status == "in_service" for code in plan.served)


def need_met(world: World, plan: Plan) -> int:
    """Sum of points of served needs; of needs that are only counted, the value declared in ``withheld``."""
    declared = plan.proposal.withheld.value if plan.proposal.site_only is None else 0
    return sum(plan.met(code) for code in plan.served) + declared


def fairness(world: World, plan: Plan) -> int:
    """The smallest of the groups' shares of value met over value asked, basis points; 0 without groups."""
    return min(shares_met(world, plan).values(), default=0)


def longest_waits(world: World, plan: Plan) -> int:
    """Sum over served waiting needs of ``floor(W × L ÷ H)``, in weeks.

    W = whole weeks from ``waiting_since`` to the first term's start, between 0 and the cap; L = weeks of
    the horizon from the start term on; H = weeks of the horizon.
    """
    return sum(
        wait_value(world, world.needs[code], plan.start(rows[0])) for code, rows in plan.served.items()
    )


def wait_value(world: World, need: Need, start: int) -> int:
    """One need's part of ``longest_waits`` if served from a start term; 0 if it does not wait."""
    if need.status != "waiting" or need.waiting_since is None:
        return 0
    weeks = [term.weeks for term in world.terms]
    return waited_weeks(world, need.waiting_since) * sum(weeks[start:]) // sum(weeks)


def waited_weeks(world: World, since: date) -> int:
    """Whole weeks from a day to the first term's start, between 0 and the policy's cap."""
    weeks = (world.terms[0].start - since).days // DAYS_A_WEEK
    return min(max(0, weeks), world.policy.wait_cap_weeks)


def continuity(world: World, plan: Plan) -> int:
    """Needs ``in_service`` whose ``current_staff`` serves them; in a handover, from the start."""
    return sum(_stays(world, plan, world.needs[code]) for code in plan.served)


def _stays(world: World, plan: Plan, need: Need) -> bool:
    if need.status != "in_service" or need.current_staff is None:
        return False
    rows = plan.served[need.need_id]
    together = plan.support(rows[0]).shape == "project"  # both parts of a shared project run from the start
    return any(row.staff_id == need.current_staff for row in (rows if together else rows[:1]))


def travel(world: World, plan: Plan) -> int:
    """Minutes on the road over the horizon: quarters × ``quarter[k,s,t]`` × weeks of the term."""
    return sum(minutes * world.terms[term].weeks for (_, term), minutes in plan.travel.items())


def locality(world: World, plan: Plan) -> int:
    """Over needs: people who serve it whose base lies in another area than the learner's site, where both are known."""
    return sum(
        is_elsewhere(world, world.sites[world.needs[code].site_id], row.staff_id)
        for code, rows in plan.served.items()
        for row in rows
    )


def is_elsewhere(world: World, site: Site, staff_id: str) -> bool:
    """Whether the person's base lies in another area than the site, both known."""
    base = world.sites[world.staff[staff_id].base_site]
    return site.area is not None and base.area is not None and site.area != base.area


def reach(world: World, plan: Plan) -> int:
    """Sum of ``learners`` of served needs."""
    return sum(world.needs[code].learners for code in plan.served)


def tier_balance(world: World, plan: Plan) -> int:
    """Sum over tiers of ``max(0, floor(floor‰ × asked points ÷ 1000) − points met)``."""
    asked: Counter[int] = Counter()
    met: Counter[int] = Counter()
    for code, need in world.planned.items():
        asked[need.tier] += world.asked[code]
        met[need.tier] += plan.met(code)
    floors = world.policy.tier_floors.items()
    return sum(max(0, per_mille(share) * asked[tier] // 1000 - met[tier]) for tier, share in floors)


def even_load(world: World, plan: Plan) -> int:
    """Sum over people, terms and ``load_breaks`` of ``max(0, used − floor(b × bookable))``, minutes."""
    breaks = [exact(share) for share in world.policy.load_breaks]
    return sum(
        max(0, plan.used(*key) - floored(share * bookable))
        for key, bookable in world.bookable.items()
        for share in breaks
    )


def few_adults(world: World, plan: Plan) -> int:
    """Sum over people and learners of ``max(0, needs of that learner served by that person − 1)``."""
    together: Counter[tuple[str, str]] = Counter()
    for code, rows in plan.served.items():
        learner = world.needs[code].learner_id
        if learner is not None:
            together.update({(staff_id, learner) for staff_id in (row.staff_id for row in rows)})
    return sum(number - 1 for number in together.values())


GOALS: Mapping[Goal, Callable[[World, Plan], int]] = {
    Goal.COMMITMENTS_KEPT: commitments_kept,
    Goal.NEED_MET: need_met,
    Goal.FAIRNESS: fairness,
    Goal.LONGEST_WAITS: longest_waits,
    Goal.CONTINUITY: continuity,
    Goal.TRAVEL: travel,
    Goal.LOCALITY: locality,
    Goal.REACH: reach,
    Goal.TIER_BALANCE: tier_balance,
    Goal.EVEN_LOAD: even_load,
    Goal.FEW_ADULTS: few_adults,
}

KNOWN_IN_PART = frozenset(
    {Goal.COMMITMENTS_KEPT, Goal.FAIRNESS, Goal.LONGEST_WAITS, Goal.CONTINUITY, Goal.REACH, Goal.TIER_BALANCE}
    | {Goal.FEW_ADULTS}
)
"""Goals of which a needs-without-consent part that is not at hand leaves only a one-sided limit.

The others are exact: ``withheld.value`` and ``reserved`` say all about need met and load, and those needs
are served from the own site, so they cost no travel and no locality.
"""


# --- fairness -----------------------------------------------------------------------------------------


def shares_met(world: World, plan: Plan) -> dict[str, int]:
    """Group -> ``floor(10,000 × points met ÷ points asked)``, basis points."""
    return {
        name: SHARE_UNIT * sum(plan.met(code) for code in codes) // sum(world.asked[code] for code in codes)
        for name, codes in world.fairness_groups.items()
    }


def fairness_step(world: World, shares: Mapping[str, int], step: str) -> int:
    """A stage of the leximin: the shortfall below the floor, or the sum of the *i* smallest shares.

    ``step`` is ``floor`` or a whole number from 1 to the number of groups.
    """
    if step == "floor":
        least = basis_points(world.policy.fairness.floor)
        return sum(max(0, least - share) for share in shares.values())
    return sum(sorted(shares.values())[: int(step)])
