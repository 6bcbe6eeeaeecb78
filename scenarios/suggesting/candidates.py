"""Every single move worth a thought, with an estimate: what is tried first, never what is claimed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from allocator.checking.world import World
from allocator.reporting.words import hours, plain
from allocator.suggesting import Estimator, Wanted, wanted
from scenarios.changes import Change
from scenarios.changes.base import fresh, rounded
from scenarios.changes.demand import ConvertShape
from scenarios.changes.hours import LendStaff, Redeploy
from scenarios.changes.people import ChangeStaff, Train
from scenarios.changes.settings import ChangeSupport

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster, Staff, Support

KINDS = {
    "base": "another base",
    "share": "some days elsewhere",
    "hours": "more hours",
    "lend": "borrowed from a neighbour",
    "train": "a skill learnt",
    "group": "a group instead of one to one",
    "merge": "thin groups of several sites together",
}
"""Each kind of move, in a few words."""
SOME = 0.2
"""FTE that move when not all of somebody's time does, and that are borrowed at most: a day a week."""
BLOCK = 0.1
_LEAST_SHARE = 0.4
"""Somebody with less FTE is not split over two bases."""


@dataclass(frozen=True)
class Candidate:
    """One move: its change, in words, and its estimate in points. ``fte``: time it costs the cluster."""

    kind: str
    change: Change
    words: str
    estimate: float
    about: str
    """The person or support it is about: two moves about the same one are not put together."""
    fte: float = 0.0


@dataclass(frozen=True, eq=False)
class Neighbour:
    """Another cluster that may lend, how it is typed, and a plan of it: only what that leaves unused is asked for."""

    name: str
    cluster: Cluster
    proposal: Proposal


@dataclass(eq=False)
class Moves:
    """All single moves of one cluster, judged against one plan of it."""

    cluster: Cluster
    proposal: Proposal
    neighbour: Neighbour | None = None

    @cached_property
    def estimator(self) -> Estimator:
        """What tells what each might bring."""
        return Estimator(self.cluster, self.proposal)

    @cached_property
    def short(self) -> Wanted:
        """What unmet needs ask for."""
        return wanted(self.cluster, self.proposal)

    @cached_property
    def people(self) -> tuple[Staff, ...]:
        """People who work in these terms."""
        world = self.estimator.world
        return tuple(row for row in self.cluster.staff if world.works_at_all(row.staff_id))

    def of(self, kinds: Iterable[str]) -> tuple[Candidate, ...]:
        """Candidates of these kinds with an estimate above nothing, the best first; ties by their words."""
        made = {
            "base": self._base,
            "share": self._share,
            "hours": self._hours,
            "lend": self._lend,
            "train": self._train,
            "group": self._group,
            "merge": self._merge,
        }
        found = [each for kind in kinds for each in made[kind]() if each.estimate > 0]
        return tuple(sorted(found, key=lambda each: (-each.estimate, each.words)))

    # --- where people are -----------------------------------------------------------------------------

    def _places(self, person: Staff) -> list[str]:
        """Sites other than the base where learners of unmet needs are, and that the person may serve."""
        codes = [site.site_id for site in self.cluster.sites if site.site_id in self.short.sites]
        allowed = [code for code in codes if not person.sites or code in person.sites]
        return [code for code in allowed if code != person.base_site]

    def _base(self) -> Iterator[Candidate]:
        for person in self.people:
            if not person.movable:
                continue
            for site in self._places(person):
                after = person.model_copy(update={"base_site": site})
                estimate = self.estimator.gain(person, after)
                words = f"{person.staff_id}: base {self._site(person.base_site)} → {self._site(site)}"
                change = Redeploy(person=person.staff_id, to_site=site)
                yield Candidate("base", change, words, estimate, person.staff_id)

    def _share(self) -> Iterator[Candidate]:
        for person in self.people:
            if not person.movable or person.fte < _LEAST_SHARE:
                continue
            rest = person.model_copy(update={"fte": rounded(person.fte - SOME)})
            for site in self._places(person):
                moved = person.model_copy(update={"fte": SOME, "base_site": site})
                estimate = self.estimator.gain_of_split(person, rest, moved)
                words = f"{person.staff_id}: {SOME:g} FTE {self._site(person.base_site)} → {self._site(site)}"
                change = Redeploy(person=person.staff_id, fte=SOME, to_site=site)
                yield Candidate("share", change, words, estimate, person.staff_id)

    # --- how much time, and who else's ----------------------------------------------------------------

    def _hours(self) -> Iterator[Candidate]:
        """As many blocks more as the cluster lets one person of the role have, up to full time."""
        offer = self.cluster.policy.negotiable
        timed = {(row.staff_id, row.term) for row in self.cluster.availability}
        for person in self.people:
            most = min(offer.fte_by_role.get(person.role, offer.fte), 1.0 - person.fte)
            more = rounded(int(most / BLOCK + 1e-9) * BLOCK)
            if more <= 0 or all((person.staff_id, term.id) in timed for term in self.cluster.terms):
                continue  # hours given term by term do not follow the FTE
            fte = rounded(person.fte + more)
            estimate = self.estimator.gain(person, person.model_copy(update={"fte": fte}))
            words = f"{person.staff_id}: {person.fte:g} → {fte:g} FTE"
            change = ChangeStaff(person=person.staff_id, set={"fte": f"{fte:g}"})
            yield Candidate("hours", change, words, estimate, person.staff_id, more)

    def _lend(self) -> Iterator[Candidate]:
        """The neighbour's unused time, in blocks, at the base here where it would bring most."""
        if self.neighbour is None:
            return
        there = self.neighbour.cluster
        for person, unused in _unused(self.neighbour):
            role = there.roles[person.role]
            if person.role not in self.cluster.roles or not person.movable:
                continue
            full = 60 * role.paid_hours * role.contact_share
            fte = rounded(min(SOME, person.fte, int(unused / full / BLOCK + 1e-9) * BLOCK if full else 0.0))
            if fte <= 0:
                continue
            code = fresh(person.staff_id, self.cluster.person)
            best = max(
                (self._borrowed(person, code, fte, site) for site in self.short.sites),
                key=lambda each: (each[1], each[0]),
                default=("", 0.0),
            )
            if best[1] <= 0:
                continue
            change = LendStaff(
                person=person.staff_id,
                fte=fte,
                from_cluster=self.neighbour.name,
                base_site=best[0],
                code=None if code == person.staff_id else code,
            )
            words = (
                f"{person.staff_id} of {plain(there.name)}: {fte:g} FTE to {self._site(best[0])} "
                f"(their plan leaves {hours(unused)} h a week of theirs unused)"
            )
            yield Candidate("lend", change, words, best[1], code)

    def _borrowed(self, person: Staff, code: str, fte: float, site: str) -> tuple[str, float]:
        here = person.model_copy(
            update={"staff_id": code, "fte": fte, "base_site": site, "sites": (), "standing_hours": 0.0}
        )
        return site, self.estimator.gain_of_new(here)

    # --- what people can do ---------------------------------------------------------------------------

    def _train(self) -> Iterator[Candidate]:
        """One skill or language that unmet needs ask for and the person has not."""
        if not self.cluster.policy.negotiable.skills:
            return
        for person in self.people:
            for field, words in (("skills", self.short.skills), ("languages", self.short.languages)):
                held = getattr(person, field)
                for word in sorted(set(words) - set(held)):
                    after = person.model_copy(update={field: (*held, word)})
                    estimate = self.estimator.gain(person, after)
                    change = Train(person=person.staff_id, **{field: (word,)})
                    said = f"{person.staff_id} learns {word.replace('_', ' ')}"
                    yield Candidate("train", change, said, estimate, person.staff_id)

    # --- how support is given -------------------------------------------------------------------------

    def _group(self) -> Iterator[Candidate]:
        """An individual support given in a group that is in the catalogue, or in a new one like it."""
        tiers = self.cluster.policy.negotiable.group_tiers
        groups = [row for row in self.cluster.supports if row.shape == "group"]
        for support in self.cluster.supports:
            if support.shape != "individual" or support.tier not in tiers:
                continue
            minutes, site_minutes = self._in_groups(support)
            near = [
                group
                for group in groups
                if group.tier == support.tier
                and set(group.roles) & set(support.roles)
                and set(group.areas_of_need) & set(support.areas_of_need)
            ]
            for group in (*near, None):
                saved = minutes - (site_minutes if group is None else 0.0)
                estimate = self.estimator.freed(support, saved, self.cluster.roles)
                into = None if group is None else group.support_id
                name = "a new group of 2 to 4" if group is None else plain(group.name)
                words = f"{plain(support.name)} → {name}"
                change = ConvertShape(support=support.support_id, into=into)
                yield Candidate("group", change, words, estimate, support.support_id)

    def _in_groups(self, support: Support) -> tuple[float, float]:
        """Minutes a week that go into an individual support at sites with two learners or more of it, and what one
        group at each would take."""
        world = self.estimator.world
        by_place: dict[tuple[str, object], list[int]] = defaultdict(list)
        for row in self.proposal.allocations:
            need = world.needs[row.need_id]
            if row.support_id == support.support_id and not world.tied(need):
                by_place[need.site_id, world.year_band(need)].append(row.minutes_per_week)
        several = [found for found in by_place.values() if len(found) > 1]
        return float(sum(map(sum, several))), 60 * support.hours_per_week * len(several)

    def _merge(self) -> Iterator[Candidate]:
        """A group support opened to learners of several sites: thin groups meet as one, too small ones at all."""
        world = World(self.cluster)
        for support in self.cluster.supports:
            if support.shape != "group" or support.cross_site:
                continue
            thin = [
                row
                for row in self.proposal.groups
                if row.support_id == support.support_id and 2 * row.members <= support.max_group
            ]
            freed = float(sum(sorted(row.minutes_per_week for row in thin)[: len(thin) // 2]))
            estimate = self.estimator.freed(support, freed, self.cluster.roles)
            estimate += self.short.small_groups.get(support.support_id, 0)
            name = plain(world.supports[support.support_id].name)
            change = ChangeSupport(support=support.support_id, set={"cross_site": "yes"})
            yield Candidate("merge", change, f"{name}: across sites", estimate, support.support_id)

    def _site(self, code: str) -> str:
        return plain(self.cluster.site[code].name)


def _unused(neighbour: Neighbour) -> Iterator[tuple[Staff, float]]:
    """People of the neighbour with minutes a week that their plan uses in no term."""
    from allocator.reporting.figures import Figures

    figures = Figures(neighbour.cluster, neighbour.proposal)
    least: dict[str, float] = {}
    for load in figures.loads:
        least[load.staff_id] = min(load.unused, least.get(load.staff_id, float("inf")))
    for person in neighbour.cluster.staff:
        if 0 < least.get(person.staff_id, 0.0) < float("inf"):
            yield person, least[person.staff_id]
