"""Three to five proposals, one search after the other; each is verified before it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.alternatives.features import distance
from allocator.alternatives.folder import Folder, Found
from allocator.alternatives.holding import holding
from allocator.alternatives.leanings import LEANINGS, Leaning, most_need_met, reference_of
from allocator.alternatives.results import Alternative, Alternatives, Attempt, Question
from allocator.alternatives.surprises import SHARES, Pair, telling_pairs, without
from allocator.errors import InfeasibleError, NotFoundError
from allocator.models.policy import Goal, Policy
from allocator.models.proposal import Proposal, StopReason
from allocator.reporting.words import count

if TYPE_CHECKING:
    from allocator.models.world import Cluster

FIRST = LEANINGS[0]
AGAIN = "most-again"
MORE = 1.5
"""The first search takes longer: all others start from its plan."""
GENTLER = 1 / 3
"""The part of the slack that a leaning aims at when it went too far."""


def find_alternatives(
    cluster: Cluster,
    question: Question | None = None,
    *,
    folder: Path | None = None,
    say: Callable[[str], None] | None = None,
) -> Alternatives:
    """Proposals that are each good, each kept within the slack, and each visibly different.

    Args:
        cluster: as ``allocator.read_cluster`` returns it.
        question: how many, within what slack, how far apart, how hard to search.
        folder: write each proposal there as it is found; where one of the same cluster and question lies there
            already, go on from it (``count``, ``surprises`` and ``leanings`` may differ).
        say: called with one sentence before each search.

    Raises:
        InfeasibleError, NotFoundError: there is no first proposal.
        InputError: the folder holds alternatives of another cluster, seed or other options; or a file in it is wrong.
        OSError: the folder cannot be written.
        KeyboardInterrupt: stopped by hand before the first proposal.
    """
    asked = question or Question()
    kept = None if folder is None else Folder(folder, cluster, asked)
    search = _Finding(cluster, asked, kept, say or (lambda _: None))
    if kept is not None:
        search.found = kept.load()
    return search.run()


@dataclass(frozen=True)
class _Step:
    """A search to come: its key and name, and how it is made."""

    key: str
    name: str
    words: str
    surprise: bool
    make: Callable[[], Iterator[Proposal]]
    """Plans one after the other, each only if the one before was refused for its value."""


@dataclass
class _Finding:
    """The state of the search: what was tried and what is kept, in the order in which it was found."""

    cluster: Cluster
    question: Question
    folder: Folder | None
    say: Callable[[str], None]
    found: Found = field(default_factory=Found)
    stopped: bool = False

    def run(self) -> Alternatives:
        """Search until there are enough, nothing is left to try, or somebody stops it."""
        while not self.stopped and (step := self._next()) is not None:
            self._take(step)
        order = [each.key for each in LEANINGS]
        shown = sorted(
            self.found.kept.values(),
            key=lambda each: (each.surprise, order.index(each.key) if each.key in order else 0, each.key),
        )
        return Alternatives(
            self.cluster,
            self.question,
            tuple(shown),
            tuple(self.found.attempts),
            self.found.bound,
            self.stopped,
        )

    # What comes next

    def _next(self) -> _Step | None:
        if not self._tried(FIRST.key):
            return self._leaning(FIRST)
        room = self.question.count - len(self.found.kept)
        if room > 0:
            surprises = sum(each.surprise for each in self.found.kept.values())
            leanings = [
                each for each in LEANINGS if each.key in self.question.leanings and not self._tried(each.key)
            ]
            surprise = self._surprise(surprises + 1)
            if leanings and (surprise is None or room > self.question.surprises - surprises):
                return self._leaning(leanings[0])
            if surprise is not None and self.question.surprises:
                return surprise
        return self._again()

    def _tried(self, key: str) -> bool:
        return any(each.key == key for each in self.found.attempts)

    def _leaning(self, leaning: Leaning) -> _Step:
        def make() -> Iterator[Proposal]:
            if leaning is FIRST:
                yield self._first()
                return
            start = self.found.kept[FIRST.key].proposal
            reference = reference_of(self.cluster, start)
            for slack in (self.question.slack, GENTLER * self.question.slack):
                policies = leaning.of(self.cluster.policy, slack, reference)
                yield self._solved(self.cluster, policies, start)

        return _Step(leaning.key, leaning.name, leaning.words, False, make)

    def _first(self) -> Proposal:
        """The plan that meets most need; its bound is kept, since recording it under the agreed goals loses it."""
        policy = most_need_met(self.cluster.policy)
        made = self.question.effort.solve(_with_policy(self.cluster, policy), part=MORE)
        self._learn(made)
        return made

    def _learn(self, made: Proposal) -> None:
        """Keep the proved limit of need met. A later one of a plan that keeps other commitments is not comparable."""
        for stage in made.stages:
            if stage.goals == (Goal.NEED_MET,):
                known = self.found.bound
                self.found.bound = stage.bound if known is None else min(known, stage.bound)

    def _surprise(self, number: int) -> _Step | None:
        """The next attempt at a surprise; None when all were made."""
        key = f"surprise-{number}"
        for attempt, share in enumerate(SHARES, start=1):
            if self._tried(f"{key}-{attempt}"):
                continue
            features = [each.features for each in self.found.kept.values()]
            # a later attempt leaves out the first pairs too: they may be what broke the slack
            pairs = telling_pairs(self.cluster, features, share, attempt - 1)
            if not pairs:
                return None

            name = "Surprise" if number == 1 else f"Surprise {number}"
            words = f"{count(len(pairs), 'visiting pair')} that the others share set aside"
            make = partial(self._set_aside, pairs)
            return _Step(f"{key}-{attempt}", name, words, True, make)
        return None

    def _set_aside(self, pairs: tuple[Pair, ...]) -> Iterator[Proposal]:
        """As much need met as can be, without what the others agree on."""
        start = self.found.kept[FIRST.key].proposal
        yield self._solved(without(self.cluster, pairs), (most_need_met(self.cluster.policy),), start)

    def _again(self) -> _Step | None:
        """Most need met, searched again from a proposal that was found to meet more; once."""
        first = self.found.kept.get(FIRST.key)
        better = [
            each
            for each in self.found.kept.values()
            if first is not None and each.value > first.value and each.commitments >= first.commitments
        ]
        if not better or self._tried(AGAIN):
            return None
        start = max(better, key=lambda each: each.value).proposal

        def make() -> Iterator[Proposal]:
            yield self._solved(self.cluster, (most_need_met(self.cluster.policy),), start)

        return _Step(AGAIN, FIRST.name, FIRST.words, False, make)

    # Searching, verifying, keeping

    def _solved(self, cluster: Cluster, policies: tuple[Policy, ...], start: Proposal) -> Proposal:
        """The plan of the last policy, each started from the plan before; the time is shared out evenly."""
        plan, held = start, holding(cluster, start)
        for policy in policies:
            plan = self.question.effort.solve(_with_policy(held, policy), plan, part=1 / len(policies))
        return plan

    def _take(self, step: _Step) -> None:
        self.say(step.name if step.key != AGAIN else f"{step.name}, again from a plan that meets more")
        why, proposal = "", None
        try:
            for plan in step.make():
                if plan.stopped is StopReason.INTERRUPTED:
                    self._stop()
                    return
                proposal = self.question.effort.record(self.cluster, plan)
                why, retry = self._refused(step, proposal)
                if not retry:
                    break
        except (InfeasibleError, NotFoundError):
            if step.key == FIRST.key:
                raise
            why = "no plan was found"
        key = _kept_key(step.key)
        if why or proposal is None:
            self._note(Attempt(step.key, step.name, False, why))
            return
        made = Alternative(key, step.name, step.words, step.surprise, self.cluster, proposal)
        if self.folder is not None:
            self.folder.save(key, proposal)
        self.found.kept[key] = made
        self._note(Attempt(step.key, step.name, True))
        if step.key == AGAIN:
            self._sift()

    def _stop(self) -> None:
        """Stopped by hand: what was being searched is not kept, so that a second call searches it in full."""
        if FIRST.key not in self.found.kept:
            raise KeyboardInterrupt
        self.stopped = True

    def _refused(self, step: _Step, proposal: Proposal) -> tuple[str, bool]:
        """Why a proposal is not kept (blank: it is), and whether aiming lower may help."""
        import allocator

        faults = allocator.check(self.cluster, proposal)
        if faults:
            return f"the checker refuses it: {faults[0]}", False
        others = {key: each for key, each in self.found.kept.items() if key != _kept_key(step.key)}
        made = Alternative("", step.name, "", False, self.cluster, proposal)
        why = self._too_low(made)
        if why:
            return why, True
        for other in others.values():
            far = distance(made.features, other.features)
            if far < self.question.distance:
                least = f"{100 * self.question.distance:g}%"
                return f"{100 * far:.1f}% from {other.name}, nearer than the {least} asked", False
        return "", False

    def _too_low(self, made: Alternative) -> str:
        """Why a proposal is outside what was agreed to give up; blank if it is inside."""
        first = self.found.kept.get(FIRST.key)
        if first is None:
            return ""
        kept = first.commitments
        if made.commitments < kept:
            return f"it keeps {count(kept - made.commitments, 'commitment')} fewer"
        best = max(each.value for each in self.found.kept.values())
        if made.value < best - int(self.question.slack * best + 1e-9):
            return f"it meets {100 * (1 - made.value / best):.2f}% less need, more than the slack"
        return ""

    def _sift(self) -> None:
        """After more need was met: proposals that fall out of the slack are no longer kept."""
        for key, each in list(self.found.kept.items()):
            why = self._too_low(each)
            if why:
                del self.found.kept[key]
                self.found.attempts = [
                    replace(attempt, kept=False, why=why) if _kept_key(attempt.key) == key else attempt
                    for attempt in self.found.attempts
                ]
        if self.folder is not None:
            self.folder.write(self.found)

    def _note(self, attempt: Attempt) -> None:
        self.found.attempts.append(attempt)
        if self.folder is not None:
            self.folder.write(self.found)


def _kept_key(key: str) -> str:
    """``surprise-1-2`` -> ``surprise-1``; a second search for most need met replaces the first."""
    if key == AGAIN:
        return FIRST.key
    return key.rpartition("-")[0] if key.startswith("surprise-") else key


def _with_policy(cluster: Cluster, policy: Policy) -> Cluster:
    """The cluster under another policy; built anew, so that nothing remembered of the old one is kept."""
    content = {name: getattr(cluster, name) for name in type(cluster).model_fields}
    return type(cluster)(**{**content, "policy": policy})
