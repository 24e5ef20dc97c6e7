"""Traces by OpenTelemetry. Imported only when something is traced: it takes a quarter of a second, and 30 MB.

The SDK's own sampler makes a span before it drops it; here it is decided once, for each request, before anything is
made.
"""

from collections.abc import Callable, Mapping
from contextvars import Token
from functools import cached_property
from random import getrandbits
from types import TracebackType
from typing import Self

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from shared import span_names, spans
from shared.spans import UNTRACED, Kind, Span, Untraced, Value
from shared.telemetry.traceparent import TraceParent, parse

_KINDS = {Kind.INTERNAL: SpanKind.INTERNAL, Kind.SERVER: SpanKind.SERVER, Kind.CLIENT: SpanKind.CLIENT}


class OpenTelemetryTracer:
    """Traces the requests whose callers do, and a part of those that come without a trace.

    Args:
        name, version: Of the service, for whoever looks at the traces.
        ratio: That part; between 0 and 1.
        chance: A number from 0 up to 1, another one each time.
    """

    def __init__(
        self, name: str, version: str, ratio: float, processor: SpanProcessor, chance: Callable[[], float]
    ) -> None:
        resource = Resource.create({"service.name": name, "service.version": version})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("authplane", version)
        self._ratio = ratio
        self._chance = chance

    def serve(self, name: str, traceparent: str) -> Span:
        parent = parse(traceparent) if traceparent else None
        if parent is None:
            if self._chance() < self._ratio:
                return _Recorded(self._tracer, name, Kind.SERVER, Context())
            return _NotSampled()
        if not parent.sampled:
            return _NotSampled(parent)
        return _Recorded(self._tracer, name, Kind.SERVER, _remote(parent))

    def close(self) -> None:
        self._provider.shutdown()


class _NotSampled(Untraced):
    """Makes nothing, and tells whoever is called to make nothing either.

    Of most requests nobody asks for the trace, so one that begins here gets its ids only then; by chance, not by
    secret, for the system's random numbers cost as much as an answer from memory does.
    """

    def __init__(self, parent: TraceParent | None = None) -> None:
        self._told = parent

    @cached_property
    def _parent(self) -> TraceParent:
        return self._told or TraceParent(f"{getrandbits(128):032x}", f"{getrandbits(64):016x}", sampled=False)

    @property
    def trace_id(self) -> str:  # type: ignore[override]  # Asked for, where the others have it.
        return self._parent.trace_id

    @property
    def traceparent(self) -> str:  # type: ignore[override]
        return str(self._parent)

    def __enter__(self) -> Self:
        self._token = spans.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        spans.leave(self._token)

    def child(self, name: str, kind: Kind) -> Span:
        return UNTRACED


class _Recorded:
    """A span that is sent to whoever collects them."""

    def __init__(self, tracer: trace.Tracer, name: str, kind: Kind, around: Context) -> None:
        self._tracer = tracer
        self._span = tracer.start_span(name, around, _KINDS[kind])
        self._kind = kind
        self._token: Token[Span] | None = None

    @property
    def trace_id(self) -> str:
        return f"{self._span.get_span_context().trace_id:032x}"

    @property
    def traceparent(self) -> str:
        return str(TraceParent(self.trace_id, f"{self._span.get_span_context().span_id:016x}", sampled=True))

    @property
    def exemplar(self) -> dict[str, str] | None:
        return {"trace_id": self.trace_id}

    def __enter__(self) -> Self:
        self._token = spans.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # A server refuses by raising, which is no failure of its own; it says itself what is one.
        if error is not None and self._kind is not Kind.SERVER:
            self.fail(type(error).__name__)
        if self._token is not None:
            spans.leave(self._token)
        self._span.end()

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def set(self, attributes: Mapping[str, Value]) -> None:
        self._span.set_attributes(attributes)

    def fail(self, error_type: str) -> None:
        """What errors say stays out of traces; their kind is enough."""
        self._span.set_attribute(span_names.ERROR_TYPE, error_type)
        self._span.set_status(Status(StatusCode.ERROR))

    def child(self, name: str, kind: Kind) -> Span:
        return _Recorded(self._tracer, name, kind, trace.set_span_in_context(self._span, Context()))


def _remote(parent: TraceParent) -> Context:
    trace_id, span_id = int(parent.trace_id, 16), int(parent.span_id, 16)
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return trace.set_span_in_context(NonRecordingSpan(context), Context())
