"""Who gains, who loses, who is untouched: learners, sites and people, aligned by their codes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from allocator.comparing.cases import Case
from allocator.reporting.figures import Figures

GAINS, LOSES, UNTOUCHED = "gains", "loses", "untouched"
WHOLE = 10_000
"""A need met in full, in basis points."""


@dataclass(frozen=True)
class Party:
    """A learner or site (share of need met, in basis points) or a person (minutes a week), on both sides.

    Only needs that both sides plan count: a need that is new takes nothing from anybody. For a person, more
    work counts as ``gains`` (of work); that is said in words where it is shown.
    """

    kind: str
    code: str
    name: str
    before: int
    after: int
    other_person: bool = False
    """Learners: somebody else serves them."""

    @property
    def delta(self) -> int:
        """After minus before."""
        return self.after - self.before

    @property
    def direction(self) -> str:
        """Which of the three it is."""
        return GAINS if self.delta > 0 else LOSES if self.delta < 0 else UNTOUCHED


@dataclass(frozen=True)
class Gains:
    """Everybody on both sides of a pair of cases, and how many needs only one side plans."""

    learners: tuple[Party, ...]
    sites: tuple[Party, ...]
    people: tuple[Party, ...]
    new_needs: int
    new_served: int
    gone_needs: int
    gone_served: int

    def of(self, kind: str) -> tuple[Party, ...]:
        """``learners``, ``sites`` or ``people``."""
        return {"learners": self.learners, "sites": self.sites, "people": self.people}[kind]


def gains(before: Case, after: Case) -> Gains | None:
    """Who gains from ``before`` to ``after``; None where one of them has no plan."""
    old, new = before.figures, after.figures
    if old is None or new is None:
        return None
    there = {need.need_id for need in old.needs}
    now = {need.need_id for need in new.needs}
    both = there & now
    return Gains(
        learners=_learners(old, new, both),
        sites=_sites(old, new, both),
        people=_people(old, new),
        new_needs=len(now - there),
        new_served=len((now - there) & new.served.keys()),
        gone_needs=len(there - now),
        gone_served=len((there - now) & old.served.keys()),
    )


def _share(figures: Figures, codes: list[str]) -> int:
    """Need met of some needs over what they ask, in basis points; needs that weigh nothing count by head."""
    asked = sum(figures.asked[code] for code in codes)
    if asked:
        return round(WHOLE * sum(figures.value.get(code, 0) for code in codes) / asked)
    return round(WHOLE * sum(code in figures.served for code in codes) / len(codes))


def _learners(old: Figures, new: Figures, both: set[str]) -> tuple[Party, ...]:
    """A project stands for itself, under its need's code."""
    needs: dict[str, list[str]] = defaultdict(list)
    for need in new.needs:
        if need.need_id in both:
            needs[need.learner_id or need.need_id].append(need.need_id)
    made = []
    for code, theirs in sorted(needs.items()):
        served = [who for who in theirs if who in old.served and who in new.served]
        other = any(_staff(old, who) != _staff(new, who) for who in served)
        made.append(Party("learners", code, code, _share(old, theirs), _share(new, theirs), other))
    return tuple(made)


def _staff(figures: Figures, need: str) -> set[str]:
    return {row.staff_id for row in figures.served[need]}


def _sites(old: Figures, new: Figures, both: set[str]) -> tuple[Party, ...]:
    needs: dict[str, list[str]] = defaultdict(list)
    for need in new.needs:
        if need.need_id in both:
            needs[need.site_id].append(need.need_id)
    return tuple(
        Party("sites", code, new.cluster.site[code].name, _share(old, theirs), _share(new, theirs))
        for code, theirs in sorted(needs.items())
    )


def _people(old: Figures, new: Figures) -> tuple[Party, ...]:
    """Minutes a week that are used; somebody who is only on one side has none on the other."""
    was = {row.staff_id: round(row.used) for row in old.carried}
    now = {row.staff_id: round(row.used) for row in new.carried}
    return tuple(
        Party("people", code, code, was.get(code, 0), now.get(code, 0)) for code in sorted({*was, *now})
    )
