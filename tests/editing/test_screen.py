"""What is said of a re-solve: exact claims, codes for the panel only, needs kept by their schools for nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from allocator.editing.result import Held, Resolved
from allocator.editing.screen import as_dict, floor_words, headline, render
from allocator.io.proposals import proposal_schema
from allocator.models.policy import Goal, Reporting
from allocator.models.proposal import Proposal
from allocator.models.world import Cluster
from tests.checking.builders import a_cluster, a_need, a_person
from tests.editing.helpers import agreed_for, changed_by, pin, reject

jsonschema = pytest.importorskip("jsonschema")
SECRET = "SECRET-1"


@pytest.fixture(scope="module")
def made() -> Resolved:
    """N1 must leave P1 and has nobody else; a need kept by its school makes room for another pin."""
    needs = [a_need("N1"), a_need("N2"), a_need(SECRET, learner_id="SECRET-L", consent="own_school")]
    cluster = a_cluster(needs=needs, staff=[a_person("P1")])
    agreed = agreed_for(cluster)
    return changed_by(cluster, agreed, reject("N1", "P1"), reject(SECRET, "P1"), pin("N2", "P1"))


def text_of(made: Resolved, **options: Any) -> str:
    console = Console(width=100, force_terminal=False)
    with console.capture() as captured:
        console.print(render(made, **options))
    return captured.get()


def test_the_screen_says_what_was_asked_what_changed_and_what_it_cost(made: Resolved) -> None:
    text = text_of(made)
    assert "4 things changed, 4 is the least possible. 4 of them are what the edits speak of." in text
    for heading in ("WHAT WAS ASKED", "WHAT CHANGED", "NEWLY MET", "WHAT IT COSTS"):
        assert heading in text
    assert "N1 at School A" in text
    assert "we know each other" in text
    assert "2 more things changed for needs kept by their schools." in text


@pytest.mark.parametrize("audience", ["panel", "cluster", "public"])
def test_needs_kept_by_their_schools_are_never_named(made: Resolved, audience: Any) -> None:
    shown = text_of(made, audience=audience) + json.dumps(as_dict(made, audience))
    assert "SECRET" not in shown
    assert SECRET not in made.changes_frame().to_csv()


@pytest.mark.parametrize("audience", ["cluster", "public"])
def test_others_than_the_panel_see_counts_and_small_ones_not(made: Resolved, audience: Any) -> None:
    answer = as_dict(made, audience)
    assert answer["changes"] == []
    assert set(answer["by_kind"].values()) == {None}
    text = text_of(made, audience=audience)
    assert "few" in text
    assert "N1" not in text
    assert "P1" not in text


def test_the_cluster_says_who_reads_it(made: Resolved) -> None:
    quiet = made.cluster.model_copy(update={"reporting": Reporting(audience="public")})
    assert as_dict(replace(made, cluster=quiet))["changes"] == []


def test_as_plain_values_the_proposal_fits_the_published_schema(made: Resolved) -> None:
    answer = json.loads(json.dumps(as_dict(made)))
    jsonschema.validate(answer["proposal"], proposal_schema())
    assert (answer["changed"], answer["at_least"], answer["least_possible"]) == (4, 4, True)
    assert [edit["by"] for edit in answer["edits"]] == ["Ana", "Ana", "Ana"]


def test_the_table_has_its_columns_with_and_without_rows(made: Resolved) -> None:
    frame = made.changes_frame()
    assert list(frame["subject"]) == ["N1", "N1"]
    nothing: tuple[Cluster, Proposal] = (made.cluster, made.agreed)
    empty = changed_by(*nothing, pin("N2", "P1")).changes_frame()
    assert list(empty.columns) == list(frame.columns)
    assert len(empty) == 0


@pytest.mark.parametrize(
    ("least", "words"),
    [(4, "4 is the least possible."), (3, "at least 3 must."), (0, "how few could is not proved.")],
)
def test_the_first_line_claims_what_is_proved(made: Resolved, least: int, words: str) -> None:
    assert words in headline(replace(made, least=least))


HELD = Held(Goal.NEED_MET, agreed=20_000, wanted=19_800, floor=19_800, value=19_900, most=None)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (
            HELD,
            "Need met: 199 weighted hours; agreed were 200 weighted hours, 0.50% given up (up to 1% may be).",
        ),
        (replace(HELD, floor=15_000, value=15_100), "that none exists is not proved."),
        (
            replace(HELD, floor=15_000, value=15_100, most=15_200),
            "The edits leave no plan with more than 152 weighted hours: proved.",
        ),
    ],
)
def test_a_floor_in_words(held: Held, words: str) -> None:
    assert words in floor_words(held, 0.01)
