"""``init``, ``import``, ``generate``, ``schema``: a cluster comes into being, and nothing typed is lost."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from allocator.generating import generate_area
from allocator.io.reader import read_cluster
from tests.cli.conftest import Run

DIRECTORY = """\
School_Id,Org_Name,Org_Type,Latitude,Longitude,EQi_Index,Isolation_Index,COL_Id,COL_Name,Total,Education_Region
1,Kōwhai School,Full Primary,-37.70,176.16,470,0.5,99143,Te Awa,210,Bay of Plenty
2,Whero College,Secondary (Year 9-15),-37.71,176.17,480,0.6,99143,Te Awa,640,Bay of Plenty
3,Far School,Contributing,-41.28,174.77,430,0.1,99001,Other,300,Wellington
"""

EXPORT = """\
Pupil,Learning Centre,Area of Need,Tier,Priority
pupil-7,Kōwhai School,Learning,2,High
"""
MAPPING = """\
columns:
  learner_id: Pupil
  site_id: Learning Centre
  area_of_need: Area of Need
  tier: Tier
values:
  area_of_need: {Learning: learning}
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "DIRECTORY.csv"
    path.write_text(DIRECTORY, encoding="utf-8")
    return path


class TestInit:
    """A new cluster that is right from the start."""

    @pytest.mark.parametrize(
        ("arguments", "made"),
        [
            (["my-cluster"], "my-cluster"),
            (["--excel", "my-cluster.xlsx"], "my-cluster.xlsx"),
            (["--excel", "my-cluster"], "my-cluster.xlsx"),
            (["my-cluster.xlsx"], "my-cluster.xlsx"),
        ],
    )
    def test_made_and_right(self, run: Run, arguments: list[str], made: str) -> None:
        result = run("init", *arguments)
        assert result.exit_code == 0
        assert f"allocator validate {made}" in result.stdout
        assert run("validate", made).exit_code == 0

    def test_never_writes_over(self, run: Run) -> None:
        run("init", "my-cluster")
        before = Path("my-cluster/needs.csv").read_bytes()
        assert run("init", "my-cluster").exit_code == 1
        assert Path("my-cluster/needs.csv").read_bytes() == before

    def test_as_json(self, run: Run) -> None:
        assert json.loads(run("init", "new", "--json").stdout) == {"status": "done", "written": "new"}


class TestImportSchools:
    """The schools directory becomes sites.csv."""

    @pytest.mark.parametrize(
        ("which", "codes"),
        [
            (["--cluster", "99143"], ["1", "2"]),
            (["--region", "Wellington"], ["3"]),
            (["--ids", "1, 3"], ["1", "3"]),
            (["--near", "-37.70", "176.16", "0.5"], ["1"]),
            (["--cluster", "99143", "--ids", "2"], ["2"]),
        ],
    )
    def test_which_schools(self, run: Run, directory: Path, which: list[str], codes: list[str]) -> None:
        result = run("import", "schools", directory, *which, "-o", "awa")
        assert result.exit_code == 0, result.stderr
        lines = Path("awa/sites.csv").read_text(encoding="utf-8").splitlines()
        assert [line.split(",")[0] for line in lines[1:]] == codes

    def test_by_local_office(self, run: Run, directory: Path) -> None:
        text = DIRECTORY.replace("Education_Region", "Local_Office_Name")
        directory.write_text(text, encoding="utf-8")
        assert run("import", "schools", directory, "--local-office", "Wellington", "-o", "awa").exit_code == 0
        assert len(Path("awa/sites.csv").read_text(encoding="utf-8").splitlines()) == 2

    def test_saying_no_schools_is_bad_usage(self, run: Run, directory: Path) -> None:
        result = run("import", "schools", directory, "-o", "awa")
        assert result.exit_code == 2
        assert not Path("awa").exists()

    def test_no_such_cluster_is_bad_input(self, run: Run, directory: Path) -> None:
        result = run("import", "schools", directory, "--cluster", "1", "-o", "awa")
        assert result.exit_code == 1
        assert "no school belongs to this cluster" in result.stderr
        assert not Path("awa").exists()

    def test_what_is_there_is_kept_unless_forced(self, run: Run, directory: Path) -> None:
        first = ["import", "schools", directory, "--cluster", "99143", "-o", "awa"]
        run(*first)
        assert run(*first).exit_code == 2
        assert run(*first, "--force").exit_code == 0

    def test_then_generate_on_top(self, run: Run, directory: Path) -> None:
        """Import, generate and validate: the way from a directory to a whole cluster."""
        run("import", "schools", directory, "--cluster", "99143", "-o", "awa")
        assert run("generate", "--sites", "awa", "--seed", "1").exit_code == 0
        assert run("validate", "awa").exit_code == 0
        assert {"1", "2"} <= set(read_cluster("awa").site)

    def test_as_json(self, run: Run, directory: Path) -> None:
        answer = json.loads(
            run("import", "schools", directory, "--cluster", "99143", "-o", "awa", "--json").stdout
        )
        assert (answer["status"], answer["sites"]) == ("done", 2)


class TestImportRegister:
    """A register export becomes needs.csv without identities."""

    @pytest.fixture
    def export(self, tmp_path: Path) -> Path:
        path = tmp_path / "EXPORT.csv"
        path.write_text(EXPORT, encoding="utf-8")
        (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
        return path

    def arguments(self, export: Path) -> list[object]:
        return ["import", "register", export, "--mapping", "mapping.yaml", "--key", "k.key", "-o", "awa"]

    def test_codes_are_hashed(self, run: Run, export: Path) -> None:
        result = run(*self.arguments(export))
        assert result.exit_code == 0, result.stderr
        text = Path("awa/needs.csv").read_text(encoding="utf-8")
        assert len(text.splitlines()) == 2
        assert "pupil-7" not in text
        assert Path("k.key").exists()

    def test_without_a_mapping_the_built_in_one_is_used(self, run: Run, export: Path) -> None:
        """The built-in mapping knows "Learner code", and not "Pupil", as the learner's column."""
        export.write_text(EXPORT.replace("Pupil", "Learner code"), encoding="utf-8")
        result = run("import", "register", export, "--key", "k.key", "-o", "awa")
        assert result.exit_code == 0, result.stderr
        assert "learner" not in result.stderr

    def test_the_same_key_gives_the_same_codes(self, run: Run, export: Path) -> None:
        run(*self.arguments(export))
        first = Path("awa/needs.csv").read_bytes()
        assert run(*self.arguments(export)).exit_code == 2
        assert run(*self.arguments(export), "--force").exit_code == 0
        assert Path("awa/needs.csv").read_bytes() == first

    def test_sites_of_the_folder_are_used(self, run: Run, export: Path, directory: Path) -> None:
        run("import", "schools", directory, "--cluster", "99143", "-o", "awa")
        assert json.loads(run(*self.arguments(export), "--json").stdout)["needs"] == 1
        assert "Kōwhai" not in Path("awa/needs.csv").read_text(encoding="utf-8")

    def test_names_are_refused(self, run: Run, export: Path) -> None:
        export.write_text(EXPORT.replace("Pupil,", "First name,"), encoding="utf-8")
        result = run(*self.arguments(export))
        assert result.exit_code == 1
        assert not Path("awa/needs.csv").exists()
        assert "pupil-7" not in result.output


class TestGenerate:
    """A fictional cluster, the same for the same seed."""

    def made(self, run: Run, *options: object) -> bytes:
        result = run("generate", "--kind", "rural", "--force", "-o", "made", *options)
        assert result.exit_code == 0, result.stderr
        return b"".join(
            Path("made", name).read_bytes() for name in ("cluster.yaml", "sites.csv", "needs.csv")
        )

    def test_the_same_seed_gives_the_same_files(self, run: Run) -> None:
        assert self.made(run, "--seed", "3") == self.made(run, "--seed", "3")

    @pytest.mark.parametrize(
        "options",
        [
            ["--seed", "4"],
            ["--kind", "urban"],
            ["--terms", "2"],
            ["--name", "Other"],
            ["--register-share", "0.5"],
        ],
    )
    def test_options_change_the_cluster(self, run: Run, options: list[str]) -> None:
        assert self.made(run, *options) != self.made(run)

    @pytest.mark.parametrize(("option", "role"), [("--coordinators", "lsc"), ("--rtlb", "rtlb")])
    def test_how_many_people(self, run: Run, option: str, role: str) -> None:
        self.made(run, option, "8")
        assert sum(person.role == role for person in read_cluster("made").staff) == 8

    def test_pressure_changes_what_is_promised_elsewhere(self, run: Run) -> None:
        standing = []
        for pressure in ("1", "3"):
            self.made(run, "--pressure", pressure)
            standing.append(sum(person.standing_hours for person in read_cluster("made").staff))
        assert standing[0] < standing[1]

    def test_a_workbook(self, run: Run) -> None:
        assert run("generate", "-o", "made.xlsx").exit_code == 0
        assert read_cluster("made.xlsx").name == "made"

    def test_what_is_there_is_kept_unless_forced(self, run: Run) -> None:
        self.made(run)
        result = run("generate", "-o", "made")
        assert result.exit_code == 2
        assert "--force" in result.stderr

    def test_where_to_write_must_be_said(self, run: Run) -> None:
        assert run("generate").exit_code == 2

    def test_a_share_out_of_range_is_bad_usage(self, run: Run) -> None:
        result = run("generate", "-o", "made", "--register-share", "9")
        assert result.exit_code == 2
        assert "--register-share" in result.stderr

    def test_sites_without_a_file_are_bad_input(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        result = run("generate", "--sites", "empty")
        assert result.exit_code == 1
        assert "the file is missing" in result.stderr

    def test_as_json(self, run: Run) -> None:
        answer = json.loads(run("generate", "-o", "made", "--json").stdout)
        assert answer["status"] == "done"
        assert answer["needs"] == len(read_cluster("made").needs)


@pytest.mark.parametrize("what", ["proposal", "cluster"])
def test_schemas_are_valid_json_schemas(run: Run, what: str) -> None:
    schema = json.loads(run("schema", what).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"] == what.capitalize()


def test_the_shared_schema_knows_no_part_that_stays_with_the_schools(run: Run) -> None:
    assert "site_only" not in json.loads(run("schema", "proposal").stdout)["properties"]


class TestGenerateAnArea:
    """``generate --size``: several clusters in one folder."""

    def test_a_district(self, run: Run, tmp_path: Path) -> None:
        """What is written is what the same seed gives again, and it is valid."""
        result = run("generate", "--size", "district", "--seed", "1", "area", "--json")
        assert result.exit_code == 0
        answer = json.loads(result.stdout)
        assert (answer["written"], answer["status"]) == ("area", "done")
        cluster = read_cluster(tmp_path / "area")
        again = generate_area("district", seed=1, name="area")
        assert (cluster.needs, cluster.staff, cluster.sites) == (again.needs, again.staff, again.sites)

    @pytest.mark.parametrize(
        "options", [("--kind", "rural"), ("--rtlb", "9"), ("--coordinators", "3"), ("--sites", ".")]
    )
    def test_what_speaks_of_one_cluster_is_refused(self, run: Run, options: tuple[str, str]) -> None:
        result = run("generate", "--size", "district", *options, "area")
        assert result.exit_code == 2
        assert f"{options[0]} cannot be used with --size" in result.stderr

    def test_two_places_to_write_are_refused(self, run: Run) -> None:
        result = run("generate", "here", "-o", "there")
        assert result.exit_code == 2
        assert "say once where to write" in result.stderr
