"""Ids of requests that come without one."""

import itertools
from collections.abc import Callable

_RANDOM_BYTES = 10


class NewRequestIds:
    """Different in this process, and hardly ever the same as in another: 32 hexadecimal digits.

    They are counted rather than drawn, as the system's random numbers cost a call into the kernel, for which a thread
    gives up the interpreter, and waits for it again afterwards.
    """

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._begin = random_bytes(_RANDOM_BYTES).hex()
        self._numbers = itertools.count(1)

    def __call__(self) -> str:
        """The next one."""
        return f"{self._begin}{next(self._numbers):012x}"
