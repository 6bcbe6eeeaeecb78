"""Every plan of a very small cluster, and the lexicographic optimum among them: what all routes must agree on.

People are independent once it is said who serves what and who is whose liaison, so each person's week is worked
out once per set of jobs and duties. Plans are kept by their figures only; stages then filter the figures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from allocator.models.policy import MINIMISED, Goal
from allocator.models.world import Cluster
from tests.solvers.tiny_world import (
    Job,
    Meeting,
    TinyWorld,
    Way,
    down,
    exact,
    in_minutes,
    nearest,
    per_mille,
    up,
)

Duty = tuple[str, int]
"""(site, term) of a liaison."""


@dataclass(frozen=True)
class Figures:
    """A plan by its figures: every goal but fairness, and the share met of each fairness group."""

    goals: tuple[tuple[Goal, int], ...]
    shares: tuple[int, ...]


def splits(members: list[Job]) -> Iterator[list[list[Job]]]:
    """Every way to split members into groups."""
    if not members:
        yield []
        return
    head, rest = members[0], members[1:]
    for split in splits(rest):
        yield [[head], *split]
        for position, group in enumerate(split):
            yield [*split[:position], [head, *group], *split[position + 1 :]]


class BruteForce:
    """Enumerates the plans of one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self.world = TinyWorld(cluster)
        self.cluster = cluster
        self.ways = {need.need_id: list(self.world.ways(need)) for need in self.world.needs}
        self.quarter = {(k, s): self.world.quarter(k, s) for k in self.world.people for s in cluster.site}
        self.weeks: dict[object, tuple[int, int] | None] = {}
        self.groups = self._fairness_groups()
        self.found: set[Figures] = set()

    # --- one person's week ----------------------------------------------------------------------------

    def week(
        self, k: str, jobs: tuple[Job, ...], duties: frozenset[Duty], strict: bool
    ) -> tuple[int, int] | None:
        """(travel minutes over the horizon, even_load) of a person; None where a rule is broken.

        Not strict: groups may still be too small, for a plan that is being built.
        """
        key = (k, jobs, duties, strict)
        if key not in self.weeks:
            self.weeks[key] = self._week(k, jobs, duties, strict)
        return self.weeks[key]

    def _week(
        self, k: str, jobs: tuple[Job, ...], duties: frozenset[Duty], strict: bool
    ) -> tuple[int, int] | None:
        tasks = self._tasks(jobs, strict)
        if tasks is None:
            return None
        travel = uneven = 0
        spent: dict[Duty, int] = {}
        for t in self.world.terms:
            now = [task for task in tasks if t in task.terms]
            posts = [site for site, term in duties if term == t]
            figures = self._term(k, t, now, posts, spent)
            if figures is None:
                return None
            travel += figures[0] * self.cluster.terms[t].weeks
            uneven += figures[1]
        if self.world.coordinates(k) and not self._shares_exist(k, tasks, spent):
            return None
        return travel, uneven

    def _tasks(self, jobs: tuple[Job, ...], strict: bool) -> list[Job] | None:
        """Jobs with the members of each meeting replaced by the fewest groups; R4."""
        tasks = [job for job in jobs if job.meeting is None]
        meetings: dict[Meeting, list[Job]] = defaultdict(list)
        for job in jobs:
            if job.meeting is not None:
                meetings[job.meeting].append(job)
        for meeting, members in meetings.items():
            row = self.cluster.support[meeting.support]
            if not strict:
                number = -(-len(members) // row.max_group)
            else:
                fits = [
                    len(split)
                    for split in splits(members)
                    if all(self._is_group(group, row.min_group, row.max_group) for group in split)
                ]
                if not fits:
                    return None
                number = min(fits)
            tasks += [members[0]] * number
        return tasks

    @staticmethod
    def _is_group(group: list[Job], least: int, most: int) -> bool:
        several = len({job.home for job in group}) > 1
        return least <= len(group) <= most and not (several and any(job.private for job in group))

    def _term(
        self, k: str, t: int, now: list[Job], posts: list[str], spent: dict[Duty, int]
    ) -> tuple[int, int] | None:
        """R2, R5 and R6 in one term: (travel minutes a week, even_load); fills in what each site is given."""
        world, role = self.world, self.world.role(k)
        minutes: Counter[str] = Counter()
        rates: dict[str, int] = defaultdict(int)
        for task in now:
            minutes[task.site] += task.minutes
            rates[task.site] = max(rates[task.site], task.quarters)
            spent[task.site, t] = spent.get((task.site, t), 0) + task.minutes
        for site in posts:
            minutes[site] += in_minutes(role.liaison_hours)
            rates[site] = max(rates[site], up(4 * exact(role.liaison_visits_per_week)))
        travel, day = 0, in_minutes(role.day_hours)
        for site, rate in rates.items():
            cost = self.quarter[k, site]
            if site == self.cluster.person[k].base_site:
                continue
            quarters = max(rate, -(-4 * minutes[site] // day))
            if cost is None or quarters > 20:
                return None
            travel += quarters * cost
            spent[site, t] = spent.get((site, t), 0) + quarters * cost
        used = sum(minutes.values()) + travel + world.standing[k, t]
        cap = down(exact(role.travel_share) * world.paid[k, t])
        if used > world.bookable[k, t] or travel > cap or len(now) > world.max_cases(k):
            return None
        if not world.coordinates(k) and len(rates) > world.max_sites(k):
            return None
        breaks = world.policy.load_breaks
        return travel, sum(max(0, used - down(exact(b) * world.bookable[k, t])) for b in breaks)

    def _shares_exist(self, k: str, tasks: list[Job], spent: dict[Duty, int]) -> bool:
        """R10: some split of the coordinator's blocks over sites carries the work."""
        world, rule = self.world, self.cluster.policy.coordinators
        blocks, least = world.blocks(k), up(exact(rule.min_share_fte) / exact(rule.block_fte))
        sites = [s for s in self.cluster.site if world.reaches(k, s)]
        size = {
            t: max(0, world.bookable[k, t] - world.standing[k, t]) // blocks if blocks else 0
            for t in world.terms
        }
        employer = self.cluster.person[k].employer
        sizes = [0, *range(max(1, least), blocks + 1)]
        for held in product(sizes, repeat=len(sites)):
            share = dict(zip(sites, held, strict=True))
            if sum(held) != blocks or sum(b > 0 for b in held) > world.max_sites(k):
                continue
            if employer in self.cluster.site and blocks and not share.get(str(employer), 0):
                continue
            if any(not share.get(task.site, 0) for task in tasks):
                continue
            if all(used <= share.get(s, 0) * size[t] for (s, t), used in spent.items()):
                return True
        return False

    # --- liaisons -------------------------------------------------------------------------------------

    def faces(self) -> list[dict[str, frozenset[Duty]]]:
        """R9: every way to give each site and term its one liaison."""
        choices: list[list[tuple[str, Duty]]] = []
        for t in self.world.terms:
            able = [
                k for k in self.world.people if self.world.role(k).liaison and self.world.bookable[k, t] > 0
            ]
            for code, site in self.cluster.site.items():
                if not able or site.type not in self.cluster.policy.liaison_site_types:
                    continue
                fixed = [k for k in site.liaison if self.world.bookable[k, t] > 0]
                fit = [
                    k
                    for k in able
                    if all(k == named for named in fixed) and self.quarter[k, code] is not None
                ]
                choices.append([(k, (code, t)) for k in fit])
        faces = []
        for chosen in product(*choices):
            duties: dict[str, set[Duty]] = defaultdict(set)
            for k, duty in chosen:
                duties[k].add(duty)
            faces.append({k: frozenset(duties[k]) for k in self.world.people})
        return faces

    # --- plans ----------------------------------------------------------------------------------------

    def run(self) -> set[Figures]:
        """Figures of every plan that keeps all rules; empty when there is none."""
        rule = self.cluster.policy.coordinators
        held = sum(self.world.blocks(k) for k in self.world.people if self.world.coordinates(k))
        roll = sum(site.roll for site in self.cluster.sites)
        entitled = nearest(roll / exact(rule.learners_per_fte) / exact(rule.block_fte))
        if rule.enforce_entitlement and held > entitled:
            return set()
        self.all_faces = self.faces()
        order = sorted(self.world.needs, key=lambda need: len(self.ways[need.need_id]))
        self._place([need.need_id for need in order], [], dict.fromkeys(self.world.people, ()))
        return self.found

    def _place(self, left: list[str], taken: list[Way], jobs: dict[str, tuple[Job, ...]]) -> None:
        if not left:
            self._finish(taken, jobs)
            return
        code = left[0]
        if not self.world.tied(self.cluster.need[code]):
            self._place(left[1:], taken, jobs)
        for way in self.ways[code]:
            more = dict(jobs)
            for job in way.jobs:
                more[job.person] = (*more[job.person], job)
            touched = {job.person for job in way.jobs}
            if all(self.week(k, more[k], frozenset(), False) is not None for k in touched):
                self._place(left[1:], [*taken, way], more)

    def _finish(self, taken: list[Way], jobs: dict[str, tuple[Job, ...]]) -> None:
        if any(self.week(k, jobs[k], frozenset(), True) is None for k in self.world.people):
            return
        costs: set[tuple[int, int]] = set()
        for face in self.all_faces:
            weeks = [self.week(k, jobs[k], face[k], True) for k in self.world.people]
            known = [week for week in weeks if week is not None]
            if len(known) == len(weeks):
                costs.add((sum(travel for travel, _ in known), sum(uneven for _, uneven in known)))
        if costs:
            base, shares = self._values(taken)
            for travel, uneven in costs:
                goals = {**base, Goal.TRAVEL: travel, Goal.EVEN_LOAD: uneven}
                self.found.add(Figures(tuple(sorted(goals.items())), shares))

    def _values(self, taken: Sequence[Way]) -> tuple[dict[Goal, int], tuple[int, ...]]:
        world, needs = self.world, self.cluster.need
        met = {way.need: way.points for way in taken}
        adults = Counter((job.person, needs[way.need].learner_id) for way in taken for job in way.jobs)
        goals = {
            Goal.COMMITMENTS_KEPT: sum(needs[way.need].status == "in_service" for way in taken),
            Goal.NEED_MET: sum(met.values()),
            Goal.LONGEST_WAITS: sum(world.waited(needs[way.need], way.start) for way in taken),
            Goal.CONTINUITY: sum(self._continued(way) for way in taken),
            Goal.LOCALITY: sum(self._elsewhere(way, job) for way in taken for job in way.jobs),
            Goal.REACH: sum(needs[way.need].learners for way in taken),
            Goal.TIER_BALANCE: self._tiers_short(met),
            Goal.FEW_ADULTS: sum(n - 1 for (_, learner), n in adults.items() if learner is not None),
        }
        shares = tuple(
            10_000 * sum(met.get(code, 0) for code in codes) // sum(world.asked[code] for code in codes)
            for codes in self.groups
        )
        return goals, shares

    def _continued(self, way: Way) -> bool:
        need = self.cluster.need[way.need]
        people = {job.person for job in way.jobs} if way.together else {way.first}
        return need.status == "in_service" and need.current_staff in people

    def _elsewhere(self, way: Way, job: Job) -> bool:
        home = self.cluster.site[self.cluster.need[way.need].site_id].area
        base = self.cluster.site[self.cluster.person[job.person].base_site].area
        return home is not None and base is not None and home != base

    def _tiers_short(self, met: dict[str, int]) -> int:
        short = 0
        for tier, floor in self.cluster.policy.tier_floors.items():
            codes = [need.need_id for need in self.world.needs if need.tier == tier]
            asked = sum(self.world.asked[code] for code in codes)
            short += max(0, per_mille(floor) * asked // 1000 - sum(met.get(code, 0) for code in codes))
        return short

    def _fairness_groups(self) -> list[list[str]]:
        rule, names = self.cluster.policy.fairness, defaultdict(list)
        for need in self.world.needs:
            site = self.cluster.site[need.site_id]
            index = site.equity_index
            few, some = rule.equity_bands
            barriers = "unknown" if index is None else "a" if index <= few else "b" if index <= some else "c"
            for name in {
                "site": (site.site_id,),
                "medium": (site.medium,),
                "equity_band": (barriers,),
                "group": tuple(set(need.groups)) or ("other",),
            }[rule.by]:
                names[name].append(need.need_id)
        kept: list[list[str]] = []
        pool: set[str] = set()
        for codes in names.values():
            if len(codes) < rule.pool_below or not sum(self.world.asked[code] for code in codes):
                pool.update(codes)
            else:
                kept.append(codes)
        if sum(self.world.asked[code] for code in pool):
            kept.append(sorted(pool))
        return kept


def stage_optima(cluster: Cluster) -> list[tuple[str, int]] | None:
    """(stage, best value) in the policy's order, every floor held; None if no plan keeps the rules.

    Values are shown as a proposal shows them: a cost without its minus sign.
    """
    search = BruteForce(cluster)
    left = search.run()
    if not left:
        return None
    result: list[tuple[str, int]] = []
    for level in cluster.policy.goals:
        for name, minimised, score in _stages(cluster, dict(level.goals), len(search.groups)):
            best = max(score(plan) for plan in left)
            floor = best - down(exact(level.tolerance) * abs(best))
            left = {plan for plan in left if score(plan) >= floor}
            result.append((name, -best if minimised else best))
    return result


def _stages(cluster: Cluster, goals: dict[Goal, int], groups: int):
    """The stages of one level: (name, is a cost, score to be maximised)."""
    if Goal.FAIRNESS in goals:
        if groups:
            least = nearest(10_000 * exact(cluster.policy.fairness.floor))
            yield "fairness.floor", True, lambda plan: -sum(max(0, least - share) for share in plan.shares)
            for i in range(1, min(cluster.policy.fairness.levels, groups) + 1):
                yield f"fairness.{i}", False, lambda plan, i=i: sum(sorted(plan.shares)[:i])
        return
    signed = {goal: -weight if goal in MINIMISED else weight for goal, weight in goals.items()}

    def score(plan: Figures) -> int:
        values = dict(plan.goals)
        return sum(weight * values[goal] for goal, weight in signed.items())

    yield "+".join(goals), len(goals) == 1 and next(iter(goals)) in MINIMISED, score
