"""Logs the invalidations that could wait a moment."""

import threading
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from shared.clock import Clock
from shared.errors import AuthplaneError
from shared.store import SweepState

_LAST_SECONDS = 5.0


class Pending(Protocol):
    """Invalidations that wait to be logged."""

    def __len__(self) -> int: ...

    def flush_batch(self) -> int:
        """Logs some and returns how many; none when nothing waits."""


class PendingFlusher:
    """Logs what is pending every so many seconds, and the rest at the end.

    Args:
        seconds: Between two looks.
        state: Where it counts.
    """

    def __init__(
        self, pending: Pending, seconds: float, state: SweepState, clock: Clock, logger: FilteringBoundLogger
    ) -> None:
        self._pending = pending
        self._state = state
        self._clock = clock
        self._logger = logger
        self.seconds = seconds
        self._due = clock.monotonic()
        state.pending = pending.__len__

    def flush_when_due(self, stop: threading.Event) -> None:
        """Logs all that waits if the time has come."""
        if self._clock.monotonic() >= self._due:
            self.flush(stop)

    def flush(self, stop: threading.Event) -> None:
        """Logs all that waits by now, unless told to stop; what could not be logged goes on waiting.

        What comes meanwhile waits for the next time. Otherwise a flush would last as long as there is traffic, of
        batches as small as what comes during one, and nothing would be swept.
        """
        left = len(self._pending)
        try:
            while left > 0 and not stop.is_set() and (flushed := self._pending.flush_batch()):
                self._state.flushed += flushed
                left -= flushed
        except AuthplaneError as error:
            self._failed(error)
        self._due = self._clock.monotonic() + self.seconds

    def finish(self) -> None:
        """Logs all that waits once more, for five seconds at most, and says how much that was."""
        state, until = self._state, self._clock.monotonic() + _LAST_SECONDS
        try:
            while self._clock.monotonic() < until and (flushed := self._pending.flush_batch()):
                state.flushed += flushed
                state.flushed_at_end += flushed
        except AuthplaneError as error:
            self._failed(error)
        self._logger.info("pending_flushed", flushed=state.flushed_at_end, left=len(self._pending))

    def _failed(self, error: AuthplaneError) -> None:
        self._state.failures["flush"] += 1
        self._logger.warning("flush_failed", reason=error.reason, pending=len(self._pending))
