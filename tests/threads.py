"""Which threads something left behind."""

import threading
import time

LIBRARY_OWN = ("_poll_wrapper", "cancel_all_calls_after_grace")
"""gRPC's: the one poller of its asynchronous half, a daemon that it keeps for the process, and a timer of stop()."""


def threads_left(before: set[threading.Thread], seconds: float = 3.0) -> list[str]:
    """Names of the threads that were not there before and are still there after a while."""
    deadline = time.monotonic() + seconds
    while (left := _left(before)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _left(before: set[threading.Thread]) -> list[str]:
    names = [thread.name for thread in set(threading.enumerate()) - before]
    return [name for name in names if not any(own in name for own in LIBRARY_OWN)]
