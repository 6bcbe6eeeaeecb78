"""One valid proposal with everything in it, built by hand.

Two terms; A, B and C are schools, O is an office. P1 (of A) and P2 (of B) teach, C1 coordinates.

    N1        at B, smaller dose, by P1            N6        no consent, at A, by P1 (the learner of N10)
    N2, N3    cross-site group at A, by P1         N7        no consent, unmet
    N4        project at A, shared by P1 and P2    N8, N9    no consent, a group at B, by P2
    N5        at A, two terms, P1 then P2          N10       at A, by the coordinator C1
    N11       locked to P2, at B, in service       N12       unmet: no support fits
"""

from __future__ import annotations

from allocator.models.policy import Fairness, Policy, Role
from allocator.models.proposal import Allocation, Liaison, Proposal, Share, Unmet, UnmetReason
from allocator.models.world import Cluster, TravelTime
from tests.checking.builders import (
    T1,
    T2,
    a_cluster,
    a_group_support,
    a_need,
    a_person,
    a_proposal,
    a_role,
    a_row,
    a_site,
    a_support,
    a_visit,
)


def rich_cluster() -> Cluster:
    """The cluster of this module's table, under the default order of goals."""
    schools = {code: {"area": code.lower(), "equity_index": 450} for code in "ABC"}
    own_school = {"consent": "own_school"}
    roles: dict[str, Role] = {
        "teacher": a_role(liaison=True, max_sites=3, max_cases=8),
        "lsc": a_role(coordinator=True, max_sites=2),
    }
    return a_cluster(
        sites=[
            *(a_site(code, **changes) for code, changes in schools.items()),
            a_site("O", type="base", roll=0),
        ],
        staff=[
            a_person("P1", standing_hours=0.5),
            a_person("P2", base_site="B"),
            a_person("C1", role="lsc", employer="B"),
        ],
        supports=[
            a_support("S1", roles="teacher;lsc", impact=0.8),
            a_group_support("G1", cross_site=True),
            a_support("PR", shape="project", hours_per_week=2, areas_of_need="system", tier=1),
        ],
        needs=[
            a_need("N1", site_id="B", min_hours_per_week=0.5, waiting_since="2026-11-02"),
            a_need("N2", supports="G1"),
            a_need("N3", site_id="B", supports="G1"),
            a_need(
                "N4", learner_id=None, year_level=None, tier=1, area_of_need="system", people=2, learners=30
            ),
            a_need("N5", weeks=20, handover=True, status="in_service", current_staff="P1"),
            a_need("N6", learner_id="L-N10", **own_school),
            a_need("N7", site_id="B", tier=3, hours_per_week=1, weeks=10, **own_school),
            a_need("N8", site_id="B", supports="G1", **own_school),
            a_need("N9", site_id="B", supports="G1", **own_school),
            a_need("N10"),
            a_need("N11", site_id="B", status="in_service", current_staff="P2", locked=True),
            a_need("N12", tier=3, hours_per_week=1, weeks=10),
            a_need("N13", status="closed"),
        ],
        roles=roles,
        terms=(T1, T2),
        travel_times=[
            TravelTime(from_site=a, to_site=b, minutes=m)
            for a, b, m in (("A", "B", 20), ("A", "C", 10), ("B", "C", 15))
        ],
        policy=Policy(handover_allowed=True, fairness=Fairness(pool_below=2)),
    )


def rich_rows(cluster: Cluster) -> list[Allocation]:
    """The allocations of this module's table."""
    return [
        a_row(cluster, "N1", "P1", reduced=True),
        a_row(cluster, "N2", "P1", "G1", group_id="g1"),
        a_row(cluster, "N3", "P1", "G1", group_id="g1", meets_at="A"),
        a_row(cluster, "N4", "P1", "PR", part=1),
        a_row(cluster, "N4", "P2", "PR", part=2),
        a_row(cluster, "N5", "P1", part=1, terms=("T1",)),
        a_row(cluster, "N5", "P2", part=2, terms=("T2",)),
        a_row(cluster, "N6", "P1"),
        a_row(cluster, "N8", "P2", "G1", group_id="g2"),
        a_row(cluster, "N9", "P2", "G1", group_id="g2"),
        a_row(cluster, "N10", "C1"),
        a_row(cluster, "N11", "P2"),
    ]


def rich_proposal(cluster: Cluster) -> Proposal:
    """A proposal that keeps every rule, with proved stages for all its goals."""
    faces = {"A": "P1", "B": "P2", "C": "P1"}
    unmet = Unmet(need_id="N12", reason=UnmetReason.NO_SUPPORT, detail="no support of tier 3")
    return a_proposal(
        cluster,
        rich_rows(cluster),
        visits=(
            a_visit(cluster, "P1", "B", 4),  # N1
            a_visit(cluster, "P1", "C", 1),  # liaison
            a_visit(cluster, "P1", "C", 1, "T2"),
            a_visit(cluster, "P2", "A", 4),  # N4
            a_visit(cluster, "P2", "A", 4, "T2"),  # N5
        ),
        liaisons=tuple(
            Liaison(site_id=site, term=term, staff_id=person)
            for site, person in faces.items()
            for term in ("T1", "T2")
        ),
        shares=(
            Share(staff_id="C1", site_id="A", blocks=7, fte=0.7, employs=False),
            Share(staff_id="C1", site_id="B", blocks=3, fte=0.3, employs=True),
        ),
        unmet=(unmet,),
        insertion_exhausted=True,
    )
