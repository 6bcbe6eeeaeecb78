"""Redeploying and lending: hours are moved, none is made and none is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from allocator.checking.world import World
from allocator.io.writer import write_cluster
from allocator.models.world import Cluster
from scenarios import apply_changes
from scenarios.changes import Where
from tests.scenarios.worlds import a_change, a_world, after, differing, done, refused


def fte(cluster: Cluster) -> float:
    return round(sum(person.fte for person in cluster.staff), 6)


class TestRedeploy:
    def test_part_of_the_time_becomes_a_row_of_its_own(self) -> None:
        now = after("redeploy", person="P1", fte=0.4, from_site="Kauri School", to_site="Rimu School")
        stays, goes = now.person["P1"], now.person["P1@B"]
        assert (stays.fte, stays.base_site) == (0.6, "A")
        assert (goes.fte, goes.base_site) == (0.4, "B")
        assert fte(now) == fte(a_world())
        assert differing(a_world(), now) == {"staff"}

    def test_limits_and_promises_are_shared_by_fte(self) -> None:
        now = after("redeploy", person="P1", fte=0.5, to_site="B")
        assert (now.person["P1"].max_cases, now.person["P1@B"].max_cases) == (3, 3)
        assert (now.person["P1"].standing_hours, now.person["P1@B"].standing_hours) == (1.0, 1.0)

    def test_hours_given_by_term_are_shared_too(self) -> None:
        now = after("redeploy", person="P2", fte=0.25, to_site="A")
        hours = {row.staff_id: row.hours_per_week for row in now.availability}
        assert hours == {"P2": 6.0, "P2@A": 2.0}

    def test_hours_are_fte_of_the_roles_week(self) -> None:
        assert after("redeploy", person="P1", hours=4, to_site="B").person["P1@B"].fte == 0.4

    def test_all_of_it_moves_the_base(self) -> None:
        now = after("redeploy", person="P1", to_site="B")
        assert now.person["P1"].base_site == "B"
        assert len(now.staff) == len(a_world().staff)

    def test_from_one_of_the_sites_a_person_is_limited_to(self) -> None:
        """The base stays; what changes is where that part of the time may be used."""
        cluster = after("change_staff", person="P2", set={"sites": "A"})
        cluster = after(
            "add_staff", cluster, staff={"staff_id": "X", "role": "teacher", "fte": 1, "base_site": "A"}
        )
        now = after("redeploy", cluster, person="P2", fte=0.5, from_site="A", to_site="OFF")
        assert now.person["P2@OFF"].base_site == "B"
        assert now.person["P2@OFF"].sites == ("OFF",)

    def test_to_another_cluster_the_time_leaves(self) -> None:
        now = after("redeploy", person="P1", fte=0.4, to_cluster="Northern")
        assert now.person["P1"].fte == 0.6
        assert fte(now) == pytest.approx(fte(a_world()) - 0.4)
        assert len(now.staff) == len(a_world().staff)

    def test_all_of_it_to_another_cluster_removes_the_person(self) -> None:
        now = after("redeploy", person="P1", to_cluster="Northern")
        assert "P1" not in now.person
        assert not now.need["N2"].locked

    def test_twice_to_the_same_site_gives_two_rows(self) -> None:
        change = a_change("redeploy", person="P1", fte=0.2, to_site="B")
        now = apply_changes(a_world(), [change, change]).cluster
        assert {"P1@B", "P1@B-2"} <= set(now.person)
        assert now.person["P1"].fte == 0.6

    def test_hours_that_may_not_be_moved_are_refused(self) -> None:
        assert "movable" in refused("redeploy", person="M1", to_site="B").message

    def test_more_than_there_is_is_refused(self) -> None:
        fault = refused("redeploy", person="P1", fte=1.2, to_site="B")
        assert fault.message == "P1 has 1 FTE, 10 paid hours a week"

    def test_from_where_the_person_is_not_is_refused(self) -> None:
        fault = refused("redeploy", person="P1", fte=0.4, from_site="B", to_site="A")
        assert "P1 is based at Kauri School (A)" in fault.message

    def test_to_where_the_time_is_changes_nothing(self) -> None:
        assert "changes nothing" in refused("redeploy", person="P1", to_site="Kauri School").message

    def test_an_unknown_site_is_refused(self) -> None:
        fault = refused("redeploy", person="P1", to_site="Rima School")
        assert "did you mean `Rimu School`" in fault.message

    @pytest.mark.parametrize(
        "keys", [{}, {"to_site": "A", "to_cluster": "X"}, {"to_site": "A", "fte": 0.1, "hours": 1}]
    )
    def test_one_goal_and_one_measure(self, keys: dict[str, object]) -> None:
        with pytest.raises(ValidationError):
            a_change("redeploy", person="P1", **keys)


class TestLendStaff:
    def test_lent_for_good_is_less_fte(self) -> None:
        assert after("lend_staff", person="P1", fte=0.4, to_cluster="North").person["P1"].fte == 0.6

    def test_lent_for_a_term_is_fewer_hours_in_it(self) -> None:
        now = after("lend_staff", person="P1", fte=0.4, to_cluster="North", terms=["T2"])
        world = World(now)
        assert (world.paid["P1", 0], world.paid["P1", 1]) == (600, 360)
        assert differing(a_world(), now) == {"availability"}

    def test_lending_hours_there_are_not_changes_nothing(self) -> None:
        fault = refused("lend_staff", person="P3", fte=0.2, to_cluster="North", terms=["T1"])
        assert "changes nothing" in fault.message

    def test_borrowed_from_a_cluster_beside_the_scenario(self, tmp_path: Path) -> None:
        write_cluster(a_world(name="South"), tmp_path / "south")
        change = a_change(
            "lend_staff", person="P1", from_cluster="south", base_site="Rimu School", code="S-P1", terms="T1"
        ).at(Where(folder=tmp_path))
        applied = apply_changes(a_world(), [change])
        row = applied.cluster.person["S-P1"]
        assert (row.base_site, row.standing_hours, row.skills) == ("B", 0.0, ("reading",))
        assert World(applied.cluster).paid["S-P1", 1] == 0
        assert applied.sentences == (
            "staff: S-P1 borrowed from South, teacher of 1 FTE at Rimu School (B) in T1.",
        )

    def test_a_code_that_is_taken_needs_another(self, tmp_path: Path) -> None:
        write_cluster(a_world(name="South"), tmp_path / "south")
        fault = refused("lend_staff", person="P1", from_cluster=str(tmp_path / "south"), base_site="B")
        assert "code" in fault.message

    def test_a_cluster_that_is_not_there_is_refused(self) -> None:
        fault = refused("lend_staff", person="P1", from_cluster="nowhere", base_site="B")
        assert (fault.column, fault.found) == ("from_cluster", "nowhere")

    @pytest.mark.parametrize("keys", [{}, {"to_cluster": "X", "base_site": "A"}, {"from_cluster": "X"}])
    def test_one_way(self, keys: dict[str, str]) -> None:
        with pytest.raises(ValidationError):
            a_change("lend_staff", person="P1", **keys)


def test_every_sentence_ends_as_a_sentence() -> None:
    for keys in ({"to_site": "B"}, {"fte": 0.4, "to_site": "B"}, {"to_cluster": "North"}):
        (words,) = done("redeploy", person="P1", **keys).sentences
        assert words.endswith(".")
