"""One screen that can be read aloud: nothing cut off, nothing private, everything said."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from allocator.models.policy import Goal
from allocator.models.proposal import Proposal, Unmet, UnmetReason
from allocator.models.world import Cluster, Site
from allocator.reporting import render
from allocator.reporting.layout import bar
from allocator.reporting.privacy import HIDDEN
from tests.reporting.sample import HIDDEN_LEARNER, HIDDEN_NEED, changed


def screen(cluster: Cluster, proposal: Proposal, width: int = 100, **options: Any) -> str:
    out = StringIO()
    console = Console(file=out, width=width, markup=False, highlight=False, emoji=False)
    console.print(render(cluster, proposal, width=width, **options))
    return out.getvalue()


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("full", [False, True])
class TestFits:
    """From 80 columns on nothing is wider than the screen and nothing is cut off."""

    def test_no_line_is_too_long(self, cluster: Cluster, proposal: Proposal, width: int, full: bool) -> None:
        lines = screen(cluster, proposal, width, full=full).splitlines()
        assert max(cell_len(line) for line in lines) <= width

    def test_nothing_is_cut_off(self, cluster: Cluster, proposal: Proposal, width: int, full: bool) -> None:
        assert "…" not in screen(cluster, proposal, width, full=full)

    def test_withheld_needs_are_not_shown(
        self, cluster: Cluster, proposal: Proposal, width: int, full: bool
    ) -> None:
        text = screen(cluster, proposal, width, full=full)
        assert HIDDEN_NEED not in text
        assert HIDDEN_LEARNER not in text


class TestSays:
    """What a facilitator reads out."""

    def test_the_first_line_is_how_good_it_is(self, cluster: Cluster, proposal: Proposal) -> None:
        """320.00 of 320.64 weighted hours: 0.1996%, said as 0.20%."""
        assert screen(cluster, proposal).splitlines()[0].rstrip() == "Within 0.20% of the best possible."

    def test_counts_and_withheld(self, cluster: Cluster, proposal: Proposal) -> None:
        text = flat(screen(cluster, proposal))
        assert "4 of 5 needs are supported" in text
        assert "1 more need is not shared with the cluster; its own school supports 1." in text

    def test_tiers_have_their_names(self, cluster: Cluster, proposal: Proposal) -> None:
        """Te Arotahi: N1 and N4 are met, 200 of 240 weighted hours."""
        lines = screen(cluster, proposal, 80).splitlines()
        tier = next(line for line in lines if line.startswith("Te Arotahi"))
        assert tier.split() == ["Te", "Arotahi", bar(5 / 6, 20), "83%", "2", "of", "3"]

    def test_the_site_least_met_comes_first(self, cluster: Cluster, proposal: Proposal) -> None:
        text = screen(cluster, proposal, 80)
        assert text.index("Te Kura o Whero") < text.index("Kōwhai School")

    def test_people_carry_hours_averaged_over_the_terms(self, cluster: Cluster, proposal: Proposal) -> None:
        """RTLB-01 has 8.5 h in the first term and half an hour in the second: 4.5 of 10 h on average."""
        line = next(line for line in screen(cluster, proposal, 80).splitlines() if line.startswith("RTLB-01"))
        assert line.split()[2:] == ["4.5", "10.0", "1.0", "2", "2", "2"]

    def test_travel_shares_and_liaisons(self, cluster: Cluster, proposal: Proposal) -> None:
        text = flat(screen(cluster, proposal))
        assert "Travel: 1.0 hours a week in all" in text
        assert "Coordinators: 1 person holds time at 1 site." in text
        assert "Liaison: 1 person for 2 sites." in text

    def test_unmet_needs_by_reason_with_the_most_urgent(self, cluster: Cluster, proposal: Proposal) -> None:
        text = flat(screen(cluster, proposal))
        assert "1 everyone who could help has no hours left N5 (priority 4)" in text

    def test_more_urgent_needs_are_named_first(self, cluster: Cluster, proposal: Proposal) -> None:
        unmet = tuple(
            Unmet(need_id=code, reason=UnmetReason.TOO_FAR, detail="") for code in ("N5", "N2", "N1")
        )
        text = flat(screen(cluster, proposal.model_copy(update={"unmet": unmet})))
        assert "N1 (priority 2), N2 (3), N5 (4)" in text

    def test_goals_in_order_with_the_bound(self, cluster: Cluster, proposal: Proposal) -> None:
        text = flat(screen(cluster, proposal, 120))
        assert "2 Need met 320 weighted hours no plan can do better than 321 (0.20%)" in text
        assert "3 Fairness: worst-off site 71.4% met best possible" in text
        assert text.index("Need met 320") < text.index("Fairness") < text.index("Little travel")

    def test_a_goal_the_search_did_not_reach_is_said_to_be_so(
        self, cluster: Cluster, proposal: Proposal
    ) -> None:
        values = {**proposal.goal_values, Goal.REACH: 4}
        reached = proposal.model_copy(update={"goal_values": values})
        text = flat(screen(cluster, reached, 120, full=True))
        assert "Learners reached 4 learners as it came out; the search did not get there" in text

    def test_goals_far_down_are_counted_and_what_was_not_searched_is_said(
        self, cluster: Cluster, proposal: Proposal
    ) -> None:
        """Eleven rows in all, seven shown; the sample's stages are the first three goals and little travel."""
        text = flat(screen(cluster, proposal, 120))
        assert "and 4 goals further down; the search did not get to all of them: --full" in text

    def test_that_nothing_can_be_added_is_said_only_where_it_was_tried(
        self, cluster: Cluster, proposal: Proposal
    ) -> None:
        def heading(exhausted: bool) -> str:
            found = proposal.model_copy(update={"insertion_exhausted": exhausted})
            return next(line for line in screen(cluster, found).splitlines() if line.startswith("UNMET"))

        assert heading(True).rstrip() == "UNMET  1 need, and why; none can be added to the plan as it stands"
        assert heading(False).rstrip() == "UNMET  1 need, and why"

    def test_how_it_stopped_and_the_seed(self, cluster: Cluster, proposal: Proposal) -> None:
        assert "The search ended at its time limit. Seed 7." in flat(screen(cluster, proposal))

    def test_no_solver_is_named(self, cluster: Cluster, proposal: Proposal) -> None:
        text = screen(cluster, proposal, full=True).lower()
        for word in ("cp-sat", "optimal", "feasible", "scip", "highs", "objective", "bound "):
            assert word not in text

    def test_everything_supported(self, cluster: Cluster, proposal: Proposal) -> None:
        text = screen(cluster, proposal.model_copy(update={"unmet": ()}))
        assert "Every need shared with the cluster is supported." in text

    def test_a_name_in_brackets_stays_a_name(self, cluster: Cluster, proposal: Proposal) -> None:
        assert "Te Awa [bold]Cluster" in screen(cluster, proposal)


class TestFull:
    """``--full`` adds every row."""

    def test_rows_of_every_table(self, cluster: Cluster, proposal: Proposal) -> None:
        text = screen(cluster, proposal, full=True)
        for title in (
            "WHO SUPPORTS WHAT",
            "GROUPS",
            "UNMET, ONE BY ONE",
            "VISITS",
            "COORDINATOR TIME",
            "LIAISON",
        ):
            assert title in text
        assert "group G1" in text
        assert "Fairness: 2 worst-off sites" in flat(text)

    def test_a_detail_that_names_a_withheld_need_is_masked(
        self, cluster: Cluster, proposal: Proposal
    ) -> None:
        assert f"RTLB-01 is full, as for {HIDDEN}." in flat(screen(cluster, proposal, full=True))


def test_a_long_list_of_sites_is_cut_with_a_word_on_the_rest(cluster: Cluster, proposal: Proposal) -> None:
    """Twenty more schools with one unmet need each: five are shown, the rest counted, --full shows all."""
    sites = tuple(Site(site_id=f"X{n}", name=f"School {n}", type="full_primary") for n in range(20))
    needs = tuple(
        cluster.need["N5"].model_copy(update={"need_id": f"X{n}", "learner_id": f"LX{n}", "site_id": f"X{n}"})
        for n in range(20)
    )
    large = changed(cluster, sites=cluster.sites + sites, needs=cluster.needs + needs)
    assert "and 17 more, 0% to 100%: --full" in screen(large, proposal, 80)
    assert all(f"School {n} " in screen(large, proposal, 80, full=True) for n in range(20))


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(0.0, "░░░░"), (0.01, "█░░░"), (0.5, "██░░"), (0.99, "███░"), (1.0, "████"), (None, "░░░░")],
)
def test_a_bar_is_full_or_empty_only_when_that_is_so(share: float | None, drawn: str) -> None:
    assert bar(share, 4) == drawn
