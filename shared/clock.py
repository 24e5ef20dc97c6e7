"""Time as an argument: the system's clock, and one that is set by hand."""

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """Seconds since the epoch, for what is written down and compared between processes.

        Whole microseconds, which is what every store keeps.
        """

    def monotonic(self) -> float:
        """Seconds since some moment, never going back, for durations and deadlines within one process."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> float:
        return time.time_ns() // 1000 / 1e6

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told, so that expiry can be tested without waiting.

    Args:
        now: Where it starts, in seconds since the epoch.
    """

    def __init__(self, now: float) -> None:
        self._lock = threading.Lock()  # Guards _now: servers read it from many threads.
        self._now = now

    def now(self) -> float:
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        return self.now()

    def advance(self, seconds: float) -> None:
        """Moves the clock forward."""
        with self._lock:
            self._now += seconds
