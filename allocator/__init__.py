"""Decide together who supports which learner: proposals with a proof, for learning support clusters.

cluster = allocator.read_cluster("my-cluster")
proposal = allocator.solve(cluster)
assert not allocator.check(cluster, proposal)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocator.checking import check
    from allocator.comparing import compare
    from allocator.explaining import explain
    from allocator.io.reader import read_cluster
    from allocator.reporting.tables import proposal_tables
    from allocator.solvers.api import solve

__all__ = ["check", "compare", "explain", "proposal_tables", "read_cluster", "solve"]

_HOME = {
    "check": "allocator.checking",
    "compare": "allocator.comparing",
    "explain": "allocator.explaining",
    "proposal_tables": "allocator.reporting.tables",
    "read_cluster": "allocator.io.reader",
    "solve": "allocator.solvers.api",
}


def __getattr__(name: str) -> Any:
    """Load a part when it is first used: ``import allocator`` and ``--help`` stay fast."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
