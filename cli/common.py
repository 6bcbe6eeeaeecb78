"""What every verb shares: errors as sentences with exit codes, JSON, colour, the CLUSTER argument."""

from __future__ import annotations

import functools
import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec

import click

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from allocator.errors import AllocatorError, InputError
    from allocator.models.world import Cluster

BAD_INPUT, INFEASIBLE, NOT_FOUND = 1, 3, 4
STOPPED = 130
"""What a shell expects of a program stopped by Ctrl-C."""
NARROWEST, USUAL, WIDEST = 80, 100, 120

P = ParamSpec("P")

if TYPE_CHECKING:
    _ParamType = click.ParamType[Path]
    _ShareType = click.ParamType[float]
else:
    _ParamType = _ShareType = click.ParamType  # generic from click 8.2 on only

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def reports_errors(function: Callable[P, None]) -> Callable[P, None]:
    """Turn every error that is no bug into sentences, an answer as JSON where asked, and an exit code."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from allocator.errors import AllocatorError

        as_json = bool(kwargs.get("as_json"))
        try:
            function(*args, **kwargs)
        except AllocatorError as error:
            fail(error, as_json)
        except BrokenPipeError:
            raise
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            stop(f"{place}{error.strerror or error}.", BAD_INPUT, {"status": "bad input"}, as_json)
        except KeyboardInterrupt:
            stop("Stopped; nothing was written.", STOPPED, {"status": "stopped"}, as_json)

    return run


def fail(error: AllocatorError, as_json: bool) -> NoReturn:
    """Say what went wrong in the user's words, and leave with the code that belongs to it."""
    from allocator.errors import InfeasibleError, InputError, NotFoundError

    if isinstance(error, InputError):
        stop(input_sentence(error), BAD_INPUT, {"status": "bad input", "faults": fault_rows(error)}, as_json)
    if isinstance(error, InfeasibleError):
        rows = [conflict.model_dump() for conflict in error.conflicts]
        answer = {"status": "no plan exists", "smallest": error.minimal, "conflicts": rows}
        stop(conflict_sentence(error), INFEASIBLE, answer, as_json)
    if isinstance(error, NotFoundError):
        advice = "Nothing is proved: there may be a plan. Allow more time, for example --time-limit 60."
        words = str(error)
        stop(
            f"{words[:1].upper()}{words[1:].rstrip('.')}.\n{advice}",
            NOT_FOUND,
            {"status": "not found"},
            as_json,
        )
    stop(str(error), BAD_INPUT, {"status": "bad input"}, as_json)


def stop(words: str, code: int, answer: dict[str, Any], as_json: bool) -> NoReturn:
    """Say ``words`` on stderr, print ``answer`` where JSON was asked for, and leave."""
    if as_json:
        print_json({"message": words, **answer})
    click.echo(words, err=True)
    sys.exit(code)


def input_sentence(error: InputError) -> str:
    """Every fault on its own line, and a count."""
    lines = [str(fault) for fault in error.faults]
    number = "1 fault" if len(lines) == 1 else f"{len(lines)} faults"
    return "\n".join([*lines, f"{number}; nothing was solved, nothing was written."])


def fault_rows(error: InputError) -> list[dict[str, Any]]:
    """The faults as plain values."""
    from dataclasses import asdict

    return [asdict(fault) for fault in error.faults]


def conflict_sentence(error: Any) -> str:
    """What cannot hold together, in the words of the rules and rows."""
    size = len(error.conflicts)
    if size == 1:
        start = "No plan satisfies this rule:"
    elif error.minimal:
        start = f"No plan satisfies these {size} together; without any one of them the others could hold:"
    else:
        start = f"No plan satisfies these {size} together (perhaps fewer of them would already be too many):"
    return "\n".join([start, *(f"  - {conflict}" for conflict in error.conflicts)])


def print_json(value: Any) -> None:
    """A value as indented JSON on stdout, macrons as they are."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def screen_width() -> int:
    """Columns to write for: the terminal's between 80 and 120; 100 into a file or pipe."""
    if not sys.stdout.isatty():
        return USUAL
    import shutil

    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))


def console(width: int | None = None) -> Console:
    """Where results go: plain text into a pipe; no markup, so that a name in brackets stays a name."""
    from rich.console import Console

    return Console(width=width or screen_width(), markup=False, highlight=False, emoji=False, soft_wrap=False)


def show(renderable: RenderableType) -> None:
    """Print a result on stdout; into a pipe without the spaces that only fill a line."""
    out = console()
    if out.is_terminal:
        out.print(renderable)
        return
    with out.capture() as text:
        out.print(renderable)
    click.echo("\n".join(line.rstrip() for line in text.get().splitlines()))


class ClusterPath(_ParamType):
    """A folder, a workbook, or the name of a ready-made cluster. A path that exists wins over a name."""

    name = "cluster"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path to read."""
        path = Path(value)
        try:
            there = path.exists()
        except (OSError, ValueError):  # a name too long, or with a character no path can hold
            there = False
        if there:
            return path
        from scenarios import ready_made, ready_made_names

        if value not in ready_made_names():
            names = ", ".join(ready_made_names())
            self.fail(f"there is no folder or workbook {value!r}. Ready-made clusters: {names}.", param, ctx)
        return ready_made(value)


cluster_argument = click.argument("cluster", type=ClusterPath(), metavar="CLUSTER")


def typed_cluster(path: Path) -> str:
    """How to type the same cluster again: a ready-made one's name, else the path, quoted where needed."""
    from scenarios import ready_made, ready_made_names

    for name in ready_made_names():
        if path == ready_made(name):
            return name
    return shlex.quote(str(path))


def read(path: Path) -> Cluster:
    """Read a cluster and pass on what the reader noticed, on stderr."""
    from allocator.io.reader import read_cluster

    cluster = read_cluster(path)
    for note in cluster.notes:
        click.echo(f"Note: {note}", err=True)
    return cluster


class Share(_ShareType):
    """``2%`` or ``0.02``."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The share as a number from 0 to 1."""
        text = str(value).strip()
        try:
            share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            self.fail(f"{text!r} is no share; expected for example 2% or 0.02.", param, ctx)
        return share


def remembered(place: str, kind: str) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], None]:
    """A callback for an option that may stand among others: what was typed, of every kind, in the order typed."""

    def remember(ctx: click.Context, _: click.Parameter, texts: tuple[str, ...]) -> None:
        ctx.meta.setdefault(place, []).extend((kind, text) for text in texts)

    return remember
