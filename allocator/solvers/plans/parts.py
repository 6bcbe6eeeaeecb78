"""A part of a problem: some people, what they do now, and unmet needs they could serve, as a problem of its own.

All that the people outside do stays as it is, so a better plan of the part makes a better plan of the whole. Options,
needs, people and sites of a part are those of the whole in the same order, numbered anew; a site's liaison duty
belongs to the part whose people hold it now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from allocator.models.policy import Goal
from allocator.solvers.facts import Floats, Ints
from allocator.solvers.plan import Plan
from allocator.solvers.plans.column import Column, joined
from allocator.solvers.plans.incumbent import Incumbent
from allocator.solvers.problem import Forced, Problem
from allocator.solvers.stages import StageSpec

_NOT_SUMMED = {Goal.FAIRNESS, Goal.TIER_BALANCE}
_LEAST_CUT, _CUT_SPREAD = 0.4, 0.2
"""A cut leaves at least this share of the options on each side, and is drawn at random within the spread."""


def divisible(spec: StageSpec) -> bool:
    """Whether a stage's score is a sum over people, so that parts can be improved one by one."""
    return spec.step < 0 and not _NOT_SUMMED & set(spec.goals)


@dataclass(frozen=True)
class Part:
    """A part and where its rows are in the whole; arrays hold positions in the whole, rising."""

    whole: Problem
    people: Ints
    sites: Ints
    needs: Ints
    options: Ints
    joints: Ints
    problem: Problem

    @cached_property
    def _site(self) -> dict[int, int]:
        return {s: i for i, s in enumerate(self.sites.tolist())}

    def columns_in(self, incumbent: Incumbent) -> list[Column]:
        """What the part's people do, as columns of the part."""
        return [self._inwards(i, incumbent.columns[k]) for i, k in enumerate(self.people.tolist())]

    def _inwards(self, person: int, column: Column) -> Column:
        options = np.searchsorted(self.options, np.array(column.options, dtype=np.int64))
        return replace(
            column,
            person=person,
            options=tuple(options.tolist()),
            liaison=tuple((self._site[s], t) for s, t in column.liaison),
            shares=tuple((self._site[s], blocks) for s, blocks in column.shares),
        )

    def outwards(self, column: Column) -> Column:
        """A column of the part as one of the whole: the same options, so the same worth."""
        return replace(
            column,
            person=int(self.people[column.person]),
            options=tuple(self.options[list(column.options)].tolist()),
            liaison=tuple((int(self.sites[s]), t) for s, t in column.liaison),
            shares=tuple((int(self.sites[s]), blocks) for s, blocks in column.shares),
        )


def part_of(incumbent: Incumbent, people: Ints, needs: Ints) -> Part:
    """The part of these people and needs; both rising.

    ``needs`` must hold every need that the people serve now, and none that somebody else serves.
    """
    whole = incumbent.problem
    mine = [whole.options_of_person[k] for k in people.tolist()]
    options = np.sort(np.concatenate(mine)) if mine else np.zeros(0, dtype=np.int64)
    options = options[np.isin(whole.need[options], needs)]
    duties = sorted(place for k in people.tolist() for place in incumbent.columns[k].liaison)
    held = [s for k in people.tolist() for s, _ in incumbent.columns[k].shares]
    sites = np.unique(
        np.concatenate(
            [
                whole.site[options],
                whole.facts.base[people],
                np.array([whole.employer_site[k] for k in people.tolist() if whole.employer_site[k] >= 0]),
                np.array([s for s, _ in duties]),
                np.array(held),
                whole.home[needs],
            ]
        ).astype(np.int64)
    )
    return _numbered(whole, people, sites, needs, options, duties)


def _numbered(whole: Problem, people: Ints, sites: Ints, needs: Ints, options: Ints,
              duties: Sequence[tuple[int, int]]) -> Part:  # fmt: skip
    cluster = whole.cluster.model_copy(
        update={
            "staff": tuple(whole.cluster.staff[k] for k in people.tolist()),
            "sites": tuple(whole.cluster.sites[s] for s in sites.tolist()),
            "needs": tuple(whole.needs[n] for n in needs.tolist()),
        }
    )
    site = _numbers(sites, len(whole.cluster.sites))
    slots = np.unique(whole.slot[options])
    slots = slots[slots >= 0]
    joints = np.unique(whole.joint[options])
    joints = joints[joints >= 0]
    person = _numbers(people, len(whole.cluster.staff))
    forms = tuple(
        replace(form, person=int(person[form.person]), site=int(site[form.site]))
        for form in (whole.slots[i] for i in slots.tolist())
    )
    position = _numbers(needs, len(whole.needs))
    facts = whole.facts.part(cluster, people, sites)
    problem = replace(
        whole,
        cluster=cluster, facts=facts, needs=cluster.needs, asked=whole.asked[needs],
        need=position[whole.need[options]], person=person[whole.person[options]], site=site[whole.site[options]],
        slot=_renumbered(whole.slot[options], slots), joint=_renumbered(whole.joint[options], joints),
        joint_need=position[whole.joint_need[joints]], slots=forms,
        gains={goal: column[options] for goal, column in whole.gains.items()},
        forced=tuple(Forced(int(position[f.need]), f.why) for f in whole.forced if position[f.need] >= 0),
        fairness_groups={}, duties=tuple((int(site[s]), t) for s, t in duties),
        **{name: getattr(whole, name)[options] for name in _AS_THEY_ARE},
    )  # fmt: skip
    return Part(whole, people, sites, needs, options, joints, problem)


_AS_THEY_ARE = ("support", "start", "first", "last", "minutes", "quarters", "points", "part", "reduced")


def _numbers(positions: Ints, count: int) -> Ints:
    """New numbers by position in the whole, -1 for what is not in the part."""
    numbers = np.full(count, -1, dtype=np.int64)
    numbers[positions] = np.arange(len(positions))
    return numbers


def _renumbered(values: Ints, kept: Ints) -> Ints:
    return np.where(values >= 0, np.searchsorted(kept, values), -1)


def components(incumbent: Incumbent) -> list[tuple[Ints, Ints]]:
    """The people and the needs of each connected component of options, both rising, the largest first.

    Only a liaison duty could lead from one to another: any liaison may take any site (R9). Needs that nobody could
    serve, and people who could serve none, go with the first component; shape (K', ), (N', ) each.
    """
    problem = incumbent.problem
    people = len(problem.cluster.staff)
    label = _labels(problem.person, people + problem.need, people + len(problem.needs))
    labels, sizes = np.unique(label[problem.person], return_counts=True)
    if not len(labels):
        return []
    position = _numbers(labels[np.argsort(-sizes, kind="stable")], len(label))
    of = np.maximum(position[label], 0)
    found = [(np.flatnonzero(of[:people] == c), np.flatnonzero(of[people:] == c)) for c in range(len(labels))]
    return [(mine, needs) for mine, needs in found if len(mine) and len(needs)]


def _labels(one: Ints, other: Ints, count: int) -> Ints:
    """The smallest node joined to each of ``count`` nodes by edges, over any way; shape (count,)."""
    label = np.arange(count)
    while True:
        before = label.copy()
        np.minimum.at(label, one, label[other])
        np.minimum.at(label, other, label[one])
        label = label[label]
        if (label == before).all():
            return label


def cut(incumbent: Incumbent, rng: np.random.Generator, most: int) -> list[tuple[Ints, Ints]]:
    """Cut a problem into parts of about ``most`` options at random: the people and the needs of each, both rising.

    Sites are halved along random directions. A person goes where most of what they could give is; people who share a
    service in two parts stay together; a need that is served goes with who serves it, any other with somebody who
    could.
    """
    problem = incumbent.problem
    area = _areas(problem, rng, most)
    of_person = _with_partners(incumbent, _most_given(problem, area))
    owner = incumbent.owner
    of_need = np.where(owner >= 0, of_person[np.maximum(owner, 0)], area[problem.home])
    for n in np.flatnonzero(owner < 0).tolist():
        mine = problem.options_of_need[n]
        if len(mine):
            of_need[n] = of_person[problem.person[mine[rng.integers(len(mine))]]]
    parts = [
        (np.flatnonzero(of_person == a), np.flatnonzero(of_need == a)) for a in range(int(area.max()) + 1)
    ]
    return [(people, needs) for people, needs in parts if len(people) and len(needs)]


def _areas(problem: Problem, rng: np.random.Generator, most: int) -> Ints:
    """The area of each site, shape (S,), by halving at random."""
    weight = np.bincount(problem.home[problem.need], minlength=len(problem.cluster.sites)).astype(np.float64)
    places = _on_a_plane(problem)
    area = np.zeros(len(weight), dtype=np.int64)
    count = 1
    waiting = [np.arange(len(weight))]
    while waiting:
        here = waiting.pop()
        total = weight[here].sum()
        if total <= most or len(here) < 2:
            continue
        turn = rng.uniform(0, np.pi)
        spread = np.cov(places[here].T) + 1e-9 * np.eye(2)
        along = np.linalg.eigh(spread)[1][:, 1] + 0.5 * np.array([np.cos(turn), np.sin(turn)])
        order = here[np.argsort(places[here] @ along, kind="stable")]
        summed = np.cumsum(weight[order])
        at = int(np.searchsorted(summed, total * (_LEAST_CUT + _CUT_SPREAD * rng.random())))
        at = min(max(at, 1), len(order) - 1)
        area[order[at:]] = count
        count += 1
        waiting += [order[:at], order[at:]]
    return area


def _on_a_plane(problem: Problem) -> Floats:
    """Where each site is, in degrees of latitude, shape (S, 2); a site without a place is put in the middle."""
    sites = problem.cluster.sites
    known = np.array(
        [(s.latitude if s.latitude is not None else np.nan, s.longitude if s.longitude is not None else np.nan)
         for s in sites], dtype=np.float64,
    )  # fmt: skip
    if np.isnan(known).all():
        return np.zeros((len(sites), 2))
    known = np.where(np.isnan(known), np.nanmean(known, axis=0), known)
    known[:, 1] *= np.cos(np.radians(known[:, 0].mean()))
    return known


def _most_given(problem: Problem, area: Ints) -> Ints:
    """The area in which each person could give most, their base's where they could give nothing; shape (K,)."""
    people, areas = len(problem.cluster.staff), int(area.max()) + 1
    given = np.zeros((people, areas))
    given[np.arange(people), area[problem.facts.base]] = 1e-6
    np.add.at(given, (problem.person, area[problem.site]), problem.points.astype(np.float64))
    return np.asarray(given.argmax(axis=1), dtype=np.int64)


def _with_partners(incumbent: Incumbent, of_person: Ints) -> Ints:
    """People who now share a service in two parts, brought together."""
    problem, of_person = incumbent.problem, of_person.copy()
    partner: dict[int, int] = {}
    pairs = []
    for column in incumbent.columns:
        for o in column.options:
            joint = int(problem.joint[o])
            if joint >= 0:
                other = partner.setdefault(joint, column.person)
                if other != column.person:
                    pairs.append((other, column.person))
    for _ in pairs:  # as often as the longest chain of partners could need
        for a, b in pairs:
            of_person[b] = of_person[a] = min(of_person[a], of_person[b])
    return of_person


def plan_of_part(part: Part, incumbent: Incumbent) -> Plan:
    """What the part's people do, as a plan of the part."""
    return joined(part.columns_in(incumbent))
