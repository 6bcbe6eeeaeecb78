"""Two plans side by side: rows aligned by code, figures that add up, codes for the panel alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.comparing import Case, Comparison, attribute, compare
from allocator.comparing.audience import shown_count, shown_counts
from allocator.comparing.gains import gains
from allocator.comparing.inputs import OPPOSITE, Cell, RowDifference, input_differences
from allocator.comparing.screen import render
from allocator.models.policy import Goal, Reporting
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from scenarios import apply_changes
from tests.checking.builders import a_cluster, a_need, a_person, a_policy, a_proposal, a_row, a_visit
from tests.scenarios.worlds import a_change, a_world


def a_register(**changes: Any) -> Cluster:
    """Six learners at A and two at B, one of whom is not shared with the cluster; P1 and P2 based at A."""
    needs = [a_need(f"N{n}") for n in range(1, 7)]
    needs += [a_need("N7", site_id="B"), a_need("N8", consent="own_school")]
    staff = (a_person("P1"), a_person("P2"))
    return a_cluster(**{"needs": needs, "staff": staff, **changes})


def a_plan(cluster: Cluster, *served: str, staff: str = "P1", **more: str) -> Case:
    """A case in which these needs are served, all by one person unless said otherwise."""
    rows = [a_row(cluster, code, more.get(code, staff)) for code in served]
    visits = [
        a_visit(cluster, row.staff_id, "B", 4) for row in rows if cluster.need[row.need_id].site_id == "B"
    ]
    return Case("plan", cluster, a_proposal(cluster, rows, visits=tuple(visits)))


def screen(comparison: Comparison, **options: Any) -> str:
    from rich.console import Console

    console = Console(width=100, markup=False, highlight=False, emoji=False)
    with console.capture() as text:
        console.print(render(comparison, **options))
    return text.get()


class TestInputs:
    def test_a_cluster_does_not_differ_from_itself(self) -> None:
        assert input_differences(a_world(), a_world()) == ()

    def test_the_order_of_rows_does_not_count(self) -> None:
        assert input_differences(a_world(), a_world(needs=a_world().needs[::-1])) == ()

    def test_rows_are_aligned_by_code(self) -> None:
        now = apply_changes(
            a_world(),
            [
                a_change("redeploy", person="P1", fte=0.4, to_site="B"),
                a_change("remove_staff", person="P3"),
                a_change("change_policy", policy={"fairness": {"by": "medium"}}),
            ],
        ).cluster
        found = {(row.table, row.code, row.kind): row.cells for row in input_differences(a_world(), now)}
        assert set(found) == {
            ("settings", "policy.fairness.by", "changed"),
            ("staff", "P1", "changed"),
            ("staff", "P1@B", "added"),
            ("staff", "P3", "removed"),
        }
        assert Cell("fte", "1", "0.6") in found["staff", "P1", "changed"]

    def test_needs_that_are_not_shared_have_no_code(self) -> None:
        """On either side: what was shared once is not named once it no longer is."""
        now = apply_changes(a_world(), [a_change("change_policy", cluster_consent=0)]).cluster
        rows = input_differences(a_world(), now)
        assert len(rows) == 6
        assert {(row.code, row.cells) for row in rows} == {("", ())}

    def test_the_other_way_round_is_the_opposite(self) -> None:
        now = apply_changes(a_world(), [a_change("withdraw_site", site="B")]).cluster
        there, back = input_differences(a_world(), now), input_differences(now, a_world())
        turned = {
            RowDifference(
                row.table,
                row.code,
                OPPOSITE[row.kind],
                tuple(Cell(cell.name, cell.after, cell.before) for cell in row.cells),
            )
            for row in there
        }
        assert turned == set(back)


class TestGains:
    def test_who_gains_who_loses_who_is_untouched(self) -> None:
        cluster = a_register()
        found = gains(a_plan(cluster, "N1", "N2"), a_plan(cluster, "N2", "N3", "N7"))
        assert found is not None
        directions = {party.code: party.direction for party in found.learners}
        assert directions["L-N1"] == "loses"
        assert directions["L-N2"] == "untouched"
        assert directions["L-N3"] == directions["L-N7"] == "gains"
        assert "L-N8" not in directions
        assert {party.code: (party.before, party.after) for party in found.sites} == {
            "A": (3333, 3333),
            "B": (0, 10000),
        }
        assert {party.code: party.delta for party in found.people} == {"P1": 60 + 52, "P2": 0}

    def test_somebody_else_is_said(self) -> None:
        cluster = a_register()
        found = gains(a_plan(cluster, "N1", "N2"), a_plan(cluster, "N1", "N2", N1="P2"))
        assert found is not None
        assert [party.code for party in found.learners if party.other_person] == ["L-N1"]

    def test_a_new_need_takes_nothing_from_anybody(self) -> None:
        before, now = a_register(), a_register(needs=[*a_register().needs, a_need("N9")])
        found = gains(a_plan(before, "N1"), a_plan(now, "N1", "N9"))
        assert found is not None
        assert all(party.direction == "untouched" for party in (*found.learners, *found.sites))
        assert (found.new_needs, found.new_served, found.gone_needs) == (1, 1, 0)

    def test_without_two_plans_nobody_gains(self) -> None:
        case = a_plan(a_register(), "N1")
        assert gains(case, replace(case, proposal=None)) is None


@settings(max_examples=25, deadline=None)
@given(
    first=st.sets(st.sampled_from([f"N{n}" for n in range(1, 9)])),
    second=st.sets(st.sampled_from([f"N{n}" for n in range(1, 9)])),
)
def test_a_comparison_turned_round_is_its_negative(first: set[str], second: set[str]) -> None:
    cluster = a_register()
    one, two = (a_plan(cluster, *sorted(codes)) for codes in (first, second))
    there, back = compare(one, two), compare(two, one)
    for row, turned in zip(there.outcomes, back.outcomes, strict=True):
        assert row.key == turned.key
        delta, negative = row.delta(1), turned.delta(1)
        assert (delta is None and negative is None) or delta == pytest.approx(-(negative or 0))
    for tally, turned_tally in zip(there.pairs[0].tallies, back.pairs[0].tallies, strict=True):
        assert (tally.gains, tally.loses) == (turned_tally.loses, turned_tally.gains)
        assert tally.untouched == turned_tally.untouched


class TestOutcomes:
    def test_figures_of_every_case_stand_beside_each_other(self) -> None:
        cluster = a_register()
        made = compare(a_plan(cluster, "N1"), a_plan(cluster, "N1", "N2", "N7"))
        values = {(row.section, row.key): row.values for row in made.outcomes}
        assert values["totals", "served"] == (1, 3)
        assert values["totals", "unmet"] == (6, 4)
        assert values["goals", "need_met"] == (1000, 3000)
        assert values["tiers", "2"] == (1 / 7, 3 / 7)
        assert values["sites", "B"] == (0.0, 1.0)
        assert values["roles", "teacher"] == (1000, 3000)

    def test_stages_bring_their_bounds(self) -> None:
        cluster = a_register()
        (row,) = compare(a_plan(cluster, "N1"), a_plan(cluster, "N1")).section("stages")
        assert (row.values, row.bounds) == ((1000, 1000), (1000, 1000))

    def test_a_site_only_one_side_has_is_blank_on_the_other(self) -> None:
        now = apply_changes(a_register(), [a_change("withdraw_site", site="B")]).cluster
        made = compare(a_plan(a_register(), "N7"), a_plan(now, "N1"))
        (row,) = [row for row in made.section("sites") if row.key == "B"]
        assert row.values == (1.0, None)
        assert row.delta(1) is None

    def test_names_that_are_alike_are_told_apart(self) -> None:
        case = a_plan(a_register(), "N1")
        assert compare(case, case, case).names == ("plan", "plan 2", "plan 3")

    def test_pairs_of_cluster_and_proposal_will_do(self) -> None:
        case = a_plan(a_register(), "N1")
        pair = (case.cluster, case.proposal)
        assert isinstance(pair[1], Proposal)
        assert compare(pair, pair).names == ("Test cluster 1", "Test cluster 2")  # type: ignore[arg-type]

    def test_one_alone_is_no_comparison(self) -> None:
        with pytest.raises(ValueError, match="two cases"):
            compare(a_plan(a_register(), "N1"))


class TestAttribution:
    def plans(self, *numbers: int) -> list[Proposal]:
        cluster = a_register()
        made = [a_plan(cluster, *(f"N{n}" for n in range(1, number + 1))).proposal for number in numbers]
        return [plan for plan in made if plan is not None]

    def test_parts_and_interaction_add_up(self) -> None:
        base, one, two, both = self.plans(1, 2, 3, 5)
        found = attribute("x", ["one", "two"], base, [one, two], both)
        (need_met,) = [goal for goal in found.goals if goal.goal is Goal.NEED_MET]
        assert (need_met.base, need_met.parts, need_met.interaction) == (1000, (1000, 2000), 1000)
        assert need_met.total == 4000

    @given(numbers=st.lists(st.integers(0, 6), min_size=2, max_size=5))
    @settings(max_examples=15, deadline=None)
    def test_they_always_do_exactly(self, numbers: list[int]) -> None:
        base, *singles, both = self.plans(*numbers)
        for goal in attribute("x", ["c"] * len(singles), base, singles, both).goals:
            known = sum(part for part in goal.parts if part is not None)
            assert goal.base + known + goal.interaction == goal.together

    def test_a_change_without_a_plan_of_its_own_is_in_the_interaction(self) -> None:
        base, one, both = self.plans(1, 2, 5)
        found = attribute("x", ["one", "two"], base, [one, None], both, ["", "it cannot stand alone"])
        need_met = next(goal for goal in found.goals if goal.goal is Goal.NEED_MET)
        assert (need_met.parts, need_met.interaction) == ((1000, None), 3000)
        made = compare(a_plan(a_register(), "N1"), a_plan(a_register(), "N2"), attributions=[found])
        assert "2. has no figure of its own: it cannot stand alone" in screen(made)

    def test_one_plan_for_each_change(self) -> None:
        base, both = self.plans(1, 5)
        with pytest.raises(ValueError, match="each change"):
            attribute("x", ["one"], base, [], both)


class TestAudience:
    @pytest.mark.parametrize(
        ("number", "panel", "cluster", "public"),
        [(0, 0, 0, 0), (5, 5, None, None), (6, 6, 6, 6), (7, 7, 7, 6), (8, 8, 8, 9)],
    )
    def test_small_counts_are_left_out_and_public_ones_rounded(
        self, number: int, panel: int, cluster: int | None, public: int | None
    ) -> None:
        shown = [shown_count(number, who, Reporting()) for who in ("panel", "cluster", "public")]  # type: ignore[arg-type]
        assert shown == [panel, cluster, public]

    def test_a_single_gap_takes_the_next_smallest_with_it(self) -> None:
        """Their total is known: with one number missing it could be worked out."""
        assert shown_counts([2, 40, 9], "cluster", Reporting()) == (None, 40, None)
        assert shown_counts([2, 3, 9], "cluster", Reporting()) == (None, None, 9)
        assert shown_counts([0, 12, 9], "cluster", Reporting()) == (0, 12, 9)

    def compared(self, audience: Any) -> Comparison:
        cluster = a_register()
        before = a_plan(cluster, "N1", "N2")
        now = apply_changes(cluster, [a_change("pin", need="N3", person="P2")])
        after = replace(
            a_plan(now.cluster, "N3", "N7"), effects=now.sentences, name="x (need N3)", question="P2?"
        )
        base, one = before.proposal, after.proposal
        assert base is not None
        assert one is not None
        split = attribute("x", now.sentences * 2, base, [one, one], one)
        return compare(before, after, audience=audience, attributions=[split])

    def test_the_panel_sees_codes(self) -> None:
        text = screen(self.compared("panel"))
        assert "N3 pinned to P2" in text
        assert "L-N1 (100% → 0%)" in text

    @pytest.mark.parametrize("audience", ["cluster", "public"])
    def test_others_see_no_code_of_a_learner_need_or_person_on_any_path(self, audience: str) -> None:
        made = self.compared(audience)
        everything = screen(made, full=True) + json.dumps(made.as_dict())
        everything += "".join(frame.to_csv() for frame in made.frames().values())
        for code in ("N1", "N3", "N7", "L-N", "P1", "P2"):
            assert code not in everything

    def test_a_site_with_few_needs_has_no_figure(self) -> None:
        made = self.compared("cluster")
        assert {row.key: row.values for row in made.section("sites")} == {
            "A": (None, None),
            "B": (None, None),
        }

    def test_goals_that_count_learners_are_counts(self) -> None:
        """Seven learners may be said to the cluster, one or two may not; their bounds neither."""
        cluster = a_register(policy=a_policy(goals=["need_met", "reach"]))
        made = compare(
            a_plan(cluster, "N1", "N2"), a_plan(cluster, *(f"N{n}" for n in range(1, 8))), audience="cluster"
        )
        rows = {(row.section, row.key): (row.values, row.bounds) for row in made.outcomes}
        assert rows["stages", "reach"] == ((None, 7), (None, 7))
        assert rows["goals", "reach"] == ((None, 7), ())

    def test_sites_and_settings_are_no_secret(self) -> None:
        now = apply_changes(a_register(), [a_change("withdraw_site", site="B")]).cluster
        made = compare(a_plan(a_register(), "N1"), a_plan(now, "N1"), audience="public")
        assert ("sites", "removed", 1) in made.pairs[0].row_counts
        assert ("needs", "removed", None) in made.pairs[0].row_counts

    @pytest.mark.parametrize("audience", ["panel", "cluster", "public"])
    def test_nobody_sees_what_is_not_shared(self, audience: str) -> None:
        cluster = a_register()
        now = apply_changes(cluster, [a_change("pin", need="N8", person="P1")])
        after = replace(a_plan(now.cluster, "N1"), effects=now.sentences)
        made = compare(a_plan(cluster, "N1"), after, audience=audience)  # type: ignore[arg-type]
        assert "N8" not in screen(made, full=True) + json.dumps(made.as_dict())

    def test_the_clusters_own_audience_is_the_default(self) -> None:
        cluster = a_register(reporting=Reporting(audience="public"))
        assert compare(a_plan(cluster, "N1"), a_plan(cluster, "N2")).audience == "public"


class TestForms:
    def test_json_and_tables_hold_the_same_figures(self) -> None:
        cluster = a_register()
        made = compare(a_plan(cluster, "N1"), a_plan(cluster, "N2", "N3"))
        tables, data = made.frames(), json.loads(json.dumps(made.as_dict()))
        outcomes = tables["outcomes"]
        for row in data["outcomes"]:
            shown = outcomes[(outcomes.section == row["section"]) & (outcomes.key == row["key"])]
            assert [None if value != value else value for value in shown["value"]] == row["values"]
        learners = data["gains"][0]["learners"]["parties"]
        assert len(learners) == 3
        assert set(tables["gains"][tables["gains"].kind == "learners"]["code"]) == {
            p["code"] for p in learners
        }

    def test_tables_without_rows_keep_their_columns(self) -> None:
        case = a_plan(a_register(), "N1")
        tables = compare(case, case).frames()
        assert tables["inputs"].empty
        assert list(tables["attribution"].columns) == ["scenario", "goal", "change", "value"]

    def test_inputs_come_before_outcomes_before_gains(self) -> None:
        case = a_plan(a_register(), "N1")
        text = screen(compare(case, a_plan(a_register(), "N2")))
        places = [text.index(words) for words in ("GOING IN", "COMES OUT", "WHO GAINS")]
        assert places == sorted(places)

    def test_a_case_without_a_plan_says_why(self) -> None:
        case = a_plan(a_register(), "N1")
        none = Case("none", case.cluster, None, problem="No plan satisfies R7.")
        text = screen(compare(case, none))
        assert "none: No plan satisfies R7." in text
        assert "There are no two plans to compare." in text

    def test_many_cases_stand_beside_the_first_two_at_a_time(self) -> None:
        case = a_plan(a_register(), "N1")
        text = screen(compare(case, case, case, replace(case, name="more (fte 0.4)")))
        heads = [line.split(maxsplit=2)[2] for line in text.splitlines() if line.startswith("In all")]
        assert [" ".join(head.split()) for head in heads] == ["plan plan 2 plan 3", "plan fte 0.4"]

    def test_no_line_is_longer_than_the_screen_is_wide(self) -> None:
        """Nothing is folded into a column a letter wide, either."""
        case = replace(a_plan(a_register(), "N1"), name="a name as long as people like their names to be")
        lines = screen(compare(case, case, case)).splitlines()
        assert max(map(len, lines)) <= 100
        assert not [line for line in lines if len(line.strip()) == 1]

    def test_a_difference_within_the_gaps_is_said_not_to_be_proved(self) -> None:
        cluster = a_register()
        cases = [a_plan(cluster, "N1"), a_plan(cluster, "N1", "N2")]
        loose = []
        for case in cases:
            assert case.proposal is not None
            stages = tuple(stage.model_copy(update={"bound": 9000}) for stage in case.proposal.stages)
            loose.append(replace(case, proposal=case.proposal.model_copy(update={"stages": stages})))
        assert "Not proved: which of plan and plan 2 meets more need." in screen(compare(*loose))
        assert "Not proved" not in screen(compare(*cases))
