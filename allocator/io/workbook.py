"""An .xlsx workbook to tables, one per sheet; cells with an error or an uncalculated formula are faults.

The spreadsheet reader gives such cells as blank, and a blank cell means the default: they are looked up in
the workbook's own XML first, so that ``#N/A`` among the hours never turns into the support's usual hours.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from allocator.io.tables import Findings, Line, Place, Table, as_table

LARGEST_UNPACKED = 400 * 1024 * 1024
"""Bytes of XML; far above any real workbook, far below what would exhaust a small machine."""
MOST_CELLS = 5_000_000
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    KeyError,
    ValueError,
    RuntimeError,
    EOFError,
    OSError,
)
"""What a damaged or locked archive raises; RuntimeError stands for a password or unknown compression."""
_NOT_A_WORKBOOK = "this is not a readable .xlsx workbook; open it in a spreadsheet program and save it again"


def read_workbook(file: str, data: bytes, findings: Findings) -> dict[str, Table] | None:
    """Tables by sheet name in lower case; ``None`` and faults if the workbook is damaged."""
    place = Place(file)
    before = len(findings.faults)
    _check_archive(place, data, findings)
    if len(findings.faults) > before:
        return None
    sheets = _sheets(place, data, findings)
    if sheets is None:
        return None
    tables: dict[str, Table] = {}
    for name, lines in sheets.items():
        key = name.strip().lower()
        if key in tables:
            findings.faults.append(place.fault(f"two sheets are called {key}; rename one"))
        tables[key] = as_table(Place(file, name), lines, findings)
    return tables


def _sheets(place: Place, data: bytes, findings: Findings) -> dict[str, list[Line]] | None:
    """Rows of every sheet, blank rows included, so that row numbers are those on the screen."""
    import python_calamine

    sheets: dict[str, list[Line]] = {}
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.total_height * sheet.total_width > MOST_CELLS:
                findings.faults.append(
                    place.fault(
                        f"sheet {name} is too large: delete the empty rows and columns behind the table"
                    )
                )
                continue
            rows = sheet.to_python(skip_empty_area=False)
            sheets[name] = [Line(number, list(row)) for number, row in enumerate(rows, start=1)]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the parser's panics on damaged files do not derive from Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        findings.faults.append(place.fault(_NOT_A_WORKBOOK))
        return None
    return sheets


def _check_archive(place: Place, data: bytes, findings: Findings) -> None:
    """Size and checksums of the zip archive, then the cells the spreadsheet reader would give as blank."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > LARGEST_UNPACKED:
                findings.faults.append(place.fault("the workbook is larger than 400 MB when unpacked"))
                return
            for name, part in _sheet_parts(archive):
                xml = archive.read(part)
                if b't="e"' in xml or b"<f" in xml:
                    _check_cells(Place(place.file, name), xml, findings)
    except _DAMAGE:
        findings.faults.append(place.fault(_NOT_A_WORKBOOK))


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """(sheet name, name of its XML part) as the workbook lists them."""
    targets = {
        item.get("Id"): item.get("Target", "")
        for item in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in archive.namelist():
            yield sheet.get("name", ""), part


def _check_cells(place: Place, xml: bytes, findings: Findings) -> None:
    for _, cell in ElementTree.iterparse(io.BytesIO(xml)):
        if cell.tag != f"{_MAIN}c":
            continue
        value = cell.findtext(f"{_MAIN}v")
        address = _ADDRESS.fullmatch(cell.get("r", ""))
        row = int(address[2]) if address else None
        index = _position(address[1]) if address else None
        if cell.get("t") == "e":
            message = "the cell holds a spreadsheet error; put a value in its place"
            findings.faults.append(place.fault(message, row=row, index=index, found=value))
        elif not value and cell.get("t") != "str" and cell.find(f"{_MAIN}f") is not None:
            message = (
                "the formula here has not been calculated; open and save the workbook, or type the value"
            )
            findings.faults.append(place.fault(message, row=row, index=index))
        cell.clear()


def _position(letters: str) -> int:
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - ord("A") + 1
    return position - 1
