"""The shipped role table and catalogue of supports fit together and cover the field."""

from __future__ import annotations

from typing import get_args

import pytest

from allocator.generating import need_classes
from allocator.io.defaults import default_roles, default_supports
from allocator.models.world import AreaOfNeed

SUPPORTS = {support.support_id: support for support in default_supports()}
ROLES = default_roles()


class TestRoles:
    """The role table holds published working conditions."""

    @pytest.mark.parametrize(
        ("role", "hours"), [("rtlb", 37.5), ("lsc", 37.5), ("slt", 40), ("ors_teacher", 25)]
    )
    def test_paid_hours_of_full_time(self, role, hours):
        """A Ministry week has 40 hours, a teacher's 37.5, and 1.0 FTTE of entitlement 25 timetabled hours."""
        assert ROLES[role].paid_hours == hours

    def test_only_rtlb_are_liaisons_and_only_coordinators_hold_shares(self):
        assert [name for name, role in ROLES.items() if role.liaison] == ["rtlb"]
        assert [name for name, role in ROLES.items() if role.coordinator] == ["lsc"]

    def test_rtlb_serve_years_one_to_ten(self):
        assert (ROLES["rtlb"].year_min, ROLES["rtlb"].year_max, ROLES["rtlb"].max_cases) == (1, 10, 13)


class TestSupports:
    """The catalogue spans the tiers, shapes and areas of need."""

    def test_every_role_of_a_support_is_in_the_role_table(self):
        assert {role for support in SUPPORTS.values() for role in support.roles} <= set(ROLES)

    def test_every_area_of_need_has_a_support(self):
        assert {area for support in SUPPORTS.values() for area in support.areas_of_need} == set(
            get_args(AreaOfNeed)
        )

    def test_every_tier_has_a_support_and_tier_one_is_projects(self):
        shapes = {
            tier: {support.shape for support in SUPPORTS.values() if support.tier == tier}
            for tier in (1, 2, 3)
        }
        assert shapes == {1: {"project"}, 2: {"group", "individual"}, 3: {"individual"}}

    @pytest.mark.parametrize(
        "support",
        [support for support in SUPPORTS.values() if support.shape == "group"],
        ids=lambda support: support.support_id,
    )
    def test_a_group_is_worth_less_to_each_learner_than_one_to_one(self, support):
        """Groups cost fewer hours a learner; one to one in the same area has at least the same effect."""
        alone = [
            other.impact
            for other in SUPPORTS.values()
            if other.tier == 2
            and other.shape == "individual"
            and set(other.areas_of_need) & set(support.areas_of_need)
        ]
        assert support.impact <= max(alone)
        assert 2 <= support.min_group <= support.max_group <= 8

    @pytest.mark.parametrize("code", ["in_class_support", "in_class_oversight", "high_health_aide"])
    def test_in_class_support_and_high_health_funding_are_not_for_ors_learners(self, code):
        assert set(SUPPORTS[code].funding_excluded) == {"ORS", "ORS_VH"}

    def test_early_intervention_ends_with_year_one(self):
        assert {support.year_max for support in SUPPORTS.values() if support.funding == ("EIS",)} == {1}

    def test_the_generator_names_only_supports_of_the_catalogue(self):
        named = {code for kind in need_classes.NEED_CLASSES for code in kind.supports}
        named |= {row.support for package in need_classes.PACKAGES for row in package.rows}
        named |= {code for project in need_classes.PROJECTS for code in project.supports}
        assert named <= set(SUPPORTS)

    @pytest.mark.parametrize("kind", need_classes.NEED_CLASSES, ids=lambda kind: kind.id)
    def test_a_generated_row_names_supports_of_its_own_tier_and_area(self, kind):
        for code in kind.supports:
            assert SUPPORTS[code].tier == kind.tier
            assert kind.area in SUPPORTS[code].areas_of_need
