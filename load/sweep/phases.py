"""The same requests without a sweeper, while it sweeps, and afterwards."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from load.figures import Figures, Samples, figures_of
from load.flow import Flow
from load.open_loop import OpenLoop
from load.plane import Plane, own_plane
from load.population import Population, population
from load.sweep.database import heap_fetches, overdue, vacuums
from load.sweep.sweeper import Progress, progress

_WINDOW_SECONDS = 2
_MARGIN_SECONDS = "300"


@dataclass(frozen=True, slots=True)
class Phase:
    """What requests got meanwhile."""

    figures: Figures
    lateness: Figures
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured.

    Attributes:
        without, during, after: While the backlog stood, while it was swept, and once it was gone.
        swept: The sweeper's metrics in the end.
        sweep_seconds: Until everything was gone.
        left: Rows that have expired and are still there.
        fetches: Of a hundred session checks, how many looked into the table: before, right after, and once autovacuum
            had come; the last is none when it did not come in time.
        vacuums: How often autovacuum came to the sessions.
    """

    without: Phase
    during: Phase
    after: Phase
    swept: Progress
    sweep_seconds: float
    left: int
    fetches: tuple[float, float, float | None]
    vacuums: int


Said = Callable[[str], None]


def measure(
    connection: psycopg.Connection[Any], url_file: Path, rate: int, seconds: int, vacuum_wait: float, say: Said
) -> Report:
    """Measures on a database that has its backlog.

    Args:
        url_file: Holds the address of the database.
        rate: Requests a second.
        seconds: How long each phase lasts, and the sweeping at least.
        vacuum_wait: Seconds to wait for autovacuum in the end.
    """
    settings = {"store": "postgres", "database_url_file": str(url_file), "data_dir": str(url_file.parent / "data")}
    fetches_before, vacuums_before = heap_fetches(connection), vacuums(connection)
    say("without the sweeper")
    with own_plane(**settings, sweep_interval_seconds="1000000") as plane, population(plane) as people:
        without = asyncio.run(_serve(plane, people, rate, lambda spent: spent < seconds))
    say("while it sweeps")
    sweeping = {"sweep_interval_seconds": "1", "sweep_margin_seconds": _MARGIN_SECONDS}
    with own_plane(**settings, **sweeping) as plane, population(plane) as people:
        begun = time.monotonic()
        during = asyncio.run(_serve(plane, people, rate, lambda _: not progress(plane.admin_url).succeeded))
        sweep_seconds = time.monotonic() - begun
        fetches_then = heap_fetches(connection)
        say("after it")
        after = asyncio.run(_serve(plane, people, rate, lambda spent: spent < seconds))
        swept = progress(plane.admin_url)
    say("waiting for autovacuum")
    fetches_later = _fetches_after_vacuum(connection, vacuums_before, vacuum_wait)
    fetches = (fetches_before, fetches_then, fetches_later)
    vacuumed = vacuums(connection) - vacuums_before
    return Report(without, during, after, swept, sweep_seconds, overdue(connection), fetches, vacuumed)


async def _serve(plane: Plane, people: Population, rate: int, goes_on: Callable[[float], bool]) -> Phase:
    """Requests in windows of two seconds, one at least; one before them warms up and does not count."""
    samples, lateness = Samples(), Samples()
    async with Flow(plane, people) as flow:
        await flow.prime(min(rate, 200))
        kinds = {
            "introspect": flow.introspect,
            "refresh": flow.refresh,
            "userinfo": flow.userinfo,
            "authorize": flow.authorize,
            "code": flow.redeem,
        }
        await OpenLoop(kinds, rate, _WINDOW_SECONDS, lambda: None).run()
        begun = time.monotonic()
        while True:
            loop = OpenLoop(kinds, rate, _WINDOW_SECONDS, lambda: None)
            await loop.run()
            for each in loop.samples.values():
                samples.latencies += each.latencies
                samples.failures += each.failures
            lateness.latencies += loop.lateness.latencies
            if not await asyncio.to_thread(goes_on, time.monotonic() - begun):
                break
    spent = time.monotonic() - begun
    return Phase(figures_of("requests", samples), figures_of("lateness", lateness), spent)


def _fetches_after_vacuum(connection: psycopg.Connection[Any], before: int, wait: float) -> float | None:
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        if vacuums(connection) > before and (fetches := heap_fetches(connection)) < 1:
            return fetches
        time.sleep(0.5)
    return heap_fetches(connection) if vacuums(connection) > before else None
