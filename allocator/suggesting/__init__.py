"""What a change of somebody's hours, base or skills might bring: cheap estimates, to know what to try first."""

from __future__ import annotations

from allocator.suggesting.estimates import Estimator, Piece
from allocator.suggesting.unmet import Wanted, wanted

__all__ = ["Estimator", "Piece", "Wanted", "wanted"]
