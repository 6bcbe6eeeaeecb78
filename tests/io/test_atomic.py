"""A write that is cut short leaves the old file; a write that is done leaves nothing else."""

from __future__ import annotations

import os

import pytest

from allocator.io.atomic import write_bytes, write_text


class TestAtomic:
    def test_text_is_utf_8_and_line_ends_stay(self, tmp_path):
        write_text(tmp_path / "a.txt", "Māori\r\nx\n")
        assert (tmp_path / "a.txt").read_bytes() == "Māori\r\nx\n".encode()

    def test_nothing_is_left_beside_the_file(self, tmp_path):
        write_bytes(tmp_path / "a", b"1")
        write_bytes(tmp_path / "a", b"2")
        assert [(item.name, item.read_bytes()) for item in tmp_path.iterdir()] == [("a", b"2")]

    @pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
    def test_a_write_cut_short_leaves_the_old_file(self, tmp_path, monkeypatch, error):
        write_bytes(tmp_path / "a", b"old")

        def fail(handle):
            raise error

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(type(error)):
            write_bytes(tmp_path / "a", b"new")
        assert [(item.name, item.read_bytes()) for item in tmp_path.iterdir()] == [("a", b"old")]

    @pytest.mark.skipif(os.name == "nt", reason="permissions and links are of another kind there")
    def test_permissions_are_kept_and_links_followed(self, tmp_path):
        target = tmp_path / "real"
        target.write_bytes(b"old")
        target.chmod(0o640)
        (tmp_path / "link").symlink_to(target)
        write_bytes(tmp_path / "link", b"new")
        assert (tmp_path / "link").is_symlink()
        assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"new", 0o640)

    def test_a_missing_folder_is_told_by_the_system(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            write_text(tmp_path / "no" / "a", "x")
