"""Every wait for PostgreSQL ends in time, whatever the server does."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from shared.clock import SystemClock
from shared.deadline import Deadline, deadline
from shared.errors import AuthplaneError, DeadlineExceeded, Overloaded, Unavailable
from shared.store.postgres.connection import BoundedConnection
from shared.store.postgres.database import Database
from shared.store.postgres.server import LocalServer
from shared.store.postgres.transaction import Transaction
from shared.store.postgres.types import Row
from tests.eventually import eventually
from tests.servers.postgres import OPTIONS, PostgresDatabases, frozen, postgres_settings, programs

CLOCK = SystemClock()
LONG = "SELECT pg_sleep(30)"


@pytest.fixture
def url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    with postgres_databases.database() as found:
        yield found


@contextmanager
def database(url: str, connections: int = 2, **settings: object) -> Iterator[Database]:
    opened = Database(url, postgres_settings(url, **settings), "test", connections)
    opened.one("SELECT 1", {})
    yield opened
    opened.close()


def refusal(act: Callable[[], object], seconds: float = 60.0) -> tuple[AuthplaneError, float]:
    """What a caller with so much time gets, and after how many seconds."""
    began = time.monotonic()
    with deadline(Deadline(seconds, CLOCK)), pytest.raises(AuthplaneError) as refused:
        act()
    return refused.value, time.monotonic() - began


def test_a_statement_ends_with_the_caller_s_time(url: str) -> None:
    """The caller hears of it at once, the server stops, and the next caller is served."""
    with database(url, pg_statement_timeout_ms=60_000) as opened, psycopg.connect(url, autocommit=True) as watching:
        error, seconds = refusal(lambda: opened.one(LONG, {}), 0.2)
        assert isinstance(error, DeadlineExceeded)
        assert seconds < 5
        assert opened.one("SELECT 1", {}) == (1,)
        running = "SELECT 1 FROM pg_stat_activity WHERE query LIKE %s"
        eventually(lambda: not watching.execute(running, [LONG]).fetchall())


def test_connections_that_died_while_they_idled_refuse_nobody(url: str) -> None:
    """All of them, as after a restart; also one that is lent and given back."""
    ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE '%test'"
    with database(url, pg_pool_min=2) as opened, psycopg.connect(url, autocommit=True) as administrator:
        for _ in range(20):
            assert administrator.execute(ended).fetchall()
            assert opened.one("SELECT 1", {}) == (1,)


def test_a_change_ends_with_the_caller_s_time(url: str) -> None:
    """In a transaction, which takes no effect then."""
    with database(url, pg_statement_timeout_ms=60_000) as opened:
        opened.count("CREATE TABLE marks (mark int)", {})

        def change() -> None:
            def work(transaction: Transaction) -> None:
                transaction.count("INSERT INTO marks VALUES (1)", {})
                transaction.one(LONG, {})

            opened.transact(work)

        assert isinstance(refusal(change, 0.2)[0], DeadlineExceeded)
        assert opened.one("SELECT count(*) FROM marks", {}) == (0,)


def test_the_wait_for_a_connection_ends_with_the_caller_s_time(url: str) -> None:
    """And without a deadline with the pool's own, which is another refusal."""
    with database(url, pg_statement_timeout_ms=60_000, pg_pool_timeout_seconds=2.0) as opened:
        busy = [threading.Thread(target=refusal, args=(lambda: opened.one(LONG, {}), 4.0)) for _ in range(2)]
        for each in busy:
            each.start()
        time.sleep(0.3)
        error, seconds = refusal(lambda: opened.one("SELECT 1", {}), 0.2)
        assert isinstance(error, DeadlineExceeded)
        assert seconds < 1
        assert isinstance(refusal(lambda: opened.one("SELECT 1", {}))[0], Overloaded)
        for each in busy:
            each.join()
        assert opened.one("SELECT 1", {}) == (1,)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    with LocalServer(tmp_path, programs(), OPTIONS) as running:
        yield running


def test_a_frozen_server_holds_nobody(server: LocalServer) -> None:
    """It keeps no limit of its own then. Callers with a deadline learn in time, others after PostgreSQL's limit; after
    a few nobody waits any more; and when it goes on, so do we."""
    with (
        PostgresDatabases(server) as databases,
        databases.database() as url,
        database(url, pg_statement_timeout_ms=500) as opened,
    ):
        with frozen(server):
            assert isinstance(refusal(lambda: opened.one("SELECT 1", {}), 0.2)[0], DeadlineExceeded)
            seen = [refusal(lambda: opened.one("SELECT 1", {})) for _ in range(4)]
            assert {type(error) for error, _ in seen} == {Unavailable}
            assert max(seconds for _, seconds in seen) < 6
            assert min(seconds for _, seconds in seen) < 0.1
        eventually(lambda: _answers(opened))


def test_while_there_is_no_server_nobody_waits(server: LocalServer) -> None:
    """One caller alone: the first hears of the lost connection, the second tries, and the others are told at once."""
    with PostgresDatabases(server) as databases, databases.database() as url, database(url) as opened:
        server.stop()
        seen = [refusal(lambda: opened.one("SELECT 1", {})) for _ in range(30)]
        assert {type(error) for error, _ in seen} == {Unavailable}
        assert sorted(seconds for _, seconds in seen)[20] < 0.05
        server.start()
        eventually(lambda: _answers(opened))


def test_what_was_answered_before_the_server_went_tells_of_no_server(server: LocalServer) -> None:
    """By a thread that gets its core late: nobody is made to wait again for a connection that cannot be had."""
    answered, goes_on = threading.Event(), threading.Event()

    def work(connection: BoundedConnection) -> Row | None:
        row = connection.statements.one("SELECT 1", {})
        answered.set()
        assert goes_on.wait(60)
        return row

    with database(server.url, 2) as opened, ThreadPoolExecutor(2) as others:
        late, struck = others.submit(opened._run, work), others.submit(opened.one, LONG, {})
        assert answered.wait(60)
        time.sleep(0.2)
        server.stop()
        assert isinstance(struck.exception(), Unavailable)
        goes_on.set()
        assert late.result() == (1,)
        for _ in range(5):
            error, _ = refusal(lambda: opened.one("SELECT 1", {}))
            assert isinstance(error, Unavailable)
        server.start()
        eventually(lambda: _answers(opened))


def test_statements_that_are_late_while_others_are_not_refuse_nobody(url: str) -> None:
    """A server that answers is no lost one, however many wait for the same row."""

    def late(transaction: Transaction) -> None:
        transaction.one("SELECT set_config('statement_timeout', '0', true)", {})
        transaction.one(LONG, {})

    with database(url, 4, pg_statement_timeout_ms=100) as opened, ThreadPoolExecutor(2) as others:
        waiting = [others.submit(opened.transact, late) for _ in range(2)]
        while not all(each.done() for each in waiting):
            assert opened.one("SELECT 1", {}) == (1,)
            time.sleep(0.2)
        assert {type(each.exception()) for each in waiting} == {Unavailable}
        assert opened.one("SELECT 1", {}) == (1,)


def _answers(opened: Database) -> bool:
    try:
        return opened.one("SELECT 1", {}) == (1,)
    except AuthplaneError:
        return False
