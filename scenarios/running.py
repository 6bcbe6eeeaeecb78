"""Scenarios put to the solver: each a case to compare, and the part of each change in the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from allocator.comparing import Attribution, Case, attribute
from allocator.errors import InfeasibleError, InputError, NotFoundError
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from allocator.reporting.privacy import shielded
from scenarios.applying import Applied, apply_changes
from scenarios.changes import Change
from scenarios.changes.base import fresh

Solve = Callable[[Cluster], Proposal]
NOT_FOUND = "No plan was found in time; nothing is proved."


def case_of(
    name: str, cluster: Cluster, solve: Solve, effects: Sequence[str] = (), question: str = ""
) -> Case:
    """A cluster with its plan. Where there is none the case says why, so that the others can still be seen."""
    try:
        return Case(name, cluster, solve(cluster), tuple(effects), "", question)
    except InfeasibleError as error:
        return Case(name, cluster, None, tuple(effects), str(shielded(cluster, error)), question)
    except NotFoundError:
        return Case(name, cluster, None, tuple(effects), NOT_FOUND, question)


def attribution_of(
    base: Case, together: Case, applied: Applied, solve: Solve, say: Callable[[str], None] = lambda _: None
) -> Attribution | None:
    """Each change solved alone, set against all of them; None where base or together has no plan.

    A change that cannot be made without an earlier one (a pin of somebody who was added) has no part of its
    own: what it brings is in the interaction, and the attribution says so.
    """
    if base.proposal is None or together.proposal is None:
        return None
    singles: list[Proposal | None] = []
    missing: list[str] = []
    for number, step in enumerate(applied.steps, start=1):
        say(f"{together.name}, change {number} of {len(applied.steps)} alone")
        plan, why = _alone(base.cluster, step.change, solve)
        singles.append(plan)
        missing.append(why)
    words = applied.sentences
    return attribute(together.name, words, base.proposal, singles, together.proposal, missing)


def _alone(cluster: Cluster, change: Change, solve: Solve) -> tuple[Proposal | None, str]:
    try:
        changed = apply_changes(cluster, [change]).cluster
    except InputError:
        return None, "it cannot be made without those before it"
    case = case_of("", changed, solve)
    if case.proposal is None:
        return None, "alone it leaves no plan" if case.problem != NOT_FOUND else "no plan was found in time"
    return case.proposal, ""


def save_cases(cases: Sequence[Case], folder: Path) -> list[Path]:
    """Write each proposal as ``folder/NAME.json`` and its cluster as ``folder/NAME``, to check it against.

    Names are made such as a folder can have, and different; a case without a plan is left out.

    Raises:
        OSError: the folder cannot be made or written.
        InputError: a cluster holds a code no file can hold.
    """
    from allocator.io.proposals import save_proposal
    from allocator.io.writer import write_cluster

    saved: dict[str, Path] = {}
    for case in cases:
        if case.proposal is None:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        # upper and lower case are one name on some systems
        name = fresh(_file_name(case.name), saved, key=str.casefold)
        saved[name] = folder / f"{name}.json"
        write_cluster(case.cluster, folder / name)
        save_proposal(case.proposal, saved[name])
    return list(saved.values())


def _file_name(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "-" for char in name).strip("-") or "case"
