"""A generated cluster is whole: references hold, agreed rows are possible, and a seed is a cluster."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import pytest

from allocator.errors import InputError
from allocator.generating import Settings, generate, generate_sites
from allocator.generating.geography import great_circle_km, road_minutes
from allocator.models.world import Site

KINDS = ("urban", "mixed", "rural")
TIED = {"ORS", "ORS_VH", "ICS"}


@pytest.fixture(
    scope="module",
    params=[(kind, seed, terms) for kind in KINDS for seed, terms in ((1, 1), (2, 4))],
    ids=lambda param: f"{param[0]}-{param[2]}-terms",
)
def cluster(request):
    """One cluster of each kind, over one term and over four."""
    kind, seed, terms = request.param
    return generate(generate_sites(kind, seed), seed=seed, kind=kind, terms=terms)


def fixed_rows(cluster):
    return [
        need for need in cluster.needs if need.current_staff and (need.locked or TIED & set(need.funding))
    ]


class TestWhole:
    """Every reference of a generated cluster leads somewhere."""

    def test_references_hold(self, cluster):
        roles = {person.role for person in cluster.staff}
        assert roles <= set(cluster.roles)
        assert {person.base_site for person in cluster.staff} <= set(cluster.site)
        assert {need.site_id for need in cluster.needs} <= set(cluster.site)
        assert {code for need in cluster.needs for code in need.supports} <= set(cluster.support)
        assert {need.current_staff for need in cluster.needs if need.current_staff} <= set(cluster.person)
        assert {code for site in cluster.sites for code in site.liaison} <= set(cluster.person)
        assert {row.site_id for row in (*cluster.referrals, *cluster.rolls)} <= set(cluster.site)

    def test_what_runs_has_somebody_and_what_waits_has_a_date(self, cluster):
        for need in cluster.needs:
            assert (need.current_staff is not None) == (need.status == "in_service")
            assert need.status == "in_service" or need.waiting_since < cluster.terms[0].start

    def test_there_are_commitments_but_most_is_open(self, cluster):
        running = [need for need in cluster.needs if need.status == "in_service"]
        assert 0.1 <= len(running) / len(cluster.needs) <= 0.5
        assert len(fixed_rows(cluster)) < len(running)

    def test_the_horizon_is_the_school_year(self, cluster):
        assert [term.id for term in cluster.terms] == ["2027-T1", "2027-T2", "2027-T3", "2027-T4"][
            : len(cluster.terms)
        ]
        assert cluster.terms[0].start.isoformat() == "2027-02-01"

    def test_kura_need_te_reo_maori(self, cluster):
        for need in cluster.needs:
            if cluster.site[need.site_id].medium == "maori" and need.learner_id is not None:
                assert "te_reo_maori" in need.languages

    def test_history_reaches_back_two_years_or_more(self, cluster):
        assert len({row.term for row in cluster.referrals}) >= 8
        assert all(row.term < "2027-T1" for row in cluster.referrals)
        today = {row.site_id: row.roll for row in cluster.rolls if row.year == 2026}
        assert all(today[site.site_id] == site.roll for site in cluster.sites if site.type != "base")


class TestAgreedRowsArePossible:
    """Locked rows and tied hours keep every rule together, counted here by hand."""

    def test_people_may_serve_what_they_serve(self, cluster):
        """Role, year levels, languages, skills, reach and consent hold for every running service."""
        for need in cluster.needs:
            if need.current_staff is None:
                continue
            person = cluster.person[need.current_staff]
            role = cluster.roles[person.role]
            site, base = cluster.site[need.site_id], cluster.site[person.base_site]
            fitting = [
                cluster.support[code] for code in need.supports if person.role in cluster.support[code].roles
            ]
            assert any(set(support.skills) <= set(person.skills) for support in fitting)
            assert set(need.skills) <= set(person.skills)
            assert set(need.languages) <= set(person.languages)
            assert site.medium != "maori" or "te_reo_maori" in person.languages
            assert need.year_level is None or (role.year_min or -5) <= need.year_level <= (
                role.year_max or 15
            )
            assert road_minutes(base, site, cluster.travel) <= role.reach_minutes
            assert need.consent == "cluster" or person.base_site == need.site_id
            assert not person.vacant

    def test_time_cases_sites_and_travel_leave_room(self, cluster):
        """Delivery, visits and standing hours of the fixed rows fit, with room for each school's liaison."""
        for person in cluster.staff:
            rows = [need for need in fixed_rows(cluster) if need.current_staff == person.staff_id]
            if not rows:
                continue
            role = cluster.roles[person.role]
            paid = 60 * person.fte * role.paid_hours
            delivery: dict[str, float] = {}
            for need in rows:
                delivery[need.site_id] = delivery.get(need.site_id, 0) + 60 * need.hours_per_week
            travel = 0
            for site, minutes in delivery.items():
                if site != person.base_site:
                    support = max(
                        (
                            cluster.support[need.supports[0]].visits_per_week
                            for need in rows
                            if need.site_id == site
                        ),
                        default=0,
                    )
                    quarters = max(4 * support, math.ceil(4 * minutes / (60 * role.day_hours)))
                    trip = (
                        2 * road_minutes(cluster.site[person.base_site], cluster.site[site], cluster.travel)
                        + 10
                    )
                    travel += quarters * math.ceil(trip / 4)
            used = sum(delivery.values()) + travel
            assert used + 60 * person.standing_hours <= paid * role.contact_share
            assert used <= 0.61 * paid * role.contact_share
            assert travel <= role.travel_share * paid
            assert role.max_cases is None or len(rows) <= role.max_cases * person.fte
            assert role.max_sites is None or len(delivery) <= role.max_sites

    def test_coordinators_fixed_rows_are_at_their_employing_school(self, cluster):
        """How shares are split is open, but the employing school always holds one."""
        for need in fixed_rows(cluster):
            person = cluster.person[need.current_staff]
            assert person.role != "lsc" or person.employer == need.site_id


class TestDeterminism:
    """A seed is a cluster."""

    def test_the_same_seed_gives_the_same_cluster(self):
        first, second = (generate(generate_sites("mixed", 5), seed=6, terms=2) for _ in range(2))
        assert first == second

    def test_another_seed_gives_another(self):
        sites = generate_sites("mixed", 5)
        assert generate(sites, seed=6).needs != generate(sites, seed=7).needs

    def test_the_hash_seed_of_the_process_does_not_matter(self):
        """Nothing is drawn in the order of a set."""
        script = (
            "import hashlib; from allocator.generating import generate, generate_sites;"
            "text = generate(generate_sites('rural', 3), seed=3).model_dump_json();"
            "print(hashlib.sha256(text.encode()).hexdigest())"
        )
        digests = {
            subprocess.run(
                [sys.executable, "-c", script],
                env=os.environ | {"PYTHONHASHSEED": value},
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            for value in ("1", "2")
        }
        assert len(digests) == 1

    def test_a_prefix_makes_codes_that_can_be_joined(self):
        """Clusters with different prefixes share no code."""
        one, two = (
            generate(generate_sites("rural", 3, prefix=prefix), seed=3, settings=Settings(prefix=prefix))
            for prefix in ("A-", "B-")
        )
        for rows, code in (
            ("sites", "site_id"),
            ("staff", "staff_id"),
            ("needs", "need_id"),
            ("needs", "learner_id"),
        ):
            codes = [
                {getattr(row, code) for row in getattr(cluster, rows)} - {None} for cluster in (one, two)
            ]
            assert not codes[0] & codes[1]


class TestRefusals:
    """What cannot be generated from is refused with every fault."""

    def test_sites_without_coordinates_are_all_named(self):
        sites = [site.model_copy(update={"latitude": None}) for site in generate_sites("rural", 1)[:2]]
        with pytest.raises(InputError) as error:
            generate(sites, seed=1)
        assert len(error.value.faults) == 2
        assert all("needs latitude and longitude" in fault.message for fault in error.value.faults)

    def test_a_cluster_without_learners_is_refused(self):
        with pytest.raises(InputError, match="at least one school with learners"):
            generate(
                [Site(site_id="1", name="Empty", type="full_primary", latitude=-40, longitude=176)], seed=1
            )

    def test_five_terms_are_refused(self):
        with pytest.raises(ValueError, match="terms must be between 1 and 4, not 5"):
            generate(generate_sites("urban", 1), seed=1, terms=5)

    def test_liaisons_typed_before_are_chosen_anew(self):
        """Codes of people in the sites' liaison column would lead nowhere in the generated cluster."""
        sites = [site.model_copy(update={"liaison": ("SOMEBODY",)}) for site in generate_sites("urban", 1)]
        cluster = generate(sites, seed=1)
        assert {code for site in cluster.sites for code in site.liaison} <= set(cluster.person)


class TestSites:
    """Fictional sites are spread and sized like real ones."""

    @pytest.mark.parametrize(("kind", "nearest"), [("urban", 1.0), ("mixed", 4.3), ("rural", 7.3)])
    def test_distance_to_the_nearest_school(self, kind, nearest):
        """Mean over seeds of the nearest neighbour distance: 1.0, 4.3 and 7.3 km in real clusters."""
        found = []
        for seed in range(20):
            schools = [site for site in generate_sites(kind, seed) if site.type != "early_learning"]
            found += [min(great_circle_km(a, b) for b in schools if b is not a) for a in schools]
        assert sorted(found)[len(found) // 2] == pytest.approx(nearest, rel=0.45)

    @pytest.mark.parametrize("kind", KINDS)
    def test_equity_index_has_the_national_spread(self, kind):
        values = [site.equity_index for seed in range(40) for site in generate_sites(kind, seed)]
        mean = sum(values) / len(values)
        assert mean == pytest.approx(463, abs=15)
        assert (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5 == pytest.approx(45, abs=9)
        assert min(values) >= 344
        assert max(values) <= 569

    def test_counts_and_rolls_asked_for_are_given(self):
        sites = generate_sites("urban", 1, schools=9, early_learning=6, total_roll=4000)
        assert sum(site.type == "early_learning" for site in sites) == 6
        schools = [site for site in sites if site.type != "early_learning"]
        assert len(schools) == 9
        assert sum(site.roll for site in schools) == pytest.approx(4000, abs=40)
