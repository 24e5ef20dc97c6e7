"""The stores that have to keep the contract."""

from collections.abc import Iterator

import pytest

from shared.store import Store
from shared.store.memory import MemoryStore
from tests.servers.postgres import PostgresDatabases


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store; every test of the contract runs on each."""
    if request.param == "memory":
        yield MemoryStore()
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    with databases.store() as store:
        yield store
