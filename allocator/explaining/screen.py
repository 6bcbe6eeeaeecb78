"""An explanation on one screen, in words that can be read aloud; made from what ``as_dict`` lets through alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allocator.explaining.smallest import NOTHING
from allocator.models.policy import Goal
from allocator.models.proposal import UnmetReason
from allocator.reporting.layout import Column, heading, sentence, stack, table
from allocator.reporting.words import (
    GOAL_NAMES,
    UNMET_WORDS,
    count,
    goal_amount,
    hours,
    percent,
    stage_name,
    tier_name,
)

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

    from allocator.explaining.api import Explanation
    from allocator.models.world import Cluster

Record = dict[str, Any]
_TELLING = (UnmetReason.GROUP_BELOW_MINIMUM, UnmetReason.OUTRANKED)
"""Reasons whose detail says something that the rungs do not."""
PEOPLE_SHOWN, MOVES_SHOWN, NEEDS_SHOWN = 6, 3, 10


def render(explanation: Explanation, *, full: bool = False) -> Group:
    """The explanation for a terminal; with ``full`` every person, move and need."""
    data, cluster = explanation.as_dict(), explanation.situation.cluster
    if "staff" in data:
        return stack(_Person(cluster, full).parts(data["staff"]))
    if "site" in data:
        return stack(_Place(cluster, full).parts(data["site"]))
    return stack(_Ladder(cluster, full).parts(data["need"]))


class _Screen:
    def __init__(self, cluster: Cluster, full: bool) -> None:
        self.cluster, self.full = cluster, full

    def role(self, code: str) -> str:
        return self.cluster.roles[code].name

    def support(self, code: str) -> str:
        return self.cluster.support[code].name if code in self.cluster.support else code.replace("_", " ")

    def site(self, code: str) -> str:
        return self.cluster.site[code].name

    def cut(self, rows: list[Any], shown: int) -> list[Any]:
        return rows if self.full or len(rows) <= shown + 1 else rows[:shown]

    def more(self, rows: list[Any], shown: int, what: str) -> list[RenderableType]:
        left = len(rows) - len(self.cut(rows, shown))
        return [sentence(f"and {left} more {what}: --full", "dim")] if left else []

    def service(self, row: Record) -> str:
        """Who gives what, from when."""
        who = " and ".join(row["staff"] if "staff" in row else [self.role(code) for code in row["roles"]])
        words = f"{who}: {self.support(row['support_id'])}, {hours(row['minutes'], 2)} hours a week"
        if row.get("group"):
            words += f" in a group of {row['group']}"
            if "meets_at" in row:
                words += f" at {self.site(row['meets_at'])}"
        if len(self.cluster.terms) > 1:
            words += f", from {row['start_term']}"
        return words


class _Ladder(_Screen):
    """A need."""

    def parts(self, need: Record) -> list[RenderableType]:
        parts: list[RenderableType] = [*self._opening(need)]
        if "rather" in need:
            return [*parts, *self._rather(need)]
        if need["met_by"] is not None:
            return parts
        if need["nobody"] is not None:
            parts += self._nobody(need)
        elif any(week.get("can", True) for week in need["instead"]):
            parts += self._instead(need)
        elif all(week["proved"] for week in need["instead"]):
            parts.append(sentence("Nobody could take it, whatever they dropped that is not locked or tied."))
        parts += self._changes(need)
        if need["exchange"] is not None:
            parts += self._exchange(need["exchange"])
        if need["priorities"] is not None:
            parts += self._priorities(need["priorities"])
        return parts

    def _opening(self, need: Record) -> list[RenderableType]:
        what = f"{tier_name(need['tier'])}, {need['area_of_need']}, priority {need['priority']}"
        name = f"{need['need_id']} at {self.site(need['site_id'])}" if "need_id" in need else "The need"
        if need["met_by"] is not None:
            return [
                sentence(f"{name} ({what}) is met.", "bold"),
                sentence(f"  {self.service(need['met_by'])}."),
            ]
        reason = UnmetReason(need["reason"]) if need["reason"] else None
        words = UNMET_WORDS[reason] if reason else "no reason was recorded"
        parts: list[RenderableType] = [sentence(f"{name} ({what}) is unmet: {words}.", "bold")]
        if reason in _TELLING and need["detail"]:
            parts.append(sentence(f"{need['detail'][:1].upper()}{need['detail'][1:]}."))
        return parts

    def _nobody(self, need: Record) -> list[RenderableType]:
        nobody = need["nobody"]
        parts: list[RenderableType] = [
            sentence(""),
            heading("WHO COULD", "nobody; who comes nearest, and what is missing"),
        ]
        if "detail" in nobody:
            parts.append(sentence(f"{nobody['detail'][:1].upper()}{nobody['detail'][1:]}."))
        rows = [[row["staff_id"], "; ".join(row["fails"])] for row in nobody["nearest"]]
        return parts + (
            [table([Column("Person"), Column("Cannot, because", wraps=True)], rows)] if rows else []
        )

    def _instead(self, need: Record) -> list[RenderableType]:
        weeks = need["instead"]
        parts: list[RenderableType] = [
            sentence(""),
            heading("WHERE THE HOURS WENT", "hours a week of those who could"),
        ]
        tiers = sorted({tier for week in weeks for tier in week.get("tiers", {})})
        panel = "staff_id" in weeks[0]
        columns = [Column("Person" if panel else "Role", wraps=not panel)]
        columns += [Column(title, right=True) for title in ("has", *(f"Tier {tier}" for tier in tiers))]
        columns += [Column(title, right=True) for title in ("Travel", "Other", "Left")]
        columns += [Column("To take this need, would have to drop", wraps=True)] if panel else []
        rows = [self._week(week, tiers) for week in self.cut(weeks, PEOPLE_SHOWN)]
        return [*parts, table(columns, rows), *self.more(weeks, PEOPLE_SHOWN, "who could")]

    def _week(self, week: Record, tiers: list[str]) -> list[str]:
        name = week.get("staff_id") or f"{self.role(week['role'])}, {week['people']}"
        if "bookable" not in week:
            return [name, *["–"] * (len(tiers) + 4)]
        other = week["liaison"] + week["standing"] + week["reserved"]
        row = [name, hours(week["bookable"]), *(hours(week["tiers"].get(tier, 0)) for tier in tiers)]
        row += [hours(week["travel"]), hours(other), hours(week["spare"])]
        return [*row, self._drop(week)] if "staff_id" in week else row

    def _drop(self, week: Record) -> str:
        if not week["can"]:
            return "not even then" if week["proved"] else "not found out in time"
        return self._needs(week["drop"], week["drop_kept_by_schools"]) or "nothing"

    def _needs(self, rows: list[Record], hidden: int) -> str:
        names = [f"{row['need_id']} (priority {row['priority']})" for row in self.cut(rows, MOVES_SHOWN)]
        left = len(rows) - len(names)
        names += [f"{left} more"] if left else []
        names += [f"{hidden} kept by schools"] if hidden else []
        return ", ".join(names)

    def _changes(self, need: Record) -> list[RenderableType]:
        changes = need["changes"]
        if changes and changes[0]["kind"] == NOTHING:
            title = heading("WITH NOBODY LOSING", "nothing but the plan would change")
            return [sentence(""), title, *self._change(changes[0], "")]
        parts: list[RenderableType] = [
            sentence(""),
            heading("WHAT IT WOULD TAKE", "the smallest changes with nobody losing"),
        ]
        for number, change in enumerate(changes, start=1):
            parts += self._change(change, f"{number}. ")
        if not changes:
            parts.append(sentence("Nothing that policy.negotiable offers was found to do it."))
        return parts

    def _change(self, change: Record, number: str) -> list[RenderableType]:
        parts: list[RenderableType] = []
        if change["kind"] != NOTHING:
            sure = "" if change["proved"] else "  (whether less would do is not proved)"
            parts.append(
                sentence(f"{number}{change['words'][:1].upper()}{change['words'][1:]}.{sure}", "bold")
            )
        parts.append(sentence(f"   {self.service(change['service'])}."))
        if "moves" in change:
            parts += [sentence(f"   {words}") for words in self._moves(change)]
        elif change["moved"] != 0:
            moved = "A few" if change["moved"] is None else count(change["moved"], "other need")
            parts.append(sentence(f"   {moved} would be met in another way."))
        if change["goals_below"]:
            names = ", ".join(stage_name(name) for name in change["goals_below"])
            parts.append(sentence(f"   Below what was agreed: {names}.", "dim"))
        return parts

    def _moves(self, change: Record) -> list[str]:
        said = [self._move(move) for move in self.cut(change["moves"], MOVES_SHOWN)]
        left = len(change["moves"]) - len(said)
        said += [f"and {left} more: --full"] if left else []
        hidden = change["moves_kept_by_schools"]
        return said + ([f"{count(hidden, 'need')} kept by schools, met in another way."] if hidden else [])

    def _move(self, move: Record) -> str:
        before, after = move["before"], move["after"]
        if before is None:
            return f"{move['need_id']} is met as well, by {' and '.join(after['staff'])}."
        who = " and ".join(after["staff"])
        if before["staff"] != after["staff"]:
            return f"{move['need_id']} goes from {' and '.join(before['staff'])} to {who}."
        if before["support_id"] != after["support_id"]:
            return f"{move['need_id']} stays with {who}, with {self.support(after['support_id'])}."
        return f"{move['need_id']} stays with {who}, otherwise than now."

    def _exchange(self, found: Record) -> list[RenderableType]:
        parts: list[RenderableType] = [sentence(""), heading("WITH SOMEBODY LOSING", "as little as can be")]
        gain = f"this need would gain {found['value'] / 100:,.0f} weighted hours"
        if "who_loses" in found:
            for each in found["who_loses"]:
                what = "would not be met any more" if each["after"] is None else "would be met with less"
                where = f"{each['need_id']} at {self.site(each['site_id'])} (priority {each['priority']})"
                parts.append(sentence(f"{where} {what}: {each['lost'] / 100:,.0f} weighted hours less."))
            hidden = found["losers_kept_by_schools"]
            parts += [sentence(f"{count(hidden, 'need')} kept by schools would have less.")] if hidden else []
        else:
            number = "A few needs" if found["losers"] is None else count(found["losers"], "need")
            parts.append(
                sentence(f"{number} would have less: {found['lost'] / 100:,.0f} weighted hours in all.")
            )
        sure = "No exchange costs less, as far as was looked."
        if not found["proved"]:
            least = found["at_least"]
            sure = "Whether less would do is not proved."
            sure = f"None costs less than {least / 100:,.0f}, as far as was looked." if least else sure
        parts.append(sentence(f"{gain[:1].upper()}{gain[1:]}. {sure}"))
        if not found["keeps_commitments"]:
            parts.append(sentence("A running service would stop; without that there is no room."))
        return parts

    def _priorities(self, found: Record) -> list[RenderableType]:
        parts: list[RenderableType] = [sentence(""), heading("HOW FAR PRIORITIES WOULD HAVE TO MOVE")]
        factor = found["factor"]
        least = "" if found["proved"] else " (perhaps fewer: not proved)"
        if factor < 1:
            words = "Need met would gain by that exchange as it is: "
            words += "the search did not find it, or another goal forbids it."
            return [*parts, sentence(words)]
        words = f"The need would have to count more than {factor:.3g} times what it counts now{least}."
        needed = found["priority_needed"]
        if needed is None:
            words += f" Even priority 1 in place of {found['priority']} would not be enough."
        else:
            words += f" Priority {needed} in place of {found['priority']} would be enough."
        return [*parts, sentence(words)]

    def _rather(self, need: Record) -> list[RenderableType]:
        row = need["rather"]
        parts: list[RenderableType] = [sentence(""), heading(f"WHY NOT {row['staff_id']}")]
        if row["fails"] is not None:
            why = "; ".join(row["fails"]) or "no option exists in these terms"
            return [*parts, sentence(f"{row['staff_id']} cannot: {why}.")]
        if row["then"] is None:
            sure = "proved" if row["proved"] else "not proved"
            return [*parts, sentence(f"Nothing {row['staff_id']} could drop makes room for it ({sure}).")]
        parts.append(sentence(f"{self.service(row['then'])}."))
        losers = self._needs(row["drop"], row["drop_kept_by_schools"])
        parts.append(sentence(f"Would have less: {losers}." if losers else "Nobody would lose."))
        for each in row["goals"]:
            goal = Goal(each["goal"])
            parts.append(
                sentence(
                    f"{GOAL_NAMES[goal]}: {goal_amount(goal, each['now'])}, then {goal_amount(goal, each['then'])}."
                )
            )
        return parts


class _Person(_Screen):
    """A person."""

    def parts(self, staff: Record) -> list[RenderableType]:
        parts: list[RenderableType] = [sentence(f"{staff['staff_id']}, {self.role(staff['role'])}", "bold")]
        parts += [sentence(""), heading("WHAT THEIR WEEK HOLDS", "hours a week")]
        tiers = sorted({tier for week in staff["weeks"] for tier in week["tiers"]})
        names = [
            "Term",
            "has",
            *(f"Tier {tier}" for tier in tiers),
            "Travel",
            "Liaison",
            "Promised",
            "Schools' own",
            "Left",
        ]
        rows = []
        for week in staff["weeks"]:
            figures = [week["bookable"], *(week["tiers"].get(tier, 0) for tier in tiers)]
            figures += [week[name] for name in ("travel", "liaison", "standing", "reserved", "spare")]
            rows.append([week["term"], *map(hours, figures)])
        parts.append(table([Column(name, right=name != "Term") for name in names], rows))
        parts += self._where(staff["weeks"])
        parts += [sentence(""), heading("WHAT LIMITS THEM", "full ones are marked")]
        right = [Column(title, right=True) for title in ("Now", "Most")]
        rows = [self._limit(limit) for limit in staff["limits"]]
        parts.append(table([Column(""), Column("Term"), *right, Column("")], rows))
        return [*parts, sentence(""), *self._reliefs(staff)]

    def _where(self, weeks: list[Record]) -> list[RenderableType]:
        """The sites of the first term, those with most time first."""
        ranked = sorted(weeks[0]["sites"].items(), key=lambda item: (-item[1], item[0])) if weeks else []
        words = ", ".join(
            f"{self.site(code)} {hours(minutes)}" for code, minutes in self.cut(ranked, PEOPLE_SHOWN)
        )
        left = len(ranked) - len(self.cut(ranked, PEOPLE_SHOWN))
        return [sentence(f"At {words}{f' and {left} more sites' if left else ''}.")] if ranked else []

    def _limit(self, limit: Record) -> list[str]:
        in_hours = limit["name"] not in ("cases", "sites")
        most = "–" if limit["most"] is None else hours(limit["most"]) if in_hours else str(limit["most"])
        used = hours(limit["used"]) if in_hours else str(limit["used"])
        return [limit["name"].capitalize(), limit["term"], used, most, "full" if limit["full"] else ""]

    def _reliefs(self, staff: Record) -> list[RenderableType]:
        waiting = count(len(staff["could_meet"]), "unmet need")
        parts: list[RenderableType] = [
            heading("WHAT WOULD FREE THEM", f"they could meet {waiting}; all they do now stays")
        ]
        for row in staff["reliefs"]:
            number = len(row["needs"]) + row["needs_kept_by_schools"]
            what = (
                f"{count(number, 'more need')} met, {row['points'] / 100:,.0f} weighted hours"
                if number
                else "no need more"
            )
            sure = "" if row["proved"] else " or more"
            names = f": {', '.join(self.cut(row['needs'], MOVES_SHOWN))}" if row["needs"] else ""
            parts.append(sentence(f"{row['words'][:1].upper()}{row['words'][1:]}: {what}{sure}{names}."))
        return parts


class _Place(_Screen):
    """A site."""

    def parts(self, site: Record) -> list[RenderableType]:
        met = "a few" if site["met"] is None else str(site["met"])
        needs = "a few needs" if site["needs"] is None else count(site["needs"], "need")
        words = f"{site['name']}: {met} of {needs} met"
        if site.get("asked_points"):
            words += f", {percent(site['met_points'] / site['asked_points'])} of what is asked"
        parts: list[RenderableType] = [sentence(f"{words}.", "bold"), sentence("")]
        if "serving" in site:
            parts += [heading("WHO SERVES IT", "hours there a week"), self._serving(site["serving"])]
        else:
            parts += [
                heading("WHO SERVES IT"),
                sentence(", ".join(map(self.role, site["roles"])) or "Nobody."),
            ]
        parts += [sentence(""), heading("WHAT IS UNMET, AND WHY")]
        for row in site["reasons"]:
            number = "a few needs" if row["needs"] is None else count(row["needs"], "need")
            parts.append(
                sentence(f"{number[:1].upper()}{number[1:]}: {UNMET_WORDS[UnmetReason(row['reason'])]}.")
            )
        if not site["reasons"]:
            parts.append(sentence("Nothing."))
        return [*parts, *self._waiting(site.get("waiting", []))]

    def _serving(self, rows: list[Record]) -> RenderableType:
        block = self.cluster.policy.coordinators.block_fte
        columns = [
            Column("Person"),
            Column("Role", wraps=True),
            Column("Hours", right=True),
            Column("Visits", right=True),
        ]
        columns += [Column("Needs", right=True), Column("")]
        made = []
        for row in rows:
            notes = ["liaison"] if row["liaison"] else []
            notes += [f"holds {row['blocks'] * block:.2g} FTE"] if row["blocks"] else []
            visits = f"{row['quarters'] / 4:g}" if row["quarters"] else "based here" if row["minutes"] else ""
            made.append([row["staff_id"], self.role(row["role"]), hours(row["minutes"]), visits, str(row["needs"]),
                         ", ".join(notes)])  # fmt: skip
        return table(columns, made)

    def _waiting(self, rows: list[Record]) -> list[RenderableType]:
        if not rows:
            return []
        columns = [
            Column("Need"),
            Column("Tier"),
            Column("Area"),
            Column("Priority", right=True),
            Column("Why", wraps=True),
        ]
        made = [
            [row["need_id"], tier_name(row["tier"]), row["area_of_need"], str(row["priority"]), row["detail"]]
            for row in self.cut(rows, NEEDS_SHOWN)
        ]
        return [sentence(""), table(columns, made), *self.more(rows, NEEDS_SHOWN, "needs")]
