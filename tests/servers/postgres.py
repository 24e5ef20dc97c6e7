"""A real PostgreSQL for tests: one server for the whole run, a new database for whoever asks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from shared.store.contract import Announce
from shared.store.postgres.database import Database
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.scratch import ScratchDatabase
from shared.store.postgres.server import WHEEL_PROGRAMS, LocalServer
from shared.store.postgres.settings import PostgresSettings
from shared.store.postgres.store import PostgresStore

SECRET = "test-secret-at-least-32-characters-long"

# fsync is what tests of crashes are about; they start a server of their own.
OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


def programs() -> Path:
    """The PostgreSQL to test on; AUTHPLANE_TEST_POSTGRES names another `bin` folder than the wheel's."""
    return Path(os.environ.get("AUTHPLANE_TEST_POSTGRES", WHEEL_PROGRAMS))


def older_programs() -> Path:
    """The oldest PostgreSQL at hand: Debian's 15 where it can be had, else the wheel's second one, which is 16."""
    root = Path(__file__).parents[2]
    found = (Path("/usr/lib/postgresql/15/bin"), root / ".tools" / "postgresql-15")
    wheel = WHEEL_PROGRAMS.parents[1] / "pginstall" / "bin"
    return next((folder for folder in found if (folder / "postgres").exists()), wheel)


def postgres_settings(url: str, **changes: object) -> PostgresSettings:
    return PostgresSettings.model_validate({"secret": SECRET, "database_url": url, **changes})


class PostgresDatabases:
    """Databases on one server, each migrated and empty.

    Attributes:
        url: The server's own database, for tests that make databases themselves.
    """

    def __init__(self, server: LocalServer) -> None:
        self.server = server
        self.url = server.url
        self._template = ScratchDatabase(server.url)
        self._spare: list[ScratchDatabase] = []

    def __enter__(self) -> "PostgresDatabases":
        self._template.__enter__()
        Migrator(self._template.url).up()
        return self

    def __exit__(self, *_: object) -> None:
        """The server is thrown away with all that is in it."""

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a new database with the schema."""
        with ScratchDatabase(self.url, template=self._template.name) as scratch:
            yield scratch.url

    @contextmanager
    def store(self, **settings: Any) -> Iterator[PostgresStore]:
        """A store on a new database."""
        with self.database() as url:
            store = open_store(url, **settings)
            try:
                yield store
            finally:
                store.close()


@contextmanager
def older_postgres(directory: Path) -> Iterator[PostgresDatabases]:
    """Databases on the oldest PostgreSQL at hand."""
    with LocalServer(directory, older_programs(), OPTIONS) as server, PostgresDatabases(server) as databases:
        yield databases


@contextmanager
def frozen(server: LocalServer) -> Iterator[None]:
    """All its processes are stopped (SIGSTOP) while the context is open; the system still takes connections for it."""
    first = psutil.Process(server.pid)
    first.suspend()  # It can start no more of them then.
    stopped = [first, *first.children(recursive=True)]
    try:
        for process in stopped[1:]:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        yield
    finally:
        for process in stopped:
            with suppress(psutil.NoSuchProcess):
                process.resume()


def open_store(url: str, announce: Announce = lambda _: None, **settings: Any) -> PostgresStore:
    """A store on a database that is there."""
    wanted = postgres_settings(url, pg_pool_min=1, **settings)
    return PostgresStore(Database(url, wanted, "test", wanted.pg_pool_max, announce))
