"""Every route to a proposal gets the same tests."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.solvers.helpers")

STRATEGIES = ("plans", "cpsat", "scip", "highs")


@pytest.fixture(params=STRATEGIES)
def strategy(request: pytest.FixtureRequest) -> str:
    """Name of a route, as ``allocator.solve`` takes it."""
    return str(request.param)
