"""``allocator solve --agreed``: an agreed proposal with a meeting's edits, changed as little as can be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from cli.common import FILE, Share, print_json, remembered, show

if TYPE_CHECKING:
    from allocator.editing.reading import Listed
    from allocator.editing.result import Resolved
    from allocator.models.world import Cluster

EDIT_OPTIONS = ("agreed", "edits", "by", "reason", "give_up", "weights")
"""Options of ``edit_options`` as parameters of the command."""
_ONLY_AFRESH = {"strategy": "--strategy", "gap": "--gap", "export_model": "--export-model"}
_TYPED = "typed edits"
_OPTIONS = {
    "pin": ("N0123: RTLB-03", "This person serves this need (or: support NAME; or: site NAME: person)."),
    "reject": ("N0123: SLT-01", "This person does not serve this need (or: group G-004)."),
    "move": ("N0123: RTLB-01 -> RTLB-02", "This need goes from one person to another."),
    "order": ("fairness, need_met", "The goals in another order; those not named follow as before."),
}


def edit_options(command: Callable[..., None]) -> Callable[..., None]:
    """``--agreed`` and what may be asked of it."""
    options = [
        click.option("--agreed", type=FILE, help="Change this agreed proposal, as little as can be."),
        click.option("--edits", type=FILE, help="A YAML file of edits, oldest first (docs/editing.md)."),
        *(
            click.option(
                f"--{kind}", multiple=True, expose_value=False, callback=remembered(_TYPED, kind), metavar="TEXT",
                help=f'With --agreed. {words} "{example}"',
            )
            for kind, (example, words) in _OPTIONS.items()
        ),
        click.option("--by", help="Who asks for the edits typed."),
        click.option("--reason", help="Why."),
        click.option(
            "--give-up", type=Share(), default="1%", show_default=True,
            help="Share of the agreed need met that may go for less change.",
        ),
        click.option("--weights", help='What losing a relationship weighs: "support=2, liaison=3".'),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def asked_for(ctx: click.Context, edits: dict[str, Any]) -> bool:
    """Whether an agreed proposal is to be changed.

    Raises:
        UsageError: edits without an agreed proposal, or with options that have no effect on it.
    """
    typed = ctx.meta.get(_TYPED, [])
    if edits["agreed"] is not None:
        for name, option in _ONLY_AFRESH.items():
            if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                raise click.UsageError(f"{option} has no effect with --agreed.")
        return True
    if typed or edits["edits"] is not None:
        raise click.UsageError("Edits need the proposal they are about: --agreed proposal.json.")
    return False


def resolved(ctx: click.Context, world: Cluster, edits: dict[str, Any], search: dict[str, Any],
             progress: bool | None) -> Resolved:  # fmt: skip
    """Read the agreed proposal and the edits, and solve.

    Raises:
        InputError, InfeasibleError, NotFoundError: as ``allocator.editing.resolving.resolve``.
    """
    from allocator.editing.resolving import resolve
    from allocator.errors import InfeasibleError
    from allocator.io.proposals import load_proposal
    from allocator.reporting.privacy import shielded
    from cli.progress import progress_line

    agreed = load_proposal(edits["agreed"])
    listed = _listed(ctx, edits)
    if not listed.edits:
        raise click.UsageError("Say what to change: --edits FILE, --pin, --reject, --move or --order.")
    weights = _weights(edits["weights"])
    limits = {name: search[name] for name in ("time_limit", "work_limit", "seed", "workers")}
    try:
        with progress_line(progress) as on_progress:
            return resolve(world, agreed, listed.edits, places=listed.places, give_up=edits["give_up"],
                           weights=weights, on_progress=on_progress, **limits)  # fmt: skip
    except InfeasibleError as error:
        raise shielded(world, error) from None


def _listed(ctx: click.Context, edits: dict[str, Any]) -> Listed:
    """The edits of the file, then those typed, which count as newer."""
    from allocator.editing.reading import Listed, read_edits, typed_edits

    first = Listed((), ()) if edits["edits"] is None else read_edits(edits["edits"])
    return first.plus(typed_edits(ctx.meta.get(_TYPED, []), edits["by"], edits["reason"]))


def _weights(text: str | None) -> Any:
    from pydantic import ValidationError

    from allocator.editing.relationships import Weights

    if text is None:
        return Weights()
    pairs = [part.partition("=") for part in text.split(",")]
    try:
        return Weights.model_validate({name.strip(): value.strip() for name, _, value in pairs})
    except ValidationError:
        kinds = ", ".join(Weights.model_fields)
        raise click.BadParameter(
            f"expected whole numbers from 0 to 100 for {kinds}, for example 'support=2, liaison=3'.",
            param_hint="--weights",
        ) from None


def answer(made: Resolved, full: bool, as_json: bool) -> None:
    """Print what was asked, what changed and what it cost."""
    from allocator.editing.screen import as_dict, render

    if as_json:
        print_json(as_dict(made))
        return
    show(render(made, full=full))


def edited_name(agreed: Path) -> Path:
    """Where the new proposal goes when nothing is said: beside where one stands, never over the agreed one."""
    return Path(f"{agreed.stem}-edited.json")


def same_policy(made: Resolved) -> bool:
    """Whether the proposal can be checked against the cluster as it is: no other order of goals was asked for."""
    return made.asked.order is None
