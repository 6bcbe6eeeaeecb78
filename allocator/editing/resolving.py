"""``resolve``: an agreed proposal and a meeting's edits to a new proposal that changes as little as can be.

The ordered objective: the edits hold; the rules hold; commitments kept do not fall; need met stays within a share of
what was agreed; then the least weighted change; then the goals in their order with what remains free.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from allocator.editing.bonds import bonds_of, demands_of
from allocator.editing.conflicts import refuse_contradictions
from allocator.editing.edits import AnyEdit
from allocator.editing.guiding import balanced, best_values, goal_level, narrowed, nearest
from allocator.editing.improving import improved, stage_results, with_what_fits
from allocator.editing.relationships import Weights
from allocator.editing.result import Held, Resolved
from allocator.editing.searching import Floor, LeastChange
from allocator.editing.settling import Asked, reordered, settle
from allocator.editing.verifying import not_done
from allocator.errors import NotFoundError
from allocator.io.fingerprint import fingerprint
from allocator.models.policy import Goal, GoalLevel
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from allocator.solvers.api import interruptible
from allocator.solvers.base import Budget, Progress
from allocator.solvers.disturbance import lost
from allocator.solvers.options import build_problem
from allocator.solvers.plan import Plan, evaluate
from allocator.solvers.problem import Problem
from allocator.solvers.publish import publish
from allocator.solvers.resuming import plan_of
from allocator.solvers.search import Search, StageResult
from allocator.solvers.stages import StageSpec, score, stages
from scenarios.changes.base import Where

GIVE_UP = 0.01
"""Share of the agreed value of need met that may be given up for less change."""
_GUIDE_SHARE = 0.2
_IMPROVE_SHARE = 0.25
_PRICES = (1.0, 0.15)
"""What keeping a relationship is worth while plans are looked for that reach the floors, in needs of middling value."""
_LEAST_GUIDE = 1.0
"""Seconds, or units of work, without which no plan can be expected."""
STRATEGY = "least change"
_COMMITMENTS = StageSpec(Goal.COMMITMENTS_KEPT, ((Goal.COMMITMENTS_KEPT, 1),), 0.0)
_NEED_MET = StageSpec(Goal.NEED_MET, ((Goal.NEED_MET, 1),), 0.0)


def resolve(
    cluster: Cluster,
    agreed: Proposal,
    edits: Sequence[AnyEdit],
    *,
    give_up: float = GIVE_UP,
    weights: Weights | None = None,
    time_limit: float | None = 10.0,
    work_limit: float | None = None,
    seed: int = 1,
    workers: int | None = None,
    places: Sequence[Where] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Resolved:
    """The proposal that does what the edits ask and changes as few relationships as possible, and how few that is.

    Args:
        cluster: the agreed proposal's cluster, or one a little different.
        agreed: the agreed proposal, its site-only part included where it is at hand.
        edits: oldest first.
        give_up: share of the agreed value of need met that may be given up.
        weights: what losing a relationship of each kind weighs.
        time_limit: seconds the search may take; None searches until the least change is proved.
        work_limit: deterministic work instead of time.
        seed: of every random choice.
        workers: threads of CP-SAT; None is what measures best.
        places: where each edit was typed, for faults.
        on_progress: called with news while the search runs.

    Raises:
        InputError: an edit speaks of something that is not there.
        InfeasibleError: proved that the edits and the rules cannot hold together; carries a smallest conflict.
        NotFoundError: no plan that does what the edits ask was found in time.
    """
    asked = settle(cluster, agreed, edits, places)
    changed = reordered(cluster, asked.order)
    problem = build_problem(changed)
    budget = Budget(seconds=time_limit, work=work_limit)

    def tell(news: Progress) -> None:
        if on_progress is not None:
            on_progress(replace(news, seconds=budget.elapsed()))

    work = _Work(
        problem,
        cluster,
        agreed,
        asked,
        weights or Weights(),
        give_up,
        budget,
        seed,
        workers or 8,
        tell,
    )
    with interruptible(budget.interrupted):
        limits: dict[str, float | int | None] = {
            "time_limit": time_limit, "work_limit": work_limit, "workers": workers, "give_up": give_up,
        }  # fmt: skip
        return work.run(limits)


@dataclass
class _Work:
    """One re-solve from edits to result."""

    problem: Problem
    cluster: Cluster
    agreed: Proposal
    asked: Asked
    weights: Weights
    give_up: float
    budget: Budget
    seed: int
    workers: int
    on_progress: Callable[[Progress], None]
    notes: list[str] = field(default_factory=list)
    most: dict[Goal, int] = field(default_factory=dict)
    """Goal -> proved: no plan with these edits has more, where that is below its floor."""

    def run(self, limits: dict[str, float | int | None]) -> Resolved:
        """Edits, floors, least change, improvement, publication, check of the edits."""
        started, self.total = time.monotonic(), self.budget.left()
        recalled = plan_of(self.problem, self.agreed)
        self.old = recalled.plan
        self.demands = demands_of(self.problem, self.asked.wishes)
        self.bonds = bonds_of(self.problem, self.agreed, self.weights)
        self._note_what_is_missing(len(recalled.gone))
        refuse_contradictions(self.problem, self.asked.wishes, self.demands, self.budget, self.seed)
        search = self._least_change()
        if search.plan is None:
            raise NotFoundError("no plan that does what the edits ask was found in time")
        floors = (*search.hard, search.value)
        last = self._part(_IMPROVE_SHARE * self.total)
        plan = improved(self.problem, search.plan, self.demands, self.bonds, floors, last, self.seed,
                        self.workers, self.on_progress)  # fmt: skip
        self.budget.worked += last.worked
        proposal = self._published(plan, limits)
        undone = not_done(self.problem.cluster, proposal, self.asked.wishes)
        if undone:
            raise AssertionError(f"the proposal does not do: {undone[0].words}")
        made = Resolved(
            cluster=self.problem.cluster, agreed=self.agreed, proposal=proposal, asked=self.asked,
            weights=self.weights, give_up=self.give_up, least=search.least, floors=self._held(floors, proposal),
            notes=tuple(self.notes), seconds=time.monotonic() - started,
        )  # fmt: skip
        if made.weight < search.least:
            raise AssertionError(f"the proposal loses {made.weight}, below the bound {search.least}")
        return made

    # --- floors and search ------------------------------------------------------------------------------

    def _least_change(self) -> LeastChange:
        """The search with the floors as agreed; where they are in doubt, with what the edits leave of them."""
        left = self.budget.left()
        reserve = 0.0 if left == float("inf") else _IMPROVE_SHARE * self.total
        inner = self._part(max(0.0, left - reserve))
        search = LeastChange(
            self.problem, self.old, self.demands, self.bonds, (self._commitments(),), self._value(), inner,
            self.seed, self.workers, self.on_progress,
        )  # fmt: skip
        first = nearest(self.problem, self.old, self.demands, inner, self.seed)
        if first is not None:
            search.pool.append(first)
        if self.asked.order is not None:
            search = self._guided(search)
        search.start()
        if search.hopeless:
            search = self._with_fewer_commitments(search)
            search.start()
        for price in _PRICES:
            if search.plan is None and not search.done:
                self._balance(search, price)
        if search.plan is None and self.asked.order is None:
            search = self._guided(search)
        if search.plan is None:
            search = self._with_what_is_known(search)
            if not search.done:
                search.between()
        search.finish()
        self.budget.worked += inner.worked
        return search

    def _part(self, amount: float) -> Budget:
        """A budget of its own that hears the same interruption."""
        if self.budget.deterministic:
            return Budget(None, work=amount, interrupted=self.budget.interrupted)
        return Budget(None if amount == float("inf") else amount, interrupted=self.budget.interrupted)

    def _commitments(self) -> Floor:
        return Floor(_COMMITMENTS, self.agreed.goal_values[Goal.COMMITMENTS_KEPT])

    def _value(self) -> Floor:
        return Floor(_NEED_MET, self._share_of(self.agreed.goal_values[Goal.NEED_MET]))

    def _share_of(self, reached: int) -> int:
        """What must be left of a score."""
        return reached - int(self.give_up * abs(reached) + 1e-9)

    def _guided(self, search: LeastChange) -> LeastChange:
        """Look what is possible: for an order of goals its floors, else a plan and what can be proved of floors."""
        part = self._part(max(_LEAST_GUIDE, _GUIDE_SHARE * search.budget.left()))
        plan, results = best_values(
            self.problem, self.old, self.demands, self._levels(), part, self.seed, self.workers
        )
        search.budget.worked += part.worked
        if self.asked.order is None:
            self._learn(search, results)
            if plan is not None:
                search.offer(plan)
            return search
        if plan is None:
            return search
        search.pool.append(plan)
        goals = evaluate(self.problem, plan).goals
        kept = min(search.hard[0].least, goals[Goal.COMMITMENTS_KEPT])
        met = min(search.value.least, self._share_of(goals[Goal.NEED_MET]))
        return search.with_floors(
            (Floor(_COMMITMENTS, kept), *self._raised(plan, results)), Floor(_NEED_MET, met)
        )

    def _learn(self, search: LeastChange, results: Sequence[StageResult]) -> None:
        """Bounds that show a floor to be out of reach of any plan with these edits."""
        commitments = search.hard[0]
        if narrowed(self.problem, self.demands):
            return
        for result, floor in zip(results, (commitments, search.value), strict=False):
            if result.bound < floor.least:
                self.most[floor.spec.goals[0]] = result.bound
            if result.floor > commitments.least:
                return  # what follows was proved for plans that keep more than is asked here

    def _with_what_is_known(self, search: LeastChange) -> LeastChange:
        """Floors out of reach, or time too short for them: those that the plan known keeps which misses least of them.

        Missed are shares of the two floors, added up; of need met the share that may be given up is taken off again.
        """
        commitments, value = search.hard[0], search.value

        def missed(plan: Plan) -> tuple[float, int]:
            short = sum(
                max(0, floor.least - search.score_of(plan, floor)) / max(1, floor.least)
                for floor in (commitments, value)
            )
            return short, lost(plan, self.bonds)

        fit = [plan for plan in search.pool if search.holds(plan, search.hard[1:])]
        if not fit:
            return search
        best = min(fit, key=missed)
        kept = min(commitments.least, search.score_of(best, commitments))
        met = search.value_of(best)
        least = value.least if met >= value.least else self._share_of(met)
        return search.with_floors((Floor(_COMMITMENTS, kept), *search.hard[1:]), Floor(_NEED_MET, least))

    def _balance(self, search: LeastChange, price: float) -> None:
        """Offer the search a plan that weighs value and change against each other."""
        part = self._part(max(_LEAST_GUIDE, _GUIDE_SHARE * search.budget.left()))
        plan = balanced(
            self.problem, self.old, self.demands, self.bonds, price, part, self.seed, self.workers
        )
        search.budget.worked += part.worked
        if plan is not None:
            search.offer(plan)

    def _with_fewer_commitments(self, search: LeastChange) -> LeastChange:
        """The search with as many commitments kept as the edits leave possible."""
        floor = search.hard[0]
        missed, least = search.fewest_missed(floor)
        if least:  # the second proof that not all can be kept; with the first alone nothing is claimed
            self.most[Goal.COMMITMENTS_KEPT] = floor.least - least
        return search.with_floors((Floor(_COMMITMENTS, floor.least - missed), *search.hard[1:]), search.value)

    def _levels(self) -> tuple[GoalLevel, ...]:
        """Commitments, the levels that the new order raises, need met."""
        order = self.asked.order
        raised = () if order is None else order.levels[: order.first_untouched]
        named = {goal for level in raised for goal in level.goals}
        first = () if Goal.COMMITMENTS_KEPT in named else (self._commitments_level(),)
        last = () if Goal.NEED_MET in named else (goal_level(Goal.NEED_MET),)
        return (*first, *raised, *last)

    def _commitments_level(self) -> GoalLevel:
        """Commitments, their floor no higher than what is to be held: so that the bounds after it hold for that too."""
        running = sum(need.status == "in_service" for need in self.problem.needs)
        wanted = self.agreed.goal_values[Goal.COMMITMENTS_KEPT]
        return goal_level(Goal.COMMITMENTS_KEPT, 1 - min(wanted, running) / running if running else 0.0)

    def _raised(self, plan: Plan, results: Sequence[StageResult]) -> list[Floor]:
        """Floors on the stages that the new order raises: near the best found for them."""
        order = self.asked.order
        wanted = (
            set() if order is None else {g for lv in order.levels[: order.first_untouched] for g in lv.goals}
        )
        values = evaluate(self.problem, plan)
        floors = []
        for result in results:
            if set(result.spec.goals) & wanted:
                reached = score(self.problem, result.spec, values)
                least = min(self._share_of(reached), reached - result.spec.allowance(reached))
                floors.append(Floor(result.spec, least))
        return floors

    def _held(self, floors: Sequence[Floor], proposal: Proposal) -> tuple[Held, ...]:
        return tuple(
            Held(
                goal=(goal := wanted.spec.goals[0]), agreed=self.agreed.goal_values[goal], wanted=wanted.least,
                floor=floor.least, value=proposal.goal_values[goal], most=self.most.get(goal),
            )
            for wanted, floor in ((self._commitments(), floors[0]), (self._value(), floors[-1]))
        )  # fmt: skip

    # --- result -----------------------------------------------------------------------------------------

    def _note_what_is_missing(self, gone: int) -> None:
        withheld = self.agreed.withheld.served
        if self.agreed.site_only is None and withheld:
            self.notes.append(
                f"What is not shared with the cluster is not at hand: its {withheld} served needs are planned anew "
                "and not counted among the changes."
            )
        if gone:
            self.notes.append(
                f"{gone} rows of the agreed proposal are no longer possible in this cluster; they count as changed."
            )
        self.notes += [
            f"Edit {number} gives way to a newer order of goals." for number in self.asked.replaced
        ]

    def _published(self, plan: Plan, limits: dict[str, float | int | None]) -> Proposal:
        same_rows = fingerprint(self.cluster) == self.agreed.fingerprint
        before = stages(replace(self.problem, cluster=self.cluster))

        results = stage_results(self.problem, plan, self.agreed, before, same_rows)
        search = Search(self.problem, self.budget, seed=self.seed, workers=self.workers, results=results)
        plan, exhausted = with_what_fits(self.problem, plan, self.demands, search)
        search.plan = plan
        return publish(search, plan, exhausted=exhausted, strategy=STRATEGY,
                       fingerprint=fingerprint(self.problem.cluster), limits=limits)  # fmt: skip
