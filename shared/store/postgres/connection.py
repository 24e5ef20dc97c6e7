"""A connection whose waits have a bound, even when PostgreSQL is frozen and keeps no bound of its own."""

import select
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg import generators, waiting
from psycopg.abc import RV, PQGen
from psycopg.errors import Diagnostic, _WaitTimeout
from psycopg.pq.abc import PGcancelConn
from psycopg_pool import ConnectionPool
from psycopg_pool.base import AttemptWithBackoff

from shared.deadline import current_deadline
from shared.store.postgres.transaction import Transaction
from shared.store.postgres.types import Row, register

_INTERVAL_SECONDS = 0.1
_CANCEL_SECONDS = 1.0
_CANCEL_THREADS = 2
_MOST_CANCELS = 64

# A cancelled wait for a standby is a success with a warning: a failover may yet lose what was committed.
_UNREPLICATED = "might not have been replicated"


CancelLater = Callable[[PGcancelConn], object]


class Abandoned(psycopg.OperationalError):
    """Nobody waits for the answer any longer; the connection is closed. What was asked may yet happen."""


class BoundedConnection(psycopg.Connection[Row]):
    """Waits no longer than the running call has time, and never longer than `longest_seconds`.

    The bound is the client's own: a server that is stopped (SIGSTOP), or whose network is gone, keeps neither
    statement_timeout nor any other.

    Attributes:
        statements: For whoever has the connection.
        longest_seconds: More than PostgreSQL's own limit, which tells what was wrong.
        cancel_later: Called with what cancels a statement that was abandoned, for another thread to use.
        unreplicated: Whether a commit was acknowledged without its synchronous standby.
    """

    statements: Transaction
    longest_seconds: float
    cancel_later: CancelLater
    unreplicated = False

    def prepare_for_use(self, longest_seconds: float, cancel_later: CancelLater) -> None:
        """Once, when it was opened."""
        self.longest_seconds = longest_seconds
        self.cancel_later = cancel_later
        register(self)
        self.statements = Transaction(self)
        self.add_notice_handler(self._note)
        self._poll = select.poll()
        self._poll.register(self.fileno(), select.POLLIN)

    @property
    def is_alive(self) -> bool:
        """Whether the server has left it open meanwhile, as far as that is known here: nothing is sent, as on every
        request a round trip would cost as much as the statement. One that died is closed.
        """
        try:
            while self._poll.poll(0):
                self.pgconn.consume_input()
        except psycopg.OperationalError:
            self.close()
        return not self.closed

    def wait(self, gen: PQGen[RV], interval: float = _INTERVAL_SECONDS, timeout: float | None = None) -> RV:
        bound = current_deadline().bound(getattr(self, "longest_seconds", _CANCEL_SECONDS))
        try:
            return super().wait(gen, interval, bound if timeout is None else min(timeout, bound))
        except _WaitTimeout as error:
            cancel = self.pgconn.cancel_conn()
            self.close()
            self.cancel_later(cancel)
            raise Abandoned("the answer took too long") from error

    def _note(self, notice: Diagnostic) -> None:
        self.unreplicated |= _UNREPLICATED in (notice.message_detail or "")


class Cancellations:
    """Cancels abandoned statements, on threads of its own: a server that does not answer is slow to cancel too.

    There is a bound on how many wait; beyond it PostgreSQL's own limit ends them.
    """

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(_CANCEL_THREADS, f"{name}-cancel")
        self._room = threading.Semaphore(_MOST_CANCELS)

    def submit(self, cancel: PGcancelConn) -> None:
        """Cancels soon."""
        if self._room.acquire(blocking=False):
            self._threads.submit(_cancel, cancel).add_done_callback(lambda _: self._room.release())

    def close(self) -> None:
        """Returns when none is under way."""
        self._threads.shutdown(wait=True, cancel_futures=True)


class _SteadyAttempt(AttemptWithBackoff):
    """Tries again at the same pace: after an outage of an hour the pool is back as soon as after one of a second."""

    INITIAL_DELAY = 0.1
    DELAY_BACKOFF = 1.0


class Pool(ConnectionPool[BoundedConnection]):
    """A pool that never gives up: it is for readiness to say that there is no database."""

    def _add_connection(self, attempt: AttemptWithBackoff | None, growing: bool = False) -> None:
        super()._add_connection(attempt or _SteadyAttempt(timeout=self.reconnect_timeout), growing)


def _cancel(cancel: PGcancelConn) -> None:
    try:
        cancel.start()
        waiting.wait_conn(generators.cancel(cancel), _INTERVAL_SECONDS, _CANCEL_SECONDS)
    except psycopg.Error:
        pass  # PostgreSQL's own limit will end it.
    finally:
        cancel.finish()
