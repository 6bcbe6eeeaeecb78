"""Needs to come, from a forecast: counts by site, area of need, tier and term at quantiles.

The table is a CSV file with one row per count: ``site_id, area_of_need, tier, term, quantile, count``. Any
program may write it; a count may be a fraction, since it is an expectation.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from allocator.errors import Fault, InputError
from allocator.io.csv_table import read_csv
from allocator.io.decoding import decode, read_bytes
from allocator.io.phrases import sentence
from allocator.io.similar import did_you_mean
from allocator.io.tables import Findings, Place, is_blank
from allocator.models.base import Identifier, Row
from allocator.models.world import AreaOfNeed, Cluster, Need
from scenarios.changes.base import Change, Effect, Names, Refused, Whole, counted, rebuilt, site_of, term_of
from scenarios.changes.demand import as_new, by_site, numbered
from scenarios.changes.others import beside

Cell = tuple[str, str, int, str]
"""site, area of need, tier, term"""


class ForecastRow(Row):
    """One count of a forecast."""

    site_id: Identifier = Field(description="site_id")
    area_of_need: AreaOfNeed = Field(description="area of need")
    tier: Annotated[Literal[1, 2, 3], Whole] = Field(description="tier")
    term: Identifier = Field(description="the term in which the requests come")
    quantile: float = Field(gt=0.0, lt=1.0, description="0.8: four times in five it is no more than `count`")
    count: float = Field(ge=0.0, le=10_000.0, description="new requests in the term at that quantile")


def _as_rows(value: Any) -> Any:
    """``{..., quantiles: {0.5: 2, 0.8: 4}}`` as one row per quantile."""
    if not isinstance(value, list | tuple):
        return value
    rows: list[Any] = []
    for item in value:
        if isinstance(item, dict) and isinstance(item.get("quantiles"), dict):
            rest = {key: each for key, each in item.items() if key != "quantiles"}
            rows += [{**rest, "quantile": q, "count": n} for q, n in item["quantiles"].items()]
        else:
            rows.append(item)
    return rows


class UseForecast(Change):
    """Requests a forecast expects are added as waiting needs, from their term on."""

    change: Literal["use_forecast"] = "use_forecast"
    quantile: float = Field(default=0.5, gt=0.0, lt=1.0, description="0.5 is the middle, 0.8 a busy term")
    file: str | None = Field(default=None, description="forecast CSV, from the scenario's folder")
    table: Annotated[tuple[ForecastRow, ...], BeforeValidator(_as_rows)] = Field(
        default=(), description="the forecast itself, instead of a file"
    )
    terms: Names = Field(default=(), description="only these terms; blank = those the cluster plans")
    seed: int = Field(default=1, ge=0, description="of rounding and of what the new needs are like")

    @model_validator(mode="after")
    def _one_source(self) -> UseForecast:
        if (self.file is None) == (not self.table):
            raise ValueError("give either a file or a table")
        return self


def use_forecast(cluster: Cluster, change: UseForecast) -> Effect:
    """One waiting need per request expected at the quantile, like those of its area and tier there are."""
    key = "file" if change.file is not None else "table"
    rows = _read(change) if change.file is not None else change.table
    wanted = {term_of(cluster, each, "terms") for each in change.terms} or {t.id for t in cluster.terms}
    counts = {cell: n for cell, n in at_quantile(rows, change.quantile).items() if cell[3] in wanted}
    if not counts:
        raise Refused(key, f"this changes nothing: it has no row for {', '.join(sorted(wanted))}")
    for site in {cell[0] for cell in counts}:
        if site_of(cluster, site, key).type == "base":
            raise Refused(key, "a site of the forecast is a base, where nobody learns", site)
    rng = random.Random(change.seed)
    numbers = whole_counts({_in(cluster, cell): n for cell, n in counts.items()}, rng)
    taken, made = set(cluster.need), []
    pool = sorted((need for need in cluster.needs if need.planned), key=lambda need: need.need_id)
    for cell, number in numbers.items():
        for _ in range(number):
            made.append(numbered(_need(cell, pool, rng), taken, True))
            taken.add(made[-1].need_id)
    if not made:
        raise Refused("quantile", "this changes nothing: it expects no request", change.quantile)
    words = f"needs: {counted(len(made), 'request')} expected at the {change.quantile:g} quantile added"
    return Effect(rebuilt(cluster, needs=(*cluster.needs, *made)), f"{words} ({by_site(cluster, made)}).")


def _in(cluster: Cluster, cell: Cell) -> Cell:
    return (site_of(cluster, cell[0], "table").site_id, *cell[1:])


def at_quantile(rows: tuple[ForecastRow, ...], quantile: float) -> dict[Cell, float]:
    """Each cell's count at a quantile, straight lines between the quantiles given.

    Raises:
        Refused: a cell has a quantile twice, counts that fall, or none on one side of ``quantile``.
    """
    cells: dict[Cell, dict[float, float]] = defaultdict(dict)
    for row in rows:
        known = cells[row.site_id, row.area_of_need, row.tier, row.term]
        if row.quantile in known:
            where = f"{row.site_id}, {row.area_of_need}, tier {row.tier}, {row.term}"
            raise Refused("quantile", f"the forecast has this quantile twice for {where}", row.quantile)
        known[row.quantile] = row.count
    return {cell: _between(sorted(known.items()), quantile) for cell, known in sorted(cells.items())}


def _between(points: list[tuple[float, float]], quantile: float) -> float:
    if any(low[1] > high[1] for low, high in pairwise(points)):
        raise Refused("quantile", "the forecast's counts must not fall from a quantile to a higher one")
    for at, number in points:
        if math.isclose(at, quantile, abs_tol=1e-9):
            return number
    for (q1, n1), (q2, n2) in pairwise(points):
        if q1 < quantile < q2:
            return n1 + (n2 - n1) * (quantile - q1) / (q2 - q1)
    low, high = points[0][0], points[-1][0]
    raise Refused("quantile", f"the forecast covers quantiles from {low:g} to {high:g}", quantile)


def whole_counts(counts: dict[Cell, float], rng: random.Random) -> dict[Cell, int]:
    """Whole numbers, each within one of its count and their sum within one of the sum.

    The counts are laid end to end and cut at whole numbers from a random start (systematic sampling), so that
    many small cells do not all round to nothing.
    """
    start = rng.random()
    total, cut, numbers = 0.0, 0, {}
    for cell in sorted(counts):
        total += counts[cell]
        reached = math.floor(total + start + 1e-9)
        numbers[cell], cut = reached - cut, reached
    return numbers


def _need(cell: Cell, pool: list[Need], rng: random.Random) -> Need:
    """A new need of a cell, like one of its area and tier: at its site if there is one, else anywhere."""
    site, area, tier, term = cell
    alike = [need for need in pool if need.area_of_need == area and need.tier == tier]
    near = [need for need in alike if need.site_id == site] or alike
    names = {"need_id": f"F-{term}-{site}", "learner_id": f"F-{term}-{site}-{area}-{tier}"}
    window = {"earliest_term": term, "latest_term": None, "waiting_since": None, "site_id": site}
    if not near:
        return Need.model_validate({**names, **window, "area_of_need": area, "tier": tier})
    model = as_new(rng.choice(near))
    content = {name: getattr(model, name) for name in Need.model_fields}
    if model.learner_id is None:
        names["learner_id"] = None  # type: ignore[assignment]  # a project has no learner
    return Need.model_validate({**content, **names, **window, "consent": "cluster", "forbidden_staff": ()})


def _read(change: UseForecast) -> tuple[ForecastRow, ...]:
    """The rows of a forecast file.

    Raises:
        InputError: every fault in it, with file, line and column.
    """
    path, findings = beside(change, change.file or ""), Findings()
    if not path.is_file():
        raise Refused("file", "there is no such file", change.file)
    place = Place(path.name)
    data = read_bytes(path, place, findings)
    text = None if data is None else decode(data, place, findings)
    rows: list[ForecastRow] = []
    names = list(ForecastRow.model_fields)
    if text is not None:
        table = read_csv(place, text, names, findings)
        header = [str(cell).strip() for cell in table.header.cells] if table.header is not None else []
        for name in names:
            if name not in header:
                findings.faults.append(place.fault(f"the column {name} is missing", row=1))
        for index, name in enumerate(header):
            if name not in names:
                hint = did_you_mean(name, names)
                findings.faults.append(place.fault(f"unknown column{hint}", row=1, index=index, found=name))
        for line in table.lines if not findings.faults else ():
            cells = {n: c for n, c in zip(header, line.cells, strict=False) if not is_blank(c)}
            rows += _row(place, line.number, cells, findings)
    if findings.faults:
        raise InputError(findings.faults)
    return tuple(rows)


def _row(place: Place, line: int, cells: dict[str, Any], findings: Findings) -> list[ForecastRow]:
    try:
        return [ForecastRow.model_validate(cells)]
    except ValidationError as error:
        findings.faults += [_fault(place, line, item, cells) for item in error.errors()]
        return []


def _fault(place: Place, line: int, item: Any, cells: dict[str, Any]) -> Fault:
    name = str(item["loc"][0])
    return place.fault(sentence(item, None), row=line, column=name, found=cells.get(name))
