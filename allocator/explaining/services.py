"""Who gives what to whom in a plan, by code, so that plans of two clusters can be set side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from allocator.models.policy import Goal
from allocator.solvers.plan import Plan
from allocator.solvers.problem import Problem


@dataclass(frozen=True)
class Service:
    """One need met: by whom, with what, from when, and what that is worth."""

    need_id: str
    staff: tuple[str, ...]
    support_id: str
    start_term: str
    meets_at: str
    minutes: int
    """A week; a group's, spent once."""
    value: int
    reduced: bool
    group: int
    """Learners in the group (of the groups of this kind, if there are several); 0 if it is none."""
    own_person: bool
    """Whether a running service is given by the person who gave it before."""

    @property
    def relation(self) -> tuple[object, ...]:
        """What somebody would notice: who, what, when and where."""
        return (self.staff, self.support_id, self.start_term, self.meets_at, self.reduced, self.group > 0)


@dataclass(frozen=True)
class Move:
    """A need that is met otherwise than before; ``after`` is None if it is not met any more."""

    need_id: str
    before: Service | None
    after: Service | None

    @property
    def lost(self) -> int:
        """Points the need has less than before."""
        now = 0 if self.after is None else self.after.value
        return max(0, (0 if self.before is None else self.before.value) - now)


def services(problem: Problem, plan: Plan) -> dict[str, Service]:
    """Need -> how it is met."""
    members = Counter(int(problem.slot[o]) for o in plan.chosen)
    of_need: dict[int, list[int]] = {}
    for o in plan.chosen:
        of_need.setdefault(int(problem.need[o]), []).append(o)
    made = {}
    for n, options in of_need.items():
        first, cluster = min(options, key=lambda o: int(problem.part[o])), problem.cluster
        slot = int(problem.slot[first])
        code = problem.needs[n].need_id
        made[code] = Service(
            need_id=code,
            staff=tuple(cluster.staff[int(problem.person[o])].staff_id for o in sorted(options)),
            support_id=cluster.supports[int(problem.support[first])].support_id,
            start_term=cluster.terms[int(problem.start[first])].id,
            meets_at=cluster.sites[int(problem.site[first])].site_id,
            minutes=sum(int(problem.minutes[o]) for o in options),
            value=sum(int(problem.points[o]) for o in options),
            reduced=bool(problem.reduced[first]),
            group=members[slot] if slot >= 0 else 0,
            own_person=any(problem.gains[Goal.CONTINUITY][o] > 0 for o in options),
        )
    return made


def moves(before: dict[str, Service], after: dict[str, Service], leave_out: str) -> tuple[Move, ...]:
    """Needs met before, or after, in another way; ``leave_out`` is the need that all this is about."""
    found = []
    for code in dict.fromkeys((*before, *after)):
        old, new = before.get(code), after.get(code)
        same = old is not None and new is not None and old.relation == new.relation
        if code != leave_out and not same:
            found.append(Move(code, old, new))
    return tuple(found)
