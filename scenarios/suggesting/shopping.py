"""The shopping list: what the next 0.1 FTE of each kind would bring, and the amounts after it, verified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from allocator.alternatives.effort import Effort
from allocator.models.world import Staff
from allocator.reporting.words import plain
from allocator.suggesting import Estimator, Wanted, wanted
from scenarios.changes.base import fresh
from scenarios.changes.people import AddStaff
from scenarios.suggesting.lines import whatif_line
from scenarios.suggesting.results import CurvePoint, Item, ShoppingList
from scenarios.suggesting.verifying import Bench, Deadline, Planned

if TYPE_CHECKING:
    from allocator.models.proposal import Proposal
    from allocator.models.world import Cluster

STEPS = (0.1, 0.2, 0.3, 0.5)
"""FTE more, the points of each curve."""
CODE = "NEW-1"
_CHECK_SECONDS = 0.2
"""What checking one plan may take; kept free at the end."""
_BASE_PART, _LAID_PART = 0.25, 0.55
"""Parts of the time after which the plan without a change, and the laying in, must be done."""


def shopping_list(
    cluster: Cluster,
    *,
    effort: Effort | None = None,
    seconds: float | None = 90.0,
    most: int = 24,
    typed: str = "CLUSTER",
    say: Callable[[str], None] | None = None,
) -> ShoppingList:
    """What more time of each role, skill, language and site would bring, as a curve.

    Every point is a checked plan of the cluster with a new person of so much FTE: first what fits into the plan there
    is with nobody losing, then, for the items that bring most and while there is time, planned anew. ``estimate``
    only says in what order items are taken: roles, then skills, languages and sites in turn.

    Args:
        cluster: as ``allocator.read_cluster`` returns it.
        effort: of each search; 1 second by default. With a work limit the result can be repeated.
        seconds: of the whole call; None, or a work limit: ``most`` alone limits it.
        most: items that are verified at most.
        typed: how the cluster is typed in the lines that repeat a point.
        say: called with one sentence before each item.

    Raises:
        InfeasibleError, NotFoundError: there is no plan of the cluster as it is.
    """
    tell = say or (lambda _: None)
    work = effort or Effort(time_limit=1.0)
    deadline = Deadline(None if work.work_limit is not None else seconds)
    bench = Bench(cluster, work)
    tell("the plan without a change")
    bench.prepare(deadline, _BASE_PART)
    items = items_of(bench.cluster, bench.base.proposal)
    curves: list[_Curve] = []
    left: list[Item] = []
    for item in items:
        if len(curves) >= most or deadline.over(_LAID_PART):
            left.append(item)
            continue
        tell(item.name)
        curves.append(_laid_in(bench, item, typed))
    _plan_anew(bench, [curve for curve in curves if curve.points], deadline, tell)
    bench.again()
    for curve in curves:
        curve.points = [point for point in curve.points if bench.sound(point.best)]
    done = [curve.item_with(bench.paired) for curve in curves if curve.points]
    # where the first amount is larger than 0.1 FTE (coordinators come in blocks), by what a tenth of it brings
    done.sort(key=lambda item: (-item.curve[0].gain / item.curve[0].fte, -item.curve[-1].gain, item.name))
    return ShoppingList(bench.cluster, tuple(done), tuple(left), bench.paired, bench.searches)


@dataclass
class _Point:
    """One amount: its cluster and the best plan known for it."""

    fte: float
    line: str
    cluster: Cluster
    best: Planned
    anew: bool = False


@dataclass
class _Curve:
    """An item and its points so far, smaller amounts first."""

    item: Item
    points: list[_Point]

    def item_with(self, paired: int) -> Item:
        """The item with its curve; a larger amount never brings less, since its extra time may stay unused."""
        made: list[CurvePoint] = []
        for point in self.points:
            least = made[-1].gain if made else 0
            made.append(CurvePoint(point.fte, max(least, point.best.value - paired), point.anew, point.line))
        return replace(self.item, curve=tuple(made))


def _laid_in(bench: Bench, item: Item, typed: str) -> _Curve:
    """What fits into the plan there is with each amount somebody may have; up to the first that leaves no plan."""
    start, points = bench.base, list[_Point]()
    for fte in STEPS:
        change = AddStaff(staff=_row(bench.cluster, item, fte))
        cluster = bench.applied([change])
        if cluster is None:
            continue  # a coordinator's time comes in blocks
        found = bench.laid_in(cluster, start)
        if found is None:
            break
        points.append(_Point(fte, whatif_line(typed, [change]), cluster, found))
        start = found
    return _Curve(item, points)


def _plan_anew(
    bench: Bench, curves: Sequence[_Curve], deadline: Deadline, tell: Callable[[str], None]
) -> None:
    """Search from the best plan known, amount by amount, for the items that bring most, as long as there is time."""
    to_check = _CHECK_SECONDS * sum(len(curve.points) for curve in curves)
    for curve in sorted(curves, key=lambda each: (-each.points[0].best.value, each.item.name)):
        if deadline.over(needed=to_check + len(STEPS) * (bench.effort.time_limit or 0.0)):
            return
        tell(f"{curve.item.name}, planned anew")
        start = bench.base
        for point in curve.points:
            if start.value < point.best.value:
                start = point.best
            found = bench.solved(point.cluster, start)
            if found is not None:
                point.anew = True
                point.best = max(point.best, found, key=lambda plan: plan.value)
            start = point.best


def _row(cluster: Cluster, item: Item, fte: float) -> Staff:
    return Staff(
        staff_id=fresh(CODE, cluster.person),
        role=item.role,
        fte=fte,
        base_site=item.site,
        skills=item.skills,
        languages=item.languages,
    )


# --- what is on the list ------------------------------------------------------------------------------


def items_of(cluster: Cluster, proposal: Proposal) -> tuple[Item, ...]:
    """All items with something to gain: roles, then skills, languages and sites in turn, the largest estimate first.

    A role stands at the site where an estimate says it would bring most; a skill or language with the role and at the
    site where it adds most to what they bring without it; a site with the role that would bring most there.
    """
    estimator, short = Estimator(cluster, proposal), wanted(cluster, proposal)
    found = [*_roles(estimator, short), *_words(estimator, short), *_sites(estimator, short)]
    named: dict[tuple[object, ...], Item] = {}
    for item in found:
        named.setdefault((item.role, item.site, item.skills, item.languages), item)
    order = sorted(named.values(), key=lambda item: (-item.estimate, item.name))
    places: Counter[str] = Counter()
    placed = []
    for item in order:
        placed.append((item.about != "role", places[item.about], item.about))
        places[item.about] += 1
    return tuple(order[number] for number in sorted(range(len(order)), key=placed.__getitem__))


def _roles_of(estimator: Estimator) -> list[str]:
    return list(dict.fromkeys(person.role for person in estimator.cluster.staff))


def _worth(
    estimator: Estimator, role: str, site: str, skills: tuple[str, ...] = (), languages: tuple[str, ...] = ()
) -> float:
    row = Staff(staff_id=CODE, role=role, fte=STEPS[0], base_site=site, skills=skills, languages=languages)
    return estimator.gain_of_new(row)


def _item(
    estimator: Estimator, about: str, name: str, role: str, site: str, worth: float, **held: tuple[str, ...]
) -> Item:
    return Item(about, name, role, site, held.get("skills", ()), held.get("languages", ()), worth)


def _roles(estimator: Estimator, short: Wanted) -> Iterator[Item]:
    for role in _roles_of(estimator):
        worth, site = max(((_worth(estimator, role, site), site) for site in short.sites), default=(0.0, ""))
        if worth > 0:
            name = f"{plain(estimator.cluster.roles[role].name)}, at {_site(estimator, site)}"
            yield _item(estimator, "role", name, role, site, worth)


def _words(estimator: Estimator, short: Wanted) -> Iterator[Item]:
    for about, words in (("skills", short.skills), ("languages", short.languages)):
        for word in words:
            best = max(
                (
                    (
                        _worth(estimator, role, site, **{about: (word,)}) - _worth(estimator, role, site),
                        _worth(estimator, role, site, **{about: (word,)}),
                        role,
                        site,
                    )
                    for role in _roles_of(estimator)
                    for site in short.sites
                ),
                default=(0.0, 0.0, "", ""),
            )
            if best[0] > 0:
                _, worth, role, site = best
                who = plain(estimator.cluster.roles[role].name)
                name = f"{who} with {word.replace('_', ' ')}, at {_site(estimator, site)}"
                yield _item(estimator, about.removesuffix("s"), name, role, site, worth, **{about: (word,)})


def _sites(estimator: Estimator, short: Wanted) -> Iterator[Item]:
    for site in short.sites:
        worth, role = max(
            ((_worth(estimator, role, site), role) for role in _roles_of(estimator)), default=(0.0, "")
        )
        if worth > 0:
            name = f"{plain(estimator.cluster.roles[role].name)}, at {_site(estimator, site)}"
            yield _item(estimator, "site", name, role, site, worth)


def _site(estimator: Estimator, code: str) -> str:
    return plain(estimator.cluster.site[code].name)
