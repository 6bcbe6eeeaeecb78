"""Measurements: every strategy on the same instances in the same run, each proposal checked.

``instances`` makes the sizes, ``solving`` is one solve, ``processes`` runs it in a process of its own, ``rows`` says
what was found and how far it is from the proved bounds, ``running`` puts them together, ``table`` and ``plots`` show
the results.
"""

from __future__ import annotations

from allocator.benchmarking.contestants import CONTESTANTS, Contestant, contestants
from allocator.benchmarking.instances import SIZES, TIME_LIMITS, Size, instances
from allocator.benchmarking.rows import Case, Measured, Outcome, Point, Row, with_gaps
from allocator.benchmarking.running import machine, measure, read_results, run
from allocator.benchmarking.solving import solve_once

__all__ = [
    "CONTESTANTS",
    "SIZES",
    "TIME_LIMITS",
    "Case",
    "Contestant",
    "Measured",
    "Outcome",
    "Point",
    "Row",
    "Size",
    "contestants",
    "instances",
    "machine",
    "measure",
    "read_results",
    "run",
    "solve_once",
    "with_gaps",
]
