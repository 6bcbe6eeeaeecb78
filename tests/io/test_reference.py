"""The file reference and the schemas in docs/ are what the models say."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from allocator.errors import InputError
from allocator.io.columns import columns
from allocator.io.defaults import default_roles, default_supports, parse_roles, parse_supports
from allocator.io.example import example_cluster
from allocator.io.files import TABLES
from allocator.io.reference import cluster_schema, documents, file_reference, publish
from allocator.io.yaml_text import settings_text
from tests.io.helpers import CATALOGUE

DOCS = Path(__file__).resolve().parents[2] / "docs"


class TestPublished:
    @pytest.mark.parametrize("name", sorted(documents()))
    def test_the_document_is_current(self, name):
        """Renew with: python -m allocator.io.reference docs."""
        assert (DOCS / name).read_text("utf-8") == documents()[name]

    def test_publishing_writes_them_all(self, tmp_path):
        publish(tmp_path)
        assert {item.name for item in tmp_path.iterdir()} == set(documents())

    def test_every_column_is_in_the_reference(self):
        text = file_reference()
        for spec in TABLES:
            part = text.split(f"## {spec.file}\n")[1].split("\n## ")[0]
            for name, column in columns(spec.model).items():
                assert f"| `{name}` |" in part
                assert column.description in part


class TestClusterSchema:
    def test_written_settings_fit_the_schema(self):
        content = _plain(settings_text(example_cluster(), default_roles()))
        assert not list(jsonschema.Draft202012Validator(cluster_schema()).iter_errors(content))

    @pytest.mark.parametrize(
        ("change", "fits"),
        [
            ({"roles": {"slt": {"contact_share": 0.6}, "senco": None}}, True),
            ({"policy": {"goals": ["need_met", {"goal": "travel", "tolerance": 0.1}]}}, True),
            ({"policy": {"goals": ["needmet"]}}, False),
            ({"polcy": {}}, False),
            ({"roles": {"slt": {"contact": 1}}}, False),
        ],
    )
    def test_short_forms_fit_and_slips_do_not(self, change, fits):
        content = {"name": "x", "terms": [{"id": "T1", "start": "2027-02-01"}], **change}
        assert (not list(jsonschema.Draft202012Validator(cluster_schema()).iter_errors(content))) is fits


class TestShippedData:
    def test_the_catalogue_only_names_shipped_roles(self):
        assert {role for support in default_supports() for role in support.roles} <= set(default_roles())

    def test_a_role_table_with_faults_names_them(self):
        with pytest.raises(InputError) as caught:
            parse_roles(b"slt:\n  name: S\n  contact_share: 7\nlsc:\n  paid_hours: 3\n", "roles.yaml")
        assert [(fault.row, fault.column) for fault in caught.value.faults] == [
            (3, "slt.contact_share"),
            (4, "lsc.name"),
        ]

    def test_a_catalogue_of_ones_own(self):
        assert [support.support_id for support in parse_supports(CATALOGUE.encode(), "supports.csv")] == [
            "talk",
            "read",
        ]
        with pytest.raises(InputError, match="line 2, shape"):
            parse_supports(CATALOGUE.replace("individual", "other", 1).encode(), "supports.csv")


def _plain(text: str) -> object:
    """The settings as a JSON reader would get them (dates as text)."""
    return json.loads(json.dumps(YAML(typ="safe").load(text), default=str))
