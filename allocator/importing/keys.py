"""Codes in place of identities: keyed hashes whose key never leaves the machine it was made on.

A hash without a key would not hide a National Student Number: there are so few of them that all can be tried.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from allocator.errors import Fault, InputError

KEY_BYTES = 32
_CODE_LENGTH = 12  # 60 bits: two of a million learners share a code with probability 4 in 10 million


def load_key(path: Path | str) -> bytes:
    """The key in a file; a new random one, readable by its owner only (mode 0600), where there is no file
    yet.

    The same key gives the same codes, so that a later export still fits the register. It belongs beside the
    schools' own records, not beside the cluster's files.

    Raises:
        InputError: the file holds something else than a key.
        OSError: the file cannot be read or made.
    """
    target = Path(path)
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(target)
    key = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(key.hex() + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return key


def _read(path: Path) -> bytes:
    expected = f"expected a key of {2 * KEY_BYTES} hexadecimal digits"
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (UnicodeDecodeError, ValueError):
        raise InputError([Fault(path.name, expected)]) from None
    if len(key) != KEY_BYTES:
        raise InputError([Fault(path.name, expected)])
    return key


def code(key: bytes, kind: str, identifier: str) -> str:
    """Twelve letters and digits: HMAC-SHA256 of the kind and the identifier, truncated to 60 bits."""
    digest = hmac.new(key, f"{kind}\0{identifier.strip().casefold()}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode("ascii")[:_CODE_LENGTH].lower()
