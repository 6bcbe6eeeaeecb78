"""The Ministry of Education's schools directory, as published, to sites.

Two sets of headers are known: those of the public export (``School_Id, Org_Name, Org_Type, EQi_Index,
COL_Id, Total …``) and lower-case ones with deciles (``school_id, name, school_type, decile, col_id,
roll_total …``). Only the columns named here are ever looked at; names, telephone numbers and addresses of
principals in the export are not read.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from allocator.errors import Fault, InputError
from allocator.importing.school_types import medium_of, rolls_of, site_type_of
from allocator.importing.source import cell_text, read_source
from allocator.io.similar import did_you_mean, plain_form
from allocator.io.tables import Line, Place, Table
from allocator.models.world import Site

_HEADERS: dict[str, tuple[str, ...]] = {
    "school_id": ("School_Id", "school_id"),
    "name": ("Org_Name", "name"),
    "school_type": ("Org_Type", "school_type"),
    "roll": ("Total", "roll_total"),
    "latitude": ("Latitude", "latitude"),
    "longitude": ("Longitude", "longitude"),
    "equity_index": ("EQi_Index", "equity_index", "eqi"),
    "decile": ("Decile", "decile"),
    "isolation_index": ("Isolation_Index", "isolation_index"),
    "cluster_id": ("COL_Id", "col_id"),
    "cluster_name": ("COL_Name", "col_name"),
    "definition": ("Definition", "definition"),
    "language": ("Language_of_Instruction", "language_of_instruction"),
    "local_office": ("Local_Office_Name", "moe_local_office", "local_office"),
    "education_region": ("Education_Region", "education_region"),
    "regional_council": ("Regional_Council", "regional_council"),
    "territorial_authority": ("Territorial_Authority", "territorial_authority"),
    "status": ("Status", "status"),
}
_REQUIRED = ("school_id", "name", "school_type", "roll", "latitude", "longitude")
_BLANK = {"", "null", "na", "n/a", "not applicable", "not calculated", "not available", "none", "-"}
_RANGES: dict[str, tuple[float, float]] = {
    "latitude": (-90, 90),
    "longitude": (-180, 180),
    "roll": (0, 20_000),
    "equity_index": (300, 620),
    "decile": (0, 99),
    "isolation_index": (0, 30),
}
_EARTH_RADIUS_KM = 6371.0
_MACRONS = str.maketrans("āēīōūĀĒĪŌŪ", "aeiouAEIOU")


@dataclass(frozen=True)
class DirectorySchool:
    """One school of the directory; a number is ``None`` where the directory has none."""

    school_id: str
    name: str
    school_type: str
    line: int
    file: str
    roll: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    equity_index: float | None = None
    decile: int | None = None
    isolation_index: float | None = None
    cluster_id: str = ""
    cluster_name: str = ""
    definition: str = ""
    language: str = ""
    local_office: str = ""
    education_region: str = ""
    regional_council: str = ""
    territorial_authority: str = ""
    status: str = ""


def read_directory(path: Path | str) -> list[DirectorySchool]:
    """Every school of a directory file, in file order.

    Raises:
        InputError: all faults at once: a missing column, a number that is none or out of range, a school
        number twice.
    """
    table = read_source(Path(path), (name for names in _HEADERS.values() for name in names))
    columns = _columns(table)
    faults: list[Fault] = []
    schools: list[DirectorySchool] = []
    seen: dict[str, int] = {}
    for line in table.lines:
        school = _school(table, columns, line, faults)
        if school.school_id in seen and school.school_id:
            faults.append(
                table.place.fault(
                    f"the school number is already on line {seen[school.school_id]}",
                    row=line.number,
                    column=_header(table, columns, "school_id"),
                    found=school.school_id,
                )
            )
        seen.setdefault(school.school_id, line.number)
        schools.append(school)
    if faults:
        raise InputError(faults)
    return schools


def _columns(table: Table) -> dict[str, int]:
    cells = (
        []
        if table.header is None
        else [plain_form(str(cell).lstrip("\ufeff")) for cell in table.header.cells]
    )
    found: dict[str, int] = {}
    for name, headers in _HEADERS.items():
        forms = [plain_form(header) for header in headers]
        index = next((index for form in forms for index, cell in enumerate(cells) if cell == form), None)
        if index is not None:
            found[name] = index
    missing = [name for name in _REQUIRED if name not in found]
    if missing:
        raise InputError(
            table.place.fault(
                f"a column `{_HEADERS[name][0]}` or `{_HEADERS[name][1]}` is needed",
                row=1,
                column=_HEADERS[name][0],
            )
            for name in missing
        )
    return found


def _header(table: Table, columns: dict[str, int], name: str) -> str:
    return "" if table.header is None else str(table.header.cells[columns[name]]).strip()


def _school(table: Table, columns: dict[str, int], line: Line, faults: list[Fault]) -> DirectorySchool:
    def text(name: str) -> str:
        value = cell_text(line, columns.get(name))
        return "" if value.lower() in _BLANK else value

    def number(name: str) -> float | None:
        value = text(name)
        if not value:
            return None
        low, high = _RANGES[name]
        try:
            read = float(value.replace(",", ""))
        except ValueError:
            read = math.nan
        if math.isnan(read) or not low <= read <= high:
            faults.append(
                table.place.fault(
                    f"expected a number from {low:g} to {high:g}",
                    row=line.number,
                    column=_header(table, columns, name),
                    found=value,
                )
            )
            return None
        return read

    for name in ("school_id", "name"):
        if not text(name):
            faults.append(
                table.place.fault("must not be blank", row=line.number, column=_header(table, columns, name))
            )
    roll, decile = number("roll"), number("decile")
    latitude, longitude = number("latitude"), number("longitude")
    if latitude == 0 and longitude == 0:
        latitude = longitude = None
    return DirectorySchool(
        text("school_id"),
        text("name"),
        text("school_type"),
        line.number,
        table.place.file,
        roll=None if roll is None else round(roll),
        latitude=latitude,
        longitude=longitude,
        equity_index=number("equity_index"),
        decile=int(decile) if decile is not None and 1 <= decile <= 10 else None,
        isolation_index=number("isolation_index"),
        cluster_id=text("cluster_id").removesuffix(".0"),
        cluster_name=text("cluster_name"),
        definition=text("definition"),
        language=text("language"),
        local_office=text("local_office"),
        education_region=text("education_region"),
        regional_council=text("regional_council"),
        territorial_authority=text("territorial_authority"),
        status=text("status"),
    )


def select(
    schools: Sequence[DirectorySchool],
    *,
    cluster: str | int | None = None,
    region: str | None = None,
    local_office: str | None = None,
    ids: Collection[str | int] = (),
    near: tuple[float, float, float] | None = None,
) -> list[DirectorySchool]:
    """Schools that pass every test given, in directory order; closed ones are left out unless listed by
    number.

    Args:
        schools: the directory.
        cluster: number of the Kāhui Ako or community of learning.
        region: an education region, regional council or territorial authority; capitals and macrons do not
        matter. local_office: the Ministry's local office.
        ids: school numbers; each must be in the directory.
        near: latitude, longitude and the distance in km within which a school lies (great circle).

    Raises:
        ValueError: no test was given.
        InputError: a number is not in the directory, or no school passes.
    """
    if cluster is None and region is None and local_office is None and not ids and near is None:
        raise ValueError(
            "say which schools: a cluster, a region, a local office, numbers, or a point and a distance"
        )
    file = schools[0].file if schools else "schools directory"
    wanted = {str(code).strip() for code in ids}
    unknown = sorted(wanted - {school.school_id for school in schools})
    if unknown:
        raise InputError(
            Fault(file, "no school has this number", column="school_id", found=code) for code in unknown
        )
    chosen = [
        school
        for school in schools
        if (not wanted or school.school_id in wanted)
        and (cluster is None or school.cluster_id == str(cluster).strip())
        and (
            region is None
            or _plain(region)
            in {
                _plain(name)
                for name in (school.education_region, school.regional_council, school.territorial_authority)
            }
        )
        and (local_office is None or _plain(local_office) == _plain(school.local_office))
        and (near is None or _within(school, *near))
        and (wanted or school.status.lower() != "closed")
    ]
    if not chosen:
        raise InputError([_nothing(schools, file, cluster, region, local_office)])
    return chosen


def _nothing(
    schools: Sequence[DirectorySchool],
    file: str,
    cluster: str | int | None,
    region: str | None,
    office: str | None,
) -> Fault:
    if cluster is not None and not any(school.cluster_id == str(cluster).strip() for school in schools):
        return Fault(file, "no school belongs to this cluster", column="COL_Id", found=str(cluster))
    regions = {
        name
        for school in schools
        for name in (school.education_region, school.regional_council, school.territorial_authority)
        if name
    }
    if region is not None and _plain(region) not in {_plain(name) for name in regions}:
        return Fault(
            file,
            f"no school lies in this region{did_you_mean(region, regions)}",
            column="Education_Region",
            found=region,
        )
    offices = {school.local_office for school in schools if school.local_office}
    if office is not None and _plain(office) not in {_plain(name) for name in offices}:
        return Fault(
            file,
            f"no school belongs to this local office{did_you_mean(office, offices)}",
            column="Local_Office_Name",
            found=office,
        )
    return Fault(file, "no school passes all the tests together")


def _plain(name: str) -> str:
    """Without macrons, capitals and a closing word such as *Region*."""
    words = name.translate(_MACRONS).casefold().split()
    return " ".join(words[:-1] if len(words) > 1 and words[-1] in ("region", "district", "city") else words)


def _within(school: DirectorySchool, latitude: float, longitude: float, km: float) -> bool:
    if school.latitude is None or school.longitude is None:
        return False
    north_a, north_b = math.radians(latitude), math.radians(school.latitude)
    east = math.radians(school.longitude - longitude)
    h = (
        math.sin((north_b - north_a) / 2) ** 2
        + math.cos(north_a) * math.cos(north_b) * math.sin(east / 2) ** 2
    )
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(h)) <= km


def to_sites(schools: Iterable[DirectorySchool], *, notes: list[str] | None = None) -> list[Site]:
    """Sites of the schools chosen; rolls in years 1–8 and 1–10 are estimated from the school type.

    Where the directory has no equity index, it is 570 − 18 × decile (fitted on 30 schools, residual s.d.
    17). A school without coordinates, roll or equity is kept; ``notes``, if given, receives a sentence about
    it.

    Raises:
        InputError: a school's type is not known.
    """
    told: list[str] = [] if notes is None else notes
    sites: list[Site] = []
    faults: list[Fault] = []
    for school in schools:
        site_type = site_type_of(school.school_type, school.definition, school.language)
        if site_type is None:
            place = Place(school.file)
            faults.append(
                place.fault(
                    "this school type is not known",
                    row=school.line,
                    column="Org_Type",
                    found=school.school_type or "nothing",
                )
            )
            continue
        _tell(school, told)
        roll = school.roll or 0
        eight, ten = rolls_of(school.school_type, roll)
        sites.append(
            Site(
                site_id=school.school_id,
                name=school.name,
                type=site_type,
                latitude=school.latitude,
                longitude=school.longitude,
                roll=roll,
                equity_index=_equity(school),
                isolation_index=school.isolation_index,
                area=school.territorial_authority or None,
                medium=medium_of(school.definition, school.language),
                roll_years_1_8=eight,
                roll_years_1_10=ten,
            )
        )
    if faults:
        raise InputError(faults)
    return sites


def _equity(school: DirectorySchool) -> float | None:
    if school.equity_index is not None or school.decile is None:
        return school.equity_index
    return 570.0 - 18.0 * school.decile


def _tell(school: DirectorySchool, told: list[str]) -> None:
    where = f"{school.file}, line {school.line}: {school.name}"
    if school.latitude is None or school.longitude is None:
        told.append(
            f"{where} has no coordinates; type them into sites.csv, or its travel times into travel.csv"
        )
    if school.roll is None:
        told.append(f"{where} has no roll; 0 was written")
    if school.equity_index is None and school.decile is None:
        told.append(f"{where} has neither an equity index nor a decile; the cell was left blank")
    elif school.equity_index is None:
        told.append(f"{where}: equity index estimated from decile {school.decile}")
