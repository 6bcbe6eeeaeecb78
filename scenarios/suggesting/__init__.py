"""Which redeployments would help most, and what more time of each kind would bring; every gain verified."""

from __future__ import annotations

from scenarios.suggesting.candidates import KINDS, Candidate, Moves, Neighbour
from scenarios.suggesting.results import CurvePoint, Item, ShoppingList, Suggestion, Suggestions
from scenarios.suggesting.searching import Depth, suggest
from scenarios.suggesting.shopping import shopping_list

__all__ = [
    "KINDS",
    "Candidate",
    "CurvePoint",
    "Depth",
    "Item",
    "Moves",
    "Neighbour",
    "ShoppingList",
    "Suggestion",
    "Suggestions",
    "shopping_list",
    "suggest",
]
