"""Which database a command is about, for commands that need nothing else to be set."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.failures import WrongUsage
from cli.secret_files import read_secret
from cli.setting_sources import DATABASE_URL, PREFIX

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        help=f"postgresql://user@host:port/database; with a password, rather in {DATABASE_URL} or a file.",
        metavar="URL",
    ),
]
DatabaseUrlFile = Annotated[Path | None, typer.Option("--database-url-file", help="File that holds the URL.")]


def named_database(url: str | None, file: Path | None) -> str | None:
    """The database that the flags name, or else the environment; none when nothing does.

    Raises:
        WrongUsage: Both flags are given, or the file cannot be read.
    """
    if url and file:
        raise WrongUsage("give --database-url or --database-url-file, not both")
    environ = os.environ
    file = file or (Path(environ[f"{PREFIX}DATABASE_URL_FILE"]) if f"{PREFIX}DATABASE_URL_FILE" in environ else None)
    if url:
        return url
    return read_secret(file) if file else environ.get(f"{PREFIX}DATABASE_URL") or environ.get(DATABASE_URL)
