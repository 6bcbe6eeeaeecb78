"""Fourth rung: the need is met and somebody loses, as little as can be. Second: what each person would have to drop.

The loss of a plan is the sum, over needs met now, of the points they would have less. Locked and tied services (R7)
stay, and running services too unless nothing else makes room.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from allocator.explaining.neighbourhood import Found, Keeping, Weeks
from allocator.explaining.services import Move
from allocator.explaining.situation import Situation
from allocator.explaining.verifying import Verified, verified
from allocator.solvers.facts import Bools
from allocator.solvers.linear import Expression
from allocator.solvers.plan import Plan

ALONE_SECONDS, FEW_SECONDS = 1.5, 1.0
People = tuple[int, ...]


@dataclass(frozen=True)
class Exchange:
    """A plan that meets the need at others' cost."""

    lost: int
    """Points others have less."""
    value: int
    """Points the need has."""
    people: tuple[str, ...]
    """Whose weeks are made anew."""
    keeps_commitments: bool
    proved: bool
    """No plan of these weeks loses less (for the fourth rung: of anybody's week alone, or of the few together)."""
    at_least: int
    """Points that are lost in any such plan, proved; ``lost`` itself if the plan is proved best."""
    result: Verified = field(repr=False)

    @property
    def losers(self) -> tuple[Move, ...]:
        """Needs with less than before, those that lose most first."""
        return tuple(sorted(self.result.losers, key=lambda move: (-move.lost, move.need_id)))


@dataclass(frozen=True)
class Draft:
    """An exchange that has not been published and checked yet."""

    people: People
    plan: Plan
    lost: int
    value: int
    keeps_commitments: bool
    proved: bool
    at_least: int


def draft(
    situation: Situation, n: int, people: People, allowed: Bools | None = None
) -> tuple[Draft | None, bool]:
    """The least loss in these people's weeks, or None; and whether that is proved.

    ``allowed``: the options that may be used for the need, where not all may.
    """
    seconds = ALONE_SECONDS if len(people) == 1 else FEW_SECONDS
    for keeping in (Keeping.COMMITMENTS, Keeping.AGREED):
        weeks = Weeks(situation.problem, situation.plan, n, people, keeping, allowed)
        found = weeks.most(_kept(weeks), seconds)
        if found.plan is not None:
            kept = keeping is Keeping.COMMITMENTS
            return _drafted(situation, n, people, found, kept, _at_least(weeks, found)), found.proved
        if not found.none:
            return None, False
    return None, True


def _drafted(
    situation: Situation, n: int, people: People, found: Found, commitments: bool, at_least: int = 0
) -> Draft:
    plan = found.plan
    if plan is None:
        raise AssertionError("there is no plan to read off")
    now, then = points_of(situation, situation.plan), points_of(situation, plan)
    lost = sum(max(0, value - then.get(m, 0)) for m, value in now.items() if m != n)
    return Draft(people, plan, lost, then[n], commitments, found.proved, lost if found.proved else at_least)


def _at_least(weeks: Weeks, found: Found) -> int:
    """Points lost in any such weeks, from the bound on ``_kept``."""
    if found.bound is None:
        return 0
    p = weeks.problem
    now = sum(
        int(p.points[o])
        for m, held in weeks.held.items()
        if m != weeks.need and not p.part[held[0]]
        for o in held
    )
    return max(0, now - found.bound // (_scale(weeks) * (len(weeks.held) + 1)))


def points_of(situation: Situation, plan: Plan) -> dict[int, int]:
    """Need -> points it has in a plan."""
    total: dict[int, int] = {}
    for o in plan.chosen:
        n = int(situation.problem.need[o])
        total[n] = total.get(n, 0) + int(situation.problem.points[o])
    return total


def _kept(weeks: Weeks) -> Expression:
    """Points others keep of what they have, first; then as many needs met as before; then the need's own value."""
    p, scale = weeks.problem, _scale(weeks)
    many = len(weeks.held) + 1
    made = {x: scale * (many * value + 1) for x, value in kept_points(weeks).items()}
    own = {weeks.f.x[o]: int(p.points[o]) for o in p.options_of_need[weeks.need].tolist() if o in weeks.f.x}
    return made | own


def _scale(weeks: Weeks) -> int:
    """More than the need can be worth."""
    return 1 + int(weeks.problem.points[weeks.problem.options_of_need[weeks.need]].max(initial=0))


def kept_points(weeks: Weeks) -> Expression:
    """For each way to meet a need held: the points it keeps of those the need has now."""
    p = weeks.problem
    made: Expression = {}
    for m, options in weeks.held.items():
        if m != weeks.need and not p.part[options[0]]:
            now = sum(int(p.points[o]) for o in options)
            for o in p.options_of_need[m].tolist():
                if o in weeks.f.x and p.part[o] == 0:
                    made[weeks.f.x[o]] = min(now, int(p.points[o]))
    return made


def cheaper(situation: Situation, n: int, people: People, than: Draft) -> tuple[Draft | None, bool]:
    """An exchange of a smaller loss for each point of the need's value than ``than`` has; and whether that is proved.

    One step of Dinkelbach's method (1967): the sign of the largest ``lost0 × value − value0 × lost`` decides.
    """
    keeping = Keeping.COMMITMENTS if than.keeps_commitments else Keeping.AGREED
    weeks = Weeks(situation.problem, situation.plan, n, people, keeping)
    if not weeks.ways(n):
        return None, True
    objective = {x: than.value * value for x, value in kept_points(weeks).items()}
    for o in situation.problem.options_of_need[n].tolist():
        if o in weeks.f.x:
            objective[weeks.f.x[o]] = than.lost * int(situation.problem.points[o])
    found = weeks.most(objective, FEW_SECONDS)
    if found.plan is None:
        return None, found.none
    made = _drafted(situation, n, people, found, than.keeps_commitments)
    better = made.value > 0 and Fraction(made.lost, made.value) < Fraction(than.lost, max(than.value, 1))
    return (made if better else None), found.proved


def checked(situation: Situation, n: int, made: Draft, proved: bool, at_least: int = 0) -> Exchange:
    """A draft, published and checked; ``proved`` and ``at_least`` speak of all the plans it was chosen from."""
    staff, code = situation.cluster.staff, situation.problem.needs[n].need_id
    result = verified(situation, situation.problem, made.plan, code, nobody_loses=False)
    people = tuple(staff[k].staff_id for k in made.people)
    if sum(move.lost for move in result.losers) != made.lost or result.service.value != made.value:
        raise AssertionError(f"{code}: the loss read off the plan is not the loss of its proposal")
    return Exchange(
        made.lost,
        made.value,
        people,
        made.keeps_commitments,
        proved,
        made.lost if proved else at_least,
        result,
    )
