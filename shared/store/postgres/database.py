"""Statements and transactions on a pool of connections: the one place where psycopg is called for requests."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import LiteralString, TypeVar

import psycopg
from psycopg_pool import PoolTimeout, TooManyRequests

from shared.cache.log import Invalidation
from shared.cache.recording import current
from shared.clock import SystemClock
from shared.deadline import current_deadline
from shared.errors import AuthplaneError, DeadlineExceeded, Unavailable
from shared.overload.breaker import CircuitBreaker
from shared.span_names import POOL_WAIT_MS
from shared.spans import span
from shared.store.contract import Announce
from shared.store.postgres.connection import Abandoned, BoundedConnection, Cancellations, Pool
from shared.store.postgres.errors import RETRYABLE, domain_error, is_connection_lost
from shared.store.postgres.settings import PostgresSettings
from shared.store.postgres.transaction import Parameters, Statements, Transaction
from shared.store.postgres.types import Row
from shared.store.sweeping import Pressure

Result = TypeVar("Result")

_ATTEMPTS = 5
_DRAIN_SECONDS = 1.0
_NETWORK_SECONDS = 0.5
_LOST_FAILURES = 2
_PROBE_SECONDS = 0.15
_REOPEN_SECONDS = 0.25


class Database:
    """A pool of connections to one PostgreSQL.

    No request ever holds two connections, nor waits for anything but PostgreSQL while it holds one. A connection that
    the server has closed meanwhile is replaced, and its caller does not hear of it. After a failure
    that tells of a lost server the pool is drained, at most once a second: its other connections are then as dead, and
    trying them one by one would turn a restart of 0.2 s into an outage of 10. Until one answers, callers are refused
    at once, but for one every now and then that tries.

    Args:
        url: Where it is.
        settings: Its pool and time limits.
        name: Names the pool's threads, and the connections in PostgreSQL's own views.
        max_size: Most connections.
        announce: Called with every invalidation, after its commit and before whoever made it gets an answer.
        connected: Called with every new connection, before anything else is asked on it: the server may be another one.


    Raises:
        Overloaded: From every method, when no connection came free in time, or a row stayed locked.
        Unavailable: From every method, when PostgreSQL does not answer. What was under way may have been committed.
        DeadlineExceeded: From every method, when the caller's time is over. Likewise.
    """

    def __init__(
        self,
        url: str,
        settings: PostgresSettings,
        name: str,
        max_size: int,
        announce: Announce = lambda _: None,
        connected: Callable[[Statements], None] = lambda _: None,
    ) -> None:
        self._announce = announce
        # PostgreSQL ends a statement first, and says why, as long as it lives.
        longest_seconds = settings.pg_statement_timeout_ms / 1000 + _NETWORK_SECONDS
        self._cancellations = Cancellations(name)
        self._breaker = CircuitBreaker(_LOST_FAILURES, _PROBE_SECONDS, SystemClock(), random.random)
        self._pool_timeout = settings.pg_pool_timeout_seconds
        self._answered = False
        self._alive_at = 0.0
        self._lost = False
        self._lost_at = 0.0
        self._suspected = False

        def configure(connection: BoundedConnection) -> None:
            connection.prepare_for_use(longest_seconds, self._cancellations.submit)
            connected(connection.statements)

        self._pool = Pool(
            url,
            connection_class=BoundedConnection,
            kwargs={"autocommit": True, **settings.connection_options(name)},
            configure=configure,
            min_size=min(settings.pg_pool_min, max_size),
            max_size=max_size,
            timeout=settings.pg_pool_timeout_seconds,
            max_waiting=settings.pg_pool_max_waiting,
            max_lifetime=settings.pg_pool_max_lifetime_seconds,
            max_idle=settings.pg_pool_max_idle_seconds,
            reconnect_timeout=float("inf"),
            num_workers=2,
            name=name,
            open=True,
        )
        self._drain_lock = threading.Lock()
        self._drained_at = -_DRAIN_SECONDS

    def one(self, statement: LiteralString, parameters: Parameters) -> Row | None:
        return self._run(lambda connection: connection.statements.one(statement, parameters))

    def all(self, statement: LiteralString, parameters: Parameters) -> list[Row]:
        return self._run(lambda connection: connection.statements.all(statement, parameters))

    def count(self, statement: LiteralString, parameters: Parameters) -> int:
        return self._run(lambda connection: connection.statements.count(statement, parameters))

    def transact(self, work: Callable[[Transaction], Result]) -> Result:
        """Runs the work in one transaction, which is committed when this returns, and again after a deadlock."""
        result, invalidation = self.commit(work)
        if invalidation is not None:
            current().change(invalidation.position.version, invalidation.tags)
        return result

    def commit(self, work: Callable[[Transaction], Result]) -> tuple[Result, Invalidation | None]:
        """As `transact`, for whoever tells the callers of the change by other means."""

        def run(connection: BoundedConnection) -> tuple[Result, Invalidation | None]:
            transaction = connection.statements
            transaction.begin()
            with connection.transaction():
                return work(transaction), transaction.finish()

        result, invalidation = self._run(run)
        if invalidation is not None:
            self._announce(invalidation)
        return result, invalidation

    @property
    def pressure(self) -> Pressure:
        """How the pool's callers have waited for a connection."""
        stats = self.pool_statistics()
        waited = stats.get("requests_wait_ms", 0) / 1000
        return Pressure(stats.get("requests_waiting", 0), stats.get("requests_num", 0), waited)

    def pool_statistics(self) -> Mapping[str, int]:
        """What the pool has counted since its start."""
        return self._pool.get_stats()

    def close(self) -> None:
        """Closes all connections; harmless when called twice."""
        self._pool.close(timeout=1.0)
        self._cancellations.close()

    def _run(self, work: Callable[[BoundedConnection], Result]) -> Result:
        if not self._breaker.allows():
            raise _no_answer()
        attempts_left, began = _ATTEMPTS, time.monotonic()
        while True:
            try:
                return self._run_once(work)
            except psycopg.Error as error:
                attempts_left -= 1
                if error.sqlstate not in RETRYABLE or not attempts_left:
                    raise self._failure(error, began) from error

    def _run_once(self, work: Callable[[BoundedConnection], Result]) -> Result:
        # The pool's own context manager would end a transaction that is not there, at a tenth of the whole cost.
        began = time.monotonic()
        with span("pool wait") as waiting:
            connection = self._living()
            asked_at = time.monotonic()
            waiting.set({POOL_WAIT_MS: round((asked_at - began) * 1000, 3)})
        try:
            result = work(connection)
            if connection.unreplicated:
                connection.close()
                raise Unavailable("the store did not confirm that the change is safe; try again")
            self._found_alive(asked_at)
            return result
        finally:
            self._pool.putconn(connection)

    def _living(self) -> BoundedConnection:
        """A connection that is not known to be dead: after a restart those that idled are replaced, and nobody is
        refused for it.
        """
        while True:
            connection = self._pool.getconn(current_deadline().bound(self._patience))
            if connection.is_alive:
                return connection
            self._suspected = True
            self._pool.putconn(connection)

    @property
    def _patience(self) -> float:
        """For how many seconds a connection is waited for."""
        if self._lost:
            return _PROBE_SECONDS
        return _REOPEN_SECONDS if self._suspected else self._pool_timeout

    def _failure(self, error: psycopg.Error, began: float) -> AuthplaneError:
        if isinstance(error, PoolTimeout | Abandoned) and not current_deadline().remaining():
            return DeadlineExceeded("the store took longer than the caller's time")
        if isinstance(error, PoolTimeout | TooManyRequests):
            # Nobody frees a connection while there is no server to connect to.
            if self._lost or self._suspected or not self._answered:
                self._found_lost()
                return _no_answer()
        elif isinstance(error, Abandoned) and self._alive_at > began:
            pass  # The server has answered others meanwhile; that it answered this one late tells of a row, or a core.
        elif is_connection_lost(error):
            self._found_lost()
            self._drain()
        else:
            self._found_alive(began)
        return domain_error(error)

    def _found_lost(self) -> None:
        if not self._lost:
            self._lost, self._lost_at = True, time.monotonic()
        self._breaker.failed()

    def _found_alive(self, asked_at: float) -> None:
        if self._lost and asked_at <= self._lost_at:
            return  # What the server answered just before it went says nothing of now.
        self._answered = True
        self._alive_at = time.monotonic()
        self._lost = self._suspected = False
        self._breaker.succeeded()

    def _drain(self) -> None:
        with self._drain_lock:
            due = time.monotonic() - self._drained_at >= _DRAIN_SECONDS
            if due:
                self._drained_at = time.monotonic()
        if due:
            self._pool.drain()


def _no_answer() -> Unavailable:
    return Unavailable("the store does not answer; try again")
