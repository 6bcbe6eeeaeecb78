"""How the loops of this package are compiled. Measured, each of it:

- ``_nrt=False``: no reference counting of arrays, which took four fifths of the time of a change; so a loop allocates
  nothing, and takes no slices;
- no wrappers for loops that only other loops call: they took most of the time to compile;
- inlined: small loops that are called for every change, where passing some dozens of arrays costs more than the work.

A compiled loop is kept beside its own file and knows nothing of the files it calls into: after a change in one, remove
them all (``make clean``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = {"cache": True, "nogil": True, "_nrt": False}


def entry(function: F) -> F:
    """A loop that Python calls; runs outside Python's lock."""
    return cast(F, njit(**_OPTIONS)(function))


def inner(function: F) -> F:
    """A loop that only other loops call."""
    return cast(F, njit(**_OPTIONS, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function))


def inlined(function: F) -> F:
    """A small inner loop, written into its callers."""
    return cast(
        F, njit(**_OPTIONS, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)(function)
    )
