"""Measurements: what a row says, which bound a gap is taken from, and that nothing is hidden."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from allocator import benchmarking
from allocator.benchmarking import Case, Outcome, contestants, measure, solve_once, with_gaps
from allocator.errors import InputError
from cli.benchmark import on_screen
from tests.reporting.sample import changed, sample_cluster

KEYS = [
    "cluster",
    "needs",
    "people",
    "strategy",
    "seed",
    "first_proposal_s",
    "seconds",
    "commitments_kept",
    "need_met",
    "need_met_in_proposal",
    "bound",
    "gap_own",
    "gap_best",
    "violations",
    "stopped",
    "load",
    "peak_mib",
    "trace",
]
PLANS, CPSAT = contestants(["plans", "cpsat-2"])


def an_outcome(kept: int, met: int, bound: int) -> Outcome:
    return Outcome(
        seconds=10.0,
        stopped="time limit",
        load=1.0,
        first_proposal_s=0.5,
        before=(kept,),
        commitments_kept=kept,
        need_met=met,
        need_met_in_proposal=met,
        bound=bound,
        violations=(),
    )


def gaps_of(*outcomes: Outcome) -> list[tuple[object, object]]:
    """(own gap, best gap) of runs on one instance."""
    group = [(Case("awa", 12, 4, "plans", seed), outcome) for seed, outcome in enumerate(outcomes, 1)]
    return [(row["gap_own"], row["gap_best"]) for row in with_gaps(group)]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Two real solves, made once and only read."""
    return measure({"awa": sample_cluster()}, (PLANS, CPSAT), time_limit=1.0, seeds=(1,))


class TestMeasured:
    """A small cluster, solved for real by two strategies."""

    def test_one_row_for_each_strategy_and_seed(self, rows: list[dict[str, Any]]) -> None:
        assert [(row["strategy"], row["seed"]) for row in rows] == [("plans", 1), ("cpsat-2", 1)]

    def test_every_row_has_every_key(self, rows: list[dict[str, Any]]) -> None:
        assert [list(row) for row in rows] == [KEYS] * 2

    def test_the_checker_finds_nothing(self, rows: list[dict[str, Any]]) -> None:
        assert [row["violations"] for row in rows] == [0] * 2

    def test_gaps_follow_from_values_and_bounds(self, rows: list[dict[str, Any]]) -> None:
        """Own gap: own bound. Best gap: the smallest bound, as all of them keep the same commitments."""
        assert len({row["commitments_kept"] for row in rows}) == 1
        smallest = min(row["bound"] for row in rows)
        for row in rows:
            assert 0 < row["need_met"] <= smallest
            assert row["gap_own"] == (row["bound"] - row["need_met"]) / row["bound"]
            assert row["gap_best"] == (smallest - row["need_met"]) / smallest

    def test_the_proposal_holds_the_floor_of_need_met(self, rows: list[dict[str, Any]]) -> None:
        """Its tolerance is 0.5%: later goals may have used that much, not more."""
        for row in rows:
            assert 0.995 * row["need_met"] - 1 <= row["need_met_in_proposal"] <= row["need_met"]

    def test_the_first_proposal_comes_before_the_end(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            assert 0 < row["first_proposal_s"] <= row["seconds"]

    def test_gap_over_time_ends_at_what_the_stage_reached(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            seconds = [point[0] for point in row["trace"]]
            assert seconds == sorted(seconds)
            assert row["trace"][-1][1:] == [row["need_met"], row["bound"]]
            assert 0 < seconds[-1] <= row["seconds"]

    def test_memory_is_that_of_a_process_of_its_own(self, rows: list[dict[str, Any]]) -> None:
        """Python with a solver and a small model: more than 50 MiB, less than 2 GiB."""
        for row in rows:
            assert 50 < row["peak_mib"] < 2048

    def test_rows_can_be_written_as_json(self, rows: list[dict[str, Any]]) -> None:
        assert json.loads(json.dumps(rows)) == rows


class TestGaps:
    """A bound holds under the floors of the stages before, so it is compared under the same floors only."""

    def test_the_best_bound_may_be_another_runs(self) -> None:
        """(1000 − 900) ÷ 1000 = 0.1 and (950 − 900) ÷ 950 = 1/19; the second run proved 950."""
        assert gaps_of(an_outcome(5, 900, 1000), an_outcome(5, 760, 950)) == [
            (0.1, 50 / 950),
            (0.2, 0.2),
        ]

    def test_fewer_commitments_are_not_compared(self) -> None:
        """A run that keeps 4 meets more need than one that keeps 5: neither judges the other."""
        assert gaps_of(an_outcome(5, 900, 1000), an_outcome(4, 970, 980)) == [
            (0.1, 0.1),
            (10 / 980, None),
        ]

    def test_a_bound_that_another_run_disproves_shows(self) -> None:
        """Need met of 1000 above a bound of 950: the gap is (950 − 1000) ÷ 1000."""
        assert gaps_of(an_outcome(5, 1000, 1000), an_outcome(5, 900, 950))[0] == (0.0, -0.05)

    def test_nothing_asked_is_no_gap(self) -> None:
        assert gaps_of(an_outcome(0, 0, 0)) == [(0.0, 0.0)]

    def test_a_run_without_a_proposal_leaves_the_others_alone(self) -> None:
        assert gaps_of(an_outcome(5, 900, 1000), Outcome(10.0, "nothing found", 1.0)) == [
            (0.1, 0.1),
            (None, None),
        ]


def test_a_search_that_finds_nothing_is_a_row() -> None:
    """What is not known is None, and the row is there with every key."""
    (row,) = with_gaps([(Case("awa", 12, 4, "scip", 1), Outcome(10.0, "nothing found", 1.0))])
    assert list(row) == KEYS
    assert row["stopped"] == "nothing found"
    known = ["cluster", "needs", "people", "strategy", "seed", "seconds", "stopped", "load", "trace"]
    assert [key for key, value in row.items() if value is not None] == known


def test_without_the_goal_of_need_met_there_is_no_gap() -> None:
    """A policy of another goal alone still gives a proposal, which is checked."""
    cluster = sample_cluster()
    order = tuple(level for level in cluster.policy.goals if "commitments_kept" in level.goals)
    alone = changed(cluster, policy=cluster.policy.model_copy(update={"goals": order}))
    outcome = solve_once(alone, CPSAT, seed=1, time_limit=1.0)
    (row,) = with_gaps([(Case("awa", 12, 4, "cpsat-2", 1), outcome)])
    assert (
        row["need_met"],
        row["bound"],
        row["gap_own"],
        row["gap_best"],
        row["violations"],
        row["trace"],
    ) == (
        None,
        None,
        None,
        None,
        0,
        [],
    )
    assert row["commitments_kept"] is not None


def test_each_solve_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    found = an_outcome(5, 900, 1000)
    broken = dataclasses.replace(found, violations=("R2 hours: too many.",))
    answers = iter([found, broken])
    monkeypatch.setattr("allocator.benchmarking.running.solve_apart", lambda *_, **__: next(answers))
    measure({"awa": sample_cluster()}, (PLANS, CPSAT), time_limit=1.0, seeds=(1,), tell=told.append)
    assert told == [
        "awa, plans, seed 1: 10.0 s, time limit, need met within 10.00% of its own bound",
        "awa, cpsat-2, seed 1: 10.0 s, time limit, need met within 10.00% of its own bound\n"
        "  BROKEN R2 hours: too many.",
    ]


class TestRefused:
    """What cannot be measured is said before anything is solved."""

    def test_a_size_nobody_knows(self) -> None:
        with pytest.raises(ValueError, match="galaxy"):
            benchmarking.run(size="galaxy", time_limit=1.0, seeds=1, out=None)

    def test_a_strategy_nobody_knows(self) -> None:
        with pytest.raises(ValueError, match="'gurobi'; there are plans, cpsat-2, cpsat-8, highs, scip"):
            benchmarking.run(size="cluster", time_limit=1.0, seeds=1, out=None, only=["gurobi"])

    def test_no_seeds(self) -> None:
        with pytest.raises(ValueError, match="at least 1"):
            benchmarking.run(size="cluster", time_limit=1.0, seeds=0, out=None)

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            benchmarking.run(size="cluster", time_limit=1.0, seeds=1, out=tmp_path / "no" / "rows.json")


def test_the_machine_is_described_not_named() -> None:
    facts = benchmarking.machine()
    assert {"cpus", "python", "ortools", "platform"} <= set(facts)
    assert all(facts.values())


def test_the_widest_rows_fit_the_screen() -> None:
    """100 columns, and no figure is cut."""
    widest = Outcome(
        seconds=1234.5678,
        stopped="every goal proved",
        load=12.34,
        first_proposal_s=123.456,
        before=(1234,),
        commitments_kept=1234,
        need_met=123_456_789,
        need_met_in_proposal=123_456_789,
        bound=234_567_890,
        violations=("R2 hours: too many.",) * 12,
        peak_mib=12345.6,
        trace=((1.0, 1, 2),),
    )
    rows = with_gaps([(Case("rtlb_area", 12345, 1234, "cpsat-2", 10), widest)])
    screen = Console(width=100, markup=False)
    with screen.capture() as text:
        screen.print(on_screen(rows))
    lines = text.get().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 100
    for figure in ("rtlb_area", "123.5 s", "1234.6 s", "1234", "123456789", "47.37%", "12346"):
        assert figure in lines[1]


def test_results_are_read_as_they_were_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        "allocator.benchmarking.running.solve_apart", lambda *_, **__: an_outcome(5, 900, 1000)
    )
    monkeypatch.setattr("allocator.benchmarking.running.instances", lambda _: {"awa": sample_cluster()})
    out = tmp_path / "rows.json"
    rows = benchmarking.run(size="district", seeds=2, out=out, only=["scip"])
    assert benchmarking.read_results(out) == rows
    content = json.loads(out.read_text(encoding="utf-8"))
    assert (content["size"], content["time_limit"], content["seeds"]) == ("district", 60.0, 2)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"rows": 1}', '{"rows": [1]}', '{"rows": [{"cluster": "awa"}]}']
)
def test_another_file_is_no_result(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is no file of results"):
        benchmarking.read_results(path)


def test_sizes_have_instances_and_limits() -> None:
    assert benchmarking.SIZES == ("cluster", "district", "region", "nation")
    assert list(benchmarking.instances("cluster")) == ["urban", "rural", "rtlb_area"]
    (district,) = benchmarking.instances("district").values()
    assert 1_400 <= len(district.needs) <= 2_000
    assert set(benchmarking.TIME_LIMITS) == set(benchmarking.SIZES)


def test_the_contestants_are_the_strategy_and_the_one_model_backends() -> None:
    assert [(each.name, each.strategy, each.workers) for each in contestants([])] == [
        ("plans", "plans", None),
        ("cpsat-2", "cpsat", 2),
        ("cpsat-8", "cpsat", 8),
        ("highs", "highs", None),
        ("scip", "scip", None),
    ]
