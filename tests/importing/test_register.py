"""A register export becomes needs, and no identity comes through."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from allocator.errors import InputError
from allocator.importing import built_in_mapping, import_register, load_key, read_mapping
from allocator.importing.keys import code
from allocator.models.world import Site

KEY = bytes(range(32))
SITES = [
    Site(site_id="9001", name="Ōtūwhai School", type="full_primary"),
    Site(site_id="9002", name="Te Kura o Harakeke", type="kura"),
]
HEADER = (
    "Learner code,Year,Gender,Ethnicity,Learning centre,Education sector,"
    "Attendance threshold,Area of need,Support need,Sub need,Priority of support,"
    "Diagnosis type,Diagnosis sub type,Learner status,Response provider,Response status,"
    "Funding,Internal response,Response type,Tier of response"
)
ROWS = (
    "A17,Year 5,F,Māori/Samoan,Ōtūwhai School,Primary,Regular,Communication and language,"
    "Speech,Sounds,High,,,Enrolled,MoE,Waiting,None,,SLT,Te Kāhui",
    "A17,5,F,Māori,Ōtūwhai School,Primary,Regular,Behaviour,Regulation,,Urgent,,,Enrolled,"
    "RTLB,In progress,None,,Casework,Tier 3",
    "B02,NE,M,NZ European,te kura o harakeke,Primary,Regular,Learning,Literacy,,2,,,"
    "Enrolled,School,On hold,ORS Very High,Yes,Group,Targeted",
)


def written(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = folder / "export.csv"
    path.write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
    return path


class TestFieldList:
    """The published field list of the Tauranga Peninsula cluster is understood as it is."""

    def test_each_field_finds_its_column(self, tmp_path):
        first, second, third = import_register(written(tmp_path, *ROWS), None, KEY, sites=SITES)
        assert (first.site_id, first.year_level, first.tier, first.area_of_need, first.priority) == (
            "9001",
            5,
            2,
            "communication",
            2,
        )
        assert (first.status, first.funding, first.groups, first.consent) == (
            "waiting",
            (),
            ("maori", "pacific"),
            "cluster",
        )
        assert (second.tier, second.priority, second.status) == (3, 1, "in_service")
        assert (third.site_id, third.year_level, third.status, third.funding) == (
            "9002",
            1,
            "paused",
            ("ORS_VH",),
        )

    def test_rows_of_one_learner_share_a_code(self, tmp_path):
        first, second, third = import_register(written(tmp_path, *ROWS), None, KEY, sites=SITES)
        assert first.learner_id == second.learner_id != third.learner_id
        assert len({first.need_id, second.need_id, third.need_id}) == 3

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_byte_order_marks_and_macrons(self, tmp_path, encoding):
        needs = import_register(written(tmp_path, *ROWS, encoding=encoding), None, KEY, sites=SITES)
        assert needs[0].groups == ("maori", "pacific")

    def test_no_field_of_the_list_is_left_unsaid(self, tmp_path):
        """The mapping uses or ignores every published field, so there is nothing to note."""
        notes: list[str] = []
        import_register(written(tmp_path, *ROWS), None, KEY, sites=SITES, notes=notes)
        assert notes == []

    def test_a_site_project_has_no_learner(self, tmp_path):
        row = "A99,,,,Ōtūwhai School,,,System,,,Medium,,,,,Waiting,,,,Universal"
        (need,) = import_register(written(tmp_path, row), None, KEY, sites=SITES)
        assert (need.learner_id, need.year_level, need.tier) == (None, None, 1)


class TestPrivacy:
    """Identifiers become keyed hashes; columns that identify a learner are refused."""

    def test_the_identifier_is_nowhere_in_the_output(self, tmp_path):
        secret = "ZQ4477XX"
        rows = [row.replace("A17", secret) for row in ROWS]
        needs = import_register(written(tmp_path, *rows), None, KEY, sites=SITES)
        everything = "".join(need.model_dump_json() for need in needs)
        assert secret not in everything
        assert KEY.hex() not in everything

    def test_the_same_key_gives_the_same_codes_and_another_key_others(self, tmp_path):
        path = written(tmp_path, *ROWS)
        codes = [
            [need.learner_id for need in import_register(path, None, key, sites=SITES)]
            for key in (KEY, KEY, bytes(32))
        ]
        assert codes[0] == codes[1]
        assert not set(codes[0]) & set(codes[2])

    def test_the_hash_is_hmac_sha256_cut_to_sixty_bits(self):
        """Expected: ``openssl dgst -sha256 -mac HMAC`` over ``learner``, a zero byte, ``a17``; in base 32."""
        assert code(KEY, "learner", "A17") == "a4nphra35exv"
        assert code(KEY, "learner", " A17 ") == code(KEY, "learner", "a17")
        assert code(KEY, "learner", "A17") != code(KEY, "need", "A17")

    @pytest.mark.parametrize(
        "header",
        [
            "Name",
            "First name",
            "Surname",
            "Student Name",
            "NSN",
            "National Student Number",
            "Date of Birth",
            "DOB",
            "Address",
            "Home address",
            "Phone",
            "Mobile",
            "Email",
            "E-mail",
            "Parent name",
            "Ingoa",
        ],
    )
    def test_identifying_columns_are_refused_without_repeating_a_cell(self, tmp_path, header):
        rows = [f"{row},Hinemoa 0123456" for row in ROWS]
        with pytest.raises(InputError) as error:
            import_register(written(tmp_path, *rows, header=f"{HEADER},{header}"), None, KEY, sites=SITES)
        assert [fault.column for fault in error.value.faults] == [header]
        assert "Hinemoa" not in str(error.value)
        assert "0123456" not in str(error.value)

    def test_a_student_number_may_only_be_hashed(self, tmp_path):
        """Named in the mapping as the learner's identifier, it is replaced and not refused."""
        mapping = built_in_mapping()
        hashed = mapping.model_copy(update={"columns": mapping.columns | {"learner_id": ("NSN",)}})
        path = written(tmp_path, *ROWS, header=HEADER.replace("Learner code", "NSN"))
        needs = import_register(path, hashed, KEY, sites=SITES)
        assert needs[0].learner_id == "L-" + code(KEY, "learner", "A17")

    def test_a_key_is_made_once_and_only_its_owner_may_read_it(self, tmp_path):
        path = tmp_path / "register.key"
        key = load_key(path)
        assert len(key) == 32
        assert load_key(path) == key
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    @pytest.mark.parametrize("content", ["", "short", "zz" * 32, "ā" * 64])
    def test_a_file_that_is_no_key_is_refused_without_showing_it(self, tmp_path, content):
        path = tmp_path / "register.key"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match="expected a key of 64 hexadecimal digits") as error:
            load_key(path)
        assert content == "" or content not in str(error.value)


class TestFaults:
    """All faults at once; words without a meaning are answered with those that have one."""

    def test_every_word_without_a_meaning_is_named(self, tmp_path):
        row = "C1,Year 99x,F,Martian,Otuwai School,Primary,,Sorcery,,,Whenever,,,,,Perhaps,Lotto,,,Tier 9"
        with pytest.raises(InputError) as error:
            import_register(written(tmp_path, ROWS[0], row), None, KEY, sites=SITES)
        assert {fault.column for fault in error.value.faults} == {
            "Year",
            "Ethnicity",
            "Learning centre",
            "Area of need",
            "Priority of support",
            "Response status",
            "Funding",
            "Tier of response",
        }
        assert {fault.row for fault in error.value.faults} == {3}
        area = next(fault for fault in error.value.faults if fault.column == "Area of need")
        assert area.found == "Sorcery"
        assert "`learning`" in area.message

    def test_blank_required_cells_are_faults(self, tmp_path):
        row = "C1,5,F,Māori,,Primary,,,,,High,,,,,Waiting,,,,"
        with pytest.raises(InputError) as error:
            import_register(written(tmp_path, row), None, KEY, sites=SITES)
        assert {fault.column for fault in error.value.faults} == {
            "Learning centre",
            "Area of need",
            "Tier of response",
        }

    def test_a_row_without_a_learner_is_a_fault_unless_it_is_for_the_system(self, tmp_path):
        with pytest.raises(InputError, match="line 2, Learner code: a learner's code is needed"):
            import_register(written(tmp_path, ROWS[0].removeprefix("A17")), None, KEY, sites=SITES)

    def test_a_missing_header_row_repeats_no_cell(self, tmp_path):
        """A learner's row stands where the header should: its words appear in no fault and no note."""
        notes: list[str] = []
        with pytest.raises(InputError) as error:
            import_register(written(tmp_path, ROWS[1], header=ROWS[0]), None, KEY, sites=SITES, notes=notes)
        assert notes == []
        assert "Sounds" not in str(error.value)

    def test_missing_columns_are_faults(self, tmp_path):
        with pytest.raises(InputError, match="a column `tier of response` or `tier` is needed"):
            import_register(
                written(tmp_path, header="Learner code,Year,Learning centre,Area of need"), None, KEY
            )

    def test_a_year_out_of_range_is_a_fault(self, tmp_path):
        with pytest.raises(InputError, match="line 2, Year"):
            import_register(written(tmp_path, ROWS[0].replace("Year 5", "Year 40")), None, KEY, sites=SITES)

    def test_a_record_code_may_not_appear_twice(self, tmp_path):
        rows = ["R1," + ROWS[0], "R1," + ROWS[1]]
        with pytest.raises(InputError, match="on another row already"):
            import_register(written(tmp_path, *rows, header=f"Record id,{HEADER}"), None, KEY, sites=SITES)

    def test_columns_nobody_mapped_are_noted(self, tmp_path):
        notes: list[str] = []
        import_register(
            written(tmp_path, ROWS[0] + ",blue", header=f"{HEADER},Favourite colour"),
            None,
            KEY,
            sites=SITES,
            notes=notes,
        )
        assert notes == ["export.csv: column `Favourite colour` is not in the mapping and was left out"]

    def test_without_a_learner_code_each_row_is_a_learner(self, tmp_path):
        notes: list[str] = []
        rows = [row.split(",", 1)[1] for row in ROWS]
        needs = import_register(
            written(tmp_path, *rows, header=HEADER.split(",", 1)[1]), None, KEY, sites=SITES, notes=notes
        )
        assert len({need.learner_id for need in needs}) == 3
        assert "each row counts as a learner of its own" in notes[0]


class TestMapping:
    """A mapping file of one's own."""

    OWN = """
columns:
  site_id: Kura
  area_of_need: [Take]
  tier: Taumata
sites: {Te Kura: "9002"}
values:
  area_of_need: {reo: communication}
  tier: {tua tahi: 1, tua rua: 2}
defaults: {consent: own_school}
"""

    def test_headers_words_and_names_of_ones_own(self, tmp_path):
        mapping_file = tmp_path / "mapping.yaml"
        mapping_file.write_text(self.OWN, encoding="utf-8")
        path = written(tmp_path, "Te Kura,Reo,Tua rua", header="kura,take,taumata")
        (need,) = import_register(path, read_mapping(mapping_file), KEY)
        assert (need.site_id, need.area_of_need, need.tier, need.consent) == (
            "9002",
            "communication",
            2,
            "own_school",
        )

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("defaults:", "defalts:", "this key is not known"),
            ("tier: Taumata\n", "colour: blue\n", "columns"),
            ("  tier: Taumata\n", "", "a header or a default is needed for `tier`"),
            ("columns:", "columns: [", "mapping.yaml"),
        ],
    )
    def test_faults_of_a_mapping_name_it(self, tmp_path, old, new, message):
        path = tmp_path / "mapping.yaml"
        path.write_text(self.OWN.replace(old, new), encoding="utf-8")
        with pytest.raises(InputError, match=message):
            read_mapping(path)

    def test_the_built_in_mapping_gives_values_needs_accept(self):
        """Every meaning is a value that the column of needs.csv allows."""
        from allocator.models.world import Need

        mapping = built_in_mapping()
        for target, meanings in mapping.values.items():
            for word in set(meanings.values()) - {""}:
                value = int(word) if target in ("tier", "priority", "year_level") else word
                cells = {
                    "need_id": "1",
                    "learner_id": "1",
                    "site_id": "1",
                    "tier": 1,
                    "area_of_need": "learning",
                } | {target: value}
                assert Need.model_validate(cells)
