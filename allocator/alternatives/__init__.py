"""Three to five proposals that are all good and visibly different: named leanings, then surprises."""

from __future__ import annotations

from allocator.alternatives.effort import Effort
from allocator.alternatives.features import Features, distance
from allocator.alternatives.finding import find_alternatives
from allocator.alternatives.results import Alternative, Alternatives, Attempt, Question

__all__ = [
    "Alternative",
    "Alternatives",
    "Attempt",
    "Effort",
    "Features",
    "Question",
    "distance",
    "find_alternatives",
]
