"""Which requests have a line."""

import io
import json

from opentelemetry.sdk.trace import SpanProcessor

from shared.spans import UNTRACED
from shared.telemetry.logging import LogLevel, make_logger
from shared.telemetry.request_log import RequestLog
from shared.telemetry.tracing import OpenTelemetryTracer


def told(level: str, *chances: float) -> list[str]:
    """The levels of the lines that so many requests have."""
    stream = io.StringIO()
    drawn = iter(chances)
    least = LogLevel(level)
    log = RequestLog(make_logger(stream, least, "json"), 0.1, lambda: next(drawn), lambda: least.is_debug)
    for _ in chances:
        line = log.line(UNTRACED)
        if line is not None:
            line("request", route="/")
    return [json.loads(line)["level"] for line in stream.getvalue().splitlines()]


def test_few_have_a_line() -> None:
    """The part that is wanted."""
    assert told("info", 0.5, 0.05, 0.1, 0.9) == ["info"]


def test_all_have_one_at_debug() -> None:
    """Those that would have had none are told apart by their level."""
    assert told("debug", 0.5, 0.05) == ["debug", "info"]


def test_what_is_traced_has_one() -> None:
    """So that the trace leads to it."""
    stream = io.StringIO()
    log = RequestLog(make_logger(stream, LogLevel("info"), "json"), 0.0, lambda: 0.5, lambda: False)
    with OpenTelemetryTracer("test", "1", 1.0, SpanProcessor(), lambda: 0.0).serve("request", "") as running:
        line = log.line(running)
        assert line is not None
        line("request")
    assert json.loads(stream.getvalue())["trace_id"] == running.trace_id
