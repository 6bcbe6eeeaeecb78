"""A scenario: a question, and the changes that put it to a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from allocator.models.base import Row
from scenarios.changes import AnyChange, Change, Where
from scenarios.changes.base import Names
from scenarios.changes.settings import ChangePolicy


def _as_listed(value: Any) -> Any:
    """A block where a list belongs is one entry."""
    return [value] if isinstance(value, dict) else value


class Scenario(Row):
    """A named what-if. Scenarios it is based on are applied first, then its changes in turn, then ``policy``."""

    name: str = Field(min_length=1, max_length=80, description="short name; shown above its figures")
    question: str = Field(default="", description="the question it answers, as one sentence")
    cluster: str | None = Field(
        default=None, description="the cluster it is written for: a ready-made name or a folder"
    )
    base: Names = Field(
        default=(), description="scenarios applied first: files beside this one, or ready-made questions"
    )
    changes: Annotated[tuple[AnyChange, ...], BeforeValidator(_as_listed)] = Field(
        default=(), description="typed changes, made in this order"
    )
    sweep: dict[str, tuple[Any, ...]] = Field(
        default_factory=dict,
        description="name -> values; `$name` in a change takes each in turn, every combination is a variant",
    )
    policy: dict[str, Any] = Field(
        default_factory=dict, description="settings as under `policy:` in cluster.yaml, laid over at the end"
    )

    _folder: Path | None = PrivateAttr(default=None)
    _policy_place: Where = PrivateAttr(default_factory=Where)

    @model_validator(mode="after")
    def _asks_something(self) -> Scenario:
        if not (self.base or self.changes or self.policy):
            raise ValueError("give changes, a base or a policy: a scenario must change something")
        return self

    @property
    def own_changes(self) -> tuple[Change, ...]:
        """The changes of this scenario without those of its base; ``policy`` last."""
        if not self.policy:
            return tuple(self.changes)
        return (*self.changes, ChangePolicy(policy=self.policy).at(self._policy_place))

    @property
    def folder(self) -> Path | None:
        """The folder of the file it was read from."""
        return self._folder

    def placed(self, changes: tuple[Change, ...], folder: Path | None, policy: Where) -> Scenario:
        """The same scenario, its changes knowing where they were typed."""
        copy = self.model_copy(update={"changes": changes})
        copy._folder, copy._policy_place = folder, policy
        return copy
