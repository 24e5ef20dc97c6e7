"""The stores that have to keep the contract."""

from collections.abc import Iterator

import pytest

from shared.store import Store
from shared.store.memory import MemoryStore
from shared.store.postgres.scratch import ScratchDatabase
from tests.servers.postgres import PostgresDatabases, older_postgres, open_store
from tests.sql.partitioned import make_partitioned_schema


@pytest.fixture(params=["memory", "postgres", "older-postgres", "partitioned-postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store; every test of the contract runs on each."""
    if request.param == "memory":
        yield MemoryStore()
        return
    older = request.param == "older-postgres"
    databases: PostgresDatabases = request.getfixturevalue(
        "older_postgres_databases" if older else "postgres_databases"
    )
    if request.param == "partitioned-postgres":
        with ScratchDatabase(databases.url, request.getfixturevalue("partitioned_template")) as scratch:
            partitioned = open_store(scratch.url)
            yield partitioned
            partitioned.close()
        return
    with databases.store() as store:
        yield store


@pytest.fixture(scope="session")
def older_postgres_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresDatabases]:
    """The oldest PostgreSQL at hand."""
    with older_postgres(tmp_path_factory.mktemp("older-postgres")) as databases:
        yield databases


@pytest.fixture(scope="session")
def partitioned_template(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """A database with the partitioned schema, to be copied."""
    with ScratchDatabase(postgres_databases.url) as scratch:
        make_partitioned_schema(scratch.url)
        yield scratch.name
