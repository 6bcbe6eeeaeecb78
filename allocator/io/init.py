"""A new cluster, filled with a small example to type over, with a remark on every column."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from allocator.errors import Fault, InputError
from allocator.io.atomic import write_bytes, write_text
from allocator.io.columns import Column, Kind, columns
from allocator.io.defaults import default_roles
from allocator.io.example import example_cluster
from allocator.io.files import SETTINGS_FILE, TABLES, FileSpec
from allocator.io.reader import WORKBOOK_SUFFIX
from allocator.io.writer import table_text
from allocator.io.yaml_text import settings_text

_SETTINGS_REMARK = """\
# A cluster: its name, its terms and what has been agreed. Type over the example.
# The tables beside this file are sites.csv, staff.csv and needs.csv; the other tables may go.
# supports.csv is not here: the catalogue that comes with the program applies. Add the file to use your own.
# To change a role, add for example:
#   roles:
#     slt: {contact_share: 0.6, max_sites: 8}
# Everything below shows the value that applies if the line is deleted, except the name and the terms.
"""


def init_cluster(path: Path | str, excel: bool = False) -> Path:
    """Create a folder, or with ``excel`` a workbook, and return its path.

    Raises:
        InputError: something is already there (only an empty folder may be), the name does not fit, or the
            place cannot be written to.
    """
    path = Path(path)
    _refuse_existing(path, excel)
    try:
        if excel:
            from allocator.io.excel import workbook_bytes

            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, workbook_bytes(example_cluster(), default_roles()))
        else:
            _create_folder(path)
    except OSError as error:
        raise InputError([Fault(str(path), f"cannot be created: {error.strerror or error}")]) from error
    return path


def _refuse_existing(path: Path, excel: bool) -> None:
    workbook = path.suffix.lower() == WORKBOOK_SUFFIX
    message = None
    if path.is_dir() and not excel and not any(path.iterdir()):
        return
    if path.exists() or path.is_symlink():
        message = "already exists; nothing was changed. Choose another name"
    elif excel and not workbook:
        message = "a workbook's name must end in .xlsx"
    elif not excel and workbook:
        message = "this is a workbook's name; a new workbook is made with --excel"
    if message is not None:
        raise InputError([Fault(str(path), message)])


def _create_folder(folder: Path) -> None:
    """Everything is written into a draft beside it, which then takes the name: never half a cluster."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    draft.mkdir()
    try:
        for name, text in example_files().items():
            write_text(draft / name, text)
        if folder.is_dir():
            folder.rmdir()
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def example_files() -> dict[str, str]:
    """File name -> text of the example."""
    cluster = example_cluster()
    texts = {SETTINGS_FILE: _SETTINGS_REMARK + settings_text(cluster, default_roles())}
    for spec in TABLES:
        if spec.stem != "supports":
            texts[spec.file] = _remarks(spec) + table_text(spec, cluster)
    return texts


def _remarks(spec: FileSpec) -> str:
    """One line on the file and one on each column; lines that start with # are not read."""
    first = (spec.model.__doc__ or "").strip().splitlines()[0].replace("``", "")
    lines = [f"# {first}", "# Lines that start with # are remarks. A blank cell means the default."]
    lines += [f"#   {name}: {_about(column)}" for name, column in columns(spec.model).items()]
    return "\n".join(lines) + "\n"


def _about(column: Column) -> str:
    expected = [] if column.kind in (Kind.TEXT, Kind.CODE) else [column.expected]
    details = "; ".join([*expected, *(["required"] if column.required else [])])
    return f"{column.description} ({details})" if details else column.description
