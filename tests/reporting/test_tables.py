"""Tables agree with the proposal, in hours and weighted hours, and leave withheld needs out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from allocator.reporting import proposal_tables, write_csv_tables
from tests.reporting.sample import HIDDEN_LEARNER, HIDDEN_NEED

Tables = dict[str, pd.DataFrame]


@pytest.fixture
def tables(cluster: Cluster, proposal: Proposal) -> Tables:
    return proposal_tables(cluster, proposal)


def row(table: pd.DataFrame, **keys: object) -> pd.Series:
    for column, value in keys.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


class TestPeople:
    """One row per person and term, in hours a week."""

    def test_an_rtlb_of_the_first_term(self, tables: Tables) -> None:
        """Two cases of 2 h, 2 h of travel, two sites as liaison, half an hour promised; 10 h bookable."""
        person = row(tables["people"], staff_id="RTLB-01", term="T1")
        hours = [person[name] for name in ("bookable", "delivery", "travel", "standing", "liaison", "used")]
        assert hours == [10, 4, 2, 0.5, 2, 8.5]
        assert (person["unused"], person["load"], person["cases"], person["sites"]) == (1.5, 0.85, 2, 2)

    def test_a_group_is_one_case_and_its_hours_are_spent_once(self, tables: Tables) -> None:
        """One group of two learners: 2 h and one case; one more case and 1 h are kept by the school."""
        person = row(tables["people"], staff_id="LSC-01", term="T1")
        assert (person["delivery"], person["own_school"], person["cases"]) == (2, 1, 2)

    def test_a_vacant_post_has_no_hours(self, tables: Tables) -> None:
        person = row(tables["people"], staff_id="RTLB-02", term="T1")
        assert person["bookable"] == 0
        assert pd.isna(person["load"])

    def test_parts_add_up_to_what_is_used(self, tables: Tables) -> None:
        people = tables["people"]
        parts = people[["delivery", "own_school", "travel", "standing", "liaison"]].sum(axis=1)
        assert parts.tolist() == pytest.approx(people["used"].tolist())
        assert (people["used"] + people["unused"]).tolist() == pytest.approx(people["bookable"].tolist())


class TestNeedMet:
    """Shares met: value met over value asked."""

    def test_a_site(self, tables: Tables) -> None:
        """Te Kura o Whero: N4 asks 20 h x 5 and gets it, N5 asks 20 h x 2: 100 of 140."""
        site = row(tables["sites"], site_id="S2")
        assert (site["needs"], site["supported"]) == (2, 1)
        assert (site["weighted_hours_asked"], site["weighted_hours_met"]) == (140, 100)
        assert site["share_met"] == pytest.approx(0.7143)

    def test_totals_agree_with_the_goal(self, tables: Tables, proposal: Proposal) -> None:
        """Sites, tiers and roles each add up to the allocations, and with what is withheld to need met."""
        met = tables["allocations"]["weighted_hours"].sum()
        for name in ("sites", "tiers", "roles"):
            assert tables[name]["weighted_hours_met"].sum() == met
        assert met * 100 == sum(each.value for each in proposal.allocations)

    def test_counts_agree(self, tables: Tables) -> None:
        """Every planned and shared need is either supported or unmet."""
        asked = tables["tiers"]["needs"].sum()
        assert asked == len(set(tables["allocations"]["need_id"])) + len(tables["unmet"]) == 5


def test_travel_of_visits_is_that_of_people(tables: Tables) -> None:
    visits = tables["visits"]["travel_hours_per_week"].sum()
    assert visits == pytest.approx(tables["people"]["travel"].sum())


def test_tables_without_rows_keep_their_columns(cluster: Cluster, proposal: Proposal) -> None:
    empty = proposal.model_copy(
        update=dict.fromkeys(("allocations", "groups", "visits", "shares", "liaisons", "leads", "unmet"), ())
    )
    tables = proposal_tables(cluster, empty)
    assert len(tables["allocations"]) == 0
    assert "need_id" in tables["allocations"].columns
    assert "reason" in tables["unmet"].columns


class TestCsv:
    """One file per table, readable by pandas and by Excel."""

    def test_files_hold_the_tables(
        self, cluster: Cluster, proposal: Proposal, tables: Tables, tmp_path: Path
    ) -> None:
        files = write_csv_tables(cluster, proposal, tmp_path / "new" / "tables")
        assert {file.stem for file in files} == set(tables)
        for file in files:
            assert file.read_bytes().startswith(b"\xef\xbb\xbf")
            read = pd.read_csv(file, encoding="utf-8-sig")
            assert list(read.columns) == list(tables[file.stem].columns)
            assert len(read) == len(tables[file.stem])

    def test_withheld_needs_are_in_no_file(
        self, cluster: Cluster, proposal: Proposal, tmp_path: Path
    ) -> None:
        for file in write_csv_tables(cluster, proposal, tmp_path):
            text = file.read_text(encoding="utf-8")
            assert HIDDEN_NEED not in text
            assert HIDDEN_LEARNER not in text

    def test_a_wrongly_shared_row_is_still_left_out(self, cluster: Cluster, proposal: Proposal) -> None:
        """Even a proposal whose shared part holds a withheld need does not show it in a table."""
        assert proposal.site_only is not None
        leaky = proposal.model_copy(
            update={
                "allocations": proposal.allocations + proposal.site_only.allocations,
                "leads": proposal.leads + proposal.site_only.leads,
            }
        )
        shown = " ".join(table.to_csv() for table in proposal_tables(cluster, leaky).values())
        assert HIDDEN_NEED not in shown
        assert HIDDEN_LEARNER not in shown
