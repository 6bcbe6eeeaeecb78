"""Who comes, who goes, who is away, who learns: what changes, what stays, what is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from allocator.checking.world import World
from tests.checking.builders import a_need
from tests.scenarios.worlds import a_change, a_world, after, differing, done, refused

NEW: dict[str, object] = {"staff_id": "P9", "role": "teacher", "fte": 0.5, "base_site": "Rimu School"}


class TestAddStaff:
    def test_one_row_more_and_a_name_becomes_a_code(self) -> None:
        now = after("add_staff", staff=NEW)
        assert differing(a_world(), now) == {"staff"}
        assert now.person["P9"].base_site == "B"

    def test_texts_of_a_file_become_what_the_column_holds(self) -> None:
        row = {**NEW, "fte": "0.5", "skills": "reading; maths", "vacant": "no"}
        assert after("add_staff", staff=row).person["P9"].skills == ("reading", "maths")

    def test_the_sentence_says_who_and_where(self) -> None:
        (words,) = done("add_staff", staff=NEW).sentences
        assert words == "staff: P9 added, Teacher, 0.5 FTE at Rimu School (B)."

    def test_a_code_that_is_taken_is_refused(self) -> None:
        assert "already" in refused("add_staff", staff={**NEW, "staff_id": "P1"}).message

    def test_an_unknown_site_is_refused_with_what_was_meant(self) -> None:
        fault = refused("add_staff", staff={**NEW, "base_site": "Rimmu School"})
        assert fault.column == "staff.base_site"
        assert "did you mean `Rimu School`" in fault.message
        assert fault.found == "Rimmu School"

    def test_a_coordinator_comes_in_blocks(self) -> None:
        fault = refused("add_staff", staff={**NEW, "role": "lsc", "fte": 0.55})
        assert "blocks" in fault.message


class TestRemoveStaff:
    def test_nothing_speaks_of_the_person_any_more(self) -> None:
        now = after("remove_staff", person="P1")
        assert differing(a_world(), now) == {"staff", "needs"}
        assert (now.need["N2"].current_staff, now.need["N2"].locked) == (None, False)

    def test_their_availability_and_prohibitions_go_too(self) -> None:
        now = after("remove_staff", person="P2")
        assert now.availability == ()
        assert now.need["N4"].forbidden_staff == ()

    def test_what_becomes_of_their_services_is_said(self) -> None:
        (words,) = done("remove_staff", person="P1").sentences
        assert "1 service agreed until now is open to others" in words

    def test_an_unknown_person_is_refused_with_what_was_meant(self) -> None:
        fault = refused("remove_staff", person="P-1")
        assert (fault.column, fault.found) == ("person", "P-1")
        assert "did you mean `P1`" in fault.message


class TestChangeStaff:
    def test_only_the_cells_named_change(self) -> None:
        now = after("change_staff", person="P1", set={"fte": "0.8", "max_cases": "4"})
        assert now.person["P1"] == a_world().person["P1"].model_copy(update={"fte": 0.8, "max_cases": 4})

    def test_the_same_values_again_change_nothing(self) -> None:
        assert "changes nothing" in refused("change_staff", person="P1", set={"fte": "1.0"}).message

    def test_an_unknown_column_is_refused_with_what_was_meant(self) -> None:
        fault = refused("change_staff", person="P1", set={"max_case": "4"})
        assert fault.column == "set.max_case"
        assert "did you mean `max_cases`" in fault.message

    @pytest.mark.parametrize(("column", "value"), [("fte", "9"), ("fte", "much"), ("vacant", "perhaps")])
    def test_a_value_its_column_cannot_hold_is_refused(self, column: str, value: str) -> None:
        fault = refused("change_staff", person="P1", set={column: value})
        assert (fault.column, fault.found) == (f"set.{column}", value)

    def test_a_code_stays(self) -> None:
        assert refused("change_staff", person="P1", set={"staff_id": "P9"}).column == "set.staff_id"

    def test_an_unknown_role_is_refused(self) -> None:
        assert "teacher" in refused("change_staff", person="P1", set={"role": "teachr"}).message

    def test_services_a_new_base_puts_out_of_reach_are_let_go(self) -> None:
        """A person limited to their base leaves it; the need locked to them there cannot hold."""
        cluster = after("change_staff", person="P1", set={"sites": "A"})
        now = done("change_staff", cluster, person="P1", set={"base_site": "Rimu School", "sites": "B"})
        assert not now.cluster.need["N2"].locked
        assert "1 service agreed until now is open to others" in now.sentences[0]


class TestAbsence:
    def test_a_whole_term_leaves_no_hours_in_it_alone(self) -> None:
        now = after("absence", person="P1", term="T2")
        world = World(now)
        assert (world.paid["P1", 0], world.paid["P1", 1]) == (600, 0)
        assert differing(a_world(), now) == {"availability"}

    def test_a_share_leaves_the_rest(self) -> None:
        assert World(after("absence", person="P1", term="T2", share=0.25)).paid["P1", 1] == 450

    def test_days_count_for_their_part_of_a_term(self) -> None:
        """35 of the 70 days of T1."""
        now = after("absence", person="P1", first_day="2027-02-01", last_day="2027-03-07")
        assert World(now).paid["P1", 0] == 300

    def test_hours_given_in_availability_are_what_is_missing(self) -> None:
        now = after("absence", person="P2", term="T2", share=0.5)
        assert [row.hours_per_week for row in now.availability] == [4.0]

    def test_a_locked_need_that_nobody_could_serve_is_let_go(self) -> None:
        now = done("absence", person="P1", term="T1")
        assert not now.cluster.need["N2"].locked
        assert now.cluster.need["N2"].current_staff == "P1"

    def test_a_need_tied_by_its_funding_forgets_the_person(self) -> None:
        """The name alone would tie it."""
        need = a_need("N2", status="in_service", current_staff="P1", funding=("ORS",))
        assert (
            after("absence", a_world(needs=(need,)), person="P1", term="T1").need["N2"].current_staff is None
        )

    def test_absence_of_somebody_without_hours_changes_nothing(self) -> None:
        assert "changes nothing" in refused("absence", person="P3", term="T1").message

    def test_an_unknown_term_is_refused(self) -> None:
        assert refused("absence", person="P1", term="T9").column == "term"

    @pytest.mark.parametrize(
        "keys",
        [
            {},
            {"term": "T1", "first_day": "2027-02-01"},
            {"first_day": "2027-02-02", "last_day": "2027-02-01"},
        ],
    )
    def test_either_a_term_or_days_in_order(self, keys: dict[str, str]) -> None:
        with pytest.raises(ValidationError):
            a_change("absence", person="P1", **keys)


class TestTrain:
    def test_what_is_gained_comes_after_what_is_held(self) -> None:
        now = after("train", person="P1", skills="reading; maths", languages=["nzsl"])
        assert now.person["P1"].skills == ("reading", "maths")
        assert now.person["P1"].languages == ("nzsl",)
        assert differing(a_world(), now) == {"staff"}

    def test_a_skill_held_already_changes_nothing(self) -> None:
        assert "changes nothing" in refused("train", person="P1", skills=["reading"]).message

    def test_nothing_to_learn_is_refused(self) -> None:
        with pytest.raises(ValidationError):
            a_change("train", person="P1")


class TestFillVacancy:
    def test_the_post_has_hours_from_the_start(self) -> None:
        now = after("fill_vacancy", person="P3")
        assert World(now).paid["P3", 0] == 300
        assert differing(a_world(), now) == {"staff"}

    def test_or_from_a_day(self) -> None:
        world = World(after("fill_vacancy", person="P3", first_day="2027-05-03"))
        assert (world.paid["P3", 0], world.paid["P3", 1]) == (0, 300)

    def test_a_person_is_no_vacancy(self) -> None:
        fault = refused("fill_vacancy", person="P1")
        assert "vacant: P3" in fault.message

    def test_a_day_after_the_end_is_refused(self) -> None:
        cluster = after("change_staff", person="P3", set={"available_to": "2027-03-01"})
        assert refused("fill_vacancy", cluster, person="P3", first_day="2027-06-01").column == "first_day"


class TestNames:
    """Rows may be named as people type them in a hurry; what is not clear is asked back."""

    def test_macrons_capitals_and_hyphens_do_not_count(self) -> None:
        world = a_world()
        sites = (world.sites[0].model_copy(update={"name": "Pūkeko-Rise School"}), *world.sites[1:])
        now = after("redeploy", a_world(sites=sites), person="P2", to_site="pukeko rise school")
        assert now.person["P2"].base_site == "A"

    def test_a_name_that_two_sites_have_is_asked_back(self) -> None:
        sites = tuple(site.model_copy(update={"name": "Twin School"}) for site in a_world().sites)
        fault = refused("redeploy", a_world(sites=sites), person="P2", to_site="Twin School")
        assert "3 sites have this name: use one of the codes A, B, OFF" in fault.message
