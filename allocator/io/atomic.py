"""Writes that a killed run cannot tear: the old file stays, or the new one is whole."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write_text(path: Path | str, text: str) -> None:
    """Write ``text`` as UTF-8, line ends untouched, in one step.

    Raises:
        OSError: the folder is missing, full or not writable; the old file is then unchanged.
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write ``data`` beside the target, flush it to disk, then put it in the target's place.

    A link is followed, and the permissions of a file that is replaced are kept.

    Raises:
        OSError: as for ``write_text``.
    """
    target = Path(path).resolve()
    draft = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.tmp")
    # opened with 0o666 rather than by tempfile (0o600), so that the user's umask decides who may read it
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            draft.chmod(target.stat().st_mode)
        draft.replace(target)
    except BaseException:  # Ctrl-C included: the draft must not be left lying about
        with suppress(OSError):
            draft.unlink()
        raise
    _flush_folder(target.parent)


def _flush_folder(folder: Path) -> None:
    """Make the new name itself durable, where the system can do so (Windows cannot open a folder)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
