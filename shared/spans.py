"""Spans of the request that is running: what took how long, for whoever traces it.

Whatever is worth a span opens one, traced or not; of a request that is not traced nothing is made, and to ask costs a
tenth of a microsecond.
"""

from collections.abc import Mapping
from contextvars import ContextVar, Token
from enum import Enum
from types import TracebackType
from typing import Protocol, Self

Value = str | int | float | bool


class Kind(Enum):
    """Which side of a call a span is, in the words of OpenTelemetry."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"


class Span(Protocol):
    """Something that takes time, from its making to the end of its context.

    Attributes:
        trace_id: 32 hexadecimal digits; empty when nobody traces.
        traceparent: What whoever is called has to be told (W3C Trace Context); empty likewise.
        exemplar: What a figure that this request has made is marked with; none when it is not traced.
    """

    @property
    def trace_id(self) -> str: ...

    @property
    def traceparent(self) -> str: ...

    @property
    def exemplar(self) -> dict[str, str] | None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def rename(self, name: str) -> None:
        """Gives it the name that is known only now."""

    def set(self, attributes: Mapping[str, Value]) -> None:
        """Sets attributes; their names are those of `shared.span_names`."""

    def fail(self, error_type: str) -> None:
        """Marks it as failed."""

    def child(self, name: str, kind: Kind) -> "Span":
        """One that begins now, inside of this one."""


class Untraced:
    """What is made of a request that is not traced: nothing."""

    trace_id = ""
    traceparent = ""
    exemplar: dict[str, str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def rename(self, name: str) -> None: ...

    def set(self, attributes: Mapping[str, Value]) -> None: ...

    def fail(self, error_type: str) -> None: ...

    def child(self, name: str, kind: Kind) -> Span:
        return self


UNTRACED: Span = Untraced()

_CURRENT: ContextVar[Span] = ContextVar("authplane span", default=UNTRACED)


def enter(span: Span) -> Token[Span]:
    """Makes it the one that is running."""
    return _CURRENT.set(span)


def leave(token: Token[Span]) -> None:
    """Makes that the running one which was it before."""
    _CURRENT.reset(token)


def current_span() -> Span:
    """The innermost span that is running."""
    return _CURRENT.get()


def span(name: str, kind: Kind = Kind.INTERNAL) -> Span:
    """A new one inside of it, to be entered."""
    return _CURRENT.get().child(name, kind)


class Tracer(Protocol):
    """Decides which requests are traced."""

    def serve(self, name: str, traceparent: str) -> Span:
        """The span of a request that comes in.

        Args:
            traceparent: What its caller has told; empty when nothing.
        """

    def close(self) -> None:
        """Sends what has not been sent."""


class NoTracer:
    """Traces nothing."""

    def serve(self, name: str, traceparent: str) -> Span:
        return UNTRACED

    def close(self) -> None: ...
