"""A cluster's settings as the text of cluster.yaml, each setting with its description as a remark."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from allocator.models.policy import GoalLevel, Role
from allocator.models.world import Cluster, ClusterFile

if TYPE_CHECKING:
    from ruamel.yaml.comments import CommentedMap

_REMARK_COLUMN = 44
_SIMPLE = re.compile(r"\w(?:[\w ./()-]*[\w.)])?")
_WIDE = 2**20  # never folded: a folded line would be a different text to a person


def settings_text(cluster: Cluster, default_roles: Mapping[str, Role]) -> str:
    """``cluster.yaml`` for the cluster; of its roles only what differs from ``default_roles``."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    document = CommentedMap()
    for name, info in ClusterFile.model_fields.items():
        if name == "roles":
            overrides = role_overrides(cluster.roles, default_roles)
            if overrides:
                document[name] = _plain(overrides)
        elif name == "terms":
            document[name] = [
                _flow({key: _plain(getattr(term, key)) for key in type(term).model_fields})
                for term in cluster.terms
            ]
        else:
            value = getattr(cluster, name)
            document[name] = _block(value) if isinstance(value, BaseModel) else _plain(value)
        if info.description and name in document:
            document.yaml_add_eol_comment(info.description, name, column=_REMARK_COLUMN)
    yaml = YAML()
    yaml.width = _WIDE
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def role_overrides(
    roles: Mapping[str, Role], defaults: Mapping[str, Role]
) -> dict[str, dict[str, Any] | None]:
    """What, laid over ``defaults`` field by field, gives ``roles``; ``None`` takes a role out."""
    overrides: dict[str, dict[str, Any] | None] = {name: None for name in defaults if name not in roles}
    for name, role in roles.items():
        base: dict[str, Any] = defaults[name].model_dump() if name in defaults else {}
        fields = Role.model_fields
        own = role.model_dump()
        changed = {
            key: own[key]
            for key in fields
            if (
                own[key] != base[key]
                if base
                else fields[key].is_required() or own[key] != fields[key].default
            )
        }
        if changed:
            overrides[name] = changed
    return overrides


def _block(model: BaseModel) -> CommentedMap:
    from ruamel.yaml.comments import CommentedMap

    block = CommentedMap()
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            block[name] = _block(value)
        elif name == "goals":
            block[name] = [_level(level) for level in value]
        else:
            block[name] = _plain(value)
            if info.description:
                block.yaml_add_eol_comment(info.description, name, column=_REMARK_COLUMN)
    return block


def _level(level: GoalLevel) -> Any:
    """The short form where it says the same."""
    (goal, weight), *others = level.goals.items()
    if others or weight != 1:
        return _flow({"goals": _plain(level.goals), "tolerance": level.tolerance})
    return _flow({"goal": str(goal), "tolerance": level.tolerance}) if level.tolerance else str(goal)


def _plain(value: Any) -> Any:
    """Tuples as lists on one line, tables as blocks, goals as their names."""
    from ruamel.yaml.comments import CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str) and not _SIMPLE.fullmatch(value):
        # the emitter leaves some texts bare, such as ?0 in a row, that its own parser does not take back
        return DoubleQuotedScalarString(value)
    if isinstance(value, dict):
        return _flow({_plain(key): _plain(item) for key, item in value.items()})
    if isinstance(value, tuple | list):
        row = CommentedSeq(_plain(item) for item in value)
        row.fa.set_flow_style()
        return row
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return int(value)
    return value


def _flow(items: dict[Any, Any]) -> Any:
    from ruamel.yaml.comments import CommentedMap

    row = CommentedMap(items)
    row.fa.set_flow_style()
    return row
