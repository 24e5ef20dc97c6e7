"""The stores that have to keep the contract."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest

from shared.cache.log import Invalidation
from shared.cache.view import View
from shared.clock import ManualClock
from shared.store import Store
from shared.store.contract import Announce
from shared.store.memory import MemoryStore
from shared.store.postgres.scratch import ScratchDatabase
from tests.contract.examples import NOW
from tests.servers.postgres import PostgresDatabases, older_postgres, open_store
from tests.sql.partitioned import make_partitioned_schema
from tests.stores import cached, fresh_view, memory_access

TABLES = (
    "users", "clients", "consents", "signing_keys", "sessions", "auth_codes", "refresh_tokens", "revoked_access_tokens",
    "used_assertions", "invalidations",
)  # fmt: skip  # One a line would fill half a page.

# Races are about who wins, on a slow machine too.
_PATIENT = {
    "pg_pool_timeout_seconds": 40,
    "pg_connect_timeout_seconds": 10,
    "pg_statement_timeout_ms": 40_000,
    "pg_lock_timeout_ms": 30_000,
    "rpc_deadline_seconds": 60,
}


@pytest.fixture(
    params=["memory", "cached-memory", "postgres", "cached-postgres", "oldest-postgres", "partitioned-postgres"]
)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store; every test of the contract runs on each, and also on what services see of it."""
    if request.param == "memory":
        yield MemoryStore()
        return
    if request.param == "cached-memory":
        yield memory_access(ManualClock(NOW)).store
        return
    emptied: Callable[[], Store] = request.getfixturevalue(request.param.replace("-", "_"))
    yield emptied()


@pytest.fixture(scope="session")
def postgres(postgres_databases: PostgresDatabases) -> Iterator[Callable[[], Store]]:
    """The newest PostgreSQL that is supported."""
    with postgres_databases.database() as url, emptied_store(url) as emptied:
        yield emptied


@pytest.fixture(scope="session")
def cached_postgres(postgres_databases: PostgresDatabases) -> Iterator[Callable[[], Store]]:
    """PostgreSQL behind caches, which are new for each test."""
    views = list[View]()

    def announce(invalidation: Invalidation) -> None:
        views[-1].note(invalidation.position.version, invalidation.tags)

    with postgres_databases.database() as url, emptied_store(url, announce) as emptied:

        def behind_caches() -> Store:
            clock = ManualClock(NOW)
            views.append(fresh_view(clock))
            return cached(emptied(), views[-1], clock).store

        yield behind_caches


@pytest.fixture(scope="session")
def oldest_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Store]]:
    """The oldest one at hand."""
    directory = tmp_path_factory.mktemp("oldest-postgres")
    with older_postgres(directory) as databases, databases.database() as url, emptied_store(url) as emptied:
        yield emptied


@pytest.fixture(scope="session")
def partitioned_postgres(postgres_databases: PostgresDatabases) -> Iterator[Callable[[], Store]]:
    """With its request tables partitioned by hash."""
    with ScratchDatabase(postgres_databases.url) as scratch:
        make_partitioned_schema(scratch.url)
        with emptied_store(scratch.url) as emptied:
            yield emptied


@contextmanager
def emptied_store(url: str, announce: Announce = lambda _: None) -> Iterator[Callable[[], Store]]:
    """One store for all tests, emptied for each: that is quicker than a new database."""
    store = open_store(url, announce, **_PATIENT)
    with psycopg.connect(url, autocommit=True) as connection, closing(store):

        def emptied() -> Store:
            with connection.transaction():
                for table in TABLES:
                    connection.execute(f"DELETE FROM {table}".encode())
                connection.execute("UPDATE store_version SET version = 0")
            return store

        yield emptied
