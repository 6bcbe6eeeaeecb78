"""Whole clusters drawn at random, references included, for the properties that every cluster must have."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, get_args

from hypothesis import strategies as st

from allocator.io.columns import Column, Kind, columns
from allocator.io.defaults import default_roles
from allocator.models.base import Row
from allocator.models.policy import (
    Coordinators,
    Fairness,
    Goal,
    GoalLevel,
    Negotiable,
    Policy,
    Reporting,
    Role,
    Term,
    Travel,
)
from allocator.models.world import (
    AreaOfNeed,
    Availability,
    Cluster,
    Need,
    Referral,
    Roll,
    Site,
    SiteType,
    Staff,
    Support,
    TravelTime,
)

_LETTERS = "abcXYZ019 -_/.'\"#=+@āēīōūĀŌ&<>:%!?()[]{}*|~`$^\\"
TEXTS = st.text(_LETTERS + ";,\n", min_size=1, max_size=12).map(str.strip).filter(bool)
WORDS = st.text(_LETTERS + ",", min_size=1, max_size=8).map(str.strip).filter(bool)
CODES = st.text(_LETTERS, min_size=1, max_size=8).map(str.strip).filter(lambda text: text and text[0] != "#")
DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))
_LONG = 1_000_000


def a_value(column: Column) -> st.SearchStrategy[Any]:
    """Any value of a column that refers to nothing, within its limits."""
    low, high = column.limits.get("ge", column.limits.get("gt", 0.0)), column.limits.get("le", _LONG)
    if column.choices:
        values: st.SearchStrategy[Any] = st.sampled_from(column.choices)
    elif column.kind is Kind.WHOLE:
        values = st.integers(int(low), int(high))
    elif column.kind is Kind.NUMBER and "multiple_of" in column.limits:
        values = st.integers(1, 20).map(lambda quarters: quarters / 4)
    elif column.kind is Kind.NUMBER:
        values = st.floats(low, high, exclude_min="gt" in column.limits, allow_subnormal=False)
    else:
        plain: dict[Kind, st.SearchStrategy[Any]] = {
            Kind.TEXT: TEXTS,
            Kind.CODE: CODES,
            Kind.YES_NO: st.booleans(),
            Kind.DAY: DAYS,
            Kind.WORDS: st.lists(WORDS, max_size=3).map(tuple),
        }
        values = plain[column.kind]
    return st.none() | values if column.optional else values


@st.composite
def a_row(draw: st.DrawFn, model: type[Row], **fixed: Any) -> Any:
    """One row of a table; ``fixed`` columns are given, the others drawn."""
    values = {name: draw(a_value(column)) for name, column in columns(model).items() if name not in fixed}
    return model.model_validate(values | fixed)


def some(draw: st.DrawFn, options: list[str], most: int = 2) -> tuple[str, ...]:
    return tuple(draw(st.lists(st.sampled_from(options), max_size=most, unique=True)))


def maybe(draw: st.DrawFn, options: list[Any]) -> Any:
    return draw(st.sampled_from([None, *options]))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    goals = draw(st.lists(st.sampled_from(list(Goal)), min_size=1, max_size=5, unique=True))
    levels = [
        GoalLevel(
            goals={goal: draw(st.integers(1, 9))}, tolerance=draw(st.sampled_from([0.0, 0.02, 1 / 3, 1.0]))
        )
        for goal in goals
    ]
    plain = [goal for goal in Goal if goal not in goals and goal is not Goal.FAIRNESS]
    if len(plain) > 1:
        levels.append(GoalLevel(goals=dict.fromkeys(plain[:2], 2), tolerance=0.5))
    low, high = sorted(draw(st.tuples(st.floats(300, 600), st.floats(300, 600))))
    return draw(
        a_row(
            Policy,
            goals=tuple(levels),
            priority_weights={priority: draw(st.integers(1, 20)) for priority in range(1, 6)},
            tier_floors=draw(st.dictionaries(st.sampled_from([1, 2, 3]), st.floats(0, 1))),
            fairness=draw(a_row(Fairness, equity_bands=(low, high))),
            load_breaks=tuple(draw(st.lists(st.floats(0, 1), max_size=3))),
            year_bands=draw(st.sampled_from([(), ((-5, 0), (1, 8)), ((9, 15),)])),
            medium_languages=draw(st.dictionaries(WORDS, st.lists(WORDS, max_size=2).map(tuple), max_size=2)),
            liaison_site_types=some(draw, list(get_args(SiteType))),
            coordinators=draw(a_row(Coordinators, block_fte=0.1)),
            negotiable=draw(negotiables()),
        )
    )


@st.composite
def negotiables(draw: st.DrawFn) -> Negotiable:
    by_role = draw(st.dictionaries(WORDS, st.floats(0, 1), max_size=2))
    tiers = tuple(draw(st.lists(st.sampled_from([1, 2, 3]), max_size=3, unique=True)))
    return draw(a_row(Negotiable, fte_by_role=by_role, group_tiers=tiers))


@st.composite
def role_tables(draw: st.DrawFn) -> dict[str, Role]:
    """Shipped roles, some changed, some taken out, perhaps one more."""
    years = {"year_min": None, "year_max": None}
    table = {name: role for name, role in default_roles().items() if name == "lsc" or draw(st.integers(0, 5))}
    for name in some(draw, list(table)):
        table[name] = draw(a_row(Role, coordinator=table[name].coordinator, **years))
    if draw(st.booleans()):
        table[draw(CODES)] = draw(a_row(Role, coordinator=False, **years))
    return table


@st.composite
def clusters(draw: st.DrawFn) -> Cluster:
    """Sound clusters: every reference resolves."""
    roles = draw(role_tables())
    term_ids = draw(st.lists(CODES, min_size=1, max_size=4, unique=True))
    start = draw(DAYS)
    terms = tuple(
        Term(id=code, weeks=draw(st.integers(1, 20)), start=start + timedelta(weeks=20 * n))
        for n, code in enumerate(term_ids)
    )
    site_ids, staff_ids, need_ids, support_ids = (
        draw(st.lists(CODES, min_size=least, max_size=3, unique=True)) for least in (1, 0, 0, 1)
    )
    sites = tuple(
        draw(
            a_row(
                Site,
                site_id=code,
                liaison=some(draw, staff_ids) if staff_ids else (),
                latitude=draw(st.floats(-90, 90)),
                longitude=draw(st.floats(-180, 180)),
            )
        )
        for code in site_ids
    )
    return Cluster(
        name=draw(TEXTS),
        terms=terms,
        policy=draw(policies()),
        roles=roles,
        travel=draw(a_row(Travel)),
        reporting=draw(a_row(Reporting)),
        sites=sites,
        staff=tuple(_person(draw, code, site_ids, roles) for code in staff_ids),
        needs=_needs(draw, need_ids, sites, staff_ids, support_ids, term_ids),
        supports=tuple(_support(draw, code, list(roles)) for code in support_ids),
        **_optional(draw, site_ids, staff_ids, term_ids),
    )


def _person(draw: st.DrawFn, code: str, site_ids: list[str], roles: dict[str, Role]) -> Staff:
    role = draw(st.sampled_from(list(roles)))
    fte = draw(st.integers(1, 15)) / 10 if roles[role].coordinator else draw(st.floats(0.01, 1.5))
    first, last = sorted(draw(st.tuples(DAYS, DAYS)))
    return draw(
        a_row(
            Staff,
            staff_id=code,
            role=role,
            fte=fte,
            base_site=draw(st.sampled_from(site_ids)),
            sites=some(draw, site_ids),
            available_from=maybe(draw, [first]),
            available_to=maybe(draw, [last]),
        )
    )


def _needs(
    draw: st.DrawFn,
    codes: list[str],
    sites: tuple[Site, ...],
    staff_ids: list[str],
    support_ids: list[str],
    term_ids: list[str],
) -> tuple[Need, ...]:
    schools = [site.site_id for site in sites if site.type != "base"]
    rows = []
    for code in codes if schools else ():
        window = sorted(
            draw(st.tuples(st.sampled_from(range(len(term_ids))), st.sampled_from(range(len(term_ids)))))
        )
        current = maybe(draw, staff_ids)
        hours = maybe(draw, [0.75, 1 / 3, 40.0])
        rows.append(
            draw(
                a_row(
                    Need,
                    need_id=code,
                    learner_id=maybe(draw, ["L-1", "00042", "ā7"]),
                    site_id=draw(st.sampled_from(schools)),
                    supports=some(draw, support_ids) if support_ids else (),
                    hours_per_week=hours,
                    min_hours_per_week=maybe(draw, [0.1]) if hours else None,
                    earliest_term=maybe(draw, [term_ids[window[0]]]),
                    latest_term=maybe(draw, [term_ids[window[1]]]),
                    current_staff=current,
                    locked=current is not None and draw(st.booleans()),
                    forbidden_staff=some(draw, staff_ids) if staff_ids else (),
                )
            )
        )
    return tuple(rows)


def _support(draw: st.DrawFn, code: str, roles: list[str]) -> Support:
    shape = draw(st.sampled_from(["individual", "group", "project"]))
    sizes = sorted(draw(st.tuples(st.integers(1, 30), st.integers(1, 30)))) if shape == "group" else [1, 1]
    return draw(
        a_row(
            Support,
            support_id=code,
            shape=shape,
            min_group=sizes[0],
            max_group=sizes[1],
            areas_of_need=(draw(st.sampled_from(get_args(AreaOfNeed))),),
            roles=(draw(st.sampled_from(roles)),),
            year_min=maybe(draw, [-3, 1]),
            year_max=maybe(draw, [8, 13]),
        )
    )


def _optional(
    draw: st.DrawFn, site_ids: list[str], staff_ids: list[str], term_ids: list[str]
) -> dict[str, Any]:
    pairs = [(a, b) for a in site_ids for b in site_ids if a != b]
    posts = [(person, term) for person in staff_ids for term in term_ids]
    years = [(year, site) for year in (2026, 2027) for site in site_ids]
    return {
        "availability": tuple(
            draw(a_row(Availability, staff_id=a, term=b)) for a, b in posts if draw(st.booleans())
        ),
        "travel_times": tuple(
            draw(a_row(TravelTime, from_site=a, to_site=b)) for a, b in pairs if draw(st.booleans())
        ),
        "rolls": tuple(draw(a_row(Roll, year=a, site_id=b)) for a, b in years if draw(st.booleans())),
        "referrals": tuple(
            draw(a_row(Referral, term="2026-T3", site_id=code)) for code in site_ids if draw(st.booleans())
        ),
    }
