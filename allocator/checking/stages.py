"""The stages of the ordered search: their order, floors and bounds, and the plan that must hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from allocator.checking.exact import exact, floored
from allocator.checking.goals import GOALS, KNOWN_IN_PART, fairness_step, shares_met
from allocator.checking.plan import Plan
from allocator.checking.violation import Violation, violation
from allocator.checking.world import World
from allocator.models.policy import MINIMISED, Goal
from allocator.models.proposal import Stage, Status, StopReason


@dataclass(frozen=True)
class Expected:
    """A stage that the policy's order asks for; ``step`` is the step of a leximin."""

    goals: Mapping[Goal, int]
    sense: str
    tolerance: float
    step: str | None = None

    def is_named(self, stage: Stage) -> bool:
        """Whether a stage of a proposal is this one."""
        if set(stage.goals) != set(self.goals):
            return False
        return self.step is None or stage.name == f"{Goal.FAIRNESS}.{self.step}"


@dataclass(frozen=True)
class Figures:
    """A plan's goal values and fairness shares."""

    values: Mapping[Goal, int]
    shares: Mapping[str, int]


def figures_of(world: World, plan: Plan) -> Figures:
    """Every goal's value and every group's share, worked out from the plan's rows."""
    shares = shares_met(world, plan)
    return Figures({goal: value(world, plan) for goal, value in GOALS.items()}, shares)


def expected_stages(world: World) -> list[Expected]:
    """The policy's levels in order; a level of fairness is a floor and then one step per worst-off group.

    One goal keeps its sense; several are a weighted sum to maximise, minimised goals with a minus sign.
    """
    stages = []
    groups = len(world.fairness_groups)
    for level in world.policy.goals:
        if Goal.FAIRNESS in level.goals:
            deep = min(world.policy.fairness.levels, groups)
            if groups:
                stages.append(Expected(level.goals, "min", level.tolerance, "floor"))
            for step in range(1, deep + 1):
                stages.append(Expected(level.goals, "max", level.tolerance, str(step)))
        else:
            alone = next(iter(level.goals)) if len(level.goals) == 1 else None
            stages.append(Expected(level.goals, "min" if alone in MINIMISED else "max", level.tolerance))
    return stages


def stage_value(world: World, figures: Figures, stage: Expected) -> int:
    """The value a plan with these figures has in a stage."""
    if stage.step is not None:
        return fairness_step(world, figures.shares, stage.step)
    if len(stage.goals) == 1:
        return figures.values[next(iter(stage.goals))]
    return sum(
        (-weight if goal in MINIMISED else weight) * figures.values[goal]
        for goal, weight in stage.goals.items()
    )


def floor_of(stage: Expected, value: int) -> int:
    """What later stages must hold: ``v − floor(tolerance × |v|)``, for a minimised stage ``v + …``."""
    given_up = floored(exact(stage.tolerance) * abs(value))
    return value + given_up if stage.sense == "min" else value - given_up


def matched(world: World, stages: tuple[Stage, ...]) -> tuple[list[tuple[Stage, Expected]], list[Stage]]:
    """A proposal's stages beside those the policy asks for, in its order; and those with no place in it."""
    waiting = expected_stages(world)
    pairs, strange = [], []
    for stage in stages:
        place = next((index for index, expected in enumerate(waiting) if expected.is_named(stage)), None)
        if place is None:
            strange.append(stage)
        else:
            pairs.append((stage, waiting[place]))
            waiting = waiting[place + 1 :]
    return pairs, strange


def goal_values_true(world: World, plan: Plan, figures: Figures) -> list[Violation]:
    """Every goal's declared value, and every group's share, is the plan's.

    Without the part that stays with the schools, the declared value of the goals ``KNOWN_IN_PART`` may
    only be better.
    """
    found = []
    for goal, value in figures.values.items():
        declared = plan.proposal.goal_values.get(goal)
        if declared is None:
            found.append(violation(f"goal {goal}", (goal,), "the proposal does not give its value"))
        elif _untrue(declared, value, goal in KNOWN_IN_PART and not plan.whole, goal in MINIMISED):
            sentence = f"the proposal says {declared}, its rows add up to {value}"
            found.append(violation(f"goal {goal}", (goal,), sentence, str(abs(declared - value))))
    for name in sorted({*figures.shares, *plan.proposal.shares_met}):
        declared, share = plan.proposal.shares_met.get(name), figures.shares.get(name)
        if declared is None or share is None:
            sentence = (
                f"group {name} is {'missing from' if declared is None else 'unknown to'} the shares met"
            )
            found.append(violation("goal fairness", (name,), sentence))
        elif _untrue(declared, share, not plan.whole, False):
            sentence = f"the proposal says {declared} for group {name}, its rows add up to {share}"
            by = f"{abs(declared - share)} basis points"
            found.append(violation("goal fairness", (name,), sentence, by))
    return found


def _untrue(declared: int, value: int, in_part: bool, minimised: bool) -> bool:
    if not in_part:
        return declared != value
    return declared > value if minimised else declared < value


def believed(plan: Plan, figures: Figures) -> Figures:
    """The plan's figures; where only a part of it is at hand, the declared ones for what it cannot show."""
    if plan.whole:
        return figures
    declared = plan.proposal.goal_values
    values = {
        goal: declared.get(goal, value) if goal in KNOWN_IN_PART else value
        for goal, value in figures.values.items()
    }
    shares = {name: plan.proposal.shares_met.get(name, share) for name, share in figures.shares.items()}
    return Figures(values, shares)


def stages_hold(world: World, plan: Plan, figures: Figures) -> list[Violation]:
    """Each stage has its place, sense, floor and bound, and the final plan is not worse than any floor.

    Bounds are not proved again; a bound on the wrong side of a value, or of the final plan, is a false proof.
    """
    pairs, strange = matched(world, plan.proposal.stages)
    found = [
        violation(f"stage {stage.name}", (stage.name,), "the policy's order of goals has no such stage here")
        for stage in strange
    ]
    known = believed(plan, figures)
    for stage, expected in pairs:
        found += _one_stage(stage, expected, stage_value(world, known, expected))
    if pairs:
        stage, expected = pairs[-1]
        value = stage_value(world, known, expected)
        if stage.value != value:
            sentence = f"the last stage's value is {stage.value}, the plan's is {value}"
            by = f"{abs(stage.value - value)} {stage.unit}"
            found.append(violation(f"stage {stage.name}", (stage.name,), sentence, by))
    return found + _status_true(world, plan, pairs)


def _one_stage(stage: Stage, expected: Expected, value: int) -> list[Violation]:
    rule, rows, found = f"stage {stage.name}", (stage.name,), []
    if stage.sense != expected.sense:
        found.append(violation(rule, rows, f"its sense is {stage.sense}, the goal's is {expected.sense}"))
    floor, sign = floor_of(expected, stage.value), 1 if expected.sense == "max" else -1
    if stage.floor != floor:
        sentence = f"its floor is {stage.floor}, the policy's tolerance on {stage.value} makes it {floor}"
        found.append(violation(rule, rows, sentence, f"{abs(stage.floor - floor)} {stage.unit}"))
    for what, figure in (("value", stage.value), ("final plan's value", value)):
        if sign * figure > sign * stage.bound:
            sentence = f"its {what} {figure} is better than the bound {stage.bound} said to be proved"
            found.append(violation(rule, rows, sentence, f"{abs(figure - stage.bound)} {stage.unit}"))
    if sign * value < sign * stage.floor:
        sentence = f"the final plan's value {value} is worse than the floor {stage.floor}"
        found.append(violation(rule, rows, sentence, f"{abs(value - stage.floor)} {stage.unit}"))
    return found


def _status_true(world: World, plan: Plan, pairs: list[tuple[Stage, Expected]]) -> list[Violation]:
    """``PROVED_BEST`` iff every stage the policy asks for is there and proved; ``stopped`` says no more."""
    proposal, found = plan.proposal, []
    missing = len(expected_stages(world)) - len(pairs)
    unproved = [stage.name for stage in proposal.stages if not stage.proved]
    best = not missing and not unproved
    if best != (proposal.status is Status.PROVED_BEST):
        reason = f"{missing} stages missing, not proved: {', '.join(unproved) or 'none'}"
        sentence = f"the status is '{proposal.status}' with {reason}"
        found.append(violation("record", ("status",), sentence))
    if proposal.stopped is StopReason.PROVED and not best:
        found.append(violation("record", ("stopped",), "the search says every goal is proved and one is not"))
    return found
