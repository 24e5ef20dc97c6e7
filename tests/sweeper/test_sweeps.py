"""What a sweeper removes, and what it leaves."""

import threading
import time
from collections.abc import Callable
from typing import Any, cast

import pytest

from services.token.flush_pending import PendingFlusher
from services.token.sweeper import Sweeper, SweepSchedule
from shared.errors import Unavailable
from shared.store import Pressure, Store, Sweeping, SweptTable
from shared.store.memory import MemoryStore
from shared.telemetry.logging import make_logger
from tests.contract.examples import code, key, logged_in, redemption, user
from tests.sweeper.conftest import CLOCK, Swept, expired_sessions, sweeping_thread

T = SweptTable


def until(happened: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def gone(store: Store, table: SweptTable) -> bool:
    return store.oldest_expired(table, CLOCK.now()) is None


def fill(store: Store, now: float, seconds_ago: float) -> None:
    """A row of each table that expired then, and one that lives."""
    for end in (now - seconds_ago, now + 1000):
        logged_in(store, user(created_at=now - 2000), created_at=now - 1000, expires_at=end)
        store.revoke_access_token(f"jti {end}", end, now - 1000)
        assert store.use_assertion("web", f"jti {end}", end, now - 1000)
        store.replace_signing_keys([key(f"kid {end}", retires_at=end)], {})


def test_all_that_has_expired_goes(swept: Swept) -> None:
    """And is counted by table; what lives stays, and so does the log."""
    now = CLOCK.now()
    fill(swept.store, now, seconds_ago=10)
    version = swept.store.newest_version()
    sweeping = swept.sweeping()
    with sweeping_thread(swept.sweeper(sweeping)):
        until(lambda: sweeping.state.last_success > 0)
    removed = {T.SESSIONS: 1, T.ACCESS_TOKENS: 1, T.ASSERTIONS: 1, T.KEYS: 1}
    assert +sweeping.state.rows == removed
    assert sweeping.state.lag == dict.fromkeys(T, 0.0)
    assert {table: swept.store.sweep(table, now + 2000, 10) for table in removed} == removed
    assert len(swept.store.read_invalidations(None, 100).invalidations) >= version - 1
    assert (sweeping.state.batches, +sweeping.state.failures) == (4, {})


def test_what_was_ended_goes_with_the_next_run(swept: Swept) -> None:
    """Sessions and families, though they would have lived for another day."""
    now = CLOCK.now()
    store = swept.store
    begun = logged_in(store, created_at=now, expires_at=now + 86_400)
    issued = code(begun, created_at=now, expires_at=now + 60, not_after=now + 86_400)
    store.insert_code(issued)
    family = store.redeem_code(redemption(issued, now=now))
    store.end_session(begun.session_id, now)
    sweeping = swept.sweeping()
    with sweeping_thread(swept.sweeper(sweeping)):
        until(lambda: sweeping.state.last_success > 0)
    assert [store.sweep(table, family.expires_at, 10) for table in (T.SESSIONS, T.FAMILIES, T.CODES)] == [0, 0, 1]


def test_what_makes_a_no_is_kept_for_a_margin(swept: Swept) -> None:
    """A revoked token and a used assertion, for whoever's clock is behind; a session needs none."""
    fill(swept.store, CLOCK.now(), seconds_ago=10)
    sweeping = swept.sweeping()
    with sweeping_thread(swept.sweeper(sweeping, margin=300.0)):
        until(lambda: sweeping.state.last_success > 0)
    assert +sweeping.state.rows == {T.SESSIONS: 1, T.KEYS: 1}


class _Ahead:
    """A clock that is an hour ahead."""

    def now(self) -> float:
        return CLOCK.now() + 3600

    def monotonic(self) -> float:
        return CLOCK.monotonic()


def test_a_clock_that_runs_ahead_removes_nothing_that_lives(swept: Swept) -> None:
    """The store's own clock counts too."""
    fill(swept.store, CLOCK.now(), seconds_ago=-60)
    sweeping = swept.sweeping()
    logger = make_logger(swept.log, "info", "json")
    flusher = PendingFlusher(swept.pending(), 0.01, sweeping.state, _Ahead(), logger)
    sweeper = Sweeper(sweeping, flusher, SweepSchedule(0.1, 0.05, 0.0, 3600.0), _Ahead(), lambda: 0.5, logger)
    with sweeping_thread(sweeper):
        until(lambda: sweeping.state.last_success > 0)
    assert +sweeping.state.rows == {}


def test_the_log_is_kept_as_long_as_wanted(swept: Swept) -> None:
    """Then all but the newest version goes."""
    for number in range(20):
        swept.store.record_invalidations([f"tag {number}", "tag"])
    sweeping = swept.sweeping()
    with sweeping_thread(swept.sweeper(sweeping, retention=0.5)):
        until(lambda: sweeping.state.rows[T.INVALIDATIONS] == 38)
    assert len(swept.store.read_invalidations(None, 100).invalidations) <= 1
    assert swept.store.newest_version() == 20


def test_two_sweepers_share_one_store(swept: Swept) -> None:
    """Each row goes once, and neither of them fails."""
    expired_sessions(swept.store, 1500)
    both = [swept.sweeping(), swept.sweeping()]
    with sweeping_thread(swept.sweeper(both[0])), sweeping_thread(swept.sweeper(both[1])):
        until(lambda: gone(swept.store, T.SESSIONS))
        until(lambda: all(each.state.last_success > 0 for each in both))
    assert sum(each.state.rows[T.SESSIONS] for each in both) == 1500
    assert [+each.state.failures for each in both] == [{}, {}]


class _Slow:
    """A store whose every batch takes a while."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def sweep(self, table: SweptTable, now: float, limit: int) -> int:
        time.sleep(0.02)
        return self._store.sweep(table, now, limit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("waiting", [0, 1])
def test_it_stops_at_once(swept: Swept, waiting: int) -> None:
    """In the middle of a long run, and while requests are let pass."""
    expired_sessions(swept.store, 2000)
    sweeping = Sweeping(lambda: cast(Store, _Slow(swept.open_own())), lambda: Pressure(waiting, 0, 0.0))
    with sweeping_thread(swept.sweeper(sweeping, statement=0.001)) as stop:
        until(lambda: sweeping.state.batches > 0)
        begun = time.monotonic()
        stop.set()
    assert time.monotonic() - begun < 0.1
    assert not gone(swept.store, T.SESSIONS)


def test_requests_go_first_but_not_for_ever(swept: Swept) -> None:
    """Whoever waits for a connection is let pass before each batch; after a second it is the sweeper's turn."""
    expired_sessions(swept.store, 150)
    waiting = threading.Event()
    waiting.set()
    sweeping = swept.sweeping(lambda: Pressure(int(waiting.is_set()), 0, 0.0))
    with sweeping_thread(swept.sweeper(sweeping)):
        until(lambda: sweeping.state.pauses >= 1, 5)
        assert sweeping.state.rows[T.SESSIONS] == 100
        until(lambda: sweeping.state.pauses >= 2, 5)
        waiting.clear()
        until(lambda: gone(swept.store, T.SESSIONS))
    assert sweeping.state.rows[T.SESSIONS] == 150


class _Failing(MemoryStore):
    """Cannot sweep sessions while it is told so."""

    fails = True

    def sweep(self, table: SweptTable, now: float, limit: int) -> int:
        if self.fails and table is T.SESSIONS:
            raise Unavailable("the store does not answer; try again")
        return super().sweep(table, now, limit)


def test_what_fails_is_counted_and_tried_again() -> None:
    """The other tables are swept all the same; the lag tells of the one that is not."""
    store = _Failing()
    fill(store, CLOCK.now(), seconds_ago=10)
    swept = Swept(store, lambda: store)
    sweeping = swept.sweeping()
    with sweeping_thread(swept.sweeper(sweeping)):
        until(lambda: sweeping.state.failures["sweep"] >= 2)
        assert +sweeping.state.rows == {T.ACCESS_TOKENS: 1, T.ASSERTIONS: 1, T.KEYS: 1}
        assert sweeping.state.lag[T.SESSIONS] >= 10
        assert (sweeping.state.last_success, sweeping.state.last_run > 0) == (0.0, True)
        store.fails = False
        until(lambda: sweeping.state.last_success > 0)
    assert sweeping.state.rows[T.SESSIONS] == 1
    assert '"event":"sweep_failed"' in swept.log.getvalue()
    assert '"table":"sessions"' in swept.log.getvalue()


@pytest.mark.parametrize("margin", [0.0, 300.0])
def test_an_empty_store_is_no_work(swept: Swept, margin: float) -> None:
    """Nothing is removed, nothing lags, nothing fails."""
    sweeping = swept.sweeping()
    with sweeping_thread(swept.sweeper(sweeping, margin=margin)):
        until(lambda: sweeping.state.last_success > 0)
    state = sweeping.state
    assert (+state.rows, state.batches, +state.failures, set(state.lag.values())) == ({}, 0, {}, {0.0})
