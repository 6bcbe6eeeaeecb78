"""What the generator draws agrees with the published rates, over seeds."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from allocator.generating import Settings, generate, generate_sites, need_classes, rates
from allocator.generating.geography import gradient, roll_by_year, schools_of
from allocator.models.world import Cluster

SEEDS = range(1, 13)


@cache
def clusters() -> tuple[Cluster, ...]:
    """A dozen clusters of all three kinds."""
    kinds = ("urban", "mixed", "rural")
    return tuple(generate(generate_sites(kinds[seed % 3], seed), seed=seed) for seed in SEEDS)


def learners_of(cluster: Cluster) -> Counter[str]:
    return Counter(need.learner_id for need in cluster.needs if need.learner_id is not None)


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in need_classes.NEED_CLASSES
        if kind.id in ("literacy", "social", "rtlb_learning", "rtlb_behaviour", "severe_behaviour", "gifted")
    ],
    ids=lambda kind: kind.id,
)
def test_prevalence_per_hundred_learners(kind):
    """Rows per class are within four standard errors of roll × year weight × equity gradient × prevalence."""
    expected = drawn = 0.0
    for cluster in clusters():
        for site in cluster.sites:
            if site.type == "base":
                continue
            eligible = sum(
                roll * rates.year_weight(year)
                for year, roll in roll_by_year(site).items()
                if kind.years[0] <= year <= kind.years[1]
            )
            expected += eligible * kind.per_100 * kind.on_register / 100 * gradient(site)
        drawn += sum(need.supports == kind.supports for need in cluster.needs)
    assert abs(drawn - expected) < 4 * expected**0.5


def test_more_barriers_more_need():
    """One spread above the mean index there is exp(0.25) = 1.28 times the need, one below 0.78 times."""
    sites = generate_sites("urban", 3, schools=8, total_roll=16_000)
    rows = {}
    for index in (463 - 45, 463, 463 + 45):
        levelled = [site.model_copy(update={"equity_index": index}) for site in sites]
        rows[index] = len(generate(levelled, seed=9).needs)
    assert rows[508] / rows[463] == pytest.approx(1.284, abs=0.12)
    assert rows[418] / rows[463] == pytest.approx(0.779, abs=0.12)


def test_three_learners_in_ten_have_two_or_more_needs():
    several = sum(count > 1 for cluster in clusters() for count in learners_of(cluster).values())
    everybody = sum(len(learners_of(cluster)) for cluster in clusters())
    assert several / everybody == pytest.approx(0.30, abs=0.02)


def test_a_learner_is_one_child():
    """All rows of a learner agree on site, year level, consent and groups, and are of different kinds."""
    for cluster in clusters():
        rows: dict[str, list] = {}
        for need in cluster.needs:
            if need.learner_id is not None:
                rows.setdefault(need.learner_id, []).append(need)
        for needs in rows.values():
            assert len({(need.site_id, need.year_level, need.consent, need.groups) for need in needs}) == 1
            assert len({need.supports for need in needs}) == len(needs)


def test_consent_shares():
    """Cluster consent 75 to 90%, own school 8 to 20%, withdrawn 1 to 3%, counted by learner."""
    states = Counter()
    for cluster in clusters():
        states.update({need.learner_id: need.consent for need in cluster.needs if need.learner_id}.values())
    total = states.total()
    assert 0.75 <= states["cluster"] / total <= 0.90
    assert 0.08 <= states["own_school"] / total <= 0.20
    assert 0.01 <= states["withdrawn"] / total <= 0.03


def test_ministry_vacancies():
    """196 of 1,061 posts were vacant: 18.5%."""
    posts = [
        person.vacant
        for cluster in clusters()
        for person in cluster.staff
        if person.role in rates.MINISTRY_MIX
    ]
    posts += [
        person.vacant
        for seed in range(20, 32)
        for person in generate(generate_sites("urban", seed, total_roll=6000), seed=seed).staff
        if person.role in rates.MINISTRY_MIX
    ]
    assert sum(posts) / len(posts) == pytest.approx(0.185, abs=0.055)


def test_ministry_posts_per_thousand_learners():
    """1.3 posts per 1,000 learners, early learning included."""
    cluster = generate(generate_sites("urban", 4, schools=12, total_roll=9000), seed=4)
    posts = sum(person.fte for person in cluster.staff if person.role in rates.MINISTRY_MIX)
    assert posts / sum(site.roll for site in cluster.sites) * 1000 == pytest.approx(1.3, abs=0.2)


def test_coordinator_time_is_one_per_five_hundred_learners():
    """The coordinators' blocks add up to roll ÷ 500 in tenths: no more, no less."""
    for cluster in clusters():
        blocks = sum(round(person.fte / 0.1) for person in cluster.staff if person.role == "lsc")
        assert blocks == int(sum(site.roll for site in cluster.sites) / 500 / 0.1 + 0.5)


def test_rtlb_by_roll_in_years_one_to_ten():
    """About one per 620 learners, more where barriers are; small clusters keep enough for liaison."""
    for cluster in clusters():
        weighted = sum((site.roll_years_1_10 or 0) * gradient(site) for site in schools_of(cluster.sites))
        fte = sum(person.fte for person in cluster.staff if person.role == "rtlb")
        assert fte >= weighted / 620 - 1e-9
        assert fte <= weighted / 620 * 1.3 + 2.0


def test_needs_exceed_hours():
    """For most roles the register asks for more hours than are free, and not absurdly more."""
    ratios = []
    for cluster in clusters():
        free: Counter[str] = Counter()
        asked: Counter[str] = Counter()
        for person in cluster.staff:
            role = cluster.roles[person.role]
            free[person.role] += (
                0
                if person.vacant
                else person.fte * role.paid_hours * role.contact_share - person.standing_hours
            )
        for need in cluster.needs:
            first = next(
                (
                    cluster.support[code]
                    for code in need.supports
                    if set(cluster.support[code].roles) & set(free)
                ),
                None,
            )
            if need.planned and first is not None:
                roles = sorted(set(first.roles) & set(free) - {"senco"}) or ["senco"]
                hours = (need.hours_per_week or first.hours_per_week) / (4.5 if first.shape == "group" else 1)
                asked.update({role: hours / len(roles) for role in roles})
        ratios += [
            asked[role] / free[role]
            for role in ("rtlb", "slt", "lsc", "psychologist", "eit")
            if free[role] > 0
        ]
    ratios.sort()
    assert 1.2 <= ratios[len(ratios) // 2] <= 1.8


def test_waits_follow_the_service():
    """Early intervention waits longest (126 days on average), RTLB casework a few weeks (21)."""
    waits: dict[str, list[int]] = {"EIS": [], "rtlb": []}
    for cluster in clusters():
        for need in cluster.needs:
            if need.status == "waiting" and need.waiting_since is not None:
                days = (cluster.terms[0].start - need.waiting_since).days
                if "EIS" in need.funding:
                    waits["EIS"].append(days)
                elif need.supports in (("rtlb_learning",), ("rtlb_behaviour",)):
                    waits["rtlb"].append(days)
    assert sum(waits["EIS"]) / len(waits["EIS"]) == pytest.approx(126, rel=0.25)
    assert sum(waits["rtlb"]) / len(waits["rtlb"]) == pytest.approx(21, rel=0.15)


def test_register_share_scales_the_register():
    """Half the share, half the rows."""
    sites = generate_sites("urban", 2, total_roll=6000)
    whole, half = (
        len(generate(sites, seed=1, settings=Settings(register_share=share)).needs) for share in (1.0, 0.5)
    )
    assert half / whole == pytest.approx(0.5, abs=0.08)
