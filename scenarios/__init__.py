"""What-ifs and ready-made clusters that ship with the allocator.

The ready-made clusters are fictional in name and people; their rolls, distances and rates are like real ones.

    >>> from scenarios import ready_made
    >>> ready_made("urban")  # doctest: +SKIP
    PosixPath('.../scenarios/ready_made/urban')
"""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

READY_MADE: tuple[str, ...] = ("urban", "rural", "rtlb_area")
"""Names of the ready-made clusters, smallest question first; the demo uses the first."""


def ready_made_names() -> tuple[str, ...]:
    """The names :func:`ready_made` accepts."""
    return READY_MADE


def ready_made(name: str) -> Path:
    """The folder of a ready-made cluster (``cluster.yaml`` and its CSV files), to be read, never written.

    Raises:
        KeyError: no ready-made cluster has this name; the message lists those that exist.
    """
    if name not in READY_MADE:
        raise KeyError(f"no ready-made cluster is called {name!r}; there are {', '.join(READY_MADE)}")
    with as_file(files(__name__) / "ready_made" / name) as folder:
        return folder
