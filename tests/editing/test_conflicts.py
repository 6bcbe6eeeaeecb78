"""Edits that cannot hold together: proved, and a smallest set is named, the newest edits first."""

from __future__ import annotations

import pytest

from allocator.editing.resolving import resolve
from allocator.errors import InfeasibleError
from allocator.models.proposal import Conflict
from allocator.models.world import Cluster
from tests.checking.builders import a_cluster, a_group_support, a_need, a_person, a_policy, a_role, a_site
from tests.editing.helpers import Pin, agreed_for, move, pin, reject

SAID = {"by": "Ana", "reason": "so"}


def conflicts(cluster: Cluster, *edits: object) -> tuple[Conflict, ...]:
    with pytest.raises(InfeasibleError) as caught:
        resolve(cluster, agreed_for(cluster), edits, time_limit=5.0)  # type: ignore[arg-type]
    assert caught.value.minimal
    return caught.value.conflicts


def rules(cluster: Cluster, *edits: object) -> list[str]:
    return [conflict.rule for conflict in conflicts(cluster, *edits)]


def two_people(**fields: object) -> Cluster:
    return a_cluster(needs=[a_need("N1", **fields), a_need("N2")], staff=[a_person("P1"), a_person("P2")])


def test_two_pins_of_one_need_to_two_people() -> None:
    found = conflicts(two_people(), pin("N1", "P1"), pin("N1", "P2"))
    assert [conflict.rule for conflict in found] == ["edit 2", "edit 1", "R1 served once"]
    assert found[0].what == "N1 with P2 (Ana: we know each other)"


def test_a_pin_and_a_rejection_of_the_same() -> None:
    assert rules(two_people(), pin("N1", "P1"), reject("N1", "P1")) == ["edit 2", "edit 1"]


def test_an_edit_that_has_nothing_to_do_with_it_is_not_named() -> None:
    edits = [pin("N1", "P1"), pin("N2", "P2"), pin("N1", "P2")]
    assert rules(two_people(), *edits) == ["edit 3", "edit 1", "R1 served once"]


def test_of_two_that_contradict_the_newest_the_newer_is_blamed() -> None:
    """Edits 1 and 2 say the same; 3 contradicts both: 2 is named, 1 is not."""
    assert rules(two_people(), pin("N1", "P1"), pin("N1", "P1"), reject("N1", "P1")) == ["edit 3", "edit 2"]


def test_a_pin_against_a_locked_row_of_the_register() -> None:
    cluster = two_people(status="in_service", current_staff="P1", locked=True)
    found = conflicts(cluster, pin("N1", "P2"))
    assert [(c.rule, c.what) for c in found] == [
        ("edit 1", "N1 with P2 (Ana: we know each other)"),
        ("R7 agreed before", "N1 is locked to P1"),
    ]


def test_a_rejection_against_a_locked_row_of_the_register() -> None:
    cluster = two_people(status="in_service", current_staff="P1", locked=True)
    assert rules(cluster, reject("N1", "P1")) == ["edit 1", "R7 agreed before"]


def test_a_move_of_a_locked_need() -> None:
    cluster = two_people(status="in_service", current_staff="P1", locked=True)
    assert rules(cluster, move("N1", "P1", "P2")) == ["edit 1", "R7 agreed before"]


@pytest.mark.parametrize(
    ("need", "person", "rule", "what"),
    [
        ({"skills": ("aac",)}, {}, "R3 eligible", "P2 lacks the skill aac"),
        ({"forbidden_staff": ("P2",)}, {}, "R7 agreed before", "P2 is forbidden for this need"),
        ({"consent": "own_school"}, {"base_site": "B"}, "R8 consent", "without cluster consent"),
        ({}, {"vacant": True}, "R11 terms", "P2 has no hours"),
    ],
)
def test_a_pin_to_somebody_who_may_not_says_why(
    need: dict[str, object], person: dict[str, object], rule: str, what: str
) -> None:
    first = a_person("P1", skills=("aac",))
    cluster = a_cluster(needs=[a_need("N1", **need)], staff=[first, a_person("P2", **person)])
    edit, reason = conflicts(cluster, pin("N1", "P2"))
    assert (edit.rule, reason.rule) == ("edit 1", rule)
    assert what in reason.what


def test_more_pins_than_hours() -> None:
    """P2 has 60 minutes a week; each need takes 60."""
    staff = [a_person("P1"), a_person("P2", fte=0.1)]
    cluster = a_cluster(needs=[a_need("N1"), a_need("N2"), a_need("N3")], staff=staff)
    found = rules(cluster, pin("N3", "P1"), pin("N1", "P2"), pin("N2", "P2"))
    assert found == ["edit 3", "edit 2", "R2 hours"]


def test_a_pin_to_a_support_the_need_does_not_admit() -> None:
    cluster = a_cluster(
        needs=[a_need("N1", supports=("S1",)), a_need("N2")],
        supports=[a_group_support("G1"), *a_cluster().supports],
    )
    edit, reason = conflicts(cluster, pin("N1", support="G1"))
    assert (edit.rule, reason.rule) == ("edit 1", "R3 eligible")


def test_two_liaisons_of_one_site() -> None:
    roles = {"teacher": a_role(liaison=True, liaison_hours=1)}
    policy = a_policy(liaison_site_types=("full_primary",))
    staff = [a_person("P1"), a_person("P2")]
    cluster = a_cluster(staff=staff, roles=roles, policy=policy, sites=[a_site("A")], travel_times=())
    pins = [Pin(site="School A", person=code, **SAID) for code in ("P1", "P2")]
    assert rules(cluster, *pins) == ["edit 2", "edit 1", "R9 one face"]
