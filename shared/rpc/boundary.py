"""The boundary of a gRPC server: what surrounds every method, and the one place that aborts.

From the outside in:

1. request id   taken from the metadata `x-request-id` or made, bound to the log, echoed in the trailing metadata
2. metrics      started, handled by code, seconds
3. errors       domain errors become statuses by `shared.rpc.status`; anything else becomes INTERNAL with a fixed text,
                and its cause goes to the log

`intercept_service` itself runs on the server's only polling thread, so it does nothing but wrap the handler, once for
each call. A behaviour's `experimental_thread_pool` selects the pool it runs on and is carried over to its wrapper.
"""

import base64
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import grpc
import structlog
from structlog.typing import FilteringBoundLogger

from shared.errors import AuthplaneError, InternalError
from shared.rpc.status import code_of, status_of
from shared.telemetry.metrics import MethodMetrics, RpcServerMetrics

REQUEST_ID = "x-request-id"
_SANE_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_CANCELLED = 1

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Behaviour = Callable[[Any, grpc.ServicerContext], Any]


class Boundary(grpc.ServerInterceptor):
    """Wraps every method of a server."""

    def __init__(
        self, metrics: RpcServerMetrics, random_bytes: Callable[[int], bytes], logger: FilteringBoundLogger
    ) -> None:
        self._metrics = metrics
        self._random_bytes = random_bytes
        self._logger = logger
        # Filled on the polling thread alone, so no lock.
        self._wrapped: dict[str, Handler] = {}

    def intercept_service(
        self,
        continuation: "Callable[[grpc.HandlerCallDetails], Handler | None]",
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler | None":
        """The wrapped handler of a method; handlers are the same for every call, so each is wrapped once."""
        method = str(handler_call_details.method)
        if method not in self._wrapped:
            handler = continuation(handler_call_details)
            if handler is None:
                return None
            self._wrapped[method] = self._wrap(method, handler)
        return self._wrapped[method]

    def _wrap(self, method: str, handler: Handler) -> Handler:
        _, service, name = method.split("/")
        metrics = self._metrics.of_method(_kind(handler), service, name)
        serializers = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        if handler.unary_unary:
            return grpc.unary_unary_rpc_method_handler(self._unary(handler.unary_unary, method, metrics), **serializers)
        if handler.unary_stream:
            stream = self._stream(handler.unary_stream, method, metrics)
            return grpc.unary_stream_rpc_method_handler(stream, **serializers)
        if handler.stream_stream:
            stream = self._stream(handler.stream_stream, method, metrics)
            return grpc.stream_stream_rpc_method_handler(stream, **serializers)
        return handler

    def _unary(self, behaviour: Behaviour, method: str, metrics: MethodMetrics) -> Behaviour:
        def bounded(request: Any, context: grpc.ServicerContext) -> Any:
            call = _Call(self, context, method, metrics)
            try:
                answer = behaviour(request, context)
            except Exception as error:  # noqa: BLE001 - the last resort; nothing internal may leave.
                call.fail(error)
            call.succeed()
            return answer

        return _on_same_pool(bounded, behaviour)

    def _stream(self, behaviour: Behaviour, method: str, metrics: MethodMetrics) -> Behaviour:
        def bounded(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            call = _Call(self, context, method, metrics)
            try:
                yield from behaviour(request, context)
            except Exception as error:  # noqa: BLE001 - the last resort; nothing internal may leave.
                call.fail(error)
            call.succeed()

        if getattr(behaviour, "experimental_non_blocking", False):
            return behaviour  # It answers from other threads; there is no call to surround.
        return _on_same_pool(bounded, behaviour)

    def request_id(self, context: grpc.ServicerContext) -> str:
        """The caller's request id if it is sane, else a new one."""
        for key, value in context.invocation_metadata():
            if key == REQUEST_ID and isinstance(value, str) and _SANE_REQUEST_ID.fullmatch(value):
                return value
        return base64.b32encode(self._random_bytes(10)).decode().lower()

    def log_fault(self, method: str, error: Exception) -> None:
        """Writes down what the caller is not told."""
        self._logger.error("internal_error", method=method, exc_info=error)


class _Call:
    """One call on its way through the boundary."""

    def __init__(self, boundary: Boundary, context: grpc.ServicerContext, method: str, metrics: MethodMetrics) -> None:
        self._boundary = boundary
        self._context = context
        self._method = method
        self._metrics = metrics
        self._began = time.perf_counter()
        self._request_id = boundary.request_id(context)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=self._request_id)
        context.set_trailing_metadata(((REQUEST_ID, self._request_id),))
        metrics.started.inc()

    def succeed(self) -> None:
        self._finish(_code_set(self._context))

    def fail(self, error: Exception) -> None:
        """Ends the call with the status of the error; always raises."""
        code = _code_set(self._context)
        if code and not isinstance(error, AuthplaneError):  # gRPC's own services abort by themselves.
            self._finish(code)
            raise error
        if not self._context.is_active():
            self._finish(_CANCELLED)
            raise error
        if not isinstance(error, AuthplaneError):
            self._boundary.log_fault(self._method, error)
            error = InternalError("an internal error has occurred")
        self._finish(code_of(error))
        status = status_of(error)
        status.trailing_metadata = (*status.trailing_metadata, (REQUEST_ID, self._request_id))
        self._context.abort_with_status(status)

    def _finish(self, code: int) -> None:
        self._metrics.finished(code, time.perf_counter() - self._began)


def _code_set(context: grpc.ServicerContext) -> int:
    """The number of the code that was set on the context; 0 when none was."""
    code: grpc.StatusCode | None = context.code()  # type: ignore[attr-defined]  # The stub lacks it.
    return 0 if code is None else int(code.value[0])


def _on_same_pool(wrapper: Behaviour, behaviour: Behaviour) -> Behaviour:
    pool = getattr(behaviour, "experimental_thread_pool", None)
    if pool is not None:
        wrapper.experimental_thread_pool = pool  # type: ignore[attr-defined]  # grpcio reads it from functions.
    return wrapper


def _kind(handler: Handler) -> str:
    if handler.request_streaming:
        return "bidi_stream" if handler.response_streaming else "client_stream"
    return "server_stream" if handler.response_streaming else "unary"
