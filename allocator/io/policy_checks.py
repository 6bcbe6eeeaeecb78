"""Settings that must fit together, each fault at the line of the setting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any, get_args

from allocator.errors import Fault
from allocator.io.settings import SettingPath, Settings
from allocator.io.similar import did_you_mean
from allocator.models.policy import Policy
from allocator.models.world import ClusterFile, Need, SiteType

PRIORITIES: tuple[int, ...] = get_args(Need.model_fields["priority"].annotation)
TIERS: tuple[int, ...] = get_args(Need.model_fields["tier"].annotation)


def policy_faults(settings: Settings, file: ClusterFile) -> Iterator[Fault]:
    """Every fault of the settings as a whole."""
    yield from _weights(settings, file.policy)
    yield from _tier_floors(settings, file.policy)
    yield from _figures(settings, file.policy)
    yield from _terms(settings, file)
    yield from _roles(settings, file)


def _weights(settings: Settings, policy: Policy) -> Iterator[Fault]:
    path: SettingPath = ("policy", "priority_weights")
    missing = [str(priority) for priority in PRIORITIES if priority not in policy.priority_weights]
    if missing:
        yield settings.fault(
            path, f"every priority from 1 to 5 needs a weight; missing: {', '.join(missing)}"
        )
    for priority, weight in policy.priority_weights.items():
        if priority not in PRIORITIES:
            yield settings.fault((*path, str(priority)), "expected a priority from 1 to 5", priority)
        elif weight < 0:
            yield settings.fault((*path, str(priority)), "expected a whole number of 0 or more", weight)
    if not missing and not any(weight > 0 for weight in policy.priority_weights.values()):
        yield settings.fault(path, "at least one priority needs a weight above 0")


def _tier_floors(settings: Settings, policy: Policy) -> Iterator[Fault]:
    for tier, floor in policy.tier_floors.items():
        path: SettingPath = ("policy", "tier_floors", str(tier))
        if tier not in TIERS:
            yield settings.fault(path, "expected a tier from 1 to 3", tier)
        elif not 0 <= floor <= 1:
            yield settings.fault(path, "expected a number from 0 to 1", floor)


def _figures(settings: Settings, policy: Policy) -> Iterator[Fault]:
    for index, level in enumerate(policy.load_breaks):
        if not 0 <= level <= 1:
            yield settings.fault(("policy", "load_breaks", index), "expected a number from 0 to 1", level)
    low, high = policy.fairness.equity_bands
    if low > high:
        message = "the two limits must be in order, the smaller first"
        yield settings.fault(("policy", "fairness", "equity_bands"), message, f"{low:g}, {high:g}")
    types = get_args(SiteType)
    for index, kind in enumerate(policy.liaison_site_types):
        if kind not in types:
            message = f"expected one of: {', '.join(types)}{did_you_mean(kind, types)}"
            yield settings.fault(("policy", "liaison_site_types", index), message, kind)


def _terms(settings: Settings, file: ClusterFile) -> Iterator[Fault]:
    for index, (term, following) in enumerate(pairwise(file.terms), start=1):
        if term.start + timedelta(weeks=term.weeks) > following.start:
            message = f"term {term.id} with its {term.weeks} weeks is not over when this term starts"
            yield settings.fault(("terms", index, "start"), message, following.start)


def _roles(settings: Settings, file: ClusterFile) -> Iterator[Fault]:
    for name, role in file.roles.items():
        values: dict[str, Any] = {"year_min": role.year_min, "year_max": role.year_max}
        if None not in values.values() and values["year_min"] > values["year_max"]:
            message = f"must not be below the {values['year_min']} of year_min"
            yield settings.fault(("roles", name, "year_max"), message, values["year_max"])
