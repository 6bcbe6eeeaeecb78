"""The fingerprint follows the rows and the policy, and nothing else."""

from __future__ import annotations

import re

import pytest

from allocator.io.example import example_cluster
from allocator.io.fingerprint import fingerprint
from allocator.io.reader import read_cluster
from tests.io.helpers import FILES, folder, sheets_of, workbook


class TestFingerprint:
    def test_it_is_sha_256_in_hexadecimal(self):
        assert re.fullmatch(r"[0-9a-f]{64}", fingerprint(example_cluster()))

    def test_the_order_of_rows_does_not_count(self):
        cluster = example_cluster()
        turned = {name: getattr(cluster, name)[::-1] for name in ("sites", "staff", "needs", "supports")}
        assert fingerprint(cluster.model_copy(update=turned)) == fingerprint(cluster)

    def test_notes_and_the_kind_of_file_do_not_count(self, tmp_path):
        """An ignored column, or a workbook in place of a folder, is the same cluster."""
        noted = read_cluster(
            folder(tmp_path / "a", {"staff.csv": FILES["staff.csv"].replace("base_site", "base_site,x")})
        )
        assert noted.notes
        book = read_cluster(workbook(tmp_path / "c.xlsx", sheets_of()))
        assert fingerprint(noted) == fingerprint(book) == fingerprint(read_cluster(folder(tmp_path / "b")))

    def test_whole_numbers_are_one_figure_however_they_are_held(self):
        cluster = example_cluster()
        floats = cluster.model_copy(
            update={"sites": tuple(s.model_copy(update={"equity_index": 470}) for s in cluster.sites)}
        )
        other = cluster.model_copy(
            update={"sites": tuple(s.model_copy(update={"equity_index": 470.0}) for s in cluster.sites)}
        )
        assert fingerprint(floats) == fingerprint(other)

    @pytest.mark.parametrize("field", ["sites", "staff", "needs", "supports", "terms"])
    def test_every_row_counts(self, field):
        cluster = example_cluster()
        assert fingerprint(cluster.model_copy(update={field: getattr(cluster, field)[:-1]})) != fingerprint(
            cluster
        )

    @pytest.mark.parametrize(
        "change",
        [{"counts": "both"}, {"goals": example_cluster().policy.goals[::-1]}, {"waiting_discount": 0.2}],
    )
    def test_the_policy_counts_and_so_does_the_order_of_goals(self, change):
        cluster = example_cluster()
        policy = cluster.policy.model_copy(update=change)
        assert fingerprint(cluster.model_copy(update={"policy": policy})) != fingerprint(cluster)
