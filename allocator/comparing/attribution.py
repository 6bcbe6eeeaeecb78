"""Which change brought what: each goal's change split over the changes, and what only comes of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allocator.models.policy import Goal
from allocator.models.proposal import Proposal


@dataclass(frozen=True)
class GoalParts:
    """One goal: its value before and with everything, what each change brings alone, and the rest.

    ``base + sum of parts + interaction == together``, exactly; a part that could not be worked out (None) is
    in the interaction.
    """

    goal: Goal
    base: int
    parts: tuple[int | None, ...]
    interaction: int
    together: int

    @property
    def total(self) -> int:
        """What all changes together bring."""
        return self.together - self.base


@dataclass(frozen=True)
class Attribution:
    """A scenario's changes, and their parts in each goal."""

    scenario: str
    changes: tuple[str, ...]
    goals: tuple[GoalParts, ...]
    missing: tuple[str, ...] = ()
    """Why a change has no part: it cannot stand alone, or alone it leaves no plan. Blank where it has one."""


def attribute(
    scenario: str,
    changes: Sequence[str],
    base: Proposal,
    singles: Sequence[Proposal | None],
    together: Proposal,
    missing: Sequence[str] = (),
) -> Attribution:
    """Split the change of every goal from ``base`` to ``together`` over the changes.

    Args:
        scenario: its name.
        changes: what each change is, in words.
        base: the plan without any change.
        singles: for each change the plan with it alone; None where there is none.
        together: the plan with all of them.
        missing: for each change why there is no plan with it alone.

    Raises:
        ValueError: not one single for each change.
    """
    if len(changes) != len(singles):
        raise ValueError("one plan, or None, is needed for each change")
    made = []
    for goal in Goal:
        if goal not in base.goal_values or goal not in together.goal_values:
            continue
        first, last = base.goal_values[goal], together.goal_values[goal]
        parts = tuple(
            None if plan is None or goal not in plan.goal_values else plan.goal_values[goal] - first
            for plan in singles
        )
        rest = last - first - sum(part for part in parts if part is not None)
        made.append(GoalParts(goal, first, parts, rest, last))
    return Attribution(scenario, tuple(changes), tuple(made), tuple(missing) or ("",) * len(changes))
