"""What the directory's school types mean: kind of site, medium, and which years the roll is in."""

from __future__ import annotations

from allocator.models.world import SiteType

_TYPES: dict[str, tuple[SiteType, float, float]] = {
    "contributing": ("contributing", 1.0, 1.0),
    "full primary": ("full_primary", 1.0, 1.0),
    "intermediate": ("intermediate", 1.0, 1.0),
    "secondary (year 7-15)": ("secondary", 0.33, 0.66),
    "secondary (year 7-10)": ("secondary", 0.5, 1.0),
    "secondary (year 9-15)": ("secondary", 0.0, 0.45),
    "secondary (year 11-15)": ("secondary", 0.0, 0.0),
    "restricted composite (year 7-10)": ("secondary", 0.5, 1.0),
    "restricted composite (yr 7-10)": ("secondary", 0.5, 1.0),
    "composite": ("composite", 0.6, 0.82),
    "composite (year 1-15)": ("composite", 0.6, 0.82),
    "composite (year 1-10)": ("composite", 0.8, 1.0),
    "special school": ("special", 0.6, 0.82),
    "teen parent unit": ("other", 0.0, 0.0),
    "activity centre": ("other", 0.0, 0.5),
    "correspondence school": ("other", 0.35, 0.5),
}
"""Type -> kind of site, shares of the roll in years 1–8 and 1–10.

Year levels are taken as equal up to year 10; from year 11 on they thin out (years 11 to 13 hold 0.55 of a
Year 9–15 roll and 0.18 of a composite one). The directory has no rolls by year level, so these are working
values.
"""


def _form(school_type: str) -> str:
    return " ".join(school_type.casefold().replace("–", "-").split())


def site_type_of(school_type: str, definition: str, language: str) -> SiteType | None:
    """The kind of site; one that teaches in te reo Māori is a kura; ``None`` for a type not known."""
    found = _TYPES.get(_form(school_type))
    if found is None:
        return None
    primary_or_composite = found[0] in ("contributing", "full_primary", "composite")
    return "kura" if primary_or_composite and medium_of(definition, language) == "maori" else found[0]


def medium_of(definition: str, language: str) -> str:
    """``maori``, ``bilingual`` or ``english``, from the definition and the language of instruction."""
    kind = definition.casefold().replace("ā", "a")
    taught = language.casefold().replace("ā", "a")
    if kind.startswith(
        ("kura kaupapa maori", "kura teina", "designated character school - kura", "kura-a-iwi")
    ):
        return "maori"
    if taught.startswith(("maori medium", "maori-medium")):
        return "maori"
    return (
        "bilingual"
        if kind.startswith("bilingual") or "mixed maori" in taught or taught == "bilingual"
        else "english"
    )


def rolls_of(school_type: str, roll: int) -> tuple[int, int]:
    """Estimated learners in years 1–8 and 1–10 of a school of a known type."""
    _, eight, ten = _TYPES[_form(school_type)]
    return round(roll * eight), round(roll * ten)
