"""A bound on how many do the same costly thing at once, and on how many wait for it."""

import threading
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from shared.errors import Overloaded

Result = TypeVar("Result")


class Bulkhead:
    """Lets `limit` callers in, lets `max_waiting` wait for at most `timeout` seconds, and refuses the others at once.

    Who waits longest is next: a place that becomes free is handed on, so that nobody who comes later takes it.

    Args:
        name: For the message of `Overloaded`.
        retry_after: Seconds that a refused caller is told to wait.
    """

    def __init__(self, name: str, limit: int, max_waiting: int, timeout: float = 5.0, retry_after: float = 1.0) -> None:
        if limit < 1 or max_waiting < 0 or timeout < 0:
            raise ValueError("limit must be positive, max_waiting and timeout must not be negative")
        self._name = name
        self._limit = limit
        self._max_waiting = max_waiting
        self._timeout = timeout
        self._retry_after = retry_after
        # Guards the two below; nothing costly happens while it is held. Somebody waits only while all places are taken.
        self._lock = threading.Lock()
        self._inside = 0
        self._waiting: deque[threading.Event] = deque()

    @property
    def inside(self) -> int:
        """How many are in."""
        return self._inside

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def run(self, work: Callable[[], Result]) -> Result:
        """Does the work while holding a place.

        Raises:
            Overloaded: All places and all waiting places are taken, or the wait took too long. Nothing was done.
        """
        self._enter()
        try:
            return work()
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._lock:
            if self._inside < self._limit:
                self._inside += 1
                return
            if len(self._waiting) >= self._max_waiting:
                raise self._overloaded()
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(self._timeout):
            return
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
                raise self._overloaded()
        # A place was handed over in the very moment the wait ended; it is taken, or it would be lost.

    def _leave(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._inside -= 1

    def _overloaded(self) -> Overloaded:
        return Overloaded(f"too many {self._name} at once", self._retry_after)
