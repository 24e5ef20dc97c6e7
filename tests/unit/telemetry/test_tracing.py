"""Which requests are traced, and what is made for those that are not."""

import io
from collections.abc import Iterator

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import StatusCode

from shared.spans import UNTRACED, Kind, NoTracer, current_span, span
from shared.telemetry.span_export import TreePrinter
from shared.telemetry.tracing import OpenTelemetryTracer

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"


class Kept(SpanProcessor):
    """Counts what begins, and keeps what has ended."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended: list[ReadableSpan] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.begun += 1

    def on_end(self, span: ReadableSpan) -> None:
        self.ended.append(span)


@pytest.fixture
def kept() -> Kept:
    return Kept()


def tracer(processor: SpanProcessor, ratio: float, *chances: float) -> OpenTelemetryTracer:
    drawn: Iterator[float] = iter(chances)
    return OpenTelemetryTracer("test", "1", ratio, processor, lambda: next(drawn))


def test_of_those_without_a_trace_a_part_is_traced(kept: Kept) -> None:
    """By chance."""
    some = tracer(kept, 0.25, 0.1, 0.25, 0.9, 0.2)
    for _ in range(4):
        with some.serve("request", ""):
            pass
    assert kept.begun == 2


@pytest.mark.parametrize(("flags", "begun"), [("01", 1), ("00", 0)])
def test_whoever_has_a_trace_decides(kept: Kept, flags: str, begun: int) -> None:
    """No chance is drawn."""
    with tracer(kept, 0.5).serve("request", f"{CALLER}-{flags}") as running:
        assert running.trace_id == CALLER[3:35]
    assert kept.begun == begun


def test_nothing_is_made_of_what_is_not_sampled(kept: Kept) -> None:
    """All that is inside of it is the same nothing; but whoever is called is told not to trace either."""
    with tracer(kept, 0.0, 0.5).serve("request", "") as running, span("inside") as inside:
        assert inside is UNTRACED
        assert current_span() is running
        assert running.traceparent.endswith("-00")
        assert running.traceparent[3:35] == running.trace_id  # The same whenever it is asked for.
        assert running.exemplar is None
    assert kept.begun == 0
    assert current_span() is UNTRACED


def test_nothing_is_made_when_nobody_traces() -> None:
    """Not even a trace id."""
    with NoTracer().serve("request", f"{CALLER}-01") as running:
        assert running is UNTRACED
        assert running.trace_id == running.traceparent == ""


def test_spans_lie_in_each_other(kept: Kept) -> None:
    """The innermost ends first."""
    with tracer(kept, 0.0).serve("request", f"{CALLER}-01"), span("outer"), span("inner", Kind.CLIENT):
        pass
    inner, outer, root = kept.ended
    assert [each.name for each in kept.ended] == ["inner", "outer", "request"]
    assert inner.parent is not None
    assert outer.context is not None
    assert root.parent is not None
    assert inner.parent.span_id == outer.context.span_id
    assert f"{root.parent.span_id:016x}" == CALLER[36:]


def test_errors_leave_their_kind_and_not_their_text(kept: Kept) -> None:
    """Texts may hold what does not belong into a trace."""
    with pytest.raises(ValueError, match="secret"), tracer(kept, 1.0, 0.0).serve("request", ""), span("inside"):
        raise ValueError("secret")
    inside, request = kept.ended
    assert inside.attributes is not None
    assert (inside.attributes["error.type"], inside.status.status_code) == ("ValueError", StatusCode.ERROR)
    assert "secret" not in inside.to_json()
    assert request.status.status_code is StatusCode.UNSET  # A refusal is no failure of the server.


def test_a_trace_is_printed_as_a_tree() -> None:
    """With times and facts."""
    stream = io.StringIO()
    with tracer(TreePrinter(stream), 1.0, 0.0).serve("request", ""), span("first"), span("[inner]") as inner:
        inner.set({"authplane.cache.outcome": "miss"})
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("request  ")
    assert "trace " in lines[0]
    assert lines[1].startswith("└── first  ")
    assert lines[2].startswith("    └── [inner]  ")
    assert lines[2].endswith("outcome=miss")
