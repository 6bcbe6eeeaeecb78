"""The pieces a screen is built from: headings, sentences, bars and plain tables.

Text from files goes in as ``rich.text.Text``, never as markup, so that a site called ``[red]`` stays one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.reporting.words import percent, plain

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table
    from rich.text import Text

WIDE = 100
"""Columns from which two blocks stand side by side."""

_GUTTER = 3
_FULL, _EMPTY = "█", "░"


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and whether it is set to the right or may be broken over lines."""

    title: str
    right: bool = False
    wraps: bool = False


def heading(title: str, note: str = "") -> Text:
    """A section's heading: the title stands out, the note explains in a few words."""
    from rich.text import Text

    text = Text(title, style="bold")
    return text.append(f"  {note}", style="not bold dim") if note else text


def sentence(words: str, style: str = "") -> Text:
    """A sentence, broken between words."""
    from rich.text import Text

    return Text(plain(words), style=style)


def bar(share: float | None, width: int) -> str:
    """A share as block characters: full only when nothing is missing, empty only when there is nothing."""
    if share is None:
        return _EMPTY * width
    filled = round(share * width)
    if share > 0:
        filled = max(1, filled)
    if share < 1:
        filled = min(width - 1, filled)
    return _FULL * min(filled, width) + _EMPTY * (width - min(filled, width))


def meter(share: float | None, width: int) -> str:
    """A bar and its per cent, aligned."""
    return f"{bar(share, width)} {percent(share):>4}"


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Table:
    """A table without lines; a cell is never cut off, a column that may wrap breaks between words."""
    from rich.table import Table
    from rich.text import Text

    titled = any(column.title for column in columns)
    made = Table(box=None, show_header=titled, header_style="dim", padding=(0, 2, 0, 0), pad_edge=False)
    for column in columns:
        made.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            no_wrap=not column.wraps,
            overflow="fold",
        )
    for row in rows:
        made.add_row(*(Text(plain(cell)) for cell in row))
    return made


def stack(parts: Iterable[RenderableType]) -> Group:
    """Parts one below the other."""
    from rich.console import Group

    return Group(*parts)


def side_by_side(left: RenderableType, right: RenderableType, width: int) -> Table:
    """Two blocks next to each other with a gutter; together ``width`` columns."""
    from rich.table import Table

    grid = Table.grid(padding=(0, _GUTTER, 0, 0))
    grid.add_column(width=(width - _GUTTER) * 54 // 100)
    grid.add_column(width=(width - _GUTTER) - (width - _GUTTER) * 54 // 100)
    grid.add_row(left, right)
    return grid
