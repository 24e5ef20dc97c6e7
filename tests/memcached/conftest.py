"""Real nodes, and caches that use them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.memcached.tried import TriedCache
from tests.servers.memcached import MemcachedServer


@pytest.fixture
def memcached() -> Iterator[MemcachedServer]:
    """A node of this test's own, empty."""
    with MemcachedServer() as server:
        yield server


@pytest.fixture
def other_memcached() -> Iterator[MemcachedServer]:
    """A second one."""
    with MemcachedServer() as server:
        yield server


@pytest.fixture
def make_cache() -> Iterator[Callable[..., TriedCache]]:
    """Makes caches on nodes, which are closed in the end."""
    with ExitStack() as stack:

        def make(*nodes: str, **settings: Any) -> TriedCache:
            return stack.enter_context(TriedCache(nodes, **settings))

        yield make


@pytest.fixture
def cache(memcached: MemcachedServer, make_cache: Callable[..., TriedCache]) -> TriedCache:
    """A cache on the one node."""
    return make_cache(memcached.name)
