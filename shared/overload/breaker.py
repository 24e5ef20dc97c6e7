"""A circuit breaker: what keeps failing is left alone for a while, and then tried by one caller only."""

import threading
from collections.abc import Callable

from shared.clock import Clock

_JITTER = 0.5


class CircuitBreaker:
    """Closed while things go well; open after failures in a row; then half-open, which lets one probe through.

    A probe that succeeds closes it, one that fails opens it again. One that never reports is replaced after the delay.

    Args:
        failures: So many in a row open it.
        delay_seconds: How long it stays open, and up to half as long again: processes that saw the same failure
            do not return at the same moment.
        clock: Its monotonic time counts.
        random: Draws from 0 to 1, for that half.

    Raises:
        ValueError: `failures` or `delay_seconds` is not positive.
    """

    def __init__(self, failures: int, delay_seconds: float, clock: Clock, random: Callable[[], float]) -> None:
        if failures < 1 or delay_seconds <= 0:
            raise ValueError("failures and delay_seconds must be positive")
        self._limit = failures
        self._delay_seconds = delay_seconds
        self._clock = clock
        self._random = random
        self._lock = threading.Lock()  # Guards the two below.
        self._failures_in_a_row = 0
        self._next_probe = 0.0  # Monotonic time; means something only while it is not closed.

    def allows(self) -> bool:
        """Whether to try. Whoever is told yes reports how it went."""
        with self._lock:
            if self._failures_in_a_row < self._limit:
                return True
            if self._clock.monotonic() < self._next_probe:
                return False
            self._wait()
            return True

    def succeeded(self) -> None:
        """A call went well."""
        with self._lock:
            self._failures_in_a_row = 0

    def failed(self) -> None:
        """A call failed."""
        with self._lock:
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= self._limit:
                self._wait()

    def _wait(self) -> None:
        self._next_probe = self._clock.monotonic() + self._delay_seconds * (1 + _JITTER * self._random())
