"""What-ifs and ready-made clusters that ship with the allocator.

The ready-made clusters are fictional in name and people; their rolls, distances and rates are like real ones.

    >>> from scenarios import ready_made
    >>> ready_made("urban")  # doctest: +SKIP
    PosixPath('.../scenarios/ready_made/urban')

A scenario is a list of typed changes, each a pure function cluster → cluster:

    >>> import allocator, scenarios
    >>> cluster = allocator.read_cluster(scenarios.ready_made("urban"))  # doctest: +SKIP
    >>> after = scenarios.apply(cluster, "S4")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.applying import Applied, Step, apply, apply_changes, apply_in_turn
    from scenarios.composing import changes_of
    from scenarios.model import Scenario
    from scenarios.reading import question, question_names, read_one, read_scenarios
    from scenarios.schema import scenario_schema

__all__ = [
    "READY_MADE",
    "Applied",
    "Scenario",
    "Step",
    "apply",
    "apply_changes",
    "apply_in_turn",
    "changes_of",
    "question",
    "question_names",
    "read_one",
    "read_scenarios",
    "ready_made",
    "ready_made_names",
    "scenario_schema",
]

READY_MADE: tuple[str, ...] = ("urban", "rural", "rtlb_area")
"""Names of the ready-made clusters, smallest question first; the demo uses the first."""

_HOME = {
    "Applied": "scenarios.applying",
    "Scenario": "scenarios.model",
    "Step": "scenarios.applying",
    "apply": "scenarios.applying",
    "apply_changes": "scenarios.applying",
    "apply_in_turn": "scenarios.applying",
    "changes_of": "scenarios.composing",
    "question": "scenarios.reading",
    "question_names": "scenarios.reading",
    "read_one": "scenarios.reading",
    "read_scenarios": "scenarios.reading",
    "scenario_schema": "scenarios.schema",
}


def __getattr__(name: str) -> Any:
    """Load a part when it is first used: the names of ready-made clusters need no model."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def ready_made_names() -> tuple[str, ...]:
    """The names :func:`ready_made` accepts."""
    return READY_MADE


def ready_made(name: str) -> Path:
    """The folder of a ready-made cluster (``cluster.yaml`` and its CSV files), to be read, never written.

    Raises:
        KeyError: no ready-made cluster has this name; the message lists those that exist.
    """
    if name not in READY_MADE:
        raise KeyError(f"no ready-made cluster is called {name!r}; there are {', '.join(READY_MADE)}")
    with as_file(files(__name__) / "ready_made" / name) as folder:
        return folder
