"""`authplane exercises`: what PostgreSQL does with the statements of TR-6."""

import sys
from typing import Annotated

import typer

from cli.database_url import DatabaseUrl, DatabaseUrlFile, named_database
from cli.evidence_server import evidence_server
from cli.failures import CommandFailed
from evidence.exercises import EXERCISES
from evidence.exercises.check import Outcome
from evidence.exercises.tour import Tour
from shared.store.postgres.scratch import ScratchDatabase

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@app.command()
def exercises(
    number: Annotated[
        int | None, typer.Argument(help="Which of the three; all when it is left out.", min=1, max=len(EXERCISES))
    ] = None,
    rows: Annotated[int, typer.Option("--rows", help="Rows of each table.", min=50_000, max=10_000_000)] = 100_000,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """Run the SQL exercises of TR-6 and check their answers, in a database of their own that is dropped at the end.

    [bold]authplane exercises 3[/bold]

    Without a database to name, a PostgreSQL of its own is started and stopped again. The exit code is 1 when a plan
    or a figure is neither as stated nor as known to be otherwise.
    """
    chosen = [make(rows) for each, make in EXERCISES.items() if number in {None, each}]
    with (
        evidence_server(named_database(database_url, database_url_file)) as server,
        ScratchDatabase(server.url) as scratch,
        scratch.connect() as connection,
    ):
        verdicts = Tour(sys.stdout).take(chosen, connection, rows)
    unexpected = sum(verdict.outcome is Outcome.UNEXPECTED for verdict in verdicts)
    if unexpected:
        raise CommandFailed(f"{unexpected} of {len(verdicts)} checks came out as nobody expected; see above")
