"""A cluster's fingerprint: the same rows and policy give the same figure, in any order of rows."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from allocator.io.files import TABLES
from allocator.models.world import Cluster


def fingerprint(cluster: Cluster) -> str:
    """SHA-256 (64 hexadecimal digits) of the canonical JSON of all rows and settings.

    The order of rows within a file does not count; the order of goals and of terms does. Notes are left out.
    """
    content: dict[str, Any] = _canonical(cluster.model_dump(mode="json"))
    for spec in TABLES:
        content[spec.field] = sorted(content[spec.field], key=_json)
    return hashlib.sha256(_json(content).encode("utf-8")).hexdigest()


def _canonical(value: Any) -> Any:
    """Whole floats as integers: 12.0 and 12 are one figure, and so are 0.0 and -0.0."""
    if isinstance(value, dict):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
