"""What-ifs typed on the command line as a scenario, checked like one in a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allocator.errors import Fault, InputError
from allocator.io.settings import Settings, Spot
from allocator.io.tables import Place
from scenarios.changes import Where
from scenarios.forms import FORMS, UnreadableError, option_of
from scenarios.model import Scenario
from scenarios.reading import from_settings


def typed_scenario(typed: Sequence[tuple[str, str]], name: str = "what you typed") -> Scenario:
    """One scenario of the changes typed as (type, text), in the order given.

    Raises:
        InputError: every text that cannot be read, with the option it was given to.
    """
    faults: list[Fault] = []
    changes = []
    for kind, text in typed:
        try:
            changes.append(_one(kind, text))
        except InputError as error:
            faults += error.faults
        except UnreadableError as error:
            faults.append(Fault(option_of(kind), str(error), found=text))
    if faults:
        raise InputError(faults)
    made = Scenario.model_validate({"name": name, "changes": [change.model_dump() for change in changes]})
    return made.placed(tuple(changes), None, Where())


def _one(kind: str, text: str) -> Any:
    place = Place(option_of(kind))
    keys = FORMS[kind][0](text)
    data = {"name": kind, "changes": [{"change": kind, **keys}]}
    # no line: what is wrong is in the option itself
    tree = Settings(data, {(): Spot(place, 1)}, place)
    try:
        (scenario,) = from_settings(tree)
    except InputError as error:
        raise InputError(
            Fault(fault.file, fault.message, column=_last(fault.column), found=fault.found)
            for fault in error.faults
        ) from None
    return scenario.changes[0].at(Where(option_of(kind)))


def _last(column: str | None) -> str | None:
    return None if column is None else column.rpartition("].")[2]
