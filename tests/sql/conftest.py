"""A database with as many rows as plans are looked at with."""

import os
from collections.abc import Iterator
from random import Random

import pytest

from evidence.explain.keys import Keys
from evidence.explain.load import load
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.scratch import ScratchDatabase
from tests.servers.postgres import PostgresDatabases
from tests.sql.explaining import Explainer

ROWS = int(os.environ.get("AUTHPLANE_TEST_ROWS", "100000"))


@pytest.fixture(scope="session")
def filled(postgres_databases: PostgresDatabases) -> Iterator[ScratchDatabase]:
    """Filled, vacuumed, analyzed, and not to be changed."""
    with ScratchDatabase(postgres_databases.url) as scratch:
        Migrator(scratch.url).up()
        with scratch.connect() as source, scratch.connect() as target:
            load(source, target, ROWS)
        yield scratch


@pytest.fixture
def explain(filled: ScratchDatabase) -> Iterator[Explainer]:
    """Plans on the filled database."""
    with filled.connect() as connection:
        yield Explainer(connection, Keys(ROWS, Random(28)))


@pytest.fixture
def explain_copy(postgres_databases: PostgresDatabases, filled: ScratchDatabase) -> Iterator[Explainer]:
    """Plans on a copy of it, which the test may change."""
    copy = ScratchDatabase(postgres_databases.url, template=filled.name)
    with copy, copy.connect() as connection:
        yield Explainer(connection, Keys(ROWS, Random(28)))
