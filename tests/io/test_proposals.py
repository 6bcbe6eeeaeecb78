"""Proposals are stored as JSON; what stays with the schools is stored apart (R8)."""

from __future__ import annotations

import json

import jsonschema
import pytest

from allocator.errors import InputError
from allocator.io.proposals import load_proposal, proposal_schema, save_proposal, site_only_path
from allocator.models.policy import Goal
from allocator.models.proposal import (
    Allocation,
    Proposal,
    SiteOnly,
    Stage,
    Status,
    StopReason,
    Unmet,
    UnmetReason,
    Withheld,
)


def an_allocation(need: str) -> Allocation:
    return Allocation(
        need_id=need,
        learner_id="X1",
        site_id="A",
        meets_at="A",
        support_id="talk",
        staff_id="S1",
        start_term="T1",
        terms=("T1",),
        minutes_per_week=90,
        value=12,
    )


def a_proposal(site_only: SiteOnly | None = None) -> Proposal:
    return Proposal(
        cluster="Ngā Kura o Tūī",
        fingerprint="0" * 64,
        status=Status.PROVED_BEST,
        stopped=StopReason.PROVED,
        strategy="plans",
        seed=1,
        versions={"allocator": "0.1.0"},
        limits={"time": 10.0, "work": None},
        stages=(
            Stage(
                name="need_met",
                goals=(Goal.NEED_MET,),
                sense="max",
                value=12,
                bound=12,
                floor=12,
                unit="points",
            ),
        ),
        goal_values={Goal.NEED_MET: 12},
        shares_met={"A": 10_000},
        allocations=(an_allocation("N1"),),
        groups=(),
        visits=(),
        shares=(),
        liaisons=(),
        leads=(),
        unmet=(Unmet(need_id="N2", reason=UnmetReason.TOO_FAR, detail="40 minutes"),),
        withheld=Withheld(needs=1, served=1, value=3),
        insertion_exhausted=True,
        site_only=site_only,
    )


PRIVATE = SiteOnly(allocations=(an_allocation("SECRET"),))


class TestSaving:
    @pytest.mark.parametrize("site_only", [None, PRIVATE])
    def test_a_proposal_comes_back_whole(self, tmp_path, site_only):
        save_proposal(a_proposal(site_only), tmp_path / "plan.json")
        assert load_proposal(tmp_path / "plan.json") == a_proposal(site_only)

    def test_the_shared_file_holds_nothing_of_the_private_part(self, tmp_path):
        save_proposal(a_proposal(PRIVATE), tmp_path / "plan.json")
        assert "SECRET" not in (tmp_path / "plan.json").read_text("utf-8")
        assert "SECRET" in (tmp_path / "plan.site-only.json").read_text("utf-8")
        (tmp_path / "plan.site-only.json").unlink()
        assert load_proposal(tmp_path / "plan.json").site_only is None

    @pytest.mark.parametrize("site_only", [None, SiteOnly()])
    def test_without_a_private_part_there_is_no_second_file_and_an_old_one_goes(self, tmp_path, site_only):
        """An earlier plan's private part must never be read as part of this plan."""
        save_proposal(a_proposal(PRIVATE), tmp_path / "plan.json")
        save_proposal(a_proposal(site_only), tmp_path / "plan.json")
        assert [item.name for item in tmp_path.iterdir()] == ["plan.json"]

    def test_the_same_proposal_gives_the_same_bytes(self, tmp_path):
        for name in ("a.json", "b.json"):
            save_proposal(a_proposal(), tmp_path / name)
        assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()

    def test_macrons_are_written_as_they_are(self, tmp_path):
        save_proposal(a_proposal(), tmp_path / "a.json")
        assert "Ngā Kura o Tūī" in (tmp_path / "a.json").read_text("utf-8")

    def test_the_second_files_name(self):
        assert site_only_path("x/plan.v2.json").name == "plan.v2.site-only.json"


class TestLoading:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "line 1: not valid JSON at character 1"),
            (b'{\n "a": 1,\n}', "not valid JSON"),
            (b"\xff\xfe\xff", "not valid UTF-16"),
            (b"[]", "expected a block of settings"),
            (b"[" * 100_000, "nested too deeply"),
            (b'{"cluster": ' + b"9" * 5000 + b"}", "a number is too long"),
            (b'{"site_only": null}', "must not be in the shared file"),
        ],
    )
    def test_what_is_no_proposal_is_refused(self, tmp_path, data, message):
        (tmp_path / "plan.json").write_bytes(data)
        with pytest.raises(InputError) as caught:
            load_proposal(tmp_path / "plan.json")
        assert message in str(caught.value)
        assert all(fault.file == "plan.json" for fault in caught.value.faults)

    def test_every_wrong_field_is_named(self, tmp_path):
        save_proposal(a_proposal(), tmp_path / "plan.json")
        content = json.loads((tmp_path / "plan.json").read_text("utf-8"))
        content["allocations"][0]["minutes_per_week"] = "ninety"
        content["status"] = "best"
        content["colour"] = "red"
        del content["seed"]
        (tmp_path / "plan.json").write_text(json.dumps(content))
        with pytest.raises(InputError) as caught:
            load_proposal(tmp_path / "plan.json")
        faults = {fault.column: fault for fault in caught.value.faults}
        assert faults.keys() == {"allocations[1].minutes_per_week", "status", "colour", "seed"}
        assert faults["allocations[1].minutes_per_week"].message == "expected a whole number"
        assert faults["status"].message.startswith("expected one of: proved best")
        assert faults["colour"].message == "this field is not part of a proposal"

    def test_a_damaged_private_part_is_named_by_its_file(self, tmp_path):
        save_proposal(a_proposal(PRIVATE), tmp_path / "plan.json")
        (tmp_path / "plan.site-only.json").write_text("{")
        with pytest.raises(InputError, match=r"plan\.site-only\.json"):
            load_proposal(tmp_path / "plan.json")

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            load_proposal(tmp_path / "plan.json")


class TestSchema:
    def test_a_proposal_fits_the_schema_and_a_private_part_does_not(self, tmp_path):
        validator = jsonschema.Draft202012Validator(proposal_schema())
        save_proposal(a_proposal(PRIVATE), tmp_path / "plan.json")
        content = json.loads((tmp_path / "plan.json").read_text("utf-8"))
        assert not list(validator.iter_errors(content))
        assert list(validator.iter_errors({**content, "site_only": {}}))
