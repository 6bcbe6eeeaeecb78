"""``explain``: why a need is unmet and what it would take; what a person carries; who serves a site."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from allocator.comparing.audience import Audience
from allocator.errors import Fault, InputError
from allocator.explaining.exchange import Draft, Exchange, checked, draft
from allocator.explaining.instead import Week, instead
from allocator.explaining.levers import KINDS, role_faults
from allocator.explaining.nearness import Nobody, nobody
from allocator.explaining.person import StaffExplanation, explain_person
from allocator.explaining.place import SiteExplanation, explain_site
from allocator.explaining.priorities import Priorities, priorities
from allocator.explaining.rather import Rather, rather
from allocator.explaining.services import Service, services
from allocator.explaining.situation import Situation, situation_of
from allocator.explaining.smallest import GROUP, LIKELY, NOTHING, SmallestChange, Trial
from allocator.io.similar import did_you_mean
from allocator.models.proposal import Proposal, Unmet
from allocator.models.world import Cluster, Need

if TYPE_CHECKING:
    import pandas as pd

CHANGES_SHOWN = 3
ORDER = ("hours", GROUP, *(kind for kind in KINDS if kind != "hours"))
"""Kinds of change, in the order in which they are tried."""


@dataclass(frozen=True, eq=False)
class NeedExplanation:
    """The ladder for one need. Rungs below one that answers are still there; a met need has none but ``rather``."""

    need: Need
    met_by: Service | None
    unmet: Unmet | None
    nobody: Nobody | None = None
    instead: tuple[Week, ...] = ()
    changes: tuple[SmallestChange, ...] = ()
    exchange: Exchange | None = None
    priorities: Priorities | None = None
    rather: Rather | None = None


@dataclass(frozen=True, eq=False)
class Explanation:
    """What was asked about, explained. ``as_dict`` and ``frames`` hold what the audience may see, and no more."""

    audience: Audience
    situation: Situation = field(repr=False)
    need: NeedExplanation | None = None
    staff: StaffExplanation | None = None
    site: SiteExplanation | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON and for the screen."""
        from allocator.explaining.plain import as_dict

        return as_dict(self)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Tables by name; a table without rows keeps its columns."""
        from allocator.explaining.plain import frames

        return frames(self)


def explain(
    cluster: Cluster,
    proposal: Proposal,
    *,
    need: str | None = None,
    staff: str | None = None,
    site: str | None = None,
    why_not: str | None = None,
    audience: Audience | None = None,
    time_limit: float = 10.0,
) -> Explanation:
    """Explain one need, one person or one site of a proposal; every change named was tried and checked.

    Args:
        cluster: the one the proposal was made for.
        proposal: with its site-only part where needs without cluster consent are served.
        need: need_id: why it is unmet and what it would take.
        staff: staff_id: what the person carries, what limits them, what would free them.
        site: site_id or name: who serves it, what is unmet there and why.
        why_not: staff_id, with ``need``: what would happen if that person took it.
        audience: left out, as ``reporting.audience`` says. People and single needs are for the panel; the cluster
            sees a need without codes and a site in counts; the public sees none of it.
        time_limit: seconds for the smallest changes; what was not tried by then is not among them.

    Raises:
        InputError: unknown codes, a need its school keeps to itself, a proposal of another cluster; all faults.
        ValueError: not exactly one of ``need``, ``staff`` and ``site``, or ``why_not`` without ``need``.
    """
    if sum(asked is not None for asked in (need, staff, site)) != 1 or (why_not is not None and need is None):
        raise ValueError("ask about exactly one need, person or site; why_not goes with a need")
    who = audience or cluster.reporting.audience
    faults = [
        *_asked(cluster, need, staff, site, why_not),
        *_audience(who, staff, why_not),
        *_offers(cluster),
    ]
    if faults:
        raise InputError(faults)
    situation = situation_of(cluster, proposal)
    if need is not None:
        return Explanation(who, situation, need=_need(situation, need, why_not, time_limit))
    if staff is not None:
        person = explain_person(situation, situation.problem.facts.person_index[staff])
        return Explanation(who, situation, staff=person)
    return Explanation(who, situation, site=explain_site(situation, _site_code(cluster, site or "")))


# --- what is asked --------------------------------------------------------------------------------------


def _asked(
    cluster: Cluster, need: str | None, staff: str | None, site: str | None, why_not: str | None
) -> list[Fault]:
    faults = []
    if need is not None:
        faults += _need_faults(cluster, need)
    for option, code in (("--staff", staff), ("--why-not", why_not)):
        if code is not None and code not in cluster.person:
            hint = did_you_mean(code, cluster.person)
            faults.append(Fault(option, f"there is no such person in this cluster{hint}", found=code))
    if site is not None and _site_code(cluster, site) not in cluster.site:
        hint = did_you_mean(site, [word for row in cluster.sites for word in (row.site_id, row.name)])
        faults.append(Fault("--site", f"there is no such site in this cluster{hint}", found=site))
    return faults


def _need_faults(cluster: Cluster, code: str) -> list[Fault]:
    row = cluster.need.get(code)
    if row is None:
        hint = did_you_mean(code, [each.need_id for each in cluster.needs if each.shared_with_cluster])
        return [Fault("--need", f"there is no such need in this cluster{hint}", found=code)]
    if not row.shared_with_cluster:
        message = "its school keeps this need to itself; the cluster sees such needs as a count only"
        return [Fault("--need", message)]
    if not row.planned:
        return [Fault("--need", f"this need is {row.status} and takes no part in the plan", found=code)]
    return []


def _audience(who: Audience, staff: str | None, why_not: str | None) -> list[Fault]:
    if who == "public":
        return [Fault("--audience", "one need, person or site is nothing for the public", found=who)]
    if who != "panel" and (staff is not None or why_not is not None):
        return [Fault("--audience", "what one person carries is for the panel only", found=who)]
    return []


def _offers(cluster: Cluster) -> list[Fault]:
    unknown = role_faults(cluster.policy.negotiable, set(cluster.roles))
    column = "policy.negotiable.fte_by_role"
    return [
        Fault(
            "cluster.yaml",
            f"there is no such role{did_you_mean(role, cluster.roles)}",
            column=column,
            found=role,
        )
        for role in unknown
    ]


def _site_code(cluster: Cluster, typed: str) -> str:
    if typed in cluster.site:
        return typed
    named = [row.site_id for row in cluster.sites if row.name.casefold() == typed.casefold()]
    return named[0] if len(named) == 1 else typed


# --- the ladder -----------------------------------------------------------------------------------------


def _need(situation: Situation, code: str, why_not: str | None, time_limit: float) -> NeedExplanation:
    n, need = situation.number[code], situation.cluster.need[code]
    met_by = services(situation.problem, situation.plan).get(code)
    unmet = next((row for row in situation.proposal.unmet if row.need_id == code), None)
    if why_not is not None:
        other = rather(situation, n, situation.problem.facts.person_index[why_not])
        return NeedExplanation(need, met_by, unmet, rather=other)
    if met_by is not None:
        return NeedExplanation(need, met_by, None)
    trial = Trial(situation, n, time.monotonic() + time_limit)
    changes = _changes(trial)
    cannot = nobody(situation, n)
    if cannot is not None:
        return NeedExplanation(need, None, unmet, cannot, changes=changes)
    weeks, alone, sure = instead(situation, n)
    if changes and changes[0].kind == NOTHING:
        return NeedExplanation(need, None, unmet, None, weeks, changes)
    blank = any(not week.can and not week.proved for week in weeks)
    exchange, weights = _exchanges(trial, alone, sure, blank)
    return NeedExplanation(need, None, unmet, None, weeks, changes, exchange, weights)


def _changes(trial: Trial) -> tuple[SmallestChange, ...]:
    """Up to three smallest changes of different kinds; a plan that needs none is the only answer."""
    fits = trial.unchanged()
    if fits is not None:
        return (fits,)
    found: list[SmallestChange] = []
    left = list(ORDER)
    while left and len(found) < CHANGES_SHOWN and not trial.over():
        kind = left.pop(0)
        change = trial.smallest(kind)
        if change is None:
            if kind == ORDER[0]:  # nobody has more hours to give: somebody new is the likeliest to help
                left.sort(key=lambda other: other not in LIKELY)
        elif change.kind == NOTHING:  # found on the way: these people could make room by themselves
            return (change,)
        else:
            found.append(change)
    return tuple(sorted(found, key=lambda change: ORDER.index(change.kind)))


def _exchanges(
    trial: Trial, alone: dict[int, Draft], sure: bool, blank: bool
) -> tuple[Exchange | None, Priorities | None]:
    """The fourth and the fifth rung, over each person's week alone and those of the few together.

    ``sure``: all of ``alone`` is proved best; ``blank``: of somebody nothing is known.
    """
    situation, n = trial.situation, trial.n
    drafts, few = list(alone.values()), trial.few
    while len(few) > 1:
        made, proved = draft(situation, n, few)
        drafts += [made] if made is not None else []
        blank |= made is None and not proved
        if proved or len(few) == 2:
            sure &= proved
            break
        few = tuple(k for k in few if k != _least_spare(situation, n, few))
    kept = [each for each in drafts if each.keeps_commitments] or drafts
    if not kept:
        return None, None
    least = min(kept, key=lambda each: (each.lost, -each.value))
    sets = [(k,) for k in alone] + ([few] if len(few) > 1 else [])
    at_least = 0 if blank else min(each.at_least for each in kept)
    return checked(situation, n, least, sure, at_least), priorities(situation, n, sets, least, sure)


def _least_spare(situation: Situation, n: int, people: tuple[int, ...]) -> int:
    """Who is left out first: those who could not meet the need themselves, then those with least time left."""
    able = situation.eligible(n)
    return min(people, key=lambda k: (k in able, situation.spare(k), k))
