"""`authplane migrate`: the schema of a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from cli.database_url import DatabaseUrl, DatabaseUrlFile, named_database
from cli.failures import CommandFailed, PlaneUnreachable, WrongUsage
from cli.output import Output, OutputFormat, field, show_records
from shared.errors import AuthplaneError, Unavailable
from shared.store.postgres.migrate import MigrationRefused, Migrator
from shared.store.postgres.migrations import REQUIRED_VERSION, Migration, load_migrations

app = typer.Typer(
    help="Bring a database to a version of the schema. Serving never does that by itself.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

To = Annotated[int | None, typer.Option("--to", help="The version to go to.", min=0)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
_COLUMNS = (field("version", "version"), field("name", "name"), field("applied", "applied_at"), field("", "needed"))


@app.command()
def up(
    to: To = None, dry_run: DryRun = False, database_url: DatabaseUrl = None, database_url_file: DatabaseUrlFile = None
) -> None:
    """Take the steps that are missing. Safe while the plane serves, and when two do it at once.

    [bold]DATABASE_URL=postgresql://… authplane migrate up[/bold]
    """
    with _migrator(named_database(database_url, database_url_file)) as migrator:
        _require_known(to)
        missing = [
            step.migration
            for step in migrator.status()
            if not step.applied_at and (to is None or step.migration.version <= to)
        ]
        if dry_run:
            _would(missing, "up")
        elif not migrator.up(to, lambda step: typer.echo(f"up   {_named(step)}")):
            typer.echo("nothing to do: the schema is there")


@app.command()
def down(
    to: Annotated[int, typer.Option("--to", help="The version to go back to.", min=0)],
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """Take steps back, the newest first. What their tables held is lost.

    [bold]DATABASE_URL=postgresql://… authplane migrate down --to 3[/bold]
    """
    with _migrator(named_database(database_url, database_url_file)) as migrator:
        _require_known(to)
        taken = [step.migration for step in migrator.status() if step.applied_at and step.migration.version > to]
        if dry_run:
            _would(list(reversed(taken)), "down")
            return
        if taken and not yes:
            typer.confirm(f"Take back {len(taken)} step(s), with all that their tables hold?", abort=True)
        if not migrator.down(to, lambda step: typer.echo(f"down {_named(step)}")):
            typer.echo("nothing to do")


@app.command()
def status(
    output: Output = OutputFormat.TABLE, database_url: DatabaseUrl = None, database_url_file: DatabaseUrlFile = None
) -> None:
    """Show every step and when it was taken. Changes nothing."""
    with _migrator(named_database(database_url, database_url_file)) as migrator:
        steps = migrator.status()
    records = [
        {
            "version": step.migration.version,
            "name": step.migration.name,
            "applied_at": step.applied_at,
            "needed": "needed to serve" if step.migration.version <= REQUIRED_VERSION else "optional",
        }
        for step in steps
    ]
    show_records(records, _COLUMNS, output)


@app.command("print")
def print_steps() -> None:
    """Print the SQL of all steps; needs no database."""
    for migration in load_migrations():
        typer.echo(f"-- {_named(migration)}\n{migration.text}")


@contextmanager
def _migrator(url: str | None) -> Iterator[Migrator]:
    if url is None:
        raise WrongUsage("name the database: DATABASE_URL=postgresql://user:password@host:port/database")
    try:
        yield Migrator(url)
    except Unavailable as error:
        raise PlaneUnreachable(f"{error}: {_said(error)}") from error
    except MigrationRefused as error:
        raise CommandFailed(str(error)) from error
    except AuthplaneError as error:
        raise CommandFailed(f"the database refused: {_said(error)}") from error


def _said(error: AuthplaneError) -> str:
    # Whoever migrates runs the database, and needs its own words; they never hold the password.
    return str(error.__cause__ or error).strip()


def _require_known(version: int | None) -> None:
    newest = load_migrations()[-1].version
    if version is not None and version > newest:
        raise WrongUsage(f"--to: there is no version {version}; the newest is {newest}")


def _would(steps: list[Migration], direction: str) -> None:
    for step in steps:
        typer.echo(f"would go {direction}: {_named(step)}")
    if not steps:
        typer.echo("nothing to do")


def _named(migration: Migration) -> str:
    return f"{migration.version:04} {migration.name}"
