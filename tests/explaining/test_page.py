"""docs/explain.md: its example is what is printed, its table of settings is the policy's."""

from __future__ import annotations

import re

import allocator
from allocator.models.policy import Negotiable
from tests.checking.builders import a_need
from tests.docs.pages import DOCS, blocks
from tests.explaining.test_audiences import printed
from tests.explaining.worlds import full_week, offering

PAGE = DOCS / "explain.md"


def test_the_example_is_what_is_printed() -> None:
    needs = [a_need("N1", hours_per_week=5, priority=3), a_need("N2")]
    cluster, proposal = full_week(needs=needs, policy=offering(fte=0.2))
    lines = printed(allocator.explain(cluster, proposal, need="N2")).splitlines()
    (example,) = blocks(PAGE, "text")
    assert example.splitlines() == [line.rstrip() for line in lines]


def test_every_setting_is_in_the_table_with_its_default() -> None:
    rows = re.findall(r"^\| (`.+?) \| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {
        name: default
        for names, defaults in rows
        for name, default in zip(re.findall(r"`(\w+)`", names), defaults.split(", "), strict=True)
    }
    assert told == {name: _word(getattr(Negotiable(), name)) for name in Negotiable.model_fields}


def _word(value: object) -> str:
    if value is True:
        return "yes"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "none" if value == {} else str(value)
