"""cluster.yaml: faults carry the line; roles are merged over the shipped table; nothing unknown passes."""

from __future__ import annotations

import pytest

from allocator.io.defaults import default_roles
from allocator.io.reader import read_cluster
from tests.io.helpers import FILES, faults_of, folder, only_fault

HEAD = FILES["cluster.yaml"]


def settings(tmp_path, more: str):
    return folder(tmp_path / "c", {"cluster.yaml": HEAD + more})


class TestYaml:
    def test_broken_yaml_is_named_with_line_and_character(self, tmp_path):
        fault = faults_of(settings(tmp_path, "policy:\n  counts: [hours\n"))[0]
        assert (fault.file, fault.row) == ("cluster.yaml", 7)
        assert fault.message.startswith("not valid YAML at character 1: ")

    def test_a_key_twice(self, tmp_path):
        fault = only_fault(settings(tmp_path, "travel:\n  speed_kmh: 30\n  speed_kmh: 50\n"))
        assert (fault.row, fault.message) == (7, "the key `speed_kmh` appears twice")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "# nothing\n",
            "- a\n- b\n",
            "just text\n",
            "a: &x [*x]\n",
            "[" * 3000,
            'a: "\\UFFFFFFFF"\n',
            "? [a]\n: b\n",
            "%YAML 9.9\n---\na: 1\n",
            "a: 1\n---\nb: 2\n",
            "&a : *a\n",
            "<<: 1\n",
            "terms: x\n",
            "terms: {id: T1}\n",
            "roles: 3\n",
            "roles: {slt: 3}\n",
            "name: {a: b}\n",
            "policy: [1]\n",
            "terms: [null, 3]\n",
            "policy: {goals: {a: 1}}\n",
        ],
    )
    def test_what_is_no_settings_file_is_refused(self, tmp_path, text):
        """Empty, a list, a loop, too deep, damaged escapes: a fault in the file, nothing else."""
        for fault in faults_of(folder(tmp_path / "c", {"cluster.yaml": text})):
            assert fault.file == "cluster.yaml"

    def test_scalars_keep_their_spelling(self, tmp_path):
        """A term called 0012 is not the number 12, and a cluster may be called 2027."""
        text = HEAD.replace("Ngā Kura o Tūī", "2027").replace("id: T1", "id: 0012")
        cluster = read_cluster(folder(tmp_path / "c", {"cluster.yaml": text}))
        assert (cluster.name, cluster.terms[0].id) == ("2027", "0012")

    def test_a_key_with_nothing_behind_it_means_the_default(self, tmp_path):
        plain = read_cluster(folder(tmp_path / "plain"))
        assert read_cluster(settings(tmp_path, "policy:\n  fairness:\n    by:\ntravel:\nroles:\n")) == plain


class TestUnknownSettings:
    @pytest.mark.parametrize(
        ("more", "row", "name", "message"),
        [
            ("polcy: {}\n", 5, "polcy", "unknown setting `polcy` - did you mean `policy`?"),
            (
                "policy:\n  count: hours\n",
                6,
                "policy.count",
                "unknown setting `count` - did you mean `counts`?",
            ),
            (
                "policy:\n  fairness:\n    flor: 0.2\n",
                7,
                "policy.fairness.flor",
                "unknown setting `flor` - did you mean `floor`?",
            ),
            (
                "roles:\n  slt: {contact: 1}\n",
                6,
                "roles.slt.contact",
                "unknown setting `contact` - did you mean `contact_share`?",
            ),
            (
                "travel: {zzz: 1}\n",
                5,
                "travel.zzz",
                "unknown setting `zzz`; known here: speed_kmh, road_factor, overhead_minutes",
            ),
        ],
    )
    def test_an_unknown_key_is_named_at_its_line(self, tmp_path, more, row, name, message):
        fault = only_fault(settings(tmp_path, more))
        assert (fault.row, fault.column, fault.message) == (row, name, message)


class TestValues:
    @pytest.mark.parametrize(
        ("more", "row", "message"),
        [
            ("policy: {counts: our}\n", 5, "expected one of: hours, learners, both - did you mean `hours`?"),
            ("policy:\n  goals:\n  - need_met\n  - farness\n", 8, "did you mean `fairness`?"),
            ("policy:\n  goals:\n  - {goal: travel, tolerance: 2}\n", 7, "expected a number from 0 to 1"),
            ("policy: {goals: [travel, travel]}\n", 5, "a goal appears twice in the order"),
            (
                "policy: {goals: [{goals: {fairness: 1, travel: 1}}]}\n",
                5,
                "fairness is a leximin and must be a level of its own",
            ),
            ("policy: {waiting_discount: .nan}\n", 5, "expected a number"),
            ("travel: {speed_kmh: true}\n", 5, "expected a number above 0"),
            ("travel: {speed_kmh: inf}\n", 5, "expected a number"),
            ("policy: {wait_cap_weeks: 1.5}\n", 5, "expected a whole number of 1 or more"),
            ("policy: {handover_allowed: perhaps}\n", 5, "expected yes or no"),
            ("policy: {year_bands: [[1, 3], [3, 4]]}\n", 5, "must not overlap"),
            (
                "policy: {priority_weights: {1: 8, 2: 5}}\n",
                5,
                "every priority from 1 to 5 needs a weight; missing: 3, 4, 5",
            ),
            (
                "policy: {priority_weights: {1: 8, 2: 5, 3: 1, 4: 1, 5: -1}}\n",
                5,
                "expected a whole number of 0 or more",
            ),
            (
                "policy: {priority_weights: {1: 0, 2: 0, 3: 0, 4: 0, 5: 0}}\n",
                5,
                "at least one priority needs a weight above 0",
            ),
            ("policy: {tier_floors: {4: 0.1}}\n", 5, "expected a tier from 1 to 3"),
            ("policy: {tier_floors: {1: 3}}\n", 5, "expected a number from 0 to 1"),
            ("policy:\n  load_breaks:\n  - 0.8\n  - 80\n", 8, "expected a number from 0 to 1"),
            ("policy: {fairness: {equity_bands: [490, 430]}}\n", 5, "the smaller first"),
            ("policy: {liaison_site_types: [primary]}\n", 5, "expected one of: early_learning"),
            ("roles: {slt: {year_min: 5, year_max: 1}}\n", 5, "must not be below the 5 of year_min"),
        ],
    )
    def test_a_wrong_setting_is_named_at_its_line(self, tmp_path, more, row, message):
        fault = only_fault(settings(tmp_path, more))
        assert fault.row == row
        assert message in fault.message

    def test_terms_that_overlap(self, tmp_path):
        """Term T1 starts on 1 February and has 13 weeks: it is not over on 26 April."""
        text = HEAD.replace("weeks: 10", "weeks: 13")
        fault = only_fault(folder(tmp_path / "c", {"cluster.yaml": text}))
        assert (fault.row, fault.column) == (4, "terms[2].start")
        assert "term T1 with its 13 weeks is not over" in fault.message

    def test_one_wrong_term_is_one_fault(self, tmp_path):
        """The model also counts the terms; that message only follows from the first."""
        text = "name: x\nterms:\n- {id: T1, start: soon}\n"
        fault = only_fault(folder(tmp_path / "c", {"cluster.yaml": text}))
        assert (fault.row, fault.message) == (3, "expected a date such as 2027-02-01 or 01/02/2027")

    def test_more_than_four_terms(self, tmp_path):
        text = "name: x\nterms:\n" + "".join(
            f"- {{id: T{n}, weeks: 4, start: 2027-0{n}-01}}\n" for n in range(1, 6)
        )
        fault = only_fault(folder(tmp_path / "c", {"cluster.yaml": text}))
        assert fault.message == "expected at most 4 entries"


class TestRoles:
    def test_an_override_changes_only_what_it_names(self, tmp_path):
        """contact_share is ours, all else of the shipped role stays."""
        cluster = read_cluster(settings(tmp_path, "roles: {slt: {contact_share: 0.6}}\n"))
        assert cluster.roles["slt"] == default_roles()["slt"].model_copy(update={"contact_share": 0.6})
        assert cluster.roles["rtlb"] == default_roles()["rtlb"]

    def test_a_limit_is_lifted_with_null(self, tmp_path):
        assert default_roles()["rtlb"].max_cases is not None
        assert (
            read_cluster(settings(tmp_path, "roles: {rtlb: {max_cases: null}}\n")).roles["rtlb"].max_cases
            is None
        )

    def test_a_role_is_taken_out_with_null(self, tmp_path):
        assert "senco" not in read_cluster(settings(tmp_path, "roles: {senco: null}\n")).roles
        other = folder(tmp_path / "d", {"cluster.yaml": HEAD + "roles: {senko: null}\n"})
        assert only_fault(other).message == "there is no such role to take out - did you mean `senco`?"

    def test_a_new_role_needs_a_name(self, tmp_path):
        fault = only_fault(settings(tmp_path, "roles:\n  sltt: {contact_share: 0.6}\n"))
        assert (fault.row, fault.column) == (6, "roles.sltt.name")
        assert fault.message == "a role that is not in the role table needs a name - did you mean `slt`?"

    def test_a_default_table_of_ones_own(self, tmp_path):
        """The parameter replaces the shipped table."""
        own = {name: default_roles()[name] for name in ("slt", "rtlb", "lsc")}
        assert set(read_cluster(folder(tmp_path / "c"), roles=own).roles) == set(own)

    def test_the_shipped_table_cannot_be_changed_by_a_caller(self):
        default_roles().clear()
        assert default_roles()
