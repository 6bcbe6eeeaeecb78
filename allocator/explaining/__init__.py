"""Why a need is unmet and what it would take, a rung at a time; nothing is said that was not tried and checked.

Rungs: ``nearness`` (nobody can), ``instead`` (where the hours went), ``smallest`` (nobody loses), ``exchange``
(somebody loses), ``priorities`` (how far they would have to move). Beside them ``person``, ``place`` and ``rather``.
"""

from __future__ import annotations

from allocator.explaining.api import Explanation, NeedExplanation, explain

__all__ = ["Explanation", "NeedExplanation", "explain"]
