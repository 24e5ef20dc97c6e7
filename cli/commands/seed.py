"""`authplane seed`: users and clients from a file, or users, sessions and tokens in any number."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import argon2
import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, TaskID, track
from rich.progress import Progress as RichProgress

from cli.bulk_seeding import Amounts, BulkSeeder, Progress
from cli.connection import (
    DEFAULT_AUTH_TARGET,
    DEFAULT_TOKEN_TARGET,
    AuthTarget,
    TokenTarget,
    auth_service,
    token_service,
)
from cli.database_url import DatabaseUrl, DatabaseUrlFile, named_database
from cli.failures import CommandFailed, WrongUsage
from cli.output import Column, Output, OutputFormat, field, show_records
from cli.secret_files import read_secret
from cli.seed_file import load_seed
from cli.seeding import Seeder
from cli.setting_sources import PREFIX
from shared.errors import AuthplaneError
from shared.handles import HandleCodec
from shared.secrets import derive_key
from shared.store.postgres.bulk_load import BulkLoad

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_COLUMNS = (
    field("kind", "kind"),
    field("name", "name"),
    Column("result", lambda entry: "created" if entry["created"] else "exists; left as it is"),
)
_SECRET = field("client secret (shown once)", "client_secret", whole=True)


Number = Annotated[int, typer.Option(min=0, help="How many there are to be.", rich_help_panel="Load")]
_PASSWORD = "correct horse battery staple"


@app.command()
def seed(
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="TOML file with users and clients.", dir_okay=False)
    ] = None,
    output: Output = OutputFormat.TABLE,
    auth_target: AuthTarget = DEFAULT_AUTH_TARGET,
    token_target: TokenTarget = DEFAULT_TOKEN_TARGET,
    users: Number = 0,
    sessions: Number = 0,
    tokens: Number = 0,
    client: Annotated[
        str, typer.Option(help="The client that tokens are for; it must be there.", rich_help_panel="Load")
    ] = "",
    handles: Annotated[
        Path | None,
        typer.Option(
            help="Write session handles and refresh tokens there, as JSON lines.",
            dir_okay=False,
            rich_help_panel="Load",
        ),
    ] = None,
    secret_file: Annotated[
        Path | None,
        typer.Option(help="File that holds the plane's secret; or AUTHPLANE_SECRET.", rich_help_panel="Load"),
    ] = None,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """Create the users and clients that a file describes. What exists already is left as it is.

    [bold]authplane seed --file seed.toml[/bold]

    Or fill a database for a load run, by COPY: users load-user-00000000 and so on, all with the password
    "correct horse battery staple", their sessions, and refresh tokens. The same command again goes on where it was
    interrupted. Never do that to a database that anybody relies on.

    [bold]authplane seed --users 100000 --sessions 100000 --tokens 100000 --client spa --handles handles.jsonl[/bold]
    """
    wanted = Amounts(users, sessions, tokens)
    if (file is None) == (not any((users, sessions, tokens))):
        raise WrongUsage("give --file, or some of --users, --sessions and --tokens; see authplane seed --help")
    if file is not None and (client or handles or secret_file):
        raise WrongUsage("--client, --handles and --secret-file belong to --users, --sessions and --tokens")
    if file is not None:
        _seed_from(file, output, auth_target, token_target)
        return
    url = named_database(database_url, database_url_file)
    if not url:
        raise WrongUsage("give --database-url or set DATABASE_URL: only a PostgreSQL is filled in bulk")
    _fill(url, wanted, client, handles, _secret(secret_file))


def _seed_from(file: Path, output: OutputFormat, auth_target: str, token_target: str) -> None:
    wanted = load_seed(file)
    total = len(wanted.users) + len(wanted.clients)
    with auth_service(auth_target) as auth, token_service(token_target) as token:
        entries = Seeder(auth, token).seed(wanted)
        progress = track(entries, "Seeding", total, console=Console(stderr=True), disable=not sys.stderr.isatty())
        results = [asdict(entry) for entry in progress]
    made = (_SECRET,) if any(result["client_secret"] for result in results) else ()
    show_records(results, (*_COLUMNS, *made), output)


def _fill(url: str, wanted: Amounts, client: str, handles: Path | None, secret: str) -> None:
    if (wanted.sessions and not wanted.users) or (wanted.tokens and not wanted.sessions):
        raise WrongUsage("sessions need --users, and tokens need --sessions: they belong to them")
    codec, key = HandleCodec([derive_key(secret, "handles")]), derive_key(secret, "load")
    password_hash = argon2.PasswordHasher().hash(_PASSWORD)
    try:
        with BulkLoad(url) as load, _progress() as progress:
            if not load.has_schema:
                raise CommandFailed("the database has no tables yet; make them with: authplane migrate up")
            epoch = load.epoch_of(client) if wanted.tokens else 0
            if epoch is None:
                raise WrongUsage(
                    f"there is no client {client!r}; make it with: authplane client create, or give --client"
                )
            seeder = BulkSeeder(load, codec, key, password_hash, client, epoch, time.time())
            seeder.seed(wanted, progress)
    except AuthplaneError as error:
        raise CommandFailed(str(error)) from error
    if handles is not None:
        with open(handles, "w", encoding="ascii", opener=partial(os.open, mode=0o600)) as out:
            os.fchmod(out.fileno(), 0o600)  # It may have been there, open to others.
            seeder.write_handles(wanted, out)
    typer.echo(f"there are {wanted.users:,} users, {wanted.sessions:,} sessions and {wanted.tokens:,} refresh tokens")


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (*RichProgress.get_default_columns(), MofNCompleteColumn())
    with RichProgress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done)

        yield tell


def _secret(file: Path | None) -> str:
    named = os.environ.get(f"{PREFIX}SECRET_FILE")
    path = file or (Path(named) if named else None)
    secret = read_secret(path) if path else os.environ.get(f"{PREFIX}SECRET")
    if not secret:
        raise WrongUsage("give --secret-file or set AUTHPLANE_SECRET: handles are made under the plane's secret")
    return secret
