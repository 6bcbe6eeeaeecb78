"""Needs that fit into a plan as it stands: the last pass of every search, and the source of true unmet reasons.

``openings`` lists every way to add one unmet need without moving anything: a whole option, a place in an open
group, a new group of unmet needs, or both parts of a joint. What an opening breaks is a fact about the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from allocator.solvers.facts import Ints
from allocator.solvers.plan import Plan, Values, groups_valid, limits_broken, person_use
from allocator.solvers.plans.column import columns_of, make_column
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.problem import Problem, Slot
from allocator.solvers.search import Search
from allocator.solvers.stages import score


@dataclass(frozen=True)
class Opening:
    """One way to add a need: the options to add (with mates for a new group), and the limits it would break."""

    options: tuple[int, ...]
    broken: tuple[str, ...]
    dropped: tuple[int, ...] = ()
    """Options of a group that others take the place of, when all of it moves to another slot."""


@dataclass
class Board:
    """A plan with each person's use of it at hand, so that trying one more option is cheap."""

    problem: Problem
    plan: Plan
    incumbent: Incumbent = field(init=False)
    """The plan as columns, valued."""
    options: list[Ints] = field(init=False)
    duty: list[list[tuple[int, int]]] = field(init=False)
    spare: list[Ints | None] = field(init=False)
    """Minutes a week each person has left, shape (T,); None until somebody asks."""

    def __post_init__(self) -> None:
        columns = columns_of(self.problem, self.plan)
        self.incumbent = Incumbent(self.problem, columns)
        self.options = [np.array(column.options, dtype=np.int64) for column in columns]
        self.duty = [list(column.liaison) for column in columns]
        self.spare = [None] * len(columns)

    def valued_with(self, opening: Opening) -> Incumbent:
        """The plan with an opening taken, valued; only the people concerned are looked at again."""
        problem, columns = self.problem, []
        for k in sorted({int(problem.person[o]) for o in opening.options}):
            mine = [o for o in opening.options if problem.person[o] == k]
            options = self._changed(k, mine, opening.dropped)
            old = self.incumbent.columns[k]
            columns.append(make_column(problem, k, options, old.liaison, old.shares))
        return self.incumbent.changed(columns)

    def take(self, opening: Opening, valued: Incumbent) -> None:
        """Take an opening; ``valued`` is what ``valued_with`` said of it."""
        chosen = (set(self.plan.chosen) - set(opening.dropped)) | set(opening.options)
        self.plan = Plan(tuple(sorted(chosen)), self.plan.liaison, self.plan.shares)
        self.incumbent = valued
        for k in {int(self.problem.person[o]) for o in opening.options}:
            self.options[k] = np.array(valued.columns[k].options, dtype=np.int64)
            self.spare[k] = None

    def has_no_time(self, o: int) -> bool:
        """Whether the minutes of an option of no group are more than its person has left, travel not counted."""
        problem, k = self.problem, int(self.problem.person[o])
        if problem.slot[o] >= 0:
            return False
        spare = self.spare[k]
        if spare is None:
            use = person_use(problem, k, self.options[k], self.duty[k])
            self.spare[k] = spare = np.asarray(problem.facts.bookable[k] - use.used)
        return bool((spare[problem.first[o] : problem.last[o] + 1] < problem.minutes[o]).any())

    def met(self) -> set[int]:
        """Positions of the needs served."""
        return set(self.problem.need[np.array(self.plan.chosen, dtype=np.int64)].tolist())

    def _changed(self, k: int, extra: list[int], dropped: tuple[int, ...]) -> Ints:
        """Person ``k``'s options with some added and some dropped."""
        kept = self.options[k][~np.isin(self.options[k], dropped)] if dropped else self.options[k]
        return np.concatenate([kept, np.array(extra, dtype=np.int64)])

    @cached_property
    def _slot_at(self) -> dict[tuple[int, ...], int]:
        return {_kind(slot, slot.cross_site): number for number, slot in enumerate(self.problem.slots)}

    def sister_members(self, slot: int) -> list[int]:
        """Options taken in the slot that is the same but for being of one site or of several: its group could move."""
        form = self.problem.slots[slot]
        sister = self._slot_at.get(_kind(form, not form.cross_site))
        mine = self.options[form.person]
        return [] if sister is None else mine[self.problem.slot[mine] == sister].tolist()

    def broken_by(self, k: int, extra: list[int], dropped: tuple[int, ...] = ()) -> list[str]:
        """Limits of person ``k`` that these changes break; ``R4``: a group would be too small or too large."""
        problem = self.problem
        options = self._changed(k, extra, dropped)
        use = person_use(problem, k, options, self.duty[k])
        broken = limits_broken(problem, k, use, dict(self.incumbent.columns[k].shares))
        members = Counter(slot for slot in problem.slot[options].tolist() if slot >= 0)
        if not groups_valid(problem, use, members):
            broken.append("R4")
        return broken


def _kind(slot: Slot, cross_site: bool) -> tuple[int, ...]:
    """What tells slots apart."""
    return (slot.person, slot.site, slot.support, slot.start, slot.last, slot.band, int(cross_site))


def openings(board: Board, n: int, unmet: set[int], fitting: bool = False) -> Iterator[Opening]:
    """Every way to add need ``n`` to the plan as it stands, best value first; ``fitting``: not those without time."""
    problem = board.problem
    options = problem.options_of_need[n]
    order = np.argsort(-problem.points[options], kind="stable")
    for o in options[order].tolist():
        k = int(problem.person[o])
        if fitting and board.has_no_time(o):
            continue
        if problem.part[o] == 0:
            broken = board.broken_by(k, [o])
            if problem.slot[o] >= 0:
                yield from _joined_group(board, o, k)
            if "R4" in broken:
                yield from _new_group(board, o, k, unmet)
            else:
                yield Opening((o,), tuple(broken))
        elif problem.part[o] == 1:
            yield from _both_parts(board, o, k)


def _joined_group(board: Board, o: int, k: int) -> Iterator[Opening]:
    """A group of one site that may be one of several (or the other way round), joined: all of it changes slots."""
    problem, slot = board.problem, int(board.problem.slot[o])
    members = board.sister_members(slot)
    if not members:
        return
    here = {int(problem.need[m]): m for m in problem.options_of_slot[slot].tolist()}
    if all(int(problem.need[m]) in here for m in members):
        moved = [here[int(problem.need[m])] for m in members]
        broken = board.broken_by(k, [o, *moved], tuple(members))
        yield Opening(tuple(sorted((o, *moved))), tuple(broken), tuple(members))


def _new_group(board: Board, o: int, k: int, unmet: set[int]) -> Iterator[Opening]:
    """A new group of the need and unmet needs that could join; nothing when they are fewer than the minimum."""
    problem = board.problem
    slot = int(problem.slot[o])
    mates = [m for m in problem.options_of_slot[slot].tolist() if m != o and int(problem.need[m]) in unmet]
    mates.sort(key=lambda m: (-int(problem.points[m]), m))
    missing = problem.slots[slot].least - 1
    if len(mates) >= missing:
        group = [o, *mates[:missing]]
        yield Opening(tuple(sorted(group)), tuple(board.broken_by(k, group)))


def _both_parts(board: Board, o: int, k: int) -> Iterator[Opening]:
    problem = board.problem
    mine = board.broken_by(k, [o])
    for other in problem.options_of_joint[int(problem.joint[o])].tolist():
        if problem.part[other] == 2 and int(problem.person[other]) != k:
            theirs = board.broken_by(int(problem.person[other]), [other])
            yield Opening(tuple(sorted((o, other))), tuple(dict.fromkeys(mine + theirs)))


def stage_lost(search: Search, values: Values) -> str | None:
    """The first stage whose floor a plan of these values does not hold, by name."""
    for result in search.results:
        if score(search.problem, result.spec, values) < result.floor:
            return result.spec.name
    return None


def insert_what_fits(search: Search) -> bool:
    """Add every unmet need that fits and keeps every floor; True when none is left that would (exhausted)."""
    if search.plan is None:
        return False
    problem = search.problem
    board = Board(problem, search.plan)
    again = True
    while again:
        again = False
        unmet = set(range(len(problem.needs))) - board.met()
        for n in sorted(unmet, key=lambda n: (-int(problem.asked[n]), n)):
            if search.budget.interrupted.is_set():
                return False
            if n in unmet and _added(search, board, n, unmet):
                again = True
                search.plan = board.plan
                unmet = set(range(len(problem.needs))) - board.met()
    return True


def _added(search: Search, board: Board, n: int, unmet: set[int]) -> bool:
    """Add a need by its first opening that breaks no limit and keeps every floor; False where there is none."""
    for opening in openings(board, n, unmet, fitting=True):
        if not opening.broken:
            valued = board.valued_with(opening)
            if stage_lost(search, valued.values) is None:
                board.take(opening, valued)
                return True
    return False
