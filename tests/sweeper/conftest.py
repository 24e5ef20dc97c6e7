"""Sweepers on each store."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.token.flush_pending import PendingFlusher
from services.token.sweeper import Sweeper, SweepSchedule
from shared.clock import SystemClock
from shared.store import Pressure, Store, Sweeping
from shared.store.memory import MemoryStore
from shared.store.pending import PendingInvalidations
from shared.store.postgres.database import Database
from shared.store.postgres.scratch import ScratchDatabase
from shared.store.postgres.store import PostgresStore
from shared.store.sweeping import NO_PRESSURE
from shared.telemetry.logging import make_logger
from tests.contract.examples import session, user
from tests.servers.postgres import PostgresDatabases, open_store, postgres_settings
from tests.sql.partitioned import make_partitioned_schema

CLOCK = SystemClock()


@dataclass
class Swept:
    """A store that can be swept, by as many sweepers as a test wants.

    Attributes:
        url: Of its PostgreSQL; empty in memory.
    """

    store: Store
    open_own: Callable[[], Store]
    url: str = ""
    log: io.StringIO = field(default_factory=io.StringIO)

    def pending(self) -> PendingInvalidations:
        return PendingInvalidations(self.store, CollectorRegistry())

    def sweeping(self, pressure: Callable[[], Pressure] = lambda: NO_PRESSURE) -> Sweeping:
        return Sweeping(self.open_own, pressure)

    def sweeper(
        self, sweeping: Sweeping | None = None, pending: PendingInvalidations | None = None, **changes: Any
    ) -> Sweeper:
        """One that sweeps almost at once, and then every tenth of a second."""
        values = {"interval": 0.1, "statement": 0.05, "margin": 0.0, "retention": 3600.0, **changes}
        sweeping = sweeping or self.sweeping()
        logger = make_logger(self.log, "info", "json")
        waiting = self.pending() if pending is None else pending
        flusher = PendingFlusher(waiting, 0.01, sweeping.state, CLOCK, logger)
        return Sweeper(sweeping, flusher, SweepSchedule(**values), CLOCK, lambda: 0.5, logger)


@pytest.fixture(params=["memory", "postgres", "partitioned"])
def swept(request: pytest.FixtureRequest) -> Iterator[Swept]:
    """An empty store."""
    if request.param == "memory":
        memory = MemoryStore()
        yield Swept(memory, lambda: memory)
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    with databases.database() if request.param == "postgres" else partitioned(databases) as url:
        yield from on_postgres(url)


@pytest.fixture
def postgres(postgres_databases: PostgresDatabases) -> Iterator[Swept]:
    """The same on PostgreSQL only."""
    with postgres_databases.database() as url:
        yield from on_postgres(url)


def on_postgres(url: str) -> Iterator[Swept]:
    settings = postgres_settings(url).for_sweeper()
    with closing(open_store(url)) as store:
        yield Swept(store, lambda: PostgresStore(Database(url, settings, "sweeper", 1)), url)


@contextmanager
def partitioned(databases: PostgresDatabases) -> Iterator[str]:
    with ScratchDatabase(databases.url) as scratch:
        make_partitioned_schema(scratch.url)
        yield scratch.url


@contextmanager
def sweeping_thread(sweeper: Sweeper) -> Iterator[threading.Event]:
    """The sweeper at work on a thread that raises nothing."""
    stop = threading.Event()
    thread = threading.Thread(target=sweeper.run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def expired_sessions(store: Store, count: int, seconds_ago: float = 10.0) -> None:
    """Adds so many of one user."""
    now = CLOCK.now()
    owner = user()
    store.insert_user(owner)
    for _ in range(count):
        begun = session(owner, created_at=now - 100, expires_at=now - seconds_ago)
        assert store.insert_session(begun, owner.password_hash, "")
