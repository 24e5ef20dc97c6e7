"""Work that goes on beside the requests, on a thread of its own that does not die unseen."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from structlog.typing import FilteringBoundLogger

from shared.errors import AuthplaneError

_PAUSE_SECONDS = 1.0


class BackgroundThread:
    """Runs a work again and again until the context is left; when it fails, it is begun anew after a second.

    Args:
        name: Of the thread, and in the log.
        work: Told when to stop, which it must notice within 100 ms; returns then, or raises whenever it cannot go on.
        interrupt: Called when the context is left, for a work that waits for something else than the stop signal.

    Attributes:
        failures: How often the work has failed.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[threading.Event], None],
        logger: FilteringBoundLogger,
        interrupt: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._work = work
        self._logger = logger
        self._interrupt = interrupt
        self._stop = threading.Event()
        self.failures = 0

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name=self._name)
        self._running = True
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._interrupt()
        self._thread.join()

    @property
    def healthy(self) -> bool:
        """Whether the work is being done, and not waiting to be begun anew."""
        return self._thread.is_alive() and self._running

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._work(self._stop)
            except Exception as error:  # noqa: BLE001 - Whatever it is, the work has to go on.
                self._pause(error)
            self._running = True

    def _pause(self, error: Exception) -> None:
        if self._stop.is_set():
            return
        self._running = False
        self.failures += 1
        facts = {"work": self._name, "failures": self.failures}
        if isinstance(error, AuthplaneError):
            self._logger.warning("background_work_failed", error=error.message, **facts)
        else:
            self._logger.error("background_work_failed", exc_info=error, **facts)
        self._stop.wait(_PAUSE_SECONDS)
