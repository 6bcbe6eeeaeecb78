"""The clusters that ship: what they promise, and that they are what the generator makes."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from allocator.generating.geography import road_minutes
from allocator.generating.ready import READY_MADE, build_ready_made
from allocator.io.reader import read_cluster
from scenarios import ready_made, ready_made_names

DIRECTORY = (
    Path(__file__).resolve().parents[2].parent / "shared" / "data" / "nz-schools" / "schools-2021-09.csv"
)


@pytest.fixture(scope="module", params=ready_made_names())
def shipped(request):
    return request.param, read_cluster(ready_made(request.param))


def schools(cluster):
    return [site for site in cluster.sites if site.type not in ("early_learning", "base")]


def test_what_ships_is_what_the_generator_makes(shipped):
    """Whoever changes a rate runs ``build_ready_made`` again, so that the folders stay current."""
    name, cluster = shipped
    assert cluster == READY_MADE[name]()


def test_reading_them_gives_no_notes(shipped):
    assert shipped[1].notes == ()


def test_building_them_again_writes_three_folders(tmp_path):
    build_ready_made(tmp_path)
    assert sorted(folder.name for folder in tmp_path.iterdir()) == sorted(ready_made_names())
    assert all((folder / "cluster.yaml").exists() for folder in tmp_path.iterdir())


def test_urban_has_nine_schools_six_services_and_twelve_coordinators():
    cluster = read_cluster(ready_made("urban"))
    assert len(schools(cluster)) == 9
    assert sum(site.type == "early_learning" for site in cluster.sites) == 6
    assert sum(person.role == "lsc" for person in cluster.staff) == 12
    assert 300 <= len(cluster.needs) <= 450


def test_rural_has_half_its_schools_under_a_hundred_and_long_roads():
    cluster = read_cluster(ready_made("rural"))
    assert len(schools(cluster)) == 9
    assert sum(site.roll < 100 for site in schools(cluster)) in (4, 5)
    assert max(road_minutes(a, b, cluster.travel) for a in cluster.sites for b in cluster.sites) > 45
    assert 150 <= len(cluster.needs) <= 300


def test_rtlb_area_has_thirty_eight_schools_ten_rtlb_at_four_bases_and_a_two_hour_edge():
    cluster = read_cluster(ready_made("rtlb_area"))
    people = Counter(person.role for person in cluster.staff)
    bases = {person.base_site for person in cluster.staff}
    lead = cluster.staff[0].employer
    assert len(schools(cluster)) == 38
    assert people == {"rtlb": 10}
    assert len(bases) == 4
    assert cluster.roles["rtlb"].reach_minutes == 120
    assert 105 <= max(road_minutes(cluster.site[lead], site, cluster.travel) for site in cluster.sites) <= 130
    assert 300 <= len(cluster.needs) <= 450


def test_one_term_from_february_2027(shipped):
    assert [(term.id, term.start.isoformat()) for term in shipped[1].terms] == [("2027-T1", "2027-02-01")]


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(KeyError, match="urban, rural, rtlb_area"):
        ready_made("suburban")


@pytest.mark.skipif(not DIRECTORY.exists(), reason="the schools directory is not part of the repository")
def test_no_name_is_that_of_a_real_school(shipped):
    with DIRECTORY.open(encoding="utf-8-sig") as stream:
        real = {row["name"].casefold() for row in csv.DictReader(stream)}
    assert not real & {site.name.casefold() for site in shipped[1].sites}
