"""Rates the generator draws from that are not a kind of need: consent, capacity, equity, populations, rolls.

Values without a published figure are working values; they are marked so.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["urban", "mixed", "rural"]

KINDS: tuple[Kind, ...] = ("urban", "mixed", "rural")
KIND_SHARES = (0.45, 0.33, 0.22)
"""Of 220 real clusters."""

EQI_MEAN = 463.0
EQI_SPREAD = 45.0
EQUITY_GRADIENT = 0.25
"""Prevalence × exp(0.25 × (EQI − 463) / 45): one spread more barriers, 28% more need (working value)."""

TWO_NEEDS = 0.30
"""Share of the register's learners with two or more needs (working value)."""

CONSENT: dict[str, float] = {"cluster": 0.825, "own_school": 0.155, "withdrawn": 0.02}
"""Within the ranges 75 to 90%, 8 to 20%, 1 to 3% (working values)."""

MINISTRY_VACANCY = 0.185
"""196 of 1,061 posts were vacant in July 2023."""

SPEED_KMH: dict[Kind, float] = {"urban": 30.0, "mixed": 50.0, "rural": 70.0}


LEARNERS_PER_PROJECT = 225.0
"""One project open at any time per 150 to 300 learners (working value)."""

MINISTRY_PER_1000 = 1.3
"""1,061 posts on a roll of 821,146, early learning children covered by the same posts."""

MINISTRY_MIX: dict[str, float] = {
    "slt": 0.35,
    "psychologist": 0.17,
    "eit": 0.16,
    "adviser": 0.14,
    "ot": 0.05,
    "physio": 0.03,
    "aodc": 0.04,
    "kaitakawaenga": 0.04,
    "rtv": 0.02,
}
"""Psychologists 172 of 1,061; the rest are working values. Vision teachers deploy alike."""

VACANCY: dict[str, float] = {"lsc": 0.06, "rtlb": 0.05, "ors_teacher": 0.05} | dict.fromkeys(
    MINISTRY_MIX, MINISTRY_VACANCY
)
LEARNERS_PER_RTLB = 620.0
"""Years 1 to 10: 790,750 learners × 0.78 on nearly 1,000 RTLB; seen between 550 and 850."""

SKILLS: dict[str, tuple[str, ...]] = {
    "rtlb": ("structured_literacy", "incredible_years", "autism", "trauma_informed", "secondary"),
    "lsc": ("structured_literacy", "gifted", "autism"),
    "senco": ("structured_literacy",),
    "slt": ("aac", "fluency", "autism"),
    "psychologist": ("incredible_years", "trauma_informed", "autism"),
    "adviser": ("incredible_years", "autism", "trauma_informed"),
    "eit": ("autism",),
    "ors_teacher": ("aac", "autism"),
}
LANGUAGES: dict[str, dict[str, float]] = {
    "kaitakawaenga": {"te_reo_maori": 1.0},
    "aodc": {"nzsl": 1.0},
}
TE_REO_SHARE = 0.15
SAMOAN_SHARE = 0.05

MAORI_BY_DECILE = (0.49, 0.51, 0.42, 0.33, 0.27, 0.22, 0.16, 0.14, 0.11, 0.09)
PACIFIC_BY_DECILE = (0.40, 0.22, 0.15, 0.09, 0.06, 0.05, 0.06, 0.05, 0.04, 0.02)
"""Mean shares of learners by decile 1 to 10, measured on the schools directory of September 2021."""

ROLL_NOISE: tuple[tuple[int, float], ...] = (
    (50, 0.27),
    (100, 0.16),
    (200, 0.10),
    (400, 0.075),
    (800, 0.053),
    (100_000, 0.039),
)
"""(roll below, s.d. of the one-year log change), measured on July rolls 2009 to 2017."""


def eqi_of_decile(decile: float) -> float:
    """The equity index a decile stands for: 570 − 18 × decile (fitted on 30 schools, residual s.d. 17)."""
    return 570.0 - 18.0 * decile


def year_weight(year: int) -> float:
    """Need relative to the mean: years 1–3 1.3, 4–6 1.0, 7–9 1.1, 10 and above 0.6 (working values)."""
    if year <= 0:
        return 1.0
    if year <= 3:
        return 1.3
    if year <= 6:
        return 1.0
    return 1.1 if year <= 9 else 0.6
