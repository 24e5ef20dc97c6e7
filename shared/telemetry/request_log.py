"""One line for a request, of few requests: docs/logs.md."""

from collections.abc import Callable

from structlog.typing import FilteringBoundLogger

from shared.spans import current_span


class RequestLog:
    """Tells of requests that are traced, and by chance of a part of the others; of all of them at debug level.

    Args:
        ratio: That part; between 0 and 1.
        chance: A number from 0 up to 1, another one each time.
    """

    def __init__(self, logger: FilteringBoundLogger, ratio: float, chance: Callable[[], float]) -> None:
        self._logger = logger
        self._ratio = ratio
        self._chance = chance

    def tell(self, event: str, **facts: object) -> None:
        """A request has ended."""
        tell = self._logger.info if self._chance() < self._ratio or current_span().exemplar else self._logger.debug
        tell(event, **facts)


class NoRequestLog(RequestLog):
    """Tells nothing."""

    def __init__(self) -> None: ...

    def tell(self, event: str, **facts: object) -> None: ...
