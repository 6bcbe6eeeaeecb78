"""The reference of every file and column, and the JSON schemas: made from the models, nothing typed twice."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from allocator.io.atomic import write_text
from allocator.io.cells import spelled
from allocator.io.columns import Column, Kind, columns, unwrap
from allocator.io.files import REFERENCES, SETTINGS_FILE, TABLES
from allocator.io.proposals import proposal_schema
from allocator.io.settings_sheets import GOAL_HEADER, ROLE_HEADER, SETTING_HEADER
from allocator.models.policy import GoalLevel, Policy, Role, Term
from allocator.models.world import ClusterFile

_INTRODUCTION = """\
# The files of a cluster

This page is made from the models in `allocator/models/` by `python -m allocator.io.reference docs`.

A cluster is a folder of plain files, or one Excel workbook (`.xlsx`) with a sheet per file. Column names may
be typed with capitals or spaces (`Year level` is `year_level`). Other columns are ignored, and named. One
that looks like a person's name, birth date, address or National Student Number is refused, and so is a
`learner_id` that looks like one.

- **Text files** are UTF-8 (with or without byte order mark) or UTF-16 with one; comma, semicolon or tab.
- **Remarks:** a row whose first cell starts with `#` is not read. Blank rows are not read either.
- **A blank cell** means the default.
- **Lists** in a cell are separated by `;`. **Dates** are `2027-02-01` or `01/02/2027` (day first).
- **Yes or no:** `yes`, `no`, `y`, `n`, `true`, `false`, `1`, `0`, `āe`, `kāo`.
- **Numbers** have a decimal point and no comma: `1200`, `0.5`.
"""


def file_reference() -> str:
    """Markdown: every file, column and setting with type, default, allowed values and description."""
    return "\n".join([_INTRODUCTION, *_settings_part(), *_tables_part(), *_workbook_part()]) + "\n"


def _settings_part() -> Iterator[str]:
    yield f"## {SETTINGS_FILE}\n"
    yield "The name, the terms and what has been agreed. All but the name and the terms may be left out.\n"
    yield from _model_table(ClusterFile, "setting")
    for title, model in _blocks(ClusterFile, ""):
        yield f"\n### {title}\n"
        yield _summary(model) + "\n"
        yield from _model_table(model, "setting")


def _blocks(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """(heading, model) of every block below a model, depth first."""
    for name, info in model.model_fields.items():
        core = unwrap(info.annotation)[0]
        path = f"{prefix}{name}"
        if get_origin(core) is tuple:
            core, path = get_args(core)[0], f"{path}[]"
        elif get_origin(core) is dict:
            core, path = get_args(core)[1], f"{path}.<id>"
        if isinstance(core, type) and issubclass(core, BaseModel):
            yield f"`{path}`", core
            yield from _blocks(core, f"{path}.")


def _tables_part() -> Iterator[str]:
    for spec in TABLES:
        yield f"\n## {spec.file}\n"
        yield _summary(spec.model) + "\n"
        key = " and ".join(f"`{name}`" for name in spec.key)
        yield f"{'Required' if spec.required else 'Optional'}. No two rows may have the same {key}.\n"
        yield from _model_table(spec.model, "column", spec.stem)


def _workbook_part() -> Iterator[str]:
    yield "\n## The workbook\n"
    yield "The sheets have the names of the files. What cluster.yaml holds is spread over five sheets:\n"
    yield "| sheet | one row is | columns |"
    yield "| --- | --- | --- |"
    for sheet, row, names in (
        (
            "cluster",
            "a setting of cluster.yaml outside policy, such as `name` or `travel.speed_kmh`",
            SETTING_HEADER,
        ),
        ("terms", "a term", tuple(Term.model_fields)),
        (
            "policy",
            "a setting of policy, such as `counts`, `fairness.by` or `priority_weights.1`",
            SETTING_HEADER,
        ),
        ("goals", "a goal; rows with the same level are added up by weight", GOAL_HEADER),
        (
            "roles",
            "a role; a blank cell keeps what the shipped role table has",
            (*ROLE_HEADER, *Role.model_fields),
        ),
    ):
        yield f"| `{sheet}` | {row} | {', '.join(f'`{name}`' for name in names)} |"
    yield "\n`none` in a cell means an empty list, or no limit. Year bands are typed `-5 to 0; 1 to 3`."


def _summary(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ").replace("``", "`")


def _model_table(model: type[BaseModel], heading: str, stem: str = "") -> Iterator[str]:
    yield f"| {heading} | type | needed | default | what to type |"
    yield "| --- | --- | --- | --- | --- |"
    for name, column in columns(model).items():
        needed = "yes" if column.required else "no"
        kind = _type_words(model, name, column)
        text = column.description
        target = REFERENCES.get((stem, name))
        if target is not None:
            text += f" (a code of {target})"
        cells = (f"`{name}`", kind, needed, _default_words(column), text)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type_words(model: type[BaseModel], name: str, column: Column) -> str:
    if column.kind in (Kind.WHOLE, Kind.NUMBER, Kind.CHOICE):
        return column.expected.removeprefix("a ")
    core = unwrap(model.model_fields[name].annotation)[0]
    if column.kind is Kind.WORDS and get_args(core)[0] is not str:
        return "list"
    return "list of words" if column.kind is Kind.WORDS else str(column.kind)


def _default_words(column: Column) -> str:
    value = column.default
    if value is None or value in ((), {}):
        return ""
    if isinstance(value, BaseModel):
        return "see below"
    if isinstance(value, tuple):
        return "see below" if isinstance(value[0], GoalLevel) else "; ".join(_entry(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_entry(item)}" for key, item in value.items())
    return f"`{spelled(value)}`"


def _entry(item: Any) -> str:
    return " to ".join(map(spelled, item)) if isinstance(item, tuple) else spelled(item)


def cluster_schema() -> dict[str, Any]:
    """JSON schema of cluster.yaml as people write it: roles in part, goals in their short form."""
    schema = ClusterFile.model_json_schema(mode="validation")
    definitions = schema["$defs"]
    definitions["Role"].pop("required", None)
    schema["properties"]["roles"]["additionalProperties"] = {
        "anyOf": [{"$ref": "#/$defs/Role"}, {"type": "null"}]
    }
    goal, level = {"$ref": "#/$defs/Goal"}, definitions["GoalLevel"]
    short = {
        "type": "object",
        "additionalProperties": False,
        "required": ["goal"],
        "properties": {"goal": goal, "tolerance": level["properties"]["tolerance"]},
    }
    items = definitions[Policy.__name__]["properties"]["goals"]
    items["items"] = {"anyOf": [goal, short, {"$ref": "#/$defs/GoalLevel"}]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def documents() -> dict[str, str]:
    """File name in ``docs`` -> content, for everything that is made from the models."""
    return {
        "files.md": file_reference(),
        "cluster.schema.json": _json(cluster_schema()),
        "proposal.schema.json": _json(proposal_schema()),
    }


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def publish(folder: Path | str) -> None:
    """Write all of ``documents()`` into a folder."""
    for name, text in documents().items():
        write_text(Path(folder) / name, text)


if __name__ == "__main__":
    publish(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
