"""R1 to R11 as rows of the one-model form: one rule, one function (formulas: docs/model.md).

R3, R8 and the start window of R11 decide which options exist (``eligibility.py``, ``options.py``); they need no
rows. ``RULES`` is the table of contents.
"""

from __future__ import annotations

from collections.abc import Callable

from allocator.solvers.facts import MAX_QUARTERS, NO_LIMIT, QUARTERS_PER_VISIT
from allocator.solvers.formulation import Formulation
from allocator.solvers.linear import Expression, Tag, add


def served_once(f: Formulation) -> None:
    """R1: at most one option per need; the two parts of a service go to two people.

    sum over o of n, part != 2, of x[o] <= 1 ;  x[1,k] + x[2,k] <= 1
    """
    p = f.problem
    of_need: dict[int, Expression] = {}
    of_parts: dict[tuple[int, int], Expression] = {}
    for o, x in f.x.items():
        if p.part[o] != 2:
            of_need.setdefault(int(p.need[o]), {})[x] = 1
        if p.part[o] != 0:
            of_parts.setdefault((int(p.joint[o]), int(p.person[o])), {})[x] = 1
    for n, terms in of_need.items():
        if len(terms) > 1:
            code = p.needs[n].need_id
            f.model.row(terms, None, 1, Tag("R1 served once", f"{code} is served at most once", (code,)))
    for (joint, _), terms in of_parts.items():
        if len(terms) > 1:
            code = p.needs[int(p.joint_need[joint])].need_id
            f.model.row(
                terms, None, 1, Tag("R1 served once", f"the parts of {code} go to two people", (code,))
            )


def both_parts(f: Formulation) -> None:
    """R1: a service in two parts has both or neither: sum of first parts = sum of second parts, per joint."""
    p = f.problem
    balance: dict[int, Expression] = {}
    for o, x in f.x.items():
        if p.part[o] != 0:
            balance.setdefault(int(p.joint[o]), {})[x] = 1 if p.part[o] == 1 else -1
    for joint, terms in balance.items():
        code = p.needs[int(p.joint_need[joint])].need_id
        f.model.row(terms, 0, 0, Tag("R1 served once", f"both parts of {code} or neither", (code,)))


def hours(f: Formulation) -> None:
    """R2: delivery + travel + standing + liaison <= bookable, for each person and term (minutes a week)."""
    facts, cluster = f.problem.facts, f.problem.cluster
    for k in f.scope.people:
        for t in range(f.problem.terms):
            free = int(facts.bookable[k, t] - facts.standing[k, t])
            terms = f.used(k, t)
            if terms or free < 0:
                who = cluster.staff[k].staff_id
                what = f"{who} has {facts.bookable[k, t] / 60:.4g} bookable hours a week in {cluster.terms[t].id}"
                if facts.standing[k, t]:
                    what += f", {facts.standing[k, t] / 60:.4g} of them promised elsewhere"
                f.model.row(terms, None, free, Tag("R2 hours", what, (who,)))


def groups(f: Formulation) -> None:
    """R4: least x groups <= members <= most x groups, for each slot."""
    p = f.problem
    for slot, count in f.groups.items():
        form = p.slots[slot]
        members = {f.x[o]: 1 for o in p.options_of_slot[slot].tolist() if o in f.x}
        support, who = p.cluster.supports[form.support], p.cluster.staff[form.person]
        what = f"a {support.name} group of {who.staff_id} has {form.least} to {form.most} learners"
        tag = Tag("R4 groups", what, (who.staff_id, support.support_id))
        f.model.row(add(dict(members), {count: -form.most}), None, 0, tag)
        f.model.row(add(dict(members), {count: -form.least}), 0, None, tag)
        for x in members:  # implied, and what makes the relaxation strong
            f.model.row({x: 1, count: -1}, None, 0, tag)


def visits(f: Formulation) -> None:
    """R5: quarters >= those of every support given there; quarters x day >= 4 x delivery; quarters <= 20."""
    p, facts = f.problem, f.problem.facts
    for (k, s, t), q in f.quarters.items():
        who, where = p.cluster.staff[k].staff_id, p.cluster.sites[s]
        tag = Tag(
            "R5 visits", f"visits of {who} to {where.name} in {p.cluster.terms[t].id}", (who, where.site_id)
        )
        for o in f.active.get((k, s, t), ()):
            f.model.row({q: 1, f.x[o]: -int(p.quarters[o])}, 0, None, tag)
        if (k, s, t) in f.liaison:
            f.model.row({q: 1, f.liaison[k, s, t]: -int(facts.liaison_quarters[k])}, 0, None, tag)
        f.model.row(add({q: int(facts.day[k])}, f.delivery(k, s, t), -QUARTERS_PER_VISIT), 0, None, tag)


def load(f: Formulation) -> None:
    """R6: cases <= max_cases; sites <= max_sites; travel <= the role's share, for each person and term."""
    p, facts = f.problem, f.problem.facts
    for k in f.scope.people:
        who = p.cluster.staff[k].staff_id
        for t in range(p.terms):
            when = p.cluster.terms[t].id
            cases: Expression = {}
            for s in f.places(k, t):
                add(cases, {f.x[o]: 1 for o in f.active.get((k, s, t), ()) if p.slot[o] < 0})
                add(cases, {f.groups[slot]: 1 for slot in f.open_slots.get((k, s, t), ())})
            if facts.max_cases[k] < NO_LIMIT and cases:
                f.model.row(
                    cases,
                    None,
                    int(facts.max_cases[k]),
                    Tag("R6 load", f"{who} has at most {facts.max_cases[k]} open cases in {when}", (who,)),
                )
            travel = f.travel(k, t)
            if travel:
                cap = int(facts.travel_cap[k, t])
                f.model.row(
                    travel,
                    None,
                    cap,
                    Tag("R6 load", f"{who} travels at most {cap / 60:.4g} hours a week in {when}", (who,)),
                )
            _site_limit(
                f,
                k,
                t,
                Tag("R6 load", f"{who} works at no more than {facts.max_sites[k]} sites in {when}", (who,)),
            )


def _site_limit(f: Formulation, k: int, t: int, tag: Tag) -> None:
    """works[k,s,t] >= every option, group and liaison there; sum over s <= max_sites."""
    works = {f.works[k, s, t]: 1 for s in f.places(k, t) if (k, s, t) in f.works}
    if not works:
        return
    for s in f.places(k, t):
        w = f.works[k, s, t]
        for o in f.active.get((k, s, t), ()):
            f.model.row({w: 1, f.x[o]: -1}, 0, None, tag)
        if (k, s, t) in f.liaison:
            f.model.row({w: 1, f.liaison[k, s, t]: -1}, 0, None, tag)
        if (k, s, t) in f.quarters:
            f.model.row({f.quarters[k, s, t]: 1, w: -MAX_QUARTERS}, None, 0, tag)
    f.model.row(works, None, int(f.problem.facts.max_sites[k]), tag)


def agreed_before(f: Formulation) -> None:
    """R7: a locked or tied need is served (only its own person's whole options at the first start exist)."""
    p = f.problem
    for forced in p.forced:
        terms = {f.x[o]: 1 for o in p.options_of_need[forced.need].tolist() if o in f.x}
        rows = (p.needs[forced.need].need_id, p.needs[forced.need].current_staff or "")
        f.model.row(terms, 1, None, Tag("R7 agreed before", forced.why, rows))


def one_face(f: Formulation) -> None:
    """R9: exactly one liaison per site and term in which anybody can be one; those fixed in sites.csv are."""
    p = f.problem
    candidates: dict[tuple[int, int], Expression] = {}
    for (_, s, t), v in f.liaison.items():
        candidates.setdefault((s, t), {})[v] = 1
    for s, t in p.liaison_duty:
        site, when = p.cluster.sites[s], p.cluster.terms[t].id
        terms = candidates.get((s, t), {})
        f.model.row(
            terms, 1, 1, Tag("R9 one face", f"{site.name} has exactly one liaison in {when}", (site.site_id,))
        )
        for k in p.liaison_fixed.get((s, t), ()):
            who = p.cluster.staff[k].staff_id
            fixed = {f.liaison[k, s, t]: 1} if (k, s, t) in f.liaison else {}
            f.model.row(
                fixed,
                1,
                1,
                Tag("R9 one face", f"sites.csv makes {who} the liaison of {site.name}", (site.site_id, who)),
            )


def coordinator_shares(f: Formulation) -> None:
    """R10: shares are whole blocks, 0 or at least the minimum, and add up; delivery + travel fit in a site's share."""
    p, facts = f.problem, f.problem.facts
    for k in f.scope.people:
        if not facts.coordinator[k]:
            continue
        who, blocks = p.cluster.staff[k].staff_id, int(facts.blocks[k])
        sites = p.share_sites[k]
        f.model.row(
            {f.share[k, s]: 1 for s in sites},
            blocks,
            blocks,
            Tag("R10 coordinator shares", f"the shares of {who} add up to {blocks} blocks", (who,)),
        )
        limit = int(facts.max_sites[k])
        if limit < NO_LIMIT:
            f.model.row(
                {f.holds[k, s]: 1 for s in sites},
                None,
                limit,
                Tag("R6 load", f"{who} is shared by at most {limit} sites", (who,)),
            )
        for s in sites:
            tag = Tag(
                "R10 coordinator shares",
                f"{who}'s work at {p.cluster.sites[s].name} fits in the site's share",
                (who, p.cluster.sites[s].site_id),
            )
            f.model.row({f.share[k, s]: 1, f.holds[k, s]: -facts.min_blocks}, 0, None, tag)
            f.model.row({f.share[k, s]: 1, f.holds[k, s]: -blocks}, None, 0, tag)
            for t in range(p.terms):
                work = f.delivery(k, s, t, liaison=False)
                if (k, s, t) in f.quarters:
                    work[f.quarters[k, s, t]] = int(facts.quarter[k, s])
                if work:
                    # A liaison may travel to a site that holds no share of their time.
                    spare = MAX_QUARTERS * int(facts.quarter[k, s]) if (k, s, t) in f.liaison else 0
                    add(work, {f.share[k, s]: -int(facts.block_minutes[k, t]), f.holds[k, s]: spare})
                    f.model.row(work, None, spare, tag)
                for o in f.active.get((k, s, t), ()):
                    f.model.row({f.x[o]: 1, f.holds[k, s]: -1}, None, 0, tag)
        employer = p.employer_site[k]
        if employer >= 0:
            held = {f.holds[k, employer]: 1} if (k, employer) in f.holds else {}
            f.model.row(
                held,
                1,
                None,
                Tag(
                    "R10 coordinator shares",
                    f"{p.cluster.sites[employer].name} employs {who} and holds a share",
                    (who,),
                ),
            )


def entitlement(f: Formulation) -> None:
    """R10: where the policy enforces it, coordinators' blocks do not exceed the roll's entitlement."""
    facts, cluster = f.problem.facts, f.problem.cluster
    if cluster.policy.coordinators.enforce_entitlement:
        total, most = int(facts.blocks.sum()), facts.entitlement_blocks
        rows = tuple(cluster.staff[k].staff_id for k in range(len(cluster.staff)) if facts.blocks[k])
        what = f"coordinators hold {total} blocks in all; the roll entitles the cluster to {most}"
        f.model.row({}, None, most - total, Tag("R10 coordinator shares", what, rows))


RULES: tuple[Callable[[Formulation], None], ...] = (
    served_once, both_parts, hours, groups, visits, load, agreed_before, one_face, coordinator_shares, entitlement,
)  # fmt: skip
"""The rules that need rows; R3, R8 and R11 are the options' own (``eligibility.Eligibility``)."""

PERSON_RULES: tuple[Callable[[Formulation], None], ...] = (
    served_once,
    hours,
    groups,
    visits,
    load,
    coordinator_shares,
)
"""The rules one person's plan must keep by itself; the others tie people together."""
