"""Edits that cannot hold together with the rules: proved, and told as a smallest set, the newest edits blamed first."""

from __future__ import annotations

from collections.abc import Sequence

from allocator.checking.eligibility import failed_tests
from allocator.checking.world import World
from allocator.editing.bonds import tag_of
from allocator.editing.settling import Wish
from allocator.errors import InfeasibleError, NotFoundError
from allocator.models.proposal import Conflict
from allocator.models.world import Cluster, Need, Staff
from allocator.solvers import cpsat, mathopt
from allocator.solvers.base import Budget
from allocator.solvers.disturbance import Demand, core_scope, edited_model
from allocator.solvers.linear import LinearModel, LinearRow, Tag
from allocator.solvers.problem import Problem

_CORE_LIMIT = 60.0
"""Seconds, or units of work, for finding out whether the edits can hold at all."""
_TRIAL_LIMIT = 5.0
"""The same for one trial set while a conflict is made smaller."""


def refuse_contradictions(
    problem: Problem, wishes: Sequence[Wish], demands: Sequence[Demand], budget: Budget, seed: int
) -> None:
    """Return if the edits and the rules can hold together.

    Raises:
        InfeasibleError: proved, by CP-SAT and confirmed by SCIP, or for one edit by the plain tests of who may serve
            a need; with a smallest conflict.
        NotFoundError: neither was found out within the limit.
    """
    for wish in wishes:
        own = [demand for demand in demands if demand.tag == tag_of(wish) and demand.wanted]
        if any(not demand.options and not demand.duties for demand in own):
            raise InfeasibleError(
                [_as_conflict(tag_of(wish)), *_reasons(problem.cluster, wish)], minimal=True
            )
    f = edited_model(problem, core_scope(problem, demands), demands)
    outcome = cpsat.solve(f.model, limit=_CORE_LIMIT, budget=budget, seed=seed, workers=8)
    budget.worked += outcome.work
    if outcome.values is not None:
        return
    if outcome.infeasible:
        confirmed = mathopt.solve(f.model, limit=_CORE_LIMIT, budget=budget, solver="scip")
        if confirmed.infeasible:
            raise _Conflicts(f.model, budget, seed).smallest()
        raise NotFoundError(
            "one solver says the edits contradict each other and another could not confirm it"
        )
    raise NotFoundError("whether the edits can hold together was not found out in time")


def _as_conflict(tag: Tag) -> Conflict:
    return Conflict(rule=tag.rule, what=tag.what, rows=tag.rows)


class _Conflicts:
    """QuickXplain (Junker 2004) over groups of rows with the same tag.

    The order of the tags says who is blamed: those at the end only where the conflict cannot do without them.
    """

    def __init__(self, model: LinearModel, budget: Budget, seed: int) -> None:
        self.model, self.budget, self.seed = model, budget, seed
        self.rows_of: dict[Tag, list[LinearRow]] = {}
        for row in model.rows:
            self.rows_of.setdefault(row.tag, []).append(row)
        self.certain = True

    def smallest(self) -> InfeasibleError:
        """A set that cannot hold together and of which none can be left out."""
        order = sorted(self.rows_of, key=_blame)
        found = self._explain([], [], order)
        return InfeasibleError([_as_conflict(tag) for tag in sorted(found, key=_blame)], self.certain)

    def _explain(self, background: list[Tag], added: list[Tag], tags: list[Tag]) -> list[Tag]:
        if added and self._contradict(background):
            return []
        if len(tags) == 1:
            return tags
        half = len(tags) // 2
        first, second = tags[:half], tags[half:]
        of_second = self._explain(background + first, first, second)
        of_first = self._explain(background + of_second, of_second, first)
        return of_first + of_second

    def _contradict(self, tags: list[Tag]) -> bool:
        rows = [row for tag in tags for row in self.rows_of[tag]]
        trial = LinearModel(self.model.lower, self.model.upper, self.model.names, rows, {})
        free = Budget(None, interrupted=self.budget.interrupted)
        outcome = cpsat.solve(trial, limit=_TRIAL_LIMIT, budget=free, seed=self.seed, workers=1)
        if outcome.values is None and not outcome.infeasible:
            self.certain = False  # not known to contradict: more is named than may be needed
        return outcome.infeasible


def _blame(tag: Tag) -> tuple[int, int, str, str]:
    """Edits first, the newest before the others; then what was agreed before; then the other rules."""
    if tag.rule.startswith("edit "):
        return (0, -int(tag.rule.removeprefix("edit ")), "", "")
    return (1 if tag.rule.startswith(("R7", "R9")) else 2, 0, tag.rule, tag.what)


# --- one edit that no option can do ---------------------------------------------------------------------


def _reasons(cluster: Cluster, wish: Wish) -> list[Conflict]:
    """What stands against an edit that no plan can do, from the plain tests: one reason for each way it could go."""
    world = World(cluster)
    if wish.site is not None:
        return [_no_liaison(cluster, wish)]
    need = cluster.need[wish.need or ""]
    if wish.person is not None and world.tied(need) and need.current_staff != wish.person:
        why = "is locked to" if need.locked else "has hours tied by its funding to"
        what = f"{need.need_id} {why} {need.current_staff}"
        return [Conflict(rule="R7 agreed before", what=what, rows=(need.need_id, need.current_staff or ""))]
    supports = [s for s in world.admitted[need.need_id] if wish.support in (None, s.support_id)]
    if not supports:
        asked = "nothing in the catalogue" if wish.support is None else wish.support
        return [_ineligible(need, f"{asked} fits {need.need_id}, or it is not among the supports it admits")]
    if wish.person is None:
        return [_ineligible(need, f"nobody may give {wish.support} to {need.need_id}")]
    person = cluster.person[wish.person]
    found = [_failure(world, need, person, support.support_id) for support in supports]
    return list(dict.fromkeys(found))


def _failure(world: World, need: Need, person: Staff, support_id: str) -> Conflict:
    """The first test that a person fails for a support; if they pass all, it is a matter of time or of place."""
    failed = failed_tests(world, need, world.supports[support_id], person)
    rows = (need.need_id, person.staff_id)
    if failed:
        return Conflict(rule=failed[0].rule, what=f"{person.staff_id} {failed[0].detail}", rows=rows)
    what = f"{person.staff_id} has no hours in the terms in which {need.need_id} could get {support_id}"
    return Conflict(rule="R11 terms", what=what, rows=rows)


def _ineligible(need: Need, what: str) -> Conflict:
    return Conflict(rule="R3 eligible", what=what, rows=(need.need_id,))


def _no_liaison(cluster: Cluster, wish: Wish) -> Conflict:
    what = f"{wish.person} has no bookable hours in any term"
    return Conflict(rule="R9 one face", what=what, rows=(wish.site or "", wish.person or ""))
