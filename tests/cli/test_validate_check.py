"""``validate`` names every fault or says what was read; ``check`` names every violation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.checking import Violation
from allocator.io.writer import write_cluster
from allocator.models.world import Cluster, Referral
from tests.cli.conftest import Run
from tests.reporting.sample import HIDDEN_LEARNER, HIDDEN_NEED, changed


class TestValidate:
    """Faults with exit code 1, or a summary with exit code 0."""

    def test_a_summary(self, run: Run, folder: Path) -> None:
        result = run("validate", folder)
        assert result.exit_code == 0
        assert result.stdout.startswith("Te Awa [bold]Cluster: nothing wrong was found.\n")
        assert "6 needs to plan: 6 waiting, 0 in service; 1 of them not shared" in result.stdout
        assert f"Next: allocator solve {folder}" in result.stdout

    def test_as_json(self, run: Run, folder: Path) -> None:
        answer = json.loads(run("validate", folder, "--json").stdout)
        assert (answer["status"], answer["needs"], answer["asked_hours"]) == ("done", 6, 120)

    def test_notes_are_part_of_the_answer(self, run: Run, folder: Path) -> None:
        (folder / "shopping.csv").write_text("milk\n", encoding="utf-8")
        assert "Note: shopping.csv" in run("validate", folder).stdout

    def test_inputs_without_effect_on_a_proposal_are_said_to_be_so(
        self, run: Run, cluster: Cluster, tmp_path: Path
    ) -> None:
        """Past requests are checked, and no command uses them yet; `movable` is for what-ifs and suggestions."""
        fixed = cluster.staff[0].model_copy(update={"movable": False})
        past = Referral(
            term="2026-T3", site_id=cluster.sites[0].site_id, area_of_need="learning", tier=2, count=7
        )
        holding = changed(cluster, staff=(fixed, *cluster.staff[1:]), referrals=(past,))
        write_cluster(holding, tmp_path / "held", roles={})
        said = [
            "staff.csv, movable = no (1 row): used by whatif and suggest; changes no proposal.",
            "referrals.csv (1 row): not used yet by any command; changes no proposal.",
        ]
        lines = run("validate", "held").stdout.splitlines()
        assert [line for line in lines if "changes no proposal" in line] == said
        answer = json.loads(run("validate", "held", "--json").stdout)
        assert [aside["sentence"] for aside in answer["unused_by_solve"]] == said
        assert [aside["used_by"] for aside in answer["unused_by_solve"]] == [
            ["whatif", "suggest"],
            [],
        ]

    def test_a_cluster_without_such_inputs_hears_nothing_of_them(self, run: Run, folder: Path) -> None:
        assert "changes no proposal" not in run("validate", folder).stdout
        assert json.loads(run("validate", folder, "--json").stdout)["unused_by_solve"] == []

    def test_every_fault_at_once(self, run: Run, folder: Path) -> None:
        staff = folder / "staff.csv"
        staff.write_text(staff.read_text(encoding="utf-8").replace(",rtlb,", ",wizard,"), encoding="utf-8")
        result = run("validate", folder)
        assert result.exit_code == 1
        assert result.stderr.count("wizard") == 2
        assert "2 faults; nothing was solved, nothing was written." in result.stderr

    def test_faults_as_json(self, run: Run, folder: Path) -> None:
        (folder / "sites.csv").unlink()
        result = run("validate", folder, "--json")
        assert result.exit_code == 1
        answer = json.loads(result.stdout)
        assert answer["status"] == "bad input"
        assert "sites.csv" in {fault["file"] for fault in answer["faults"]}

    def test_a_file_that_is_no_cluster(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
        assert run("validate", "notes.txt").exit_code == 1

    @pytest.mark.parametrize("name", ["urban", "rural", "rtlb_area"])
    def test_ready_made_clusters_are_right(self, run: Run, name: str) -> None:
        result = run("validate", name)
        assert result.exit_code == 0
        assert f"Next: allocator solve {name}\n" in result.stdout


class TestCheck:
    """Each violation is said; withheld codes are not."""

    def test_a_hand_made_plan_has_violations(self, run: Run, folder: Path, saved: Path) -> None:
        """Among others, the fingerprint of the sample is made of zeros."""
        result = run("check", folder, saved)
        assert result.exit_code == 1
        assert result.stdout.rstrip().endswith("violations.")
        assert "fingerprint" in result.stdout

    def test_as_json(self, run: Run, folder: Path, saved: Path) -> None:
        result = run("check", folder, saved, "--json")
        assert result.exit_code == 1
        answer = json.loads(result.stdout)
        assert answer["status"] == "violations"
        assert {"rule", "rows", "by", "message"} == set(answer["violations"][0])

    @pytest.mark.parametrize("options", [[], ["--json"]])
    def test_withheld_codes_are_masked(
        self, run: Run, folder: Path, saved: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
    ) -> None:
        found = Violation(
            "R2 hours", (HIDDEN_NEED,), "5 minutes", f"{HIDDEN_NEED} of {HIDDEN_LEARNER} is wrong"
        )
        monkeypatch.setattr("allocator.checking.check", lambda *_: [found])
        result = run("check", folder, saved, *options)
        assert HIDDEN_NEED not in result.output
        assert HIDDEN_LEARNER not in result.output

    def test_nothing_wrong_is_0(
        self, run: Run, folder: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("allocator.checking.check", lambda *_: [])
        result = run("check", folder, saved)
        assert result.exit_code == 0
        assert "every rule is kept" in result.stdout

    def test_what_could_not_be_checked_is_said(
        self, run: Run, folder: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without the file that stays with the schools, some things are taken as declared."""
        saved.with_name("plan.site-only.json").unlink()
        monkeypatch.setattr("allocator.checking.check", lambda *_: [])
        assert "Not checked: " in run("check", folder, saved).stdout

    def test_a_proposal_that_is_none_is_bad_input(self, run: Run, folder: Path, saved: Path) -> None:
        saved.write_text("{}", encoding="utf-8")
        result = run("check", folder, saved)
        assert result.exit_code == 1
        assert "faults; nothing was solved" in result.stderr

    def test_no_such_file_is_bad_usage(self, run: Run, folder: Path) -> None:
        assert run("check", folder, "nowhere.json").exit_code == 2
