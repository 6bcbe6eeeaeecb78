"""Both text formats of generalised-assignment instances are read, and a damaged file is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allocator.errors import InputError
from allocator.importing.gap import GapInstance, Sense, read_best_known, read_gap
from allocator.solvers.assignment import AssignmentProblem

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "gap"
real = pytest.mark.skipif(not DATA.exists(), reason="the public instances are not part of the repository")

ONE = """\
 2 3
 1 2 3
 4 5 6
 7 8 9
 1 2 3
 10 11
"""


def saved(folder: Path, text: str, name: str = "one.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def fault(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_gap(path)
    return str(caught.value)


def written(instances: list[GapInstance], counted: bool) -> str:
    """The text of a file: with ``counted`` in the OR-Library's form, else Yagiura's, which holds one problem."""
    lines = [str(len(instances))] if counted else []
    for each in instances:
        p = each.problem
        costs = -p.cost if each.sense is Sense.MOST else p.cost
        rows = [*costs.tolist(), *p.hours.tolist(), p.capacity.tolist()]
        lines += [f"{p.agents} {p.jobs}", *(" ".join(map(str, row)) for row in rows)]
    return "\n".join(lines) + "\n"


class TestYagiura:
    """One problem a file: agents, jobs, costs, hours, capacities."""

    def test_numbers_land_where_they_belong(self, tmp_path: Path) -> None:
        (instance,) = read_gap(saved(tmp_path, ONE))
        assert instance.name == "one"
        assert instance.sense is Sense.LEAST
        assert instance.problem.cost.tolist() == [[1, 2, 3], [4, 5, 6]]
        assert instance.problem.hours.tolist() == [[7, 8, 9], [1, 2, 3]]
        assert instance.problem.capacity.tolist() == [10, 11]

    def test_line_ends_mean_nothing(self, tmp_path: Path) -> None:
        """Published files break rows anywhere."""
        (whole,) = read_gap(saved(tmp_path, ONE))
        (broken,) = read_gap(saved(tmp_path, "\r\n".join(ONE.split()), "broken.txt"))
        assert broken.problem.cost.tolist() == whole.problem.cost.tolist()
        assert broken.problem.capacity.tolist() == whole.problem.capacity.tolist()


class TestOrLibrary:
    """A count, then so many problems."""

    def test_several_problems(self, tmp_path: Path) -> None:
        first, second = read_gap(saved(tmp_path, "2\n" + ONE + "1 1\n5\n6\n7\n", "gapa.txt"))
        assert (first.name, second.name) == ("gapa-1", "gapa-2")
        assert first.problem.jobs == 3
        assert second.problem.capacity.tolist() == [7]

    def test_one_problem_with_a_count(self, tmp_path: Path) -> None:
        (instance,) = read_gap(saved(tmp_path, "1\n" + ONE))
        assert instance.name == "one-1"

    @pytest.mark.parametrize(
        ("name", "sense"),
        [
            ("gap1.txt", "max"),
            ("gap12.txt", "max"),
            ("gap13.txt", "min"),
            ("gapa.txt", "min"),
            ("c05100.txt", "min"),
        ],
    )
    def test_gap1_to_gap12_hold_values(self, tmp_path: Path, name: str, sense: str) -> None:
        (instance,) = read_gap(saved(tmp_path, ONE, name))
        assert instance.sense == sense
        assert instance.problem.cost[0, 0] == (-1 if sense == "max" else 1)
        assert instance.shown(int(instance.problem.cost[0, 0])) == 1

    def test_what_is_asked_for_wins_over_the_name(self, tmp_path: Path) -> None:
        (instance,) = read_gap(saved(tmp_path, ONE, "gap1.txt"), Sense.LEAST)
        assert instance.sense is Sense.LEAST


class TestRoundTrip:
    @pytest.mark.parametrize("seed", range(20))
    @pytest.mark.parametrize("counted", [True, False])
    def test_written_and_read_again(self, tmp_path: Path, seed: int, counted: bool) -> None:
        rng = np.random.default_rng(seed)
        sense = Sense.MOST if seed % 2 else Sense.LEAST
        instances = []
        for k in range(int(rng.integers(1, 5)) if counted else 1):
            m, n = rng.integers(1, 6, 2)
            problem = AssignmentProblem(
                rng.integers(-9, 99, (m, n)), rng.integers(0, 99, (m, n)), rng.integers(0, 500, m)
            )
            instances.append(GapInstance(f"x-{k + 1}" if counted else "x", sense, problem))
        path = saved(tmp_path, written(instances, counted), "x.txt")
        again = read_gap(path, sense)
        assert [each.name for each in again] == [each.name for each in instances]
        for new, old in zip(again, instances, strict=True):
            assert new.problem.cost.tolist() == old.problem.cost.tolist()
            assert new.problem.hours.tolist() == old.problem.hours.tolist()
            assert new.problem.capacity.tolist() == old.problem.capacity.tolist()


class TestDamagedFiles:
    """File, line, what was found and what was expected."""

    def test_a_word_among_the_numbers(self, tmp_path: Path) -> None:
        words = fault(saved(tmp_path, ONE.replace("5", "five").replace("11", "1.5")))
        assert words.splitlines() == [
            "one.txt, line 3: expected a whole number of at most 12 digits (found five)",
            "one.txt, line 6: expected a whole number of at most 12 digits (found 1.5)",
        ]

    @pytest.mark.parametrize("text", ["", "5", " \n"])
    def test_hardly_anything(self, tmp_path: Path, text: str) -> None:
        assert "fewer than two numbers" in fault(saved(tmp_path, text))

    @pytest.mark.parametrize("text", [ONE + "12", ONE.rsplit(maxsplit=1)[0]])
    def test_a_number_too_many_or_too_few(self, tmp_path: Path, text: str) -> None:
        words = fault(saved(tmp_path, text))
        assert "one.txt, line 1: expected agents, jobs, costs, hours and capacities" in words
        assert "2 agents and 3 jobs make 16 numbers" in words
        assert f"found {len(text.split())} numbers" in words

    def test_a_second_problem_cut_short(self, tmp_path: Path) -> None:
        words = fault(saved(tmp_path, "2\n" + ONE + "1 1\n5\n6\n"))
        assert "one.txt, line 8: " in words
        assert "problem 2 of 2" in words

    def test_more_after_the_last_problem(self, tmp_path: Path) -> None:
        words = fault(saved(tmp_path, "1\n" + ONE + "99\n"))
        assert "one.txt, line 8: expected the end of the file" in words
        assert "(found 99)" in words

    def test_negative_hours_and_capacities(self, tmp_path: Path) -> None:
        words = fault(saved(tmp_path, ONE.replace("8", "-8").replace("11", "-11")))
        assert "line 4: expected hours of at least 0 (found -8)" in words
        assert "line 6: expected a capacity of at least 0 (found -11)" in words

    def test_sizes_no_file_has(self, tmp_path: Path) -> None:
        assert "expected agents" in fault(saved(tmp_path, "999999999999 999999999999 1 2 3"))

    def test_no_such_file(self, tmp_path: Path) -> None:
        assert "cannot be read" in fault(tmp_path / "none.txt")

    @pytest.mark.parametrize("seed", range(30))
    def test_any_damage_is_an_input_error_or_another_problem(self, tmp_path: Path, seed: int) -> None:
        """Bytes changed at random never end in another error."""
        rng = np.random.default_rng(seed)
        data = bytearray(ONE.encode())
        for _ in range(int(rng.integers(1, 6))):
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
        path = tmp_path / "one.txt"
        path.write_bytes(bytes(data))
        try:
            assert read_gap(path)
        except InputError as error:
            assert error.faults


class TestBestKnown:
    def test_values_by_instance(self, tmp_path: Path) -> None:
        path = saved(tmp_path, "instance,sense,best_known\nc05100,min,1931\nx,max,-4\n", "best.csv")
        assert read_best_known(path) == {"c05100": 1931, "x": -4}

    def test_every_fault_at_once(self, tmp_path: Path) -> None:
        path = saved(tmp_path, "instance,best_known\na,1\na,2\nb,many\n", "best.csv")
        with pytest.raises(InputError) as caught:
            read_best_known(path)
        assert [fault.row for fault in caught.value.faults] == [3, 4]

    def test_columns_are_needed(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no column `best_known`"):
            read_best_known(saved(tmp_path, "instance,value\na,1\n", "best.csv"))


@real
def test_the_public_files_are_read() -> None:
    """Twelve files; the name says type, agents and jobs."""
    known = read_best_known(DATA / "best_known.csv")
    files = sorted(DATA.glob("*.txt"))
    assert {path.stem for path in files} == set(known)
    for path in files:
        (instance,) = read_gap(path)
        assert (instance.problem.agents, instance.problem.jobs) == (int(path.stem[1:3]), int(path.stem[3:]))
        assert (instance.problem.hours > 0).all()
