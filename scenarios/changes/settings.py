"""Changes of what has been agreed: the catalogue of supports, goals and limits, roles, consent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator

from allocator.io.columns import column_of
from allocator.io.phrases import sentence, unknown_key
from allocator.io.settings import dotted, field_at, known_keys
from allocator.models.policy import Policy, Role, Travel
from allocator.models.world import Cluster
from scenarios.changes.base import (
    Change,
    Effect,
    Refused,
    counted,
    difference,
    differences,
    edited,
    half_up,
    rebuilt,
    role_of,
    support_of,
    swapped,
)
from scenarios.changes.rows import validated
from scenarios.changes.ties import everybody, release
from scenarios.changes.which import drawn

Block = dict[str, Any]


class ChangeSupport(Change):
    """Other figures for a support of the catalogue."""

    change: Literal["change_support"] = "change_support"
    support: str = Field(min_length=1, description="the support, by code or name")
    set: Block = Field(min_length=1, description="column of supports.csv -> its new value")


class ChangePolicy(Change):
    """Other goals, limits, role figures or travel figures; or how many share with the cluster."""

    change: Literal["change_policy"] = "change_policy"
    policy: Block = Field(default_factory=dict, description="as under `policy:` in cluster.yaml, in part")
    roles: dict[str, Block] = Field(
        default_factory=dict, description="role -> settings, as under `roles:` in cluster.yaml"
    )
    travel: Block = Field(default_factory=dict, description="as under `travel:` in cluster.yaml, in part")
    cluster_consent: float | None = Field(
        default=None,
        ge=0.0,
        le=1.0,
        description="share of planned needs with consent to share in the cluster",
    )
    seed: int = Field(default=1, ge=0, description="of the draw of needs, where consent changes")

    @model_validator(mode="after")
    def _something(self) -> ChangePolicy:
        if not (self.policy or self.roles or self.travel) and self.cluster_consent is None:
            raise ValueError("give policy, roles, travel or cluster_consent")
        return self


def change_support(cluster: Cluster, change: ChangeSupport) -> Effect:
    """Some cells of one row of supports.csv."""
    row = support_of(cluster, change.support)
    if "support_id" in change.set:
        raise Refused(("set", "support_id"), "a code stays what it is", row.support_id)
    new = validated(row, change.set, "set")
    if new == row:
        raise Refused("set", f"this changes nothing: {row.support_id} has these values already")
    made = rebuilt(cluster, supports=swapped(cluster.supports, row.support_id, new))
    made, more = release(cluster, made, everybody(cluster))
    return Effect(made, f"supports: {row.support_id}: {differences(row, new)}{more}.")


def change_policy(cluster: Cluster, change: ChangePolicy) -> Effect:
    """Settings of cluster.yaml, and the consent of needs."""
    parts: dict[str, Any] = {}
    said: list[str] = []
    if change.policy:
        parts["policy"] = _merged(cluster.policy, change.policy, "policy", said)
    if change.travel:
        parts["travel"] = _merged(cluster.travel, change.travel, "travel", said)
    if change.roles:
        parts["roles"] = _merged_roles(cluster, change.roles, said)
    if change.cluster_consent is not None:
        parts["needs"] = _with_consent(cluster, change, said)
    if not said:
        key = next(key for key in ("policy", "travel", "roles", "cluster_consent") if getattr(change, key))
        raise Refused(key, "this changes nothing: it is set so already")
    made, more = release(cluster, rebuilt(cluster, **parts), everybody(cluster))
    return Effect(made, f"settings: {'; '.join(said)}{more}.")


def _merged(model: Policy | Travel, block: Block, key: str, said: list[str]) -> Policy | Travel:
    new = type(model).model_validate(model) if not block else _laid_over(model, block, (key,))
    said += _changes(model, new, key)
    return new  # type: ignore[return-value]  # of the type it was given


def _merged_roles(cluster: Cluster, blocks: dict[str, Block], said: list[str]) -> dict[str, Role]:
    roles = dict(cluster.roles)
    for typed, block in blocks.items():
        code = role_of(cluster, typed, ("roles", typed))
        new = _laid_over(roles[code], block, ("roles", code))
        said += _changes(roles[code], new, f"role {code}")
        roles[code] = Role.model_validate(new)
    return roles


def _laid_over(model: BaseModel, block: Block, path: tuple[str, ...]) -> BaseModel:
    content = overlaid(model.model_dump(), block)
    try:
        return type(model).model_validate(content)
    except ValidationError as error:
        item = error.errors()[0]
        where = (*path, *(part for part in item["loc"] if part != "[key]"))
        if item["type"] == "extra_forbidden":
            raise Refused(where, unknown_key(str(where[-1]), known_keys(where[:-1]))) from None
        info = field_at(where)
        column = column_of(str(where[-1]), info) if info is not None else None
        found = item["input"] if isinstance(item["input"], str | int | float) else None
        raise Refused(where, sentence(item, column), found) from None


def overlaid(old: Mapping[Any, Any], block: Mapping[str, Any]) -> dict[Any, Any]:
    """``block`` laid over ``old`` key by key; tables within are merged, lists replaced.

    Keys of a scenario are text; a key that is a number in ``old`` (a priority, a tier) is found by its text.
    """
    made = dict(old)
    by_text = {str(key): key for key in old}
    for name, value in block.items():
        key = by_text.get(str(name), name)
        if isinstance(value, Mapping) and isinstance(made.get(key), Mapping):
            made[key] = overlaid(made[key], value)
        else:
            made[key] = value
    return made


def _changes(before: BaseModel, after: BaseModel, name: str) -> list[str]:
    said = []
    for key in type(before).model_fields:
        old, new = getattr(before, key), getattr(after, key)
        if old == new:
            continue
        if isinstance(old, BaseModel):
            said += _changes(old, new, dotted((name, key)))
        elif key == "goals":
            said.append(f"order of goals: {', '.join(' + '.join(level.goals) for level in new)}")
        else:
            said.append(difference(f"{name}.{key}", old, new))
    return said


def _with_consent(cluster: Cluster, change: ChangePolicy, said: list[str]) -> tuple[Any, ...]:
    """Needs drawn at random lose cluster consent, or gain it, until the share is as said.

    Who withdrew altogether stays withdrawn: consent that was taken back is not assumed to return.
    """
    planned = sorted((need for need in cluster.needs if need.planned), key=lambda need: need.need_id)
    shared = [need for need in planned if need.shared_with_cluster]
    goal = half_up((change.cluster_consent or 0.0) * len(planned))
    if goal < len(shared):
        chosen, consent = drawn(shared, len(shared) - goal, change.seed), "own_school"
    else:
        own = [need for need in planned if need.consent == "own_school"]
        chosen, consent = drawn(own, goal - len(shared), change.seed), "cluster"
    if chosen:
        now = len(shared) + (len(chosen) if consent == "cluster" else -len(chosen))
        size = counted(len(planned), "planned need")
        said.append(f"shared with the cluster {len(shared):,} → {now:,} of {size}")
    codes = {need.need_id for need in chosen}
    return tuple(edited(need, consent=consent) if need.need_id in codes else need for need in cluster.needs)
