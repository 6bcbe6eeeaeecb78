"""The wheel holds the three packages with their data, the program and the licence, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("allocator", "cli", "scenarios")
NOT_SHIPPED = (".pyc", ".nbc", ".nbi")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("allocator-*.whl")
    return zipfile.ZipFile(path)


def test_it_holds_every_file_of_the_three_packages(wheel: zipfile.ZipFile) -> None:
    """Data included: the role table, the catalogue and the ready-made clusters."""
    there = {
        str(path.relative_to(ROOT).as_posix())
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert shipped == there
    assert {"allocator/data/roles.yaml", "scenarios/ready_made/urban/needs.csv"} <= shipped
    assert not [name for name in shipped if name.endswith(NOT_SHIPPED)]


def test_it_installs_the_program(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "allocator = cli.main:main" in wheel.read(entry_points).decode()


def test_it_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    (metadata,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    text = wheel.read(metadata).decode()
    assert "\nRequires-Python: >=3.11\n" in text
    assert "\nLicense-Expression: Apache-2.0\n" in text
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())
    extras = [line for line in text.splitlines() if line.startswith("Provides-Extra")]
    assert extras == ["Provides-Extra: plots"]  # whatever else is needed is installed without asking
