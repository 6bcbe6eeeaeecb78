"""Applying scenarios: change after change, each checked, each reporting what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from allocator.errors import Fault, InputError
from allocator.models.world import Cluster
from scenarios.changes import FUNCTIONS, Change, Refused
from scenarios.composing import changes_of
from scenarios.model import Scenario
from scenarios.validity import faults_of, told


@dataclass(frozen=True)
class Step:
    """One change made: what it was, and in a sentence what it did to the rows."""

    change: Change
    sentence: str


@dataclass(frozen=True)
class Applied:
    """A cluster after some changes, and what each of them did."""

    cluster: Cluster
    steps: tuple[Step, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The effect of each change, in turn."""
        return tuple(step.sentence for step in self.steps)


def apply(
    cluster: Cluster,
    scenario: Scenario | Path | str,
    *,
    library: Mapping[str, Scenario] | None = None,
) -> Cluster:
    """The cluster as it would be. The one given stays as it is.

    ``scenario`` may be a file's path or the name of a ready-made question (``"S4"``).

    Raises:
        InputError: a change names what is not there, changes nothing, or leads to a cluster that is not valid;
            each fault with the file, line and key of the change.
    """
    return apply_in_turn(cluster, scenario, library=library).cluster


def apply_in_turn(
    cluster: Cluster,
    scenario: Scenario | Path | str,
    *,
    library: Mapping[str, Scenario] | None = None,
) -> Applied:
    """As ``apply``, with what each change did.

    Raises:
        InputError: as ``apply``.
    """
    if not isinstance(scenario, Scenario):
        from scenarios.reading import read_one

        scenario = read_one(scenario)
    return apply_changes(cluster, changes_of(scenario, library))


def apply_changes(cluster: Cluster, changes: Sequence[Change]) -> Applied:
    """Changes in turn, without a scenario around them.

    After a change that fails the rest is not tried: what it would have brought may be what they speak of.

    Raises:
        InputError: as ``apply``.
    """
    steps: list[Step] = []
    for change in changes:
        cluster, sentence = _made(cluster, change)
        steps.append(Step(change, sentence))
    return Applied(cluster, tuple(steps))


def _made(cluster: Cluster, change: Change) -> tuple[Cluster, str]:
    try:
        effect = FUNCTIONS[type(change)](cluster, change)
    except Refused as refused:
        raise InputError([change.place.fault(refused.path, refused.message, refused.found)]) from None
    except ValidationError as error:
        raise InputError(
            change.place.fault((), f"the changed cluster would not be valid: {item['msg']}")
            for item in error.errors()
        ) from None
    if effect.cluster == cluster:
        raise InputError([change.place.fault(("change",), "this changes nothing", change.change)])
    faults = _new_faults(cluster, effect.cluster, change)
    if faults:
        raise InputError(faults)
    return effect.cluster, effect.sentence


def _new_faults(before: Cluster, after: Cluster, change: Change) -> list[Fault]:
    """What the reader would refuse now and did not before."""
    known = {told(fault, before) for fault in faults_of(before)}
    sentences = [told(fault, after) for fault in faults_of(after)]
    return [change.place.fault((), words) for words in dict.fromkeys(sentences) if words not in known]
