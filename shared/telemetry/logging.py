"""Structured logs: one line of JSON an event, or readable text on a terminal."""

import contextlib
import json
import logging
import re
from collections.abc import Mapping, MutableMapping, Sequence
from contextvars import ContextVar
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import FilteringBoundLogger, Processor

from shared.spans import UNTRACED, Span

_SECRET_WORDS = ("password", "secret", "token", "cookie", "authorization", "assertion", "handle", "verifier")
_SECRET_NAMES = frozenset({"code"})
_PUBLIC_NAMES = frozenset({"token_type", "token_type_hint"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def trace_of(span: Span) -> dict[str, str]:
    """What lines of a request are found by, from its trace; nothing when there is none."""
    return {"trace_id": span.trace_id} if span.trace_id else {}


_REQUEST: ContextVar[tuple[str, Span]] = ContextVar("authplane request", default=("", UNTRACED))


def bind_request(request_id: str, span: Span) -> None:
    """Lines that are logged from now on, among the same context variables, say of which request and trace they are."""
    _REQUEST.set((request_id, span))


def _name_request(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request_id, running = _REQUEST.get()
    if request_id:
        return {"request_id": request_id, **trace_of(running), **event}
    return event


class LogLevel:
    """The least that is logged, which may change while loggers are in use.

    Args:
        name: "debug", "info", "warning" or "error".
    """

    def __init__(self, name: str) -> None:
        self.set(name)

    def set(self, name: str) -> None:
        """From now on."""
        self._number = _LEVELS[name]

    @property
    def is_debug(self) -> bool:
        """Whether everything is logged."""
        return self._number <= logging.DEBUG

    def drop(self, logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A processor that lets nothing less pass."""
        if _LEVELS.get(event["level"], logging.CRITICAL) < self._number:
            raise structlog.DropEvent
        return event


def make_logger(stream: TextIO, level: LogLevel | str, log_format: str) -> FilteringBoundLogger:
    """A logger that writes to a stream.

    Args:
        level: The least that is logged; as a name it stays what it is.
        log_format: "json", "console", or "auto": console on a terminal.
    """
    level = level if isinstance(level, LogLevel) else LogLevel(level)
    console = log_format == "console" or (log_format == "auto" and stream.isatty())
    logger: FilteringBoundLogger = structlog.wrap_logger(
        _Lines(stream),
        processors=[
            structlog.processors.add_log_level,
            level.drop,
            *_PROCESSORS,
            *(_for_people(stream.isatty()) if console else [_render_json]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=True,
    )
    return logger


def route_standard_logging(logger: FilteringBoundLogger, level: str) -> None:
    """Sends what libraries log by the standard way (uvicorn, grpc, asyncio) through our logger. Once, by the root."""
    logging.basicConfig(handlers=[_Forwarder(logger)], level=max(_LEVELS[level], logging.WARNING), force=True)


def _redact(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last resort: a value under a name that smells of a secret is not written."""
    return {name: _without_secrets(name, value) for name, value in event.items()}


def _without_secrets(name: object, value: Any) -> Any:
    if _is_secret(str(name).lower()) and not isinstance(value, int | float | None):  # Numbers count and measure.
        return "[redacted]"
    if isinstance(value, Mapping):
        return {str(key): _without_secrets(key, inner) for key, inner in value.items()}
    return value


def _is_secret(name: str) -> bool:
    return name in _SECRET_NAMES or (name not in _PUBLIC_NAMES and any(word in name for word in _SECRET_WORDS))


def _render_json(logger: object, method: str, event: MutableMapping[str, Any]) -> str:
    # JSON encodes control characters, so that no value can begin a line of its own.
    try:
        return orjson.dumps(dict(event), default=repr).decode()
    except TypeError:  # A lone surrogate or a huge integer; a log line is no reason to fail.
        return json.dumps(dict(event), default=repr)


def _for_people(colors: bool) -> Sequence[Processor]:
    traceback = structlog.dev.plain_traceback
    return (_escape_controls, structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=traceback))


def _escape_controls(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No value may move a terminal's cursor or begin a line of its own; only stack traces have lines."""
    return {name: _visible(name, value) for name, value in event.items()}


def _visible(name: str, value: Any) -> Any:
    controls = _CONTROL_BUT_LINES if name == "exception" else _CONTROL
    text = value if isinstance(value, str) else repr(value)
    return controls.sub(lambda found: ascii(found[0])[1:-1], text)


class _Lines(structlog.WriteLogger):
    """Writes each line at once, since workers share a stream.

    A full disk or a closed pipe loses lines; it is no reason to refuse a login or a revocation.
    """

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().msg(message)

    log = debug = info = warn = warning = error = critical = exception = msg


class _Forwarder(logging.Handler):
    def __init__(self, logger: FilteringBoundLogger) -> None:
        super().__init__()
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        level = max((each for each in _LEVELS.values() if each <= record.levelno), default=logging.DEBUG)
        self._logger.log(level, record.getMessage(), source=record.name, exc_info=record.exc_info)


_PROCESSORS: Sequence[Processor] = (
    _name_request,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _redact,
)
