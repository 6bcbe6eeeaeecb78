"""Header cells to columns: spelling forgiven, extra columns named, columns that identify a person refused."""

from __future__ import annotations

import re

from allocator.io.columns import columns
from allocator.io.files import FileSpec
from allocator.io.similar import did_you_mean, listed, plain_form
from allocator.io.tables import Findings, Table, is_blank

REFUSED = (
    "this column looks as if it held {what}; the register works with codes only: delete the column, "
    "or let `allocator import register` replace it by a code"
)
_NAME_PARTS = {
    "firstname",
    "lastname",
    "surname",
    "forename",
    "fullname",
    "middlename",
    "studentname",
    "learnername",
    "childname",
    "familyname",
    "givenname",
    "preferredname",
    "legalname",
    "ingoa",
}
_NAMED_PEOPLE = {
    "first",
    "last",
    "family",
    "given",
    "middle",
    "full",
    "preferred",
    "legal",
    "student",
    "learner",
    "child",
    "pupil",
    "akonga",
    "ākonga",
    "tamaiti",
    "person",
    "parent",
    "caregiver",
    "guardian",
    "whanau",
    "whānau",
    "mother",
    "father",
    "contact",
    "principal",
    "teacher",
}
_NAMED_THINGS = {
    "school",
    "kura",
    "site",
    "service",
    "support",
    "role",
    "term",
    "cluster",
    "base",
    "area",
    "file",
    "organisation",
    "org",
    "programme",
    "employer",
    "host",
}
_BIRTH = {"dob", "birthdate", "birthday", "dateofbirth"}
_NUMBERS = {"nsn", "nhi", "nationalstudentnumber"}
_CONTACT = {
    "address",
    "addresses",
    "phone",
    "phones",
    "telephone",
    "mobile",
    "cellphone",
    "email",
    "emails",
    "homeaddress",
    "phonenumber",
    "postcode",
}


def personal(header: str, spec: FileSpec | None) -> str | None:
    """What a header betrays (``a name`` …), or ``None``. Known columns of the file are never asked about.

    A site may have an address and a telephone; a row of a person's file may not. ``spec`` ``None`` stands for
    a file of learners of unknown make, such as a register export.
    """
    words = [word for word in re.split(r"[\W_]+", _spaced(header).casefold()) if word]
    every = set(words)
    joined = "".join(words)
    if every & _BIRTH or joined in _BIRTH or {"birth", "date"} <= every or "born" in every:
        return "a birth date"
    if (
        every & _NUMBERS
        or joined in _NUMBERS
        or {"national", "student"} <= every
        or {"student", "number"} <= every
    ):
        return "a National Student Number"
    of_people = spec is None or spec.has_people
    if _is_name(every, joined, of_people):
        return "a name"
    contact = every & _CONTACT or joined in _CONTACT or "mail" in every
    if contact and (spec is None or spec.stem != "sites"):
        return "an address, telephone number or email"
    return None


def _is_name(words: set[str], joined: str, of_people: bool) -> bool:
    if words & _NAME_PARTS or joined in _NAME_PARTS:
        return True
    if not words & {"name", "names"}:
        return False
    return bool(words & _NAMED_PEOPLE) or (of_people and not words & _NAMED_THINGS)


def _spaced(header: str) -> str:
    """``DateOfBirth`` as three words."""
    return re.sub(r"(?<=[a-zā-ū])(?=[A-ZĀ-Ū])", " ", header)


def match_columns(spec: FileSpec, table: Table, findings: Findings) -> dict[str, int] | None:
    """Column name -> position. ``None``, with a fault, if the table has no header at all.

    Faults: a required column missing, two headers for one column, a personal column, cells under no header.
    """
    known = columns(spec.model)
    if table.header is None:
        expected = listed(name for name, column in known.items() if column.required)
        findings.faults.append(
            table.place.fault(f"there is no header row; expected at least the columns {expected}")
        )
        return None
    by_form = {plain_form(name): name for name in known}
    positions: dict[str, int] = {}
    extra: list[tuple[int, str]] = []
    for index, cell in enumerate(table.header.cells):
        name = by_form.get(plain_form(str(cell)))
        if is_blank(cell):
            _check_unnamed(table, index, findings)
        elif name is None:
            extra.append((index, str(cell).strip()))
        elif name in positions:
            message = f"column `{name}` appears twice"
            findings.faults.append(
                table.place.fault(message, row=table.header.number, index=index, column=name)
            )
        else:
            positions[name] = index
    _check_extra(spec, table, extra, set(known) - set(positions), findings)
    for name, column in known.items():
        if column.required and name not in positions:
            hint = did_you_mean(name, [text for _, text in extra])
            message = f"required column `{name}` is missing{hint}"
            findings.faults.append(table.place.fault(message, row=table.header.number, column=name))
    return positions


def _check_unnamed(table: Table, index: int, findings: Findings) -> None:
    for line in table.lines:
        if index < len(line.cells) and not is_blank(line.cells[index]):
            message = f"column {index + 1} has no header, but there is something in it"
            findings.faults.append(table.place.fault(message, row=line.number, index=index))
            return


def _check_extra(
    spec: FileSpec,
    table: Table,
    extra: list[tuple[int, str]],
    unused: set[str],
    findings: Findings,
) -> None:
    for index, text in extra:
        what = personal(text, spec)
        if what is not None:
            message = REFUSED.format(what=what)
            row = table.header.number if table.header is not None else None
            findings.faults.append(table.place.fault(message, row=row, index=index, column=text[:40]))
        else:
            hint = did_you_mean(text, sorted(unused))
            findings.notes.append(f"{table.place}: column `{text[:40]}` is not known and was ignored{hint}")
