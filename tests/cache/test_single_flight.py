"""Many who want to know the same at once."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from shared.cache.cache import Bounds, Cache
from shared.cache.decision import Decision
from shared.cache.recording import current, recording
from shared.cache.view import Miss
from shared.clock import SystemClock
from shared.deadline import Deadline, deadline
from tests.cache.scene import Scene, misses, no, yes

THREADS = 32
_PATIENCE = 20.0


class Crowd:
    """Threads that ask one cache for one key, of which the first one's read stays under way until it is let go."""

    def __init__(self, cache: Cache[str], threads: ThreadPoolExecutor) -> None:
        self._cache = cache
        self._threads = threads
        self._under_way = threading.Event()
        self.go = threading.Event()
        self.loads = 0

    def lead(self, load: Callable[[], Decision[str]]) -> "Future[str]":
        """When this returns, the read is under way."""

        def slow() -> Decision[str]:
            self.loads += 1
            self._under_way.set()
            assert self.go.wait(_PATIENCE)
            return load()

        leader = self._threads.submit(self._cache.get_or_load, "k", slow)
        assert self._under_way.wait(_PATIENCE)
        return leader

    def join(self, load: Callable[[], Decision[str]], count: int = THREADS - 1) -> "list[Future[str]]":
        """When this returns, so many others have missed, and wait."""

        def counted() -> Decision[str]:
            self.loads += 1
            return load()

        before = misses(self._cache)[Miss.ABSENT]
        others = [self._threads.submit(self._cache.get_or_load, "k", counted) for _ in range(count)]
        end = time.monotonic() + _PATIENCE
        while misses(self._cache)[Miss.ABSENT] < before + count and time.monotonic() < end:
            time.sleep(0.001)
        time.sleep(0.05)  # From its miss to its wait a thread has a few steps to go.
        return others


@contextmanager
def crowd_of(cache: Cache[str]) -> Iterator[Crowd]:
    with ThreadPoolExecutor(THREADS) as threads:
        crowd = Crowd(cache, threads)
        try:
            yield crowd
        finally:
            crowd.go.set()


def results(*futures: "Future[str]") -> list[str]:
    return [future.result(_PATIENCE) for future in futures]


def test_one_reads_for_all() -> None:
    """32 threads miss the same key, and the store is asked once."""
    cache = Scene().cache()
    with crowd_of(cache) as crowd:
        leader = crowd.lead(lambda: yes("a"))
        others = crowd.join(lambda: no("a"))
        crowd.go.set()
        assert results(leader, *others) == ["yes"] * THREADS
        assert crowd.loads == 1


def test_whoever_waited_does_not_take_what_was_invalidated_meanwhile() -> None:
    """It decides for itself; so the no is known to all but the one who had read already."""
    scene = Scene()
    cache = scene.cache()
    with crowd_of(cache) as crowd:
        leader = crowd.lead(lambda: yes("a"))
        others = crowd.join(lambda: no("a"))
        scene.log.commit("a")
        scene.poll()
        crowd.go.set()
        assert results(leader) == ["yes"]
        assert results(*others) == ["no"] * (THREADS - 1)


def test_whoever_waited_with_a_version_in_mind_takes_nothing_older() -> None:
    """Another one, who asked for none, does."""
    scene = Scene()
    cache = scene.cache()

    def ask(at_least: int) -> str:
        with recording() as caller:
            caller.at_least = at_least
            return cache.get_or_load("k", lambda: no("a"))

    with crowd_of(cache) as crowd, ThreadPoolExecutor(2) as threads:
        leader = crowd.lead(lambda: yes("a"))
        careful, careless = (threads.submit(ask, version) for version in (1, 0))
        time.sleep(0.05)
        crowd.go.set()
        assert results(leader, careless, careful) == ["yes", "yes", "no"]


def test_whoever_waited_does_not_take_what_must_not_be_kept() -> None:
    """What used something up is told once."""
    cache = Scene().cache()

    def use_up() -> Decision[str]:
        current().forgo()
        return yes("a")

    with crowd_of(cache) as crowd:
        leader = crowd.lead(use_up)
        others = crowd.join(lambda: no("a"))
        crowd.go.set()
        assert results(leader) == ["yes"]
        assert results(*others) == ["no"] * (THREADS - 1)


def test_a_wait_is_bounded() -> None:
    """Then one asks oneself, and what was read later is kept."""
    scene = Scene()
    bounds = Bounds(10, 10_000, 60.0, max_wait_seconds=0.05)
    cache: Cache[str] = Cache("impatient", scene.view, scene.clock, bounds)
    later = Decision("later", ("a",), math.inf)
    with crowd_of(cache) as crowd:
        leader = crowd.lead(lambda: yes("a"))
        scene.clock.advance(0.01)
        began = time.monotonic()
        assert cache.get_or_load("k", lambda: later) == "later"
        assert time.monotonic() - began < _PATIENCE / 2
        crowd.go.set()
        assert results(leader) == ["yes"]
    found = cache.get("k")
    assert found is not None
    assert found.value == "later"


def test_whoever_waited_rests_on_what_was_read_for_them() -> None:
    """As if they had read it."""
    scene = Scene()
    cache = scene.cache()

    def ask() -> set[str]:
        with recording() as made:
            cache.get_or_load("k", lambda: no("never"))
        assert made.basis is not None
        return set(made.basis.tags)

    with crowd_of(cache) as crowd, ThreadPoolExecutor(1) as threads:
        leader = crowd.lead(lambda: yes("a", "b"))
        waiting = threads.submit(ask)
        time.sleep(0.05)
        crowd.go.set()
        assert results(leader) == ["yes"]
        assert waiting.result(_PATIENCE) == {"a", "b"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_is_raised_for_who_asked(error: type[BaseException]) -> None:
    """Whoever waited asks for themselves."""
    cache = Scene().cache()

    def fail() -> Decision[str]:
        raise error("the store is gone")

    with crowd_of(cache) as crowd:
        leader = crowd.lead(fail)
        others = crowd.join(lambda: yes("a"), count=3)
        crowd.go.set()
        with pytest.raises(error, match="the store is gone"):
            leader.result(_PATIENCE)
        assert results(*others) == ["yes"] * 3


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_keeps_nothing(error: type[BaseException]) -> None:
    """Whoever comes next reads."""
    cache = Scene().cache()

    def fail() -> Decision[str]:
        raise error("the store is gone")

    with pytest.raises(error, match="the store is gone"):
        cache.get_or_load("k", fail)
    assert cache.get_or_load("k", lambda: no("a")) == "no"


def test_who_has_no_time_left_does_not_wait_for_another() -> None:
    """It reads for itself, and what waits below has the same deadline."""
    cache = Scene().cache()
    with crowd_of(cache) as many:
        leader = many.lead(lambda: yes("a"))
        with deadline(Deadline(0.02, SystemClock())):
            assert cache.get_or_load("k", lambda: no("a")) == "no"
        assert not leader.done()
