"""What a plan's figures would be with one more need served: the goals' sums, changed where it changes them.

Trying every insertion with a full evaluation takes minutes on a district; this takes the plan's figures once
and adds. A test compares it with the full evaluation, insertion by insertion.
"""

from __future__ import annotations

from collections import Counter

from allocator.checking.exact import exact, floored, per_mille
from allocator.checking.goals import SHARE_UNIT, is_elsewhere, wait_value
from allocator.checking.plan import Plan
from allocator.checking.stages import Figures, figures_of
from allocator.checking.world import World
from allocator.models.policy import Goal
from allocator.models.proposal import Allocation


class Outlook:
    """A plan's figures, and the sums from which they follow."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.world = world
        self.plan = plan
        self.figures = figures_of(world, plan)
        self.breaks = [exact(share) for share in world.policy.load_breaks]
        self.asked_of_tier: Counter[int] = Counter()
        self.met_in_tier: Counter[int] = Counter()
        for code, need in world.planned.items():
            self.asked_of_tier[need.tier] += world.asked[code]
            self.met_in_tier[need.tier] += plan.met(code)
        self.groups_of: dict[str, list[str]] = {}
        self.asked_of: dict[str, int] = {}
        self.met_in: dict[str, int] = {}
        for name, codes in world.fairness_groups.items():
            self.asked_of[name] = sum(world.asked[code] for code in codes)
            self.met_in[name] = sum(plan.met(code) for code in codes)
            for code in codes:
                self.groups_of.setdefault(code, []).append(name)
        self.pairs = {
            (row.staff_id, world.needs[code].learner_id) for code, rows in plan.served.items() for row in rows
        }

    def with_row(self, row: Allocation, raised: dict[int, int], minutes: int) -> Figures:
        """The figures with a row added: ``raised`` quarters by term, ``minutes`` more a week in each."""
        world, need = self.world, self.world.needs[row.need_id]
        points = world.points(
            need, world.supports[row.support_id], world.position[row.start_term], reduced=row.reduced
        )
        running = need.status == "in_service"
        cost = world.quarter(row.staff_id, row.meets_at) or 0
        extra = {
            term: (quarters - self.plan.quarters.get((row.staff_id, row.meets_at, term), 0)) * cost
            for term, quarters in raised.items()
        }
        shares = dict(self.figures.shares)
        for name in self.groups_of.get(row.need_id, ()):
            shares[name] = SHARE_UNIT * (self.met_in[name] + points) // self.asked_of[name]
        added = {
            Goal.COMMITMENTS_KEPT: int(running),
            Goal.NEED_MET: points,
            Goal.LONGEST_WAITS: wait_value(world, need, world.position[row.start_term]),
            Goal.CONTINUITY: int(running and need.current_staff == row.staff_id),
            Goal.TRAVEL: sum(travel * world.terms[term].weeks for term, travel in extra.items()),
            Goal.LOCALITY: int(is_elsewhere(world, world.sites[need.site_id], row.staff_id)),
            Goal.REACH: need.learners,
            Goal.TIER_BALANCE: self._lacking(need.tier, points) - self._lacking(need.tier, 0),
            Goal.EVEN_LOAD: sum(
                self._above(row.staff_id, term, minutes + travel) - self._above(row.staff_id, term, 0)
                for term, travel in extra.items()
            ),
            Goal.FEW_ADULTS: int(
                need.learner_id is not None and (row.staff_id, need.learner_id) in self.pairs
            ),
        }
        values = {goal: value + added.get(goal, 0) for goal, value in self.figures.values.items()}
        values[Goal.FAIRNESS] = min(shares.values(), default=0)
        return Figures(values, shares)

    def _lacking(self, tier: int, points: int) -> int:
        floor = per_mille(self.world.policy.tier_floors.get(tier, 0.0)) * self.asked_of_tier[tier] // 1000
        return max(0, floor - self.met_in_tier[tier] - points)

    def _above(self, staff_id: str, term: int, minutes: int) -> int:
        used, bookable = self.plan.used(staff_id, term) + minutes, self.world.bookable[staff_id, term]
        return sum(max(0, used - floored(share * bookable)) for share in self.breaks)
