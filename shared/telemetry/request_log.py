"""One line for a request, of few requests: docs/logs.md."""

from collections.abc import Callable

from structlog.typing import FilteringBoundLogger

from shared.spans import current_span
from shared.telemetry.logging import trace_of


class RequestLog:
    """Tells of requests that are traced, and by chance of a part of the others; of all of them at debug level.

    Args:
        ratio: That part; between 0 and 1.
        chance: A number from 0 up to 1, another one each time.
        is_debug: Whether debug level is on.
    """

    def __init__(
        self, logger: FilteringBoundLogger, ratio: float, chance: Callable[[], float], is_debug: Callable[[], bool]
    ) -> None:
        self._logger = logger
        self._ratio = ratio
        self._chance = chance
        self._is_debug = is_debug

    def tell(self, event: str, **facts: object) -> None:
        """A request has ended."""
        running = current_span()
        if self._chance() < self._ratio or running.exemplar:
            self._logger.info(event, **facts, **trace_of(running))
        elif self._is_debug():  # To ask first costs a tenth of what a line costs that is dropped.
            self._logger.debug(event, **facts, **trace_of(running))


class NoRequestLog(RequestLog):
    """Tells nothing."""

    def __init__(self) -> None: ...

    def tell(self, event: str, **facts: object) -> None: ...
