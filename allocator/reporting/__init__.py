"""A proposal in words and tables: one screen to read aloud, data frames, CSV files.

``render`` gives the screen, ``proposal_tables`` and ``write_csv_tables`` the tables, ``cluster_summary`` what
a cluster holds before anything is solved.
"""

from __future__ import annotations

from allocator.reporting.screen import render
from allocator.reporting.summary import cluster_summary
from allocator.reporting.tables import proposal_tables, write_csv_tables

__all__ = ["cluster_summary", "proposal_tables", "render", "write_csv_tables"]
