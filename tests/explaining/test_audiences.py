"""What is shown to whom: codes for the panel, roles and counts for the cluster, nothing single for the public."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

import allocator
from allocator.errors import InputError
from allocator.explaining import Explanation
from allocator.explaining.screen import render
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from tests.checking.builders import a_cluster, a_group_support, a_need, a_person, a_proposal
from tests.explaining.worlds import exchange, full_week, offering, two_people


def printed(found: Explanation) -> str:
    out = Console(file=io.StringIO(), width=100)
    out.print(render(found, full=True))
    file = out.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def everything(found: Explanation) -> str:
    tables = "".join(frame.to_csv() for frame in found.frames().values())
    return json.dumps(found.as_dict(), default=str) + printed(found) + tables


def withheld() -> tuple[Cluster, Proposal]:
    """N1, which would have to give way, is kept by its school."""
    needs = [a_need("N1", hours_per_week=5, consent="own_school"), a_need("N2")]
    return full_week(needs=needs, policy=offering(fte=0.1))


def refused(match: str, cluster: Cluster, proposal: Proposal, **asked: Any) -> None:
    with pytest.raises(InputError, match=match) as caught:
        allocator.explain(cluster, proposal, **asked)
    assert len(caught.value.faults) == 1


class TestNeedsKeptByTheirSchool:
    def test_such_a_need_is_not_explained(self) -> None:
        """Nor is its code repeated."""
        cluster = a_cluster(needs=[a_need("N1", consent="own_school")])
        for audience in ("panel", "cluster"):
            with pytest.raises(InputError, match="its school keeps this need to itself") as caught:
                allocator.explain(cluster, a_proposal(cluster), need="N1", audience=audience)
            assert "N1" not in str(caught.value)

    def test_no_suggestion_names_one(self) -> None:
        cluster = a_cluster(needs=[a_need("N123", consent="own_school")])
        refused(
            "there is no such need in this cluster$|found N124", cluster, a_proposal(cluster), need="N124"
        )

    def test_as_losers_they_are_counted(self) -> None:
        cluster, proposal = withheld()
        found = allocator.explain(cluster, proposal, need="N2", audience="panel")
        data = found.as_dict()["need"]
        assert data["exchange"]["losers_kept_by_schools"] == 1
        assert data["instead"][0]["drop_kept_by_schools"] == 1
        assert data["instead"][0]["reserved"] == 300
        assert "1 need kept by schools would have less." in printed(found)
        assert "N1" not in everything(found) and "L-N1" not in everything(found)

    def test_as_needs_a_person_could_meet_they_are_left_out(self) -> None:
        cluster = a_cluster(needs=[a_need("N1", consent="own_school"), a_need("N2")])
        found = allocator.explain(cluster, a_proposal(cluster), staff="P1", audience="panel")
        assert found.as_dict()["staff"]["could_meet"] == ["N2"]
        assert "N1" not in everything(found)

    def test_without_the_part_that_stays_with_the_schools_no_week_is_known(self) -> None:
        cluster, proposal = withheld()
        refused(
            "must lie beside the proposal",
            cluster,
            proposal.model_copy(update={"site_only": None}),
            need="N2",
        )


class TestTheCluster:
    @pytest.mark.parametrize("world", [full_week, exchange])
    def test_no_code_of_anybody(self, world: Any) -> None:
        cluster, proposal = world()
        seen = everything(allocator.explain(cluster, proposal, need="N2", audience="cluster"))
        assert not any(code in seen for code in ("P1", "N1", "N2", "L-N"))

    def test_roles_stand_for_people(self) -> None:
        """Two teachers' hours are added up; of one alone nothing is shown."""
        needs = [a_need(code, hours_per_week=5) for code in ("N1", "N2", "N3")]
        found = two_people(*needs, given={"N1": "P1", "N3": "P2"}, policy=offering(fte=0.3))
        data = allocator.explain(*found, need="N2", audience="cluster").as_dict()["need"]
        (row,) = data["instead"]
        assert (row["role"], row["people"], row["bookable"], row["spare"]) == ("teacher", 2, 600, 0)
        alone = allocator.explain(*full_week(), need="N2", audience="cluster").as_dict()["need"]["instead"]
        assert alone == [{"role": "teacher", "people": 1}]

    def test_small_counts_are_left_out(self) -> None:
        data = allocator.explain(*exchange(), need="N2", audience="cluster").as_dict()["need"]
        assert data["exchange"]["losers"] is None

    def test_a_site_in_counts(self) -> None:
        cluster, proposal = full_week()
        data = allocator.explain(cluster, proposal, site="A", audience="cluster").as_dict()["site"]
        assert (data["needs"], data["met"], data["roles"]) == (None, None, ["teacher"])
        assert "serving" not in data and "waiting" not in data

    def test_one_persons_week_is_for_the_panel(self) -> None:
        refused("for the panel only", *full_week(), staff="P1", audience="cluster")
        refused("for the panel only", *full_week(), need="N2", why_not="P1", audience="cluster")


def test_the_public_sees_nothing_single() -> None:
    refused("nothing for the public", *full_week(), need="N2", audience="public")


class TestFaults:
    def test_all_at_once(self) -> None:
        with pytest.raises(InputError) as caught:
            allocator.explain(*full_week(), need="N3", why_not="P9")
        assert [fault.file for fault in caught.value.faults] == ["--need", "--why-not"]

    def test_a_proposal_of_another_cluster(self) -> None:
        cluster, proposal = full_week()
        other = a_cluster(needs=cluster.needs, staff=[a_person(fte=0.6)])
        refused("another cluster", other, proposal, need="N2")

    def test_a_need_that_is_not_planned(self) -> None:
        cluster = a_cluster(needs=[a_need("N2", status="paused")])
        refused("paused", cluster, a_proposal(cluster), need="N2")

    def test_a_role_that_is_not_there(self) -> None:
        refused("no such role", *full_week(policy=offering(fte_by_role={"techer": 0.1})), need="N2")

    def test_one_question_at_a_time(self) -> None:
        with pytest.raises(ValueError, match="exactly one"):
            allocator.explain(*full_week(), need="N2", staff="P1")


class TestTables:
    def test_the_same_lists_as_data_frames(self) -> None:
        cluster, proposal = full_week(policy=offering(fte=0.2))
        frames = allocator.explain(cluster, proposal, need="N2").frames()
        assert frames["changes"]["words"].tolist() == ["+0.1 FTE for P1 (0.5 to 0.6)"]
        assert frames["losers"]["need_id"].tolist() == ["N1"]
        assert frames["drop"]["staff_id"].tolist() == ["P1"]
        assert list(frames["nearest"].columns) == ["staff_id", "role", "support_id", "fails"]

    def test_of_a_person_and_of_a_site(self) -> None:
        cluster, proposal = full_week(policy=offering(fte=0.2))
        person = allocator.explain(cluster, proposal, staff="P1").frames()
        assert person["reliefs"]["kind"].tolist() == ["nothing", "hours"]
        site = allocator.explain(cluster, proposal, site="A").frames()
        assert site["serving"]["minutes"].tolist() == [300]
        assert site["waiting"]["need_id"].tolist() == ["N2"]

    def test_a_met_need_says_by_whom(self) -> None:
        cluster, proposal = full_week()
        found = allocator.explain(cluster, proposal, need="N1")
        assert "N1 at School A (Te Kāhui, learning, priority 1) is met." in printed(found)
        assert found.frames()["changes"].empty


def test_the_screen_of_the_panel_names_everybody() -> None:
    words = printed(allocator.explain(*full_week(policy=offering(fte=0.2)), need="N2"))
    for line in (
        "WHERE THE HOURS WENT",
        "N1 (priority 1)",
        "1. +0.1 FTE for P1 (0.5 to 0.6).",
        "N1 at School A (priority 1) would not be met any more: 400 weighted hours less.",
        "Even priority 1 in place of 5",
    ):
        assert line in words


def test_too_few_learners_for_a_group() -> None:
    """No week is shown: nobody could take it whatever they dropped, and the detail says why."""
    cluster = a_cluster(needs=[a_need("N2")], supports=[a_group_support()], policy=offering())
    words = printed(allocator.explain(cluster, allocator.solve(cluster, strategy="cpsat"), need="N2"))
    assert "Support G1 needs 2 learners; at most 1 could still join." in words
    assert "Nobody could take it, whatever they dropped that is not locked or tied." in words
    assert "Nothing that policy.negotiable offers was found to do it." in words
