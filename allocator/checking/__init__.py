"""The checker: rules and goals worked out a second time, in plain Python, sharing no code with any solver."""

from __future__ import annotations

from allocator.checking.checker import RULES, check, limits_of_check
from allocator.checking.violation import Violation

__all__ = ["RULES", "Violation", "check", "limits_of_check"]
