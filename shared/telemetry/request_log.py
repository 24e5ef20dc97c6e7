"""One line for a request, of few requests: docs/logs.md."""

from collections.abc import Callable
from functools import partial
from typing import Any

from structlog.typing import FilteringBoundLogger

from shared.spans import Span
from shared.telemetry.logging import trace_of

Line = Callable[..., Any]
"""Writes a line: what happened, and facts by name."""


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

    def line(self, running: Span) -> Line | None:
        """What writes the line of a request that has ended; none for most, whose facts nobody need put together."""
        if self._chance() < self._ratio or running.exemplar:
            return partial(self._logger.info, **trace_of(running))
        if self._is_debug():
            return partial(self._logger.debug, **trace_of(running))
        return None


class NoRequestLog(RequestLog):
    """Tells nothing."""

    def __init__(self) -> None: ...

    def line(self, running: Span) -> Line | None:
        return None
