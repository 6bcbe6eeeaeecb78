"""An area is several clusters in one problem: connected within a district, apart between districts."""

from __future__ import annotations

import pytest

from allocator.generating import CLUSTERS, Settings, generate_area
from allocator.generating.area import DISTRICT
from allocator.models.world import Cluster
from allocator.solvers.options import build_problem


@pytest.fixture(scope="module")
def district() -> Cluster:
    return generate_area("district", seed=1)


@pytest.fixture(scope="module")
def two_districts() -> Cluster:
    """A district of five clusters and one of two."""
    return generate_area(clusters=7, seed=1)


def components(cluster: Cluster) -> list[set[str]]:
    """People who could serve the same need, directly or through others, by code."""
    problem = build_problem(cluster)
    groups: dict[int, set[str]] = {}
    for options in problem.options_of_need:
        people = {int(k) for k in problem.person[options]}
        merged = {cluster.staff[k].staff_id for k in people}.union(
            *(groups[k] for k in people & groups.keys())
        )
        for k in [k for k, person in enumerate(cluster.staff) if person.staff_id in merged]:
            groups[k] = merged
    return list({id(group): group for group in groups.values()}.values())


class TestDistrict:
    """Five clusters of about 340 needs."""

    def test_its_size(self, district: Cluster) -> None:
        assert 1_400 <= len(district.needs) <= 2_000
        assert 110 <= len(district.staff) <= 160

    def test_codes_are_unique(self, district: Cluster) -> None:
        for codes in (
            [site.site_id for site in district.sites],
            [person.staff_id for person in district.staff],
            [need.need_id for need in district.needs],
        ):
            assert len(set(codes)) == len(codes)

    def test_a_learner_has_one_site(self, district: Cluster) -> None:
        places: dict[str, set[str]] = {}
        for need in district.needs:
            if need.learner_id:
                places.setdefault(need.learner_id, set()).add(need.site_id)
        assert all(len(sites) == 1 for sites in places.values())

    def test_references_hold(self, district: Cluster) -> None:
        assert {need.site_id for need in district.needs} <= set(district.site)
        assert {need.current_staff for need in district.needs if need.current_staff} <= set(district.person)
        assert {code for person in district.staff for code in person.sites} <= set(district.site)
        assert {code for site in district.sites for code in site.liaison} <= set(district.person)

    def test_it_is_one_connected_problem(self, district: Cluster) -> None:
        """One component reaches all five clusters and holds most needs; ORS teachers and aides have needs apart."""
        largest = max(components(district), key=len)
        assert {code[:5] for code in largest if "C" in code[:5]} == {f"D01C{i}" for i in range(1, 6)}
        problem = build_problem(district)
        within = [
            district.staff[int(problem.person[options[0]])].staff_id in largest
            for options in problem.options_of_need
            if len(options)
        ]
        assert sum(within) > 0.8 * len(within)

    def test_coordinators_stay_within_their_cluster(self, district: Cluster) -> None:
        for person in district.staff:
            if person.role == "lsc":
                assert {code[:5] for code in (person.base_site, *person.sites)} == {person.staff_id[:5]}

    def test_specialists_serve_their_cluster_and_its_neighbours(self, district: Cluster) -> None:
        """On a ring of five: 1 serves 5, 1 and 2."""
        for person in district.staff:
            if person.role in ("slt", "psychologist", "rtlb", "ors_teacher"):
                home = int(person.base_site[4])
                assert {int(code[4]) for code in person.sites} == {home, home % 5 + 1, (home - 2) % 5 + 1}

    def test_somebody_serves_another_cluster_already(self, district: Cluster) -> None:
        away = [
            need
            for need in district.needs
            if need.current_staff and district.person[need.current_staff].base_site[:5] != need.site_id[:5]
        ]
        assert away


class TestApart:
    """Districts of an area share nobody."""

    def test_no_option_crosses(self, two_districts: Cluster) -> None:
        problem = build_problem(two_districts)
        person = [row.staff_id[:3] for row in two_districts.staff]
        site = [row.site_id[:3] for row in two_districts.sites]
        for n, k, s in zip(
            problem.need.tolist(), problem.person.tolist(), problem.site.tolist(), strict=True
        ):
            assert problem.needs[n].need_id[:3] == person[k] == site[s]

    def test_a_larger_area_begins_with_the_smaller(self, district: Cluster, two_districts: Cluster) -> None:
        assert two_districts.needs[: len(district.needs)] == district.needs
        assert two_districts.staff[: len(district.staff)] == district.staff


def test_a_seed_is_an_area(district: Cluster) -> None:
    again = generate_area("district", seed=1)
    assert again == district
    assert generate_area("district", seed=2).needs != district.needs


def test_several_terms() -> None:
    area = generate_area(clusters=2, seed=4, terms=4)
    assert len(area.terms) == 4
    assert area.availability
    assert any(need.handover for need in area.needs)


def test_settings_and_name_are_taken() -> None:
    area = generate_area(clusters=1, seed=1, name="Tīwai", settings=Settings(prefix="X", ministry=False))
    assert area.name == "Tīwai"
    assert all(need.need_id.startswith("XD01C1-") for need in area.needs)
    assert not any(person.role == "slt" for person in area.staff)


def test_sizes_are_whole_districts() -> None:
    assert CLUSTERS == {"district": 5, "region": 20, "nation": 200}
    assert all(count % DISTRICT == 0 for count in CLUSTERS.values())


@pytest.mark.parametrize(
    "given", [{}, {"size": "district", "clusters": 5}, {"clusters": 0}, {"clusters": 2, "terms": 5}]
)
def test_what_makes_no_sense_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"either|at least 1|between 1 and 4"):
        generate_area(seed=1, **given)
