"""The small made-up cluster in a new folder or workbook: three sites, four people, eight needs."""

from __future__ import annotations

from datetime import date

from allocator.io.defaults import default_roles, default_supports
from allocator.models.policy import Term
from allocator.models.world import Cluster, Need, Site, Staff

NAME = "Example cluster"


def example_cluster() -> Cluster:
    """A cluster that reads without a fault and can be solved; the shipped roles and supports apply."""
    return Cluster(
        name=NAME,
        terms=(
            Term(id="2027-T1", weeks=10, start=date(2027, 2, 1)),
            Term(id="2027-T2", weeks=10, start=date(2027, 4, 26)),
        ),
        roles=default_roles(),
        supports=default_supports(),
        sites=_sites(),
        staff=_staff(),
        needs=_needs(),
    )


def _sites() -> tuple[Site, ...]:
    return (
        Site(
            site_id="S1",
            name="Tōtara School",
            type="contributing",
            latitude=-37.69,
            longitude=176.14,
            roll=320,
            equity_index=470,
            isolation_index=0.4,
            roll_years_1_8=320,
            roll_years_1_10=320,
        ),
        Site(
            site_id="S2",
            name="Te Kura o Awanui",
            type="full_primary",
            latitude=-37.72,
            longitude=176.20,
            roll=95,
            equity_index=505,
            isolation_index=1.2,
            medium="bilingual",
            roll_years_1_8=95,
            roll_years_1_10=95,
        ),
        Site(
            site_id="S3",
            name="Kōwhai Early Learning",
            type="early_learning",
            latitude=-37.70,
            longitude=176.15,
            roll=40,
        ),
    )


def _staff() -> tuple[Staff, ...]:
    return (
        Staff(staff_id="LSC-01", role="lsc", fte=0.8, base_site="S1", employer="S1", skills=("literacy",)),
        Staff(staff_id="RTLB-01", role="rtlb", fte=0.6, base_site="S1", languages=("te_reo_maori",)),
        Staff(staff_id="SLT-01", role="slt", fte=0.4, base_site="S2"),
        Staff(staff_id="EIT-01", role="eit", fte=0.3, base_site="S3"),
    )


def _needs() -> tuple[Need, ...]:
    """A group of three that can meet, a locked service, one own-school consent, one site project."""
    reading = {"site_id": "S1", "tier": 2, "area_of_need": "learning"}
    rows: tuple[dict[str, object], ...] = (
        {
            "learner_id": "L-101",
            "year_level": 2,
            "priority": 2,
            "waiting_since": date(2026, 10, 5),
            **reading,
        },
        {"learner_id": "L-102", "year_level": 3, **reading},
        {"learner_id": "L-103", "year_level": 2, "groups": ("maori",), **reading},
        {"learner_id": "L-104", "site_id": "S2", "year_level": 5, "tier": 3, "area_of_need": "behaviour"}
        | {"priority": 1, "waiting_since": date(2026, 8, 17)},
        {"learner_id": "L-105", "site_id": "S2", "year_level": 1, "tier": 3, "area_of_need": "communication"}
        | {"priority": 2, "status": "in_service", "current_staff": "SLT-01", "locked": True},
        {"learner_id": "L-104", "site_id": "S2", "year_level": 5, "tier": 2, "area_of_need": "engagement"}
        | {"priority": 4},
        {"learner_id": "L-106", "site_id": "S3", "year_level": 0, "tier": 3, "area_of_need": "communication"}
        | {"consent": "own_school", "funding": ("EIS",)},
        {"site_id": "S1", "tier": 1, "area_of_need": "system", "learners": 60, "earliest_term": "2027-T2"},
    )
    return tuple(
        Need.model_validate({"need_id": f"N-{number:02}", **row}) for number, row in enumerate(rows, 1)
    )
