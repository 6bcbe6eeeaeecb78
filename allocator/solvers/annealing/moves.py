"""Compiled: the moves. Each makes a few changes to the plan, writes down how to undo them, and says how many it made.

A move may break limits or leave a group too small; ``walk.py`` decides whether it stays. Moves that make room first
press a need or a group in, then let the person drop what no longer fits, then look for a place for what was dropped.
"""

from __future__ import annotations

import numpy as np

from allocator.solvers.annealing.changes import appoint, serve, share_out
from allocator.solvers.annealing.compiling import inlined, inner
from allocator.solvers.annealing.tables import MINUTES_OVER

_NEED, _DUTY, _SHARE = 0, 1, 2
ROOM = 200
"""Most changes a move makes."""
_SPARE = 8
_TO_ONE = 0.5
"""How often all that a person does at a site goes to one other person, rather than anywhere."""
_MIX = (0.1, 0.3, 0.7, 0.8, 0.85, 0.9, 0.95)
"""How often each move is tried, added up: one need, a swap, pressing in, leaving a site, forming and moving a group,
a liaison duty; the rest are coordinators' shares. Measured on the ready-made clusters."""


@inlined
def _put(board, log, count, n, o, second):
    log[count, 0], log[count, 1], log[count, 2], log[count, 3] = (
        _NEED,
        n,
        board.core.picks[n].choice,
        board.core.picks[n].second,
    )
    serve(board.core, n, o, second)
    return count + 1


@inlined
def _give(board, log, count, o):
    """Option ``o`` serves its need from now on; a first part finds somebody for the second."""
    option = board.core.options[o]
    if option.part == 0:
        return _put(board, log, count, option.need, o, -1)
    first, end = board.tables.seconds.at[option.joint], board.tables.seconds.at[option.joint + 1]
    if first < end:
        for _ in range(4):
            second = board.tables.seconds.flat[first + np.random.randint(end - first)]
            if board.core.options[second].person != option.person:
                return _put(board, log, count, option.need, o, second)
    return count


@inner
def undo(board, log, count):
    """Take back the changes of a move, the last first."""
    for i in range(count - 1, -1, -1):
        if log[i, 0] == _NEED:
            serve(board.core, log[i, 1], log[i, 2], log[i, 3])
        elif log[i, 0] == _DUTY:
            appoint(board, log[i, 1], log[i, 2])
        else:
            share_out(board, log[i, 1], log[i, 2], log[i, 3])


@inlined
def _any_option(board, n):
    first, end = board.tables.of_need.at[n], board.tables.of_need.at[n + 1]
    return board.tables.of_need.flat[first + np.random.randint(end - first)] if first < end else -1


@inlined
def _option_by(board, n, k):
    """An option of need ``n`` by person ``k``, any of them; -1 if there is none."""
    first, end = board.tables.of_need.at[n], board.tables.of_need.at[n + 1]
    found, chance = -1, 0
    for i in range(first, end):
        o = board.tables.of_need.flat[i]
        if board.core.options[o].person == k:
            chance += 1
            if np.random.randint(chance) == 0:
                found = o
    return found


@inlined
def _one_of(board, k, but):
    """A need that person ``k`` serves and may drop, other than ``but``; -1 if none was found."""
    roster = board.core.roster
    if roster[k, 0] == 0:
        return -1
    for _ in range(3):
        n = roster[k, 1 + np.random.randint(roster[k, 0])]
        if n != but and board.core.needs[n].forced == 0:
            return n
    return -1


@inner
def _move_need(board, log):
    """One need is served otherwise, or no longer."""
    n = np.random.randint(len(board.core.picks))
    o = _any_option(board, n)
    if o < 0:
        return 0
    if o == board.core.picks[n].choice:
        if board.core.needs[n].forced == 1:
            return 0
        return _put(board, log, 0, n, -1, -1)
    return _give(board, log, 0, o)


@inner
def _swap_needs(board, log):
    """A need comes to a person; one of theirs goes: to nobody, to anybody, or back to where the first came from."""
    n = np.random.randint(len(board.core.picks))
    o = _any_option(board, n)
    was = board.core.picks[n].choice
    if o < 0 or o == was:
        return 0
    k = board.core.options[o].person
    count = _give(board, log, 0, o)
    m = _one_of(board, k, n)
    if m < 0:
        return count
    count = _put(board, log, count, m, -1, -1)
    luck = np.random.random()
    other = -1
    if was >= 0 and luck < 0.4:
        other = _option_by(board, m, board.core.options[was].person)
    elif luck < 0.7:
        other = _any_option(board, m)
    if other >= 0 and board.core.options[other].person != k:
        count = _give(board, log, count, other)
    return count


@inlined
def _broken_by(tally):
    """How much is broken, in units that only compare: more or less than before."""
    total = 0
    for i in range(7):
        total += tally[MINUTES_OVER + i]
    return total


@inlined
def _eject(board, log, count, k, but, allowed):
    """Person ``k`` drops needs, at random, until no more is broken than ``allowed``; ``but`` stays."""
    for _ in range(5):
        if _broken_by(board.core.tally) <= allowed or count >= ROOM - _SPARE:
            return count
        n = _one_of(board, k, but)
        if n < 0:
            return count
        count = _put(board, log, count, n, -1, -1)
    return count


@inlined
def _place(board, log, count, n, tries):
    """Some options of an unmet need are tried; the first that breaks no more than now is taken."""
    allowed = _broken_by(board.core.tally)
    for _ in range(tries):
        o = _any_option(board, n)
        if o < 0:
            return count
        after = _give(board, log, count, o)
        if after == count:
            continue
        if _broken_by(board.core.tally) <= allowed:
            return after
        serve(board.core, n, -1, -1)
    return count


@inlined
def _place_ejected(board, log, first, count):
    """What was ejected since ``first`` is tried elsewhere."""
    for i in range(first, count):
        if log[i, 0] == _NEED and board.core.picks[log[i, 1]].choice < 0 and count < ROOM - _SPARE:
            count = _place(board, log, count, log[i, 1], 3)
    return count


@inlined
def _fill(board, log, count, k, tries):
    """Unmet needs that person ``k`` has room for."""
    first, end = board.tables.of_person.at[k], board.tables.of_person.at[k + 1]
    if first == end:
        return count
    for _ in range(tries):
        if count >= ROOM - _SPARE:
            return count
        o = board.tables.of_person.flat[first + np.random.randint(end - first)]
        n = board.core.options[o].need
        if board.core.picks[n].choice < 0:
            allowed = _broken_by(board.core.tally)
            after = _give(board, log, count, o)
            if after > count:
                if _broken_by(board.core.tally) <= allowed:
                    count = after
                else:
                    serve(board.core, n, -1, -1)
    return count


@inner
def _press_in(board, log):
    """A need comes to a person, who drops what no longer fits; that is tried elsewhere, and gaps are filled."""
    n = np.random.randint(len(board.core.picks))
    o = _any_option(board, n)
    was = board.core.picks[n].choice
    if o < 0 or o == was:
        return 0
    allowed = _broken_by(board.core.tally)
    count = _give(board, log, 0, o)
    first = count
    count = _eject(board, log, count, board.core.options[o].person, n, allowed)
    count = _place_ejected(board, log, first, count)
    if was >= 0:
        count = _fill(board, log, count, board.core.options[was].person, 4)
    return count


@inner
def _take_along(board, log, count, site, old, k):
    """What ``old`` does alone at the site goes to ``k`` where that is possible."""
    i, roster = 1, board.core.roster
    while i <= roster[old, 0] and count < ROOM // 2:
        n = roster[old, i]
        i += 1
        option = board.core.options[board.core.picks[n].choice]
        if option.site == site and option.slot < 0:
            goes = _option_by(board, n, k)
            if goes >= 0 and board.core.options[goes].part == 0 and board.core.options[goes].slot < 0:
                count = _put(board, log, count, n, goes, -1)
                i -= 1
    return count


@inner
def _settle(board, log, count, k, old, allowed):
    """Person ``k``, who got more, drops what no longer fits; that is tried elsewhere; ``old``'s time is filled."""
    first = count
    count = _eject(board, log, count, k, -1, allowed)
    count = _place_ejected(board, log, first, count)
    return _fill(board, log, count, old, 4)


@inner
def _leave_site(board, log):
    """A person drops what they do at one site; it goes to somebody else or is tried anywhere, and time is filled."""
    n = np.random.randint(len(board.core.picks))
    o = board.core.picks[n].choice
    if o < 0:
        return 0
    k, site = board.core.options[o].person, board.core.options[o].site
    other = board.core.options[_any_option(board, n)].person
    if other != k and np.random.random() < _TO_ONE:
        allowed = _broken_by(board.core.tally)
        count = _take_along(board, log, 0, site, k, other)
        return _settle(board, log, count, other, k, allowed)
    count, i, roster = 0, 1, board.core.roster
    while i <= roster[k, 0] and count < ROOM // 2:
        m = roster[k, i]
        if board.core.options[board.core.picks[m].choice].site == site and board.core.needs[m].forced == 0:
            count = _put(board, log, count, m, -1, -1)
        else:
            i += 1
    count = _place_ejected(board, log, 0, count)
    return _fill(board, log, count, k, 12)


@inner
def _move_group(board, log):
    """A group moves to another slot, or ends."""
    slot = np.random.randint(len(board.core.slots))
    first, end = board.tables.of_slot.at[slot], board.tables.of_slot.at[slot + 1]
    if board.core.slots[slot].members == 0 or first == end:
        return 0
    count, to = 0, -1
    if np.random.random() < 0.7:
        other = _any_option(
            board, board.core.options[board.tables.of_slot.flat[first + np.random.randint(end - first)]].need
        )
        to = board.core.options[other].slot
    allowed = _broken_by(board.core.tally)
    for i in range(first, end):
        o = board.tables.of_slot.flat[i]
        n = board.core.options[o].need
        if board.core.picks[n].choice == o and count < ROOM // 2:
            goes = -1
            if to >= 0 and to != slot:
                for j in range(board.tables.of_need.at[n], board.tables.of_need.at[n + 1]):
                    if board.core.options[board.tables.of_need.flat[j]].slot == to:
                        goes = board.tables.of_need.flat[j]
                        break
            if goes >= 0 or board.core.needs[n].forced == 0:
                count = _put(board, log, count, n, goes, -1)
    if to >= 0 and to != slot:
        count = _eject(board, log, count, board.core.slots[to].person, -1, allowed)
    count = _place_ejected(board, log, 0, count)
    return _fill(board, log, count, board.core.slots[slot].person, 6)


@inner
def _form_group(board, log):
    """A group forms or grows, of unmet needs or also of met ones; its leader drops what no longer fits."""
    slot = np.random.randint(len(board.core.slots))
    first, end = board.tables.of_slot.at[slot], board.tables.of_slot.at[slot + 1]
    form = board.core.slots[slot]
    if end - first < form.least or first == end:
        return 0
    allowed = _broken_by(board.core.tally)
    wanted = form.least + np.random.randint(form.most - form.least + 1) - board.core.slots[slot].members
    got, count, offset = 0, 0, np.random.randint(end - first)
    only_unmet = np.random.random() < 0.6
    for i in range(end - first):
        o = board.tables.of_slot.flat[first + (i + offset) % (end - first)]
        n = board.core.options[o].need
        if (
            got < wanted
            and board.core.picks[n].choice != o
            and not (only_unmet and board.core.picks[n].choice >= 0)
        ):
            count = _put(board, log, count, n, o, -1)
            got += 1
    changed = count
    count = _eject(board, log, count, form.person, -1, allowed)
    return _place_ejected(board, log, changed, count)


@inlined
def _hand_over(board, log, count, d, k):
    log[count, 0], log[count, 1], log[count, 2] = _DUTY, d, board.liaison[d]
    appoint(board, d, k)
    return count + 1


@inner
def _may_take(takers, d, k):
    """Whether person ``k`` may have duty ``d``."""
    for i in range(takers.at[d], takers.at[d + 1]):
        if takers.flat[i] == k:
            return True
    return False


@inner
def _other_terms(board, log, count, site, old, k):
    """The duties that ``old`` has at the site in other terms go to ``k`` too."""
    for d in range(len(board.liaison)):
        theirs = board.tables.duties[d, 0] == site and board.liaison[d] == old
        if theirs and count < ROOM - _SPARE and _may_take(board.tables.takers, d, k):
            count = _hand_over(board, log, count, d, k)
    return count


@inner
def _in_return(board, log, count, site, old, k):
    """One of ``k``'s duties elsewhere goes to ``old``."""
    total = len(board.liaison)
    offset = np.random.randint(total)
    for i in range(total):
        d = (i + offset) % total
        if (
            board.liaison[d] == k
            and board.tables.duties[d, 0] != site
            and _may_take(board.tables.takers, d, old)
        ):
            count = _hand_over(board, log, count, d, old)
            if np.random.random() < 0.5:
                count = _take_along(board, log, count, board.tables.duties[d, 0], k, old)
            return count
    return count


@inner
def _move_duty(board, log):
    """A liaison duty changes hands, perhaps with the work at the site; perhaps another comes back, with its work."""
    d = np.random.randint(len(board.liaison))
    takers = board.tables.takers
    first, end = takers.at[d], takers.at[d + 1]
    k, old, site = (
        takers.flat[first + np.random.randint(end - first)],
        board.liaison[d],
        board.tables.duties[d, 0],
    )
    if k == old:
        return 0
    allowed = _broken_by(board.core.tally)
    count = _hand_over(board, log, 0, d, k)
    if np.random.random() < 0.5:
        count = _other_terms(board, log, count, site, old, k)
    if np.random.random() < 0.5:
        count = _in_return(board, log, count, site, old, k)
    if np.random.random() < 0.5:
        count = _take_along(board, log, count, site, old, k)
    return _settle(board, log, count, k, old, allowed)


@inner
def _move_share(board, log):
    """Blocks of a coordinator's time go from one site to another."""
    k = board.tables.coordinators[np.random.randint(len(board.tables.coordinators))]
    first, end = board.tables.share_sites.at[k], board.tables.share_sites.at[k + 1]
    if end - first < 2:
        return 0
    a = board.tables.share_sites.flat[first + np.random.randint(end - first)]
    b = board.tables.share_sites.flat[first + np.random.randint(end - first)]
    here, there = board.shares[k, a], board.shares[k, b]
    if a == b or here == 0:
        return 0
    amount = here if np.random.random() < 0.3 else 1 + np.random.randint(here)
    left = here - amount
    if (left != 0 and left < board.tables.min_blocks) or there + amount < board.tables.min_blocks:
        return 0
    if left == 0 and board.tables.employer[k] == a:
        return 0
    if there == 0 and left > 0:
        held = 0
        for i in range(first, end):
            held += 1 if board.shares[k, board.tables.share_sites.flat[i]] > 0 else 0
        if held >= board.tables.most_shares[k]:
            return 0
    log[0, 0], log[0, 1], log[0, 2], log[0, 3] = _SHARE, k, a, here
    share_out(board, k, a, left)
    log[1, 0], log[1, 1], log[1, 2], log[1, 3] = _SHARE, k, b, there
    share_out(board, k, b, there + amount)
    return 2


@inner
def tried(board, log):
    """One random move; how many changes it made."""
    luck = np.random.random()
    if luck < _MIX[0]:
        return _move_need(board, log)
    if luck < _MIX[1]:
        return _swap_needs(board, log)
    if luck < _MIX[2]:
        return _press_in(board, log)
    if luck < _MIX[3]:
        return _leave_site(board, log)
    if luck < _MIX[4]:
        return _form_group(board, log) if len(board.core.slots) else 0
    if luck < _MIX[5]:
        return _move_group(board, log) if len(board.core.slots) else 0
    if luck < _MIX[6]:
        return _move_duty(board, log) if len(board.liaison) else 0
    return _move_share(board, log) if len(board.tables.coordinators) else 0
