"""Results of benchmarks that draw at random, written with their settings and the machine."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def writable(path: Path | None) -> None:
    """Say before anything is measured that the results could not be written.

    Raises:
        FileNotFoundError: the folder is missing.
    """
    if path is not None and not path.resolve().parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path.parent))


def save_draws(path: Path, rows: list[Row], summary: list[Row], **settings: object) -> None:
    """Write the rows with the settings, the summary and the facts of the machine, in one step.

    Raises:
        OSError: the file cannot be written.
    """
    from allocator.benchmarking.running import machine
    from allocator.io.atomic import write_text

    content = {
        "measured": dt.date.today().isoformat(), **settings, "machine": machine(), "summary": summary,
    }  # fmt: skip
    head = json.dumps({**content, "rows": []}, indent=2, ensure_ascii=False)
    lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
    write_text(path, head.replace('"rows": []', f'"rows": [\n{lines}\n  ]') + "\n")
