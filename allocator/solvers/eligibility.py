"""R3, R7, R8, R11: which pairs may be an option at all, one named test each.

A test is a function of one need, one support and the facts, and answers for all people at once (a mask of
shape (K,)) so that building the options is vectorised. The same tests, in the same order, give the reason
when nobody is left (docs/model.md, "Unmet reasons").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocator.models.world import Need, Support
from allocator.solvers.facts import Bools, Facts, Ints


@dataclass(frozen=True, eq=False)
class Eligibility:
    """Tests over all people; rows that repeat (a support, a set of skills) are answered from memory."""

    facts: Facts

    @cached_property
    def _memory(self) -> dict[tuple[object, ...], Bools]:
        return {}

    def _mask(self, key: tuple[object, ...], passes: Callable[[int], bool]) -> Bools:
        if key not in self._memory:
            count = len(self.facts.cluster.staff)
            self._memory[key] = np.fromiter((passes(k) for k in range(count)), dtype=bool, count=count)
        return self._memory[key]

    def role(self, support: Support) -> Bools:
        """The person's role is one of the support's."""
        staff = self.facts.cluster.staff
        return self._mask(("role", support.roles), lambda k: staff[k].role in support.roles)

    def skills(self, wanted: tuple[str, ...]) -> Bools:
        """The person holds every skill wanted by the support and the need."""
        staff = self.facts.cluster.staff
        return self._mask(("skills", wanted), lambda k: set(wanted) <= set(staff[k].skills))

    def languages(self, wanted: tuple[str, ...]) -> Bools:
        """The person has every language wanted by the need and by the medium of its site."""
        staff = self.facts.cluster.staff
        return self._mask(("languages", wanted), lambda k: set(wanted) <= set(staff[k].languages))

    def years(self, year: int | None) -> Bools:
        """The year level lies within the role's limits."""
        staff, roles = self.facts.cluster.staff, self.facts.cluster.roles

        def passes(k: int) -> bool:
            role = roles[staff[k].role]
            return year is None or (
                (role.year_min is None or year >= role.year_min)
                and (role.year_max is None or year <= role.year_max)
            )

        return self._mask(("years", year), passes)

    def funding(self, held: tuple[str, ...]) -> Bools:
        """A person paid for some fundings only serves needs that hold one of them."""
        staff = self.facts.cluster.staff
        return self._mask(
            ("funding", held), lambda k: not staff[k].funding or bool(set(staff[k].funding) & set(held))
        )

    def not_forbidden(self, barred: tuple[str, ...]) -> Bools:
        """R7: forbidden pairs never happen."""
        position = self.facts.person_index
        allowed = np.ones(len(position), dtype=bool)
        allowed[[position[code] for code in barred if code in position]] = False
        return allowed

    def based_at(self, site: int) -> Bools:
        """R8: the site's own people."""
        return np.asarray(self.facts.base == site)

    def able(self, need: Need, support: Support) -> Bools:
        """Everything that has to do with who the person is, not where or when; not to be written to."""
        site = self.facts.cluster.site[need.site_id]
        languages = need.languages + self.facts.cluster.policy.medium_languages.get(site.medium, ())
        skills = support.skills + need.skills
        key = ("able", support.roles, skills, languages, need.year_level, need.funding, need.forbidden_staff)
        if key not in self._memory:
            self._memory[key] = np.asarray(
                self.role(support)
                & self.skills(skills)
                & self.languages(languages)
                & self.years(need.year_level)
                & self.funding(need.funding)
                & self.not_forbidden(need.forbidden_staff)
            )
        return self._memory[key]

    def consented(self, need: Need) -> Bools:
        """R8: who may know of the need."""
        if need.shared_with_cluster:
            return np.ones(len(self.facts.cluster.staff), dtype=bool)
        return self.based_at(self.facts.site_index[need.site_id])

    def admitted(self, need: Need) -> tuple[Support, ...]:
        """Supports the row admits before anybody is looked at; shape, year and funding fit."""
        cluster = self.facts.cluster
        if need.supports:
            candidates = [cluster.support[code] for code in need.supports]
        else:
            candidates = [
                s for s in cluster.supports if s.tier == need.tier and need.area_of_need in s.areas_of_need
            ]
        return tuple(support for support in candidates if self._fits_row(need, support))

    def _fits_row(self, need: Need, support: Support) -> bool:
        year = need.year_level
        held = set(need.funding)
        if support.funding and not held & set(support.funding):
            return False
        if held & set(support.funding_excluded):
            return False
        if year is not None and (
            (support.year_min is not None and year < support.year_min)
            or (support.year_max is not None and year > support.year_max)
        ):
            return False
        if (support.shape == "project") != (need.learner_id is None):
            return False
        return support.shape != "group" or (need.learners == 1 and self.year_band(year) is not None)

    def year_band(self, year: int | None) -> int | None:
        """Position of the policy's year band that holds the year level."""
        if year is None:
            return None
        for i, (low, high) in enumerate(self.facts.cluster.policy.year_bands):
            if low <= year <= high:
                return i
        return None

    def starts(self, need: Need) -> range:
        """R11: positions of the terms in which the service may start; empty when the window is closed."""
        position = self.facts.term_index
        first = position[need.earliest_term] if need.earliest_term else 0
        last = position[need.latest_term] if need.latest_term else len(position) - 1
        if need.status == "in_service":
            last = min(last, 0)
        return range(first, last + 1)

    def span(self, start: int, weeks: int) -> int:
        """R11: the last term of a service of so many weeks that starts in ``start``, cut at the horizon."""
        left = weeks - int(self.facts.weeks[start])
        last = start
        while left > 0 and last + 1 < len(self.facts.weeks):
            last += 1
            left -= int(self.facts.weeks[last])
        return last

    def there(self, first: int, last: int) -> Bools:
        """R11: bookable minutes in every term given; not to be written to."""
        key = ("there", first, last)
        if key not in self._memory:
            self._memory[key] = np.asarray((self.facts.bookable[:, first : last + 1] > 0).all(axis=1))
        return self._memory[key]

    @cached_property
    def reaching(self) -> list[Ints]:
        """Who may serve at each site (R3's reach and ``staff.sites``), in the order of staff.csv."""
        sites, people = np.nonzero(self.facts.reach.T)
        return np.split(
            people.astype(np.int64), np.searchsorted(sites, np.arange(1, len(self.facts.cluster.sites)))
        )
