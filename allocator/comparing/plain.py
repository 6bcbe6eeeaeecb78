"""A comparison as plain data and as pandas tables; both hold what the screen holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from allocator.reporting.words import status_line

if TYPE_CHECKING:
    import pandas as pd

    from allocator.comparing.cases import Case
    from allocator.comparing.comparison import Comparison, Pair, Tally

Record = dict[str, Any]


def as_dict(comparison: Comparison) -> Record:
    """``cases``, ``inputs``, ``outcomes``, ``gains``, ``attributions``; values as in ``OutcomeRow``."""
    return {
        "audience": comparison.audience,
        "cases": [_case(case) for case in comparison.cases],
        "inputs": [_inputs(pair) for pair in comparison.pairs],
        "outcomes": [_outcome(comparison, row) for row in outcome_records(comparison)],
        "gains": [_gains(pair) for pair in comparison.pairs],
        "attributions": [
            {
                **asdict(each),
                "goals": [
                    {**asdict(part), "goal": str(part.goal), "total": part.total} for part in each.goals
                ],
            }
            for each in comparison.attributions
        ],
    }


def _case(case: Case) -> Record:
    proposal = case.proposal
    return {
        "name": case.name,
        "question": case.question,
        "cluster": case.cluster.name,
        "status": "no plan" if proposal is None else str(proposal.status),
        "words": case.problem if proposal is None else status_line(proposal),
        "stopped": None if proposal is None else str(proposal.stopped),
        "fingerprint": None if proposal is None else proposal.fingerprint,
    }


def _inputs(pair: Pair) -> Record:
    return {
        "case": pair.name,
        "effects": list(pair.effects),
        "rows": [asdict(row) for row in pair.rows],
        "counts": [{"table": table, "kind": kind, "rows": number} for table, kind, number in pair.row_counts],
    }


def _gains(pair: Pair) -> Record:
    made: Record = {"case": pair.name}
    for tally in pair.tallies:
        made[tally.kind] = {
            "gains": tally.gains,
            "loses": tally.loses,
            "untouched": tally.untouched,
            "parties": [_party(tally, index) for index in range(len(tally.parties))],
        }
    return made


def _party(tally: Tally, index: int) -> Record:
    party = tally.parties[index]
    return {**asdict(party), "delta": party.delta, "direction": party.direction}


def outcome_records(comparison: Comparison) -> list[Record]:
    """One record per figure, with the figures of every case as lists."""
    return [
        {
            **asdict(row),
            "values": list(row.values),
            "bounds": list(row.bounds),
            "sizes": list(row.sizes),
            "deltas": [row.delta(index) for index in range(len(row.values))],
        }
        for row in comparison.outcomes
    ]


def _outcome(comparison: Comparison, record: Record) -> Record:
    return {**record, "cases": list(comparison.names)}


def frames(comparison: Comparison) -> dict[str, pd.DataFrame]:
    """``inputs``, ``outcomes``, ``gains`` and ``attribution``; a table without rows keeps its columns.

    Shapes: one row per differing row, per figure and case, per learner, site or person that gains or loses
    (counts for an audience other than the panel), and per goal and change.
    """
    import pandas as pd

    tables = {
        "inputs": (_INPUTS, list(_input_rows(comparison))),
        "outcomes": (_OUTCOMES, list(_outcome_rows(comparison))),
        "gains": (_GAINS, list(_gain_rows(comparison))),
        "counts": (_COUNTS, list(_count_rows(comparison))),
        "attribution": (_ATTRIBUTION, list(_attribution_rows(comparison))),
    }
    return {name: pd.DataFrame(rows, columns=header.split()) for name, (header, rows) in tables.items()}


_INPUTS = "case table code kind column before after"
_OUTCOMES = "section key name unit sense case value bound delta"
_GAINS = "case kind code name before after delta direction other_person"
_COUNTS = "case kind gains loses untouched"
_ATTRIBUTION = "scenario goal change value"


def _input_rows(comparison: Comparison) -> Iterator[list[Any]]:
    for pair in comparison.pairs:
        for row in pair.rows:
            if not row.cells:
                yield [pair.name, row.table, row.code, row.kind, None, None, None]
            for cell in row.cells:
                yield [pair.name, row.table, row.code, row.kind, cell.name, cell.before, cell.after]


def _outcome_rows(comparison: Comparison) -> Iterator[list[Any]]:
    for row in comparison.outcomes:
        for index, name in enumerate(comparison.names):
            bound = row.bounds[index] if row.bounds else None
            figures = [row.values[index], bound, row.delta(index)]
            yield [row.section, row.key, row.name, row.unit, row.sense, name, *figures]


def _gain_rows(comparison: Comparison) -> Iterator[list[Any]]:
    for pair in comparison.pairs:
        for tally in pair.tallies:
            for party in tally.parties:
                figures = [party.before, party.after, party.delta, party.direction, party.other_person]
                yield [pair.name, party.kind, party.code, party.name, *figures]


def _count_rows(comparison: Comparison) -> Iterator[list[Any]]:
    for pair in comparison.pairs:
        for tally in pair.tallies:
            yield [pair.name, tally.kind, tally.gains, tally.loses, tally.untouched]


def _attribution_rows(comparison: Comparison) -> Iterator[list[Any]]:
    for each in comparison.attributions:
        for goal in each.goals:
            for change, part in zip(each.changes, goal.parts, strict=True):
                yield [each.scenario, str(goal.goal), change, part]
            yield [each.scenario, str(goal.goal), "interaction", goal.interaction]
            yield [each.scenario, str(goal.goal), "total", goal.total]
