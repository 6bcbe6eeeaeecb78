"""Checks over more than one row: references, duplicates, and figures that must fit together."""

from __future__ import annotations

import pytest

from allocator.io.columns import columns
from allocator.io.files import CODE_COLUMN, REFERENCES, TABLES
from allocator.io.reader import read_cluster
from tests.io.helpers import CATALOGUE, FILES, edited, faults_of, folder, only_fault
from tests.io.test_cells import with_column


class TestReferences:
    @pytest.mark.parametrize(
        ("file", "column", "value", "message"),
        [
            ("sites.csv", "liaison", "R2", "there is no such person in staff; known: L1, R1, S1"),
            ("staff.csv", "sites", "A;C", "there is no such site in sites; known: A, B, HUB"),
            (
                "needs.csv",
                "supports",
                "literacy_grup",
                "there is no such support in supports - did you mean `literacy_group`?",
            ),
            ("needs.csv", "earliest_term", "T3", "there is no such term in the terms; known: T1, T2"),
            ("needs.csv", "latest_term", "2028", "there is no such term in the terms; known: T1, T2"),
            ("needs.csv", "current_staff", "r1", "there is no such person in staff - did you mean `R1`?"),
            ("needs.csv", "forbidden_staff", "R1;Q9", "there is no such person in staff; known: L1, R1, S1"),
        ],
    )
    def test_a_code_that_is_not_there(self, tmp_path, file, column, value, message):
        fault = only_fault(folder(tmp_path / "c", with_column(column, value, file)))
        assert (fault.file, fault.row, fault.column, fault.message) == (file, 2, column, message)

    @pytest.mark.parametrize(
        ("changes", "file", "column"),
        [
            (edited("needs.csv", "N1,X1,A", "N1,X1,C"), "needs.csv", "site_id"),
            (edited("staff.csv", "HUB", "HUBB"), "staff.csv", "base_site"),
            (edited("staff.csv", "rtlb", "rltb"), "staff.csv", "role"),
            ({"supports.csv": CATALOGUE.replace("lsc;rtlb", "lsc;tutor")}, "supports.csv", "roles"),
            ({"availability.csv": "staff_id,term,hours_per_week\nR9,T1,3\n"}, "availability.csv", "staff_id"),
            ({"availability.csv": "staff_id,term,hours_per_week\nR1,T9,3\n"}, "availability.csv", "term"),
            ({"travel.csv": "from_site,to_site,minutes\nA,C,3\n"}, "travel.csv", "to_site"),
            ({"travel.csv": "from_site,to_site,minutes\nC,A,3\n"}, "travel.csv", "from_site"),
            ({"rolls.csv": "year,site_id,roll\n2026,C,3\n"}, "rolls.csv", "site_id"),
            (
                {"referrals.csv": "term,site_id,area_of_need,tier,count\n2026-T1,C,learning,2,3\n"},
                "referrals.csv",
                "site_id",
            ),
        ],
    )
    def test_every_table_is_looked_at(self, tmp_path, changes, file, column):
        fault = only_fault(folder(tmp_path / "c", changes))
        assert (fault.file, fault.column) == (file, column)
        assert "there is no such" in fault.message

    def test_the_list_of_references_names_real_columns(self):
        """A column that is renamed in the models is missed here first."""
        models = {spec.stem: spec.model for spec in TABLES}
        for stem, column in REFERENCES:
            assert column in columns(models[stem])
        for stem in models.keys() & CODE_COLUMN.keys():
            assert CODE_COLUMN[stem] in columns(models[stem])
        for spec in TABLES:
            assert set(spec.key) <= set(columns(spec.model))


class TestDuplicates:
    @pytest.mark.parametrize(
        ("changes", "column", "row"),
        [
            (edited("sites.csv", "B,K", "A,K"), "site_id", 3),
            (edited("staff.csv", "L1", "R1"), "staff_id", 3),
            (edited("needs.csv", "N3", "N1"), "need_id", 4),
            ({"supports.csv": CATALOGUE.replace("read,", "talk,")}, "support_id", 3),
            (
                {"availability.csv": "staff_id,term,hours_per_week\nR1,T1,3\nR1,T2,3\nR1,T1,4\n"},
                "staff_id",
                4,
            ),
            ({"travel.csv": "from_site,to_site,minutes\nA,B,3\nB,A,3\nA,B,4\n"}, "from_site", 4),
            ({"rolls.csv": "year,site_id,roll\n2026,A,3\n2027,A,3\n2026,A,4\n"}, "year", 4),
        ],
    )
    def test_a_row_that_is_there_twice(self, tmp_path, changes, column, row):
        faults = [
            fault for fault in faults_of(folder(tmp_path / "c", changes)) if "the same" in fault.message
        ]
        assert [(fault.column, fault.row) for fault in faults] == [(column, row)]
        assert "as in row 2; each may appear once" in faults[0].message


class TestFiguresFit:
    def test_coordinator_time_comes_in_blocks(self, tmp_path):
        """0.65 FTTE is not a whole number of tenths; 0.6 is; others may have any FTE."""
        fault = only_fault(folder(tmp_path / "c", edited("staff.csv", "0.6", "0.65")))
        assert fault.message == "a coordinator's FTE is held in blocks of 0.1; expected a multiple of it"
        assert read_cluster(folder(tmp_path / "d", edited("staff.csv", "1.0", "0.65")))

    def test_a_smaller_block_makes_it_fit(self, tmp_path):
        more = FILES["cluster.yaml"] + "policy: {coordinators: {block_fte: 0.05}}\n"
        changes = {**edited("staff.csv", "0.6", "0.65"), "cluster.yaml": more}
        assert read_cluster(folder(tmp_path / "c", changes))

    def test_nobody_learns_at_a_base(self, tmp_path):
        fault = only_fault(folder(tmp_path / "c", edited("needs.csv", "N1,X1,A", "N1,X1,HUB")))
        assert "this site is a base" in fault.message

    def test_the_earliest_term_is_not_after_the_latest(self, tmp_path):
        text = (
            FILES["needs.csv"]
            .replace("need\n", "need,earliest_term,latest_term\n")
            .replace("learning\n", "learning,T2,T1\n")
        )
        fault = only_fault(folder(tmp_path / "c", {"needs.csv": text}))
        assert (fault.column, fault.message) == (
            "latest_term",
            "must not be before the T2 in column earliest_term",
        )

    @pytest.mark.parametrize(("least", "faults"), [("1.49", 0), ("1.5", 1)])
    def test_a_smaller_dose_is_below_the_supports_hours(self, tmp_path, least, faults):
        """Talking takes 1.5 hours: 1.49 is a smaller dose, 1.5 is none."""
        text = FILES["needs.csv"].replace("need\n", "need,min_hours_per_week\n")
        text = text.replace("communication\n", f"communication,{least}\n")
        path = folder(tmp_path / "c", {"needs.csv": text, "supports.csv": CATALOGUE})
        if faults:
            assert (
                only_fault(path).message
                == "must be less than the 1.5 hours a week of the supports that would do"
            )
        else:
            assert read_cluster(path).needs[1].min_hours_per_week == 1.49

    def test_a_smaller_dose_is_below_the_hours_asked(self, tmp_path):
        text = FILES["needs.csv"].replace("need\n", "need,hours_per_week,min_hours_per_week\n")
        fault = only_fault(
            folder(tmp_path / "c", {"needs.csv": text.replace("learning\n", "learning,2,3\n")})
        )
        assert fault.message == "must be less than the 2 in column hours_per_week"

    def test_a_site_without_coordinates_needs_travel_rows(self, tmp_path):
        """Site B has none; travel.csv has A to B only, so the way to HUB is unknown."""
        changes = edited("sites.csv", "-37.2,175.2", ",")
        changes["travel.csv"] = "from_site,to_site,minutes\nA,B,12\n"
        fault = only_fault(folder(tmp_path / "c", changes))
        assert (fault.file, fault.row, fault.column) == ("sites.csv", 3, "latitude")
        assert fault.message.endswith("there is no row to HUB")
        changes["travel.csv"] += "HUB,B,9\n"
        assert read_cluster(folder(tmp_path / "d", changes)).travel_times[1].minutes == 9

    def test_one_coordinate_is_not_enough(self, tmp_path):
        fault = only_fault(folder(tmp_path / "c", edited("sites.csv", "-37.2,175.2", "-37.2,")))
        assert (fault.column, fault.message) == (
            "longitude",
            "expected both latitude and longitude, or neither",
        )

    def test_a_site_is_no_distance_from_itself(self, tmp_path):
        path = folder(tmp_path / "c", {"travel.csv": "from_site,to_site,minutes\nA,A,3\n"})
        assert only_fault(path).message == "a site is no distance from itself; delete the row"

    @pytest.mark.parametrize(
        ("old", "new", "column"),
        [
            ("talk,Talking,3,communication", "talk,Talking,3,comunication", "areas_of_need"),
            ("talk,Talking,3,communication", "talk,Talking,3,;", "areas_of_need"),
            ("lsc;rtlb", ";", "roles"),
        ],
    )
    def test_a_support_names_areas_of_need_and_roles(self, tmp_path, old, new, column):
        assert (
            only_fault(folder(tmp_path / "c", {"supports.csv": CATALOGUE.replace(old, new)})).column == column
        )

    def test_only_a_group_has_more_than_one(self, tmp_path):
        text = CATALOGUE.replace("weeks\n", "weeks,max_group,year_min,year_max\n").replace(
            "1.5,10", "1.5,10,4,5,3"
        )
        assert [fault.column for fault in faults_of(folder(tmp_path / "c", {"supports.csv": text}))] == [
            "year_max",
            "max_group",
        ]

    def test_a_plan_that_contradicts_itself_is_no_fault_of_the_input(self, tmp_path):
        """Two liaisons for one site: solving proves that it cannot hold."""
        assert read_cluster(folder(tmp_path / "c", with_column("liaison", "R1;S1", "sites.csv"))).sites[
            0
        ].liaison == ("R1", "S1")

    def test_a_catalogue_without_rows_is_said(self, tmp_path):
        header = CATALOGUE.splitlines()[0]
        cluster = read_cluster(folder(tmp_path / "c", {"supports.csv": header}))
        assert cluster.supports == ()
        assert cluster.notes == ("supports.csv: there is no support in it, and so none can be given",)

    def test_without_a_catalogue_the_shipped_one_is_used(self, tmp_path):
        assert len(read_cluster(folder(tmp_path / "c")).supports) > 20
