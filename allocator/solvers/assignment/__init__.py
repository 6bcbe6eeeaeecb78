"""The generalised assignment problem: every job to one agent, within capacities, at least cost, with a proved bound."""

from allocator.solvers.assignment.problem import (
    AssignmentProblem,
    AssignmentProgress,
    AssignmentResult,
    Stopped,
)

__all__ = ["AssignmentProblem", "AssignmentProgress", "AssignmentResult", "Stopped"]
