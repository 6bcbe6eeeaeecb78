"""Bytes to text, or a fault that says which byte on which line is not what it should be."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from allocator.errors import Fault
from allocator.io.tables import Findings, Place

LARGEST_FILE = 200 * 1024 * 1024
"""Bytes; a nation's register is about a tenth of it."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_MOST_SHOWN = 5


def read_bytes(path: Path, place: Place, findings: Findings) -> bytes | None:
    """The file's bytes; ``None`` and a fault if it cannot be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            findings.faults.append(
                place.fault("the file is larger than 200 MB; this cannot be a cluster's file")
            )
            return None
        return path.read_bytes()
    except OSError as error:
        findings.faults.append(place.fault(f"the file cannot be read: {error.strerror or error}"))
        return None


def decode(data: bytes, place: Place, findings: Findings) -> str | None:
    """UTF-8 with or without byte order mark, or UTF-16 with one; ``None`` and faults otherwise."""
    if data.startswith(b"PK\x03\x04") or data.startswith(b"\xd0\xcf\x11\xe0"):
        findings.faults.append(
            place.fault("this is a spreadsheet or archive, not a text file; save it as CSV UTF-8")
        )
        return None
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        findings.faults.append(_undecodable(data, error, wide, place))
        return None
    faults = _control_characters(text, place)
    findings.faults += faults
    return None if faults else text


def _undecodable(data: bytes, error: UnicodeDecodeError, wide: bool, place: Place) -> Fault:
    if wide:
        line = data[: error.start].decode("utf-16", errors="ignore").count("\n") + 1
        return place.fault(
            f"the file is not valid UTF-16: byte {error.start + 1} is wrong or missing", row=line
        )
    # the decoder counts from behind the byte order mark
    offset = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    start = error.start + offset if error.object != data else error.start
    line = _line_of(data[:start].decode("utf-8", errors="ignore"), None)
    return place.fault(
        f"byte 0x{data[start]:02X} at position {start + 1} of the file is not valid UTF-8; "
        "save the file as `CSV UTF-8` so that macrons survive",
        row=line,
    )


def _control_characters(text: str, place: Place) -> list[Fault]:
    faults = []
    for match in _CONTROL.finditer(text):
        code = ord(match.group())
        what = "a NUL byte" if code == 0 else f"the control character U+{code:04X}"
        faults.append(
            place.fault(f"{what} is in the text; the file is damaged", row=_line_of(text, match.start()))
        )
        if len(faults) == _MOST_SHOWN:
            break
    return faults


def _line_of(text: str, position: int | None) -> int:
    """The line (from 1) of a position in the text; any of the three line ends counts."""
    before = text if position is None else text[:position]
    return before.count("\n") + before.count("\r") - before.count("\r\n") + 1
