"""Threads that are there before they are needed."""

import threading
from concurrent.futures import ThreadPoolExecutor


class StartedThreads(ThreadPoolExecutor):
    """Starts all its threads at once: later there may be none to be had, and `submit` would raise."""

    def __init__(self, count: int, name: str) -> None:
        super().__init__(count, name)
        together = threading.Barrier(count + 1)
        for _ in range(count):
            super().submit(together.wait)
        together.wait()
