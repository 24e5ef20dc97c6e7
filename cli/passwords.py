"""Passwords from where other users of the machine cannot see them: a prompt, standard input, or a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.failures import WrongUsage
from cli.secret_files import read_secret

PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
PasswordFile = Annotated[
    Path | None, typer.Option("--password-file", help="Read the password from this file.", dir_okay=False)
]


def new_password(stdin: bool, file: Path | None) -> str:
    """The password that was given, or typed twice.

    Raises:
        WrongUsage: Two sources are named, or the source is empty or unreadable.
    """
    if stdin and file:
        raise WrongUsage("give --password-stdin or --password-file, not both")
    if file:
        return read_secret(file)
    if stdin or not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise WrongUsage("standard input is empty; write the password to it, or name a --password-file")
        return password
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
