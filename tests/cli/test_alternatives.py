"""``allocator alternatives``: a few proposals beside each other, saved as they are found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.io.proposals import load_proposal
from allocator.io.writer import write_cluster
from cli.alternatives import LEANING_KEYS
from tests.cli.conftest import Run
from tests.solvers.random_clusters import random_cluster

QUICK = ("--work-limit", "0.1", "--slack", "10%", "--distance", "0.03", "--count", "3", "--no-progress")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A small cluster in a folder."""
    write_cluster(random_cluster(7, needs=14, people=5, sites=4, terms=1), tmp_path / "small")
    return tmp_path / "small"


def test_the_leanings_offered_are_those_there_are() -> None:
    """They are written down twice, since help must not load the engine."""
    from allocator.alternatives.leanings import LEANINGS

    assert tuple(each.key for each in LEANINGS) == LEANING_KEYS


def test_one_screen_compares_them_goal_by_goal_and_says_what_sets_each_apart(run: Run, place: Path) -> None:
    result = run("alternatives", place, *QUICK)
    assert result.exit_code == 0
    words = ("PROPOSALS", "Any two differ by", "Goals in the order agreed", "Need met, weighted hours")
    assert [each for each in words if each not in result.stdout] == []
    assert "WHAT SETS EACH APART" in result.stdout
    assert "Nothing was saved" in result.stdout


def test_json_has_the_proposals_with_their_two_features(run: Run, place: Path) -> None:
    answer = json.loads(run("alternatives", place, *QUICK, "--json").stdout)
    assert answer["status"] == "done"
    assert 1 < len(answer["proposals"]) <= 3
    assert all(len(each["differs"]) <= 2 for each in answer["proposals"])
    assert all(each["nearest"] >= answer["least_distance"] for each in answer["proposals"])


def test_a_second_call_goes_on_from_the_folder(run: Run, place: Path) -> None:
    first = run("alternatives", place, *QUICK, "-o", "choices")
    assert first.exit_code == 0
    assert load_proposal(Path("choices/most.json")).cluster == "Random"
    again = run("alternatives", place, *QUICK[:-1], "--progress", "-o", "choices")
    assert again.exit_code == 0
    assert "Searching" not in again.stderr
    assert again.stdout == first.stdout


def test_other_options_for_the_same_folder_are_bad_input(run: Run, place: Path) -> None:
    run("alternatives", place, *QUICK, "-o", "choices")
    result = run("alternatives", place, *QUICK, "--seed", 3, "-o", "choices")
    assert result.exit_code == 1
    assert "alternatives.json: holds alternatives made with seed 1, not 3" in result.stderr


@pytest.mark.parametrize(
    "options", [("--count", 9), ("--slack", "150%"), ("--slack", "much"), ("--leaning", "x")]
)
def test_what_makes_no_sense_is_bad_usage(run: Run, place: Path, options: tuple[object, ...]) -> None:
    assert run("alternatives", place, *options).exit_code == 2
