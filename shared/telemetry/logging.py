"""Structured logs: one line of JSON an event, or readable text on a terminal."""

import logging
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import FilteringBoundLogger, Processor

_SECRET_WORDS = ("password", "secret", "token", "cookie", "authorization", "assertion", "handle", "verifier")
_PUBLIC_NAMES = frozenset({"token_type"})
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def make_logger(stream: TextIO, level: str, log_format: str) -> FilteringBoundLogger:
    """A logger that writes to a stream.

    Args:
        level: "debug", "info", "warning" or "error".
        log_format: "json", "console", or "auto": console on a terminal.
    """
    console = log_format == "console" or (log_format == "auto" and stream.isatty())
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[*_processors(), _console_renderer() if console else _render_json],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        cache_logger_on_first_use=True,
    )
    return logger


def route_standard_logging(logger: FilteringBoundLogger, level: str) -> None:
    """Sends what libraries log by the standard way (uvicorn, grpc, asyncio) through our logger. Once, by the root."""
    logging.basicConfig(handlers=[_Forwarder(logger)], level=max(_LEVELS[level], logging.WARNING), force=True)


def _processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact,
    ]


def _redact(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last resort: a value under a name that smells of a secret is not written."""
    for name in event:
        if name not in _PUBLIC_NAMES and any(word in name.lower() for word in _SECRET_WORDS):
            event[name] = "[redacted]"
    return event


def _render_json(logger: object, method: str, event: MutableMapping[str, Any]) -> str:
    # JSON encodes control characters, so that no value can begin a line of its own.
    return orjson.dumps(dict(event), default=repr).decode()


def _console_renderer() -> Processor:
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


class _Forwarder(logging.Handler):
    def __init__(self, logger: FilteringBoundLogger) -> None:
        super().__init__()
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        self._logger.log(record.levelno, record.getMessage(), source=record.name, exc_info=record.exc_info)
