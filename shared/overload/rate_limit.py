"""How often something may be done, for each key on its own."""

import math
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

from shared.cache.lru import SegmentedLru
from shared.clock import Clock
from shared.errors import AuthplaneError, RateLimited

_MAX_KEYS = 100_000


class _Used:
    __slots__ = ("until",)

    def __init__(self) -> None:
        self.until = -math.inf  # Monotonic time at which the key has all its times again.


class RateLimit:
    """`times` in `seconds`, all at once if need be, and then as they come back one after the other (GCRA).

    What is taken counts before it is done, so that a hundred at once are as many as a hundred in a row. Of each key a
    single number is kept, and of keys 100,000 at most: a flood of keys that come once pushes out others of its kind,
    and leaves those that are counted.

    `_lock` guards the numbers.

    Args:
        limited: Called whenever somebody is refused.
    """

    def __init__(
        self, times: int, seconds: float, clock: Clock, message: str, limited: Callable[[], None] = lambda: None
    ) -> None:
        self._interval = seconds / times
        self._seconds = seconds
        self._clock = clock
        self._message = message
        self._limited = limited
        self._lock = threading.Lock()
        self._used: SegmentedLru[_Used] = SegmentedLru(_MAX_KEYS, _MAX_KEYS)

    def take(self, key: str) -> None:
        """Takes one of the key's times.

        Raises:
            RateLimited: None is left; `retry_after` says when one is.
        """
        now = self._clock.monotonic()
        with self._lock:
            used = self._used.get(key)
            if used is None:
                used = _Used()
                self._used.put(key, used, 1)
            after = max(used.until, now) + self._interval
            late = after - now - self._seconds
            # A billionth forgives what adding up intervals gets wrong.
            if late <= self._interval * 1e-9:
                used.until = after
                return
        self._limited()
        raise RateLimited(self._message, late)

    def give_back(self, key: str) -> None:
        """Returns one that was taken."""
        with self._lock:
            used = self._used.peek(key)
            if used is not None:
                used.until -= self._interval

    def counting(self, failure: type[AuthplaneError], key: str) -> AbstractContextManager[None]:
        """Takes one for what is done in the context, and returns it unless that ends in this failure.

        Raises:
            RateLimited: As `take`, on entering; then nothing is done.
        """
        return _Counting(self, failure, key)


class _Counting(AbstractContextManager[None]):
    """Plain, as it surrounds every request for a token: a generator takes three times as long."""

    __slots__ = ("_failure", "_key", "_limit")

    def __init__(self, limit: RateLimit, failure: type[AuthplaneError], key: str) -> None:
        self._limit = limit
        self._failure = failure
        self._key = key

    def __enter__(self) -> None:
        self._limit.take(self._key)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not isinstance(error, self._failure):
            self._limit.give_back(self._key)
