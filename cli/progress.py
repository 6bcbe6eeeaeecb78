"""Progress of a search on stderr: one live line on a terminal, plain lines where asked for in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.text import Text

    from allocator.solvers.base import Progress


@contextmanager
def progress_line(wanted: bool | None) -> Iterator[Callable[[Progress], None] | None]:
    """What to give to ``solve`` as ``on_progress``; None where nobody looks.

    ``wanted`` is None for the default: a live line if stderr is a terminal, silence otherwise.
    """
    terminal = sys.stderr.isatty()
    if wanted is False or (wanted is None and not terminal):
        yield None
    elif terminal:
        with _live() as update:
            yield update
    else:
        yield _plain_lines()


@contextmanager
def _live() -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.live import Live

    line = _Line()
    with Live(line, console=Console(stderr=True), refresh_per_second=4, transient=True):
        yield line.update


class _Line:
    """The newest news, with a clock that goes on between two of them."""

    def __init__(self) -> None:
        self._news: Progress | None = None
        self._started = time.monotonic()

    def update(self, news: Progress) -> None:
        self._news = news

    def __rich__(self) -> Text:
        from rich.text import Text

        seconds = time.monotonic() - self._started
        words = "Reading the rules" if self._news is None else describe(self._news)
        text = f"{words} · {seconds:.0f} s · Ctrl-C keeps the best so far"
        return Text(text, no_wrap=True, overflow="ellipsis")


def _plain_lines() -> Callable[[Progress], None]:
    last: list[str] = [""]

    def update(news: Progress) -> None:
        words = describe(news)
        if words != last[0]:
            last[0] = words
            click.echo(f"{news.seconds:6.1f} s  {words}", err=True)

    return update


def describe(news: Progress) -> str:
    """One piece of news in words: the goal, what was found, what no plan can pass."""
    from allocator.reporting.words import gap_percent, stage_name, stage_value

    words = stage_name(news.stage)
    if news.found is not None:
        words += f": found {stage_value(news.stage, news.found)}"
    if news.bound is not None and news.bound == news.found:
        return f"{words}, proved best"
    if news.bound is not None:
        words += f", the limit is {stage_value(news.stage, news.bound)}"
    if news.gap is not None:
        words += f" (gap {gap_percent(news.gap)})"
    return words
