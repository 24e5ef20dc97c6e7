"""How often something may be done, for each key on its own."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shared.clock import Clock
from shared.errors import AuthplaneError, RateLimited

_MAX_KEYS = 100_000


class RateLimit:
    """`times` in `seconds`, all at once if need be, and then as they come back one after the other (GCRA).

    What is taken counts before it is done, so that a hundred at once are as many as a hundred in a row. Of each key a
    single number is kept, and of keys the last 100,000: whoever can fill that with others has done them already.

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
        self._next: OrderedDict[str, float] = OrderedDict()  # Monotonic time at which a key has all its times again.

    def take(self, key: str) -> None:
        """Takes one of the key's times.

        Raises:
            RateLimited: None is left; `retry_after` says when one is.
        """
        now = self._clock.monotonic()
        with self._lock:
            after = max(self._next.get(key, -math.inf), now) + self._interval
            late = after - now - self._seconds
            # A billionth forgives what adding up intervals gets wrong.
            if late <= self._interval * 1e-9:
                self._next[key] = after
                self._next.move_to_end(key)
                if len(self._next) > _MAX_KEYS:
                    self._next.popitem(last=False)
                return
        self._limited()
        raise RateLimited(self._message, late)

    def give_back(self, key: str) -> None:
        """Returns one that was taken."""
        with self._lock:
            if key in self._next:
                self._next[key] -= self._interval

    @contextmanager
    def counting(self, failure: type[AuthplaneError], key: str) -> Iterator[None]:
        """Takes one for what is done in the context, and returns it unless that ends in this failure.

        Raises:
            RateLimited: As `take`; then nothing is done.
        """
        self.take(key)
        failed = False
        try:
            yield
        except failure:
            failed = True
            raise
        finally:
            if not failed:
                self.give_back(key)
