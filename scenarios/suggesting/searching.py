"""The best one, two, three moves: many estimated, the best laid into the plan, the best of these planned anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from allocator.alternatives.effort import Effort
from allocator.comparing import Case
from allocator.comparing.gains import LOSES, gains
from scenarios.suggesting.candidates import KINDS, Candidate, Moves, Neighbour
from scenarios.suggesting.lines import whatif_line
from scenarios.suggesting.results import Counts, Suggestion, Suggestions
from scenarios.suggesting.verifying import Bench, Deadline, Planned

if TYPE_CHECKING:
    from allocator.models.world import Cluster

MOST_MOVES = 3
BASE_PART, LAID_PART = 0.35, 0.6
"""Parts of the time after which the plan without a change, and the laying in, must be done."""
_PARTNERS = 6
"""How many of the best moves are tried as partners of others."""
_PAIRS_SOLVED = 3
_FURTHER = 0.5
"""The part of the time that each further move may add."""


@dataclass(frozen=True)
class Depth:
    """How far to go: seconds for a single move (None: no clock), and how many moves are verified at most."""

    seconds: float | None = 45.0
    laid_in: int = 40
    solved: int = 12


def suggest(
    cluster: Cluster,
    *,
    moves: int = 1,
    kinds: Sequence[str] = tuple(KINDS),
    neighbour: Neighbour | None = None,
    effort: Effort | None = None,
    depth: Depth | None = None,
    typed: str = "CLUSTER",
    say: Callable[[str], None] | None = None,
) -> Suggestions:
    """The redeployments that bring most need met, each verified by planning anew.

    Args:
        cluster: as ``allocator.read_cluster`` returns it.
        moves: also the best two, and the best three, together.
        kinds: keys of ``KINDS``.
        neighbour: another cluster that may lend what its plan leaves unused.
        effort: of each search; 2 seconds by default. With a work limit the result can be repeated.
        depth: how long, and how many.
        typed: how the cluster is typed in the lines that repeat a suggestion.
        say: called with one sentence before each part.

    Raises:
        InfeasibleError, NotFoundError: there is no plan of the cluster as it is.
        ValueError: more moves than three, or a kind that does not exist.
    """
    unknown = set(kinds) - set(KINDS)
    if unknown or not 1 <= moves <= MOST_MOVES:
        raise ValueError(f"1 to {MOST_MOVES} moves of the kinds {', '.join(KINDS)}")
    limits = depth or Depth()
    work = effort or Effort(time_limit=2.0)
    deadline = Deadline(None if work.work_limit is not None else limits.seconds)
    run = _Run(Bench(cluster, work), limits, deadline, typed, say or (lambda _: None))
    return run.find(moves, kinds, neighbour)


@dataclass(eq=False)
class _Tried:
    """Some moves together, and the best plan found with them; None while there is none that may stand."""

    moves: tuple[Candidate, ...]
    cluster: Cluster
    best: Planned | None
    easy: int | None
    anew: bool = False

    @property
    def value(self) -> int:
        """Need met, in points; below all others without a plan."""
        return -1 if self.best is None else self.best.value

    @property
    def about(self) -> set[str]:
        """Whom and what the moves are about."""
        return {move.about for move in self.moves}


@dataclass(eq=False)
class _Run:
    """One call's state."""

    bench: Bench
    depth: Depth
    deadline: Deadline
    typed: str
    say: Callable[[str], None]
    laid: int = 0
    solved: int = 0
    estimated: int = 0
    singles: list[_Tried] = field(default_factory=list)

    def find(self, moves: int, kinds: Sequence[str], neighbour: Neighbour | None) -> Suggestions:
        """Everything in its order."""
        self.say("the plan without a change")
        self.bench.prepare(self.deadline, BASE_PART)
        candidates = Moves(self.bench.base.cluster, self.bench.base.proposal, neighbour).of(kinds)
        self.estimated = len(candidates)
        self._singles(candidates)
        together = self._together(moves)
        self.bench.again()
        ranked = sorted(self.singles, key=lambda each: (-each.value, each.moves[0].words))
        good = [made for each in ranked if (made := self._suggestion(each)) is not None]
        combined = self._improving(together, good)
        tried = {move.words for each in self.singles for move in each.moves}
        counts = Counts(
            self.estimated,
            self.laid,
            self.solved,
            len([each for each in candidates if each.words not in tried]),
            self.bench.refused,
            self.bench.searches - self.solved,
        )
        return Suggestions(
            self.bench.cluster,
            moves,
            tuple(good),
            tuple(combined),
            counts,
            self.bench.base,
            self.bench.paired,
            self.bench.bound,
        )

    # One move

    def _singles(self, candidates: Sequence[Candidate]) -> None:
        """Lay the best of each kind in, then plan the best of those anew."""
        self.say(f"{len(candidates):,} moves estimated; the best of each kind")
        for candidate in _in_turn(candidates)[: self.depth.laid_in]:
            if self.deadline.over(LAID_PART):
                break
            tried = self._tried((candidate,), self.bench.base)
            if tried is not None:
                self.singles.append(tried)
        for tried in self._worth_a_search()[: self.depth.solved]:
            if self.deadline.over(needed=self.bench.effort.time_limit or 0.0):
                break
            self._solve(tried, self.bench.base)

    def _worth_a_search(self) -> list[_Tried]:
        """Those that brought most at once, or might bring most, kind by kind in turn."""
        order = sorted(self.singles, key=lambda each: -self._promise(each))
        by_kind = _in_turn([each.moves[0] for each in order])
        place = {id(move): number for number, move in enumerate(by_kind)}
        return sorted(order, key=lambda each: place[id(each.moves[0])])

    def _promise(self, tried: _Tried) -> float:
        at_once = 0 if tried.best is None else self.bench.gain(tried.best)
        return max(float(at_once), sum(move.estimate for move in tried.moves))

    def _tried(self, moves: tuple[Candidate, ...], start: Planned | None) -> _Tried | None:
        """Moves made, and the plan there was laid into the cluster they make; None where they cannot be made."""
        cluster = self.bench.applied([move.change for move in moves])
        if cluster is None:
            return None
        self.laid += 1
        base = self.bench.base
        made = self.bench.laid_in(cluster, start or base)
        easy = made.value - base.value if made is not None and _nobody_loses(base, made) else None
        return _Tried(moves, cluster, made, easy)

    def _solve(self, tried: _Tried, start: Planned) -> None:
        self.solved += 1
        found = self.bench.solved(tried.cluster, start)
        tried.anew = found is not None
        if found is not None and found.value > tried.value:
            tried.best = found

    # Several

    def _together(self, moves: int) -> list[_Tried]:
        """The best two, then three: the best so far and one more, then one exchanged for another if that is better."""
        found: list[_Tried] = []
        ranked = [each for each in self.singles if each.best is not None]
        ranked = sorted(ranked, key=lambda each: (-each.value, each.moves[0].words))[: _PARTNERS + 1]
        if not ranked:
            return found
        best = ranked[0]
        for size in range(2, moves + 1):
            self.say(f"{size} moves together")
            self.deadline.extend(_FURTHER * (self.depth.seconds or 0.0))
            grown = self._grown(best, ranked)
            if grown is None:
                break
            best = self._swapped(grown, ranked)
            found.append(best)
            self.bench.again()
        return found

    def _grown(self, best: _Tried, partners: Sequence[_Tried]) -> _Tried | None:
        """The best of ``best`` with one move more; None where none goes with it."""
        more = [
            self._tried((*best.moves, *each.moves), best.best)
            for each in partners
            if not each.about & best.about
        ]
        return self._best_of([each for each in more if each is not None], best.best)

    def _swapped(self, found: _Tried, partners: Sequence[_Tried]) -> _Tried:
        """The set with an earlier move exchanged for another, if that is better."""
        others: list[_Tried] = []
        for out in found.moves[:-1]:
            kept = tuple(move for move in found.moves if move is not out)
            for each in partners:
                if not each.about & found.about and not self.deadline.over():
                    tried = self._tried((*each.moves, *kept), found.best)
                    others += [] if tried is None else [tried]
        best = self._best_of(others, found.best)
        return best if best is not None and best.value > found.value else found

    def _best_of(self, tried: list[_Tried], start: Planned | None) -> _Tried | None:
        """The best after the most promising were planned anew; at least one is. None where no plan may stand."""
        order = sorted(tried, key=lambda each: (-each.value, [move.words for move in each.moves]))
        for number, each in enumerate(order[:_PAIRS_SOLVED]):
            if number == 0 or not self.deadline.over(needed=self.bench.effort.time_limit or 0.0):
                self._solve(each, start or self.bench.base)
        best = max(order, key=lambda each: each.value, default=None)
        return None if best is None or best.best is None else best

    def _improving(self, together: Sequence[_Tried], good: Sequence[Suggestion]) -> list[Suggestion]:
        """Sets of moves, each only if it brings more than what is smaller."""
        least = max((each.gain for each in good), default=0)
        kept = []
        for each in together:
            made = self._suggestion(each)
            if made is not None and made.gain > least:
                kept.append(made)
                least = made.gain
        return kept

    def _suggestion(self, tried: _Tried) -> Suggestion | None:
        if tried.best is None or self.bench.gain(tried.best) <= 0 or not self.bench.sound(tried.best):
            return None
        line = whatif_line(self.typed, [move.change for move in tried.moves])
        gain = self.bench.gain(tried.best)
        more = self.bench.paired - self.bench.base.value
        easy = None if tried.easy is None else max(0, tried.easy - more)
        return Suggestion(tried.moves, gain, easy, tried.anew, line, self.bench.base, tried.best)


def _in_turn(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best of each kind, then the second of each, …: no kind is left untried for another's sake."""
    of_kind: dict[str, list[Candidate]] = {}
    for each in candidates:
        of_kind.setdefault(each.kind, []).append(each)
    longest = max((len(found) for found in of_kind.values()), default=0)
    return [found[place] for place in range(longest) for found in of_kind.values() if place < len(found)]


def _nobody_loses(before: Planned, after: Planned) -> bool:
    found = gains(
        Case("before", before.cluster, before.proposal), Case("after", after.cluster, after.proposal)
    )
    return found is not None and not any(party.direction == LOSES for party in found.learners)
