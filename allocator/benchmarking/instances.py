"""The instances of each size: the ready-made clusters, and generated areas with a fixed seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from allocator.models.world import Cluster

Size = Literal["cluster", "district", "region", "nation"]
SIZES: tuple[Size, ...] = get_args(Size)
TIME_LIMITS: dict[Size, float] = {"cluster": 10.0, "district": 60.0, "region": 120.0, "nation": 600.0}
"""Seconds a solve may take when nothing is said: those of the bars in docs/benchmarks.md."""

AREA_SEED = 1


def instances(size: Size) -> dict[str, Cluster]:
    """Name -> instance, the same on every machine.

    Raises:
        ValueError: the size is not known.
    """
    if size == "cluster":
        import allocator
        from scenarios import ready_made, ready_made_names

        return {name: allocator.read_cluster(ready_made(name)) for name in ready_made_names()}
    if size not in SIZES:
        raise ValueError(f"no size is called {size!r}; there are {', '.join(SIZES)}")
    from allocator.generating import generate_area

    return {size: generate_area(size, seed=AREA_SEED)}
