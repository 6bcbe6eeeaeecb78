"""Random changes to a cluster, planned anew in a moment from the plan before, against a fresh long search."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster
    from scenarios.changes import Change

Row = dict[str, Any]
ENOUGH = 0.003
"""A plan this near to the long search's need met, with no fewer commitments kept, is as good."""
_TRIES = 200


def random_changes(
    cluster: Cluster, proposal: Proposal, number: int, seed: int
) -> Iterator[tuple[Change, Cluster]]:
    """Changes such as a term brings, each alone, with the cluster it makes.

    Somebody leaves, works 0.2 FTE more or less, or is away half of the first term; a need may not stay with the person
    who serves it. Changes that cannot be made (an only liaison, say) are drawn again.
    """
    from allocator.errors import InputError
    from scenarios.applying import apply_changes

    rng, made = random.Random(seed), 0
    for _ in range(_TRIES):
        if made == number:
            return
        try:
            change = _change(cluster, proposal, rng)
            yield change, apply_changes(cluster, [change]).cluster
            made += 1
        except (InputError, ValueError):
            continue


def _change(cluster: Cluster, proposal: Proposal, rng: random.Random) -> Change:
    from scenarios.changes.agreements import Forbid
    from scenarios.changes.people import Absence, ChangeStaff, RemoveStaff

    person = rng.choice(cluster.staff)
    kind = rng.choice(("leaves", "hours", "absence", "forbid"))
    if kind == "leaves":
        return RemoveStaff(person=person.staff_id)
    if kind == "hours":
        fte = round(person.fte + rng.choice((-0.2, 0.2)), 2)
        return ChangeStaff(person=person.staff_id, set={"fte": fte})
    if kind == "absence":
        return Absence(person=person.staff_id, term=cluster.terms[0].id, share=0.5)
    row = rng.choice(proposal.allocations)
    return Forbid(person=row.staff_id, need=row.need_id)


def measure_whatifs(
    clusters: dict[str, Cluster],
    *,
    changes: int,
    time_limit: float = 2.0,
    long_limit: float = 30.0,
    seed: int = 1,
    tell: Callable[[Row], None] | None = None,
) -> list[Row]:
    """One row a change: planned anew from the cluster's own plan within ``time_limit``, and afresh in ``long_limit``.

    Keys: ``cluster``, ``number``, ``change``, ``outcome`` (``planned`` or ``no plan``), ``seconds`` (of the first, with
    building the problem), ``kept``, ``need_met`` (points), ``violations``, ``kept_fresh``, ``need_met_fresh``,
    ``short`` (share of the fresh need met that is missing, negative where there is more), ``enough``.

    Raises:
        InfeasibleError, NotFoundError: a cluster has no plan to begin with.
    """
    import allocator

    rows: list[Row] = []
    for name, cluster in clusters.items():
        before = allocator.solve(cluster, time_limit=long_limit, seed=seed)
        for number, (change, changed) in enumerate(random_changes(cluster, before, changes, seed), start=1):
            words = " ".join(f"{key}={value}" for key, value in change.model_dump(exclude_none=True).items())
            row = {"cluster": name, "number": number, "change": words}
            rows.append({**row, **_one(changed, before, time_limit, long_limit, seed)})
            if tell is not None:
                tell(rows[-1])
    return rows


def _one(changed: Cluster, before: Proposal, time_limit: float, long_limit: float, seed: int) -> Row:
    import allocator
    from allocator.errors import InfeasibleError
    from allocator.models.policy import Goal

    began = time.monotonic()
    try:
        quick = allocator.solve(changed, time_limit=time_limit, seed=seed, start=before)
    except InfeasibleError:
        return {"outcome": "no plan", "seconds": round(time.monotonic() - began, 2)}
    seconds = round(time.monotonic() - began, 2)
    fresh = allocator.solve(changed, time_limit=long_limit, seed=seed)
    kept, fresh_kept = (each.goal_values[Goal.COMMITMENTS_KEPT] for each in (quick, fresh))
    met, fresh_met = (_met(each) for each in (quick, fresh))
    short = (fresh_met - met) / fresh_met if fresh_met else 0.0
    return {
        "outcome": "planned", "seconds": seconds, "kept": kept, "need_met": met,
        "violations": len(allocator.check(changed, quick)), "kept_fresh": fresh_kept, "need_met_fresh": fresh_met,
        "short": round(short, 5), "enough": kept > fresh_kept or (kept == fresh_kept and short <= ENOUGH),
    }  # fmt: skip


def _met(proposal: Proposal) -> int:
    """Need met when its turn was over; later goals may give up some of it."""
    return next(stage.value for stage in proposal.stages if stage.name == "need_met")


def summary(rows: Sequence[Row]) -> list[Row]:
    """One row a cluster: how many changes were planned, how many as well as afresh, and how long they took."""
    from statistics import median

    made = []
    for name in dict.fromkeys(row["cluster"] for row in rows):
        every = [row for row in rows if row["cluster"] == name]
        done = [row for row in every if row["outcome"] == "planned"]
        made.append({
            "cluster": name, "changes": len(every), "planned": len(done), "enough": sum(row["enough"] for row in done),
            "fewer_kept": sum(row["kept"] < row["kept_fresh"] for row in done),
            "short": round(median(row["short"] for row in done), 5) if done else None,
            "worst": max((row["short"] for row in done), default=None),
            "violations": sum(row["violations"] for row in done),
            "seconds": round(median(row["seconds"] for row in every), 2),
            "longest": max(row["seconds"] for row in every),
        })  # fmt: skip
    return made
