"""Every command explains itself, quickly, and only verbs that work are listed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from cli.main import VERBS, main
from tests.cli.conftest import Run

HEAVY = ("pandas", "numpy", "ortools", "pydantic", "rich", "xlsxwriter", "python_calamine", "ruamel")


def commands() -> Iterator[tuple[str, ...]]:
    context = click.Context(main)
    for verb in main.list_commands(context):
        yield (verb,)
        command = main.get_command(context, verb)
        if isinstance(command, click.Group):
            yield from ((verb, name) for name in command.list_commands(context))


def resolve(words: tuple[str, ...]) -> click.Command:
    command: click.Command | None = main
    for word in words:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
    assert command is not None
    return command


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_has_help_with_an_example(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert f"Example:\n    allocator {' '.join(words)}" in result.stdout


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_option_has_help(words: tuple[str, ...]) -> None:
    command = resolve(words)
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            assert option.help, f"{' '.join(words)} {option.opts[0]} has no help"


VERBS_THAT_DO = [words for words in commands() if not isinstance(resolve(words), click.Group)]


@pytest.mark.parametrize("words", VERBS_THAT_DO, ids=" ".join)
def test_every_verb_takes_json(words: tuple[str, ...]) -> None:
    assert "--json" in {name for option in resolve(words).params for name in option.opts}


@pytest.mark.parametrize("arguments", [["--help"], *([verb, "--help"] for verb in VERBS)], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """Help is there at once because no solver, table or model is loaded for it."""
    code = (
        "import sys\nfrom cli.main import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_the_group_lists_its_verbs_in_the_order_of_a_first_day(run: Run) -> None:
    text = run("--help").stdout
    places = [text.index(f"\n  {verb} ") for verb in VERBS]
    assert places == sorted(places)


def test_an_unknown_verb_is_bad_usage(run: Run) -> None:
    assert run("frobnicate").exit_code == 2


def test_version(run: Run) -> None:
    assert run("--version").stdout.startswith("allocator ")
