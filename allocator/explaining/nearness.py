"""First rung: who could meet the need at all, and of those who cannot, which tests the nearest of them fail."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.checking.eligibility import absent_terms, failed_tests
from allocator.explaining.situation import Situation
from allocator.models.proposal import UnmetReason
from allocator.models.world import Need, Staff
from allocator.solvers.unmet import why_no_option

NEAREST = 5


@dataclass(frozen=True)
class Near:
    """Somebody who cannot, and every test that stands in the way."""

    staff_id: str
    role: str
    support_id: str
    fails: tuple[str, ...]


@dataclass(frozen=True)
class Nobody:
    """Why no way to meet the need exists, and who comes nearest."""

    reason: UnmetReason
    detail: str
    nearest: tuple[Near, ...]


def nobody(situation: Situation, n: int) -> Nobody | None:
    """None if somebody could meet the need."""
    problem = situation.problem
    if len(problem.options_of_need[n]):
        return None
    need = problem.needs[n]
    reason, detail = why_no_option(problem, need)
    found = [near for person in situation.cluster.staff if (near := near_of(situation, need, person))]
    found.sort(key=lambda near: len(near.fails))
    return Nobody(reason, detail, tuple(found[:NEAREST]))


def near_of(situation: Situation, need: Need, person: Staff) -> Near | None:
    """What stands between a person and the need, for the support with the fewest tests failed; None without support."""
    world, best = situation.world, None
    for support in world.admitted[need.need_id]:
        fails = [failure.detail for failure in failed_tests(world, need, support, person)]
        spans = [world.span(need, support, start) for start in world.starts(need)]
        if not spans:
            fails.append("no term is left in which it may start")
        elif all(absent_terms(world, person.staff_id, span) for span in spans):
            fails.append("the post is vacant" if person.vacant else "has no hours in the terms it needs")
        if best is None or len(fails) < len(best.fails):
            best = Near(person.staff_id, person.role, support.support_id, tuple(fails))
    return best
