"""The lock files pin what pyproject.toml asks for, for everybody, from wherever they install."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(lock: str) -> dict[str, list[Requirement]]:
    found = defaultdict(list)
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        requirement = Requirement(line)
        found[canonicalize_name(requirement.name)].append(requirement)
    return found


def version(requirement: Requirement) -> str:
    (specifier,) = requirement.specifier
    assert specifier.operator == "=="
    return specifier.version


def asked(group: str | None) -> list[Requirement]:
    """What pyproject.toml asks for: at run time, and with a group also for that."""
    settings = project()
    lines = list(settings["project"]["dependencies"])
    waiting = [group] if group else []
    while waiting:
        for entry in settings["dependency-groups"][waiting.pop()]:
            if isinstance(entry, dict):
                waiting.append(entry["include-group"])
            else:
                lines.append(entry)
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(("lock", "group"), [(LOCKS[0], None), (LOCKS[1], "dev")])
def test_everything_asked_for_is_pinned_to_a_version_that_will_do(lock: str, group: str | None) -> None:
    pinned = pins(lock)
    for requirement in asked(group):
        versions = [version(pin) for pin in pinned[canonicalize_name(requirement.name)]]
        assert versions, f"{requirement.name} is not in {lock}: make lock"
        assert all(requirement.specifier.contains(each) for each in versions), f"{requirement}: make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_versions_only(lock: str) -> None:
    """No index, no address, no path of the machine it was made on."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|^-|^\s*/| @ ", text, re.MULTILINE)
    assert all(version(pin) for each in pins(lock).values() for pin in each)


def test_tests_run_with_the_versions_users_get() -> None:
    with_development = {name: {str(pin) for pin in each} for name, each in pins(LOCKS[1]).items()}
    for name, each in pins(LOCKS[0]).items():
        assert {str(pin) for pin in each} == with_development[name]


def test_every_requirement_has_a_lower_bound() -> None:
    for requirement in asked("dev"):
        assert any(each.operator == ">=" for each in requirement.specifier), str(requirement)
