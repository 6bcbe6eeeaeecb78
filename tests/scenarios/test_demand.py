"""More needs, fewer needs, needs a forecast expects, groups instead of one to one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from pydantic import ValidationError

from allocator.checking.world import World
from allocator.errors import InputError
from scenarios import apply_changes
from scenarios.changes import Where
from scenarios.changes.forecast import ForecastRow, at_quantile, whole_counts
from tests.checking.builders import a_need
from tests.scenarios.worlds import a_change, a_world, after, differing, done, refused

NEW: dict[str, object] = {
    "need_id": "X",
    "learner_id": "LX",
    "site_id": "Rimu School",
    "tier": "2",
    "area_of_need": "learning",
}


class TestAddNeeds:
    def test_the_row_is_added_with_its_site_by_name(self) -> None:
        now = after("add_needs", needs=[NEW])
        assert differing(a_world(), now) == {"needs"}
        assert now.need["X"].site_id == "B"

    def test_copies_have_codes_and_learners_of_their_own(self) -> None:
        now = after("add_needs", needs=[NEW], copies=3)
        assert [need.need_id for need in now.needs[-3:]] == ["X-1", "X-2", "X-3"]
        assert len({need.learner_id for need in now.needs[-3:]}) == 3

    def test_a_code_that_is_taken_is_refused(self) -> None:
        assert "already" in refused("add_needs", needs=[{**NEW, "need_id": "N1"}]).message

    def test_nobody_is_enrolled_at_a_base(self) -> None:
        assert "base" in refused("add_needs", needs=[{**NEW, "site_id": "OFF"}]).message

    def test_rows_of_a_file_beside_the_scenario(self, tmp_path: Path) -> None:
        (tmp_path / "new.csv").write_text("need_id,learner_id,site_id,tier,area_of_need\nX,LX,A,2,learning\n")
        change = a_change("add_needs", file="new.csv").at(Where(folder=tmp_path))
        assert "X" in apply_changes(a_world(), [change]).cluster.need

    def test_a_fault_in_the_file_names_its_line(self, tmp_path: Path) -> None:
        (tmp_path / "new.csv").write_text("need_id,learner_id,site_id,tier,area_of_need\nX,LX,A,7,learning\n")
        change = a_change("add_needs", file="new.csv").at(Where(folder=tmp_path))
        with pytest.raises(InputError) as caught:
            apply_changes(a_world(), [change])
        assert (caught.value.faults[0].file, caught.value.faults[0].row) == ("new.csv", 2)

    def test_a_file_that_is_not_there_is_refused(self) -> None:
        assert refused("add_needs", file="no.csv").found == "no.csv"

    @pytest.mark.parametrize("value", ["Aroha Smith", "123456789"])
    def test_a_name_where_a_code_belongs_is_refused_and_not_repeated(self, value: str) -> None:
        with pytest.raises(ValidationError) as caught:
            a_change("add_needs", needs=[{**NEW, "learner_id": value}])
        assert "value withheld" in caught.value.errors()[0]["msg"]


class TestScaleDemand:
    def test_more_of_them_wait_and_are_promised_to_nobody(self) -> None:
        now = after("scale_demand", factor=2)
        new = now.needs[len(a_world().needs) :]
        assert len(new) == 7  # the closed need is not planned
        assert {need.status for need in new} == {"waiting"}
        assert not any(need.locked or need.current_staff for need in new)

    def test_fewer_of_them_leaves_those_in_service(self) -> None:
        now = after("scale_demand", factor=0.5)
        assert len(now.needs) == len(a_world().needs) - 4
        assert "N2" in now.need

    def test_only_those_meant(self) -> None:
        now = after("scale_demand", factor=2, where={"sites": "Rimu School", "tiers": "2"})
        assert {need.site_id for need in now.needs[8:]} == {"B"}
        assert len(now.needs) == 10

    def test_a_larger_factor_adds_to_a_smaller(self) -> None:
        little = {need.need_id for need in after("scale_demand", factor=1.3, seed=3).needs}
        much = {need.need_id for need in after("scale_demand", factor=1.6, seed=3).needs}
        assert little < much

    def test_the_order_of_rows_does_not_count(self) -> None:
        world = a_world()
        turned = a_world(needs=world.needs[::-1])
        assert set(after("scale_demand", factor=1.5).needs) == set(
            after("scale_demand", turned, factor=1.5).needs
        )

    @pytest.mark.parametrize(
        "keys", [{"factor": 1}, {"factor": 1.01}, {"factor": 2, "where": {"tiers": [3], "sites": "B"}}]
    )
    def test_what_rounds_to_nothing_changes_nothing(self, keys: dict[str, object]) -> None:
        assert "changes nothing" in refused("scale_demand", **keys).message


FORECAST = [
    {
        "site_id": "A",
        "area_of_need": "learning",
        "tier": "2",
        "term": "T2",
        "quantiles": {"0.2": 1, "0.8": 4},
    },
    {
        "site_id": "B",
        "area_of_need": "learning",
        "tier": "2",
        "term": "T2",
        "quantiles": {"0.2": 0, "0.8": 1},
    },
    {
        "site_id": "B",
        "area_of_need": "learning",
        "tier": "2",
        "term": "T9",
        "quantiles": {"0.2": 9, "0.8": 9},
    },
]


class TestUseForecast:
    def test_requests_wait_from_their_term_on(self) -> None:
        now = after("use_forecast", table=FORECAST, quantile=0.8)
        new = now.needs[8:]
        assert [need.site_id for need in new] == ["A", "A", "A", "A", "B"]
        assert {(need.status, need.earliest_term, need.tier) for need in new} == {("waiting", "T2", 2)}
        assert differing(a_world(), now) == {"needs"}

    def test_between_quantiles_the_line_is_straight(self) -> None:
        assert len(after("use_forecast", table=FORECAST, quantile=0.5).needs) - 8 == 3

    def test_beyond_them_nothing_is_said(self) -> None:
        fault = refused("use_forecast", table=FORECAST, quantile=0.9)
        assert fault.message == "the forecast covers quantiles from 0.2 to 0.8"

    def test_the_same_seed_gives_the_same_needs(self) -> None:
        first, second = (after("use_forecast", table=FORECAST, quantile=0.7, seed=4) for _ in range(2))
        assert first == second

    def test_a_file_is_read_as_the_forecast_writes_it(self, tmp_path: Path) -> None:
        text = "site_id,area_of_need,tier,term,quantile,count\nA,learning,2,T1,0.5,2\n"
        (tmp_path / "f.csv").write_text(text)
        change = a_change("use_forecast", file="f.csv").at(Where(folder=tmp_path))
        assert len(apply_changes(a_world(), [change]).cluster.needs) == 10

    def test_faults_of_the_file_name_their_lines(self, tmp_path: Path) -> None:
        text = "site_id,area_of_need,tier,term,quantile,count\nA,lerning,2,T1,0.5,2\nA,learning,2,T1,7,2\n"
        (tmp_path / "f.csv").write_text(text)
        change = a_change("use_forecast", file="f.csv").at(Where(folder=tmp_path))
        with pytest.raises(InputError) as caught:
            apply_changes(a_world(), [change])
        assert [(fault.row, fault.column) for fault in caught.value.faults] == [
            (2, "area_of_need"),
            (3, "quantile"),
        ]

    def test_a_column_too_few_or_misspelt_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "f.csv").write_text(
            "site_id,area_of_need,tier,term,quantil,count\nA,learning,2,T1,0.5,2\n"
        )
        change = a_change("use_forecast", file="f.csv").at(Where(folder=tmp_path))
        with pytest.raises(InputError) as caught:
            apply_changes(a_world(), [change])
        assert "the column quantile is missing" in str(caught.value)
        assert "did you mean `quantile`" in str(caught.value)

    def test_an_unknown_site_or_another_term_is_refused(self) -> None:
        elsewhere = [{**FORECAST[0], "site_id": "Z"}]
        assert refused("use_forecast", table=elsewhere).found == "Z"
        assert "changes nothing" in refused("use_forecast", table=FORECAST[2:]).message

    def test_counts_that_fall_are_refused(self) -> None:
        rows = tuple(
            ForecastRow(site_id="A", area_of_need="learning", tier=2, term="T1", quantile=q, count=n)
            for q, n in ((0.2, 3), (0.8, 1))
        )
        with pytest.raises(Exception, match="must not fall"):
            at_quantile(rows, 0.5)

    @pytest.mark.parametrize("seed", range(20))
    def test_rounding_keeps_each_count_and_the_sum_within_one(self, seed: int) -> None:
        counts = {(f"S{n:02}", "learning", 2, "T1"): 0.3 * n for n in range(12)}
        whole = whole_counts(counts, random.Random(seed))
        assert all(abs(whole[cell] - counts[cell]) < 1 for cell in counts)
        assert abs(sum(whole.values()) - sum(counts.values())) < 1


class TestConvertShape:
    def test_needs_admit_the_group_instead(self) -> None:
        now = after("convert_shape", support="S1", into="G1", where={"sites": "B"})
        assert now.need["N3"].supports == ("G1", "S2")
        assert now.need["N1"] == a_world().need["N1"]

    def test_without_a_group_support_one_is_made(self) -> None:
        now = after("convert_shape", support="Support S1", min_group=3, max_group=5)
        made = now.support["S1_group"]
        assert (made.shape, made.min_group, made.max_group) == ("group", 3, 5)

    def test_a_dose_for_one_says_nothing_of_a_group(self) -> None:
        now = after("convert_shape", support="S1", where={"tiers": 3})
        assert (now.need["N5"].hours_per_week, now.need["N5"].min_hours_per_week) == (None, None)

    def test_what_is_locked_stays(self) -> None:
        now = after("convert_shape", support="S1")
        assert now.need["N2"] == a_world().need["N2"]

    def test_a_share_is_drawn(self) -> None:
        now = after("convert_shape", support="S1", share=0.4)
        changed = [a for a, b in zip(a_world().needs, now.needs, strict=True) if a != b]
        assert len(changed) == 2  # of the five that could

    def test_needs_that_cannot_join_are_left(self) -> None:
        assert World(a_world()).admitted["N6"] == ()
        assert after("convert_shape", support="S1").need["N6"] == a_world().need["N6"]

    def test_a_group_is_not_converted(self) -> None:
        assert "shape group" in refused("convert_shape", support="G1").message
        assert "shape individual" in refused("convert_shape", support="S1", into="S2").message

    def test_nobody_to_convert_changes_nothing(self) -> None:
        assert "changes nothing" in refused("convert_shape", support="S1", where={"tiers": 1}).message

    def test_an_unknown_support_is_refused(self) -> None:
        assert refused("convert_shape", support="S9").column == "support"


def test_a_need_without_a_pattern_still_comes_in() -> None:
    """A forecast may expect what was never asked before."""
    table = [{"site_id": "A", "area_of_need": "gifted", "tier": 2, "term": "T1", "quantile": 0.5, "count": 1}]
    now = done("use_forecast", a_world(needs=(a_need(),)), table=table).cluster
    assert now.needs[-1].area_of_need == "gifted"
