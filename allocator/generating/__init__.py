"""Fictional clusters with real rates: sites, and a register, people and history on top of sites.

Everything is drawn from one seeded generator (numpy's PCG64), so a seed gives the same cluster everywhere.
"""

from __future__ import annotations

from allocator.generating.area import CLUSTERS, AreaSize, generate_area
from allocator.generating.cluster import generate
from allocator.generating.ready import build_ready_made
from allocator.generating.settings import SCHOOL_YEAR, Settings
from allocator.generating.sites import generate_sites

__all__ = [
    "CLUSTERS",
    "SCHOOL_YEAR",
    "AreaSize",
    "Settings",
    "build_ready_made",
    "generate",
    "generate_area",
    "generate_sites",
]
