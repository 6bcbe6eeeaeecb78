"""YAML text to plain data in which every key and value still knows its line.

Scalars stay text: the models turn ``10`` into a number where a number belongs, and a term called ``0012`` or
``2027`` keeps its spelling. Only ``null`` (or ``~``, or nothing) becomes ``None``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from allocator.io.settings import Settings, Spot
from allocator.io.tables import Findings, Place, shown

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

MOST_NODES = 50_000
DEEPEST = 20
LONGEST_TEXT = 1_000_000
_PILED_UP = re.compile(r"(?:[\[{]\s*){40}")
_NULL = "tag:yaml.org,2002:null"


class _Walk:
    """One pass over the node tree: data, places, and the faults only YAML can have."""

    def __init__(self, place: Place, findings: Findings) -> None:
        self.place = place
        self.findings = findings
        self.where: dict[tuple[str | int, ...], Spot] = {}
        self.nodes = 0
        self.stopped = False

    def blame(self, node: Node, message: str) -> None:
        self.findings.faults.append(self.place.fault(message, row=node.start_mark.line + 1))

    def value(self, node: Node, path: tuple[str | int, ...]) -> Any:
        from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

        self.nodes += 1
        if self.nodes > MOST_NODES or len(path) > DEEPEST:
            if not self.stopped:  # an alias that contains itself ends here too
                self.blame(node, "the settings are nested too deeply or repeated too often")
            self.stopped = True
            return None
        self.where.setdefault(path, Spot(self.place, node.start_mark.line + 1))
        if isinstance(node, ScalarNode):
            return None if node.tag == _NULL else str(node.value)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        return None

    def mapping(self, node: Any, path: tuple[str | int, ...]) -> dict[str, Any]:
        from ruamel.yaml.nodes import ScalarNode

        data: dict[str, Any] = {}
        for key_node, item in node.value:
            if not isinstance(key_node, ScalarNode):
                self.blame(key_node, "a key must be a single word")
                continue
            key = str(key_node.value)
            if key in data:
                self.blame(key_node, f"the key `{shown(key)}` appears twice")
                continue
            self.where[(*path, key)] = Spot(self.place, key_node.start_mark.line + 1)
            data[key] = self.value(item, (*path, key))
        return data


def read_yaml(place: Place, text: str, findings: Findings) -> Settings | None:
    """The settings in a YAML text; ``None`` and a fault with line and character if it is none."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text) > LONGEST_TEXT or _PILED_UP.search(text):
        # the parser's time grows with the square of the brackets it has to keep open
        findings.faults.append(place.fault("not valid YAML: too long, or nested too deeply"))
        return None
    try:
        node = YAML().compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context or "not valid YAML").splitlines()[0]
        if mark is None:
            findings.faults.append(place.fault(f"not valid YAML: {problem}"))
        else:
            findings.faults.append(
                place.fault(f"not valid YAML at character {mark.column + 1}: {problem}", row=mark.line + 1)
            )
        return None
    except RecursionError:
        findings.faults.append(place.fault("not valid YAML: nested too deeply"))
        return None
    except (
        YAMLError,
        ValueError,
        OverflowError,
        LookupError,
        TypeError,
        AttributeError,
        AssertionError,
    ) as error:
        # the parser lets its own slips through on damaged escapes and directives
        findings.faults.append(
            place.fault(f"not valid YAML: {str(error).splitlines()[0] if str(error) else 'unreadable'}")
        )
        return None
    walk = _Walk(place, findings)
    before = len(findings.faults)
    data = walk.value(node, ()) if node is not None else {}
    if not isinstance(data, dict):
        findings.faults.append(place.fault("expected settings, one `key: value` a line", row=1))
        return None
    return Settings(data, walk.where, place) if len(findings.faults) == before or not walk.stopped else None
