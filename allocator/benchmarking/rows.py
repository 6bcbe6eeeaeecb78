"""What one solve found, and the rows that compare it with the others.

The bound of a stage holds only for plans that keep the floors of the stages before it. A bound of need met is
therefore compared with another run's need met only where both runs reached the same values in every stage
before (in the usual order: the same number of commitments kept), which means the same floors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Row = dict[str, object]

Point = tuple[float, int | None, int | None]
"""(seconds since the call, need met found, bound of need met), as far as known."""


@dataclass(frozen=True)
class Case:
    """What one run was asked: an instance, a strategy (by its name among the contestants) and a seed."""

    cluster: str
    needs: int
    people: int
    strategy: str
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What one run found, proved and took. Without a proposal most of it is None."""

    seconds: float
    stopped: str
    """Why the search stopped; or, in words, why there is no proposal."""
    load: float | None
    first_proposal_s: float | None = None
    before: tuple[int, ...] | None = None
    """Values of the stages before need met, to be maximised (costs are negative)."""
    commitments_kept: int | None = None
    need_met: int | None = None
    need_met_in_proposal: int | None = None
    bound: int | None = None
    violations: tuple[str, ...] | None = None
    """What the checker found wrong, one sentence each."""
    peak_mib: float | None = None
    """The most memory the process of the run held until the proposal was there."""
    trace: tuple[Point, ...] = ()
    """Need met and its bound whenever one of them changed."""


Measured = tuple[Case, Outcome]


def with_gaps(group: Sequence[Measured]) -> list[Row]:
    """Rows of one instance, with their gaps: (bound − need met) ÷ the larger of the two, as a share.

    ``gap_own`` takes the run's own bound. ``gap_best`` takes the smallest bound of the runs that did best in the
    stages before need met, and is None for every other run: its floors were lower, so it answered an easier
    question. A negative gap is a bound that another run disproved, and is shown as it is.
    """
    reached = [outcome.before for _, outcome in group if outcome.before is not None]
    best = max(reached, default=None)
    bounds = [o.bound for _, o in group if o.before is not None and o.before == best and o.bound is not None]
    bound = min(bounds, default=None)
    return [
        _row(case, outcome, bound if outcome.before is not None and outcome.before == best else None)
        for case, outcome in group
    ]


def _row(case: Case, outcome: Outcome, best_bound: int | None) -> Row:
    return {
        "cluster": case.cluster,
        "needs": case.needs,
        "people": case.people,
        "strategy": case.strategy,
        "seed": case.seed,
        "first_proposal_s": _rounded(outcome.first_proposal_s, 3),
        "seconds": round(outcome.seconds, 3),
        "commitments_kept": outcome.commitments_kept,
        "need_met": outcome.need_met,
        "need_met_in_proposal": outcome.need_met_in_proposal,
        "bound": outcome.bound,
        "gap_own": gap(outcome.need_met, outcome.bound),
        "gap_best": gap(outcome.need_met, best_bound),
        "violations": None if outcome.violations is None else len(outcome.violations),
        "stopped": outcome.stopped,
        "load": _rounded(outcome.load, 2),
        "peak_mib": _rounded(outcome.peak_mib, 1),
        "trace": [[round(seconds, 3), found, bound] for seconds, found, bound in outcome.trace],
    }


def gap(value: int | None, bound: int | None) -> float | None:
    """(bound − value) ÷ the larger of the two; None where one is not known."""
    if value is None or bound is None:
        return None
    largest = max(abs(value), abs(bound))
    return (bound - value) / largest if largest else 0.0


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
