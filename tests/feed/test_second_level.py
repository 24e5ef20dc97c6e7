"""The second level: what one process has read, another takes from memcached, under the same rule."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from shared.cache.log import Invalidation, News
from shared.cache.view import View
from shared.clock import ManualClock
from shared.memcached.cache import open_shared_cache
from shared.memcached.options import MemcachedOptions
from shared.store.access import StoreAccess
from shared.store.memory import MemoryStore
from tests.contract.examples import NOW, client, granted
from tests.servers.memcached import MemcachedServer
from tests.stores import cached, fresh_view

_KEYS = [b"k" * 32]


class Counting:
    """A store that counts what it is asked."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return getattr(self._store, name)


@dataclass
class Process:
    """One of several on the same store and the same memcached."""

    access: StoreAccess
    store: Counting
    view: View


class Processes:
    """Makes processes. Each is told of every change unless it is cut off."""

    def __init__(self, memcached: MemcachedServer, stack: ExitStack) -> None:
        self.clock = ManualClock(NOW)
        self.store = MemoryStore(announce=self._announce)
        self.memcached = memcached
        self._stack = stack
        self._views: list[View] = []

    def start(self) -> Process:
        view, counting = fresh_view(self.clock), Counting(self.store)
        view.follow(self.store.read_invalidations(None, 1000), float("inf"))
        self._views.append(view)
        options = MemcachedOptions((self.memcached.name,), timeout_seconds=1.0)
        shared = open_shared_cache(options, _KEYS, self.clock, lambda: 0.5, CollectorRegistry())
        self._stack.callback(shared.close)
        return Process(cached(counting, view, self.clock, shared), counting, view)

    def _announce(self, invalidation: Invalidation) -> None:
        for view in self._views:
            view.follow(News(False, (invalidation,), invalidation.position, True, 0.0), float("inf"))


@pytest.fixture
def processes() -> Iterator[Processes]:
    with MemcachedServer() as memcached, ExitStack() as stack:
        yield Processes(memcached, stack)


def test_a_record_is_read_once_for_all(processes: Processes) -> None:
    """A session, a family and a client that one process has read: the other asks memcached and not the store."""
    family = granted(processes.store)
    processes.store.insert_client(client("web"))
    first, second = processes.start(), processes.start()
    for process in (first, second):
        store = process.access.store
        assert store.find_family(family.family_id, NOW) == family
        assert store.find_session(family.session_id, NOW) is not None
        assert store.find_client("web") == processes.store.find_client("web")
    assert set(first.store.asked) == {"find_family", "find_session", "find_client"}
    assert second.store.asked == []


def test_what_was_invalidated_since_is_a_miss(processes: Processes) -> None:
    """Whatever memcached still holds."""
    processes.store.insert_client(client("web"))
    first, second = processes.start(), processes.start()
    assert first.access.store.find_client("web") is not None
    processes.store.disable_client("web", NOW)
    found = second.access.store.find_client("web")
    assert found is not None
    assert found.disabled
    assert second.store.asked == ["find_client"]


def test_an_old_value_that_comes_back_is_a_miss(processes: Processes) -> None:
    """Copied before the change and put back after it: authentic, and too old."""
    processes.store.insert_client(client("web"))
    first, second = processes.start(), processes.start()
    assert first.access.store.find_client("web") is not None
    (name,) = processes.memcached.names()
    value = processes.memcached.read(name)
    processes.store.disable_client("web", NOW)
    first.access.store.find_client("web")
    processes.memcached.write(name, value)
    found = second.access.store.find_client("web")
    assert found is not None
    assert found.disabled


def test_a_process_that_starts_later_knows_what_happened_before(processes: Processes) -> None:
    """It reads the end of the log first, so a value from before a change is too old for it as well."""
    processes.store.insert_client(client("web"))
    assert processes.start().access.store.find_client("web") is not None
    processes.store.disable_client("web", NOW)
    found = processes.start().access.store.find_client("web")
    assert found is not None
    assert found.disabled


def test_noes_and_users_stay_out_of_it(processes: Processes) -> None:
    """Password hashes are nobody's business, and a no is short-lived."""
    family = granted(processes.store)
    process = processes.start()
    assert process.access.store.find_user(family.user_id) is not None
    assert process.access.store.find_client("unknown") is None
    assert process.access.store.find_session("unknown", NOW) is None
    assert processes.memcached.names() == []
