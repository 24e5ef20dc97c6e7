"""The bound on costly work."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from shared.errors import Overloaded
from shared.overload.bulkhead import Bulkhead


class Crowd:
    """Callers of a bulkhead that stay inside until they are let out."""

    def __init__(self, bulkhead: Bulkhead, callers: ThreadPoolExecutor) -> None:
        self._bulkhead = bulkhead
        self._callers = callers
        self._gates: dict[str, threading.Event] = {}
        self.order: list[str] = []

    def come(self, name: str) -> "Future[None]":
        """One more caller; when this returns it is inside or waits."""
        gate = self._gates[name] = threading.Event()
        before = self._bulkhead.inside + self._bulkhead.waiting
        coming = self._callers.submit(self._bulkhead.run, lambda: self._stay(name, gate))
        while self._bulkhead.inside + self._bulkhead.waiting == before and not coming.done():
            time.sleep(0.001)
        return coming

    def let_out(self, *names: str) -> None:
        for name in names:
            self._gates[name].set()

    def end(self) -> None:
        self.let_out(*self._gates)

    def _stay(self, name: str, gate: threading.Event) -> None:
        self.order.append(name)
        assert gate.wait(10)


@contextmanager
def crowd_of(bulkhead: Bulkhead) -> Iterator[Crowd]:
    with ThreadPoolExecutor(16) as callers:
        crowd = Crowd(bulkhead, callers)
        try:
            yield crowd
        finally:
            crowd.end()


def test_work_gets_its_result_through() -> None:
    """And the place is free again."""
    bulkhead = Bulkhead("checks", limit=1, max_waiting=0)
    assert [bulkhead.run(lambda: 1), bulkhead.run(lambda: 2)] == [1, 2]
    assert (bulkhead.inside, bulkhead.waiting) == (0, 0)


def test_work_that_fails_gives_its_place_back() -> None:
    """Whatever it raises."""
    bulkhead = Bulkhead("checks", limit=1, max_waiting=0)
    for error in (ValueError, KeyboardInterrupt):

        def fail(error: type[BaseException] = error) -> None:
            raise error

        with pytest.raises(error):
            bulkhead.run(fail)
    assert bulkhead.inside == 0
    assert bulkhead.run(lambda: "in") == "in"


def test_who_finds_no_place_to_wait_is_refused_at_once() -> None:
    """With the delay that was configured; nobody inside or waiting is disturbed."""
    bulkhead = Bulkhead("password checks", limit=2, max_waiting=1, timeout=10, retry_after=0.7)
    with crowd_of(bulkhead) as crowd:
        welcome = [crowd.come(name) for name in ("a", "b", "c")]
        assert (bulkhead.inside, bulkhead.waiting) == (2, 1)
        began = time.monotonic()
        with pytest.raises(Overloaded, match="too many password checks at once") as refused:
            bulkhead.run(lambda: None)
        assert time.monotonic() - began < 1
        assert refused.value.retry_after == 0.7
        crowd.end()
        assert [future.result(5) for future in welcome] == [None, None, None]
    assert (bulkhead.inside, bulkhead.waiting) == (0, 0)


def test_a_wait_has_an_end() -> None:
    """Then the caller is refused, and its waiting place is free."""
    bulkhead = Bulkhead("checks", limit=1, max_waiting=1, timeout=0.05)
    with crowd_of(bulkhead) as crowd:
        crowd.come("a")
        with pytest.raises(Overloaded):
            bulkhead.run(lambda: None)
        assert (bulkhead.inside, bulkhead.waiting) == (1, 0)
    assert bulkhead.inside == 0


def test_places_are_handed_on_in_order() -> None:
    """Who comes later does not overtake who waits."""
    bulkhead = Bulkhead("checks", limit=1, max_waiting=3, timeout=10)
    with crowd_of(bulkhead) as crowd:
        names = ["a", "b", "c", "d"]
        futures = {name: crowd.come(name) for name in names}
        for name in names:
            crowd.let_out(name)
            futures[name].result(5)
        assert crowd.order == names


def test_a_crowd_never_exceeds_the_limit_and_leaves_nothing_behind() -> None:
    """200 callers with waits that end at any moment: at most 3 inside, and in the end nobody."""
    bulkhead = Bulkhead("checks", limit=3, max_waiting=4, timeout=0.002)
    inside, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.001)
        with lock:
            inside -= 1

    def come() -> bool:
        try:
            bulkhead.run(work)
        except Overloaded:
            return False
        return True

    with ThreadPoolExecutor(16) as callers:
        served = [callers.submit(come) for _ in range(200)]
    results = [future.result() for future in served]
    assert True in results
    assert False in results
    assert most == 3
    assert (bulkhead.inside, bulkhead.waiting) == (0, 0)


@pytest.mark.parametrize(("limit", "max_waiting", "timeout"), [(0, 0, 1.0), (1, -1, 1.0), (1, 0, -1.0)])
def test_bounds_must_make_sense(limit: int, max_waiting: int, timeout: float) -> None:
    """A bulkhead that lets nobody in is a mistake."""
    with pytest.raises(ValueError, match="must be positive"):
        Bulkhead("checks", limit=limit, max_waiting=max_waiting, timeout=timeout)
