"""`authplane seed`: users and clients from a file."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from cli.connection import (
    DEFAULT_AUTH_TARGET,
    DEFAULT_TOKEN_TARGET,
    AuthTarget,
    TokenTarget,
    auth_service,
    token_service,
)
from cli.output import Column, Output, OutputFormat, field, show_records
from cli.seed_file import load_seed
from cli.seeding import Seeder

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_COLUMNS = (
    field("kind", "kind"),
    field("name", "name"),
    Column("result", lambda entry: "created" if entry["created"] else "exists; left as it is"),
)
_SECRET = field("client secret (shown once)", "client_secret", whole=True)


@app.command()
def seed(
    file: Annotated[Path, typer.Option("--file", "-f", help="TOML file with users and clients.", dir_okay=False)],
    output: Output = OutputFormat.TABLE,
    auth_target: AuthTarget = DEFAULT_AUTH_TARGET,
    token_target: TokenTarget = DEFAULT_TOKEN_TARGET,
) -> None:
    """Create the users and clients that a file describes. What exists already is left as it is.

    [bold]authplane seed --file seed.toml[/bold]
    """
    wanted = load_seed(file)
    total = len(wanted.users) + len(wanted.clients)
    with auth_service(auth_target) as auth, token_service(token_target) as token:
        entries = Seeder(auth, token).seed(wanted)
        progress = track(entries, "Seeding", total, console=Console(stderr=True), disable=not sys.stderr.isatty())
        results = [asdict(entry) for entry in progress]
    made = (_SECRET,) if any(result["client_secret"] for result in results) else ()
    show_records(results, (*_COLUMNS, *made), output)
