"""Write ``docs/roles.md`` from the default role table: ``python docs/roles_page.py``.

The figures, and the remarks beside them, are those of ``allocator/data/roles.yaml``; here is only where they
were published.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from allocator.io.atomic import write_text
from allocator.io.defaults import default_roles
from allocator.models.policy import Role

PAGE = Path(__file__).with_name("roles.md")
TABLE = Path(__file__).resolve().parents[1] / "allocator" / "data" / "roles.yaml"

_INTRODUCTION = """\
# Roles: what a week of each holds

This page is made from `allocator/data/roles.yaml` by `make docs`.

Every figure is a default. A cluster writes its own under `roles:` in its `cluster.yaml`; what it leaves out stays
as it is here. A blank cell means no limit. What each column does is in [the model](model.md): bookable time and
hours are rule R2, reach, skills and years R3, cases, sites and travel R6, liaison R9, coordinator shares R10.

- **Paid** and **day**: hours a week of 1.0 FTE, and bookable hours of one visit.
- **Bookable**: the share of paid time that may be given to casework. **Travel**: the most of paid time that may be travel.
- **Reach**: minutes one way from the base; 0 is the own site only.
- **Cases** are open cases per 1.0 FTE. **Sites** are sites in a term. **Years** are year levels, 0 the year before school.
"""

_SOURCES = """\
## Where the figures come from

A figure that is not listed here is a working value, to be changed by whoever knows better.

| figure | value | source |
| --- | --- | --- |
| Ministry specialists' week | 40 hours | 1News, 24 July 2023 |
| Teaching hours in staffing entitlement | 25 a week for 1.0 FTTE | usual in primary staffing, not checked against a publication; ORS 0.1 and 0.2 FTTE: education.govt.nz, ORS staffing entitlement |
| Bookable share of time | 0.55 | no New Zealand figure is published; the middle of 0.45 to 0.65. What else fills a week: ASHA, caseload and workload |
| RTLB, open cases | 13 | 429 open cases of 34 people, 12.6 each: Western Bay of Plenty RTLB, newsletter, Term 2 2016 |
| RTLB, years 1 to 10; one liaison for each school | | RTLB Online (rtlb.tki.org.nz); RTLB Cluster 8; Education Review Office on RTLB clusters |
| RTLB, bases chosen for travel; two hours at the edge | reach 120 in such a cluster | North Canterbury RTLB, strategic plan 2016–19 |
| Learning Support Coordinators | 1 for 500 learners | Ministry of Education, Learning Support Coordinators (conversation.education.govt.nz) |
| Coordinators, learners each | 80 | from 1 for 500 and 16 to 20% of learners on registers (NZEI, SENCO survey 2015) |
| SENCO | unfunded | NZEI, SENCO survey 2015 |
| Early intervention, to the end of year 1 | from 2026 | Ministry of Education, Budget 2025 learning support |
| Ministry specialists, open cases | 12 to 45, by discipline | derived: about 40 children a year for each filled post, 20 to 25 at a time |
| Resource teachers vision | 28 | 20 advised, 36 seen: Scoop, July 2002 |
| Resource teachers of the deaf, sites | 15 | 400 learners in 250 schools: Ko Taku Reo |
"""

_HEADER = ("role", "name", "paid", "bookable", "day", "reach", "travel", "cases", "sites", "years", "also")


def roles_page() -> str:
    """The whole page as Markdown."""
    rows = [_row(code, role) for code, role in default_roles().items()]
    lines = [_line(_HEADER), _line(["---"] * len(_HEADER)), *map(_line, rows)]
    remarks = [f"- `{code}`, `{setting}`: {text}." for code, setting, text in _remarks()]
    return "\n".join([_INTRODUCTION, *lines, "", "## Remarks", "", *remarks, "", _SOURCES])


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _row(code: str, role: Role) -> list[str]:
    also = []
    if role.coordinator:
        also.append("coordinator")
    if role.liaison:
        also.append(f"liaison, {role.liaison_hours:g} h a week for each school")
    return [
        f"`{code}`",
        role.name,
        f"{role.paid_hours:g}",
        f"{role.contact_share:.0%}",
        f"{role.day_hours:g}",
        f"{role.reach_minutes:g}",
        f"{role.travel_share:.0%}",
        _blank(role.max_cases),
        _blank(role.max_sites),
        _years(role),
        ", ".join(also),
    ]


def _blank(limit: int | None) -> str:
    return "" if limit is None else str(limit)


def _years(role: Role) -> str:
    if role.year_min is None and role.year_max is None:
        return "all"
    if role.year_min is None:
        return f"to {role.year_max}"
    return f"{role.year_min} to {role.year_max}"


def _remarks() -> list[tuple[str, str, str]]:
    """(role, setting, remark) of every setting of the table that has a remark on its line."""
    code, found = "", []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if start := re.match(r"(\w+):$", line):
            code = start[1]
        elif remark := re.match(r"  (\w+): [^#]*# (.+)$", line):
            found.append((code, remark[1], remark[2].strip()))
    return found


def main() -> None:
    """Write the page, whole or not at all."""
    write_text(PAGE, roles_page())


if __name__ == "__main__":
    main()
