"""The compiled loops of a search: whether they have been compiled on this installation, and doing so.

``python -m allocator.solvers.loops`` compiles all of them, on two cores in about a minute; a search does it by itself
if nobody did before, which takes twice as long.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.util import cache_from_source
from pathlib import Path

from allocator.solvers.annealing import annealer, walk
from allocator.solvers.plans import kernels, knapsack
from allocator.solvers.problem import Problem

_PARTS = ("plans", "annealing")


def ready(problem: Problem) -> None:
    """Load the loops, compiling what is missing, and the solver library, so that no search waits for them."""
    import_module("ortools.sat.python.cp_model")
    knapsack.ready()
    annealer.ready(problem)


def compiled() -> bool:
    """Whether the loops were compiled before on this installation (as far as their files tell)."""
    return all(_kept(Path(str(module.__file__))) for module in (kernels, walk))


def _kept(source: Path) -> bool:
    return any(Path(cache_from_source(str(source))).parent.glob(f"{source.stem}.*.nbi"))


def _compile(part: str) -> None:
    if part == "plans":
        knapsack.ready()
        return
    from allocator.generating import generate, generate_sites
    from allocator.solvers.options import build_problem

    annealer.ready(build_problem(generate(generate_sites("mixed", 1), seed=1)))


def main(arguments: list[str]) -> int:
    """Compile one part, or both side by side."""
    if arguments:
        _compile(arguments[0])
        return 0
    running = [subprocess.Popen([sys.executable, "-m", "allocator.solvers.loops", part]) for part in _PARTS]
    return max(process.wait() for process in running)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
