"""Scenarios built on scenarios: those named as ``base`` come first, each once, and never in a circle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from allocator.errors import Fault, InputError
from allocator.io.similar import did_you_mean
from scenarios.changes import Change
from scenarios.model import Scenario

SUFFIX = ".yaml"


def changes_of(scenario: Scenario, library: Mapping[str, Scenario] | None = None) -> tuple[Change, ...]:
    """Every change of a scenario in the order in which it is made, those of its base first.

    A base named by several of the scenarios is applied once. Names are looked up in ``library``, then beside
    the scenario's file, then among the ready-made questions.

    Raises:
        InputError: a base that is not there, a base that is swept, or a circle.
    """
    done: list[str] = []
    return tuple(_collect(scenario, library or {}, [], done))


def _collect(
    scenario: Scenario, library: Mapping[str, Scenario], above: list[str], done: list[str]
) -> list[Change]:
    key = _key(scenario)
    if key in above:
        way = " → ".join(Path(name).stem for name in [*above[above.index(key) :], key])
        raise InputError([_fault(scenario, f"the scenarios are based on each other in a circle: {way}")])
    if key in done:
        return []
    made: list[Change] = []
    for name in scenario.base:
        made += _collect(_base(scenario, name, library), library, [*above, key], done)
    done.append(key)
    return [*made, *scenario.own_changes]


def _key(scenario: Scenario) -> str:
    return str(scenario.folder / scenario.name) if scenario.folder is not None else scenario.name


def _fault(scenario: Scenario, message: str, found: str | None = None) -> Fault:
    return Fault(scenario.name, message, column="base", found=found)


def _base(scenario: Scenario, name: str, library: Mapping[str, Scenario]) -> Scenario:
    if name in library:
        return library[name]
    from scenarios.reading import question_names, read_one

    folder = scenario.folder or Path()
    for path in (folder / name, folder / f"{name}{SUFFIX}"):
        if path.is_file():
            return read_one(path)
    if name in question_names():
        return read_one(name)
    beside = {path.stem for path in folder.glob(f"*{SUFFIX}")}
    hint = did_you_mean(name, [*library, *sorted(beside), *question_names()])
    message = f"there is no such scenario beside this one or among the ready-made questions{hint}"
    raise InputError([_fault(scenario, message, name)])
