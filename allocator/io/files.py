"""Which files make a cluster, which model is a row of each, and which column refers to which other file."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.models.base import Row
from allocator.models.world import (
    Availability,
    Need,
    Referral,
    Roll,
    Site,
    Staff,
    Support,
    TravelTime,
)

SETTINGS_FILE = "cluster.yaml"


@dataclass(frozen=True)
class FileSpec:
    """One table of a cluster.

    ``stem`` names the file (``stem.csv``) and the sheet, ``field`` the attribute of ``Cluster``.
    """

    stem: str
    field: str
    model: type[Row]
    required: bool
    key: tuple[str, ...]
    """The columns that must differ between any two rows."""

    @property
    def file(self) -> str:
        """The file's name in a folder."""
        return f"{self.stem}.csv"

    @property
    def has_people(self) -> bool:
        """Whether a row is, or belongs to, one person, so that a ``name`` in it would be a person's."""
        return self.stem in ("staff", "availability", "needs")


TABLES: tuple[FileSpec, ...] = (
    FileSpec("sites", "sites", Site, True, ("site_id",)),
    FileSpec("staff", "staff", Staff, True, ("staff_id",)),
    FileSpec("needs", "needs", Need, True, ("need_id",)),
    FileSpec("supports", "supports", Support, False, ("support_id",)),
    FileSpec("availability", "availability", Availability, False, ("staff_id", "term")),
    FileSpec("travel", "travel_times", TravelTime, False, ("from_site", "to_site")),
    FileSpec("referrals", "referrals", Referral, False, ("term", "site_id", "area_of_need", "tier")),
    FileSpec("rolls", "rolls", Roll, False, ("year", "site_id")),
)

REFERENCES: dict[tuple[str, str], str] = {
    ("sites", "liaison"): "staff",
    ("staff", "role"): "roles",
    ("staff", "base_site"): "sites",
    ("staff", "sites"): "sites",
    ("needs", "site_id"): "sites",
    ("needs", "supports"): "supports",
    ("needs", "earliest_term"): "terms",
    ("needs", "latest_term"): "terms",
    ("needs", "current_staff"): "staff",
    ("needs", "forbidden_staff"): "staff",
    ("supports", "roles"): "roles",
    ("availability", "staff_id"): "staff",
    ("availability", "term"): "terms",
    ("travel", "from_site"): "sites",
    ("travel", "to_site"): "sites",
    ("referrals", "site_id"): "sites",
    ("rolls", "site_id"): "sites",
}
"""(table, column) -> the table whose code the cell must hold. Terms and roles live in the settings."""

CODE_COLUMN = {
    "sites": "site_id",
    "staff": "staff_id",
    "supports": "support_id",
    "terms": "id",
    "roles": "role",
}
"""The column that holds the code others refer to."""


def spec_of(model: type[Row]) -> FileSpec:
    """The table whose rows are of this model."""
    return next(spec for spec in TABLES if spec.model is model)
