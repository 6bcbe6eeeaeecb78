"""Editing an agreed proposal: pins, rejections, moves and other orders of goals, with the least change there is.

``edits`` is what may be asked, ``reading`` gets it from files and options, ``settling`` looks codes up;
``relationships`` says what counts as a change; ``resolving`` is the search from one end to the other, ``result`` what
it answers, ``screen`` how it is shown.
"""

from __future__ import annotations

from allocator.editing.edits import AnyEdit, Move, Order, Pin, Reject
from allocator.editing.reading import read_edits
from allocator.editing.relationships import Weights, lost_relationships, relationships
from allocator.editing.resolving import GIVE_UP, resolve
from allocator.editing.result import Change, Held, Resolved

__all__ = [
    "GIVE_UP",
    "AnyEdit",
    "Change",
    "Held",
    "Move",
    "Order",
    "Pin",
    "Reject",
    "Resolved",
    "Weights",
    "lost_relationships",
    "read_edits",
    "relationships",
    "resolve",
]
