"""`python -m load.growth`: what a path costs when tables and caches have grown."""

import sys
from contextlib import ExitStack
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from load.bench.clients import ClientFailed
from load.growth.entries import hits
from load.growth.rows import PATHS, Grown, grown, measure
from load.plane import PlaneDidNotStart
from load.population import PlaneRefused

app = typer.Typer(pretty_exceptions_enable=False)
_console = Console(width=120)


@app.command()
def growth(
    rows: Annotated[
        list[int] | None, typer.Option(min=1000, help="Rows of each table; may be given again. 10^7 take 30 GB.")
    ] = None,
    entries: Annotated[list[int] | None, typer.Option(min=100, help="Entries of a cache; may be given again.")] = None,
    seconds: Annotated[float, typer.Option(min=0.5, max=60, help="Of each measurement.")] = 4.0,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="Measurements of each; the median is shown.")] = 5,
) -> None:
    """Measures paths on PostgreSQL beside many rows, and hits in caches of many entries."""
    sizes = rows or [10_000, 1_000_000]
    lengths = entries or [1_000, 10_000, 100_000, 1_000_000]
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_console, transient=True) as progress, ExitStack() as stack:
        task = progress.add_task("caches", total=len(lengths) * rounds)
        nanoseconds = hits(lengths, rounds, lambda: progress.advance(task))
        _console.print(_entries_table(nanoseconds))

        def filling(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total or None)

        try:
            planes = [stack.enter_context(grown(size, filling)) for size in sizes]
            progress.reset(task, total=len(PATHS) * len(planes) * rounds, description="asking")
            measure(planes, seconds, rounds, lambda: progress.advance(task))
        except (ClientFailed, PlaneDidNotStart, PlaneRefused) as failure:
            print(f"growth: {failure}", file=sys.stderr)
            raise typer.Exit(1) from failure
        _console.print(_rows_table(planes))


def _entries_table(nanoseconds: dict[int, float]) -> Table:
    table = Table(title="one hit, by how many entries are kept")
    for heading in ("entries", "nanoseconds of CPU", "beside the first"):
        table.add_column(heading, justify="right")
    first = next(iter(nanoseconds.values()))
    for size, each in nanoseconds.items():
        table.add_row(f"{size:,}", f"{each:,.0f}", f"{each / first:.2f}")
    return table


def _rows_table(planes: list[Grown]) -> Table:
    table = Table(title="answers at a steady rate, by how many rows each table has; milliseconds")
    table.add_column("path")
    for heading in ("rows", "p50", "p95", "p95 beside the first"):
        table.add_column(heading, justify="right")
    for path in PATHS:
        for plane in planes:
            p50, p95 = plane.median(path, "p50"), plane.median(path, "p95")
            table.add_row(
                path, f"{plane.rows:,}", f"{p50:.2f}", f"{p95:.2f}", f"{p95 / planes[0].median(path, 'p95'):.2f}"
            )
    return table


if __name__ == "__main__":
    app()
