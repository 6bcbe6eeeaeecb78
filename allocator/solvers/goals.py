"""The goals as expressions of the one-model form: one goal, one function (formulas: docs/model.md).

Each function returns the goal's value as an expression plus a constant (0 for every goal so far), and
posts the rows its extra variables need. Minimised goals keep their own sign here; ``stages.py`` turns them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from allocator.models.policy import Goal
from allocator.solvers.fairness import FULL_SHARE
from allocator.solvers.formulation import Formulation
from allocator.solvers.linear import Expression, Tag, add
from allocator.solvers.plan import load_limits, tier_targets

_BIG_MINUTES = 7 * 24 * 60


@dataclass(frozen=True)
class Value:
    """``sum of terms + constant`` in the goal's unit."""

    terms: Expression
    constant: int = 0


def option_sum(goal: Goal) -> Callable[[Formulation], Value]:
    """Goals that are a plain sum over options: commitments, need met, waits, continuity, locality, reach."""

    def expression(f: Formulation) -> Value:
        gain = f.problem.gains[goal]
        return Value({x: int(gain[o]) for o, x in f.x.items() if gain[o]})

    return expression


def travel(f: Formulation) -> Value:
    """travel: quarters x minutes of a quarter-visit x weeks of the term."""
    facts = f.problem.facts
    terms = {q: int(facts.quarter[k, s] * facts.weeks[t]) for (k, s, t), q in f.quarters.items()}
    return Value(terms)


def tier_balance(f: Formulation) -> Value:
    """tier_balance: sum over tiers of max(0, target - points met in the tier)."""
    p = f.problem
    result: Expression = {}
    for tier, target in tier_targets(p).items():
        short = f.model.variable(0, max(target, 0), f"short_tier{tier}")
        terms = {x: int(p.points[o]) for o, x in f.x.items() if p.tier[p.need[o]] == tier}
        f.model.row(add({short: 1}, terms), target, None, Tag("goal tier_balance", f"tier {tier}"))
        result[short] = 1
    return Value(result)


def even_load(f: Formulation) -> Value:
    """even_load: minutes above each break of bookable time, over people and terms."""
    p, facts = f.problem, f.problem.facts
    result: Expression = {}
    for k in f.scope.people:
        for limit in load_limits(p, k):
            for t in range(p.terms):
                used = f.used(k, t)
                free = int(limit[t] - facts.standing[k, t])
                over = f.model.variable(max(0, -free) if not used else 0, _BIG_MINUTES, f"over{k},{t}")
                result[over] = 1
                f.model.row(
                    add({over: 1}, used, -1), -free, None, Tag("goal even_load", p.cluster.staff[k].staff_id)
                )
    return Value(result)


def few_adults(f: Formulation) -> Value:
    """few_adults: over people and learners, needs served beyond the first."""
    p = f.problem
    pairs: dict[tuple[int, int], list[int]] = defaultdict(list)
    for o, x in f.x.items():
        learner = int(p.learner[p.need[o]])
        if learner >= 0:
            pairs[int(p.person[o]), learner].append(x)
    result: Expression = {}
    for (k, learner), xs in pairs.items():
        if len(xs) < 2:
            continue
        any_of = f.model.variable(0, 1, f"adult{k},{learner}")
        for x in xs:
            f.model.row({any_of: 1, x: -1}, 0, None, Tag("goal few_adults", str(learner)))
        add(result, dict.fromkeys(xs, 1))
        result[any_of] = -1
    return Value(result)


@dataclass
class Shares:
    """fairness: whole basis points of share met for each group, and the ordered sums built on them.

    share[g] x asked[g] <= 10,000 x points met in g ;  the sum of the i smallest shares is
    max over r of  i r - sum over g of max(0, r - share[g])   (Ogryczak and Śliwiński 2003)
    """

    f: Formulation
    share: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        p = self.f.problem
        terms: dict[str, Expression] = {name: {} for name in p.fairness_groups}
        group_of: dict[int, list[str]] = defaultdict(list)
        for name, rows in p.fairness_groups.items():
            for n in rows.tolist():
                group_of[n].append(name)
        for o, x in self.f.x.items():
            if p.points[o]:
                for name in group_of[int(p.need[o])]:
                    terms[name][x] = FULL_SHARE * int(p.points[o])
        for name, rows in p.fairness_groups.items():
            asked = int(p.asked[rows].sum())
            share = self.f.model.variable(0, FULL_SHARE, f"share_{name}")
            self.share[name] = share
            self.f.model.row(add({share: asked}, terms[name], -1), None, 0, Tag("goal fairness", name))

    def shortfall(self, floor: int) -> Value:
        """fairness.floor: sum over groups of max(0, floor - share)."""
        result: Expression = {}
        for name, share in self.share.items():
            short = self.f.model.variable(0, FULL_SHARE, f"short_{name}")
            self.f.model.row({short: 1, share: 1}, floor, None, Tag("goal fairness", name))
            result[short] = 1
        return Value(result)

    def smallest(self, count: int) -> Value:
        """fairness.i: the sum of the ``count`` smallest shares."""
        level = self.f.model.variable(0, FULL_SHARE, f"level{count}")
        result: Expression = {level: count}
        for name, share in self.share.items():
            below = self.f.model.variable(0, FULL_SHARE, f"below{count}_{name}")
            self.f.model.row({below: 1, share: 1, level: -1}, 0, None, Tag("goal fairness", name))
            result[below] = -1
        return Value(result)


GOALS: dict[Goal, Callable[[Formulation], Value]] = {
    Goal.COMMITMENTS_KEPT: option_sum(Goal.COMMITMENTS_KEPT),
    Goal.NEED_MET: option_sum(Goal.NEED_MET),
    Goal.LONGEST_WAITS: option_sum(Goal.LONGEST_WAITS),
    Goal.CONTINUITY: option_sum(Goal.CONTINUITY),
    Goal.TRAVEL: travel,
    Goal.LOCALITY: option_sum(Goal.LOCALITY),
    Goal.REACH: option_sum(Goal.REACH),
    Goal.TIER_BALANCE: tier_balance,
    Goal.EVEN_LOAD: even_load,
    Goal.FEW_ADULTS: few_adults,
}
"""All goals but fairness, whose stages share variables (``Shares``)."""
