"""The boundary of a gRPC server: what surrounds every method, and the one place that aborts.

From the outside in:

0. trace        the span of the call, of the trace that the metadata `traceparent` names, if it is traced
1. request id   taken from the metadata `x-request-id` or made, bound to the log, echoed in the trailing metadata;
                first, so that whatever goes wrong further in is logged under it
2. metrics      started, handled by code, seconds; outside of errors, so that they count what the caller gets
3. errors       domain errors become statuses by `shared.rpc.status`; anything else becomes INTERNAL with a fixed text,
                and its cause goes to the log
4. recording    what the call reads and changes (`shared.cache.recording`); a refusal tells its changes too
5. deadline     the caller's, capped; whatever waits below asks `shared.deadline`
6. admission    a call that its lane has refused gets no further

`intercept_service` itself runs on the server's only polling thread, so it does nothing but wrap the handler, once for
each method. A behaviour's `experimental_thread_pool` selects the pool it runs on: its own if it has one, or else its
lane. A behaviour that is `experimental_non_blocking` answers from other threads, so there is no call to surround.
"""

import base64
import re
from collections.abc import Callable, Container, Iterator, Mapping
from types import TracebackType
from typing import Any, NoReturn, Self, TypeAlias

import grpc
import structlog
from structlog.typing import FilteringBoundLogger

from shared.cache.recording import Recording, recording
from shared.clock import Clock
from shared.deadline import Deadline, deadline
from shared.errors import AuthplaneError, InternalError
from shared.overload.admission import require_admitted
from shared.overload.lane import Lane
from shared.rpc.pools import on_pool
from shared.rpc.status import code_of, status_of
from shared.runtime import Runtime
from shared.span_names import GRPC, RPC_METHOD, RPC_STATUS_CODE, RPC_SYSTEM
from shared.span_names import REQUEST_ID as REQUEST_ID_ATTRIBUTE
from shared.spans import UNTRACED, NoTracer, Span
from shared.telemetry.logging import trace_of
from shared.telemetry.metrics import CODES, MethodMetrics
from shared.telemetry.request_log import NoRequestLog, RequestLog

REQUEST_ID = "x-request-id"
TRACE_PARENT = "traceparent"
_SANE_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_CANCELLED = 1
_FAILURES = frozenset({"Unknown", "DeadlineExceeded", "Unimplemented", "Internal", "Unavailable", "DataLoss"})
"""Codes that are failures of the server, by the semantic conventions of RPC."""

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Continuation: TypeAlias = "Callable[[grpc.HandlerCallDetails], Handler | None]"
Behaviour = Callable[[Any, grpc.ServicerContext], Any]
Surroundings = Callable[[grpc.ServicerContext, Span], "_Call"]

_HANDLERS: dict[tuple[bool, bool], Callable[..., Handler]] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}
"""By whether requests, and whether responses, are streams."""


class Boundary(grpc.ServerInterceptor):
    """Wraps every method of a server.

    Args:
        lanes: By path of the method; a method that is not named runs where the server runs what has no pool.
        longest_seconds: Cap on every call's deadline.
        background: Paths of methods that no request waits for; they are neither traced nor logged.
    """

    def __init__(
        self, runtime: Runtime, lanes: Mapping[str, Lane], longest_seconds: float, background: Container[str] = ()
    ) -> None:
        self._runtime = runtime
        self._lanes = lanes
        self._longest_seconds = longest_seconds
        self._background = background
        # Only known methods get in, so it is bounded; only the polling thread touches it, so there is no lock.
        self._wrapped: dict[str, Handler] = {}

    def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> "Handler | None":
        """The wrapped handler of a method; None when there is no such method. It never raises."""
        method = str(handler_call_details.method)
        if method in self._wrapped:
            return self._wrapped[method]
        try:
            handler = continuation(handler_call_details)
        except Exception as error:  # noqa: BLE001 - nobody above can answer the call; it is refused like any other.
            return self._wrap(method, grpc.unary_unary_rpc_method_handler(_raising(error)))
        if handler is None:
            return None
        return self._wrapped.setdefault(method, self._wrap(method, handler))

    def _wrap(self, method: str, handler: Handler) -> Handler:
        behaviour: Any = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
        streams = handler.request_streaming, handler.response_streaming
        non_blocking = getattr(behaviour, "experimental_non_blocking", False)
        pool = getattr(behaviour, "experimental_thread_pool", None) or self._lanes.get(method)
        wrapped = behaviour if non_blocking else self._surround(method, behaviour, *streams)
        placed = on_pool(wrapped, pool) if pool else wrapped
        return _HANDLERS[streams](placed, handler.request_deserializer, handler.response_serializer)

    def _surround(
        self, method: str, behaviour: Behaviour, request_streaming: bool, response_streaming: bool
    ) -> Behaviour:
        service, _, name = method.removeprefix("/").rpartition("/")
        runtime = self._runtime
        quiet = method in self._background
        tracer, requests = (NoTracer(), NoRequestLog()) if quiet else (runtime.tracer, runtime.requests)
        metrics = runtime.rpc_metrics.of_method(request_streaming, response_streaming, service, name)

        def call(context: grpc.ServicerContext, span: Span) -> _Call:
            time = Deadline(min(context.time_remaining(), self._longest_seconds), runtime.clock)
            request_id = self._request_id(context)
            return _Call(method, context, request_id, metrics, runtime.clock, runtime.logger, requests, time, span)

        def trace(context: grpc.ServicerContext) -> Span:
            return tracer.serve(method.removeprefix("/"), _trace_parent(context))

        return _around_stream(behaviour, call) if response_streaming else _around_unary(behaviour, call, trace)

    def _request_id(self, context: grpc.ServicerContext) -> str:
        """The caller's request id if it is sane, else a new one."""
        for key, value in context.invocation_metadata():
            if key == REQUEST_ID and isinstance(value, str) and _SANE_REQUEST_ID.fullmatch(value):
                return value
        return base64.b32encode(self._runtime.random_bytes(10)).decode().lower()


class _Call:
    """One call on its way through the boundary: begins it, ends it, and makes a status of what it raises."""

    def __init__(
        self,
        method: str,
        context: grpc.ServicerContext,
        request_id: str,
        metrics: MethodMetrics,
        clock: Clock,
        logger: FilteringBoundLogger,
        requests: RequestLog,
        time: Deadline,
        span: Span,
    ) -> None:
        self._method = method
        self._context = context
        self._request_id = (REQUEST_ID, request_id)
        self._metrics = metrics
        self._clock = clock
        self._logger = logger
        self._requests = requests
        self._began = clock.monotonic()
        self.deadline = time
        self._span = span
        self.made = Recording()

    def __enter__(self) -> Self:
        # gRPC gives each call a context.
        structlog.contextvars.bind_contextvars(request_id=self._request_id[1], **trace_of(self._span))
        self._context.set_trailing_metadata((self._request_id,))
        self._metrics.started.inc()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        match error:
            case None:
                self._finish(_code_set(self._context))
            case GeneratorExit():  # The caller hung up in the middle of the responses,
                self._finish(_CANCELLED)
            case grpc.RpcError() if not self._context.is_active():  # or of its requests.
                self._finish(_CANCELLED)
            case AuthplaneError():
                self._abort(error)
            case _:
                self._logger.error("internal_error", method=self._method, exc_info=error)
                self._abort(InternalError("an internal error has occurred"))

    def _abort(self, error: AuthplaneError) -> NoReturn:
        self._finish(code_of(error))
        status = status_of(error, self._context.time_remaining(), self.made)
        status.trailing_metadata = (*status.trailing_metadata, self._request_id)
        self._context.abort_with_status(status)

    def _finish(self, code: int) -> None:
        span = self._span
        seconds = self._clock.monotonic() - self._began
        self._metrics.finished(code, seconds, span.exemplar)
        self._requests.tell("rpc", method=self._method, code=CODES[code], seconds=seconds)
        span.set(RPC_SYSTEM, GRPC)
        span.set(RPC_METHOD, self._method.removeprefix("/"))
        span.set(RPC_STATUS_CODE, CODES[code])
        span.set(REQUEST_ID_ATTRIBUTE, self._request_id[1])
        if CODES[code] in _FAILURES:
            span.fail(CODES[code])


def _around_unary(behaviour: Behaviour, call: Surroundings, trace: Callable[[grpc.ServicerContext], Span]) -> Behaviour:
    def surrounded(request: Any, context: grpc.ServicerContext) -> Any:
        with (
            trace(context) as span,
            call(context, span) as running,
            recording() as running.made,
            deadline(running.deadline),
        ):
            require_admitted()
            return behaviour(request, context)

    return surrounded


def _around_stream(behaviour: Behaviour, call: Surroundings) -> Behaviour:
    def surrounded(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        with call(context, UNTRACED):  # It lasts as long as its caller.
            yield from behaviour(request, context)

    return surrounded


def _trace_parent(context: grpc.ServicerContext) -> str:
    return next((str(value) for key, value in context.invocation_metadata() if key == TRACE_PARENT), "")


def _raising(error: Exception) -> Behaviour:
    def behaviour(request: Any, context: grpc.ServicerContext) -> NoReturn:
        raise error

    return behaviour


def _code_set(context: grpc.ServicerContext) -> int:
    """The number of the code that was set on the context; 0 when none was."""
    code: grpc.StatusCode | None = context.code()  # type: ignore[attr-defined]  # The stub lacks it.
    return 0 if code is None else int(code.value[0])
