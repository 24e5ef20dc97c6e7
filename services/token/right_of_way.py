"""Requests go first."""

import threading
from collections.abc import Callable

from shared.store import Pressure

_LONG_WAIT_SECONDS = 0.005
_LOOK_SECONDS = 0.02
LONGEST_SECONDS = 1.0


class RightOfWay:
    """Lets requests pass that wait for the store, but not for ever: after a second it is the other's turn.

    Args:
        pressure: How requests wait for connections, summed up since the start.
    """

    def __init__(self, pressure: Callable[[], Pressure]) -> None:
        self._pressure = pressure
        self._before = pressure()

    def give(self, stop: threading.Event) -> bool:
        """Waits while requests do, or until told to stop; returns whether there were any."""
        if not self._is_wanted():
            return False
        for _ in range(round(LONGEST_SECONDS / _LOOK_SECONDS)):
            if stop.wait(_LOOK_SECONDS) or not self._is_wanted():
                break
        return True

    def _is_wanted(self) -> bool:
        """Whether somebody waits now, or those who came since the last look waited long on the average."""
        now, before = self._pressure(), self._before
        self._before = now
        waited = now.waited_seconds - before.waited_seconds
        return now.waiting > 0 or waited > _LONG_WAIT_SECONDS * (now.requests - before.requests)
