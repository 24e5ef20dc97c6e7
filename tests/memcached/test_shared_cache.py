"""The shared cache on real nodes, in good times."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import CollectorRegistry

from shared.clock import ManualClock
from shared.memcached.cache import open_shared_cache
from shared.memcached.contract import NoSharedCache
from shared.memcached.options import MemcachedOptions
from tests.eventually import eventually
from tests.memcached.tried import KEY, TriedCache
from tests.servers.memcached import MemcachedServer

MakeCache = Callable[..., TriedCache]


def test_what_was_stored_is_there(cache: TriedCache) -> None:
    """Until it is stored anew or deleted; every question is counted once."""
    assert cache.get("key") is None
    cache.set("key", b"value", 60)
    assert cache.get("key") == b"value"
    cache.set("key", b"\0other\r\n", 60)
    assert cache.get("key") == b"\0other\r\n"
    cache.delete("key")
    cache.delete("key")
    assert cache.get("key") is None
    assert cache.counted("get") == {"hit": 2, "miss": 2}
    assert cache.counted("set") == {"done": 2}
    assert cache.counted("delete") == {"done": 1, "miss": 1}
    assert cache.registry.get_sample_value("authplane_memcached_seconds_count", {"node": cache.node}) == 8


def test_processes_share_it(memcached: MemcachedServer, make_cache: MakeCache) -> None:
    """What one stores, the other finds."""
    one, other = make_cache(memcached.name), make_cache(memcached.name)
    one.set("key", b"value", 60)
    assert other.get("key") == b"value"


@pytest.mark.parametrize(
    "key", ["", " ", "two words", "\0\r\n", "ключ", "\ud800", "k" * 5000, "x\r\nset y 0 0 1\r\n1", "../../etc/passwd"]
)
def test_any_text_is_a_key(memcached: MemcachedServer, cache: TriedCache, key: str) -> None:
    """And none of it is seen in the cache: a name is the namespace and 64 hexadecimal digits."""
    cache.set(key, b"value", 60)
    assert cache.get(key) == b"value"
    assert cache.get(key + " ") is None
    # The server walks through what it holds in a thread of its own, and may be asked while it is still busy.
    deadline = time.monotonic() + 10
    while len(names := memcached.names()) != 1:
        assert time.monotonic() < deadline, names
    (name,) = names
    assert name.startswith("authplane:")
    assert len(bytes.fromhex(name.removeprefix("authplane:"))) == 32


def test_namespaces_are_apart(memcached: MemcachedServer, make_cache: MakeCache) -> None:
    """Two planes on one memcached do not see each other."""
    blue, green = (make_cache(memcached.name, namespace=name) for name in ("blue", "green"))
    blue.set("key", b"blue", 60)
    assert green.get("key") is None
    green.set("key", b"green", 60)
    assert (blue.get("key"), green.get("key")) == (b"blue", b"green")


def test_a_value_expires(cache: TriedCache) -> None:
    """By memcached's clock, which no test can set."""
    cache.set("short", b"value", 1.9)
    cache.set("long", b"value", 60)
    eventually(lambda: cache.get("short") is None)
    assert cache.get("long") == b"value"


@pytest.mark.parametrize("seconds", [0.99, 0, -1, float("nan")])
def test_a_time_of_less_than_a_second_is_not_stored(cache: TriedCache, seconds: float) -> None:
    """To memcached, 0 would mean for ever."""
    cache.set("key", b"value", seconds)
    assert cache.get("key") is None
    assert cache.counted("set") == {"unfit": 1}


@pytest.mark.parametrize("seconds", [30 * 24 * 3600 + 1, 1e12, float("inf")])
def test_a_very_long_time_is_stored(cache: TriedCache, seconds: float) -> None:
    """To memcached, more than 30 days would be a date long past."""
    cache.set("key", b"value", seconds)
    assert cache.get("key") == b"value"


def test_long_values_are_not_stored(cache: TriedCache) -> None:
    """One byte more than the bound is counted and not sent."""
    cache.set("fits", b"v" * 65536, 60)
    cache.set("does not", b"v" * 65537, 60)
    assert cache.get("fits") == b"v" * 65536
    assert cache.get("does not") is None
    assert cache.counted("set") == {"done": 1, "unfit": 1}


def test_a_value_that_the_node_refuses_is_counted(memcached: MemcachedServer, make_cache: MakeCache) -> None:
    """More than it takes: an error each time, but a node that says so lives and is not left alone."""
    cache = make_cache(memcached.name, max_value_bytes=4 * 2**20)
    for _ in range(10):
        cache.set("key", b"v" * (2 * 2**20), 60)
    assert cache.counted("set") == {"error": 10}
    cache.set("key", b"value", 60)
    assert cache.get("key") == b"value"


def test_many_threads_share_it(memcached: MemcachedServer, make_cache: MakeCache) -> None:
    """Each reads what it wrote and nothing of another's, however few connections there are."""
    cache = make_cache(memcached.name, pool_size=4)
    barrier = threading.Barrier(16)

    def work(number: int) -> list[tuple[bytes, bytes | None]]:
        seen = []
        barrier.wait()
        for step in range(50):
            value = b"%d of %d" % (step, number)
            cache.set(f"{number} {step}", value, 60)
            seen.append((value, cache.get(f"{number} {step}")))
        return seen

    with ThreadPoolExecutor(16) as pool:
        pairs = [pair for seen in pool.map(work, range(16)) for pair in seen]
    assert {got for value, got in pairs if got != value} <= {None}
    assert set(cache.counted()) <= {"hit", "miss", "done", "busy"}
    assert cache.counted("get")["hit"] > 0


def test_a_unix_socket_is_a_node(make_cache: MakeCache) -> None:
    """Here one where nothing listens: a miss as on any other."""
    cache = make_cache("unix:/nonexistent/memcached")
    assert cache.get("key") is None
    assert cache.counted("get") == {"error": 1}


def test_without_nodes_nothing_is_remembered() -> None:
    """Nor is anything asked or counted."""
    registry = CollectorRegistry()
    cache = open_shared_cache(MemcachedOptions(), [KEY], ManualClock(0.0), lambda: 0.0, registry)
    assert isinstance(cache, NoSharedCache)
    cache.set("key", b"value", 60)
    assert cache.get("key") is None
    cache.delete("key")
    cache.close()
    assert list(registry.collect()) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"timeout_seconds": 0},
        {"connect_timeout_seconds": -1},
        {"pool_size": 0},
        {"max_value_bytes": 0},
        {"breaker_failures": 0},
        {"breaker_delay_seconds": 0},
        {"namespace": ""},
        {"namespace": "two words"},
        {"namespace": "n" * 101},
    ],
    ids=str,
)
def test_settings_have_bounds(make_cache: MakeCache, settings: dict[str, object]) -> None:
    """What would wait for ever, or write names that memcached does not take, is refused at the start."""
    with pytest.raises(ValueError, match="must be"):
        make_cache("127.0.0.1:1", **settings)
