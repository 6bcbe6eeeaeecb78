"""Scenario files: YAML to checked scenarios, every fault with its line; and the questions that ship."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from itertools import product
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from allocator.errors import Fault, InputError
from allocator.io.columns import Kind, column_of, unwrap
from allocator.io.decoding import decode, read_bytes
from allocator.io.phrases import sentence, unknown_key
from allocator.io.rows import PRIVATE_COLUMN
from allocator.io.settings import SettingPath, Settings
from allocator.io.similar import did_you_mean
from allocator.io.tables import Findings, Place, shown
from allocator.io.yaml_tree import read_yaml
from scenarios.changes import TYPES, Where
from scenarios.model import Scenario

MOST_VARIANTS = 200
MARK = "$"


def question_names() -> tuple[str, ...]:
    """The ready-made questions, ``S1`` to ``S12``."""
    names = [item.name for item in (files("scenarios") / "questions").iterdir()]
    return tuple(
        sorted(
            (Path(name).stem for name in names if name.endswith(".yaml")),
            key=lambda name: (len(name), name),
        )
    )


def question(name: str) -> Path:
    """The file of a ready-made question, to be read, never written.

    Raises:
        KeyError: there is none of this name; the message lists those there are.
    """
    if name not in question_names():
        raise KeyError(f"no ready-made question is called {name!r}; there are {', '.join(question_names())}")
    with as_file(files("scenarios") / "questions" / f"{name}.yaml") as path:
        return path


def read_one(source: Path | str) -> Scenario:
    """The scenario in a file, or a ready-made question.

    Raises:
        InputError: as ``read_scenarios``; also when the file holds a sweep of several variants.
    """
    variants = read_scenarios(source)
    if len(variants) > 1:
        message = f"this scenario is swept over {len(variants)} variants; one is needed here"
        raise InputError([Fault(Path(source).name, message, column="sweep")])
    return variants[0]


def read_scenarios(source: Path | str) -> tuple[Scenario, ...]:
    """The scenario in a file (or a ready-made question), one for each variant of its sweep.

    Raises:
        InputError: every fault of the file, with line, key, what was found and what was expected.
    """
    path = Path(source)
    if not path.is_file():
        if str(source) not in question_names():
            near = did_you_mean(str(source), question_names())
            message = f"there is no such file or ready-made question{near}"
            raise InputError([Fault(path.name or str(source), message)])
        path = question(str(source))
    place, findings = Place(path.name), Findings()
    data = read_bytes(path, place, findings)
    text = None if data is None else decode(data, place, findings)
    tree = None if text is None else read_yaml(place, text, findings)
    if tree is None or findings.faults:
        raise InputError(findings.faults)
    return from_settings(tree, path.resolve().parent)


def from_settings(tree: Settings, folder: Path | None = None) -> tuple[Scenario, ...]:
    """Scenarios from a tree of plain data whose lines are known.

    Raises:
        InputError: as ``read_scenarios``.
    """
    tree = Settings(_short_forms(tree.data), tree.where, tree.place)
    faults: list[Fault] = []
    found: list[Scenario] = []
    for name, data in _variants(tree):
        try:
            scenario = Scenario.model_validate({**data, "sweep": {}, **({"name": name} if name else {})})
        except ValidationError as error:
            faults += [_as_fault(tree, data, item) for item in error.errors()]
            continue
        changes = tuple(
            change.at(_where(tree, ("changes", index), folder))
            for index, change in enumerate(scenario.changes)
        )
        found.append(scenario.placed(changes, folder, _where(tree, (), folder)))
    if faults:
        raise InputError(dict.fromkeys(faults))
    return tuple(found)


def _short_forms(data: dict[str, Any]) -> dict[str, Any]:
    """A blank key is as good as no key."""
    return {key: value for key, value in data.items() if value is not None}


def _where(tree: Settings, path: SettingPath, folder: Path | None) -> Where:
    lines = {key[len(path) :]: spot.row for key, spot in tree.where.items() if key[: len(path)] == path}
    return Where(tree.place.file, lines, folder)


# --- sweeps -------------------------------------------------------------------------------------------


def _variants(tree: Settings) -> list[tuple[Any, dict[str, Any]]]:
    """(name, data) of each combination of the values of a sweep; the data itself where there is none."""
    data, grid = tree.data, tree.data.get("sweep")
    used = _marks(data.get("changes")) | _marks(data.get("policy"))
    if not grid:
        if used:
            raise InputError(
                [
                    tree.fault(path, "there is no sweep with this name", f"${name}")
                    for name, path in sorted(used)
                ]
            )
        return [(data.get("name"), data)]
    _check_grid(tree, grid, used)
    rest = {key: value for key, value in data.items() if key != "sweep"}
    made = []
    for values in product(*grid.values()):
        choice = dict(zip(grid, values, strict=True))
        words = ", ".join(f"{name} {value}" for name, value in choice.items())
        made.append((f"{data.get('name')} ({words})", _filled(rest, choice)))
    return made


def _check_grid(tree: Settings, grid: Any, used: set[tuple[str, SettingPath]]) -> None:
    if not isinstance(grid, dict) or not all(isinstance(values, list) and values for values in grid.values()):
        message = "expected `name: [value, value]`, one a line"
        raise InputError([tree.fault(("sweep",), message)])
    names = {name for name, _ in used}
    faults = [
        tree.fault(("sweep", name), f"no change uses it: write ${name} where its values belong", name)
        for name in grid
        if name not in names
    ]
    faults += [
        tree.fault(path, f"there is no sweep with this name{did_you_mean(name, grid)}", f"${name}")
        for name, path in sorted(used, key=str)
        if name not in grid
    ]
    size = 1
    for values in grid.values():
        size *= len(values)
    if size > MOST_VARIANTS:
        faults.append(tree.fault(("sweep",), f"expected at most {MOST_VARIANTS} variants", size))
    if faults:
        raise InputError(faults)


def _marks(value: Any, path: SettingPath = ()) -> set[tuple[str, SettingPath]]:
    if isinstance(value, dict):
        return {mark for key, item in value.items() for mark in _marks(item, (*path, key))}
    if isinstance(value, list):
        return {mark for index, item in enumerate(value) for mark in _marks(item, (*path, index))}
    if isinstance(value, str) and value.startswith(MARK) and len(value) > 1:
        return {(value[1:], ("changes", *path))}
    return set()


def _filled(value: Any, choice: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, choice) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, choice) for item in value]
    if isinstance(value, str) and value.startswith(MARK):
        return choice.get(value[1:], value)
    return value


# --- faults -------------------------------------------------------------------------------------------


def _as_fault(tree: Settings, data: Mapping[str, Any], item: Any) -> Fault:
    path = _path(item["loc"])
    kind, value = item["type"], item["input"]
    found = value if isinstance(value, str | int | float) else None
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        typed = value.get("change") if isinstance(value, dict) else value
        if typed is None:
            return tree.fault(path, "a change needs its type, for example `change: redeploy`")
        near = did_you_mean(str(typed), TYPES) or f"; known: {', '.join(TYPES)}"
        return tree.fault((*path, "change"), f"there is no such type of change{near}", typed)
    if kind == "extra_forbidden":
        keys = _model_at(data, path[:-1])
        return tree.fault(path, unknown_key(str(path[-1]), keys.model_fields if keys is not None else ()))
    if PRIVATE_COLUMN in path or PRIVATE_COLUMN in str(item["msg"]):
        found = None
    return tree.fault(path, _message(data, path, item), shown(found))


def _message(data: Mapping[str, Any], path: SettingPath, item: Any) -> str:
    model = _model_at(data, path[:-1])
    info = None if model is None or not path else model.model_fields.get(str(path[-1]))
    column = None if info is None else column_of(str(path[-1]), info)
    if column is not None and column.kind in (Kind.NESTED, Kind.WORDS):
        column = None
    if item["type"] == "missing" and column is not None:
        return f"expected {column.expected}, found nothing"
    return sentence(item, column)


def _path(loc: tuple[str | int, ...]) -> SettingPath:
    """The path of an error without the type of the change, which the model puts into it."""
    if len(loc) > 2 and loc[0] == "changes" and loc[2] in TYPES:
        loc = (*loc[:2], *loc[3:])
    return tuple(part for part in loc if part != "[key]")


def _model_at(data: Mapping[str, Any], path: SettingPath) -> type[BaseModel] | None:
    """The model of the block that a path leads to."""
    current: Any = Scenario
    rest = path
    if len(path) > 1 and path[0] == "changes" and isinstance(path[1], int):
        listed_changes = data.get("changes")
        block = listed_changes[path[1]] if isinstance(listed_changes, list) else listed_changes
        current, rest = TYPES.get(str(block.get("change"))) if isinstance(block, dict) else None, path[2:]
    for part in rest:
        if isinstance(part, int):
            continue
        info = current.model_fields.get(str(part)) if _is_model(current) else None
        if info is None:
            return None
        current = unwrap(info.annotation)[0]
        if get_origin(current) is tuple:
            current = unwrap(get_args(current)[0])[0]
    return current if _is_model(current) else None


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)
