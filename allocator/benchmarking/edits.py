"""Five random edits by a meeting: how few relationships change, whether that is proved, and whether the floors hold."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocator.editing.edits import AnyEdit
    from allocator.editing.result import Resolved
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster
    from allocator.solvers.problem import Problem

Row = dict[str, Any]
EDITS_PER_DRAW = 5
_KINDS = ("pin", "reject", "move")
_TRIES = 1000


def random_edits(cluster: Cluster, agreed: Proposal, number: int, seed: int) -> tuple[AnyEdit, ...]:
    """Edits such as a meeting makes: each about another need shared with the cluster, and each possible by itself.

    A pin gives a need, met or not, to somebody who may serve it one to one; a rejection takes a served need from its
    person; a move gives a served need to somebody else who may serve it. Locked and tied needs are left alone.
    """
    from allocator.solvers.options import build_problem

    rng = random.Random(seed)
    problem = build_problem(cluster)
    now = {row.need_id: row.staff_id for row in agreed.allocations}
    open_needs = [
        n
        for n, need in enumerate(problem.needs)
        if need.shared_with_cluster and not problem.is_forced[n] and len(problem.options_of_need[n])
    ]
    made: list[AnyEdit] = []
    used: set[int] = set()
    for _ in range(_TRIES):
        left = [n for n in open_needs if n not in used]
        if len(made) == number or not left:
            break
        n = rng.choice(left)
        edit = _edit(problem, n, now, rng)
        if edit is not None:
            made.append(edit)
            used.add(n)
    return tuple(made)


def _edit(problem: Problem, n: int, now: dict[str, str], rng: random.Random) -> AnyEdit | None:
    from allocator.editing.edits import Move, Pin, Reject

    need, kind = problem.needs[n].need_id, rng.choice(_KINDS)
    options = problem.options_of_need[n]
    alone = options[(problem.slot[options] < 0) & (problem.part[options] == 0)]
    able = sorted({problem.cluster.staff[k].staff_id for k in problem.person[alone].tolist()})
    there = now.get(need)
    asked = {"by": "the meeting", "reason": "drawn at random"}
    if kind == "pin" and able:
        return Pin(need=need, person=rng.choice(able), **asked)
    if kind == "reject" and there is not None:
        return Reject(need=need, person=there, **asked)
    others = [code for code in able if code != there]
    if kind == "move" and there is not None and others:
        return Move(need=need, from_person=there, to_person=rng.choice(others), **asked)
    return None


def measure_edits(
    clusters: dict[str, Cluster],
    *,
    draws: int,
    edits: int = EDITS_PER_DRAW,
    time_limit: float = 10.0,
    solve_limit: float = 10.0,
    give_up: float | None = None,
    seed: int = 1,
    tell: Callable[[Row], None] | None = None,
) -> list[Row]:
    """One row a draw: each cluster is solved once, then every draw of edits is put to that proposal.

    Keys: ``cluster``, ``draw``, ``edits``, ``outcome`` (``resolved``, ``contradiction`` or ``not found``), ``changed``
    (relationships), ``at_least`` (proved), ``proved``, ``asked`` (of those changed, the edits' own), ``newly_met``,
    ``need_met_agreed``, ``need_met_floor``, ``need_met`` (points), ``floor_lowered``, ``floor_proved_impossible``,
    ``floor_held``, ``commitments_agreed``, ``commitments_kept``, ``violations``, ``seconds``.

    Raises:
        InfeasibleError, NotFoundError: a cluster has no plan to begin with.
    """
    import allocator

    rows = []
    for name, cluster in clusters.items():
        agreed = allocator.solve(cluster, time_limit=solve_limit, seed=seed)
        for draw in range(1, draws + 1):
            chosen = random_edits(cluster, agreed, edits, 1000 * seed + draw)
            row = _one(name, draw, cluster, agreed, chosen, time_limit, give_up)
            rows.append(row)
            if tell is not None:
                tell(row)
    return rows


def _one(name: str, draw: int, cluster: Cluster, agreed: Proposal, edits: Sequence[AnyEdit], time_limit: float,
         give_up: float | None) -> Row:  # fmt: skip
    from allocator.editing.resolving import GIVE_UP, resolve
    from allocator.errors import InfeasibleError, NotFoundError

    began = time.monotonic()
    row: Row = {"cluster": name, "draw": draw, "edits": len(edits)}
    try:
        made = resolve(
            cluster, agreed, edits, time_limit=time_limit, give_up=GIVE_UP if give_up is None else give_up
        )
    except InfeasibleError:
        return {**row, "outcome": "contradiction", **_NOTHING, **_took(began)}
    except NotFoundError:
        return {**row, "outcome": "not found", **_NOTHING, **_took(began)}
    return {**row, "outcome": "resolved", **_figures(made), **_took(began)}


def _took(began: float) -> Row:
    return {"seconds": round(time.monotonic() - began, 2)}


_FIGURES = (
    "changed", "at_least", "proved", "asked", "newly_met", "need_met_agreed", "need_met_floor", "need_met",
    "floor_lowered", "floor_proved_impossible", "floor_held", "commitments_agreed", "commitments_kept", "violations",
)  # fmt: skip
_NOTHING: Row = dict.fromkeys(_FIGURES)


def _figures(made: Resolved) -> Row:
    from allocator.checking import check
    from allocator.models.policy import Goal

    held = {each.goal: each for each in made.floors}
    value, kept = held[Goal.NEED_MET], held[Goal.COMMITMENTS_KEPT]
    figures = (
        made.count, made.at_least, made.least_count, sum(c.edit is not None for c in made.changes),
        len(made.newly_met), value.agreed, value.floor, value.value, value.lowered, value.impossible,
        value.value >= value.floor and kept.value >= kept.floor, kept.agreed, kept.value,
        len(check(made.cluster, made.proposal)),
    )  # fmt: skip
    return dict(zip(_FIGURES, figures, strict=True))


def summary(rows: Sequence[Row]) -> list[Row]:
    """One row a cluster: how many draws were resolved, proved least, with the floor as agreed; medians."""
    from statistics import median

    made = []
    for name in dict.fromkeys(row["cluster"] for row in rows):
        every = [row for row in rows if row["cluster"] == name]
        done = [row for row in every if row["outcome"] == "resolved"]
        made.append({
            "cluster": name, "draws": len(every), "resolved": len(done),
            "contradictions": sum(row["outcome"] == "contradiction" for row in every),
            "proved_least": sum(row["proved"] for row in done),
            "floor_held": sum(row["floor_held"] for row in done),
            "floor_lowered": sum(row["floor_lowered"] for row in done),
            "floor_proved_impossible": sum(row["floor_proved_impossible"] for row in done),
            "changed": median(row["changed"] for row in done) if done else None,
            "at_least": median(row["at_least"] for row in done) if done else None,
            "violations": sum(row["violations"] for row in done),
            "seconds": round(median(row["seconds"] for row in every), 2),
        })  # fmt: skip
    return made
