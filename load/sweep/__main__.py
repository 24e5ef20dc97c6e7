"""`python -m load.sweep`: sweeps a backlog while requests are served, and says what they notice."""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from load.open_loop import Failed
from load.plane import PlaneDidNotStart
from load.population import PlaneRefused
from load.sweep.database import fill
from load.sweep.phases import Phase, Report, measure
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.server import LocalServer

app = typer.Typer(pretty_exceptions_enable=False)
_console = Console()

TARGET = 1.5
"""What the latencies of requests may become while the sweeper sweeps."""

# Autovacuum looks every minute by default; the rest is as PostgreSQL comes.
_OPTIONS = {"autovacuum_naptime": "5s"}


@app.command()
def sweep(
    rows: Annotated[int, typer.Option(min=1000, help="Rows that have expired.")] = 1_000_000,
    rate: Annotated[int, typer.Option(min=5, max=2000, help="Requests a second.")] = 200,
    seconds: Annotated[int, typer.Option(min=2, help="Seconds of requests without and after the sweeper.")] = 30,
) -> None:
    """Measures on a PostgreSQL of its own whose commits reach the disk, plane and driver on the same machine."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(LocalServer(directory / "postgres", options=_OPTIONS))
        Migrator(server.url).up()
        url_file = directory / "url"
        url_file.touch(mode=0o600)
        url_file.write_text(server.url, encoding="ascii")
        connection = stack.enter_context(psycopg.connect(server.url, autocommit=True))
        _console.print(f"adding {rows:,} rows that have expired")
        fill(connection, rows)
        try:
            report = measure(connection, url_file, rate, seconds, 60.0, _say)
        except (PlaneDidNotStart, PlaneRefused, Failed) as failure:
            typer.echo(f"load: {failure}", err=True)
            raise typer.Exit(1) from failure
    _console.print(_table(report, rate))
    for failed in (report.without, report.during, report.after):
        for why, count in failed.figures.failures.items():
            _console.print(f"failed: {count} x {why}", markup=False, highlight=False)
    for line in _lines(report):
        _console.print(line, markup=False, highlight=False)


def _say(phase: str) -> None:
    # Whatever else the machine does is in the figures too.
    _console.print(f"{phase}; load average {os.getloadavg()[0]:.1f}")


def _table(report: Report, rate: int) -> Table:
    table = Table(
        title=f"{rate} requests/s, latency in milliseconds", box=SIMPLE, pad_edge=False, collapse_padding=True
    )
    for heading in ("", "seconds", "requests", "failed", "p50", "p99", "max", "late p99"):
        table.add_column(heading, justify="right", no_wrap=True)
    phases = {"without the sweeper": report.without, "while it sweeps": report.during, "after it": report.after}
    for name, phase in phases.items():
        table.add_row(name, *_cells(phase))
    return table


def _cells(phase: Phase) -> tuple[str, ...]:
    figures = phase.figures
    late = f"{phase.lateness.p99_ms:.1f}"
    latencies = (f"{value:.1f}" for value in (figures.p50_ms, figures.p99_ms, figures.max_ms))
    return f"{phase.seconds:.0f}", str(figures.requests), str(sum(figures.failures.values())), *latencies, late


def _lines(report: Report) -> list[str]:
    during, swept = report.during.figures, report.swept
    beside = {"without": report.without.figures, "after": report.after.figures}
    # Of both, as the machine may have had other work in one of them.
    ratios = [
        f"while it sweeps / {name}: p50 {during.p50_ms / other.p50_ms:.2f}, p99 {during.p99_ms / other.p99_ms:.2f}"
        for name, other in beside.items()
    ]
    before, then, later = report.fetches
    rows = f"swept {swept.rows:,} rows in {report.sweep_seconds:.0f} s and {swept.batches} batches"
    vacuumed = "unknown" if later is None else f"{later:.0f}"
    checks = f"{before:.0f} before, {then:.0f} right after, {vacuumed} after autovacuum ({report.vacuums} times)"
    return [
        f"{'; '.join(ratios)} (target {TARGET})",
        f"{rows}; pauses {swept.pauses}, failures {swept.failures}",
        f"lag in the end {swept.lag:.1f} s, rows overdue {report.left}",
        f"of 100 session checks, those that looked into the table: {checks}",
    ]


if __name__ == "__main__":
    app()
