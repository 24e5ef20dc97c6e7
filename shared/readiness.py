"""Whether a process is ready for traffic: asked again and again, told when it changes."""

import threading
from collections.abc import Callable, Mapping

from structlog.typing import FilteringBoundLogger

Check = Callable[[], bool]

_POLL_SECONDS = 0.25


class Readiness:
    """Asks every check four times a second. Checks look at what is known already and wait for nothing.

    Args:
        checks: By name.
        changed: Told of each transition.
        logger: Likewise, with the names of the checks that do not hold; to be ready from the start is no event.

    Attributes:
        ready: Whether all checks held when they were last asked; not before the first time.
    """

    def __init__(
        self, checks: Mapping[str, Check], changed: Callable[[bool], None], logger: FilteringBoundLogger
    ) -> None:
        self._checks = checks
        self._changed = changed
        self._logger = logger
        self._polls = 0
        self.ready = False

    def run(self, stop: threading.Event) -> None:
        """Polls until told to stop."""
        while not stop.wait(_POLL_SECONDS):
            self.poll()

    def poll(self) -> None:
        """Asks all checks once."""
        missing = [name for name, check in self._checks.items() if not check()]
        changed, self.ready = self.ready == bool(missing), not missing
        if changed:
            self._changed(self.ready)
        if missing and (changed or not self._polls):
            self._logger.warning("not_ready", missing=missing)
        elif changed and self._polls:
            self._logger.info("ready")
        self._polls += 1

    def close(self) -> None:
        """Not ready from now on, whatever the checks say."""
        self.ready = False
