"""`authplane explain`: how the hot statements fare at size."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from cli.database_url import DatabaseUrl, DatabaseUrlFile, named_database
from cli.evidence_server import evidence_server
from cli.failures import CommandFailed, WrongUsage
from evidence.explain import report
from evidence.explain.criteria import criteria
from evidence.explain.explainer import Explainer
from evidence.explain.host import server_options
from evidence.explain.small_figures import Evidence

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@app.command()
def explain(
    rows: Annotated[
        list[int] | None,
        typer.Option("--rows", help="Rows of each table; once for each number.  [default: 100000]", min=1_000),
    ] = None,
    repeat: Annotated[int, typer.Option("--repeat", help="How many rows each statement is asked for.", min=10)] = 1_000,
    output: Annotated[Path, typer.Option("--output", help="Where the pages go.")] = Path("docs/evidence"),
    data: Annotated[
        Path | None,
        typer.Option("--from", help="Write the pages again from a figures.json; measure nothing.", dir_okay=False),
    ] = None,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """Measure plans, times and sizes of the hot statements, and write them down as Markdown and HTML.

    [bold]authplane explain --rows 10000 --rows 1000000[/bold]

    Works in databases of its own, dropped at the end; without a database to name, on a PostgreSQL of its own. Ten
    million rows take 30 GB of disk and a quarter of an hour. The exit code is 1 when a criterion is not met.
    """
    if data is not None:
        evidence = _read(data)
    else:
        named = named_database(database_url, database_url_file)
        with evidence_server(named, server_options()) as server, _bars() as bars:
            evidence = Explainer(server, repeat, _Told(bars), perf_counter).explain(rows or [100_000])
    for path in report.write(evidence, output):
        typer.echo(path)
    missed = [criterion for criterion in criteria(evidence) if not criterion.holds]
    if missed:
        raise CommandFailed("; ".join(f"not met: {criterion.text} ({criterion.seen})" for criterion in missed))


class _Told:
    """A bar for each thing that is done."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, of: int) -> None:
        for name, task in self._tasks.items():
            self._bars.update(task, visible=name == what)
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=of or None)
        self._bars.update(self._tasks[what], completed=done)


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description:<36}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _read(path: Path) -> Evidence:
    try:
        return report.read(path)
    except (OSError, ValueError) as error:
        raise WrongUsage(f"--from: {path} is not what this command wrote") from error
