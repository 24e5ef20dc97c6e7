"""The stores that have to keep the contract."""

from collections.abc import Iterator

import pytest

from shared.store import Store
from shared.store.memory import MemoryStore


@pytest.fixture(params=["memory"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store; every test of the contract runs on each."""
    stores: dict[str, type[Store]] = {"memory": MemoryStore}
    store = stores[request.param]()
    yield store
    store.close()
