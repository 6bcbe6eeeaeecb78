"""Pictures of results: axes with figures at any size, contestants told apart in colour and in grey."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from allocator.benchmarking.contestants import CONTESTANTS
from allocator.benchmarking.plots import _COLOURS, _SHAPES, draw, ticks_around


def a_row(strategy: str, cluster: str, needs: int, **fields: Any) -> dict[str, Any]:
    row = {"cluster": cluster, "needs": needs, "strategy": strategy, "seed": 1, "first_proposal_s": 0.5}
    row |= {"seconds": 10.0, "need_met": 900, "bound": 1000, "gap_best": 0.1, "peak_mib": 300.0}
    return row | {"trace": [[1.0, 500, 1000], [5.0, 900, 1000]]} | fields


def texts(path: Path) -> list[str]:
    """The words and figures in an SVG, in the order drawn."""
    return re.findall(r"<text[^>]*>([^<]+)</text>", path.read_text(encoding="utf-8"))


class TestTicks:
    """From just below the smallest value to just above the largest, never crowded."""

    @pytest.mark.parametrize(
        ("values", "ticks"),
        [
            ([248, 436], [200, 250, 300, 400, 500]),
            ([0.21, 0.39], [0.2, 0.25, 0.3, 0.4]),
            ([0.026, 3.6], [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]),
            ([1, 10], [1, 1.5, 2, 3, 5, 7, 10]),
            ([5, 5], [5, 6]),
            ([0, 3], [3, 4]),
            ([], [1, 1.2]),
        ],
    )
    def test_by_hand(self, values: list[float], ticks: list[float]) -> None:
        assert ticks_around(values) == ticks

    @pytest.mark.parametrize("low", [0.003, 0.99, 7, 248])
    @pytest.mark.parametrize("times", [1.01, 3, 40, 900, 75_000])
    def test_all_values_lie_between_the_ends(self, low: float, times: float) -> None:
        ticks = ticks_around([low, low * times])
        assert ticks[0] <= low
        assert low * times <= ticks[-1]
        assert 2 <= len(ticks) <= 9
        assert all(a < b for a, b in pairwise(ticks))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Every contestant on two clusters: the words and figures of each picture."""
    sizes = (("awa", 248), ("maunga", 436))
    rows = [a_row(each.name, cluster, needs) for each in CONTESTANTS for cluster, needs in sizes]
    written = draw(rows, tmp_path_factory.mktemp("pictures"))
    assert {path.suffix for path in written} == {".svg", ".png"}
    return {path.stem: texts(path) for path in written if path.suffix == ".svg"}


class TestDrawn:
    """As SVG and PNG, with every contestant in the legend and figures on every axis."""

    def test_three_pictures(self, pictures: dict[str, list[str]]) -> None:
        assert set(pictures) == {"gap-over-time", "time-over-size", "memory-over-size"}

    def test_every_contestant_is_named(self, pictures: dict[str, list[str]]) -> None:
        names = [each.name for each in CONTESTANTS]
        for found in pictures.values():
            assert [word for word in found if word in names] == names

    @pytest.mark.parametrize("name", ["time-over-size", "memory-over-size"])
    def test_clusters_of_one_size_still_have_figures_on_their_axis(
        self, pictures: dict[str, list[str]], name: str
    ) -> None:
        """248 and 436 needs lie between two powers of ten; the axis says 200, 300 and 500 all the same."""
        assert {"200", "300", "500"} <= set(pictures[name])

    def test_memory_has_figures_too(self, pictures: dict[str, list[str]]) -> None:
        """300 MiB are 0.29 GiB."""
        assert {"0.25", "0.3"} <= set(pictures["memory-over-size"])

    def test_without_data_there_is_no_picture(self, tmp_path: Path) -> None:
        row = a_row("plans", "awa", 248, need_met=None, trace=[], first_proposal_s=None, peak_mib=None)
        assert draw([row], tmp_path) == []

    def test_a_strategy_nobody_knows_is_drawn_as_well(self, tmp_path: Path) -> None:
        """Results of an older version may name others."""
        draw([a_row("guessing", "awa", 248)], tmp_path)
        assert "guessing" in texts(tmp_path / "time-over-size.svg")


def test_contestants_differ_in_shape_and_in_grey() -> None:
    """Luminance of sRGB (ITU-R BT.709), a perceptible step from each colour to the next."""

    def lightness(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        return float(116 * luminance ** (1 / 3) - 16)

    assert len(_COLOURS) == len(set(_SHAPES)) == len(CONTESTANTS)
    steps = [lightness(colour) for colour in _COLOURS]
    assert all(b - a > 10 for a, b in pairwise(steps)), steps
