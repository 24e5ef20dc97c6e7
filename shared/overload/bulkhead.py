"""A bound on how many do the same costly thing at once, and on how many wait for it."""

import threading
from collections.abc import Callable
from typing import TypeVar

from shared.errors import Overloaded

Result = TypeVar("Result")


class Bulkhead:
    """Lets `limit` callers in, lets `max_waiting` wait for at most `timeout` seconds, and refuses the others at once.

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
        # Guards the two counts; nothing costly happens while it is held.
        self._changed = threading.Condition()
        self._inside = 0
        self._waiting = 0

    @property
    def inside(self) -> int:
        """How many are in."""
        return self._inside

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._waiting

    def run(self, work: Callable[[], Result]) -> Result:
        """Does the work while holding a place.

        Raises:
            Overloaded: All places and all waiting places are taken, or the wait took too long. Nothing was done.
        """
        self._enter()
        try:
            return work()
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify()

    def _enter(self) -> None:
        with self._changed:
            if self._inside >= self._limit and self._waiting >= self._max_waiting:
                raise Overloaded(f"too many {self._name} at once", self._retry_after)
            self._waiting += 1
            try:
                if not self._changed.wait_for(lambda: self._inside < self._limit, self._timeout):
                    raise Overloaded(f"too many {self._name} at once", self._retry_after)
                self._inside += 1
            finally:
                self._waiting -= 1
