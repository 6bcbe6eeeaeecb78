"""Random small clusters that make every rule bite now and then: same seed, same cluster."""

from __future__ import annotations

import random
from datetime import date, timedelta

from allocator.models.policy import Coordinators, Fairness, Goal, GoalLevel, Policy, Role, Term
from allocator.models.world import Availability, Cluster, Need, Site, Staff, Support

AREAS = ("learning", "communication", "behaviour")


def a_policy(rng: random.Random, goals: tuple[GoalLevel, ...] | None = None) -> Policy:
    order = list(Goal)
    if rng.random() < 0.5:
        rng.shuffle(order)
    levels = tuple(GoalLevel(goals={goal: 1}, tolerance=rng.choice([0.0, 0.0, 0.02, 0.1])) for goal in order)
    return Policy(
        goals=goals or levels,
        counts=rng.choice(["hours", "hours", "learners", "both"]),
        fairness=Fairness(
            by=rng.choice(["site", "equity_band", "group", "medium"]),
            pool_below=rng.choice([1, 2]),
            levels=rng.choice([1, 2, 3]),
        ),
        coordinators=Coordinators(block_fte=0.25, min_share_fte=rng.choice([0.25, 0.5])),
        handover_allowed=rng.random() < 0.5,
        cross_site_minutes=rng.choice([10.0, 40.0]),
    )


def the_roles(rng: random.Random) -> dict[str, Role]:
    return {
        "rtlb": Role(
            name="RTLB",
            paid_hours=20,
            contact_share=0.5,
            liaison=rng.random() < 0.7,
            liaison_hours=0.5,
            max_cases=rng.choice([2, 4, None]),
            day_hours=rng.choice([2.0, 5.0]),
            travel_share=rng.choice([0.05, 0.25]),
        ),
        "lsc": Role(
            name="LSC",
            paid_hours=16,
            contact_share=0.5,
            coordinator=True,
            max_sites=rng.choice([None, 2]),
        ),
        "slt": Role(
            name="SLT",
            paid_hours=rng.choice([8, 16]),
            contact_share=0.5,
            reach_minutes=rng.choice([15, 60]),
            max_sites=rng.choice([None, 1, 2]),
        ),
    }


def the_supports(rng: random.Random) -> tuple[Support, ...]:
    weeks = rng.choice([8, 15])
    return (
        Support(
            support_id="one",
            name="One to one",
            tier=3,
            areas_of_need=AREAS,
            shape="individual",
            roles=("rtlb", "slt"),
            hours_per_week=2,
            weeks=weeks,
            visits_per_week=rng.choice([0.25, 0.5, 1.0]),
        ),
        Support(
            support_id="light",
            name="Light touch",
            tier=2,
            areas_of_need=AREAS,
            shape="individual",
            roles=("rtlb", "lsc"),
            hours_per_week=1,
            weeks=10,
            impact=0.6,
            visits_per_week=0.5,
        ),
        Support(
            support_id="grp",
            name="Small group",
            tier=2,
            areas_of_need=AREAS,
            shape="group",
            roles=("slt", "lsc"),
            hours_per_week=1.5,
            weeks=rng.choice([10, 10, 15]),
            min_group=2,
            max_group=rng.choice([2, 3]),
            impact=0.8,
            cross_site=rng.random() < 0.6,
        ),
        Support(
            support_id="proj",
            name="Whole-school project",
            tier=1,
            areas_of_need=("system",),
            shape="project",
            roles=("lsc", "rtlb"),
            hours_per_week=2,
            weeks=rng.choice([10, 20]),
            visits_per_week=0.5,
        ),
    )


def a_person(rng: random.Random, number: int, codes: list[str]) -> Staff:
    away = rng.random()
    return Staff(
        staff_id=f"P{number}",
        role=rng.choice(["rtlb", "lsc", "slt"]),
        fte=rng.choice([0.5, 1.0, 1.0]),
        base_site=rng.choice(codes),
        languages=("te_reo_maori",) if rng.random() < 0.7 else (),
        skills=("literacy",) if rng.random() < 0.7 else (),
        sites=(rng.choice(codes),) if rng.random() < 0.1 else (),
        standing_hours=rng.choice([0.0, 0.0, 0.0, 1.0]),
        max_cases=rng.choice([None, None, None, 2, 3]),
        available_to=date(2027, 6, 1) if away < 0.12 else None,
        available_from=date(2027, 3, 1) if 0.12 < away < 0.24 else None,
        vacant=rng.random() < 0.08,
    )


def a_need(rng: random.Random, number: int, sites: list[str], staff: list[Staff], terms: list[str]) -> Need:
    tier = rng.choice([1, 2, 2, 2, 3, 3])
    hours = rng.choice([None, None, 1.0, 2.5])
    running = rng.random() < 0.3
    fit = {1: ("lsc", "rtlb"), 2: ("rtlb", "lsc", "slt"), 3: ("rtlb", "slt")}[tier]
    known = [person for person in staff if person.role in fit] or staff
    current = rng.choice(known).staff_id if running or rng.random() < 0.1 else None
    handover = rng.random() < 0.5
    return Need(
        need_id=f"N{number}",
        learner_id=None if tier == 1 else f"L{rng.randrange(4)}",
        site_id=rng.choice(sites),
        tier=tier,
        area_of_need="system" if tier == 1 else rng.choice(AREAS),
        year_level=None if tier == 1 else rng.choice([1, 2, 2, 3, 5]),
        priority=rng.randint(1, 5),
        hours_per_week=hours,
        learners=rng.choice([20, 50]) if tier == 1 else 1,
        min_hours_per_week=0.5 if hours and tier > 1 and rng.random() < 0.5 else None,
        weeks=18 if handover and rng.random() < 0.4 else rng.choice([None, None, None, 5]),
        waiting_since=date(2026, 6, 1) + timedelta(days=rng.randrange(250)),
        earliest_term=rng.choice([None, None, None, rng.choice(terms)]),
        skills=("literacy",) if tier == 3 and rng.random() < 0.2 else (),
        status="in_service" if running else "waiting",
        current_staff=current,
        locked=bool(running and rng.random() < 0.15),
        consent=rng.choice(["cluster"] * 7 + ["own_school", "withdrawn"]),
        funding=("ORS",) if rng.random() < 0.07 else (),
        groups=rng.choice([(), ("maori",), ("pacific", "maori")]),
        forbidden_staff=(rng.choice([row.staff_id for row in staff if row.staff_id != current] or ["-"]),)
        if rng.random() < 0.1
        else (),
        people=2 if tier == 1 and rng.random() < 0.5 else 1,
        handover=handover,
    )


def the_sites(rng: random.Random, number: int) -> list[Site]:
    return [
        Site(
            site_id=f"S{i}",
            name=f"School {i}",
            type="contributing",
            latitude=-41.0 + rng.random() * 0.15,
            longitude=175.0 + rng.random() * 0.15,
            roll=rng.randrange(50, 400),
            equity_index=rng.choice([400.0, 460.0, 520.0, None]),
            area=rng.choice(["north", "south", None]),
            medium=rng.choice(["english", "english", "english", "maori"]),
        )
        for i in range(number)
    ]


def random_cluster(
    seed: int, *, needs: int = 6, people: int = 3, sites: int = 3, terms: int | None = None
) -> Cluster:
    """A small cluster; about one in ten has rows that cannot hold together."""
    rng = random.Random(seed)
    terms = terms or rng.choice([1, 1, 2, 3])
    term_rows = tuple(
        Term(id=f"T{i + 1}", weeks=10, start=date(2027, 2, 1) + timedelta(weeks=12 * i)) for i in range(terms)
    )
    site_rows = the_sites(rng, sites)
    roles = the_roles(rng)
    codes = [site.site_id for site in site_rows]
    staff = [a_person(rng, i, codes) for i in range(people)]
    faces = [row.staff_id for row in staff if roles[row.role].liaison]
    if faces and rng.random() < 0.3:
        site_rows[0] = site_rows[0].model_copy(update={"liaison": (rng.choice(faces),)})
    listed = [
        Availability(
            staff_id=row.staff_id, term=rng.choice(term_rows).id, hours_per_week=rng.choice([6.0, 12.0])
        )
        for row in staff
        if rng.random() < 0.1
    ]
    return Cluster(
        name="Random",
        terms=term_rows,
        policy=a_policy(rng),
        roles=roles,
        sites=tuple(site_rows),
        staff=tuple(staff),
        availability=tuple(listed),
        supports=the_supports(rng),
        needs=tuple(a_need(rng, i, codes, staff, [term.id for term in term_rows]) for i in range(needs)),
    )
