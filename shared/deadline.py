"""The moment by which a call has to be answered: computed once where it comes in, and a bound on every wait below."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shared.clock import Clock, SystemClock
from shared.errors import DeadlineExceeded


class Deadline:
    """A moment of monotonic time.

    Args:
        seconds: From now; infinity for never.
    """

    __slots__ = ("_at", "_clock")

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._clock = clock
        self._at = clock.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds that are left; never negative."""
        return max(self._at - self._clock.monotonic(), 0.0)

    def bound(self, seconds: float) -> float:
        """Seconds that may be waited: so many, or what is left if that is less."""
        return min(seconds, self.remaining())

    def check(self) -> None:
        """Before something costly.

        Raises:
            DeadlineExceeded: Nothing is left. Nothing was done.
        """
        if not self.remaining():
            raise DeadlineExceeded("the caller's time was over before the work was done")


NEVER = Deadline(math.inf, SystemClock())
"""For work that nobody waits for."""

_CURRENT: ContextVar[Deadline] = ContextVar("authplane deadline", default=NEVER)


@contextmanager
def deadline(bound: Deadline) -> Iterator[None]:
    """Whatever is done until the context is left has this deadline, instead of the one around it."""
    token = _CURRENT.set(bound)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def bind_deadline(bound: Deadline) -> None:
    """The same for as long as the context variables live that it is called among, which for a call is its end."""
    _CURRENT.set(bound)


def current_deadline() -> Deadline:
    """The deadline of the running call; `NEVER` outside of calls."""
    return _CURRENT.get()
