"""The clusters that ship in ``scenarios/ready_made``: fixed seeds, so that anyone can make them again."""

from __future__ import annotations

from pathlib import Path

from allocator.generating.cluster import generate
from allocator.generating.settings import Settings
from allocator.generating.sites import generate_sites
from allocator.models.world import Cluster


def urban() -> Cluster:
    """Nine town schools, six early learning services, twelve coordinators."""
    sites = generate_sites("urban", 28, schools=9, early_learning=6, total_roll=4100)
    return generate(
        sites,
        seed=3,
        kind="urban",
        name="Te Waka o Kōtukutuku",
        settings=Settings(coordinators=12, register_share=0.78),
    )


def rural() -> Cluster:
    """Nine schools on long roads, half of them under 100 learners, five early learning services."""
    sites = generate_sites("rural", 28, schools=9, early_learning=5, total_roll=1700, nearest_km=9.5)
    return generate(
        sites, seed=8, kind="rural", name="Saltgrass Valleys", settings=Settings(register_share=1.2)
    )


def rtlb_area() -> Cluster:
    """Thirty-eight schools and ten RTLB at four bases; the far edge is two hours by road."""
    sites = generate_sites("mixed", 33, schools=38, early_learning=0, total_roll=10200, nearest_km=4.5)
    settings = Settings(
        rtlb=10,
        rtlb_bases=4,
        rtlb_reach_minutes=120,
        coordinators=0,
        ministry=False,
        school_support=False,
        register_share=0.5,
    )
    return generate(sites, seed=8, kind="mixed", name="Harrier Ranges RTLB area", settings=settings)


READY_MADE = {"urban": urban, "rural": rural, "rtlb_area": rtlb_area}


def build_ready_made(folder: Path) -> None:
    """Write every ready-made cluster to a folder of its own name inside ``folder``.

    Raises:
        OSError: a file cannot be written.
    """
    from allocator.io.writer import write_cluster

    for name, make in READY_MADE.items():
        write_cluster(make(), folder / name)
