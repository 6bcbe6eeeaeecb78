"""How much memory a process holds, and held at most. None where the system does not say."""

from __future__ import annotations

import sys
from pathlib import Path

_KIB_PER_MIB = 1024


def peak_mib() -> float | None:
    """The most this process has held, in MiB.

    The kernel's high-water mark of this program is preferred: ``getrusage`` counts in what the parent held when it
    started this process, which for a large parent is far too much.
    """
    held = _status("self", "VmHWM")
    if held is not None:
        return held
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / _KIB_PER_MIB**2 if sys.platform == "darwin" else most / _KIB_PER_MIB


def resident_mib(process: int) -> float | None:
    """What another process and all it started hold now together, in MiB (pages they share count for each)."""
    held = _status(str(process), "VmRSS")
    if held is None:
        return None
    return held + sum(resident_mib(child) or 0.0 for child in _children(process))


def _children(process: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:  # it has just ended, or the kernel keeps no such list
        return []


def available_mib() -> float | None:
    """What programs could still take without swapping, in MiB."""
    return _field(Path("/proc/meminfo"), "MemAvailable")


def _status(process: str, name: str) -> float | None:
    return _field(Path("/proc") / process / "status", name)


def _field(path: Path, name: str) -> float | None:
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:  # another system, or a process that has just ended
        return None
    found = next((line.split()[1] for line in lines if line.startswith(f"{name}:")), None)
    return None if found is None else int(found) / _KIB_PER_MIB
