"""Pictures of results: gap over time, time over size, memory over size. Needs the extra ``plots``."""

from __future__ import annotations

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
_FIGURE_TICKS = [step * ten for ten in (0.01, 0.1, 1, 10, 100, 1000) for step in (1, 2, 5)]
_SIZE_TICKS = [step * ten for ten in (100, 1_000, 10_000, 100_000) for step in (1, 2, 5)]
_COLOURS = ("#0072b2", "#e69f00", "#d55e00", "#009e73", "#cc79a7")  # told apart by colour-blind readers too
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
        color=_colour(rows),
        detail="seed:N",
    )
    dash = alt.StrokeDash(
        "kept:N",
        title=None,
        scale=alt.Scale(domain=[_BEST, _EASIER], range=[[1, 0], [5, 4]]),
        legend=alt.Legend(symbolType="stroke", symbolStrokeWidth=2),
    )
    lines = base.mark_line(interpolate="step-after", strokeWidth=2).encode(strokeDash=dash)
    ends = base.transform_filter("datum.last").mark_point(filled=True, size=45, opacity=1)
    panels = list(dict.fromkeys(str(row["cluster"]) for row in rows))
    return (
        (lines + ends)
        .properties(width=300, height=260)
        .facet(facet=alt.Facet("instance:N", title=None, sort=panels), columns=3)
        .resolve_scale(x="independent")
        .properties(title="Gap of need met over time")
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
        _over_size(points, rows, "seconds", "seconds")
        .properties(width=380, height=300)
        .facet(column=alt.Column("what:N", title=None, sort=[first, near]))
        .properties(title="Time over size")
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
        _over_size(points, rows, "gib", "GiB at most")
        .properties(width=480, height=320, title="Memory over size")
        .configure_axis(grid=True, gridOpacity=0.4)
    )


def _over_size(points: list[dict[str, Any]], rows: Sequence[Row], field: str, title: str) -> Chart:
    """Points over needs, both axes logarithmic; a line through the median of each size."""
    import altair as alt

    scale = alt.Scale(type="log", nice=False, padding=20)
    axis = alt.Axis(values=_FIGURE_TICKS, format="~g")
    size = alt.X("needs:Q", title="needs", scale=scale, axis=alt.Axis(values=_SIZE_TICKS, format=","))
    figure = alt.Y(f"{field}:Q", title=title, scale=scale, axis=axis)
    middle = alt.Y(f"median({field}):Q", title=title, scale=scale, axis=axis)
    base: Chart = alt.Chart(alt.InlineData(values=points)).encode(x=size, color=_colour(rows))
    return base.mark_line(opacity=0.6).encode(y=middle) + base.mark_point(filled=True, size=60).encode(
        y=figure
    )


def _colour(rows: Sequence[Row]) -> Chart:
    """The same colour for a contestant in every picture, whoever else is in it."""
    import altair as alt

    known = [each.name for each in CONTESTANTS]
    present = {str(row["strategy"]) for row in rows}
    names = [name for name in known if name in present] + sorted(present - set(known))
    colours = [_COLOURS[known.index(name)] if name in known else "#666666" for name in names]
    return alt.Color("strategy:N", title="strategy", scale=alt.Scale(domain=names, range=colours))
