"""Several callers' changes in one transaction.

Every change that is logged locks the one row of the store's version until it is committed, so changes follow each
other, and most of the time of each is the disk's. Callers who come while a commit is under way share the next one.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast

from shared.cache.log import Invalidation
from shared.cache.recording import current
from shared.deadline import NEVER, current_deadline, deadline
from shared.errors import Unavailable
from shared.store.postgres.database import Database
from shared.store.postgres.transaction import Transaction

Result = TypeVar("Result")

_MAX_TOGETHER = 64
_MAX_WAIT_SECONDS = 10.0


class _Caller:
    """One who waits for its work to be committed, or for its turn to commit what has gathered."""

    def __init__(self, work: Callable[[Transaction], Any]) -> None:
        self.work = work
        self.called = threading.Event()
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.invalidation: Invalidation | None = None


class GroupCommit:
    """Runs works of many threads in few transactions, and lets each thread go when its own work is durable.

    A work must raise nothing of its own: when the transaction fails, all that share it have failed.

    `_lock` guards the queue and whether anybody leads. Whoever leads is at the head of the queue. The lock is not held
    while a transaction runs.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._queue: deque[_Caller] = deque()
        self._led = False

    def run(self, work: Callable[[Transaction], Result]) -> Result:
        """What the work gave, once it is durable.

        Raises:
            Unavailable, Overloaded: As `Database.transact` does. What was under way may have been committed.
            DeadlineExceeded: Likewise.
        """
        caller = _Caller(work)
        with self._lock:
            self._queue.append(caller)
            if not self._led:
                self._led = True
                caller.called.set()
        self._wait(caller)
        if not caller.done:
            self._commit()
        if caller.error is not None:
            raise caller.error
        if caller.invalidation is not None:
            current().change(caller.invalidation.position.version, caller.invalidation.tags)
        return cast(Result, caller.result)

    def _wait(self, caller: _Caller) -> None:
        if caller.called.wait(current_deadline().bound(_MAX_WAIT_SECONDS)):
            return
        with self._lock:
            if not caller.called.is_set() and caller in self._queue:
                self._queue.remove(caller)
            if not caller.called.is_set():
                current_deadline().check()
                raise Unavailable("the store does not answer; try again")

    def _commit(self) -> None:
        with self._lock:
            together = [self._queue.popleft() for _ in range(min(len(self._queue), _MAX_TOGETHER))]
        try:
            with deadline(NEVER):  # It is not for the time of one caller to fail the others.
                results, invalidation = self._database.commit(
                    lambda transaction: [each.work(transaction) for each in together]
                )
        except BaseException as error:  # noqa: BLE001 - Whatever it is, all who wait must learn of it.
            for caller in together:
                caller.error = error
        else:
            for caller, result in zip(together, results, strict=True):
                caller.result, caller.invalidation = result, invalidation
        with self._lock:
            self._led = bool(self._queue)
            if self._queue:
                self._queue[0].called.set()
        for caller in together:
            caller.done = True
            caller.called.set()
