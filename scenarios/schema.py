"""The published JSON schema of a scenario file, made from the models."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from allocator.io.atomic import write_text
from scenarios.model import Scenario

FILE = "scenario.schema.json"
_NUMBERS = ("number", "integer")
_PLACEHOLDER = {"type": "string", "pattern": r"^\$\w+$", "description": "a name of the sweep"}


def scenario_schema() -> dict[str, Any]:
    """JSON schema of a scenario as people write it: a number may be a ``$name`` of the sweep, a list one entry."""
    schema = Scenario.model_json_schema(mode="validation")
    for definition in (schema, *schema["$defs"].values()):
        for name, item in definition.get("properties", {}).items():
            definition["properties"][name] = _as_written(item)
    _allow_quantiles(schema["$defs"])
    changes = schema["properties"]["changes"]
    for definition in schema["$defs"].values():
        kind = definition.get("properties", {}).get("change", {})
        if "const" in kind:
            definition["required"] = ["change", *definition.get("required", [])]
            kind.pop("default", None)
    changes["items"].pop("discriminator", None)  # not a word of JSON Schema
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _allow_quantiles(definitions: dict[str, Any]) -> None:
    """A row of a forecast may hold all its quantiles at once: ``quantiles: {0.5: 2, 0.8: 4}``."""
    row = definitions["ForecastRow"]
    short = {
        **row,
        "title": "ForecastRows",
        "properties": {
            **{name: item for name, item in row["properties"].items() if name not in ("quantile", "count")},
            "quantiles": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "number"}},
        },
        "required": [*(name for name in row["required"] if name not in ("quantile", "count")), "quantiles"],
    }
    definitions["ForecastRows"] = short
    table = definitions["UseForecast"]["properties"]["table"]
    table["items"] = {"anyOf": [{"$ref": "#/$defs/ForecastRow"}, {"$ref": "#/$defs/ForecastRows"}]}


def _as_written(item: dict[str, Any]) -> dict[str, Any]:
    """What people may type for a field: besides the value itself a ``$name``, yes or no, or one entry of a list."""
    outer: dict[str, Any] = {key: item[key] for key in ("description", "default", "title") if key in item}
    inner = {key: value for key, value in item.items() if key not in outer}
    kind, entries = item.get("type"), item.get("items", {})
    if kind in _NUMBERS:
        return {"anyOf": [inner, _PLACEHOLDER], **outer}
    if kind == "boolean":
        return {"anyOf": [inner, {"enum": ["yes", "no"]}], **outer}
    if kind == "array" and (entries.get("type") in ("string", *_NUMBERS) or "enum" in entries):
        return {"anyOf": [inner, entries, {"type": "string"}], **outer}
    if any(each.get("type") in _NUMBERS for each in item.get("anyOf", ())):
        return {**item, "anyOf": [*item["anyOf"], _PLACEHOLDER]}
    return item


def document() -> str:
    """The content of ``docs/scenario.schema.json``."""
    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"


def publish(folder: Path | str) -> None:
    """Write the schema into a folder."""
    write_text(Path(folder) / FILE, document())


if __name__ == "__main__":
    publish(sys.argv[1] if len(sys.argv) > 1 else "docs")
