"""Relationships and edits, told in codes, as bonds and demands on the options of a problem."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from allocator.editing.relationships import Kind, Relationship, Weights, relationships
from allocator.editing.settling import Wish
from allocator.models.proposal import Proposal
from allocator.solvers.disturbance import Bond, Demand
from allocator.solvers.facts import Bools, Ints
from allocator.solvers.linear import Tag
from allocator.solvers.problem import Problem


class Places:
    """Codes to positions in the arrays of a problem; -1 for a code it does not have."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.needs = {need.need_id: n for n, need in enumerate(problem.needs)}
        self.supports = {row.support_id: s for s, row in enumerate(problem.cluster.supports)}
        self.terms = {term.id: t for t, term in enumerate(problem.cluster.terms)}
        self.people = problem.facts.person_index
        self.sites = problem.facts.site_index

    def options(self, need: str) -> Ints:
        """Options of a need; none where it is not planned."""
        n = self.needs.get(need, -1)
        return np.zeros(0, dtype=np.int64) if n < 0 else self.problem.options_of_need[n]

    def by(self, options: Ints, person: str) -> Bools:
        """Which of the options are a person's."""
        return np.asarray(self.problem.person[options] == self.people.get(person, -1))

    def giving(self, options: Ints, support: str) -> Bools:
        """Which of the options give a support."""
        return np.asarray(self.problem.support[options] == self.supports.get(support, -1))

    def duties(self, site: str, person: str) -> tuple[tuple[int, int, int], ...]:
        """(person, site, term) of every term in which the person could be the site's liaison."""
        k, s = self.people[person], self.sites[site]
        facts = self.problem.facts
        return tuple((k, s, t) for s_, t in self.problem.liaison_duty if s_ == s and facts.liaison[k, t])


def bonds_of(problem: Problem, agreed: Proposal, weights: Weights) -> tuple[Bond, ...]:
    """The relationships of the agreed proposal that count, in the order of ``relationships``."""
    places = Places(problem)
    terms: dict[tuple[str, str], list[str]] = defaultdict(list)
    for duty in agreed.liaisons:
        terms[duty.site_id, duty.staff_id].append(duty.term)
    return tuple(
        _bond(places, tie, size, weights.of(tie.kind), terms.get((tie.subject, tie.person), []))
        for tie, size in relationships(agreed).items()
        if weights.of(tie.kind)
    )


def _bond(places: Places, tie: Relationship, size: int, weight: int, terms: list[str]) -> Bond:
    problem = places.problem
    if tie.kind in (Kind.LIAISON, Kind.SHARE):
        k, s = places.people.get(tie.person, -1), places.sites.get(tie.subject, -1)
        if k < 0 or s < 0:
            return Bond(weight)
        if tie.kind is Kind.SHARE:
            return Bond(weight, share=(k, s, size))
        if any(term not in places.terms for term in terms):
            return Bond(weight)
        return Bond(weight, duties=tuple((k, s, places.terms[term]) for term in sorted(terms)))
    options = places.options(tie.subject)
    if tie.kind is Kind.SUPPORT:
        whole = options[problem.part[options] != 2]
        return Bond(weight, options=tuple(whole.tolist()), outlives_person=True)
    mine = places.by(options, tie.person)
    if tie.kind is Kind.GROUP:
        mine &= (problem.slot[options] >= 0) & places.giving(options, tie.support_id)
    return Bond(weight, options=tuple(options[mine].tolist()))


def demands_of(problem: Problem, wishes: Iterable[Wish]) -> tuple[Demand, ...]:
    """What the edits ask, as rows; a move is two of the same tag."""
    places = Places(problem)
    return tuple(demand for wish in wishes for demand in _demands(places, wish))


def tag_of(wish: Wish) -> Tag:
    """The tag of an edit's rows."""
    rows = tuple(code for code in (wish.need, wish.site, wish.person, wish.not_person) if code)
    return Tag(f"edit {wish.number}", wish.sentence, rows)


def _demands(places: Places, wish: Wish) -> Iterable[Demand]:
    problem, tag = places.problem, tag_of(wish)
    if wish.site is not None:
        yield Demand(tag, duties=places.duties(wish.site, wish.person or ""))
        return
    options = places.options(wish.need or "")
    if wish.person is not None or wish.support is not None:
        mine = np.ones(len(options), dtype=bool)
        if wish.person is not None:
            mine &= places.by(options, wish.person)
        if wish.support is not None:
            mine &= places.giving(options, wish.support)
        yield Demand(tag, options=tuple(options[mine].tolist()))
    if wish.not_person is not None:
        yield Demand(tag, options=tuple(options[places.by(options, wish.not_person)].tolist()), wanted=False)
    if wish.not_group is not None:
        leader, support = wish.not_group
        there = places.by(options, leader) & places.giving(options, support) & (problem.slot[options] >= 0)
        yield Demand(tag, options=tuple(options[there].tolist()), wanted=False)
