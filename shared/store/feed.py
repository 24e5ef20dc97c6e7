"""Follows the store's log of invalidations, so that this process's view of it stays fresh."""

import threading
from typing import Protocol

from shared.cache.log import News, Position
from shared.cache.view import View
from shared.clock import Clock

_AT_ONCE = 1000


class LogReader(Protocol):
    """Reads the store's log on a connection of its own."""

    def read(self, since: Position | None, limit: int) -> News:
        """As `InvalidationStore.read_invalidations`."""

    def wait(self, seconds: float) -> None:
        """Returns after so many seconds, or earlier when something may have been logged."""

    def interrupt(self) -> None:
        """Makes the call that is under way on another thread end at once; the reader is of no use then."""

    def close(self) -> None:
        """Releases the connection."""


class StoreFeed:
    """Polls the log; whoever wakes it early only saves time.

    Args:
        poll_seconds: Longest pause between two polls.
    """

    def __init__(self, view: View, open_reader: "OpenReader", clock: Clock, poll_seconds: float) -> None:
        self._view = view
        self._open_reader = open_reader
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._lock = threading.Lock()  # Guards _reader, which is interrupted from another thread.
        self._reader: LogReader | None = None
        self._caught_up = threading.Event()
        self.polls = 0

    def run(self, stop: threading.Event) -> None:
        """Polls until told to stop.

        Raises:
            Unavailable: The store does not answer. Meanwhile the view grows stale, and cached decisions are not used.
        """
        reader = self._open_reader()
        with self._lock:
            self._reader = reader
        try:
            self._follow(reader, stop)
        finally:
            self._view.lose_touch()
            with self._lock:
                self._reader = None
            reader.close()

    def wait_for_first(self, seconds: float) -> bool:
        """Waits until the log was read to its end for the first time; whether it was, in so many seconds."""
        return self._caught_up.wait(seconds)

    def interrupt(self) -> None:
        """Ends a poll that is under way."""
        with self._lock:
            if self._reader is not None:
                self._reader.interrupt()

    def _follow(self, reader: LogReader, stop: threading.Event) -> None:
        fits = self._view.position.version > 0
        while not stop.is_set():
            asked_at = self._clock.monotonic()
            news = reader.read(self._view.position if fits else None, _AT_ONCE)
            fits = self._view.follow(news, asked_at)
            self.polls += 1
            if news.complete:
                self._caught_up.set()
                reader.wait(self._poll_seconds)


class OpenReader(Protocol):
    """Opens a reader."""

    def __call__(self) -> LogReader:
        """A new reader.

        Raises:
            Unavailable: The store does not answer.
        """
