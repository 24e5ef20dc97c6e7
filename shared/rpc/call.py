"""One call on its way through the boundary: what is begun with it, and what is told when it ends."""

import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from types import TracebackType
from typing import NamedTuple, NoReturn, Self

import grpc
from structlog.typing import FilteringBoundLogger

from shared.cache.recording import current
from shared.clock import Clock
from shared.errors import AuthplaneError, InternalError
from shared.overload.admission import Refusal, error_of
from shared.rpc.refusals import refusal_status
from shared.rpc.status import ErrorStatus, code_of, status_of
from shared.span_names import GRPC, RPC_METHOD, RPC_STATUS_CODE, RPC_SYSTEM
from shared.span_names import REQUEST_ID as REQUEST_ID_ATTRIBUTE
from shared.spans import Span, Tracer
from shared.telemetry.logging import bind_request
from shared.telemetry.metrics import CODES, MethodMetrics
from shared.telemetry.request_log import Line, RequestLog

REQUEST_ID = "x-request-id"
TRACE_PARENT = "traceparent"
_SANE_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_OK, _CANCELLED = 0, 1
Metadata = Iterable[tuple[str, str | bytes]]
_FAILURES = frozenset({"Unknown", "DeadlineExceeded", "Unimplemented", "Internal", "Unavailable", "DataLoss"})
"""Codes that are failures of the server, by the semantic conventions of RPC."""


class Begun(NamedTuple):
    """What is known of a call from its beginning.

    Attributes:
        request_id: The caller's, or a new one.
        line: Writes its line in the log; none for most calls.
    """

    request_id: str
    span: Span
    line: Line | None

    @property
    def is_told(self) -> bool:
        """Whether it is traced or logged."""
        return self.line is not None or self.span.exemplar is not None


class Answer(NamedTuple):
    """What a caller gets."""

    message: bytes
    trailing_metadata: tuple[tuple[str, str], ...]


_BEGUN: ContextVar[Begun | None] = ContextVar("authplane call", default=None)
"""Of a call that was looked at before a thread has it."""


class CallOf:
    """Begins the calls of one method.

    Args:
        path: Of the method, as gRPC has it.
        new_request_id: For requests that come without one.
    """

    def __init__(
        self,
        path: str,
        metrics: MethodMetrics,
        tracer: Tracer,
        requests: RequestLog,
        logger: FilteringBoundLogger,
        clock: Clock,
        new_request_id: Callable[[], str],
    ) -> None:
        self.path = path
        self.name = path.removeprefix("/")
        self.metrics = metrics
        self.tracer = tracer
        self.requests = requests
        self.logger = logger
        self.clock = clock
        self.new_request_id = new_request_id

    def __call__(self, context: grpc.ServicerContext) -> "Call":
        """A call, to be entered."""
        return Call(self, context)

    def begin(self, metadata: Metadata) -> Begun:
        """Decides what is told of a call."""
        request_id, trace_parent = _told(metadata)
        span = self.tracer.serve(self.name, trace_parent)
        return Begun(request_id or self.new_request_id(), span, self.requests.line(span))

    def at_once(self, hit: Callable[[bytes], bytes | None], request: bytes, metadata: Metadata) -> Answer | None:
        """A reply that is kept, which counts like any other; none if there is none, or if the call is traced or logged.

        This runs where all calls are taken in, which must not wait for a log.
        """
        began, begun = self.clock.monotonic(), self.begin(metadata)
        _BEGUN.set(begun)
        reply = None if begun.is_told else hit(request)
        if reply is None:
            return None
        self.metrics.started.inc()
        self.metrics.finished(_OK, self.clock.monotonic() - began, None)
        return Answer(reply, ((REQUEST_ID, begun.request_id),))

    def refused(self, refusal: Refusal, metadata: Metadata, seconds_left: float) -> grpc.Status:
        """What the caller is told of a call that was not let in, which counts like any other.

        It is neither traced nor logged: this runs where all calls are taken in, which must not wait for a log.
        """
        request_id, _ = _told(metadata)
        self.metrics.started.inc()
        self.metrics.finished(code_of(error_of(refusal)), 0.0, None)
        trailing = ((REQUEST_ID, request_id or self.new_request_id()),)
        return ErrorStatus(refusal_status(refusal, seconds_left), trailing)


class Call:
    """Begins a call that was let in, ends it, and makes a status of what it raises: the one place that aborts such."""

    __slots__ = ("_began", "_context", "_line", "_of", "_request_id", "_span")

    def __init__(self, of: CallOf, context: grpc.ServicerContext) -> None:
        self._of = of
        self._context = context

    def __enter__(self) -> Self:
        of = self._of
        begun = _BEGUN.get() or of.begin(self._context.invocation_metadata())
        self._request_id, self._span, self._line = begun
        self._began = of.clock.monotonic()
        self._span.__enter__()
        # gRPC runs each call among context variables of its own.
        bind_request(self._request_id, self._span)
        self._context.set_trailing_metadata(((REQUEST_ID, self._request_id),))
        of.metrics.started.inc()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._finish(_code_set(self._context))
            elif isinstance(error, GeneratorExit) or (  # The caller hung up in the middle of the responses,
                isinstance(error, grpc.RpcError) and not self._context.is_active()  # or of its requests.
            ):
                self._finish(_CANCELLED)
            elif isinstance(error, AuthplaneError):
                self._abort(error)
            else:
                self._of.logger.error("internal_error", method=self._of.path, exc_info=error)
                self._abort(InternalError("an internal error has occurred"))
        finally:
            self._span.__exit__(kind, error, traceback)

    def _abort(self, error: AuthplaneError) -> NoReturn:
        self._finish(code_of(error))
        status = status_of(error, self._context.time_remaining(), current())
        status.trailing_metadata = (*status.trailing_metadata, (REQUEST_ID, self._request_id))
        self._context.abort_with_status(status)

    def _finish(self, number: int) -> None:
        of, span, code = self._of, self._span, CODES[number]
        seconds = of.clock.monotonic() - self._began
        of.metrics.finished(number, seconds, span.exemplar)
        if self._line is not None:
            self._line("rpc", method=of.path, code=code, seconds=seconds)
        span.set({RPC_SYSTEM: GRPC, RPC_METHOD: of.name, RPC_STATUS_CODE: code, REQUEST_ID_ATTRIBUTE: self._request_id})
        if code in _FAILURES:
            span.fail(code)


def _told(metadata: Metadata) -> tuple[str, str]:
    """The caller's request id if it is sane, and the parent of its trace; empty when there is none."""
    request_id = trace_parent = ""
    for key, value in metadata:
        if key == REQUEST_ID and isinstance(value, str) and _SANE_REQUEST_ID.fullmatch(value):
            request_id = value
        elif key == TRACE_PARENT:
            trace_parent = str(value)
    return request_id, trace_parent


def _code_set(context: grpc.ServicerContext) -> int:
    """The number of the code that was set on the context; 0 when none was."""
    code: grpc.StatusCode | None = context.code()  # type: ignore[attr-defined]  # The stub lacks it.
    return _OK if code is None else int(code.value[0])
