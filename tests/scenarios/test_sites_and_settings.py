"""Rolls, a site that leaves, clusters that merge; the catalogue, the policy, consent; pins and prohibitions."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from allocator.io.writer import write_cluster
from allocator.models.world import Cluster
from scenarios import apply_changes
from scenarios.applying import Applied
from scenarios.changes import Where
from tests.checking.builders import T1, a_policy
from tests.scenarios.worlds import a_change, a_world, after, differing, done, refused


class TestChangeRoll:
    def test_parts_of_the_roll_follow(self) -> None:
        site = after("change_roll", sites="Kauri School", roll=50).site["A"]
        assert (site.roll, site.roll_years_1_8) == (50, 40)

    def test_all_schools_by_a_factor(self) -> None:
        now = after("change_roll", factor=1.1)
        assert [site.roll for site in now.sites] == [110, 110, 0]
        assert differing(a_world(), now) == {"sites"}

    def test_needs_follow_where_asked(self) -> None:
        now = after("change_roll", sites="B", factor=2, needs_follow="yes")
        assert len(now.needs) == 11

    def test_the_same_roll_changes_nothing(self) -> None:
        assert "changes nothing" in refused("change_roll", sites="A", roll=100).message

    @pytest.mark.parametrize("keys", [{}, {"roll": 5, "factor": 2}, {"roll": 5, "needs_follow": True}])
    def test_one_measure(self, keys: dict[str, object]) -> None:
        with pytest.raises(ValidationError):
            a_change("change_roll", **keys)


class TestWithdrawSite:
    def test_nothing_speaks_of_the_site_any_more(self) -> None:
        now = after("withdraw_site", site="Rimu School")
        assert set(now.site) == {"A", "OFF"}
        assert {need.site_id for need in now.needs} == {"A"}
        assert (now.referrals, now.rolls) == ((), ())
        assert len(now.travel_times) == 1
        assert "P2" not in now.person
        assert now.need.keys().isdisjoint({"N3", "N4", "N6"})

    def test_people_may_stay_with_another_site(self) -> None:
        now = after("withdraw_site", site="B", staff_to="Kauri School")
        assert now.person["P2"].base_site == "A"
        assert now.person["P2"].sites == ("A",)

    def test_a_list_of_sites_never_becomes_blank(self) -> None:
        """Blank would mean every site."""
        cluster = after("change_staff", person="P1", set={"sites": "B"})
        assert after("withdraw_site", cluster, site="B").person["P1"].sites == ("A",)

    def test_an_employer_that_left_employs_nobody(self) -> None:
        assert after("withdraw_site", site="A", staff_to="B").person["C1"].employer is None

    def test_the_site_itself_is_no_heir(self) -> None:
        assert refused("withdraw_site", site="B", staff_to="B").column == "staff_to"

    def test_an_unknown_site_is_refused(self) -> None:
        assert "did you mean" in refused("withdraw_site", site="Rimu Scool").message


class TestMergeClusters:
    def merged(self, tmp_path: Path, other: Cluster, **keys: object) -> Applied:
        write_cluster(other, tmp_path / "other", roles={})
        change = a_change("merge_clusters", cluster="other", **keys).at(Where(folder=tmp_path))
        return apply_changes(a_world(), [change])

    def test_rows_are_added_under_their_prefix(self, tmp_path: Path) -> None:
        located = tuple(
            site.model_copy(update={"latitude": -40.0 + n, "longitude": 176.0})
            for n, site in enumerate(a_world().sites)
        )
        ours, other = a_world(sites=located), a_world(name="Other", sites=located)
        write_cluster(other, tmp_path / "other", roles={})
        change = a_change("merge_clusters", cluster="other", prefix="R-").at(Where(folder=tmp_path))
        applied = apply_changes(ours, [change])
        now = applied.cluster
        assert {"A", "R-A"} <= set(now.site)
        assert now.person["R-P2"].sites == ("R-A", "R-B")
        assert now.person["R-C1"].employer == "R-A"
        assert now.need["R-N2"].current_staff == "R-P1"
        assert now.need["R-N4"].forbidden_staff == ("R-P2",)
        assert len(now.supports) == 3  # the same catalogue
        assert now.policy == ours.policy
        assert "Other joins with 3 sites, 5 people and 8 needs" in applied.sentences[0]

    def test_codes_used_twice_need_a_prefix(self, tmp_path: Path) -> None:
        with pytest.raises(Exception, match="give a prefix"):
            self.merged(tmp_path, a_world(name="Other"))

    def test_other_terms_are_refused(self, tmp_path: Path) -> None:
        other = a_world(name="Other", terms=(T1,), availability=())
        with pytest.raises(Exception, match=r"plans other terms \(T1\)"):
            self.merged(tmp_path, other, prefix="R-")

    def test_without_roads_between_them_it_would_not_be_valid(self, tmp_path: Path) -> None:
        with pytest.raises(Exception, match=r"needs its minutes in travel\.csv"):
            self.merged(tmp_path, a_world(name="Other"), prefix="R-")


class TestChangeSupport:
    def test_only_the_cells_named_change(self) -> None:
        now = after("change_support", support="Support S2", set={"weeks": "8"})
        assert now.support["S2"].weeks == 8
        assert differing(a_world(), now) == {"supports"}

    def test_the_same_values_change_nothing(self) -> None:
        assert "changes nothing" in refused("change_support", support="S2", set={"weeks": 5}).message

    def test_limits_in_the_wrong_order_would_not_be_valid(self) -> None:
        fault = refused("change_support", support="S2", set={"year_min": "8", "year_max": "3"})
        assert "supports.csv, S2, year_max: must not be below" in fault.message


class TestChangePolicy:
    def test_settings_are_laid_over_in_part(self) -> None:
        now = after("change_policy", policy={"fairness": {"floor": "0.5"}, "priority_weights": {"1": "20"}})
        assert now.policy.fairness.floor == 0.5
        assert now.policy.fairness.by == "site"
        assert now.policy.priority_weights == {1: 20, 2: 5, 3: 3, 4: 2, 5: 1}
        assert differing(a_world(), now) == {"policy"}

    def test_a_list_is_replaced(self) -> None:
        now = after("change_policy", policy={"goals": ["travel", "need_met"]})
        assert [list(level.goals) for level in now.policy.goals] == [["travel"], ["need_met"]]

    def test_roles_and_travel(self) -> None:
        now = after("change_policy", roles={"Visitor": {"reach_minutes": 90}}, travel={"speed_kmh": 70})
        assert now.roles["visitor"].reach_minutes == 90
        assert now.travel.speed_kmh == 70

    def test_an_unknown_setting_is_refused_with_what_was_meant(self) -> None:
        fault = refused("change_policy", policy={"fairness": {"flor": 0.5}})
        assert fault.column == "policy.fairness.flor"
        assert "did you mean `floor`" in fault.message

    def test_a_value_out_of_bounds_is_refused(self) -> None:
        assert refused("change_policy", policy={"fairness": {"floor": 7}}).column == "policy.fairness.floor"

    def test_settings_that_do_not_fit_together_would_not_be_valid(self) -> None:
        assert "tier" in refused("change_policy", policy={"tier_floors": {"9": 0.1}}).message

    def test_the_same_settings_change_nothing(self) -> None:
        assert "changes nothing" in refused("change_policy", policy={"counts": "hours"}).message
        assert "changes nothing" in refused("change_policy", cluster_consent=6 / 7).message

    def test_consent_falls_to_a_share_of_planned_needs(self) -> None:
        now = after("change_policy", cluster_consent=0.5)
        planned = [need for need in now.needs if need.planned]
        assert sum(need.consent == "cluster" for need in planned) == 4
        assert differing(a_world(), now) == {"needs"}

    def test_consent_rises_to_a_share(self) -> None:
        assert after("change_policy", cluster_consent=1).need["N8"].consent == "cluster"

    def test_what_was_agreed_and_can_no_longer_be_is_let_go(self) -> None:
        """Without consent only people based at the school may serve; P1 is, so the lock holds there."""
        now = after("change_policy", cluster_consent=0)
        assert now.need["N2"].locked
        moved = after("redeploy", person="P1", to_site="B")
        assert not after("change_policy", moved, cluster_consent=0).need["N2"].locked

    def test_nothing_to_change_is_refused(self) -> None:
        with pytest.raises(ValidationError):
            a_change("change_policy")


class TestPin:
    def test_a_need_is_locked_to_the_person(self) -> None:
        now = after("pin", need="N1", person="P2")
        assert (now.need["N1"].locked, now.need["N1"].current_staff) == (True, "P2")
        assert differing(a_world(), now) == {"needs"}

    def test_a_site_gets_its_liaison(self) -> None:
        cluster = a_world(policy=a_policy(liaison_site_types=("full_primary",)))
        cluster = after(
            "add_staff", cluster, staff={"staff_id": "V", "role": "visitor", "fte": 1, "base_site": "B"}
        )
        assert after("pin", cluster, site="Rimu School", person="V").site["B"].liaison == ("V",)

    def test_who_is_no_liaison_is_refused(self) -> None:
        assert refused("pin", site="B", person="P1").column == "person"

    def test_what_is_locked_so_already_changes_nothing(self) -> None:
        assert "changes nothing" in refused("pin", need="N2", person="P1").message

    def test_who_is_forbidden_is_refused(self) -> None:
        assert "forbidden" in refused("pin", need="N4", person="P2").message

    def test_a_need_that_is_not_planned_is_refused(self) -> None:
        assert "closed" in refused("pin", need="N7", person="P2").message

    def test_codes_that_are_not_shared_are_never_suggested(self) -> None:
        assert "N8" not in refused("pin", need="N88", person="P2").message

    @pytest.mark.parametrize("keys", [{}, {"need": "N1", "site": "A"}])
    def test_a_need_or_a_site(self, keys: dict[str, str]) -> None:
        with pytest.raises(ValidationError):
            a_change("pin", person="P1", **keys)


class TestForbid:
    def test_a_need(self) -> None:
        now = after("forbid", need="N1", person="P2")
        assert now.need["N1"].forbidden_staff == ("P2",)
        assert differing(a_world(), now) == {"needs"}

    def test_what_was_locked_to_the_person_is_let_go(self) -> None:
        now = done("forbid", need="N2", person="P1")
        assert not now.cluster.need["N2"].locked
        assert "open to others" in now.sentences[0]

    def test_a_site(self) -> None:
        assert after("forbid", site="Rimu School", person="P1").person["P1"].sites == ("A",)

    def test_the_base_is_refused(self) -> None:
        assert "based there" in refused("forbid", site="A", person="P1").message

    def test_what_is_forbidden_already_changes_nothing(self) -> None:
        assert "changes nothing" in refused("forbid", need="N4", person="P2").message
        cluster = after("forbid", site="B", person="P1")
        assert "changes nothing" in refused("forbid", cluster, site="B", person="P1").message
