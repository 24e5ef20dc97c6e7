"""Revocations of one process share commits, and none is acknowledged before its own."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from shared.cache.log import Invalidation
from shared.cache.recording import recording
from shared.clock import SystemClock
from shared.deadline import Deadline, deadline
from shared.errors import AuthplaneError, DeadlineExceeded, Overloaded
from shared.store.postgres.database import Database
from shared.store.postgres.group_commit import GroupCommit
from shared.store.postgres.transaction import Transaction
from tests.eventually import eventually
from tests.servers.postgres import PostgresDatabases, postgres_settings


class Group:
    """Works that log a tag each, on a real database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.announced: list[Invalidation] = []
        settings = postgres_settings(url, pg_pool_min=1, pg_lock_timeout_ms=400)
        self.database = Database(url, settings, "test", 4, self.announced.append)
        self.together = GroupCommit(self.database)

    def revoke(self, number: int) -> int:
        def work(transaction: Transaction) -> int:
            transaction.invalidate(f"jti:{number}")
            return number

        return self.together.run(work)

    def logged(self) -> set[str]:
        with psycopg.connect(self.url) as connection:
            return {tag for (tag,) in connection.execute("SELECT tag FROM invalidations")}


@pytest.fixture
def group(postgres_databases: PostgresDatabases) -> Iterator[Group]:
    with postgres_databases.database() as url:
        made = Group(url)
        yield made
        made.database.close()


def test_many_share_few_commits(group: Group) -> None:
    """Two hundred at once: each gets its own result, each is logged, and there are fewer versions than works."""
    barrier = threading.Barrier(20)

    def revoke(number: int) -> int:
        barrier.wait()
        return group.revoke(number)

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(revoke, range(200))) == list(range(200))
    assert group.logged() == {f"jti:{number}" for number in range(200)}
    assert len(group.announced) < 150


def test_it_is_durable_and_announced_before_it_returns(group: Group) -> None:
    """And the caller is told the version."""
    with recording() as made:
        group.revoke(1)
    assert group.logged() == {"jti:1"}
    assert [each.tags for each in group.announced] == [("jti:1",)]
    assert (made.store_version, made.invalidated) == (1, ("jti:1",))


def test_a_failure_is_everybodys_who_shares_it(group: Group) -> None:
    """Nobody is told of a success that the disk did not see, and those who come later are not harmed."""
    with psycopg.connect(group.url) as locking:
        locking.execute("SELECT version FROM store_version FOR UPDATE")
        with ThreadPoolExecutor(8) as pool:
            outcomes = [pool.submit(group.revoke, number) for number in range(8)]
            for outcome in outcomes:
                with pytest.raises(Overloaded):
                    outcome.result(10)
    assert group.logged() == set()
    assert group.revoke(9) == 9


def test_whoever_comes_during_a_commit_shares_the_next(group: Group) -> None:
    """The first holds the row of the version; the others gather, and one commit serves them all."""
    with psycopg.connect(group.url) as locking, ThreadPoolExecutor(6) as pool:
        locking.execute("SELECT version FROM store_version FOR UPDATE")
        first = pool.submit(group.revoke, 0)
        eventually(lambda: _waits(group.url))
        others = [pool.submit(group.revoke, number) for number in range(1, 6)]
        time.sleep(0.1)
        locking.rollback()
        assert [each.result(10) for each in (first, *others)] == list(range(6))
    assert len(group.announced) <= 3


def test_a_work_that_fails_fails_alone_in_time(group: Group) -> None:
    """An error of a work is its callers', and leaves nothing behind."""

    def broken(transaction: Transaction) -> None:
        transaction.invalidate("jti:x")
        transaction.count("SELECT 1 / 0", {})

    with pytest.raises(AuthplaneError):
        group.together.run(broken)
    assert group.logged() == set()
    assert group.revoke(1) == 1


def _waits(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return (
            connection.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone() is not None
        )


def test_the_wait_for_a_turn_ends_with_the_caller_s_time(group: Group) -> None:
    """Of who waits behind a commit; it is not in the next one then, and the one ahead is not disturbed."""
    with psycopg.connect(group.url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("SELECT FROM store_version FOR UPDATE")
        ahead = pool.submit(group.revoke, 1)
        eventually(lambda: bool(other.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall()))
        with deadline(Deadline(0.05, SystemClock())), pytest.raises(DeadlineExceeded):
            group.revoke(2)
        other.rollback()
        assert ahead.result(10) == 1
    group.revoke(3)
    assert group.logged() == {"jti:1", "jti:3"}
