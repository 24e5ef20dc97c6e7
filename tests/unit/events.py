"""Security events as tests read them."""

from collections.abc import MutableMapping
from typing import Any, cast

import structlog
from structlog.testing import LogCapture
from structlog.typing import FilteringBoundLogger

from shared.telemetry.events import SecurityEvents


def events_into(log: LogCapture) -> SecurityEvents:
    """Those that are told go into this, without what all of them have in common."""
    logger = structlog.wrap_logger(structlog.PrintLogger(), processors=[_of_one_kind, log])
    return SecurityEvents(cast(FilteringBoundLogger, logger), lambda _: None)


def _of_one_kind(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    assert event.pop("kind") == "security"
    return event
