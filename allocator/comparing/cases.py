"""What is compared: a cluster with its proposal, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from allocator.reporting.figures import Figures

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster


@dataclass(frozen=True, eq=False)
class Case:
    """One side of a comparison. ``proposal`` is None where there is no plan; ``problem`` then says why."""

    name: str
    cluster: Cluster
    proposal: Proposal | None
    effects: tuple[str, ...] = ()
    """What each change of the scenario did to the rows of the cluster it started from."""
    problem: str = ""
    question: str = ""

    @cached_property
    def figures(self) -> Figures | None:
        """The figures of the shared part of the proposal; None where there is no plan."""
        return None if self.proposal is None else Figures(self.cluster, self.proposal)


def as_case(item: Case | tuple[Cluster, Proposal], number: int) -> Case:
    """A pair as a case named after its cluster, with its number where names would be equal."""
    if isinstance(item, Case):
        return item
    cluster, proposal = item
    return Case(f"{cluster.name} {number}", cluster, proposal)


def named_apart(cases: Sequence[Case]) -> tuple[Case, ...]:
    """The cases, their names made different where two are alike."""
    made: list[Case] = []
    for case in cases:
        taken = {each.name for each in made}
        name = case.name
        number = 2
        while name in taken:
            name, number = f"{case.name} {number}", number + 1
        made.append(
            case
            if name == case.name
            else Case(name, case.cluster, case.proposal, case.effects, case.problem, case.question)
        )
    return tuple(made)
