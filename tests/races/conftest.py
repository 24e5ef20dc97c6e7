"""One arena for all races."""

import os
from collections.abc import Iterator

import psycopg
import pytest

from tests.contract.examples import client
from tests.races.arena import Arena
from tests.races.processes import racers
from tests.servers.postgres import PostgresDatabases, open_store

PROCESSES = 64
ROUNDS = int(os.environ.get("AUTHPLANE_TEST_ROUNDS", "5"))

_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@pytest.fixture
def arena(whole_arena: Arena) -> Arena:
    """The arena with the client "web" in use, whatever the last race did to it."""
    whole_arena.store.enable_client("web")
    return whole_arena


@pytest.fixture(scope="session")
def whole_arena(postgres_databases: PostgresDatabases) -> Iterator[Arena]:
    """64 processes on one database; in the end, none of them ever was in a deadlock."""
    with postgres_databases.database() as url, psycopg.connect(url, autocommit=True) as connection:
        with racers(url, PROCESSES) as many:
            store = open_store(url)
            store.insert_client(client("web"))
            yield Arena(url, store, many, connection)
            store.close()
        # A connection adds its figures when it closes, at the latest.
        assert connection.execute(_DEADLOCKS).fetchone() == (0,)
