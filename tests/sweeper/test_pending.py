"""Invalidations that wait are logged soon, and none is lost at the end."""

import io
import json
import threading
import time
from collections.abc import Sized

import pytest
from prometheus_client import CollectorRegistry

from services.token.flush_pending import PendingFlusher
from shared.errors import Unavailable
from shared.store import Pressure, SweepState
from shared.store.memory import MemoryStore
from shared.store.pending import PendingInvalidations
from shared.telemetry.logging import make_logger
from tests.sweeper.conftest import CLOCK, Swept, expired_sessions, sweeping_thread
from tests.sweeper.test_sweeps import until


def logged(swept: Swept) -> set[str]:
    news = swept.store.read_invalidations(None, 1000)
    tags = {tag for each in news.invalidations for tag in each.tags}
    while not news.complete:
        news = swept.store.read_invalidations(news.invalidations[-1].position, 1000)
        tags |= {tag for each in news.invalidations for tag in each.tags}
    return tags


def flusher(pending: PendingInvalidations, state: SweepState, log: io.StringIO) -> PendingFlusher:
    return PendingFlusher(pending, 0.2, state, CLOCK, make_logger(log, "info", "json"))


def test_pending_invalidations_are_logged_soon(swept: Swept) -> None:
    """Without a run in between."""
    pending, sweeping = swept.pending(), swept.sweeping()
    swept.store.record_invalidations(["begin"])
    with sweeping_thread(swept.sweeper(sweeping, pending, interval=3600.0)):
        pending.add("token:a")
        until(lambda: "token:a" in logged(swept), 2)
        pending.add("token:b")
        until(lambda: "token:b" in logged(swept), 2)
    assert (sweeping.state.flushed, sweeping.state.pending(), sweeping.state.last_run) == (2, 0, 0.0)


def test_they_do_not_wait_for_the_end_of_a_run(swept: Swept) -> None:
    """However much has to be swept."""
    expired_sessions(swept.store, 1000)
    pending, sweeping = swept.pending(), swept.sweeping(lambda: Pressure(1, 0, 0.0))
    with sweeping_thread(swept.sweeper(sweeping, pending)):
        until(lambda: sweeping.state.batches > 0)
        pending.add("token:a")
        until(lambda: sweeping.state.flushed == 1, 2)
        assert sweeping.state.last_success == 0.0


def test_ten_thousand_are_logged_at_the_end_within_five_seconds(swept: Swept) -> None:
    """And how many is counted, and logged."""
    pending, state, log = swept.pending(), SweepState(), io.StringIO()
    for number in range(10_000):
        pending.add(f"token:{number}")
    begun = time.monotonic()
    flusher(pending, state, log).finish()
    assert time.monotonic() - begun <= 5
    assert (len(pending), state.flushed_at_end, state.flushed) == (0, 10_000, 10_000)
    assert len(logged(swept)) >= 9000  # The first version may be the follower's beginning.
    said = json.loads(log.getvalue())
    assert (said["event"], said["flushed"], said["left"]) == ("pending_flushed", 10_000, 0)


class _Down(MemoryStore):
    def record_invalidations(self, tags: object) -> None:
        raise Unavailable("the store does not answer; try again")


def test_what_cannot_be_logged_goes_on_waiting() -> None:
    """It is counted as a failure, and said at the end."""
    pending, state, log = PendingInvalidations(_Down(), CollectorRegistry()), SweepState(), io.StringIO()
    pending.add("token:a")
    waiting = flusher(pending, state, log)
    waiting.flush(threading.Event())
    waiting.finish()
    assert (len(pending), state.failures["flush"], state.flushed) == (1, 2, 0)
    assert '"left":1' in log.getvalue()


def test_what_is_being_logged_still_waits() -> None:
    """Or a log that hangs would look as if nothing waited for it."""
    seen = list[int]()

    class Slow(MemoryStore):
        def record_invalidations(self, tags: object) -> None:
            seen.append(len(pending))

    pending = PendingInvalidations(Slow(), CollectorRegistry())
    pending.add("token:a")
    assert pending.flush_batch() == 1
    assert (seen, len(pending)) == ([1], 0)


@pytest.mark.parametrize("times", [1, 50])
def test_a_flush_ends_when_told_to_stop(times: int) -> None:
    """The rest is for the end."""
    pending, state = PendingInvalidations(MemoryStore(), CollectorRegistry()), SweepState()
    for number in range(2000 * times):
        pending.add(f"token:{number}")
    stop = threading.Event()
    stop.set()
    flusher(pending, state, io.StringIO()).flush(stop)
    assert len(pending) == 2000 * times


def test_what_comes_meanwhile_waits_for_the_next_time() -> None:
    """Or a flush would last as long as there is traffic, and nothing would be swept."""
    logged = list[int]()

    class Busy(MemoryStore):
        def record_invalidations(self, tags: Sized) -> None:
            logged.append(len(tags))
            if len(logged) < 10:
                pending.add(f"token:more {len(logged)}")

    pending = PendingInvalidations(Busy(), CollectorRegistry())
    for number in range(1500):
        pending.add(f"token:{number}")
    flusher(pending, SweepState(), io.StringIO()).flush(threading.Event())
    assert (logged, len(pending)) == ([1000, 501], 1)
