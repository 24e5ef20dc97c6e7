"""Wakes those who follow the invalidations."""

import threading
from collections.abc import Callable

from shared.cache.view import View

_PAUSE_SECONDS = 0.002
"""Changes that come within it are told of once."""

_MOST_EVENTS = 1000
"""They fit into what a connection takes without being read, so that whoever does not read holds nobody up."""


class Subscriber:
    """One who wants to be woken.

    Args:
        tell: Told the newest version.
        end: Told that no more will come.
    """

    def __init__(self, tell: Callable[[int], None], end: Callable[[], None]) -> None:
        self.tell = tell
        self.end = end
        self.left = _MOST_EVENTS


class InvalidationWatch:
    """Tells any number of subscribers of each advance of the view, on one thread.

    `_lock` guards the subscribers. It is not held while one of them is told.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._advanced = threading.Event()
        self._lock = threading.Lock()
        self._subscribers: set[Subscriber] = set()
        self._open = True
        view.listen(self._advanced.set)

    def subscribe(self, subscriber: Subscriber) -> None:
        """Adds a subscriber, which is told where the log stands at once."""
        with self._lock:
            if self._open:
                self._subscribers.add(subscriber)
        if self._open:
            self._tell(subscriber)
        else:
            subscriber.end()

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Removes a subscriber, if it is there."""
        with self._lock:
            self._subscribers.discard(subscriber)

    def close(self) -> None:
        """Ends all subscriptions, and all that may follow."""
        with self._lock:
            self._open = False
            subscribers, self._subscribers = self._subscribers, set()
        for subscriber in subscribers:
            subscriber.end()

    def run(self, stop: threading.Event) -> None:
        """Tells until told to stop."""
        while not stop.is_set():
            if not self._advanced.wait(0.1):
                continue
            self._advanced.clear()
            with self._lock:
                subscribers = list(self._subscribers)
            for subscriber in subscribers:
                self._tell(subscriber)
            stop.wait(_PAUSE_SECONDS)

    def _tell(self, subscriber: Subscriber) -> None:
        subscriber.tell(self._view.position.version)
        subscriber.left -= 1
        if not subscriber.left:
            self.unsubscribe(subscriber)
            subscriber.end()
