"""How the loops of this package are compiled: once per installation, outside Python's lock.

A compiled loop is kept beside its own file and knows nothing of the files it calls into: after a change in one, remove
them all (``make clean``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = {"cache": True, "nogil": True}


def entry(function: F) -> F:
    """A loop that Python calls."""
    return cast(F, njit(**_OPTIONS)(function))


def inner(function: F) -> F:
    """A loop that only other loops call: without wrappers, which take most of the time to compile."""
    return cast(F, njit(**_OPTIONS, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function))
