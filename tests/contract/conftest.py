"""The stores that have to keep the contract."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest

from shared.store import Store
from shared.store.memory import MemoryStore
from shared.store.postgres.scratch import ScratchDatabase
from tests.servers.postgres import PostgresDatabases, older_postgres, open_store
from tests.sql.partitioned import make_partitioned_schema

TABLES = (
    "users", "clients", "consents", "signing_keys", "sessions", "auth_codes", "refresh_tokens", "revoked_access_tokens",
    "used_assertions", "invalidations",
)  # fmt: skip


@pytest.fixture(params=["memory", "postgres", "oldest-postgres", "partitioned-postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store; every test of the contract runs on each."""
    if request.param == "memory":
        yield MemoryStore()
        return
    emptied: Callable[[], Store] = request.getfixturevalue(request.param.replace("-", "_"))
    yield emptied()


@pytest.fixture(scope="session")
def postgres(postgres_databases: PostgresDatabases) -> Iterator[Callable[[], Store]]:
    """The newest PostgreSQL that is supported."""
    with postgres_databases.database() as url, emptied_store(url) as emptied:
        yield emptied


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
def emptied_store(url: str) -> Iterator[Callable[[], Store]]:
    """One store for all tests, emptied for each: that is quicker than a new database."""
    store = open_store(url)
    with psycopg.connect(url, autocommit=True) as connection, closing(store):

        def emptied() -> Store:
            with connection.transaction():
                for table in TABLES:
                    connection.execute(f"DELETE FROM {table}".encode())
                connection.execute("UPDATE store_version SET version = 0")
            return store

        yield emptied
