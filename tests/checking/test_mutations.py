"""A rich valid proposal passes; every way of tampering with it is caught, by the rule it breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from allocator.checking import check
from allocator.models.policy import Goal
from allocator.models.proposal import Lead, Proposal, Status, UnmetReason, Visit
from tests.checking.builders import valued
from tests.checking.rich import rich_cluster, rich_proposal

Mutation = Callable[[Proposal], Proposal]


def change(table: str, index: int, **changes: Any) -> Mutation:
    """One row of a table says something else."""

    def mutate(proposal: Proposal) -> Proposal:
        rows = list(getattr(proposal, table))
        rows[index] = rows[index].model_copy(update=changes)
        return proposal.model_copy(update={table: tuple(rows)})

    return mutate


def drop(table: str, index: int) -> Mutation:
    """One row of a table is gone."""

    def mutate(proposal: Proposal) -> Proposal:
        rows = getattr(proposal, table)
        return proposal.model_copy(update={table: rows[:index] + rows[index + 1 :]})

    return mutate


def twice(table: str, index: int) -> Mutation:
    """One row of a table is there twice."""

    def mutate(proposal: Proposal) -> Proposal:
        rows = getattr(proposal, table)
        return proposal.model_copy(update={table: (*rows, rows[index])})

    return mutate


def add(table: str, row: Any) -> Mutation:
    """A row too many."""
    return lambda proposal: proposal.model_copy(update={table: (*getattr(proposal, table), row)})


def say(**changes: Any) -> Mutation:
    """The proposal's head says something else."""
    return lambda proposal: proposal.model_copy(update=changes)


def apart(mutation: Mutation) -> Mutation:
    """The same in the part that stays with the schools."""
    return lambda proposal: proposal.model_copy(update={"site_only": mutation(proposal.site_only)})


def value_off(goal: Goal, by: int) -> Mutation:
    """A goal's declared value is off."""
    return lambda proposal: proposal.model_copy(
        update={"goal_values": {**proposal.goal_values, goal: proposal.goal_values[goal] + by}}
    )


def show_withheld(proposal: Proposal) -> Proposal:
    """The first row that stays with the schools moves to the shared part."""
    hidden = proposal.site_only
    return proposal.model_copy(
        update={
            "allocations": (*proposal.allocations, hidden.allocations[0]),
            "site_only": hidden.model_copy(update={"allocations": hidden.allocations[1:]}),
        }
    )


# The order of rich_proposal's shared rows: N1, N2, N3, N4/1, N4/2, N5/1, N5/2, N10, N11; apart: N6, N8, N9.
PLAN: dict[str, tuple[Mutation, str]] = {
    "a need served twice": (twice("allocations", 0), "R1 served once"),
    "half of a shared project dropped": (drop("allocations", 4), "R1 served once"),
    "both parts of a project by one person": (change("allocations", 4, staff_id="P1"), "R1 served once"),
    "half of a handover dropped": (drop("allocations", 6), "R1 served once"),
    "a person of another role": (change("allocations", 1, staff_id="C1"), "R3 eligible"),
    "another support": (change("allocations", 0, support_id="PR"), "R3 eligible"),
    "an individual need served elsewhere": (change("allocations", 0, meets_at="A"), "R3 eligible"),
    "a member of the group led by another": (change("allocations", 2, staff_id="P2"), "R4 groups"),
    "a group member dropped": (drop("allocations", 2), "R4 groups"),
    "a member apart meets elsewhere": (apart(change("allocations", 2, meets_at="A")), "R4 groups"),
    "a member leaves the group id": (change("allocations", 1, group_id=None), "R4 groups"),
    "a visit dropped": (drop("visits", 0), "R5 visits"),
    "a visit with a quarter less": (change("visits", 3, quarters=3), "R5 visits"),
    "a visit moved to another term": (change("visits", 0, term="T2"), "R5 visits"),
    "a visit for nothing": (
        add("visits", Visit(staff_id="P2", site_id="C", term="T1", quarters=1, travel_minutes_per_week=10)),
        "R5 visits",
    ),
    "more visits than travel allows": (change("visits", 0, quarters=48), "R6 load"),
    "a locked need by another": (change("allocations", 8, staff_id="P1"), "R7 agreed before"),
    "a locked need dropped": (drop("allocations", 8), "R7 agreed before"),
    "a withheld row shown": (show_withheld, "R8 consent"),
    "a withheld need by another site's person": (
        apart(change("allocations", 0, staff_id="P2")),
        "R8 consent",
    ),
    "a withheld row dropped": (apart(drop("allocations", 0)), "R8 consent"),
    "reserved time dropped": (drop("reserved", 0), "R8 consent"),
    "reserved minutes off": (change("reserved", 0, minutes_per_week=61), "R8 consent"),
    "a liaison dropped": (drop("liaisons", 0), "R9 one face"),
    "a second liaison": (twice("liaisons", 0), "R9 one face"),
    "a coordinator as liaison": (change("liaisons", 0, staff_id="C1"), "R9 one face"),
    "a lead dropped": (drop("leads", 0), "R9 one face"),
    "a lead who does not serve": (change("leads", 0, staff_id="P2"), "R9 one face"),
    "a lead for an unmet learner": (add("leads", Lead(learner_id="L-N12", staff_id="P1")), "R9 one face"),
    "a block too many": (change("shares", 0, blocks=8), "R10 coordinator shares"),
    "a share dropped": (drop("shares", 0), "R10 coordinator shares"),
    "another employer": (change("shares", 0, employs=True), "R10 coordinator shares"),
    "a share at an office": (change("shares", 1, site_id="O"), "R10 coordinator shares"),
    "a share held by a teacher": (change("shares", 1, staff_id="P1"), "R10 coordinator shares"),
    "a start a term later": (change("allocations", 0, start_term="T2"), "R11 terms"),
    "a running service started late": (
        change("allocations", 8, start_term="T2", terms=("T2",)),
        "R11 terms",
    ),
    "a term too many": (change("allocations", 0, terms=("T1", "T2")), "R11 terms"),
    "a handover that overlaps": (change("allocations", 6, terms=("T1", "T2")), "R11 terms"),
}

RECORDED: dict[str, tuple[Mutation, str]] = {
    "a minute more": (change("allocations", 0, minutes_per_week=31), "record"),
    "a point more": (change("allocations", 7, value=801), "record"),
    "value on a second part": (change("allocations", 4, value=1), "record"),
    "the full dose called reduced": (change("allocations", 8, reduced=True), "record"),
    "another learner": (change("allocations", 0, learner_id="L-N2"), "record"),
    "another home": (change("allocations", 0, site_id="A"), "record"),
    "an unknown person": (change("allocations", 0, staff_id="P9"), "record"),
    "an unknown term": (change("visits", 0, term="T9"), "record"),
    "a closed need served": (change("allocations", 0, need_id="N13"), "record"),
    "a need both served and unmet": (change("unmet", 0, need_id="N1"), "record"),
    "an unmet need left out": (drop("unmet", 0), "record"),
    "a withheld unmet need left out": (apart(drop("unmet", 0)), "record"),
    "a group not in its table": (drop("groups", 0), "record"),
    "a group with another size": (change("groups", 0, members=3), "record"),
    "a group elsewhere": (change("groups", 0, site_id="B"), "record"),
    "a group called one-site": (change("groups", 0, cross_site=False), "record"),
    "travel minutes off": (change("visits", 0, travel_minutes_per_week=51), "record"),
    "a share's FTE off": (change("shares", 0, fte=0.8), "record"),
    "a visit listed twice": (twice("visits", 0), "record"),
    "another fingerprint": (say(fingerprint="0" * 64), "record"),
    "another cluster": (say(cluster="Elsewhere"), "record"),
    "another format": (say(format="allocator-proposal-0"), "record"),
    "a modest status": (say(status=Status.WITHIN), "record"),
    "a withheld count off": (
        lambda proposal: proposal.model_copy(
            update={"withheld": proposal.withheld.model_copy(update={"served": 4})}
        ),
        "R8 consent",
    ),
    "a goal's value one more": (value_off(Goal.REACH, 1), "goal reach"),
    "a cost one less": (value_off(Goal.TRAVEL, -1), "goal travel"),
    "a share met one more": (
        lambda proposal: proposal.model_copy(
            update={"shares_met": {name: share + 1 for name, share in proposal.shares_met.items()}}
        ),
        "goal fairness",
    ),
    "a stage's bound below its value": (
        lambda proposal: change("stages", 1, bound=proposal.stages[1].value - 1)(proposal),
        "stage need_met",
    ),
    "a stage's floor moved": (
        lambda proposal: change("stages", 1, floor=proposal.stages[1].floor - 1)(proposal),
        "stage need_met",
    ),
    "a value that nobody has": (
        lambda proposal: change("stages", -1, value=proposal.stages[-1].value + 1)(proposal),
        "stage few_adults",
    ),
}


def test_the_rich_proposal_keeps_every_rule():
    """Nothing to complain about, with and without the part that stays with the schools."""
    cluster = rich_cluster()
    proposal = rich_proposal(cluster)

    assert [str(found) for found in check(cluster, proposal)] == []
    assert [str(found) for found in check(cluster, proposal.model_copy(update={"site_only": None}))] == []


@pytest.mark.parametrize("name", PLAN)
def test_a_plan_tampered_with_is_caught_by_its_rule(name):
    """Goal values and stages follow the mutated plan, so that the rule alone has to catch it."""
    cluster = rich_cluster()
    mutate, rule = PLAN[name]
    mutated = valued(cluster, mutate(rich_proposal(cluster)))

    found = check(cluster, mutated)
    assert rule in {item.rule for item in found}, [str(item) for item in found]
    assert all(item.rows and item.message.startswith(item.rule) for item in found)


@pytest.mark.parametrize("name", RECORDED)
def test_a_record_tampered_with_is_caught(name):
    """Figures, codes and counts that do not follow from the rows."""
    cluster = rich_cluster()
    mutate, rule = RECORDED[name]

    found = check(cluster, mutate(rich_proposal(cluster)))
    assert rule in {item.rule for item in found}, [str(item) for item in found]


UNSEEN = {"reserved time dropped", "reserved minutes off", "a share met one more"}
"""Without the schools' part these are taken as declared, and ``limits_of_check`` says so."""


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in (*PLAN, *RECORDED)
        if "withheld" not in name and "apart" not in name and name not in UNSEEN
    ],
)
def test_all_else_is_caught_in_the_shared_part_alone(name):
    """The panel's file, without what stays with the schools."""
    cluster = rich_cluster()
    mutate, _ = {**PLAN, **RECORDED}[name]

    assert check(cluster, mutate(rich_proposal(cluster)).model_copy(update={"site_only": None}))


def test_served_without_any_time_is_caught_in_the_shared_part_alone():
    """Three needs are said to be served, and nobody's time is reserved for them."""
    cluster = rich_cluster()
    proposal = rich_proposal(cluster).model_copy(update={"site_only": None, "reserved": ()})

    assert ("withheld", "reserved") in [found.rows for found in check(cluster, proposal)]


def test_an_unmet_need_that_fits_disproves_the_claim():
    """N10 taken out of the plan fits again; whatever reason is given for it."""
    cluster = rich_cluster()
    proposal = rich_proposal(cluster)
    unmet = proposal.unmet[0].model_copy(update={"need_id": "N10", "reason": UnmetReason.FULL_HOURS})
    without = proposal.model_copy(
        update={
            "allocations": tuple(row for row in proposal.allocations if row.need_id != "N10"),
            "leads": tuple(lead for lead in proposal.leads if lead.learner_id != "L-N10"),
            "unmet": (unmet, *proposal.unmet),
            "site_only": proposal.site_only.model_copy(
                update={"leads": (*proposal.site_only.leads, Lead(learner_id="L-N10", staff_id="P1"))}
            ),
        }
    )

    found = check(cluster, valued(cluster, without))
    assert [item.rows for item in found] == [("N10", "P1")]
    assert "no unmet need fits" in found[0].message
