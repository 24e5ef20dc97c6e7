"""The feed from PostgreSQL's log: every change comes, quickly, and a rewritten history drops everything."""

import io
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

import psycopg
import pytest

from shared.background import BackgroundThread
from shared.cache.view import Miss, View
from shared.clock import SystemClock
from shared.store.feed import StoreFeed
from shared.store.postgres.log_reader import PostgresLogReader
from shared.store.postgres.store import PostgresStore
from shared.telemetry.logging import make_logger
from tests.eventually import eventually
from tests.servers.postgres import PostgresDatabases, open_store, postgres_settings

CLOCK = SystemClock()


@dataclass
class Followed:
    """A store, and a view that follows it."""

    url: str
    store: PostgresStore
    view: View
    feed: StoreFeed
    thread: BackgroundThread

    def execute(self, statement: str) -> None:
        """Changes the database behind everybody's back."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def catches_up(self) -> None:
        """Waits until the view is where the store is."""
        newest = self.store.newest_version()
        eventually(lambda: self.view.position.version == newest and self.view.is_fresh())


@contextmanager
def followed(url: str, poll_seconds: float) -> Iterator[Followed]:
    with ExitStack() as stack:
        store = stack.enter_context(closing(open_store(url)))
        view = View(1000, 1.0, CLOCK)
        settings = postgres_settings(url)
        feed = StoreFeed(view, lambda: PostgresLogReader(url, settings), CLOCK, poll_seconds)
        thread = BackgroundThread("feed", feed.run, make_logger(io.StringIO(), "info", "json"), feed.interrupt)
        yield Followed(url, store, view, feed, stack.enter_context(thread))


@pytest.fixture
def plane(postgres_databases: PostgresDatabases) -> Iterator[Followed]:
    with postgres_databases.database() as url, followed(url, 0.02) as made:
        yield made


def holds(view: View, tag: str) -> bool:
    """Whether what was decided before now, and depends on this tag, may be reused."""
    return not isinstance(view.check(view.stamp(), [tag], CLOCK.monotonic()), Miss)


def test_what_was_decided_before_a_change_is_refused(plane: Followed) -> None:
    """And what depends on something else is not."""
    plane.catches_up()
    stamp = plane.view.stamp()
    plane.store.record_invalidations(["user:ada"])
    plane.catches_up()
    now = CLOCK.monotonic()
    assert plane.view.check(stamp, ["user:ada"], now) is Miss.INVALIDATED
    assert plane.view.check(stamp, ["user:grace"], now) == plane.view.stamp()


def test_a_log_that_is_empty_is_followed_too(plane: Followed) -> None:
    """The first version of all comes like any other."""
    eventually(plane.view.is_fresh)
    assert plane.view.position.version == 0
    stamp = plane.view.stamp()
    plane.store.record_invalidations(["user:ada"])
    plane.catches_up()
    assert plane.view.check(stamp, ["user:ada"], CLOCK.monotonic()) is Miss.INVALIDATED


def test_a_notification_wakes_it(postgres_databases: PostgresDatabases) -> None:
    """With a minute between two polls a change comes all the same."""
    with postgres_databases.database() as url, followed(url, 60.0) as plane:
        plane.store.record_invalidations(["user:ada"])
        plane.catches_up()


def test_polling_needs_no_notification(plane: Followed) -> None:
    """A pooler may swallow them: what is written without one comes too."""
    plane.catches_up()
    plane.execute("UPDATE store_version SET version = version + 1")
    plane.execute("INSERT INTO invalidations (version, tag) SELECT version, 'user:ada' FROM store_version")
    plane.catches_up()


@pytest.mark.parametrize(
    "rewrite",
    [
        "UPDATE invalidations SET stamp = gen_random_uuid() WHERE version = 3",
        "DELETE FROM invalidations WHERE version = 3",
        "DELETE FROM invalidations",
    ],
)
def test_rewritten_history_drops_everything(plane: Followed, rewrite: str) -> None:
    """A restore or a failover that lost commits: the row that was applied last is gone, or has another stamp."""
    for number in range(3):
        plane.store.record_invalidations([f"user:{number}"])
    plane.catches_up()
    stamp = plane.view.stamp()
    plane.execute(rewrite)
    plane.execute("INSERT INTO invalidations (version, tag) VALUES (4, 'user:3')")
    eventually(lambda: plane.view.position.version == 4 and plane.view.is_fresh())
    assert plane.view.check(stamp, ["user:x"], CLOCK.monotonic()) is Miss.TOO_OLD


def test_a_gap_begins_anew(plane: Followed) -> None:
    """What was skipped might have been anything."""
    plane.store.record_invalidations(["user:ada"])
    plane.catches_up()
    stamp = plane.view.stamp()
    plane.execute("INSERT INTO invalidations (version, tag) VALUES (3, 'user:grace')")
    eventually(lambda: plane.view.position.version == 3 and plane.view.is_fresh())
    assert plane.view.check(stamp, ["user:x"], CLOCK.monotonic()) is not stamp
    assert plane.view.floor >= 1


def test_a_cut_connection_is_made_again(plane: Followed) -> None:
    """The thread goes on, and nothing is missed."""
    plane.catches_up()
    plane.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'authplane feed'")
    plane.store.record_invalidations(["user:ada"])
    plane.catches_up()
    assert plane.thread.failures >= 1
    assert plane.thread.healthy


def test_it_stops_while_it_waits_for_an_answer(postgres_databases: PostgresDatabases) -> None:
    """A poll that is under way when the process ends is interrupted, and no thread is left."""
    before = threading.enumerate()
    with postgres_databases.database() as url, psycopg.connect(url) as locking:
        locking.execute("LOCK TABLE invalidations IN ACCESS EXCLUSIVE MODE")
        settings = postgres_settings(url, pg_lock_timeout_ms=60_000, pg_statement_timeout_ms=60_000)
        view = View(1000, 1.0, CLOCK)
        feed = StoreFeed(view, lambda: PostgresLogReader(url, settings), CLOCK, 0.02)
        with BackgroundThread("feed", feed.run, make_logger(io.StringIO(), "info", "json"), feed.interrupt):
            eventually(lambda: _polls_wait(url))
            assert not view.is_fresh()
    assert not [thread for thread in set(threading.enumerate()) - set(before) if thread.name == "feed"]


def _polls_wait(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = 'authplane feed' AND wait_event_type = 'Lock'"
        ).fetchone()
    return found is not None
