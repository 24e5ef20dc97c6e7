"""The shared cache on real nodes, in bad times: nobody who asks notices more than a miss."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from shared.clock import SystemClock
from shared.deadline import Deadline, deadline
from tests.contract.races import race
from tests.memcached.cable import Cable
from tests.memcached.tried import FAILURES, TriedCache
from tests.servers.memcached import MemcachedServer

MakeCache = Callable[..., TriedCache]
SHORT = {"timeout_seconds": 0.2, "connect_timeout_seconds": 0.2}
KEYS = [f"key {number}" for number in range(40)]


@contextmanager
def not_hanging(seconds: float = 20.0) -> Iterator[None]:
    """Generous: it tells a wait with a bound from one without."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds


def test_a_frozen_node_costs_a_few_timeouts_and_then_nothing(memcached: MemcachedServer, make_cache: MakeCache) -> None:
    """As many as open the breaker; from then on it is not asked at all."""
    cache = make_cache(memcached.name, **SHORT)
    cache.set("key", b"value", 60)
    memcached.freeze()
    with not_hanging():
        assert [cache.get("key") for _ in range(FAILURES)] == [None] * FAILURES
    assert cache.counted("get") == {"error": FAILURES}
    with not_hanging():
        for _ in range(1000):
            assert cache.get("key") is None
            cache.set("key", b"value", 60)
    assert cache.counted("get") == {"error": FAILURES, "open": 1000}
    assert cache.counted("set") == {"done": 1, "open": 1000}


def test_a_node_that_thaws_is_found_by_one_probe(memcached: MemcachedServer, make_cache: MakeCache) -> None:
    """While it is frozen each probe costs one timeout; the first that is answered brings it back."""
    cache = make_cache(memcached.name, **SHORT)
    cache.set("key", b"value", 60)
    memcached.freeze()
    for _ in range(FAILURES):
        cache.get("key")
    for _ in range(2):
        cache.wait_for_probe()
        assert [cache.get("key") for _ in range(5)] == [None] * 5
    assert cache.counted("get") == {"error": FAILURES + 2, "open": 8}
    memcached.resume()
    assert cache.get("key") is None
    cache.wait_for_probe()
    assert [cache.get("key") for _ in range(5)] == [b"value"] * 5


def test_a_node_that_trickles_is_not_waited_for(make_cache: MakeCache) -> None:
    """The timeout is for the whole answer, which here would take a minute."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):  # The cache hangs up.
                for _ in range(600):
                    connection.sendall(b"V")
                    if done.wait(0.1):
                        return

        thread = threading.Thread(target=trickle)
        thread.start()
        cache = make_cache(f"127.0.0.1:{server.getsockname()[1]}", timeout_seconds=0.5)
        with not_hanging():
            assert cache.get("key") is None
        assert cache.counted("get") == {"error": 1}
        done.set()
        thread.join()


def test_a_killed_node_is_a_miss(memcached: MemcachedServer, cache: TriedCache) -> None:
    """Nothing raises, and what could not be stored or deleted is counted."""
    cache.set("key", b"value", 60)
    memcached.kill()
    cache.set("key", b"lost", 60)
    assert cache.get("key") is None
    cache.delete("key")
    cache.set("key", b"lost", 60)
    assert cache.counted("set") == {"done": 1, "error": 1, "open": 1}
    assert cache.counted("get") == {"error": 1}
    assert cache.counted("delete") == {"error": 1}


def test_a_restarted_node_is_used_again_at_once(memcached: MemcachedServer, make_cache: MakeCache) -> None:
    """One call finds its connection dead; the idle ones go with it, and do not fail call after call."""
    cache = make_cache(memcached.name, pool_size=16)
    memcached.freeze()
    threads = [threading.Thread(target=cache.get, args=(key,)) for key in KEYS[:16]]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    memcached.resume()
    for thread in threads:
        thread.join()
    assert memcached.connections() > FAILURES
    memcached.restart()
    for key in KEYS[:16]:
        cache.set(key, b"value", 60)
    assert cache.counted("set") == {"error": 1, "done": 15}


def test_a_dead_node_s_keys_are_misses_and_others_work(
    memcached: MemcachedServer, other_memcached: MemcachedServer, make_cache: MakeCache
) -> None:
    """They are not handed on: each node holds its own names and no others."""
    cache = make_cache(memcached.name, other_memcached.name)
    for key in KEYS:
        cache.set(key, b"active", 60)
    held = set(other_memcached.names())
    assert 0 < len(held) < len(KEYS)
    memcached.kill()
    for key in KEYS:
        cache.set(key, b"revoked", 60)
    answers = [cache.get(key) for key in KEYS]
    assert answers.count(b"revoked") == len(held)
    assert answers.count(None) == len(KEYS) - len(held)
    assert set(other_memcached.names()) == held


def test_after_a_partition_no_other_node_answers(
    memcached: MemcachedServer, other_memcached: MemcachedServer, make_cache: MakeCache
) -> None:
    """What was stored and deleted meanwhile reached no node: it is the node's own value that is there again.

    That is old, and why a value has to say at which version it was read.
    """
    with Cable(memcached.name) as cable:
        cache = make_cache(cable.name, other_memcached.name)
        for key in KEYS:
            cache.set(key, b"active", 60)
        far = [key for key in KEYS if _is_on(cache, cable.name, key)]
        assert 0 < len(far) < len(KEYS)
        held = set(other_memcached.names())
        cable.cut()
        for key in far:
            cache.delete(key)
            cache.set(key, b"revoked", 60)
            assert cache.get(key) is None
        assert set(other_memcached.names()) == held
        cable.heal()
        cache.wait_for_probe()
        assert [cache.get(key) for key in far] == [b"active"] * len(far)
        assert set(other_memcached.names()) == held


def test_all_connections_in_use_is_no_fault_of_the_node(memcached: MemcachedServer, make_cache: MakeCache) -> None:
    """Who comes to a full pool goes away at once, and the breaker hears nothing of it."""
    cache = make_cache(memcached.name, pool_size=2, timeout_seconds=1.0)
    memcached.freeze()
    assert race(*[lambda: cache.get("key")] * 32) == [None] * 32
    counted = cache.counted("get")
    assert set(counted) == {"busy", "error"}
    assert counted["error"] < FAILURES
    memcached.resume()
    cache.set("key", b"value", 60)
    assert cache.get("key") == b"value"


def test_threads_of_many_lives_see_no_wrong_value(memcached: MemcachedServer, make_cache: MakeCache) -> None:
    """Whatever happens to the node while many ask it, each gets its own value or a miss."""
    cache = make_cache(memcached.name, timeout_seconds=0.5, breaker_failures=10**6)
    stop = threading.Event()
    wrong: list[bytes] = []

    def work(number: int) -> None:
        mine = b"value of %d" % number
        while not stop.is_set():
            cache.set(f"key {number}", mine, 60)
            got = cache.get(f"key {number}")
            if got not in {mine, None}:
                wrong.append(got)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(0.1)
        memcached.restart()
        time.sleep(0.1)
        memcached.freeze()
        time.sleep(0.1)
        memcached.resume()
    stop.set()
    with not_hanging():
        for thread in threads:
            thread.join()
    assert wrong == []
    assert cache.counted("get")["hit"] > 0
    assert cache.counted()["error"] > 0


def _is_on(cache: TriedCache, node: str, key: str) -> bool:
    before = cache.counted("get", node)
    cache.get(key)
    return cache.counted("get", node) != before


def test_a_caller_without_time_asks_nobody(memcached: MemcachedServer, make_cache: MakeCache) -> None:
    """Less than a node may take is not enough to find out that it is slow; the breaker learns nothing from that."""
    cache = make_cache(memcached.name, **SHORT)
    cache.set("key", b"value", 60)
    for seconds, found in ((0.3, None), (60.0, b"value")):
        with deadline(Deadline(seconds, SystemClock())):
            assert cache.get("key") == found
    assert cache.counted("get") == {"busy": 1, "hit": 1}
