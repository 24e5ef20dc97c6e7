"""Many threads at one door."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TypeVar

from shared.errors import AuthplaneError

ROUNDS = int(os.environ.get("AUTHPLANE_TEST_RACES", "8"))
"""How often a race is run; `make test-long` and `make test-mutations` run each more often."""

Result = TypeVar("Result")


def race(*acts: Callable[[], Result]) -> list[Result | AuthplaneError]:
    """What each act gave or raised, in order, when all were done at the same moment, each by a thread of its own."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Result]) -> Result | AuthplaneError:
        barrier.wait()
        try:
            return act()
        except AuthplaneError as error:
            return error

    with _restless_interpreter(), ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@contextmanager
def _restless_interpreter() -> Iterator[None]:
    # By default a thread runs for 5 ms, long enough to end before the next begins, which hides what a lock is for.
    patience = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(patience)
