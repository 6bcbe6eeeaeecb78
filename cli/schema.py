"""``allocator schema``: the published JSON schemas."""

from __future__ import annotations

import click

from cli.common import print_json, reports_errors


@click.command(name="schema", short_help="Print a published JSON schema.")
@click.argument("what", type=click.Choice(["proposal", "cluster", "scenario"]))
@click.option("--json", "as_json", is_flag=True, help="Print JSON; it is JSON anyway.", hidden=True)
@reports_errors
def command(what: str, as_json: bool) -> None:
    """Print the JSON schema of a proposal file, of a whole cluster as JSON, or of a scenario file.

    \b
    Example:
      allocator schema proposal > proposal.schema.json
    """
    from allocator.io.proposals import proposal_schema
    from allocator.models.world import Cluster

    if what == "proposal":
        print_json(proposal_schema())
        return
    if what == "scenario":
        from scenarios import scenario_schema

        print_json(scenario_schema())
        return
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    print_json({**draft, **Cluster.model_json_schema()})
