"""A small cluster as text, to be changed a cell at a time, and workbooks made cell by cell."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from allocator.errors import Fault, InputError
from allocator.io.reader import read_cluster
from allocator.models.world import Cluster

FILES: dict[str, str] = {
    "cluster.yaml": "name: Ngā Kura o Tūī\nterms:\n"
    "- {id: T1, weeks: 10, start: 2027-02-01}\n- {id: T2, start: 2027-04-26}\n",
    "sites.csv": "site_id,name,type,latitude,longitude,roll\nA,Tōtara School,contributing,-37.1,175.1,300\n"
    "B,Kōwhai School,full_primary,-37.2,175.2,90\nHUB,Office,base,-37.1,175.1,\n",
    "staff.csv": "staff_id,role,fte,base_site\nR1,rtlb,1.0,HUB\nL1,lsc,0.6,A\nS1,slt,0.5,B\n",
    "needs.csv": "need_id,learner_id,site_id,year_level,tier,area_of_need\nN1,X1,A,3,2,learning\n"
    "N2,X2,B,1,3,communication\nN3,,A,,1,system\n",
}
CATALOGUE = (
    "support_id,name,tier,areas_of_need,shape,roles,hours_per_week,weeks\n"
    "talk,Talking,3,communication,individual,slt,1.5,10\nread,Reading,2,learning,individual,lsc;rtlb,2,10\n"
)


def folder(path: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Write the cluster with whole files replaced (``None``: left out)."""
    path.mkdir(exist_ok=True)
    for name, text in {**FILES, **(changes or {})}.items():
        if text is not None:
            (path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def edited(name: str, old: str, new: str) -> dict[str, str]:
    """One file with one piece of text replaced."""
    assert old in FILES[name]
    return {name: FILES[name].replace(old, new, 1)}


def faults_of(path: Path) -> list[Fault]:
    """The faults of a cluster that must not be read."""
    try:
        read_cluster(path)
    except InputError as error:
        assert error.faults
        return list(error.faults)
    raise AssertionError("the cluster was read without a fault")


def only_fault(path: Path) -> Fault:
    """The one fault of a cluster."""
    (fault,) = faults_of(path)
    return fault


def sheets_of(changes: Mapping[str, list[list[Any]]] | None = None) -> dict[str, list[list[Any]]]:
    """The same cluster as rows of a workbook's sheets."""
    sheets: dict[str, list[list[Any]]] = {
        name.removesuffix(".csv"): [line.split(",") for line in text.splitlines()]
        for name, text in FILES.items()
        if name.endswith(".csv")
    }
    sheets["cluster"] = [["setting", "value"], ["name", "Ngā Kura o Tūī"]]
    sheets["terms"] = [["id", "weeks", "start"], ["T1", 10, "2027-02-01"], ["T2", "", "2027-04-26"]]
    return {**sheets, **(changes or {})}


def workbook(path: Path, sheets: Mapping[str, list[list[Any]]]) -> Path:
    """A workbook whose cells have exactly the given Python types."""
    path.write_bytes(workbook_bytes(sheets))
    return path


def workbook_bytes(sheets: Mapping[str, list[list[Any]]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, start=1):
            for index, value in enumerate(row, start=1):
                if value != "":
                    sheet.cell(number, index, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rows_of(cluster: Cluster) -> tuple[Any, ...]:
    """All that was read, without the notes."""
    return tuple(getattr(cluster, name) for name in type(cluster).model_fields)
