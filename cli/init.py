"""``allocator init``: a new cluster to fill in."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from cli.common import json_option, print_json, reports_errors


@click.command(name="init", short_help="Make a new cluster to fill in.")
@click.argument("name", type=click.Path(path_type=Path), metavar="NAME")
@click.option("--excel", is_flag=True, help="Make one workbook with a sheet per file instead of a folder.")
@json_option
@reports_errors
def command(name: Path, excel: bool, as_json: bool) -> None:
    """Make a new cluster, filled with a small example and remarks on what to type.

    NAME is the folder or, with --excel or a name that ends in .xlsx, the workbook. What exists already is
    never written over.

    \b
    Example:
      allocator init my-cluster
      allocator init --excel my-cluster.xlsx
    """
    from allocator.io.init import init_cluster

    excel = excel or name.suffix.lower() == ".xlsx"
    if excel and name.suffix.lower() != ".xlsx":
        name = name.with_name(f"{name.name}.xlsx")
    init_cluster(name, excel=excel)
    if as_json:
        print_json({"status": "done", "written": str(name)})
        return
    typed = shlex.quote(str(name))
    click.echo(
        f"Made {name} with an example in it. Type in what you know, then:\n  allocator validate {typed}"
    )
