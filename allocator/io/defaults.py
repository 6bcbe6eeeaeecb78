"""The role table and the catalogue of supports that ship with the package: data, not code."""

from __future__ import annotations

from functools import cache
from importlib import resources

from pydantic import ValidationError

from allocator.errors import InputError
from allocator.io.columns import columns
from allocator.io.decoding import decode
from allocator.io.phrases import sentence
from allocator.io.rows import parse_table
from allocator.io.settings import Settings
from allocator.io.tables import Findings, Place
from allocator.io.yaml_tree import read_yaml
from allocator.models.policy import Role
from allocator.models.world import Support

ROLES_FILE = "roles.yaml"
SUPPORTS_FILE = "supports.csv"


def default_roles() -> dict[str, Role]:
    """The default role table by role id; a new dictionary at each call.

    Raises:
        InputError: the packaged file has been damaged.
    """
    return dict(_packaged_roles())


def default_supports() -> tuple[Support, ...]:
    """The default catalogue of supports.

    Raises:
        InputError: the packaged file has been damaged.
    """
    return _packaged_supports()


@cache
def _packaged_roles() -> dict[str, Role]:
    return parse_roles(_packaged(ROLES_FILE), ROLES_FILE)


@cache
def _packaged_supports() -> tuple[Support, ...]:
    return parse_supports(_packaged(SUPPORTS_FILE), SUPPORTS_FILE)


def _packaged(name: str) -> bytes:
    return resources.files("allocator").joinpath("data", name).read_bytes()


def parse_roles(data: bytes, name: str) -> dict[str, Role]:
    """A role table written as YAML, ``role: {setting: value}``.

    Raises:
        InputError: with every fault of the file.
    """
    findings = Findings()
    place = Place(name)
    text = decode(data, place, findings)
    tree = read_yaml(place, text, findings) if text is not None else None
    roles = _validated(tree, findings) if tree is not None else {}
    if findings.faults:
        raise InputError(findings.faults)
    return roles


def _validated(tree: Settings, findings: Findings) -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for role, settings in tree.data.items():
        try:
            roles[role] = Role.model_validate(settings)
        except ValidationError as error:
            for item in error.errors():
                column = columns(Role).get(str(item["loc"][0])) if item["loc"] else None
                findings.faults.append(tree.fault((role, *item["loc"]), sentence(item, column)))
    return roles


def parse_supports(data: bytes, name: str) -> tuple[Support, ...]:
    """A catalogue in the form of supports.csv.

    Raises:
        InputError: with every fault of the file.
    """
    return parse_table(data, name, Support)
