"""No request ever needs two connections."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.store import Store
from shared.store.metered import OPERATIONS as METHODS
from tests.servers.postgres import PostgresDatabases
from tests.sql.operations import OPERATIONS


@pytest.fixture
def store(postgres_databases: PostgresDatabases) -> Iterator[Store]:
    with postgres_databases.store(pg_pool_max=1, pg_pool_timeout_seconds=2) as store:
        yield store


def test_every_operation_is_among_them() -> None:
    """A new one cannot be forgotten."""
    assert set(METHODS) <= set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_pool_of_one_serves_it(store: Store, name: str) -> None:
    """An operation that took a second connection would wait for itself."""
    OPERATIONS[name](store)()


def test_a_pool_of_one_serves_eight_threads(store: Store) -> None:
    """All kinds of operations at once, one after the other on one connection; none waits too long."""
    kinds = (
        "insert_session",
        "insert_session in place of another",
        "rotate_refresh_token",
        "redeem_code",
        "end_session",
    )
    acts = [OPERATIONS[name](store) for name in kinds for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda act: act(), acts))
