"""Is a changed cluster one that could have been read? The reader's own checks, without files."""

from __future__ import annotations

from typing import Any

from allocator.errors import Fault
from allocator.io.files import CODE_COLUMN, TABLES, FileSpec
from allocator.io.references import World, check_references
from allocator.io.rows import Placed, Rows
from allocator.io.settings import Settings
from allocator.io.tables import Findings, Place
from allocator.models.world import Cluster, ClusterFile


def faults_of(cluster: Cluster) -> tuple[Fault, ...]:
    """Every fault the reader would find between the rows of this cluster; empty for one it has read."""
    tables = {spec.stem: _table(spec, cluster) for spec in TABLES}
    content = {name: getattr(cluster, name) for name in ClusterFile.model_fields}
    settings = Settings({}, {}, Place("cluster.yaml"))
    findings = Findings()
    check_references(World(settings, ClusterFile(**content), tables, cluster.supports), findings)
    return tuple(findings.faults)


def _table(spec: FileSpec, cluster: Cluster) -> Rows[Any]:
    """The rows as the reader hands them on; the header is line 1."""
    rows = getattr(cluster, spec.field)
    code = CODE_COLUMN.get(spec.stem)
    return Rows(
        spec,
        Place(spec.file),
        placed=[Placed(row, line) for line, row in enumerate(rows, start=2)],
        codes=set() if code is None else {getattr(row, code) for row in rows},
        positions={name: index for index, name in enumerate(spec.model.model_fields)},
    )


def told(fault: Fault, cluster: Cluster) -> str:
    """A fault of a changed cluster as a sentence: the row by its code, since there is no file to look into."""
    spec = next((spec for spec in TABLES if spec.file == fault.file), None)
    row = ""
    if spec is not None and fault.row is not None:
        item = getattr(cluster, spec.field)[fault.row - 2]
        row = ", " + " ".join(str(getattr(item, name)) for name in spec.key)
    column = f", {fault.column}" if fault.column else ""
    found = f" (found {fault.found})" if fault.found is not None else ""
    return f"the changed cluster would not be valid: {fault.file}{row}{column}: {fault.message}{found}"
