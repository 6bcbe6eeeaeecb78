"""Between whom need met is evened out: the fairness groups (docs/model.md, "Fairness")."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from allocator.models.world import Cluster, Need
from allocator.solvers.facts import Ints

FULL_SHARE = 10_000
"""Basis points: a group whose whole ask is met."""
POOL = "(small)"


def fairness_groups(cluster: Cluster, needs: tuple[Need, ...], asked: Ints) -> dict[str, Ints]:
    """Group name -> positions of its needs, small groups pooled, sorted by name.

    Source: docs/model.md, "Fairness"; groups with fewer than ``pool_below`` needs or with nothing asked are pooled.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for n, need in enumerate(needs):
        for name in _names(cluster, need):
            members[name].append(n)
    result: dict[str, Ints] = {}
    pool: list[int] = []
    for name, rows in members.items():
        if len(rows) < cluster.policy.fairness.pool_below or asked[rows].sum() == 0:
            pool.extend(rows)
        else:
            result[name] = np.array(rows, dtype=np.int64)
    pooled = np.unique(np.array(pool, dtype=np.int64))
    if len(pooled) and asked[pooled].sum() > 0:
        result[POOL] = pooled
    return dict(sorted(result.items()))


def _names(cluster: Cluster, need: Need) -> tuple[str, ...]:
    site = cluster.site[need.site_id]
    fairness = cluster.policy.fairness
    if fairness.by == "site":
        return (site.site_id,)
    if fairness.by == "medium":
        return (site.medium,)
    if fairness.by == "group":
        return tuple(dict.fromkeys(need.groups)) or ("other",)
    if site.equity_index is None:
        return ("unknown",)
    fewer, moderate = fairness.equity_bands
    return (
        "fewer" if site.equity_index <= fewer else "moderate" if site.equity_index <= moderate else "more",
    )
