"""What failures of PostgreSQL become, provoked on a real one."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shared.errors import AuthplaneError, InvalidRequest, Overloaded, Unavailable
from shared.store import Store
from shared.store.postgres.database import Database
from shared.store.postgres.server import LocalServer
from tests.contract.examples import NOW, granted, logged_in, rotation, user
from tests.contract.races import race
from tests.servers.postgres import PostgresDatabases, open_store, postgres_settings, programs

INTERNAL = ("postgres", "psycopg", "relation", "select", "update", "127.0.0.1", "timeout", "sql")


@pytest.fixture
def url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    with postgres_databases.database() as url:
        yield url


@pytest.fixture
def administrator(url: str) -> Iterator["psycopg.Connection[Any]"]:
    """Someone else on the same database."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def refusal(act: Any) -> AuthplaneError:
    with pytest.raises(AuthplaneError) as caught:
        act()
    assert not any(word in caught.value.message.lower() for word in INTERNAL), caught.value.message
    return caught.value


def test_a_locked_row_is_not_waited_for_long(url: str, administrator: "psycopg.Connection[Any]") -> None:
    """55P03 means that nothing was done: it may be tried again, and then works."""
    store = open_store(url, pg_lock_timeout_ms=50)
    family = granted(store)
    with administrator.transaction():
        administrator.execute("SELECT * FROM refresh_tokens FOR UPDATE")
        assert isinstance(refusal(lambda: store.rotate_refresh_token(rotation(family)).family), Overloaded)
    assert store.rotate_refresh_token(rotation(family)).family.generation == 1
    store.close()


def test_a_statement_does_not_run_for_ever(url: str) -> None:
    """57014."""
    database = Database(url, postgres_settings(url, pg_statement_timeout_ms=50), "test", 1)
    assert isinstance(refusal(lambda: database.one("SELECT pg_sleep(10)", {})), Unavailable)
    assert database.one("SELECT 1", {}) == (1,)
    database.close()


def test_a_deadlock_is_tried_again(url: str) -> None:
    """40P01: of two transactions that wait for each other one is ended, does it again, and both are done."""
    unhurried = postgres_settings(url, pg_lock_timeout_ms=20_000, pg_statement_timeout_ms=30_000)
    database = Database(url, unhurried, "test", 2)
    database.count("CREATE TABLE pair (n int, done int DEFAULT 0)", {})
    database.count("INSERT INTO pair VALUES (1), (2)", {})
    both = threading.Barrier(2)

    def change(first: int, second: int) -> int:
        tries = 0

        def work(transaction: Any) -> None:
            nonlocal tries
            tries += 1
            transaction.count("UPDATE pair SET done = done + 1 WHERE n = %(n)s", {"n": first})
            if tries == 1:
                both.wait(10)
            transaction.count("UPDATE pair SET done = done + 1 WHERE n = %(n)s", {"n": second})

        database.transact(work)
        return tries

    assert sorted(race(lambda: change(1, 2), lambda: change(2, 1)), key=str) == [1, 2]
    assert database.all("SELECT done FROM pair", {}) == [(2,), (2,)]
    database.close()


def test_a_full_pool_refuses(url: str) -> None:
    """Who waits too long, and who would be one too many in the queue: both are told to come back."""
    settings = postgres_settings(url, pg_pool_timeout_seconds=0.2, pg_pool_max_waiting=1)
    database = Database(url, settings, "test", 1)
    database.one("SELECT 1", {})
    outcomes = race(*[lambda: database.one("SELECT pg_sleep(1)", {})] * 4)
    assert [type(outcome) for outcome in outcomes].count(Overloaded) == 3
    assert database.one("SELECT 1", {}) == (1,)
    database.close()


def test_what_text_cannot_hold_is_the_caller_s_fault(url: str) -> None:
    """NUL in text and in JSON; nothing was stored."""
    store = open_store(url)
    assert isinstance(refusal(lambda: store.insert_user(user("a\0b"))), InvalidRequest)
    assert isinstance(refusal(lambda: store.insert_user(user("ada", claims={"name": "a\0b"}))), InvalidRequest)
    assert list(store.list_users("", 10)) == []
    store.close()


def test_a_read_only_server_is_left(url: str, administrator: "psycopg.Connection[Any]") -> None:
    """25006, of a primary that was demoted: unavailable, and new connections are made once it writes again."""
    store = open_store(url)
    begun = logged_in(store)
    name = administrator.info.dbname
    administrator.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode())
    administrator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%test'")
    for _ in range(3):
        assert isinstance(refusal(lambda: store.end_session(begun.session_id, NOW)), Unavailable | Overloaded)
    administrator.execute("SET default_transaction_read_only = off")
    administrator.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'.encode())
    assert _in_time(lambda: store.end_session(begun.session_id, NOW))
    store.close()


def _in_time(act: Any, seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return act()
        except (Unavailable, Overloaded):
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_restart_needs_no_new_store(tmp_path: Path, how: signal.Signals) -> None:
    """While the server is away: unavailable. Once it is back: answers, from one client alone too."""
    with (
        LocalServer(tmp_path, programs()) as server,
        PostgresDatabases(server) as databases,
        databases.database() as url,
    ):
        store: Store = open_store(url, pg_pool_max=4, pg_pool_timeout_seconds=0.3)
        begun = logged_in(store)
        race(*[lambda: store.find_session(begun.session_id, NOW)] * 4)
        server.stop(how)
        for _ in range(3):
            assert isinstance(refusal(lambda: store.find_session(begun.session_id, NOW)), Unavailable)
        server.start()
        assert _in_time(lambda: store.find_session(begun.session_id, NOW)) == begun
        assert race(*[lambda: store.find_session(begun.session_id, NOW)] * 8) == [begun] * 8
        store.close()


def test_an_unreplicated_commit_is_no_success(tmp_path: Path) -> None:
    """Who stops the wait for a synchronous standby gets a success with a warning: a failover would lose the change."""
    with (
        LocalServer(tmp_path, programs()) as server,
        PostgresDatabases(server) as databases,
        databases.database() as url,
        psycopg.connect(url, autocommit=True) as administrator,
    ):
        store = open_store(url)
        begun = logged_in(store)
        administrator.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        administrator.execute("SELECT pg_reload_conf()")
        time.sleep(0.3)

        def cancel() -> None:
            waiting = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            while not administrator.execute(waiting.encode()).fetchall():
                time.sleep(0.02)

        canceller = threading.Thread(target=cancel)
        canceller.start()
        assert isinstance(refusal(lambda: store.end_session(begun.session_id, NOW)), Unavailable)
        canceller.join()
        administrator.execute("SET synchronous_commit = local")
        administrator.execute("ALTER SYSTEM RESET synchronous_standby_names")
        administrator.execute("SELECT pg_reload_conf()")
        store.close()
