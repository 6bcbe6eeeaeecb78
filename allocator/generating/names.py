"""Invented names of schools and services; no school of the national directory bears one of them."""

from __future__ import annotations

import numpy as np

_FIRST = (
    "Dotterel",
    "Mātātā",
    "Silverbeech",
    "Longshadow",
    "Harrier",
    "Pūrerehua",
    "Tussockdale",
    "Kōtukutuku",
    "Ferngate",
    "Wekaburn",
    "Pīwakawaka",
    "Kākābeak",
    "Toetoe",
    "Rātāvale",
    "Moonstone",
    "Pūkekowai",
    "Saltgrass",
    "Cloudmark",
    "Kererūdale",
    "Mānukawood",
    "Tūīhaven",
    "Greenstem",
    "Whekīgrove",
    "Driftwood",
    "Larksong",
    "Kōkakowood",
    "Tarāpunga",
    "Nīkaustone",
    "Whiorapids",
    "Takahēdale",
)
_SECOND = ("Flat", "Bend", "Ridge", "Saddle", "Landing", "Terrace", "Reach", "Gully", "Crossing", "Rise")
_ENDINGS: dict[str, tuple[str, ...]] = {
    "early_learning": ("Kindergarten", "Early Learning Centre", "Playcentre"),
    "contributing": ("School", "Primary School"),
    "full_primary": ("School",),
    "intermediate": ("Intermediate",),
    "secondary": ("College", "High School"),
    "composite": ("Area School",),
}


class NamePool:
    """Hands out each pair of an invented place once."""

    def __init__(self, rng: np.random.Generator) -> None:
        pairs = [f"{first} {second}" for first in _FIRST for second in _SECOND]
        self._rng = rng
        self._pairs = [pairs[int(index)] for index in rng.permutation(len(pairs))]
        self._kura = [_FIRST[int(index)] for index in rng.permutation(len(_FIRST))]

    def take(self, site_type: str) -> str:
        """A name of the kind a site of this type has; a kura is named after its place in te reo Māori."""
        if site_type == "kura" and self._kura:
            return f"Te Kura o {self._kura.pop()}"
        place = self._pairs.pop()
        endings = _ENDINGS.get(site_type, ("School",))
        return f"{place} {endings[int(self._rng.integers(len(endings)))]}"
