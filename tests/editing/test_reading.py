"""Edits from a file and from options: what is wrong is named with file and line, all of it at once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from allocator.editing.edits import Move, Order, Pin, Reject
from allocator.editing.reading import EXAMPLES, read_edits, typed_edits
from allocator.editing.settling import settle
from allocator.errors import InputError
from allocator.models.policy import Goal
from tests.checking.builders import a_cluster, a_need, a_person, a_policy
from tests.editing.helpers import agreed_for, order, pin

FILE = """\
edits:
- edit: pin
  need: N1
  person: P1
  by: Ana
  reason: they know each other
  at: 2027-01-20T14:05
- edit: order
  goals: [travel, {goals: {need_met: 2, reach: 1}}]
  by: Wiremu
  reason: roads
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "edits.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_edits(written(folder, text))
    return [str(fault) for fault in caught.value.faults]


def test_a_file_is_read_oldest_first(tmp_path: Path) -> None:
    first, second = read_edits(written(tmp_path, FILE)).edits
    assert isinstance(first, Pin)
    assert (first.need, first.person, first.by, first.at) == ("N1", "P1", "Ana", datetime(2027, 1, 20, 14, 5))
    assert isinstance(second, Order)


def test_every_fault_has_its_line(tmp_path: Path) -> None:
    text = FILE.replace("need: N1", "ned: N1").replace("by: Wiremu", "who: W")
    assert faults(tmp_path, text) == [
        "edits.yaml, line 3, edits[1].ned: unknown setting `ned` - did you mean `need`?",
        "edits.yaml, line 8, edits[2].by: expected a value, found nothing",
        "edits.yaml, line 10, edits[2].who: unknown setting `who`; known here: by, reason, at, edit, goals",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "edit: pin",
            "edit: pinn",
            "line 2, edits[1].edit: there is no such kind of edit - did you mean `pin`?",
        ),
        ("edit: pin", "need: N2", "the key `need` appears twice"),
        ("  person: P1\n", "", "give the person, the support, or both"),
        ("need: N1", "site: A\n  need: N1", "give either a need or a site"),
        ("travel,", "trvel,", "there is no goal `trvel` - did you mean `travel`?"),
        ("travel,", "reach,", "a goal appears twice in the order"),
        ("edits:", "edit:", "unknown setting `edit` - did you mean `edits`?"),
        ("reason: roads", "reason:", "line 11, edits[2].reason: expected text"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert any(message in fault for fault in faults(tmp_path, FILE.replace(old, new, 1)))


def test_a_file_without_edits_is_a_slip(tmp_path: Path) -> None:
    assert faults(tmp_path, "edits: []") == ["edits.yaml, line 1, edits: expected at least 1 entry"]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("pin", "N1: P1", {"need": "N1", "person": "P1"}),
        ("pin", "N1: support S1", {"need": "N1", "support": "S1"}),
        ("pin", "site Rimu School: P1", {"site": "Rimu School", "person": "P1"}),
        ("reject", "N1: P1", {"need": "N1", "person": "P1"}),
        ("reject", "N1: group G-004", {"need": "N1", "group": "G-004"}),
        ("move", "N1: P1 -> P2", {"need": "N1", "from_person": "P1", "to_person": "P2"}),
        ("order", "travel, need_met", {"goals": ("travel", "need_met")}),
        ("order", "need_met 2 + reach", {"goals": ({"goals": {"need_met": "2", "reach": "1"}},)}),
    ],
)
def test_typed(kind: str, text: str, expected: dict[str, object]) -> None:
    (edit,) = typed_edits([(kind, text)], by="Ana").edits
    given = edit.model_dump(exclude_none=True)
    assert (given["by"], given["reason"]) == ("Ana", "not said")
    assert {name: given[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("pin", "N1"),
        ("pin", ": P1"),
        ("move", "N1: P1"),
        ("move", "N1: P1 -> P2 -> P3"),
        ("order", "travel,,reach"),
    ],
)
def test_what_cannot_be_read_is_shown_how(kind: str, text: str) -> None:
    with pytest.raises(InputError, match="expected for example") as caught:
        typed_edits([(kind, text)])
    assert EXAMPLES[kind] in str(caught.value)


def test_every_example_can_be_read() -> None:
    kinds = [type(edit) for edit in typed_edits(list(EXAMPLES.items())).edits]
    assert kinds == [Pin, Reject, Move, Order]


class TestSettling:
    """Codes are looked up; every slip is named at once."""

    def test_all_slips_at_once(self) -> None:
        cluster = a_cluster(
            needs=[a_need("N1"), a_need("N2", status="paused")], staff=[a_person("P1"), a_person("P2")]
        )
        agreed = agreed_for(cluster)
        typed = [("pin", "N1: P9"), ("pin", "N2: P1"), ("move", "N1: P9 -> P1"), ("reject", "N1: group G-9")]
        listed = typed_edits(typed)
        with pytest.raises(InputError) as caught:
            settle(cluster, agreed, listed.edits, listed.places)
        found = [str(fault) for fault in caught.value.faults]
        assert [fault.partition(",")[0] for fault in found] == ["--pin", "--pin", "--move", "--reject"]
        assert "known: P1, P2" in found[0]
        assert "this need is paused" in found[1]
        assert "the agreed proposal has no such group" in found[3]

    def test_a_move_from_somebody_else_is_a_slip(self) -> None:
        cluster = a_cluster(
            needs=[a_need("N1")], staff=[a_person("P1"), a_person("P2", sites=("B",), base_site="B")]
        )
        agreed = agreed_for(cluster)
        with pytest.raises(InputError, match="in the agreed proposal P1 serves it"):
            settle(cluster, agreed, typed_edits([("move", "N1: P2 -> P1")]).edits)

    def test_the_newest_order_counts_and_keeps_tolerances(self) -> None:
        policy = a_policy(goals=[{"goal": "need_met", "tolerance": 0.1}, "travel", "reach"])
        cluster = a_cluster(needs=[a_need("N1")], policy=policy)
        asked = settle(
            cluster, agreed_for(cluster), [order("reach"), pin("N1", "P1"), order("travel", "need_met")]
        )
        assert asked.order is not None
        assert [next(iter(level.goals)) for level in asked.order.levels] == [
            Goal.TRAVEL,
            Goal.NEED_MET,
            Goal.REACH,
        ]
        assert asked.order.levels[1].tolerance == 0.1
        assert asked.order.first_untouched == 1
        assert asked.replaced == (1,)
        assert [each.number for each in asked.all] == [2, 3]

    def test_the_agreed_order_changes_nothing(self) -> None:
        cluster = a_cluster(needs=[a_need("N1")])
        with pytest.raises(InputError, match="this changes nothing"):
            settle(cluster, agreed_for(cluster), [order("need_met")])
