"""An explanation as plain data and tables: the one place where it is decided what an audience sees.

The panel sees codes, but never those of needs that are not shared with the cluster: they are counted. The cluster
sees roles in place of people, and counts that are not too small in place of needs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from allocator.comparing.audience import Audience, Veil, shown_count
from allocator.explaining.exchange import Exchange
from allocator.explaining.instead import Week
from allocator.explaining.services import Move, Service
from allocator.explaining.smallest import SmallestChange
from allocator.models.policy import Reporting
from allocator.models.world import Cluster
from allocator.reporting.privacy import Shield

if TYPE_CHECKING:
    import pandas as pd

    from allocator.explaining.api import Explanation, NeedExplanation
    from allocator.explaining.person import StaffExplanation
    from allocator.explaining.place import SiteExplanation

Record = dict[str, Any]
_MINUTES = ("bookable", "spare", "travel", "liaison", "standing", "reserved")


def as_dict(explanation: Explanation) -> Record:
    """``audience`` and one of ``need``, ``staff``, ``site``; minutes a week, value in points."""
    seen = _Seen(explanation.situation.cluster, explanation.audience)
    made: Record = {"audience": explanation.audience}
    if explanation.need is not None:
        made["need"] = seen.need(explanation.need)
    if explanation.staff is not None:
        made["staff"] = seen.person(explanation.staff)
    if explanation.site is not None:
        made["site"] = seen.site(explanation.site)
    return made


class _Seen:
    """What an audience may see of a cluster."""

    def __init__(self, cluster: Cluster, audience: Audience) -> None:
        self.cluster = cluster
        self.panel = audience == "panel"
        self.audience: Audience = audience
        self.reporting: Reporting = cluster.reporting
        self.shield = Shield(cluster)
        self.veil = Veil([cluster])

    def count(self, number: int) -> int | None:
        """A count; None where it is too small for this audience."""
        return shown_count(number, self.audience, self.reporting)

    def words(self, text: str) -> str:
        """A sentence: for the panel without hidden codes, for others with roles in place of people and no figures."""
        if self.panel:
            return self.shield.text(text)
        for row in self.cluster.staff:
            name = self.cluster.roles[row.role].name
            text = re.sub(rf"(?<![\w-]){re.escape(row.staff_id)}(?![\w-])", name, text)
        return self.veil.text(re.sub(r" \([^()]*\)", "", text))

    # --- a need -----------------------------------------------------------------------------------------

    def need(self, found: NeedExplanation) -> Record:
        """The ladder, a key a rung."""
        need = found.need
        row: Record = {"tier": need.tier, "area_of_need": need.area_of_need, "priority": need.priority}
        if self.panel:
            row |= {"need_id": need.need_id, "site_id": need.site_id, "learner_id": need.learner_id}
        row["met_by"] = None if found.met_by is None else self._service(found.met_by)
        row["reason"] = None if found.unmet is None else str(found.unmet.reason)
        row["detail"] = self.words(found.unmet.detail) if found.unmet is not None and self.panel else None
        row["nobody"] = self._nobody(found)
        row["instead"] = (
            [self._week(week) for week in found.instead] if self.panel else self._by_role(found.instead)
        )
        row["changes"] = [self._change(change) for change in found.changes]
        row["exchange"] = None if found.exchange is None else self._exchange(found.exchange)
        row["priorities"] = self._priorities(found)
        if self.panel and found.rather is not None:
            row["rather"] = self._rather(found)
        return row

    def _service(self, service: Service, cluster: Cluster | None = None) -> Record:
        """``cluster``: where people a change brings in have their role."""
        whole = asdict(service)
        del whole["own_person"]
        if not self.panel:
            roles = [(cluster or self.cluster).person[code].role for code in service.staff]
            return {"roles": roles, "support_id": service.support_id, "start_term": service.start_term,
                    "minutes": service.minutes}  # fmt: skip
        return {**whole, "staff": list(service.staff)}

    def _nobody(self, found: NeedExplanation) -> Record | None:
        if found.nobody is None:
            return None
        made: Record = {"reason": str(found.nobody.reason), "nearest": []}
        if self.panel:
            made["detail"] = self.words(found.nobody.detail)
            made["nearest"] = [{**asdict(near), "fails": list(near.fails)} for near in found.nobody.nearest]
        return made

    def _week(self, week: Week) -> Record:
        whole = asdict(week)
        whole["tiers"] = {str(tier): minutes for tier, minutes in week.tiers.items()}
        whole["drop"] = [row for row in whole["drop"] if self.shield.shows(row["need_id"])]
        whole["drop_kept_by_schools"] = len(week.drop) - len(whole["drop"])
        return whole

    def _by_role(self, weeks: Sequence[Week]) -> list[Record]:
        """Minutes of all people of a role together; a role of one person would show that person's week."""
        of_role: dict[str, list[Week]] = defaultdict(list)
        for week in weeks:
            of_role[week.role].append(week)
        made = []
        for role, group in of_role.items():
            row: Record = {"role": role, "people": len(group)}
            if len(group) > 1:
                row |= {name: sum(getattr(week, name) for week in group) for name in _MINUTES}
                tiers = sorted({tier for week in group for tier in week.tiers})
                row["tiers"] = {str(tier): sum(week.tiers.get(tier, 0) for week in group) for tier in tiers}
            made.append(row)
        return made

    def _change(self, change: SmallestChange) -> Record:
        result = change.result
        row: Record = {
            "kind": change.kind,
            "words": self.words(change.words),
            "size": change.size,
            "unit": change.unit,
            "proved": change.proved,
            "service": self._service(result.service, result.cluster),
            "moved": self.count(len(result.moves)),
            "gains": self.count(sum(move.before is None for move in result.moves)),
            "goals_below": list(result.goals_below),
        }
        if self.panel:
            shown, hidden = self._moves(result.moves)
            row |= {
                "subject": change.subject,
                "rearranged": list(change.rearranged),
                "few": list(change.few),
                "moves": shown,
                "moves_kept_by_schools": hidden,
                "scenario": [dict(each) for each in change.edit.scenario],
                "cells": [asdict(cell) for cell in change.edit.cells],
            }
        return row

    def _moves(self, moves: Iterable[Move]) -> tuple[list[Record], int]:
        shown, hidden = [], 0
        for move in moves:
            if self.shield.shows(move.need_id):
                before = None if move.before is None else self._service(move.before)
                after = None if move.after is None else self._service(move.after)
                shown.append({"need_id": move.need_id, "before": before, "after": after, "lost": move.lost})
            else:
                hidden += 1
        return shown, hidden

    def _exchange(self, found: Exchange) -> Record:
        row: Record = {
            "lost": found.lost,
            "value": found.value,
            "proved": found.proved,
            "at_least": found.at_least,
            "keeps_commitments": found.keeps_commitments,
            "losers": self.count(len(found.losers)),
            "goals_below": list(found.result.goals_below),
        }
        if self.panel:
            shown, hidden = self._moves(found.losers)
            for each in shown:
                need = self.cluster.need[each["need_id"]]
                each |= {"priority": need.priority, "tier": need.tier, "site_id": need.site_id}
            row |= {"who_loses": shown, "losers_kept_by_schools": hidden, "rearranged": list(found.people)}
            row["service"] = self._service(found.result.service)
        return row

    def _priorities(self, found: NeedExplanation) -> Record | None:
        if found.priorities is None:
            return None
        each = found.priorities
        return {
            "factor": float(each.factor),
            "exact": str(each.factor),
            "proved": each.proved,
            "priority": each.priority,
            "priority_needed": each.priority_needed,
        }

    def _rather(self, found: NeedExplanation) -> Record:
        each = found.rather
        if each is None:
            raise AssertionError("there is nothing to show")
        drop = [asdict(row) for row in each.drop if self.shield.shows(row.need_id)]
        return {
            "staff_id": each.staff_id,
            "fails": None if each.fails is None else list(each.fails.fails),
            "then": None if each.then is None else self._service(each.then),
            "rearranged": list(each.rearranged),
            "drop": drop,
            "drop_kept_by_schools": len(each.drop) - len(drop),
            "proved": each.proved,
            "goals": [{"goal": str(goal), "now": now, "then": then} for goal, now, then in each.goals],
        }

    # --- a person, a site -------------------------------------------------------------------------------

    def person(self, found: StaffExplanation) -> Record:
        """What the panel sees of a person."""
        waiting = [code for code in found.waiting if self.shield.shows(code)]
        return {
            "staff_id": found.staff_id,
            "role": found.role,
            "weeks": [self._week(week) for week in found.weeks],
            "limits": [{**asdict(limit), "full": limit.full} for limit in found.limits],
            "could_meet": waiting,
            "reliefs": [
                {
                    "kind": each.kind,
                    "words": each.words,
                    "needs": [code for code in each.needs if self.shield.shows(code)],
                    "needs_kept_by_schools": sum(not self.shield.shows(code) for code in each.needs),
                    "points": each.points,
                    "proved": each.proved,
                    "scenario": [dict(change) for change in each.edit.scenario],
                }
                for each in found.reliefs
            ],
        }

    def site(self, found: SiteExplanation) -> Record:
        """A site: people and needs for the panel, counts for the cluster."""
        row: Record = {
            "site_id": found.site_id,
            "name": found.name,
            "needs": self.count(found.needs),
            "met": self.count(found.met),
        }
        reasons: dict[str, int] = defaultdict(int)
        for each in found.waiting:
            reasons[str(each.reason)] += 1
        row["reasons"] = [{"reason": name, "needs": self.count(number)} for name, number in reasons.items()]
        if self.panel:
            row |= {"asked_points": found.asked_points, "met_points": found.met_points}
            row["serving"] = [asdict(each) for each in found.serving]
            row["waiting"] = [
                {**asdict(each), "reason": str(each.reason), "detail": self.words(each.detail)}
                for each in found.waiting
            ]
        else:
            row["roles"] = sorted({each.role for each in found.serving})
        return row


# --- tables ---------------------------------------------------------------------------------------------

_COLUMNS = {
    "nearest": "staff_id role support_id fails",
    "instead": "staff_id role people term bookable spare travel liaison standing reserved needs cases",
    "drop": "staff_id need_id tier priority lost",
    "changes": "kind words subject size unit proved moved",
    "moves": "change need_id before after lost",
    "losers": "need_id tier priority site_id lost",
    "limits": "name term used most full",
    "reliefs": "kind words needs points proved",
    "serving": "staff_id role minutes quarters needs liaison blocks",
    "waiting": "need_id tier area_of_need priority reason detail",
}
_OF = {
    "need": ("nearest", "instead", "drop", "changes", "moves", "losers"),
    "staff": ("instead", "limits", "reliefs"),
    "site": ("serving", "waiting"),
}


def frames(explanation: Explanation) -> dict[str, pd.DataFrame]:
    """The lists of ``as_dict`` as tables: of a need ``nearest``, ``instead``, ``drop``, ``changes``, ``moves`` and
    ``losers``; of a person ``instead``, ``limits`` and ``reliefs``; of a site ``serving`` and ``waiting``.
    """
    import pandas as pd

    data = as_dict(explanation)
    kind = next(name for name in _OF if name in data)
    rows = data[kind] if kind == "site" else _ROWS[kind](data[kind])
    return {
        name: pd.DataFrame(
            [[row.get(column) for column in _COLUMNS[name].split()] for row in rows.get(name, [])],
            columns=_COLUMNS[name].split(),
        )
        for name in _OF[kind]
    }


def _need_rows(need: Record) -> Record:
    changes = need["changes"]
    return {
        "nearest": [
            {**row, "fails": "; ".join(row["fails"])}
            for row in (need["nobody"] or {"nearest": []})["nearest"]
        ],
        "instead": need["instead"],
        "drop": [
            {"staff_id": week["staff_id"], **row} for week in need["instead"] for row in week.get("drop", [])
        ],
        "changes": changes,
        "moves": [
            {"change": each["kind"], **move, "before": _who(move["before"]), "after": _who(move["after"])}
            for each in changes
            for move in each.get("moves", [])
        ],
        "losers": (need["exchange"] or {}).get("who_loses", []),
    }


def _who(service: Record | None) -> str | None:
    return None if service is None else ", ".join(service["staff"])


def _staff_rows(staff: Record) -> Record:
    reliefs = [{**row, "needs": ", ".join(row["needs"])} for row in staff["reliefs"]]
    return {"instead": staff["weeks"], "limits": staff["limits"], "reliefs": reliefs}


_ROWS: dict[str, Callable[[Record], Record]] = {"need": _need_rows, "staff": _staff_rows}
