"""What-ifs typed on one line."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.errors import InputError
from scenarios import apply_in_turn
from scenarios.forms import FORMS
from scenarios.typed import typed_scenario
from tests.scenarios.worlds import a_world


@pytest.mark.parametrize(
    ("kind", "text", "keys"),
    [
        ("redeploy", "P1: 0.4 FTE Kauri School -> Rimu School", {"fte": 0.4, "from_site": "Kauri School"}),
        (
            "redeploy",
            "P1: 6 hours → Rimu School",
            {"hours": 6.0, "from_site": None, "to_site": "Rimu School"},
        ),
        ("redeploy", "P1: -> B", {"fte": None, "hours": None, "to_site": "B"}),
        ("redeploy", "P1: 0.2 FTTE -> cluster Northern", {"to_cluster": "Northern", "to_site": None}),
        ("absence", "P1: T2", {"term": "T2", "share": 1.0}),
        ("absence", "P1: 50% of T2", {"term": "T2", "share": 0.5}),
        ("absence", "P1: 2027-02-01 to 2027-03-01", {"term": None}),
        ("pin", "N1: P2", {"need": "N1", "person": "P2"}),
        ("forbid", "site Rimu School: P1", {"site": "Rimu School", "need": None}),
        ("remove_staff", "P1", {"person": "P1"}),
        ("change_staff", "P1: fte=0.8, max_cases=4", {"set": {"fte": "0.8", "max_cases": "4"}}),
        ("fill_vacancy", "P3: 2027-03-01", {"person": "P3"}),
        (
            "train",
            "P1: skills maths;art, languages nzsl",
            {"skills": ("maths", "art"), "languages": ("nzsl",)},
        ),
        ("lend_staff", "P1: 0.2 FTE -> Northern cluster", {"to_cluster": "Northern cluster"}),
        (
            "lend_staff",
            "PSY-01: 0.2 FTE from rural -> Rimu School, code PSY-R",
            {"from_cluster": "rural", "base_site": "Rimu School", "code": "PSY-R", "to_cluster": None},
        ),
        ("lend_staff", "PSY-01: from rural -> B", {"from_cluster": "rural", "base_site": "B", "code": None}),
        (
            "change_support",
            "S1: cross_site=yes, max_group=8",
            {"set": {"cross_site": "yes", "max_group": "8"}},
        ),
        ("convert_shape", "S1 -> G1: tiers=2", {"support": "S1", "into": "G1"}),
        ("convert_shape", "S1", {"support": "S1", "into": None}),
        ("scale_demand", "+15%", {"factor": 1.15}),
        ("withdraw_site", "Rimu School -> Kauri School", {"staff_to": "Kauri School"}),
        ("change_policy", "policy.fairness.floor=0.5", {"policy": {"fairness": {"floor": "0.5"}}}),
    ],
)
def test_a_line_becomes_the_keys_of_its_change(kind: str, text: str, keys: dict[str, Any]) -> None:
    (change,) = typed_scenario([(kind, text)]).changes
    assert {name: getattr(change, name) for name in keys} == keys
    assert change.change == kind


def test_somebody_new_is_a_row() -> None:
    (change,) = typed_scenario(
        [("add_staff", "V: teacher 0.5 FTE at Rimu School, skills reading;maths")]
    ).changes
    row = change.staff  # type: ignore[union-attr]
    assert (row.staff_id, row.fte, row.base_site, row.skills) == (
        "V",
        0.5,
        "Rimu School",
        ("reading", "maths"),
    )


def test_demand_of_a_kind() -> None:
    (change,) = typed_scenario([("scale_demand", "1.5: areas_of_need=learning, tiers=3")]).changes
    assert change.where.tiers == (3,)  # type: ignore[union-attr]


def test_several_make_one_scenario_in_their_order() -> None:
    scenario = typed_scenario([("redeploy", "P1: 0.4 FTE -> B"), ("absence", "P1@B: T2")])
    assert len(apply_in_turn(a_world(), scenario).steps) == 2


@pytest.mark.parametrize("kind", FORMS)
def test_the_example_in_the_help_can_be_read(kind: str) -> None:
    assert typed_scenario([(kind, FORMS[kind][1])]).changes[0].change == kind


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("redeploy", "P1 0.4 FTE -> B"),
        ("redeploy", "P1: 0.4 FTE B"),
        ("lend_staff", "P1: A -> North"),
        ("lend_staff", "P1: from -> North"),
        ("change_support", "S1"),
        ("convert_shape", "S1 -> G1 -> G2"),
        ("convert_shape", "-> G1"),
        ("absence", "P1"),
        ("add_staff", "V: teacher"),
        ("train", "P1: maths"),
        ("scale_demand", "more"),
        ("change_staff", "P1: fte"),
        ("pin", "N1"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_with_an_example(kind: str, text: str) -> None:
    with pytest.raises(InputError) as caught:
        typed_scenario([(kind, text)])
    (fault,) = caught.value.faults
    assert fault.file == "--" + kind.replace("_", "-")
    assert "expected for example" in fault.message
    assert fault.found == text


def test_a_fault_names_the_option_and_what_was_meant() -> None:
    with pytest.raises(InputError) as caught:
        apply_in_turn(a_world(), typed_scenario([("redeploy", "P-1: -> B")]))
    assert str(caught.value).startswith("--redeploy, person: there is no such person")
    assert "did you mean `P1`" in str(caught.value)


def test_faults_of_several_lines_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        typed_scenario([("redeploy", "P1: 9 FTE -> B"), ("absence", "P1"), ("train", "P1: skills")])
    assert len(caught.value.faults) == 3
