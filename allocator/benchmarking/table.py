"""Results as a table in Markdown, for a page of documentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from allocator.benchmarking.rows import Row

_NONE = "–"


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else _NONE


def _seconds(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, int | float) else _NONE


def _mebibytes(value: object) -> str:
    return f"{value:,.0f}" if isinstance(value, int | float) else _NONE


def _share(value: object) -> str:
    from allocator.reporting.words import gap_percent

    return gap_percent(value) if isinstance(value, float) else _NONE


def _words(value: object) -> str:
    return str(value).replace("|", "\\|")


_COLUMNS: tuple[tuple[str, str, Callable[[object], str]], ...] = (
    ("instance", "cluster", _words),
    ("needs", "needs", _count),
    ("people", "people", _count),
    ("strategy", "strategy", _words),
    ("seed", "seed", _count),
    ("first (s)", "first_proposal_s", _seconds),
    ("took (s)", "seconds", _seconds),
    ("kept", "commitments_kept", _count),
    ("need met", "need_met", _count),
    ("bound", "bound", _count),
    ("own gap", "gap_own", _share),
    ("best gap", "gap_best", _share),
    ("broken", "violations", _count),
    ("MiB", "peak_mib", _mebibytes),
    ("load", "load", _seconds),
    ("stopped", "stopped", _words),
)


def as_markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table; the column of seeds only where there are several."""
    several = len({row.get("seed") for row in rows}) > 1
    columns = [column for column in _COLUMNS if several or column[1] != "seed"]
    figures = {_count, _seconds, _mebibytes, _share}
    lines = [
        [title for title, _, _ in columns],
        ["---:" if words in figures else "---" for _, _, words in columns],
        *([words(row.get(name)) for _, name, words in columns] for row in rows),
    ]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
