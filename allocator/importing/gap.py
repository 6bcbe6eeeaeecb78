"""Public instances of the generalised assignment problem, in the text formats of the OR-Library and of Yagiura.

Both are whole numbers separated by any white space: agents m, jobs n, m rows of n costs, m rows of n hours, m
capacities. A file of the OR-Library starts with how many such problems follow; how many numbers there are tells the two
apart. No file says whether its costs are to be minimised: in the OR-Library's gap1 to gap12 they are values to be
maximised, in all other published sets they are costs.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from allocator.errors import Fault, InputError
from allocator.io.decoding import decode, read_bytes
from allocator.io.tables import Findings, Place
from allocator.solvers.assignment.problem import AssignmentProblem

_MAXIMISED = re.compile(r"gap([1-9]|1[0-2])", re.IGNORECASE)
_WORD = re.compile(r"\S+")
_MOST_FAULTS = 20
_MOST_DIGITS = 12
_MOST_OPTIONS = 20_000_000
_FORM = "expected agents, jobs, costs, hours and capacities"


class Sense(StrEnum):
    """Whether the numbers of an instance are costs or values."""

    LEAST = "min"
    MOST = "max"


@dataclass(frozen=True)
class GapInstance:
    """One problem of a file. Where ``sense`` is MOST the problem's costs are the file's values with a minus sign."""

    name: str
    sense: Sense
    problem: AssignmentProblem

    def shown(self, cost: int | None) -> int | None:
        """A cost of ``problem`` in the file's own sense."""
        return -cost if cost is not None and self.sense is Sense.MOST else cost


@dataclass(frozen=True)
class _Numbers:
    """The numbers of a file and the line of each."""

    values: list[int]
    lines: list[int]


def read_gap(path: Path | str, sense: Sense | None = None) -> tuple[GapInstance, ...]:
    """The problems of a file, named after it (``gapc-1``, ``gapc-2`` where it holds several).

    Without ``sense``, files named gap1 to gap12 are maximised and all others minimised.

    Raises:
        InputError: the file cannot be read, or holds something else than its first numbers announce.
    """
    path = Path(path)
    place, findings = Place(path.name), Findings()
    data = read_bytes(path, place, findings)
    text = None if data is None else decode(data, place, findings)
    if text is None:
        raise InputError(findings.faults)
    if sense is None:
        sense = Sense.MOST if _MAXIMISED.fullmatch(path.stem) else Sense.LEAST
    numbers = _numbers(place, text)
    starts, counted = _starts(place, numbers)
    names = [path.stem] if not counted else [f"{path.stem}-{k + 1}" for k in range(len(starts))]
    faults = [fault for start in starts for fault in _negative(place, numbers, start)]
    if faults:
        raise InputError(faults[:_MOST_FAULTS])
    return tuple(_instance(name, sense, numbers, start) for name, start in zip(names, starts, strict=True))


def read_best_known(path: Path | str) -> dict[str, int]:
    """Best-known values by instance: columns ``instance`` and ``best_known`` of a CSV file; others are ignored.

    Raises:
        InputError: a column is missing, a value is no whole number, or an instance is there twice.
    """
    path = Path(path)
    place, findings = Place(path.name), Findings()
    data = read_bytes(path, place, findings)
    text = None if data is None else decode(data, place, findings)
    if text is None:
        raise InputError(findings.faults)
    rows = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in ("instance", "best_known") if name not in (rows.fieldnames or ())]
    if missing:
        raise InputError(place.fault(f"there is no column `{name}`", row=1) for name in missing)
    known: dict[str, int] = {}
    for row in rows:
        name, value = (row["instance"] or "").strip(), (row["best_known"] or "").strip()
        if not re.fullmatch(r"[+-]?\d{1,18}", value):
            findings.faults.append(
                place.fault("expected a whole number", row=rows.line_num, column="best_known", found=value)
            )
        elif name in known:
            findings.faults.append(
                place.fault("this instance is there twice", row=rows.line_num, column="instance", found=name)
            )
        else:
            known[name] = int(value)
    if findings.faults:
        raise InputError(findings.faults)
    return known


def _numbers(place: Place, text: str) -> _Numbers:
    values: list[int] = []
    lines: list[int] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), start=1):
        for match in _WORD.finditer(line):
            word = match.group()
            if re.fullmatch(r"[+-]?[0-9]+", word) and len(word) <= _MOST_DIGITS + 1:
                values.append(int(word))
                lines.append(number)
            else:
                faults.append(
                    place.fault(
                        f"expected a whole number of at most {_MOST_DIGITS} digits",
                        row=number,
                        found=word[:40],
                    )
                )
    if faults:
        raise InputError(faults[:_MOST_FAULTS])
    if len(values) < 2:
        raise InputError([place.fault(f"{_FORM}; there are fewer than two numbers", found=len(values))])
    return _Numbers(values, lines)


def _size(values: list[int], start: int) -> int | None:
    """How many numbers a problem that starts here takes; ``None`` if these cannot be agents and jobs."""
    if start + 1 >= len(values):
        return None
    agents, jobs = values[start], values[start + 1]
    if agents < 1 or jobs < 1 or agents * jobs > _MOST_OPTIONS:
        return None
    return 2 + 2 * agents * jobs + agents


def _starts(place: Place, numbers: _Numbers) -> tuple[list[int], bool]:
    """Where the problems start, and whether the file starts with their number."""
    values = numbers.values
    if _size(values, 0) == len(values):
        return [0], False
    starts, at = [], 1
    for _ in range(max(0, min(values[0], len(values)))):
        size = _size(values, at)
        if size is None or at + size > len(values):
            break
        starts.append(at)
        at += size
    if starts and len(starts) == values[0] and at == len(values):
        return starts, True
    raise InputError([_misfit(place, numbers, starts, at)])


def _misfit(place: Place, numbers: _Numbers, starts: list[int], at: int) -> Fault:
    """Why the numbers are neither one problem nor as many as the first number says."""
    values = numbers.values
    if starts and len(starts) == values[0]:
        more = f"{len(values) - at} numbers too many after the last of {values[0]} problems"
        return place.fault(f"expected the end of the file: {more}", row=numbers.lines[at], found=values[at])
    size = _size(values, 0)
    as_one = size is not None and abs(size - len(values)) < len(values) - at
    if starts and not as_one:
        which = f"problem {len(starts) + 1} of {values[0]}"
        message = f"{_FORM} of {which}; the numbers end too early or do not fit"
        row = numbers.lines[at] if at < len(values) else numbers.lines[-1]
        return place.fault(message, row=row, found=f"{len(values) - at} numbers")
    announced = "" if size is None else f"; {values[0]} agents and {values[1]} jobs make {size} numbers"
    return place.fault(f"{_FORM}, or first how many problems follow{announced}", row=numbers.lines[0],
                       found=f"{len(values)} numbers starting with {values[0]} {values[1]}")  # fmt: skip


def _negative(place: Place, numbers: _Numbers, start: int) -> list[Fault]:
    """Hours and capacities below zero."""
    agents, jobs = numbers.values[start], numbers.values[start + 1]
    first, last = start + 2 + agents * jobs, start + 2 + 2 * agents * jobs
    return [
        place.fault(
            f"expected {'hours' if k < last else 'a capacity'} of at least 0",
            row=numbers.lines[k],
            found=numbers.values[k],
        )
        for k in range(first, last + agents)
        if numbers.values[k] < 0
    ]


def _instance(name: str, sense: Sense, numbers: _Numbers, start: int) -> GapInstance:
    agents, jobs = numbers.values[start], numbers.values[start + 1]
    options = agents * jobs
    array = np.array(numbers.values[start + 2 : start + 2 + 2 * options + agents], dtype=np.int64)
    cost, hours = array[:options].reshape(agents, jobs), array[options : 2 * options].reshape(agents, jobs)
    if sense is Sense.MOST:
        cost = -cost
    return GapInstance(name, sense, AssignmentProblem(cost, hours, array[2 * options :]))
