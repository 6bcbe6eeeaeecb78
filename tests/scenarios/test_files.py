"""Scenario files: what is wrong is named with file, line and key; sweeps, bases, circles; the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from allocator.errors import Fault, InputError
from allocator.io.reader import read_cluster
from scenarios import (
    READY_MADE,
    Scenario,
    apply,
    apply_in_turn,
    changes_of,
    question,
    question_names,
    read_one,
    read_scenarios,
    ready_made,
)
from scenarios.schema import FILE, document, publish, scenario_schema
from scenarios.validity import faults_of
from tests.scenarios.worlds import a_world

DOCS = Path(__file__).resolve().parents[2] / "docs"


def written(folder: Path, text: str, name: str = "s.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        for scenario in read_scenarios(written(folder, text)):
            apply(a_world(), scenario)
    return caught.value.faults


class TestReading:
    def test_a_file_is_a_scenario(self, tmp_path: Path) -> None:
        path = written(tmp_path, "name: x\nquestion: why\nchanges:\n- {change: remove_staff, person: P1}\n")
        scenario = read_one(path)
        assert (scenario.name, scenario.question) == ("x", "why")
        assert "P1" not in apply(a_world(), scenario).person

    def test_policy_is_laid_over_at_the_end(self, tmp_path: Path) -> None:
        path = written(tmp_path, "name: x\npolicy:\n  counts: learners\n")
        applied = apply_in_turn(a_world(), path)
        assert applied.cluster.policy.counts == "learners"
        assert applied.sentences == ("settings: policy.counts hours → learners.",)

    def test_apply_takes_a_scenario_a_file_or_a_question(self, tmp_path: Path) -> None:
        path = written(tmp_path, "name: x\nchanges: {change: remove_staff, person: P1}\n")
        assert apply(a_world(), path) == apply(a_world(), str(path)) == apply(a_world(), read_one(path))

    @pytest.mark.parametrize(
        ("text", "line", "column", "words"),
        [
            ("name: x\nchange:\n- {}\n", 2, "change", "did you mean `changes`"),
            ("name: x\nchanges:\n- change: redeplyo\n", 3, "changes[1].change", "did you mean `redeploy`"),
            ("name: x\nchanges:\n- person: P1\n", 3, "changes[1]", "needs its type"),
            (
                "name: x\nchanges:\n- change: train\n  person: P1\n  skils: a\n",
                5,
                "changes[1].skils",
                "did you mean `skills`",
            ),
            (
                "name: x\nchanges:\n- change: redeploy\n  person: P1\n  fte: lots\n  to_site: B\n",
                5,
                "changes[1].fte",
                "expected a number above 0 and at most 1.5",
            ),
            ("name: x\nchanges:\n- change: remove_staff\n", 3, "changes[1].person", "found nothing"),
            (
                "name: x\nchanges:\n- change: scale_demand\n  factor: 2\n  where:\n    tires: 2\n",
                6,
                "changes[1].where.tires",
                "did you mean `tiers`",
            ),
            ("changes:\n- {change: remove_staff, person: P1}\n", 1, "name", "expected text, found nothing"),
        ],
    )
    def test_a_fault_names_line_key_and_what_was_meant(
        self, tmp_path: Path, text: str, line: int, column: str, words: str
    ) -> None:
        found = faults(tmp_path, text)
        assert [(fault.file, fault.row, fault.column) for fault in found] in (
            [("s.yaml", line, column)],
            [("s.yaml", None, column)],
        )
        assert words in found[0].message
        assert column == "name" or found[0].row == line

    def test_faults_come_all_at_once(self, tmp_path: Path) -> None:
        text = "name: x\nchanges:\n- {change: trian, person: P1}\n- {change: train, persn: P1, skills: a}\n"
        assert len(faults(tmp_path, text)) == 3  # the type, the unknown key, the missing person

    def test_what_the_cluster_does_not_have_is_named_with_its_line(self, tmp_path: Path) -> None:
        text = "name: x\nchanges:\n- change: remove_staff\n  person: P1\n- change: train\n  person: P1\n  skills: a\n"
        (fault,) = faults(tmp_path, text)
        assert (fault.file, fault.row, fault.column, fault.found) == ("s.yaml", 6, "person", "P1")

    def test_a_change_that_changes_nothing_is_named_with_its_line(self, tmp_path: Path) -> None:
        text = "name: x\nchanges:\n- change: train\n  person: P1\n  skills: reading\n"
        (fault,) = faults(tmp_path, text)
        assert (fault.row, fault.column) == (5, "skills")
        assert "changes nothing" in fault.message

    def test_a_policy_that_is_wrong_is_named_with_its_line(self, tmp_path: Path) -> None:
        (fault,) = faults(tmp_path, "name: x\npolicy:\n  counts: hours\n  fairness:\n    by: sites\n")
        assert (fault.row, fault.column) == (5, "policy.fairness.by")

    def test_a_scenario_without_any_change_is_refused(self, tmp_path: Path) -> None:
        assert "must change something" in faults(tmp_path, "name: x\n")[0].message

    def test_what_is_no_yaml_is_refused(self, tmp_path: Path) -> None:
        assert "not valid YAML" in faults(tmp_path, "name: [x\n")[0].message

    def test_an_unknown_file_or_question_is_refused(self) -> None:
        with pytest.raises(InputError, match="no such file or ready-made question"):
            read_one("S99")


SWEPT = """\
name: more hours
changes:
- change: redeploy
  person: P1
  fte: $fte
  to_site: $where
sweep:
  fte: [0.2, 0.4]
  where: [B, OFF]
"""


class TestSweep:
    def test_every_combination_is_a_variant_with_a_name(self, tmp_path: Path) -> None:
        variants = read_scenarios(written(tmp_path, SWEPT))
        assert [variant.name for variant in variants] == [
            "more hours (fte 0.2, where B)",
            "more hours (fte 0.2, where OFF)",
            "more hours (fte 0.4, where B)",
            "more hours (fte 0.4, where OFF)",
        ]
        assert apply(a_world(), variants[3]).person["P1@OFF"].fte == 0.4

    def test_where_one_is_needed_a_sweep_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="swept over 4 variants"):
            read_one(written(tmp_path, SWEPT))

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ("$fte", "$ft", "no sweep with this name - did you mean `fte`"),
            ("  where: [B", "  other: [B", "no change uses it"),
            ("[0.2, 0.4]", "7", "expected `name: "),
            ("[0.2, 0.4]", "[0.2, 9]", "at most 1.5"),
            ("[0.2, 0.4]", str(list(range(1, 150))), "at most 200 variants"),
        ],
    )
    def test_slips_are_refused(self, tmp_path: Path, old: str, new: str, words: str) -> None:
        assert words in "\n".join(map(str, faults(tmp_path, SWEPT.replace(old, new, 1))))

    def test_a_mark_without_a_sweep_is_refused(self, tmp_path: Path) -> None:
        text = "name: x\nchanges:\n- {change: remove_staff, person: $who}\n"
        (fault,) = faults(tmp_path, text)
        assert (fault.row, fault.found) == (3, "$who")


class TestBases:
    def files(self, folder: Path, **bases: str) -> None:
        for number, (name, base) in enumerate(bases.items()):
            base_line = f"base: {base}\n" if base else ""
            change = f"- {{change: train, person: P1, skills: s{number}}}"
            written(folder, f"name: {name}\n{base_line}changes:\n{change}\n", f"{name}.yaml")

    def test_the_base_comes_first(self, tmp_path: Path) -> None:
        self.files(tmp_path, first="", second="first", third="second")
        scenario = read_one(tmp_path / "third.yaml")
        assert apply(a_world(), scenario).person["P1"].skills == ("reading", "s0", "s1", "s2")

    def test_a_base_of_two_is_applied_once(self, tmp_path: Path) -> None:
        self.files(tmp_path, root="", left="root", right="root", both="left; right")
        assert len(changes_of(read_one(tmp_path / "both.yaml"))) == 4

    def test_a_circle_is_an_error_that_shows_it(self, tmp_path: Path) -> None:
        self.files(tmp_path, a="b", b="c", c="a")
        with pytest.raises(InputError, match="in a circle: a → b → c → a"):
            apply(a_world(), tmp_path / "a.yaml")

    def test_an_unknown_base_is_refused_with_what_was_meant(self, tmp_path: Path) -> None:
        self.files(tmp_path, first="", second="frist")
        with pytest.raises(InputError, match="did you mean `first`"):
            apply(a_world(), tmp_path / "second.yaml")

    def test_scenarios_in_memory_name_each_other_through_a_library(self) -> None:
        first = Scenario(name="first", changes=[{"change": "remove_staff", "person": "P1"}])
        second = Scenario(name="second", base="first", changes=[{"change": "remove_staff", "person": "P2"}])
        now = apply(a_world(), second, library={"first": first})
        assert not {"P1", "P2"} & set(now.person)

    def test_a_ready_made_question_may_be_a_base(self, tmp_path: Path) -> None:
        path = written(tmp_path, "name: x\nbase: S4\npolicy: {counts: learners}\n")
        assert len(changes_of(read_one(path))) == 3


class TestQuestions:
    def test_there_are_twelve(self) -> None:
        assert question_names() == tuple(f"S{number}" for number in range(1, 13))
        with pytest.raises(KeyError, match="S1, S2"):
            question("S13")

    @pytest.mark.parametrize("name", [f"S{number}" for number in range(1, 13)])
    def test_each_applies_to_the_cluster_it_is_written_for(self, name: str) -> None:
        scenario = read_one(name)
        assert scenario.cluster in READY_MADE
        before = read_cluster(ready_made(scenario.cluster))
        applied = apply_in_turn(before, scenario)
        assert faults_of(applied.cluster) == ()
        assert applied.cluster != before
        assert scenario.question.endswith("?")

    def test_each_ready_made_cluster_has_a_question(self) -> None:
        assert {read_one(name).cluster for name in question_names()} == set(READY_MADE)


def plain(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


class TestSchema:
    def test_the_document_is_current(self) -> None:
        """Renew with: python -m scenarios.schema docs."""
        assert (DOCS / FILE).read_text(encoding="utf-8") == document()

    def test_publishing_writes_it(self, tmp_path: Path) -> None:
        publish(tmp_path)
        assert json.loads((tmp_path / FILE).read_text(encoding="utf-8")) == scenario_schema()

    def test_it_is_a_schema(self) -> None:
        jsonschema.Draft202012Validator.check_schema(scenario_schema())

    @pytest.mark.parametrize("name", [f"S{number}" for number in range(1, 13)])
    def test_the_questions_fit_it(self, name: str) -> None:
        jsonschema.validate(plain(question(name)), scenario_schema())

    def test_a_sweep_fits_it(self, tmp_path: Path) -> None:
        jsonschema.validate(plain(written(tmp_path, SWEPT)), scenario_schema())

    @pytest.mark.parametrize(
        "change",
        [
            {"change": "redeplyo", "person": "P1"},
            {"change": "redeploy", "person": "P1", "too_site": "B"},
            {"person": "P1"},
            {"change": "redeploy", "fte": 0.2},
            {"change": "redeploy", "person": "P1", "fte": "much"},
        ],
    )
    def test_slips_do_not(self, change: dict[str, Any]) -> None:
        content = {"name": "x", "changes": [change]}
        assert list(jsonschema.Draft202012Validator(scenario_schema()).iter_errors(content))
