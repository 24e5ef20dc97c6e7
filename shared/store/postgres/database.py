"""Statements and transactions on a pool of connections: the one place where psycopg is called for requests."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, LiteralString, Protocol, TypeVar

import psycopg
from psycopg.errors import Diagnostic
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

from shared.cache.log import Invalidation, Position
from shared.cache.recording import current
from shared.errors import AuthplaneError, Unavailable
from shared.store.contract import Announce
from shared.store.postgres.errors import RETRYABLE, domain_error, is_connection_lost
from shared.store.postgres.settings import PostgresSettings
from shared.store.postgres.types import Row, frozen, register
from shared.store.sweeping import Pressure

Result = TypeVar("Result")
Parameters = Mapping[str, object]

_ATTEMPTS = 5
_DRAIN_SECONDS = 1.0


class Statements(Protocol):
    """What can be asked, of a transaction or of a database where each statement is a transaction of its own."""

    def one(self, statement: LiteralString, parameters: Parameters) -> Row | None:
        """The first row of the result; none when it is empty."""

    def all(self, statement: LiteralString, parameters: Parameters) -> list[Row]:
        """All rows of the result."""

    def count(self, statement: LiteralString, parameters: Parameters) -> int:
        """How many rows the statement changed."""


# The row of the counter is locked last of all, so that nobody waits for anything while holding it; its lock makes the
# order of commits and the order of versions the same.
_RECORD: Final = """
WITH next AS (
    UPDATE store_version SET version = version + 1 RETURNING version
), logged AS (
    INSERT INTO invalidations (version, tag)
    SELECT next.version, affected.tag FROM next, unnest(%(tags)s::text[]) AS affected (tag)
    RETURNING version, stamp::text, tag
)
SELECT version, stamp, pg_notify('authplane_invalidations', '') FROM logged ORDER BY tag LIMIT 1
"""


class Transaction:
    """Statements that take effect together."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        # One for all statements: to make a cursor costs as much as to read a row with it.
        self._cursor = connection.cursor(binary=True)
        self._tags: dict[str, None] = {}

    def one(self, statement: LiteralString, parameters: Parameters) -> Row | None:
        row = self._cursor.execute(statement, parameters).fetchone()
        return frozen(row) if row else None

    def all(self, statement: LiteralString, parameters: Parameters) -> list[Row]:
        return [frozen(row) for row in self._cursor.execute(statement, parameters)]

    def count(self, statement: LiteralString, parameters: Parameters) -> int:
        return self._cursor.execute(statement, parameters).rowcount

    def invalidate(self, *tags: str) -> None:
        """Has these tags logged, with the next version of the store, as the transaction's last step."""
        self._tags.update(dict.fromkeys(tags))

    def begin(self) -> None:
        """Forgets what an earlier try has left."""
        self._tags = {}

    def finish(self) -> Invalidation | None:
        """Takes the next version if anything was invalidated; to be announced after the commit."""
        if not self._tags:
            return None
        tags = tuple(sorted(self._tags))
        [(version, stamp, _)] = self._cursor.execute(_RECORD, {"tags": list(tags)}).fetchall()
        return Invalidation(Position(version, stamp), tags)


class _Connection(psycopg.Connection[Row]):
    """A connection and how it is asked.

    Attributes:
        statements: For whoever has the connection.
        unreplicated: Whether a commit was acknowledged without its synchronous standby.
    """

    statements: Transaction
    unreplicated = False


class Database:
    """A pool of connections to one PostgreSQL.

    No request ever holds two connections, nor waits for anything but PostgreSQL while it holds one. After a failure
    that tells of a lost server the pool is drained, at most once a second: its other connections are then as dead, and
    trying them one by one would turn a restart of 0.2 s into an outage of 10.

    Args:
        url: Where it is.
        settings: Its pool and time limits.
        name: Names the pool's threads, and the connections in PostgreSQL's own views.
        max_size: Most connections.
        announce: Called with every invalidation, after its commit and before whoever made it gets an answer.

    Raises:
        Overloaded: From every method, when no connection came free in time, or a row stayed locked.
        Unavailable: From every method, when PostgreSQL does not answer. What was under way may have been committed.
    """

    def __init__(
        self,
        url: str,
        settings: PostgresSettings,
        name: str,
        max_size: int,
        announce: Announce = lambda _: None,
    ) -> None:
        self._announce = announce
        self._pool: ConnectionPool[_Connection] = ConnectionPool(
            url,
            connection_class=_Connection,
            kwargs={"autocommit": True, **settings.connection_options(name)},
            configure=_configure,
            min_size=min(settings.pg_pool_min, max_size),
            max_size=max_size,
            timeout=settings.pg_pool_timeout_seconds,
            max_waiting=settings.pg_pool_max_waiting,
            max_lifetime=settings.pg_pool_max_lifetime_seconds,
            max_idle=settings.pg_pool_max_idle_seconds,
            # A pool never gives up: it is for readiness to say that there is no database.
            reconnect_timeout=float("inf"),
            num_workers=2,
            name=name,
            open=True,
        )
        self._drain_lock = threading.Lock()
        self._drained_at = -_DRAIN_SECONDS
        self._answers = False

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

        def run(connection: _Connection) -> tuple[Result, Invalidation | None]:
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
        stats = self._pool.get_stats()
        waited = stats.get("requests_wait_ms", 0) / 1000
        return Pressure(stats.get("requests_waiting", 0), stats.get("requests_num", 0), waited)

    def close(self) -> None:
        """Closes all connections; harmless when called twice."""
        self._pool.close(timeout=1.0)

    def _run(self, work: Callable[[_Connection], Result]) -> Result:
        attempts_left = _ATTEMPTS
        while True:
            try:
                result = self._run_once(work)
            except psycopg.Error as error:
                attempts_left -= 1
                if error.sqlstate not in RETRYABLE or not attempts_left:
                    raise self._failure(error) from error
            else:
                self._answers = True
                return result

    def _run_once(self, work: Callable[[_Connection], Result]) -> Result:
        # The pool's own context manager would end a transaction that is not there, at a tenth of the whole cost.
        connection = self._pool.getconn()
        try:
            result = work(connection)
            if connection.unreplicated:
                connection.close()
                raise Unavailable("the store did not confirm that the change is safe; try again")
            return result
        finally:
            self._pool.putconn(connection)

    def _failure(self, error: psycopg.Error) -> AuthplaneError:
        if is_connection_lost(error):
            self._answers = False
            self._drain()
        # Nobody frees a connection while there is no server to connect to.
        if isinstance(error, PoolTimeout | TooManyRequests) and not self._answers:
            return Unavailable("the store does not answer; try again")
        return domain_error(error)

    def _drain(self) -> None:
        with self._drain_lock:
            due = time.monotonic() - self._drained_at >= _DRAIN_SECONDS
            if due:
                self._drained_at = time.monotonic()
        if due:
            self._pool.drain()


# A cancelled wait for a standby is a success with a warning: a failover may yet lose what was committed.
_UNREPLICATED = "might not have been replicated"


def _configure(connection: _Connection) -> None:
    def note(notice: Diagnostic) -> None:
        connection.unreplicated |= _UNREPLICATED in (notice.message_detail or "")

    register(connection)
    connection.statements = Transaction(connection)
    connection.add_notice_handler(note)
