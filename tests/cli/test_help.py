"""The command line teaches: help, completion, suggestions."""

import os
import subprocess
import sys
from importlib import import_module

import pytest
from typer.main import get_command

from cli.main import COMMANDS
from tests.cli.conftest import Command


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_its_name_says(name: str) -> None:
    """The placeholder's help text is the beginning of the command's own."""
    command = get_command(import_module(f"cli.commands.{name}").app)

    assert command.help is not None
    assert command.help.startswith(COMMANDS[name][0].rstrip("."))


def test_the_first_page_shows_where_to_start() -> None:
    """Commands, exit codes, and the two commands to begin with."""
    text = " ".join(Command({"COLUMNS": "120"}).text("--help").split())

    assert "Start with authplane dev in one terminal and authplane login in another." in text
    assert "3 the plane does not answer" in text


def test_help_imports_no_command() -> None:
    """It is quick because gRPC, the servers and the models stay unread."""
    program = "import sys, typer.testing, cli.main as m; typer.testing.CliRunner().invoke(m.app, ['--help']); "
    program += "print([name for name in ('grpc', 'pydantic', 'starlette', 'joserfc') if name in sys.modules])"

    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_misspelt_command_is_corrected() -> None:
    """With exit code 2."""
    code, message = Command({}).failure("usr")

    assert (code, "Did you mean 'user'?" in message) == (2, True)


@pytest.mark.parametrize(
    ("typed", "expected"), [("authplane us", "user"), ("authplane user sh", "show"), ("authplane keys ro", "rotate")]
)
def test_the_shell_completes(typed: str, expected: str) -> None:
    """Commands and their subcommands, which are read for it."""
    environ = {**os.environ, "_AUTHPLANE_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": typed}
    program = "from cli.main import app; app(prog_name='authplane')"

    completed = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=False
    )

    assert f'"{expected}"' in completed.stdout


def test_the_package_runs_as_a_module() -> None:
    """`python -m cli` is the same command."""
    completed = subprocess.run([sys.executable, "-m", "cli", "--help"], capture_output=True, text=True, check=True)

    assert "python -m cli [OPTIONS] COMMAND" in completed.stdout
