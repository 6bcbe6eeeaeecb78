"""The kinds of need, the packages of entitlement and the projects a register is drawn from.

Sources in short: prevalence and doses follow the Ministry's published policy shares (about 1% of learners
for the behaviour and communication services, 5 hours of In-Class Support for about 0.5%, ORS for 1.1% high
and 0.35% very high), the case counts of one RTLB cluster (1.8 open cases per 100 learners in years 1 to 10),
a survey of coordinators (16% of learners on school registers) and comparable targeted programmes. Where
nothing is published, a value is a working value, to be replaced by a cluster's own register.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class NeedClass:
    """A kind of need: how common it is, what it asks for and how long it waits.

    ``per_100`` counts learners per 100 of the roll in years ``years`` (point prevalence); ``on_register`` is
    the share that reaches the cluster's register, the rest being met by schools' own staff; ``hours`` are
    the doses a row may ask (empty: the support's own dose, as for groups); ``wait_days`` is the mean wait
    for a first service.
    """

    id: str
    tier: Literal[1, 2, 3]
    area: str
    supports: tuple[str, ...]
    per_100: float
    on_register: float
    years: tuple[int, int]
    hours: tuple[float, ...] = ()
    weeks: tuple[int, ...] = ()
    arena: str = "classroom"
    funding: tuple[str, ...] = ()
    wait_days: float = 40.0
    in_service: float = 0.35
    growth: float = 0.02
    skills: tuple[str, ...] = ()


NEED_CLASSES: tuple[NeedClass, ...] = (
    NeedClass(
        "literacy",
        2,
        "learning",
        ("literacy_group", "literacy_individual", "teacher_coaching"),
        6.0,
        0.34,
        (1, 10),
        wait_days=35,
        in_service=0.25,
        skills=("structured_literacy",),
    ),
    NeedClass(
        "social",
        2,
        "behaviour",
        ("social_skills_group", "mentoring", "teacher_coaching"),
        2.4,
        0.45,
        (1, 10),
        wait_days=35,
        in_service=0.25,
        growth=0.04,
    ),
    NeedClass(
        "parenting",
        2,
        "behaviour",
        ("parent_group", "mentoring"),
        0.6,
        0.45,
        (1, 6),
        arena="home",
        wait_days=50,
        in_service=0.0,
        growth=0.04,
    ),
    NeedClass(
        "language",
        2,
        "communication",
        ("language_group", "language_individual"),
        2.5,
        0.40,
        (1, 6),
        wait_days=75,
        in_service=0.25,
        growth=0.03,
    ),
    NeedClass(
        "attendance",
        2,
        "engagement",
        ("engagement_plan", "mentoring"),
        1.0,
        0.8,
        (1, 13),
        hours=(0.5, 0.75),
        weeks=(10, 15, 20),
        arena="assistance",
        wait_days=30,
    ),
    NeedClass(
        "transition",
        2,
        "engagement",
        ("transition_plan",),
        0.5,
        0.8,
        (0, 13),
        hours=(0.25, 0.5),
        weeks=(10, 20),
        arena="transitions",
        wait_days=30,
        in_service=0.2,
    ),
    NeedClass(
        "gifted",
        2,
        "gifted",
        ("gifted_group", "gifted_individual"),
        0.5,
        0.7,
        (3, 10),
        wait_days=45,
        in_service=0.2,
    ),
    NeedClass(
        "health_plan",
        2,
        "health",
        ("health_plan",),
        0.2,
        0.6,
        (1, 13),
        hours=(0.25, 0.5),
        weeks=(20,),
        arena="assistance",
        wait_days=30,
    ),
    # stock of 1.8 open cases per 100, and a term's share of the 3.5 requests a year
    NeedClass(
        "rtlb_learning",
        3,
        "learning",
        ("rtlb_learning",),
        1.15,
        1.0,
        (1, 10),
        hours=(1.0, 1.25, 1.5, 1.75, 2.0),
        weeks=(10, 12, 15, 20),
        wait_days=21,
        in_service=0.45,
        skills=("structured_literacy", "autism"),
    ),
    NeedClass(
        "rtlb_behaviour",
        3,
        "behaviour",
        ("rtlb_behaviour",),
        1.35,
        1.0,
        (1, 10),
        hours=(1.0, 1.5, 1.75, 2.0),
        weeks=(10, 12, 15, 20),
        wait_days=21,
        in_service=0.45,
        growth=0.04,
        skills=("trauma_informed", "autism"),
    ),
    NeedClass(
        "rtlb_engagement",
        3,
        "engagement",
        ("rtlb_behaviour", "whanau_support"),
        0.1,
        1.0,
        (1, 10),
        hours=(0.75, 1.0),
        weeks=(10, 20),
        arena="home",
        wait_days=30,
    ),
    NeedClass(
        "severe_behaviour",
        3,
        "behaviour",
        ("behaviour_service",),
        0.6,
        0.6,
        (1, 10),
        hours=(1.5, 2.0, 2.5, 3.0),
        weeks=(20, 30, 40),
        arena="crisis",
        wait_days=50,
        in_service=0.4,
        growth=0.04,
        skills=("trauma_informed",),
    ),
    NeedClass(
        "wraparound",
        3,
        "behaviour",
        ("intensive_wraparound",),
        0.03,
        1.0,
        (1, 10),
        hours=(3.0,),
        weeks=(40,),
        arena="assistance",
        funding=("IWS",),
        wait_days=60,
        in_service=0.6,
    ),
    NeedClass(
        "whanau",
        3,
        "engagement",
        ("whanau_support",),
        0.2,
        0.5,
        (1, 13),
        hours=(0.75, 1.0),
        weeks=(10, 20),
        arena="home",
        wait_days=40,
    ),
    NeedClass(
        "severe_communication",
        3,
        "communication",
        ("communication_service",),
        0.45,
        0.9,
        (1, 10),
        hours=(0.75, 1.0, 1.25, 1.5),
        weeks=(10, 20, 30),
        wait_days=75,
        in_service=0.4,
        growth=0.03,
        skills=("aac", "fluency"),
    ),
    NeedClass(
        "language_learning",
        3,
        "communication",
        ("language_learning", "communication_service"),
        1.0,
        0.6,
        (1, 3),
        hours=(0.75, 1.0),
        weeks=(10, 15),
        wait_days=75,
        in_service=0.35,
        growth=0.03,
    ),
    NeedClass(
        "hearing",
        3,
        "sensory",
        ("hearing",),
        0.12,
        1.0,
        (-3, 13),
        hours=(0.5, 1.0, 1.5, 2.0),
        weeks=(40,),
        wait_days=30,
        in_service=0.6,
    ),
    NeedClass(
        "vision",
        3,
        "sensory",
        ("vision",),
        0.08,
        1.0,
        (-3, 13),
        hours=(1.0, 2.0, 3.0, 4.0),
        weeks=(40,),
        wait_days=30,
        in_service=0.6,
    ),
    NeedClass(
        "therapy",
        3,
        "physical",
        ("therapy",),
        0.2,
        0.7,
        (-3, 13),
        hours=(0.5, 0.75, 1.0),
        weeks=(10, 20),
        wait_days=60,
    ),
    NeedClass(
        "high_health",
        3,
        "health",
        ("high_health_aide",),
        0.2,
        1.0,
        (1, 13),
        hours=(3.0, 5.0, 8.0),
        weeks=(40,),
        arena="assistance",
        funding=("SHHNF",),
        wait_days=25,
        growth=0.12,
    ),
)
"""Needs of one row each; those of several (ORS, In-Class Support, early intervention) are ``PACKAGES``."""


@dataclass(frozen=True)
class PackageRow:
    """One row of a package: drawn with this probability, always the first."""

    area: str
    support: str
    probability: float
    hours: tuple[float, ...]
    in_service: float = 0.5
    at_aide_schools: bool = False


@dataclass(frozen=True)
class Package:
    """A funded entitlement: one learner, several rows with the same funding."""

    id: str
    funding: str
    per_100: float
    on_register: float
    years: tuple[int, int]
    rows: tuple[PackageRow, ...]
    wait_days: float
    growth: float


PACKAGES: tuple[Package, ...] = (
    Package(
        "ors_high",
        "ORS",
        1.1,
        0.55,
        (1, 13),
        (
            PackageRow("learning", "ors_teaching", 1.0, (2.5,), 0.6),
            PackageRow("communication", "ors_communication", 0.45, (0.5,), 0.5),
            PackageRow("physical", "ors_therapy", 0.35, (0.25, 0.5), 0.5),
            PackageRow("behaviour", "ors_psychology", 0.25, (0.25, 0.5), 0.4),
        ),
        16,
        0.04,
    ),
    Package(
        "ors_very_high",
        "ORS_VH",
        0.35,
        0.55,
        (1, 13),
        (
            PackageRow("learning", "ors_teaching", 1.0, (5.0,), 0.6),
            PackageRow("communication", "ors_communication", 0.7, (0.5,), 0.5),
            PackageRow("physical", "ors_therapy", 0.7, (0.5, 0.75), 0.5),
            PackageRow("behaviour", "ors_psychology", 0.2, (0.25, 0.5), 0.4),
        ),
        16,
        0.04,
    ),
    Package(
        "in_class",
        "ICS",
        0.5,
        0.8,
        (1, 13),
        (
            PackageRow("learning", "in_class_oversight", 1.0, (0.25,), 0.4),
            PackageRow("learning", "in_class_support", 1.0, (5.0,), 0.4, at_aide_schools=True),
        ),
        40,
        0.0,
    ),
    Package(
        "early",
        "EIS",
        4.0,
        1.0,
        (-3, 1),
        (
            PackageRow("learning", "early_intervention", 1.0, (0.5,), 0.4),
            PackageRow("communication", "early_language", 0.5, (0.5,), 0.35),
            PackageRow("behaviour", "early_behaviour", 0.25, (0.5,), 0.35),
            PackageRow("learning", "early_support_worker", 0.3, (4.0, 6.0, 8.0), 0.4),
        ),
        126,
        0.03,
    ),
)

YEAR_ONE_EARLY_SHARE = 0.25
"""Early intervention in year 1, reached since 2026, as a share of that before (working value)."""


@dataclass(frozen=True)
class ProjectClass:
    """A tier 1 project: which supports would do, and how often it is asked for."""

    area: str
    supports: tuple[str, ...]
    weight: float
    arena: str = "classroom"
    early_learning: bool = False


PROJECTS: tuple[ProjectClass, ...] = (
    ProjectClass("system", ("behaviour_systems",), 0.25),
    ProjectClass("system", ("literacy_practice",), 0.2),
    ProjectClass("system", ("oral_language",), 0.15, early_learning=True),
    ProjectClass("system", ("inclusive_classrooms", "literacy_practice"), 0.15),
    ProjectClass("engagement", ("transitions_project",), 0.15, "transitions", early_learning=True),
    ProjectClass("engagement", ("whanau_partnership",), 0.1, "community", early_learning=True),
)
