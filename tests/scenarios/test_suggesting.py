"""Suggestions: every gain is a checked plan, and the line that is printed gives it again."""

from __future__ import annotations

import json
import shlex
from collections import Counter

import pytest

import allocator
from allocator.alternatives import Effort
from allocator.models.policy import Goal, Negotiable
from allocator.models.world import Cluster
from scenarios import apply_changes
from scenarios.changes import TYPES, Change
from scenarios.suggesting import KINDS, Depth, Moves, Neighbour, Suggestions, shopping_list, suggest
from scenarios.suggesting.lines import typed, whatif_line
from scenarios.suggesting.verifying import Bench, Deadline, planned
from scenarios.typed import typed_scenario
from tests.checking.builders import a_cluster, a_group_support, a_need, a_person, a_policy, a_support
from tests.docs.pages import DOCS, blocks
from tests.solvers.random_clusters import random_cluster

QUICK = Effort(time_limit=None, work_limit=0.05)
FEW = Depth(None, laid_in=14, solved=4)
ENOUGH = 0.3
"""Work in which these clusters are proved."""


def small(seed: int) -> Cluster:
    return random_cluster(seed, needs=14, people=4, sites=3, terms=1)


def nothing_running(seed: int) -> Cluster:
    """No commitments, so that need met alone decides."""
    cluster = small(seed)
    new = {"status": "waiting", "current_staff": None, "locked": False}
    return cluster.model_copy(update={"needs": tuple(need.model_copy(update=new) for need in cluster.needs)})


@pytest.fixture(scope="module", params=[0, 13, 31])
def found(request: pytest.FixtureRequest) -> Suggestions:
    return suggest(small(request.param), moves=2, effort=QUICK, depth=FEW)


def changes_in(line: str) -> list[Change]:
    """The changes that a printed line makes."""
    words = shlex.split(line)
    assert words[:3] == ["allocator", "whatif", "CLUSTER"]
    pairs = zip(words[3::2], words[4::2], strict=True)
    scenario = typed_scenario([(option[2:].replace("-", "_"), text) for option, text in pairs])
    return list(scenario.changes)


class TestEverySuggestion:
    def test_there_are_some(self, found: Suggestions) -> None:
        assert found.ranked
        assert found.combined

    def test_is_a_plan_the_checker_has_nothing_against(self, found: Suggestions) -> None:
        for each in (*found.ranked, *found.combined):
            assert allocator.check(each.after.cluster, each.after.proposal) == []

    def test_gain_is_the_difference_of_two_plans(self, found: Suggestions) -> None:
        for each in (*found.ranked, *found.combined):
            met = each.after.proposal.goal_values[Goal.NEED_MET]
            assert each.gain == met - found.paired > 0

    def test_line_run_gives_the_gain_again(self, found: Suggestions) -> None:
        """Solved afresh and proved, without the plan it was found from; unless it keeps even more commitments."""
        same = 0
        for each in (*found.ranked[:3], *found.combined):
            cluster = apply_changes(found.cluster, changes_in(each.line)).cluster
            fresh = allocator.solve(cluster, time_limit=None, work_limit=ENOUGH)
            assert fresh.stages[1].proved
            assert fresh.goal_values[Goal.COMMITMENTS_KEPT] >= each.after.commitments
            if each.anew and fresh.goal_values[Goal.COMMITMENTS_KEPT] == each.after.commitments:
                assert fresh.goal_values[Goal.NEED_MET] - found.paired == each.gain
                same += 1
        assert same >= 1

    def test_ranked_by_gain(self, found: Suggestions) -> None:
        gains = [each.gain for each in found.ranked]
        assert gains == sorted(gains, reverse=True)

    def test_two_moves_bring_more_than_one(self, found: Suggestions) -> None:
        assert found.combined[0].gain > found.ranked[0].gain
        assert len({move.about for move in found.combined[0].moves}) == 2

    def test_where_nobody_loses_nobody_does(self, found: Suggestions) -> None:
        for each in found.ranked:
            if each.easy is not None and each.easy == each.gain and not each.losers():
                served = {row.need_id for row in each.before.proposal.allocations}
                assert served <= {row.need_id for row in each.after.proposal.allocations}

    def test_counts_add_up(self, found: Suggestions) -> None:
        counts = found.counts
        assert counts.estimated >= counts.left
        assert counts.base_searches >= 2


def test_the_same_call_gives_the_same_suggestions() -> None:
    """With counted work instead of time."""
    one, other = (suggest(small(13), effort=QUICK, depth=FEW).as_dict() for _ in range(2))
    assert one == other


class TestTheBase:
    def test_a_gain_is_not_of_more_searching(self) -> None:
        """What a further search without the change finds is taken off every gain."""
        bench = Bench(small(13), QUICK)
        bench.prepare(Deadline(None), 1.0)
        unchanged = bench.solved(bench.cluster, bench.base)
        assert unchanged is not None
        assert bench.gain(unchanged) == 0

    def test_a_need_counts_what_it_counted_before(self) -> None:
        """Each asks 1 hour, 1,000 points. In a group of 2 hours it would count twice as much; it does not."""
        before = a_cluster(needs=(a_need("N1"), a_need("N2")), staff=(a_person(),))
        needs = tuple(need.model_copy(update={"supports": ("G1",)}) for need in before.needs)
        after = before.model_copy(update={"needs": needs, "supports": (a_group_support(hours_per_week=2),)})
        made = allocator.solve(after, time_limit=None, work_limit=ENOUGH)
        assert made.goal_values[Goal.NEED_MET] == 4000
        assert planned(after, made, before).value == 2000


class TestCandidates:
    def test_every_kind_of_move_is_thought_of(self) -> None:
        """A cluster in which each kind has something to bring."""
        staff = (a_person("P1", fte=0.4), a_person("P2", fte=0.2, base_site="B"))
        singles = [a_need(f"N{n}", site_id="B", supports=("S1",), priority=1) for n in range(8)]
        asking = [a_need(f"M{n}", skills=("maths",), priority=1) for n in range(3)]
        lonely = [a_need(f"G{n}", site_id=site, supports=("G1",)) for n, site in enumerate("AB")]
        cluster = a_cluster(
            needs=[*singles, *asking, *lonely],
            staff=staff,
            supports=(a_support(), a_group_support()),
        )
        lender = a_cluster(name="Lender", staff=(a_person("L1"),))
        neighbour = Neighbour("lender", lender, allocator.solve(lender, time_limit=None, work_limit=0.05))
        proposal = allocator.solve(cluster, time_limit=None, work_limit=ENOUGH)
        kinds = Counter(each.kind for each in Moves(cluster, proposal, neighbour).of(KINDS))
        assert set(kinds) == set(KINDS)

    def test_hours_stay_within_what_is_negotiable(self) -> None:
        """0.2 FTE more at most, nobody above full time; nothing for a role that is not on offer."""
        staff = (a_person("P1", fte=0.5), a_person("P2", fte=0.9), a_person("P3", fte=1.0))
        needs = [a_need(f"N{n}", priority=1, hours_per_week=5) for n in range(8)]
        cluster = a_cluster(needs=needs, staff=staff)
        proposal = allocator.solve(cluster, time_limit=None, work_limit=ENOUGH)
        found = {each.about: each.fte for each in Moves(cluster, proposal).of(["hours"])}
        assert found == {"P1": 0.2, "P2": 0.1}
        shut = cluster.model_copy(
            update={"policy": a_policy(negotiable=Negotiable(fte_by_role={"teacher": 0}))}
        )
        assert Moves(shut, proposal).of(["hours"]) == ()

    def test_people_who_cannot_be_moved_are_not(self) -> None:
        needs = [a_need(f"N{n}", site_id="B") for n in range(12)]
        cluster = a_cluster(needs=needs, staff=(a_person(fte=0.5, movable=False),))
        proposal = allocator.solve(cluster, time_limit=None, work_limit=ENOUGH)
        assert Moves(cluster, proposal).of(["base", "share"]) == ()

    def test_a_neighbour_lends_only_what_its_plan_leaves_unused(self) -> None:
        needs = [a_need(f"N{n}", hours_per_week=5) for n in range(4)]
        here = a_cluster(needs=needs, staff=(a_person(fte=0.1),))
        busy = a_cluster(needs=needs, staff=(a_person("L1", fte=0.5), a_person("L2", movable=False)))
        neighbour = Neighbour("busy", busy, allocator.solve(busy, time_limit=None, work_limit=ENOUGH))
        proposal = allocator.solve(here, time_limit=None, work_limit=ENOUGH)
        assert Moves(here, proposal, neighbour).of(["lend"]) == ()


@pytest.mark.parametrize(
    ("kind", "keys", "text"),
    [
        ("redeploy", {"person": "P1", "to_site": "B"}, "P1: -> B"),
        ("redeploy", {"person": "P1", "fte": 0.2, "to_site": "B"}, "P1: 0.2 FTE -> B"),
        ("change_staff", {"person": "P1", "set": {"fte": "0.7"}}, "P1: fte=0.7"),
        ("train", {"person": "P1", "languages": ("nzsl",)}, "P1: languages nzsl"),
        ("convert_shape", {"support": "S1", "into": "G1"}, "S1 -> G1"),
        ("convert_shape", {"support": "S1", "where": {"tiers": (2,)}}, "S1: tiers=2"),
        ("change_support", {"support": "G1", "set": {"cross_site": "yes"}}, "G1: cross_site=yes"),
        (
            "lend_staff",
            {"person": "P1", "fte": 0.2, "from_cluster": "rural", "base_site": "B", "code": "P1-2"},
            "P1: 0.2 FTE from rural -> B, code P1-2",
        ),
        (
            "add_staff",
            {"staff": {"staff_id": "NEW-1", "role": "slt", "fte": 0.1, "base_site": "B", "skills": ("aac",)}},
            "NEW-1: slt 0.1 FTE at B, skills aac",
        ),
    ],
)
def test_a_change_is_typed_as_it_is_read(kind: str, keys: dict[str, object], text: str) -> None:
    change = TYPES[kind].model_validate({"change": kind, **keys})
    assert typed(change) == text
    (again,) = typed_scenario([(kind, text)]).changes
    assert again.model_dump() == change.model_dump()
    assert [each.model_dump() for each in changes_in(whatif_line("CLUSTER", [change]))] == [
        change.model_dump()
    ]


class TestShoppingList:
    def test_more_time_never_brings_less(self) -> None:
        found = shopping_list(small(0), effort=QUICK, most=3)
        assert found.items
        for item in found.items:
            gains = [point.gain for point in item.curve]
            assert gains == sorted(gains)
            assert {point.fte for point in item.curve} <= {0.1, 0.2, 0.3, 0.5}
        first = [item.curve[0].gain / item.curve[0].fte for item in found.items]
        assert first == sorted(first, reverse=True)

    def test_a_point_run_gives_its_gain_again(self) -> None:
        found = shopping_list(nothing_running(0), effort=QUICK, most=1)
        assert found.items[0].curve[-1].gain > 0
        for point in found.items[0].curve:
            changed = apply_changes(found.cluster, changes_in(point.line)).cluster
            fresh = allocator.solve(changed, time_limit=None, work_limit=ENOUGH)
            assert fresh.stages[1].proved
            assert fresh.goal_values[Goal.NEED_MET] - found.paired == point.gain

    def test_what_was_not_verified_is_said(self) -> None:
        found = shopping_list(small(31), effort=QUICK, most=1)
        assert len(found.items) == 1
        assert found.unverified
        assert all(item.curve == () for item in found.unverified)
        assert len(found.as_dict()["not_verified"]) == len(found.unverified)
        assert list(found.frame()["fte"]) == [point.fte for point in found.items[0].curve]

    def test_a_coordinator_comes_in_blocks(self) -> None:
        """Of 0.1, 0.2, 0.3 and 0.5 FTE only the last is a multiple of a block of 0.25."""
        found = shopping_list(small(13), effort=QUICK, most=4)
        (item,) = [item for item in found.items if item.role == "lsc"][:1]
        assert [point.fte for point in item.curve] == [0.5]


class TestWhatIsSaid:
    def test_plain_data_and_table_say_the_same(self, found: Suggestions) -> None:
        plain, frame = json.loads(json.dumps(found.as_dict())), found.frame()
        assert list(frame["gain"]) == [row["gain"] for row in (*plain["suggestions"], *plain["together"])]

    def test_nobody_is_named_to_the_public(self, found: Suggestions) -> None:
        text = json.dumps(found.as_dict("public"))
        assert not any(person.staff_id in text for person in found.cluster.staff)


@pytest.mark.parametrize(("moves", "kinds"), [(0, ("base",)), (4, ("base",)), (1, ("magic",))])
def test_what_makes_no_sense_is_refused(moves: int, kinds: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="1 to 3 moves of the kinds base"):
        suggest(small(13), moves=moves, kinds=kinds)


def test_the_python_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks(DOCS / "suggest.md", "python")
    exec(compile(code, "suggest.md", "exec"), {})
    assert "learners_lose" in capsys.readouterr().out


def test_the_page_lists_every_kind() -> None:
    text = (DOCS / "suggest.md").read_text(encoding="utf-8")
    assert [kind for kind, words in KINDS.items() if f"| `{kind}` | {words} |" not in text] == []
