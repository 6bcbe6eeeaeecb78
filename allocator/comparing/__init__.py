"""Two or more plans side by side: what differs going in, what differs coming out, and for whom."""

from __future__ import annotations

from allocator.comparing.attribution import Attribution, GoalParts, attribute
from allocator.comparing.cases import Case
from allocator.comparing.comparison import Comparison, compare

__all__ = ["Attribution", "Case", "Comparison", "GoalParts", "attribute", "compare"]
