"""Thousands of damaged clusters: each is read, or refused with faults that name a file; nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.io.example import example_cluster
from allocator.io.files import TABLES
from allocator.io.proposals import load_proposal
from allocator.io.reader import read_cluster
from allocator.io.writer import table_text, write_cluster
from allocator.models.world import Cluster
from tests.io.helpers import CATALOGUE, FILES, folder, rows_of, sheets_of, workbook, workbook_bytes
from tests.io.test_proposals import a_proposal, save_proposal

EVERY_FILE: dict[str, str] = {
    **FILES,
    "cluster.yaml": FILES["cluster.yaml"]
    + "policy:\n  counts: hours\n  goals: [need_met, {goal: travel, tolerance: 0.1}]\n"
    + "roles: {slt: {contact_share: 0.6}}\n",
    "supports.csv": CATALOGUE,
    "availability.csv": "staff_id,term,hours_per_week\nR1,T1,20\n",
    "travel.csv": "from_site,to_site,minutes\nA,B,12.5\n",
    "referrals.csv": "term,site_id,area_of_need,tier,count\n2026-T3,A,learning,2,7\n",
    "rolls.csv": "year,site_id,roll\n2026,A,301\n",
}
CELLS = [
    "",
    " ",
    "0",
    "-1",
    "1e999",
    "nan",
    "inf",
    "1_0",
    "١٢",
    "½",
    "12,5",
    "1;2",
    ";",
    ";;",
    "#",
    "# x",
    "'",
    '"',
    '""',
    "\x00",
    "\x1f",
    "\ufeff",
    "\ufffd",
    "Ōtūmoetai",
    "ā" * 200,
    "x" * 5000,
    "true",
    "Yes",
    "31/02/2027",
    "2027-13-45",
    "0000-00-00",
    "9" * 400,
    "=1+1",
    "T1",
    "A",
    "R1;R1",
    "none",
    "null",
    "~",
    "{",
    "[",
    "]",
    "&a",
    "*a",
    "!!x",
    "%",
    "@",
    "`",
    "a: b",
    "- a",
    "\t",
    "\r",
    "\n",
    "\u2028",
    "🙂",
    "\u202e",
]
Mutation = Callable[[random.Random, bytes], bytes]


def _cell(rng: random.Random, data: bytes) -> bytes:
    """One cell (or YAML word) replaced, in any number of rows."""
    text = data.decode()
    for _ in range(rng.randint(1, 3)):
        lines = text.split("\n")
        row = rng.randrange(len(lines))
        cells = lines[row].split(",") if "," in lines[row] else lines[row].split(" ")
        cells[rng.randrange(len(cells))] = rng.choice(CELLS)
        lines[row] = ("," if "," in lines[row] else " ").join(cells)
        text = "\n".join(lines)
    return text.encode()


def _rows(rng: random.Random, data: bytes) -> bytes:
    """Rows repeated, dropped, turned round, cut short, made longer."""
    lines = data.decode().split("\n")
    row = rng.randrange(len(lines))
    kind = rng.randrange(6)
    if kind == 0:
        lines.insert(row, lines[row])
    elif kind == 1:
        del lines[row]
    elif kind == 2:
        rng.shuffle(lines)
    elif kind == 3:
        lines[row] = lines[row][: rng.randrange(len(lines[row]) + 1)]
    elif kind == 4:
        lines[row] += "," * rng.randint(1, 4) + rng.choice(CELLS)
    else:
        lines[row] = ""
    return "\n".join(lines).encode()


def _header(rng: random.Random, data: bytes) -> bytes:
    """Columns shuffled, renamed, repeated, blank."""
    rows = [line.split(",") for line in data.decode().split("\n")]
    kind = rng.randrange(4)
    if kind == 0:
        order = rng.sample(range(len(rows[0])), len(rows[0]))
        rows = [[row[index] for index in order] if len(row) == len(order) else row for row in rows]
    else:
        index = rng.randrange(len(rows[0]))
        rows[0][index] = rng.choice(["", rows[0][0], rows[0][index].upper(), "name", "NSN", "colour", *CELLS])
    return "\n".join(",".join(row) for row in rows).encode()


def _encoding(rng: random.Random, data: bytes) -> bytes:
    text = data.decode().replace("\n", rng.choice(["\n", "\r\n", "\r", "\n\r", "\u2028"]))
    code = rng.choice(
        ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7", "cp037"]
    )
    return text.encode(code, errors="replace")


def _bytes(rng: random.Random, data: bytes) -> bytes:
    """Bytes flipped, dropped, put in; the end torn off."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        if len(changed) < 2:
            break
        place = rng.randrange(len(changed))
        kind = rng.randrange(4)
        if kind == 0:
            changed[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del changed[place]
        elif kind == 2:
            changed[place:place] = rng.randbytes(rng.randint(1, 3))
        else:
            del changed[max(place, 1) :]
    return bytes(changed)


MUTATIONS: tuple[Mutation, ...] = (_cell, _cell, _rows, _header, _encoding, _bytes)


def read_or_refused(path: Path) -> Cluster | None:
    """The cluster, or ``None`` after faults that each name a file and say something."""
    try:
        cluster = read_cluster(path)
    except InputError as error:
        assert error.faults
        for fault in error.faults:
            assert fault.file
            assert fault.message
            assert str(fault).isprintable(), repr(str(fault))
        return None
    assert isinstance(cluster, Cluster)
    return cluster


class TestFolders:
    @pytest.mark.parametrize("seed", range(6))
    def test_damaged_files(self, tmp_path, seed):
        """300 damaged folders per seed: one to two files changed in each."""
        rng = random.Random(seed)
        path = folder(tmp_path / "c", EVERY_FILE)
        names = [*EVERY_FILE, "needs.csv", "staff.csv", "sites.csv"]
        read = 0
        for _ in range(300):
            chosen = rng.sample(names, rng.randint(1, 2))
            for name in chosen:
                (path / name).write_bytes(rng.choice(MUTATIONS)(rng, EVERY_FILE[name].encode()))
            read += read_or_refused(path) is not None
            for name in chosen:
                (path / name).write_bytes(EVERY_FILE[name].encode())
        assert 0 < read < 300
        assert read_cluster(path).notes == ()

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        name=st.sampled_from(sorted(EVERY_FILE)),
        data=st.binary(max_size=200)
        | st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass")),
    )
    def test_anything_at_all_in_the_place_of_a_file(self, tmp_path, name, data):
        read_or_refused(folder(tmp_path / "c", {**EVERY_FILE, name: data}))

    def test_what_makes_no_difference_makes_none(self, tmp_path):
        """100 times the example with columns shuffled, line ends, encodings and delimiters changed."""
        rng = random.Random(7)
        write_cluster(example_cluster(), tmp_path / "c")
        for _ in range(100):
            spec = rng.choice([spec for spec in TABLES if getattr(example_cluster(), spec.field)])
            text = _dressed(rng, table_text(spec, example_cluster()))
            (tmp_path / "c" / spec.file).write_bytes(text)
            assert rows_of(read_cluster(tmp_path / "c")) == rows_of(example_cluster())


def _dressed(rng: random.Random, text: str) -> bytes:
    import csv
    import io

    rows = list(csv.reader(io.StringIO(text)))
    order = rng.sample(range(len(rows[0])), len(rows[0]))
    while rows[1][order[0]].startswith("#"):
        rng.shuffle(order)
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=rng.choice(",;\t"),
        lineterminator=rng.choice(["\n", "\r\n"]),
        quoting=rng.choice([0, 1]),
    )
    writer.writerow([rows[0][index].replace("_", rng.choice("_ ")).title() for index in order])
    for row in rows[1:]:
        writer.writerow([f" {row[index]} " if rng.random() < 0.2 else row[index] for index in order])
        if rng.random() < 0.1:
            writer.writerow([])
    return out.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "utf-16"]))


VALUES: list[Any] = [
    *(text for text in CELLS if text.isprintable() and text),
    0,
    -1,
    1.5,
    1e300,
    46054,
    1234,
    True,
    False,
    date(2027, 2, 1),
    datetime(2027, 2, 1, 9, 30),
    time(3, 4),
    timedelta(hours=30),
    "#N/A",
    "#REF!",
    "=1/0",
]


class TestWorkbooks:
    def test_damaged_cells_of_every_type(self, tmp_path):
        """150 workbooks, up to four cells wrong in each, dates and truth values among them."""
        rng = random.Random(3)
        extra = {
            name.removesuffix(".csv"): [line.split(",") for line in EVERY_FILE[name].splitlines()]
            for name in EVERY_FILE
            if name.endswith(".csv") and name not in FILES
        }
        extra["policy"] = [
            ["setting", "value"],
            ["counts", "both"],
            ["year_bands", "1 to 8"],
            ["tier_floors.1", 0.2],
        ]
        extra["goals"] = [["level", "goal", "tolerance"], [1, "need_met", 0.1], [2, "travel", 0]]
        extra["roles"] = [["role", "used", "contact_share"], ["slt", "yes", 0.6]]
        read = 0
        for _ in range(150):
            sheets = {name: [list(row) for row in rows] for name, rows in sheets_of(extra).items()}
            for _ in range(rng.randint(0, 4)):
                rows = sheets[rng.choice(list(sheets))]
                row = rng.choice(rows)
                row[rng.randrange(len(row))] = rng.choice(VALUES)
            read += read_or_refused(workbook(tmp_path / "c.xlsx", sheets)) is not None
        assert 0 < read < 150

    def test_damaged_bytes(self, tmp_path):
        """300 workbooks with bytes flipped, dropped or torn off."""
        rng = random.Random(4)
        data = workbook_bytes(sheets_of())
        for _ in range(300):
            (tmp_path / "c.xlsx").write_bytes(_bytes(rng, data))
            read_or_refused(tmp_path / "c.xlsx")


class TestProposals:
    def test_damaged_proposals(self, tmp_path):
        """200 damaged JSON files: loaded, or refused with a fault that names the file."""
        rng = random.Random(5)
        save_proposal(a_proposal(), tmp_path / "plan.json")
        data = (tmp_path / "plan.json").read_bytes()
        for _ in range(200):
            (tmp_path / "plan.json").write_bytes(_bytes(rng, data))
            try:
                load_proposal(tmp_path / "plan.json")
            except InputError as error:
                assert all(fault.file == "plan.json" and fault.message for fault in error.faults)
