"""The checker: everything that is wrong with a proposal, and what could not be looked at."""

from __future__ import annotations

from collections.abc import Callable

from allocator.checking.agreements import agreed_before, consent, coordinator_shares, one_face, terms
from allocator.checking.goals import KNOWN_IN_PART
from allocator.checking.insertion import insertion_exhausted
from allocator.checking.plan import Plan
from allocator.checking.records import RECORDS
from allocator.checking.rules import eligible, groups, hours, load, served_once, visits
from allocator.checking.stages import figures_of, goal_values_true, stages_hold
from allocator.checking.violation import Violation
from allocator.checking.world import World
from allocator.models.policy import Goal
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster

RULES: tuple[Callable[[World, Plan], list[Violation]], ...] = (
    served_once,
    hours,
    eligible,
    groups,
    visits,
    load,
    agreed_before,
    consent,
    one_face,
    coordinator_shares,
    terms,
)
"""R1 to R11 of docs/model.md, in order."""


def check(cluster: Cluster, proposal: Proposal) -> list[Violation]:
    """Everything that is wrong with a proposal for a cluster; an empty list means it keeps every rule.

    Re-derives rules R1 to R11, every goal value, the stages' floors and the proposal's own records from
    the rows alone, and shares no code with any solver. ``limits_of_check`` says what could not be looked
    at.
    """
    world = World(cluster)
    plan = Plan(world, proposal)
    figures = figures_of(world, plan)
    found = [violation for record in RECORDS for violation in record(world, plan)]
    found += [violation for rule in RULES for violation in rule(world, plan)]
    found += goal_values_true(world, plan, figures)
    found += stages_hold(world, plan, figures)
    found += insertion_exhausted(world, plan)
    return found


def limits_of_check(cluster: Cluster, proposal: Proposal) -> list[str]:
    """What ``check`` could not verify because the part that stays with the schools is not at hand."""
    world = World(cluster)
    plan = Plan(world, proposal)
    if plan.whole:
        return []
    goals = ", ".join(goal for goal in Goal if goal in KNOWN_IN_PART)
    served = proposal.withheld.served
    limits = [
        f"{served} served needs without cluster consent are known by number only: "
        "whether they keep R1, R3, R4, R7, R8 and R11, and who leads their learners, was not checked.",
        f"Their value ({proposal.withheld.value} points), minutes and cases were taken as declared.",
        f"Goals of which only a one-sided limit was checked: {goals}.",
    ]
    if proposal.insertion_exhausted:
        limits.append("That no single unmet need fits was not tried.")
    return limits
