"""Real data in: the schools directory to sites, a register export to needs without identities."""

from __future__ import annotations

from allocator.importing.keys import load_key
from allocator.importing.mapping import RegisterMapping, built_in_mapping, read_mapping
from allocator.importing.register import import_register
from allocator.importing.schools import DirectorySchool, read_directory, select, to_sites

__all__ = [
    "DirectorySchool",
    "RegisterMapping",
    "built_in_mapping",
    "import_register",
    "load_key",
    "read_directory",
    "read_mapping",
    "select",
    "to_sites",
]
