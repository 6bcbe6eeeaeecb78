"""What every step of the generator needs to know, settled before the first draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from allocator.generating.settings import Settings
from allocator.models.policy import Policy, Role, Term, Travel
from allocator.models.world import Site, Support


@dataclass(frozen=True)
class Frame:
    """Sites (an office among them), catalogue, roles, rules and choices; ``aide_schools`` pool aide hours."""

    sites: tuple[Site, ...]
    supports: Mapping[str, Support]
    roles: Mapping[str, Role]
    policy: Policy
    travel: Travel
    terms: tuple[Term, ...]
    settings: Settings
    aide_schools: tuple[str, ...]

    @property
    def first(self) -> Term:
        """The first term of the horizon."""
        return self.terms[0]
