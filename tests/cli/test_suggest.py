"""``allocator suggest``: the moves that would help most, the line that repeats each, and the shopping list."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from allocator.io.writer import write_cluster
from allocator.models.world import Cluster
from cli.suggest import KIND_KEYS
from scenarios.suggesting import KINDS
from tests.checking.builders import a_cluster, a_group_support, a_need, a_person, a_policy, a_support
from tests.cli.conftest import Run

QUICK = ("--work-limit", "0.05", "--most", "4", "--no-progress")
NEED_MET = "need_met"


def short_of_time() -> Cluster:
    """A teacher of half a day for nine hours asked; one hour of it asks for maths."""
    needs = [a_need(f"N{n}", site_id="AB"[n % 2], priority=1 + n % 3, supports=("S1",)) for n in range(8)]
    needs.append(a_need("M", skills=("maths",), priority=1, supports=("S1",)))
    staff = (a_person("P1", fte=0.4), a_person("P2", fte=0.1, base_site="B"))
    policy = a_policy(goals=["commitments_kept", NEED_MET])
    return a_cluster(needs=needs, staff=staff, supports=(a_support(), a_group_support()), policy=policy)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_cluster(short_of_time(), tmp_path / "small")
    return tmp_path / "small"


def met(answer: dict[str, object], index: int) -> int:
    """Need met of one side of a what-if, in points."""
    rows = answer["outcomes"]
    assert isinstance(rows, list)
    (row,) = [row for row in rows if row["section"] == "goals" and row["key"] == NEED_MET]
    return int(row["values"][index])


def test_the_kinds_offered_are_those_there_are() -> None:
    """They are written down twice, since help must not load the engine."""
    assert tuple(KINDS) == KIND_KEYS


def test_every_line_printed_run_again_gives_its_gain(run: Run, place: Path) -> None:
    """The command as printed, with the same seed and work limit; a group instead of one to one asks for other hours
    and so is counted in another way by the what-if."""
    answer = json.loads(run("suggest", place, *QUICK, "--moves", "2", "--json").stdout)
    rows = [row for row in (*answer["suggestions"], *answer["together"]) if "group" not in row["kinds"]]
    assert sum(row["planned_anew"] for row in rows) >= 2
    for row in rows:
        command = shlex.split(row["line"])
        assert command[0] == "allocator"
        again = run(*command[1:], "--work-limit", "0.3", "--no-progress", "--json")
        assert again.exit_code == 0
        outcome = json.loads(again.stdout)
        assert met(outcome, 0) == answer["need_met"]["without"]
        gain = met(outcome, 1) - met(outcome, 0)
        # what was not planned anew says that more may be possible
        assert gain == row["gain"] if row["planned_anew"] else gain >= row["gain"], row["line"]


def test_the_screen_ranks_them_and_says_who_loses_and_how_far_it_went(run: Run, place: Path) -> None:
    result = run("suggest", place, *QUICK)
    assert result.exit_code == 0
    for words in (
        "WHAT WOULD HELP MOST",
        "1. +",
        "estimated;",
        "left unverified",
        "planned anew",
        "--change-staff",
    ):
        assert words in result.stdout
    assert "lose" in result.stdout


def test_only_the_kinds_asked_for(run: Run, place: Path) -> None:
    answer = json.loads(run("suggest", place, *QUICK, "--kind", "train", "--json").stdout)
    assert {kind for row in answer["suggestions"] for kind in row["kinds"]} == {"train"}


def test_others_than_the_panel_see_no_code(run: Run, place: Path) -> None:
    text = run("suggest", place, *QUICK, "--audience", "public").stdout
    assert "more hours" in text
    assert "P1" not in text
    assert "whatif" not in text


def test_a_neighbour_lends_what_it_does_not_use(run: Run, place: Path, tmp_path: Path) -> None:
    lender = a_cluster(name="Lender", staff=(a_person("L1"),))
    write_cluster(lender, tmp_path / "lender")
    answer = json.loads(
        run("suggest", place, *QUICK, "--kind", "lend", "--neighbour", tmp_path / "lender", "--json").stdout
    )
    (row,) = answer["suggestions"]
    assert "leaves 10.0 h a week of theirs unused" in row["words"][0]
    again = run(*shlex.split(row["line"])[1:], "--work-limit", "0.1", "--no-progress")
    assert again.exit_code == 0


def test_the_shopping_list_is_a_curve_for_each_item(run: Run, place: Path) -> None:
    answer = json.loads(run("suggest", place, *QUICK, "--shopping", "--json").stdout)
    assert answer["items"]
    assert {point["fte"] for item in answer["items"] for point in item["curve"]} == {0.1, 0.2, 0.3, 0.5}
    assert any(item["about"] == "skill" for item in answer["items"])
    assert "+0.1" in run("suggest", place, *QUICK, "--shopping").stdout


@pytest.mark.parametrize("options", [("--moves", 4), ("--kind", "magic"), ("--neighbour", "nowhere")])
def test_what_makes_no_sense_is_bad_usage(run: Run, place: Path, options: tuple[object, ...]) -> None:
    assert run("suggest", place, *options).exit_code == 2


@pytest.mark.parametrize("verb", ["suggest", "alternatives"])
def test_where_no_plan_exists_the_conflict_is_named_without_codes_that_are_not_shared(
    run: Run, tmp_path: Path, verb: str
) -> None:
    """Two locked needs of one hour each for somebody with one hour: exit code 3."""
    given = {"status": "in_service", "current_staff": "P1", "locked": True, "consent": "own_school"}
    cluster = a_cluster(
        needs=(a_need("SECRET-1", **given), a_need("SECRET-2", **given)), staff=(a_person(fte=0.1),)
    )
    write_cluster(cluster, tmp_path / "stuck")
    result = run(verb, tmp_path / "stuck", "--work-limit", "0.1", "--no-progress")
    assert result.exit_code == 3
    assert "SECRET" not in result.stdout + result.stderr
