"""Files a change refers to: another cluster, or a table beside the scenario."""

from __future__ import annotations

from pathlib import Path

from allocator.errors import InputError
from allocator.io.reader import read_cluster
from allocator.io.similar import listed
from allocator.models.world import Cluster
from scenarios.changes.base import Change, Refused


def beside(change: Change, typed: str) -> Path:
    """A path as typed: from the scenario's folder, or from here if the scenario is not a file."""
    return (change.place.folder or Path()) / typed


def other_cluster(change: Change, typed: str, key: str) -> Cluster:
    """The cluster in a folder or workbook beside the scenario, or a ready-made one by name.

    Raises:
        Refused: there is none; or it cannot be read, with its first faults.
    """
    from scenarios import READY_MADE, ready_made

    path = beside(change, typed)
    if not path.exists():
        if typed not in READY_MADE:
            known = listed(READY_MADE)
            raise Refused(key, f"there is no such folder or workbook; ready-made clusters: {known}", typed)
        path = ready_made(typed)
    try:
        return read_cluster(path)
    except InputError as error:
        raise Refused(key, f"this cluster cannot be read: {listed(map(str, error.faults))}", typed) from None
