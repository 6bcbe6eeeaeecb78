"""The smallest changes that would meet a need with nobody losing: sizes tried in turn, each exactly.

A change is smallest over two kinds of plan: those in which one person's week changes (any person who could meet the
need), and those in which the weeks of a few change together: of those who could meet it the ones with most time left,
and where they are fewer than ``FEW``, others who could take something over from them. Everything met now stays met with
at least its value, a running service stays with its own person. Smaller sizes, nothing at all included, are proved
impossible over the same plans before a size is called smallest.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from allocator.explaining.edits import Edit, together
from allocator.explaining.grouping import smallest_group
from allocator.explaining.levers import KINDS, Lever
from allocator.explaining.neighbourhood import Found, Keeping, Weeks
from allocator.explaining.situation import FEW, Situation, nearest_first
from allocator.explaining.verifying import Verified, verified
from allocator.reporting.words import count
from allocator.solvers.options import build_problem
from allocator.solvers.plan import Plan
from allocator.solvers.problem import Problem
from allocator.solvers.resuming import plan_of

ALONE_SECONDS, FEW_SECONDS, TIDY_SECONDS = 2.0, 1.0, 0.7
"""Limits for one exact model: of one person, of a few, and for finding the fewest moves."""
NOTHING, GROUP = "nothing", "group"
LIKELY = ("hours", "new hours")
"""Kinds that seldom fail: their sizes are tried at once, without asking first whether the largest would do."""
People = tuple[int, ...]


@dataclass(frozen=True)
class SmallestChange:
    """A change, as small as it can be, after which the need is met and nobody has lost."""

    kind: str
    words: str
    subject: str
    """staff_id, role or need_id; empty if nothing changes but the plan."""
    size: float
    unit: str
    proved: bool
    """No smaller one of this kind would do, over the plans this module's head speaks of."""
    rearranged: tuple[str, ...]
    """People whose weeks are made anew."""
    few: tuple[str, ...]
    """People whose weeks, taken together, are proved to hold nothing smaller; anybody's alone as well."""
    edit: Edit
    result: Verified = field(repr=False)


@dataclass
class Trial:
    """One need, and what has been found out about plans in which it is met."""

    situation: Situation
    n: int
    deadline: float
    few: People = ()
    """Whose weeks are made anew together: as many of those with most time left as a proof is found for."""
    base_proved: bool = False
    """That it does not go without any change is proved, for each alone and for the few."""
    _none: list[People] = field(default_factory=list)
    """People with whom, and without any change, it is proved not to go."""

    @property
    def need_id(self) -> str:
        """The need's code."""
        return self.situation.problem.needs[self.n].need_id

    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.deadline

    # --- without any change ---------------------------------------------------------------------------

    def unchanged(self) -> SmallestChange | None:
        """A plan that meets the need without any change, or None; settles who ``few`` are on the way."""
        problem, order = self.situation.problem, self.situation.eligible(self.n)
        self.base_proved = True
        for k in order:
            found = self.without_change((k,))
            if found.plan is not None:
                return self.made(NOTHING, None, 0, problem, (k,), found.plan, True)
            self.base_proved &= found.none
        order = (*order, *helpers(self.situation, order)) if order else ()
        for number in range(min(FEW, len(order)), 1, -1):
            self.few = tuple(sorted(order[:number]))
            found = self.without_change(self.few)
            if found.plan is not None:
                return self.made(NOTHING, None, 0, problem, self.few, found.plan, True)
            if found.none:
                return None
        self.few = ()
        return None

    def people_sets(self, problem: Problem) -> list[People]:
        """Whose weeks may be made anew in a changed problem: each who could, alone; then the few."""
        order = nearest_first(self.situation, problem, self.n)
        new = [k for k in order if k not in self.situation.eligible(self.n)]
        together = tuple(sorted([*new[:1], *self.few][:FEW]))
        return [(k,) for k in order] + ([together] if len(together) > 1 else [])

    def without_change(self, people: People) -> Found:
        """Whether these people's weeks can be made anew so that the need is met, everything being as it is."""
        people = tuple(k for k in people if k < len(self.situation.cluster.staff))  # nobody new yet
        if any(set(people) <= set(known) for known in ((), *self._none)):
            return Found(None, True, True)
        found = possible(self.situation.problem, self.situation.plan, self.n, people)
        if found.none:
            self._none.append(people)
        return found

    # --- with a change --------------------------------------------------------------------------------

    def smallest(self, kind: str) -> SmallestChange | None:
        """The smallest change of a kind, a group in place of one to one among them."""
        return self.group() if kind == GROUP else self.least(kind)

    def group(self) -> SmallestChange | None:
        """The group with the fewest who change from one to one."""
        found = smallest_group(self.situation, self.n, self.few)
        if found is None:
            return None
        lever = Lever(
            kind=GROUP,
            subject=self.need_id,
            person=-1,
            sizes=1,
            edit=lambda _: found.edit,
            words=lambda _: (
                f"{found.support.name}, in place of one to one for {count(found.learners, 'learner')}"
            ),
            amount=lambda _: float(found.learners),
            unit="learners",
        )
        proved = found.proved and self.base_proved
        return self.made(GROUP, lever, 1, found.problem, found.people, found.plan, proved)

    def least(self, kind: str) -> SmallestChange | None:
        """The smallest change of a kind; None if none within what is negotiable does it (or time is up)."""
        levers = list(KINDS[kind](self.situation, self.n))
        sure = True
        largest = max((lever.sizes for lever in levers), default=0)
        if largest > 1 and kind not in LIKELY and self._hopeless(levers, largest):
            return None
        for size in range(1, largest + 1):
            at_hand = [lever for lever in levers if lever.sizes >= size]
            change, none = self._at_size(kind, at_hand, size, sure)
            if change is not None or self.over():
                return change
            sure &= none
        return None

    def _hopeless(self, levers: list[Lever], size: int) -> bool:
        """Whether not even all of them pulled at once, as far as they go, would make it possible."""
        problem, plan = self.changed(together(lever.edit(min(size, lever.sizes)) for lever in levers))
        return all(possible(problem, plan, self.n, people).none for people in self.people_sets(problem))

    def _at_size(
        self, kind: str, levers: list[Lever], size: int, sure: bool
    ) -> tuple[SmallestChange | None, bool]:
        """A change of this size, or whether it is proved that none does."""
        none = True
        alone = self._alone_at_once(levers, size)
        for lever, people in [*alone, *self._few(levers)]:
            if self.over():
                return None, False
            problem, plan = self.changed(lever.edit(size))
            sets = [people] if people else self.people_sets(problem)
            for each in sets:
                found = possible(problem, plan, self.n, each)
                if found.plan is not None:
                    base = self.without_change(each)
                    if base.plan is not None:  # these people could have done it without any change
                        return self.made(
                            NOTHING, None, 0, self.situation.problem, each, base.plan, True
                        ), True
                    proved = sure and base.none and self.base_proved
                    return self.made(kind, lever, size, problem, each, found.plan, proved), True
                none &= found.none
        return None, none

    def _alone_at_once(self, levers: list[Lever], size: int) -> list[tuple[Lever, People]]:
        """Of levers that each speak of one person, those that do it in that person's week alone.

        One problem with all of them pulled serves for all: in the model of one week nobody else's limits count.
        """
        here = range(len(self.situation.cluster.staff))
        personal = [lever for lever in levers if lever.person in here]
        new: list[tuple[Lever, People]] = [
            (lever, (lever.person,)) for lever in levers if lever.person > here.stop - 1
        ]
        if not personal:
            return new
        first_of = {lever.person: lever for lever in reversed(personal)}
        problem, plan = self.changed(together(lever.edit(size) for lever in first_of.values()))
        several = [lever for lever in personal if lever is not first_of[lever.person]]
        found = [
            (lever, (k,))
            for k, lever in sorted(first_of.items(), key=lambda item: -self.situation.spare(item[0]))
            if not possible(problem, plan, self.n, (k,)).none
        ]
        return [*found, *((lever, (lever.person,)) for lever in several), *new]

    def _few(self, levers: Iterable[Lever]) -> list[tuple[Lever, People]]:
        """Each lever with the people whose weeks are made anew together; empty: found out from the changed problem."""
        made: list[tuple[Lever, People]] = []
        for lever in levers:
            if lever.person < 0:
                made.append((lever, ()))
            elif lever.person in self.few or lever.person not in self.situation.eligible(self.n):
                here = lever.person in self.few
                others = [k for k in self.few if k != lever.person][: FEW - 1 if here else FEW - 2]
                if others:
                    made.append((lever, tuple(sorted((lever.person, *others)))))
        return made

    def changed(self, edit: Edit) -> tuple[Problem, Plan]:
        """The problem of the edited cluster, and the plan argued about on its options."""
        problem = build_problem(edit.on(self.situation.cluster))
        return problem, plan_of(problem, self.situation.proposal).plan

    def made(
        self,
        kind: str,
        lever: Lever | None,
        size: int,
        problem: Problem,
        people: People,
        plan: Plan,
        proved: bool,
    ) -> SmallestChange:
        """The change with its plan made as like the one argued about as can be found, published and checked."""
        start = self.situation.plan if lever is None else plan_of(problem, self.situation.proposal).plan
        tidy = Weeks(problem, start, self.n, people, Keeping.EVERYTHING).fewest_moves(plan, TIDY_SECONDS)
        best = tidy.plan or plan
        edit = Edit() if lever is None else lever.edit(size)
        if not edit.agrees(self.situation.cluster):
            raise AssertionError(f"{self.need_id}: the scenario does not say what {lever} does")
        staff = problem.cluster.staff
        return SmallestChange(
            kind=kind,
            words="nothing but the plan changes" if lever is None else lever.words(size),
            subject="" if lever is None else lever.subject,
            size=0.0 if lever is None else lever.amount(size),
            unit="" if lever is None else lever.unit,
            proved=proved,
            rearranged=tuple(staff[k].staff_id for k in people),
            few=tuple(staff[k].staff_id for k in self.few),
            edit=edit,
            result=verified(self.situation, problem, best, self.need_id, nobody_loses=True),
        )


def helpers(situation: Situation, able: People) -> People:
    """Who else could take over, at no less value, what these people do; those with most time left first."""
    problem = situation.problem
    held = {
        int(problem.need[o]): int(problem.points[o]) for k in able for o in situation.of_person(k).tolist()
    }
    found = {
        int(problem.person[o])
        for n, value in held.items()
        for o in problem.options_of_need[n].tolist()
        if problem.points[o] >= value and problem.part[o] == 0
    }
    return tuple(sorted(found - set(able), key=lambda k: (-situation.spare(k), k)))


def possible(problem: Problem, plan: Plan, n: int, people: People) -> Found:
    """Whether these people's weeks can be made anew so that need ``n`` is met and nobody loses."""
    seconds = ALONE_SECONDS if len(people) == 1 else FEW_SECONDS
    return Weeks(problem, plan, n, people, Keeping.EVERYTHING).possible(seconds)
