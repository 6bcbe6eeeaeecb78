"""Every reason for an unmet need: a cluster that yields exactly it, and the truth of all of them at random."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import allocator
from allocator.checking.eligibility import failed_tests
from allocator.checking.insertion import first_fit, insertions, raised_quarters
from allocator.checking.outlook import Outlook
from allocator.checking.plan import Plan as CheckedPlan
from allocator.checking.world import World
from allocator.errors import InfeasibleError
from allocator.models.policy import Coordinators
from allocator.models.proposal import Proposal, Unmet, UnmetReason
from allocator.models.world import Cluster, Need, TravelTime
from allocator.solvers.base import Budget
from allocator.solvers.insertion import insert_what_fits
from allocator.solvers.options import build_problem
from allocator.solvers.plan import Plan
from allocator.solvers.search import Search
from allocator.solvers.unmet import unmet_reasons
from tests.checking.builders import (
    T1,
    T2,
    a_cluster,
    a_group_support,
    a_need,
    a_person,
    a_policy,
    a_role,
    a_site,
    a_support,
)
from tests.solvers.helpers import solved, unmet_of
from tests.solvers.random_clusters import random_cluster

PERSON_TESTS = {"role", "skills", "languages", "years", "funding", "forbidden"}
PLACE_TESTS = {"sites", "reach", "meeting site"}
FIRST = {"priority": 1, "weeks": 20}
"""Worth more than a need of priority 5 and 10 weeks."""


def no_support() -> Cluster:
    """The catalogue has nothing of tier 3."""
    return a_cluster(needs=[a_need(tier=3)])


def no_eligible_person() -> Cluster:
    """P1 does not read braille."""
    return a_cluster(needs=[a_need(skills="braille")])


def consent() -> Cluster:
    """P1 is based at A; the need is B's own."""
    return a_cluster(needs=[a_need(site_id="B", consent="own_school")])


def too_far() -> Cluster:
    """20 minutes, reach is 19."""
    return a_cluster(needs=[a_need(site_id="B")], roles={"teacher": a_role(reach_minutes=19)})


def not_available() -> Cluster:
    """The post is vacant."""
    return a_cluster(needs=[a_need()], staff=[a_person(vacant=True)])


def start_window() -> Cluster:
    """A running service can only start now, and its row says not before T2."""
    return a_cluster(needs=[a_need(status="in_service", earliest_term="T2")], terms=(T1, T2))


def group_below_minimum() -> Cluster:
    """One learner, groups of two or more."""
    return a_cluster(needs=[a_need()], supports=[a_group_support()])


def group_full() -> Cluster:
    """Groups of three or four, also across sites: with B's learner the four of A would be five, and split in two."""
    fours = [a_need(f"N{i}", **FIRST) for i in range(1, 5)]
    support = a_group_support(min_group=3, cross_site=True)
    return a_cluster(needs=[*fours, a_need("N5", site_id="B")], supports=[support])


def full_hours() -> Cluster:
    """N1 takes all 10 hours."""
    return a_cluster(needs=[a_need("N1", hours_per_week=10, **FIRST), a_need("N2")])


def full_cases() -> Cluster:
    """One case at a time, and N1 is it."""
    return a_cluster(needs=[a_need("N1", **FIRST), a_need("N2")], staff=[a_person(max_cases=1)])


def full_sites() -> Cluster:
    """One site at a time, and A is it."""
    return a_cluster(needs=[a_need("N1", **FIRST), a_need("N2", site_id="B")], staff=[a_person(max_sites=1)])


def full_travel() -> Cluster:
    """A weekly visit to B is 4 × 13 = 52 minutes; 600 × 0.08 = 48 may be travel."""
    return a_cluster(needs=[a_need("N1", site_id="B")], roles={"teacher": a_role(travel_share=0.08)})


def full_share() -> Cluster:
    """The coordinator's one block is A's."""
    return a_cluster(
        needs=[a_need("N1", **FIRST), a_need("N2", site_id="B")],
        staff=[a_person("C1", role="lsc")],
        supports=[a_support(roles="lsc")],
        roles={"lsc": a_role(coordinator=True)},
        policy=a_policy(coordinators=Coordinators(block_fte=1.0, min_share_fte=1.0)),
    )


def outranked() -> Cluster:
    """Travel comes first, and serving N1 would cost some."""
    return a_cluster(needs=[a_need("N1", site_id="B")], policy=a_policy(goals=["travel", "need_met"]))


CASES: dict[Callable[[], Cluster], UnmetReason] = {
    no_support: UnmetReason.NO_SUPPORT,
    no_eligible_person: UnmetReason.NO_ELIGIBLE_PERSON,
    consent: UnmetReason.CONSENT,
    too_far: UnmetReason.TOO_FAR,
    not_available: UnmetReason.NOT_AVAILABLE,
    start_window: UnmetReason.START_WINDOW,
    group_below_minimum: UnmetReason.GROUP_BELOW_MINIMUM,
    group_full: UnmetReason.GROUP_BELOW_MINIMUM,
    full_hours: UnmetReason.FULL_HOURS,
    full_cases: UnmetReason.FULL_CASES,
    full_sites: UnmetReason.FULL_SITES,
    full_travel: UnmetReason.FULL_TRAVEL,
    full_share: UnmetReason.FULL_SHARE,
    outranked: UnmetReason.OUTRANKED,
}


class TestOneReasonEach:
    """The last need of each cluster is unmet for the reason the case is named after."""

    @pytest.mark.parametrize(("case", "reason"), CASES.items(), ids=[case.__name__ for case in CASES])
    def test_the_reason_is_the_one_that_binds(self, case, reason, strategy) -> None:
        """Exactly one need is unmet, with one reason and a sentence."""
        cluster = case()
        (unmet,) = unmet_of(solved(cluster, strategy))
        assert (unmet.need_id, unmet.reason) == (cluster.needs[-1].need_id, reason)
        assert unmet.detail

    def test_a_search_cut_short_says_that_it_did_not_look(self) -> None:
        """Interrupted before the last pass: the need fits, and nobody tried."""
        budget = Budget(seconds=None)
        search = Search(build_problem(a_cluster(needs=[a_need()])), budget, plan=Plan(()))
        budget.interrupted.set()
        exhausted = insert_what_fits(search)
        assert not exhausted
        (unmet,) = unmet_reasons(search, Plan(()), exhausted)
        assert unmet.reason is UnmetReason.NOT_SEARCHED

    def test_a_group_of_one_site_that_is_full(self) -> None:
        """Four meet as a group of their own site; it could become one of two sites, but not of five learners."""
        cluster = group_full()
        alone = a_need("N0", consent="own_school")  # for whose sake there are groups of one site
        problem = build_problem(cluster.model_copy(update={"needs": (*cluster.needs, alone)}))
        own = [o for o in range(problem.size) if not problem.slots[problem.slot[o]].cross_site]
        plan = Plan(tuple(o for o in own if problem.need[o] < 4))
        assert len(plan.chosen) == 4
        search = Search(problem, Budget(seconds=None), plan=plan)
        reasons = {row.need_id: row.reason for row in unmet_reasons(search, plan, exhausted=True)}
        assert reasons["N5"] is UnmetReason.GROUP_BELOW_MINIMUM

    def test_every_reason_has_its_case(self) -> None:
        """The closed list of reasons is covered."""
        assert {*CASES.values(), UnmetReason.NOT_SEARCHED} == set(UnmetReason)


class TestOrderOfTests:
    """The first test that holds is given."""

    def test_nobody_eligible_comes_before_consent(self, strategy) -> None:
        """The need is B's own, and nobody anywhere reads braille."""
        cluster = a_cluster(needs=[a_need(site_id="B", consent="own_school", skills="braille")])
        assert unmet_of(solved(cluster, strategy))[0].reason is UnmetReason.NO_ELIGIBLE_PERSON

    def test_too_far_comes_before_a_vacant_post(self, strategy) -> None:
        """Out of reach of a post that nobody holds."""
        cluster = a_cluster(
            needs=[a_need(site_id="B")],
            staff=[a_person(vacant=True)],
            travel_times=[TravelTime(from_site="A", to_site="B", minutes=61)],
        )
        assert unmet_of(solved(cluster, strategy))[0].reason is UnmetReason.TOO_FAR

    def test_a_learner_at_an_office_is_nobodys_to_reach(self, strategy) -> None:
        """R3: nothing happens at a site of type base."""
        cluster = a_cluster(needs=[a_need()], sites=[a_site("A", type="base"), a_site("B")])
        assert unmet_of(solved(cluster, strategy))[0].reason is UnmetReason.TOO_FAR


@pytest.mark.parametrize("strategy", ["cpsat", "plans"])
@pytest.mark.parametrize("seed", range(3000, 3020))
def test_every_reason_given_is_true(seed: int, strategy: str) -> None:
    """Against the checker's own derivation of the world, for all unmet needs of random clusters."""
    cluster = random_cluster(seed, needs=8, people=3, sites=3)
    try:
        proposal = allocator.solve(cluster, strategy=strategy, time_limit=20.0)
    except InfeasibleError:
        return
    for unmet in unmet_of(proposal):
        assert is_true(cluster, proposal, unmet), f"seed {seed}: {unmet}"


def is_true(cluster: Cluster, proposal: Proposal, unmet: Unmet) -> bool:
    """Whether the reason holds, as far as the rules tell."""
    world = World(cluster)
    need = world.needs[unmet.need_id]
    pairs = [(support, person) for support in world.admitted[need.need_id] for person in world.staff.values()]
    able = [pair for pair in pairs if not failing(world, need, pair) & PERSON_TESTS]
    allowed = [pair for pair in able if "consent" not in failing(world, need, pair)]
    match unmet.reason:
        case UnmetReason.NO_SUPPORT:
            return not pairs
        case UnmetReason.NO_ELIGIBLE_PERSON:
            return bool(pairs) and not able
        case UnmetReason.CONSENT:
            return bool(able) and not allowed and not need.shared_with_cluster
        case UnmetReason.TOO_FAR:
            return bool(allowed) and all(failing(world, need, pair) & PLACE_TESTS for pair in allowed)
        case UnmetReason.NOT_AVAILABLE:
            return all(is_away(world, need, pair) for pair in allowed)
        case UnmetReason.START_WINDOW:
            return not world.starts(need)
    return nothing_fits(world, proposal, need, unmet.reason)


def failing(world: World, need: Need, pair) -> set[str]:
    support, person = pair
    return {failure.test for failure in failed_tests(world, need, support, person)}


def is_away(world: World, need: Need, pair) -> bool:
    """No allowed start has somebody there for the whole span; or the place is out of reach."""
    support, person = pair
    spans = [world.span(need, support, start) for start in world.starts(need)]
    there = any(all(world.works(person.staff_id, term) for term in span) for span in spans)
    return not there or bool(failing(world, need, pair) & PLACE_TESTS)


def nothing_fits(world: World, proposal: Proposal, need: Need, reason: UnmetReason) -> bool:
    """Reasons 7 to 9: no single insertion keeps rules and floors; a full limit stops every insertion."""
    plan = CheckedPlan(world, proposal)
    if first_fit(Outlook(world, plan), need) is not None:
        return False
    if reason is UnmetReason.GROUP_BELOW_MINIMUM:
        return not list(insertions(world, plan, need))
    if reason is UnmetReason.OUTRANKED:
        return True
    return all(raised_quarters(world, plan, way) is None for way in insertions(world, plan, need))
