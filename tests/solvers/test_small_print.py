"""Corners where the engine and the document could part: each is one sentence of docs/model.md."""

from __future__ import annotations

from allocator.models.policy import Coordinators, Goal, GoalLevel
from tests.checking.builders import a_cluster, a_need, a_person, a_policy, a_role, a_site, a_support
from tests.solvers.helpers import served, solved, stage_values

PROJECT = {"learner_id": None, "year_level": None, "tier": 1, "area_of_need": "system", "people": 2}
A_PROJECT = {"shape": "project", "tier": 1, "areas_of_need": "system", "hours_per_week": 12}


def test_a_coordinator_with_no_whole_block_delivers_nothing(strategy) -> None:
    """R10: 0.1 FTE ÷ 0.25 rounds to 0 blocks; without a share there is no delivery."""
    cluster = a_cluster(
        needs=[a_need()],
        staff=[a_person("C1", role="lsc", fte=0.1)],
        supports=[a_support(roles="lsc", hours_per_week=0.5)],
        roles={"lsc": a_role(coordinator=True)},
        policy=a_policy(coordinators=Coordinators(block_fte=0.25, min_share_fte=0.25)),
    )
    assert served(cluster, strategy) == []


def test_locality_counts_each_person_from_outside(strategy) -> None:
    """locality: a project shared by two people of another area brings two people from outside."""
    cluster = a_cluster(
        needs=[a_need(site_id="B", **PROJECT)],
        staff=[a_person("P1"), a_person("P2")],
        supports=[a_support(**A_PROJECT)],
        sites=[a_site("A", area="north"), a_site("B", area="south")],
        policy=a_policy(goals=["need_met", "locality"]),
    )
    assert dict(stage_values(solved(cluster, strategy)))["locality"] == 2


def test_continuity_of_a_shared_project_counts_either_person(strategy) -> None:
    """continuity: both give it from the start, so whichever of them is current_staff counts, as any goal's value."""
    for current in ("P1", "P2"):
        cluster = a_cluster(
            needs=[a_need(status="in_service", current_staff=current, **PROJECT)],
            staff=[a_person("P1"), a_person("P2")],
            supports=[a_support(**A_PROJECT)],
        )
        assert solved(cluster, strategy).goal_values[Goal.CONTINUITY] == 1


def test_the_weight_of_a_goal_that_stands_alone_changes_nothing(strategy) -> None:
    """Weights are within a level; one goal alone is shown in its own unit, its floor too."""
    levels = [GoalLevel(goals={"need_met": 2}), GoalLevel(goals={"travel": 3}, tolerance=0.1)]
    cluster = a_cluster(needs=[a_need(site_id="B")], policy=a_policy(goals=levels))
    # 60 minutes x 10 weeks x weight 1 / 600 hundredths ... = 1000 points; 4 quarters x 13 min x 10 weeks
    assert stage_values(solved(cluster, strategy)) == [("need_met", 1000), ("travel", 520)]


def test_a_liaison_without_hours_still_works_at_the_site(strategy) -> None:
    """R6: sites with delivery or liaison; the liaison of A with max_sites = 1 serves nobody at B."""
    cluster = a_cluster(
        needs=[a_need(site_id="B")],
        sites=[a_site("A", type="kura"), a_site("B")],
        roles={"teacher": a_role(liaison=True, liaison_hours=0, max_sites=1)},
        policy=a_policy(liaison_site_types=("kura",)),
    )
    assert served(cluster, strategy) == []


def test_a_coordinators_liaison_time_needs_no_share(strategy) -> None:
    """R10 limits delivery and travel to a site; liaison is neither, so it needs no share at A (the base)."""
    cluster = a_cluster(
        needs=[a_need(site_id="B")],
        staff=[a_person("C1", role="lsc", employer="B")],
        supports=[a_support(roles="lsc")],
        sites=[a_site("A", type="kura"), a_site("B")],
        roles={"lsc": a_role(coordinator=True, liaison=True)},
        policy=a_policy(
            liaison_site_types=("kura",), coordinators=Coordinators(block_fte=1.0, min_share_fte=1.0)
        ),
    )
    assert served(cluster, strategy) == ["N1"]
