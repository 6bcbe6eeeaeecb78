"""``allocator check``: does a proposal keep every rule?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.common import BAD_INPUT, cluster_argument, json_option, print_json, read, reports_errors

if TYPE_CHECKING:
    from allocator.checking import Violation
    from allocator.reporting.privacy import Shield


@click.command(name="check", short_help="Check that a proposal keeps every rule.")
@cluster_argument
@click.argument("proposal", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="PROPOSAL")
@json_option
@click.pass_context
@reports_errors
def command(ctx: click.Context, cluster: Path, proposal: Path, as_json: bool) -> None:
    """Check PROPOSAL against CLUSTER: every rule and every goal, worked out anew without any solver.

    Prints each violation: which rule, which rows, by how much. Exit code: 0 none, 1 at least one.

    \b
    Example:
      allocator check urban proposal.json
      allocator check my-cluster proposal.json --json
    """
    from allocator.checking import check, limits_of_check
    from allocator.io.proposals import load_proposal
    from allocator.reporting.privacy import Shield

    world = read(cluster)
    plan = load_proposal(proposal)
    shield = Shield(world)
    found = [_shielded(shield, violation) for violation in check(world, plan)]
    limits = [shield.text(limit) for limit in limits_of_check(world, plan)]
    if as_json:
        status = "violations" if found else "done"
        rows = [_as_dict(violation) for violation in found]
        print_json({"status": status, "violations": rows, "not_checked": limits})
    else:
        _print(found, limits, len(plan.allocations))
    if found:
        ctx.exit(BAD_INPUT)


def _shielded(shield: Shield, violation: Violation) -> Violation:
    from dataclasses import replace

    rows = tuple(shield.code(row) for row in violation.rows)
    return replace(violation, rows=rows, message=shield.text(violation.message))


def _as_dict(violation: Violation) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(violation)


def _print(found: list[Violation], limits: list[str], rows: int) -> None:
    from allocator.reporting.words import count, plain

    for violation in found:
        click.echo(plain(violation.message))
    if found:
        click.echo(f"{count(len(found), 'violation')}.")
    else:
        click.echo(
            f"Checked {count(rows, 'allocation')}: every rule is kept, and every goal's value is right."
        )
    for limit in limits:
        click.echo(f"Not checked: {plain(limit)}")
