"""Pictures of results: gap over time, time over size, memory over size. Needs the extra ``plots``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from allocator.benchmarking.contestants import CONTESTANTS
from allocator.benchmarking.rows import Row, gap

Chart = Any
"""A chart of Altair, or a part of one: its types do not follow it from chart to layers and panels."""

FORMATS = ("svg", "png")
NEAR = 0.02
"""The gap from which "time over size" counts a run as near the best possible."""

_SMALLEST_GAP = 1e-4  # a logarithmic axis has no zero; what is closer is drawn here
_TICKS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100]
_STEPS = ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))
_MOST_TICKS = 9
# each lighter than the one before, so that they are told apart in grey and by colour-blind readers too
_COLOURS = ("#14245f", "#a63603", "#00897b", "#d682b4", "#f2bb3c")
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
_BEST, _EASIER = "kept most commitments", "kept fewer: an easier question"


def draw(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Draw every picture as SVG and PNG into a folder; a picture without data is left out.

    Raises:
        ModuleNotFoundError: Altair or vl-convert is not installed (``pip install allocator[plots]``).
        OSError: a file cannot be written.
    """
    charts = {
        "gap-over-time": gap_over_time(rows),
        "time-over-size": time_over_size(rows),
        "memory-over-size": memory_over_size(rows),
    }
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _written(chart, folder / f"{name}.{form}")
        for name, chart in charts.items()
        if chart is not None
        for form in FORMATS
    ]


def _written(chart: Chart, path: Path) -> Path:
    import vl_convert

    from allocator.io.atomic import write_bytes

    spec = chart.to_dict()
    content = (
        vl_convert.vegalite_to_png(spec, scale=2)
        if path.suffix == ".png"
        else vl_convert.vegalite_to_svg(spec).encode()
    )
    write_bytes(path, content)
    return path


def gap_over_time(rows: Sequence[Row]) -> Chart | None:
    """Gap of need met to the bound each run had proved by then, one panel an instance.

    A run that kept fewer commitments than another answered an easier question; its line is dashed. Lines go on to the
    end of the run, a dot, where later goals have had their turn.
    """
    import altair as alt

    points = [point for row in rows for point in _gaps(row)]
    if not points:
        return None
    base: Chart = alt.Chart(alt.InlineData(values=points)).encode(
        x=alt.X("seconds:Q", title="seconds", scale=alt.Scale(zero=True)),
        y=alt.Y(
            "gap:Q",
            title="gap to own bound (%)",
            scale=alt.Scale(type="log"),
            axis=alt.Axis(values=_TICKS, format="~g"),
        ),
        color=_by_strategy(alt.Color, rows, _COLOURS),
        detail="seed:N",
    )
    dash = alt.StrokeDash(
        "kept:N",
        title=None,
        scale=alt.Scale(domain=[_BEST, _EASIER], range=[[1, 0], [5, 4]]),
        legend=alt.Legend(symbolType="stroke", symbolStrokeWidth=2),
    )
    lines = base.mark_line(interpolate="step-after", strokeWidth=2).encode(strokeDash=dash)
    ends = _points(base.transform_filter("datum.last"), rows)
    panels = list(dict.fromkeys(str(row["cluster"]) for row in rows))
    return (
        (lines + ends)
        .properties(width=300, height=260)
        .facet(facet=alt.Facet("instance:N", title=None, sort=panels), columns=3)
        .resolve_scale(x="independent")
        .properties(title="Gap of need met over time (lower is better; logarithmic)")
        .configure_axis(grid=True, gridOpacity=0.4)
    )


def _gaps(row: Row) -> Iterator[dict[str, Any]]:
    """Points of one run; the last one is its end."""
    trace = row.get("trace")
    points = list(trace) if isinstance(trace, list) else []
    if row.get("need_met") is not None:
        points.append([row["seconds"], row["need_met"], row["bound"]])
    for number, (seconds, found, bound) in enumerate(points, start=1):
        share = gap(found, bound)
        if share is not None:
            yield {
                "instance": row["cluster"],
                "strategy": row["strategy"],
                "seed": row.get("seed"),
                "seconds": seconds,
                "gap": 100 * max(share, _SMALLEST_GAP),
                "kept": _BEST if row.get("gap_best") is not None else _EASIER,
                "last": number == len(points),
            }


def time_over_size(rows: Sequence[Row]) -> Chart | None:
    """Seconds to the first proposal and to within 2% of the own bound, over the number of needs."""
    first, near = "to the first proposal", f"to within {100 * NEAR:g}% of the own bound"
    points = [
        {"needs": row["needs"], "strategy": row["strategy"], "seconds": seconds, "what": what}
        for row in rows
        for what, seconds in ((first, row.get("first_proposal_s")), (near, _seconds_to_near(row)))
        if seconds is not None
    ]
    if not points:
        return None
    import altair as alt

    return (
        _over_size(points, rows, "seconds", "seconds (logarithmic)")
        .properties(width=380, height=300)
        .facet(column=alt.Column("what:N", title=None, sort=[first, near]))
        .properties(title="Time over size (lines through the median)")
        .configure_axis(grid=True, gridOpacity=0.4)
    )


def _seconds_to_near(row: Row) -> float | None:
    return next((point["seconds"] for point in _gaps(row) if point["gap"] <= 100 * NEAR), None)


def memory_over_size(rows: Sequence[Row]) -> Chart | None:
    """The most memory each run's process held, over the number of needs."""
    points = [
        {"needs": row["needs"], "strategy": row["strategy"], "gib": held / 1024}
        for row in rows
        if isinstance(held := row.get("peak_mib"), int | float)
    ]
    if not points:
        return None
    return (
        _over_size(points, rows, "gib", "most memory held, in GiB (logarithmic)")
        .properties(
            width=480,
            height=320,
            title={"text": "Memory over size (lines through the median)", "anchor": "start"},
        )
        .configure_axis(grid=True, gridOpacity=0.4)
    )


def _over_size(points: list[dict[str, Any]], rows: Sequence[Row], field: str, title: str) -> Chart:
    """Points over needs, both axes logarithmic; a line through the median of each size."""
    import altair as alt

    def figures(name: str) -> dict[str, Any]:
        ticks = ticks_around([point[name] for point in points])
        scale = alt.Scale(type="log", domain=[ticks[0], ticks[-1]], nice=False, padding=12)
        return {"scale": scale, "axis": alt.Axis(values=ticks, format=",~r")}

    height = figures(field)
    base: Chart = alt.Chart(alt.InlineData(values=points)).encode(
        x=alt.X("needs:Q", title="needs (logarithmic)", **figures("needs")),
        color=_by_strategy(alt.Color, rows, _COLOURS),
    )
    lines = base.mark_line().encode(y=alt.Y(f"median({field}):Q", title=title, **height))
    return lines + _points(base, rows).encode(y=alt.Y(f"{field}:Q", title=title, **height))


def ticks_around(values: Sequence[float]) -> list[float]:
    """Round figures from just below the smallest value to just above the largest, for a logarithmic axis.

    As many as fit without crowding, at least two; a value of zero or less counts as the smallest above zero.
    """
    above = [value for value in values if value > 0] or [1.0]
    low, high = min(above), max(above)
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    ticks: list[float] = []
    for steps in _STEPS:
        rounds = [float(f"{step}e{power}") for power in powers for step in steps]
        first = max(place for place, tick in enumerate(rounds) if tick <= low)
        last = min(place for place, tick in enumerate(rounds) if tick >= high)
        ticks = rounds[first : max(last, first + 1) + 1]
        if len(ticks) <= _MOST_TICKS:
            break
    return ticks


def _points(base: Chart, rows: Sequence[Row]) -> Chart:
    """Points that tell the strategies apart by their shape as well, with a white rim where they lie on each other."""
    import altair as alt

    shape = _by_strategy(alt.Shape, rows, _SHAPES)
    return base.mark_point(filled=True, size=80, opacity=1, stroke="white", strokeWidth=0.8).encode(
        shape=shape
    )


def _by_strategy(channel: Any, rows: Sequence[Row], range_: Sequence[str]) -> Chart:
    """The same colour or shape for a contestant in every picture, whoever else is in it."""
    import altair as alt

    known = [each.name for each in CONTESTANTS]
    present = {str(row["strategy"]) for row in rows}
    names = [name for name in known if name in present] + sorted(present - set(known))
    other = "#777777" if range_ is _COLOURS else "stroke"
    chosen = [range_[known.index(name)] if name in known else other for name in names]
    return channel("strategy:N", title="strategy", scale=alt.Scale(domain=names, range=chosen))
