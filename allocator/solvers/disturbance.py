"""The objective of a re-solve with least disturbance: what an agreed plan and its edits are in the one-model form.

A ``Bond`` is a relationship of the agreed plan, kept or lost; a ``Demand`` is an edit that must hold. Both are linear
over the variables of a ``Formulation``. The scopes say over which options the question is asked: few to find a plan
quickly, fewer still for a quick bound, all of them for the proof.

    lost = sum over bonds of weight x (1 - kept)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.solvers.facts import Bools, Ints
from allocator.solvers.feasibility import core_options
from allocator.solvers.formulation import Formulation, Scope
from allocator.solvers.goals import Value
from allocator.solvers.linear import Expression, Tag, add
from allocator.solvers.plan import Plan
from allocator.solvers.problem import Problem
from allocator.solvers.search import post_rules

_BOND = Tag("agreed plan", "relationships of the agreed plan")


@dataclass(frozen=True)
class Bond:
    """A relationship of the agreed plan. Exactly one of the three says what keeps it; empty options: nothing can."""

    weight: int
    options: tuple[int, ...] = ()
    """Kept while one of these is taken; no plan takes two of them."""
    duties: tuple[tuple[int, int, int], ...] = ()
    """(person, site, term): kept while all these liaison duties are held."""
    share: tuple[int, int, int] | None = None
    """(person, site, blocks): kept while the coordinator's share there is at least this large."""
    outlives_person: bool = False
    """About being supported at all, whoever does it."""


@dataclass(frozen=True)
class Demand:
    """An edit as a row: one of the options is taken (or none of them), or the duties are held."""

    tag: Tag
    options: tuple[int, ...] = ()
    duties: tuple[tuple[int, int, int], ...] = ()
    wanted: bool = True
    """False: none of the options is taken."""


def post_demands(f: Formulation, demands: Iterable[Demand]) -> None:
    """One row for each demand: ``sum of x >= 1``, ``sum of x = 0``, or ``sum of liaison >= number of duties``."""
    for demand in demands:
        terms = {f.x[o]: 1 for o in demand.options if o in f.x}
        if demand.duties:
            held: Expression = {f.liaison[key]: 1 for key in demand.duties if key in f.liaison}
            f.model.row(held, len(demand.duties), None, demand.tag)
        elif demand.wanted:
            f.model.row(terms, 1, None, demand.tag)
        else:
            f.model.row(terms, None, 0, demand.tag)


def kept(f: Formulation, bonds: Iterable[Bond]) -> Value:
    """Weight of the bonds kept, to be maximised; posts the rows of those that take a variable of their own."""
    terms: Expression = {}
    for number, bond in enumerate(bonds):
        if bond.share is not None:
            k, s, blocks = bond.share
            if (k, s) in f.share:
                held = f.model.variable(0, 1, f"kept{number}")
                f.model.row({f.share[k, s]: 1, held: -blocks}, 0, None, _BOND)
                terms[held] = bond.weight
        elif bond.duties:
            if all(key in f.liaison for key in bond.duties):
                held = f.model.variable(0, 1, f"kept{number}")
                for key in bond.duties:
                    f.model.row({f.liaison[key]: 1, held: -1}, 0, None, _BOND)
                terms[held] = bond.weight
        else:
            add(terms, ((f.x[o], bond.weight) for o in bond.options if o in f.x))
    return Value(terms)


def weight_of(bonds: Iterable[Bond]) -> int:
    """Weight of all bonds: what would be lost if none were kept."""
    return sum(bond.weight for bond in bonds)


def lost(plan: Plan, bonds: Iterable[Bond]) -> int:
    """Weight of the bonds that a plan does not keep, counted on the plan itself."""
    chosen = set(plan.chosen)
    return sum(bond.weight for bond in bonds if not _keeps(plan, chosen, bond))


def _keeps(plan: Plan, chosen: set[int], bond: Bond) -> bool:
    if bond.share is not None:
        k, s, blocks = bond.share
        return plan.shares.get((k, s), 0) >= blocks
    if bond.duties:
        return all(plan.liaison.get((s, t)) == k for k, s, t in bond.duties)
    return not chosen.isdisjoint(bond.options)


def satisfied(plan: Plan, demands: Iterable[Demand]) -> bool:
    """Whether a plan does what the demands say."""
    chosen = set(plan.chosen)
    for demand in demands:
        if demand.duties:
            if any(plan.liaison.get((s, t)) != k for k, s, t in demand.duties):
                return False
        elif chosen.isdisjoint(demand.options) == demand.wanted:
            return False
    return True


# --- over which options ---------------------------------------------------------------------------------


def allowed(problem: Problem, demands: Iterable[Demand]) -> Bools:
    """Options that no demand rules out, shape (O,)."""
    mask = np.ones(problem.size, dtype=bool)
    for demand in demands:
        if not demand.wanted:
            mask[list(demand.options)] = False
    return mask


def closed(problem: Problem, options: Iterable[int]) -> set[int]:
    """The options with all others of their groups and of their services in two parts."""
    found = set(options)
    slots = {int(problem.slot[o]) for o in found} - {-1}
    joints = {int(problem.joint[o]) for o in found} - {-1}
    for slot in slots:
        found.update(problem.options_of_slot[slot].tolist())
    for joint in joints:
        found.update(problem.options_of_joint[joint].tolist())
    return found


def core_scope(problem: Problem, demands: Sequence[Demand]) -> Scope:
    """What must be served: if the demands and rules hold together at all, they do over these options.

    Leaving any other need out is always allowed, except as a member that a group needs; those are in.
    """
    options = {o for demand in demands if demand.wanted for o in demand.options}
    return _scope(problem, closed(problem, options | set(core_options(problem).tolist())))


def kept_scope(problem: Problem, demands: Sequence[Demand], bonds: Sequence[Bond]) -> Scope:
    """What must be served and what keeps a bond to a person: enough for a bound on what must be lost.

    Any plan, cut down to these options, keeps every rule and the same bonds; so what is least here, without floors
    and without counting who is supported at all, is never more than what is least in truth.
    """
    options = {o for bond in bonds if not bond.outlives_person for o in bond.options}
    core = core_scope(problem, demands).options
    found = closed(problem, options | set(core.tolist()))
    barred = ~allowed(problem, demands)
    return _scope(problem, (o for o in found if not barred[o]))


def near_scope(problem: Problem, agreed: Plan, demands: Sequence[Demand]) -> Scope:
    """The agreed plan, every way to serve the needs of the people concerned, and all that these people could take.

    Concerned are those the edits speak of. All else may be kept or dropped, but not moved.
    """
    spoken = np.array(sorted({o for demand in demands for o in demand.options}), dtype=np.int64)
    chosen = np.array(agreed.chosen, dtype=np.int64)
    needs = np.unique(problem.need[spoken])
    people = np.unique(problem.person[spoken])
    people = np.union1d(people, [k for demand in demands for k, _, _ in demand.duties]).astype(np.int64)
    served = np.zeros(len(problem.needs), dtype=bool)
    served[problem.need[chosen]] = True
    theirs = np.zeros(len(problem.needs), dtype=bool)
    theirs[problem.need[chosen[np.isin(problem.person[chosen], people)]]] = True
    theirs[needs] = True
    near = theirs[problem.need] | (~served[problem.need] & np.isin(problem.person, people))
    found = closed(problem, [*np.flatnonzero(near).tolist(), *agreed.chosen])
    barred = ~allowed(problem, demands)
    return _scope(problem, (o for o in found if not barred[o]))


def between_scope(problem: Problem, plans: Iterable[Plan], demands: Sequence[Demand]) -> Scope:
    """What any of some plans takes, and every way to serve the needs the edits speak of."""
    spoken = np.array(sorted({o for demand in demands for o in demand.options}), dtype=np.int64)
    needs = np.unique(problem.need[spoken]).tolist()
    options = {o for plan in plans for o in plan.chosen}
    options.update(o for n in needs for o in problem.options_of_need[n].tolist())
    barred = ~allowed(problem, demands)
    return _scope(problem, (o for o in closed(problem, options) if not barred[o]))


def whole_scope(problem: Problem, demands: Sequence[Demand]) -> Scope:
    """Every option that no demand rules out."""
    return Scope(tuple(range(len(problem.cluster.staff))), np.flatnonzero(allowed(problem, demands)))


def _scope(problem: Problem, options: Iterable[int]) -> Scope:
    found: Ints = np.array(sorted(options), dtype=np.int64)
    return Scope(tuple(range(len(problem.cluster.staff))), found)


def edited_model(problem: Problem, scope: Scope, demands: Iterable[Demand]) -> Formulation:
    """The rules and the demands as one model without an objective."""
    f = Formulation(problem, scope)
    post_rules(f)
    post_demands(f, demands)
    return f
