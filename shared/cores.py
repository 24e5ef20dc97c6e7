"""On which cores threads run.

Of a process in Python one thread computes at a time. Where its threads are spread over cores, each that hands the
interpreter on wakes another core up: an answer from memory took 316 to 401 us of CPU on two cores, and 219 to 235 on
one.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol


class Cores(Protocol):
    """Where the threads of this process run."""

    def spread(self) -> AbstractContextManager[None]:
        """Threads that are started meanwhile run on every core that the process may use. It is for those that compute
        without the interpreter.
        """


class EveryCore:
    """As the system likes it."""

    def spread(self) -> AbstractContextManager[None]:
        """Changes nothing."""
        return nullcontext()


class OneCore:
    """Keeps the calling thread, and those that it starts from now on, to one core.

    Args:
        core: One of `usable_cores`.

    Raises:
        ValueError: See `usable_cores`.
    """

    def __init__(self, core: int) -> None:
        self._every, self._one = usable_cores(), {core}
        os.sched_setaffinity(0, self._one)

    @contextmanager
    def spread(self) -> Iterator[None]:
        """See `Cores`; called by the thread that was kept to the core."""
        os.sched_setaffinity(0, self._every)
        try:
            yield
        finally:
            os.sched_setaffinity(0, self._one)


def usable_cores() -> set[int]:
    """The cores on which this process may run.

    Raises:
        ValueError: The system does not say; only Linux does.
    """
    if not hasattr(os, "sched_getaffinity"):
        raise ValueError("threads can be kept to cores on Linux only")
    return os.sched_getaffinity(0)
