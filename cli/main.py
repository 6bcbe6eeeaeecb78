"""``allocator``: the group of commands. A verb's module is loaded when the verb is asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from io import TextIOWrapper

import click

VERBS = {
    "init": "cli.init",
    "import": "cli.importing",
    "generate": "cli.generate",
    "validate": "cli.validate",
    "solve": "cli.solve",
    "check": "cli.check",
    "explain": "cli.explain",
    "whatif": "cli.whatif",
    "compare": "cli.compare",
    "alternatives": "cli.alternatives",
    "suggest": "cli.suggest",
    "benchmark": "cli.benchmark",
    "schema": "cli.schema",
}
"""Verb -> module with a click command called ``command``, in the order in which people meet them."""


class Verbs(click.Group):
    """A group that knows its verbs by name and loads the module of the one that is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of a first day, not of the alphabet."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, or None for a word that is no verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(VERBS[cmd_name]).command
        return command


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"allocator {version('allocator')}")
        except PackageNotFoundError:  # run from a checkout that was never installed
            click.echo("allocator (not installed)")
        ctx.exit()


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
def main() -> None:
    """Decide together who supports which learner.

    Results go to stdout, progress and errors to stderr. Exit code: 0 done, 1 bad input, 2 bad usage, 3 proved
    that no plan exists, 4 nothing found in time.

    \b
    Example:
      allocator solve urban
      allocator init my-cluster
      allocator validate my-cluster
      allocator solve my-cluster
    """
    for stream in (sys.stdout, sys.stderr):
        # a pipe or an old console may have an encoding without macrons; a name must not end in a traceback
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower() not in ("utf-8", "utf8"):
            stream.reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    main()
