"""Proposals as JSON: the shared file, and beside it what stays with the schools (rule R8)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from allocator.errors import Fault, InputError
from allocator.io.atomic import write_text
from allocator.io.decoding import decode, read_bytes
from allocator.io.phrases import sentence
from allocator.io.settings import dotted
from allocator.io.tables import Findings, Place, shown
from allocator.models.proposal import Proposal, SiteOnly

M = TypeVar("M", bound=BaseModel)
SITE_ONLY_SUFFIX = ".site-only.json"


def site_only_path(path: Path | str) -> Path:
    """``plan.json`` -> ``plan.site-only.json``."""
    path = Path(path)
    return path.with_name(path.stem + SITE_ONLY_SUFFIX)


def save_proposal(proposal: Proposal, path: Path | str) -> None:
    """Write the shared JSON, and beside it the part about needs without cluster consent if there is any.

    A site-only file of an earlier proposal of the same name is taken away first: it must never be read as
    part of this one.

    Raises:
        OSError: the folder is missing, full or not writable.
    """
    private = site_only_path(path)
    private.unlink(missing_ok=True)
    write_text(path, proposal.model_dump_json(indent=2) + "\n")
    if proposal.site_only is not None and proposal.site_only != SiteOnly():
        write_text(private, proposal.site_only.model_dump_json(indent=2) + "\n")


def load_proposal(path: Path | str) -> Proposal:
    """Read a proposal back, with its site-only part where that file lies beside it.

    Raises:
        InputError: a file is missing, not JSON, or not a proposal; each fault with its line or field.
    """
    path = Path(path)
    data = _read_json(path)
    if isinstance(data, dict) and "site_only" in data:
        message = "the part that stays with the schools must not be in the shared file"
        raise InputError([Fault(path.name, message, column="site_only")])
    proposal = _validated(Proposal, data, path.name)
    private = site_only_path(path)
    if not private.exists():
        return proposal
    return proposal.model_copy(update={"site_only": _validated(SiteOnly, _read_json(private), private.name)})


def proposal_schema() -> dict[str, Any]:
    """JSON schema of the shared file."""
    schema = Proposal.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _read_json(path: Path) -> Any:
    findings = Findings()
    place = Place(path.name)
    data = read_bytes(path, place, findings)
    text = decode(data, place, findings) if data is not None else None
    if text is None:
        raise InputError(findings.faults)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            [place.fault(f"not valid JSON at character {error.colno}: {error.msg}", row=error.lineno)]
        ) from None
    except (RecursionError, ValueError):  # ValueError: a number of more than 4,300 digits
        raise InputError(
            [place.fault("not valid JSON: nested too deeply, or a number is too long")]
        ) from None


def _validated(model: type[M], data: Any, file: str) -> M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InputError(_fault(file, item) for item in error.errors()) from None


def _fault(file: str, item: Any) -> Fault:
    found = (
        item["input"]
        if isinstance(item["input"], str | int | float) and item["type"] != "extra_forbidden"
        else None
    )
    message = (
        "this field is not part of a proposal" if item["type"] == "extra_forbidden" else sentence(item, None)
    )
    return Fault(file, message, column=dotted(tuple(item["loc"])) or None, found=shown(found))
