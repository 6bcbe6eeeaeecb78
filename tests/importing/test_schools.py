"""The schools directory, in both sets of headers, becomes sites."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.errors import InputError
from allocator.generating import generate
from allocator.importing import read_directory, select, to_sites

DIRECTORY = (
    Path(__file__).resolve().parents[2].parent / "shared" / "data" / "nz-schools" / "schools-2021-09.csv"
)
real = pytest.mark.skipif(
    not DIRECTORY.exists(), reason="the schools directory is not part of the repository"
)

EXPORT = (
    "School_Id,Org_Name,Telephone,Email,Contact1_Name,Org_Type,Definition,Authority,"
    "Local_Office_Name,Education_Region,Regional_Council,Territorial_Authority,COL_Id,"
    "COL_Name,Latitude,Longitude,EQi_Index,Isolation_Index,Total,Māori,"
    "Language_of_Instruction,Status\n"
    "9001,Ōtūwhai School,09 000,office@example.org,A Person,Full Primary,Not Applicable,"
    "State,Whangārei,Tai Tokerau,Northland Region,Far North District,99999,"
    'Te Kāhui o Ōtūwhai,-35.1,173.5,498,1.25,"1,120",80,English Medium,Open\n'
    "9002,Te Kura o Harakeke,09 000,kura@example.org,A Person,Composite,Not Applicable,"
    "State,Whangārei,Tai Tokerau,Northland Region,Far North District,99999,"
    "Te Kāhui o Ōtūwhai,-35.2,173.6,520,2.5,90,90,Māori Medium,Open\n"
    "9003,Far College,09 000,far@example.org,A Person,Secondary (Year 9-15),"
    "Not Applicable,State,Dunedin,Otago/Southland,Otago Region,Dunedin City,,,,,"
    "Not Applicable,NULL,400,80,English Medium,Open\n"
)
LOWER = (
    "school_id,name,school_type,definition,moe_local_office,education_region,"
    "regional_council,territorial_authority,col_id,col_name,latitude,longitude,"
    "isolation_index,decile,roll_total\n"
    "9001,Ōtūwhai School,Full Primary,Not Applicable,Whangarei,Tai Tokerau,"
    "Northland Region,Far North District,99999,Te Kāhui o Ōtūwhai,-35.1,173.5,1.25,4,120\n"
    "9002,Te Kura o Harakeke,Full Primary,Kura Kaupapa Maori,Whangarei,Tai Tokerau,"
    "Northland Region,Far North District,99999,Te Kāhui o Ōtūwhai,-35.2,173.6,2.5,,90\n"
)


def written(folder: Path, text: str, encoding: str = "utf-8", ends: str = "\n") -> Path:
    path = folder / "directory.csv"
    path.write_bytes(text.replace("\n", ends).encode(encoding))
    return path


@pytest.fixture
def export(tmp_path):
    return read_directory(written(tmp_path, EXPORT))


class TestHeaders:
    """Both publications are read, whatever the encoding."""

    def test_the_public_export(self, export):
        """EQI, isolation, roll with a thousands comma, cluster; contact columns are never taken over."""
        site = to_sites(export[:1])[0]
        assert (site.site_id, site.name, site.type, site.roll) == (
            "9001",
            "Ōtūwhai School",
            "full_primary",
            1120,
        )
        assert (site.equity_index, site.isolation_index, site.area) == (498, 1.25, "Far North District")
        assert "Person" not in repr(export)
        assert "example.org" not in repr(export)

    def test_lower_case_headers_with_deciles(self, tmp_path):
        """An equity index is estimated: 570 − 18 × 4 = 498; without a decile the cell stays blank."""
        notes: list[str] = []
        sites = to_sites(read_directory(written(tmp_path, LOWER)), notes=notes)
        assert [site.equity_index for site in sites] == [498, None]
        assert len(notes) == 2
        assert "estimated from decile 4" in notes[0]

    @pytest.mark.parametrize(
        ("encoding", "ends"), [("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("utf-16", "\r\n")]
    )
    def test_byte_order_marks_line_ends_and_macrons(self, tmp_path, encoding, ends):
        schools = read_directory(written(tmp_path, EXPORT, encoding, ends))
        assert [school.name for school in schools] == ["Ōtūwhai School", "Te Kura o Harakeke", "Far College"]

    def test_words_for_nothing_are_nothing(self, export):
        assert (
            export[2].equity_index,
            export[2].isolation_index,
            export[2].latitude,
            export[2].cluster_id,
        ) == (None, None, None, "")


class TestEstimates:
    """Rolls by year level come from the school type."""

    @pytest.mark.parametrize(
        ("school_type", "eight", "ten"),
        [
            ("Full Primary", 100, 100),
            ("Contributing", 100, 100),
            ("Intermediate", 100, 100),
            ("Composite", 60, 82),
            ("Secondary (Year 9-15)", 0, 45),
            ("Secondary (Year 7-15)", 33, 66),
            ("Secondary (Year 7-10)", 50, 100),
            ("Secondary (Year 11-15)", 0, 0),
            ("Composite (Year 1-10)", 80, 100),
            ("Special School", 60, 82),
            ("Teen Parent Unit", 0, 0),
        ],
    )
    def test_of_a_hundred_learners(self, tmp_path, school_type, eight, ten):
        text = LOWER.splitlines()
        row = text[1].replace("Full Primary", school_type).removesuffix("120") + "100"
        site = to_sites(read_directory(written(tmp_path, "\n".join([text[0], row]))))[0]
        assert (site.roll_years_1_8, site.roll_years_1_10) == (eight, ten)

    def test_maori_medium_is_a_kura(self, export, tmp_path):
        """By the language of instruction in one publication, by the definition in the other."""
        for schools in (export, read_directory(written(tmp_path, LOWER))):
            kura = to_sites(schools[1:2])[0]
            assert (kura.type, kura.medium) == ("kura", "maori")

    def test_a_school_without_coordinates_is_kept_and_told(self, export):
        notes: list[str] = []
        assert to_sites(export[2:], notes=notes)[0].latitude is None
        assert any("Far College has no coordinates" in note for note in notes)


class TestSelect:
    """Schools by cluster, region, local office, number or distance."""

    @pytest.mark.parametrize(
        ("test", "found"),
        [
            ({"cluster": 99999}, ["9001", "9002"]),
            ({"cluster": "99999"}, ["9001", "9002"]),
            ({"region": "northland"}, ["9001", "9002"]),
            ({"region": "Otago/Southland"}, ["9003"]),
            ({"region": "Far North"}, ["9001", "9002"]),
            ({"local_office": "whangarei"}, ["9001", "9002"]),
            ({"ids": ["9003", 9001]}, ["9001", "9003"]),
            ({"near": (-35.1, 173.5, 5)}, ["9001"]),
            ({"near": (-35.1, 173.5, 20)}, ["9001", "9002"]),
            ({"cluster": 99999, "near": (-35.2, 173.6, 1)}, ["9002"]),
        ],
    )
    def test_by_one_test_or_two(self, export, test, found):
        assert [school.school_id for school in select(export, **test)] == found

    def test_the_distance_is_great_circle_and_its_end_counts(self, export):
        """0.1° of latitude and 0.1° of longitude at 35.15° S: √(11.12² + 9.09²) = 14.36 km."""
        assert len(select(export, near=(-35.1, 173.5, 14.4))) == 2
        assert len(select(export, near=(-35.1, 173.5, 14.3))) == 1

    @pytest.mark.parametrize(
        ("test", "message"),
        [
            ({"cluster": 1}, "no school belongs to this cluster"),
            ({"region": "Northlnd"}, "did you mean `Northland Region`"),
            ({"local_office": "Nowhere"}, "no school belongs to this local office"),
            ({"ids": [5, 6]}, "no school has this number"),
            ({"cluster": 99999, "region": "Otago"}, "no school passes all the tests together"),
        ],
    )
    def test_nothing_found_is_said(self, export, test, message):
        with pytest.raises(InputError, match=message):
            select(export, **test)

    def test_every_unknown_number_is_named(self, export):
        with pytest.raises(InputError) as error:
            select(export, ids=[9001, 5, 6])
        assert [fault.found for fault in error.value.faults] == ["5", "6"]

    def test_without_a_test_nothing_is_chosen(self, export):
        with pytest.raises(ValueError, match="say which schools"):
            select(export)

    def test_closed_schools_are_left_out_unless_listed(self, tmp_path):
        schools = read_directory(
            written(tmp_path, EXPORT.replace("Māori Medium,Open", "Māori Medium,Closed"))
        )
        assert [school.school_id for school in select(schools, cluster=99999)] == ["9001"]
        assert [school.school_id for school in select(schools, ids=[9002])] == ["9002"]


class TestFaults:
    """All faults at once, each with its place."""

    def test_every_bad_cell_is_named(self, tmp_path):
        text = (
            EXPORT.replace("-35.1,173.5,498", "-95.1,east,498")
            .replace("9002,Te", "9001,Te")
            .replace(",2.5,90,", ",2.5,many,")
        )
        with pytest.raises(InputError) as error:
            read_directory(written(tmp_path, text))
        places = [(fault.row, fault.column, fault.found) for fault in error.value.faults]
        assert sorted(places) == [
            (2, "Latitude", "-95.1"),
            (2, "Longitude", "east"),
            (3, "School_Id", "9001"),
            (3, "Total", "many"),
        ]

    def test_every_missing_column_is_named(self, tmp_path):
        with pytest.raises(InputError) as error:
            read_directory(written(tmp_path, "School_Id,Org_Name\n1,A School\n"))
        assert [fault.column for fault in error.value.faults] == [
            "Org_Type",
            "Total",
            "Latitude",
            "Longitude",
        ]

    def test_a_type_nobody_knows_is_a_fault_of_the_chosen_only(self, tmp_path):
        schools = read_directory(written(tmp_path, EXPORT.replace("Secondary (Year 9-15)", "Space Academy")))
        assert len(to_sites(schools[:2])) == 2
        with pytest.raises(
            InputError, match=r"line 4, Org_Type: this school type is not known \(found Space Academy\)"
        ):
            to_sites(schools)

    @pytest.mark.parametrize(
        "content",
        [b"", b"\xff\xfe\x00", b"PK\x03\x04", b'School_Id,Org_Name\n"9001,unclosed\n', b"a,b\n\xe9,1\n"],
    )
    def test_what_is_no_directory_is_an_input_error(self, tmp_path, content):
        path = tmp_path / "directory.csv"
        path.write_bytes(content)
        with pytest.raises(InputError):
            read_directory(path)

    def test_a_missing_file_is_an_input_error(self, tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read_directory(tmp_path / "none.csv")


@real
class TestRealClusters:
    """Three real clusters: small and remote, rural, and one of the largest."""

    @pytest.mark.parametrize(
        ("cluster", "schools", "roll", "needs"),
        [("99143", 7, 416, (20, 90)), ("99155", 9, 1462, (120, 350)), ("99085", 15, 8711, (700, 1300))],
    )
    def test_imported_and_generated(self, cluster, schools, roll, needs):
        sites = to_sites(select(read_directory(DIRECTORY), cluster=cluster))
        assert len(sites) == schools
        assert sum(site.roll for site in sites) == roll
        generated = generate(sites, seed=1, name=cluster)
        assert needs[0] <= len(generated.needs) <= needs[1]
        assert any(person.role == "rtlb" and not person.vacant for person in generated.staff)

    def test_the_whole_directory_is_read(self):
        """2,558 schools; every type is known; 18 have no coordinates."""
        schools = read_directory(DIRECTORY)
        notes: list[str] = []
        assert len(to_sites(schools, notes=notes)) == 2558
        assert sum("has no coordinates" in note for note in notes) == 18
