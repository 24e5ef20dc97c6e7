"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable
from typing import Any


def eventually(happened: Callable[[], Any], seconds: float = 60.0) -> None:
    """Returns when it has.

    Raises:
        AssertionError: It has not within this time.
    """
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
