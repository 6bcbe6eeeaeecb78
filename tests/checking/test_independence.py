"""The checker shares nothing with what it checks."""

from __future__ import annotations

import subprocess
import sys

FORBIDDEN = ("numpy", "pandas", "ortools", "scipy", "allocator.solvers")


def test_the_checker_loads_no_solver_and_no_array_library():
    """After importing every module of it, none of them is among the loaded modules."""
    code = (
        "import importlib, pkgutil, sys\n"
        "import allocator.checking\n"
        "for module in pkgutil.iter_modules(allocator.checking.__path__):\n"
        "    importlib.import_module(f'allocator.checking.{module.name}')\n"
        f"print([name for name in sys.modules if name.startswith({FORBIDDEN!r})])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
