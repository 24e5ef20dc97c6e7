"""The boundary of a gRPC server: what surrounds every method.

From the outside in:

1. the call     (`shared.rpc.call`) its request id, taken from the metadata `x-request-id` or made, for the log and the
                trailing metadata; its span, if it is traced; its count and time by the code that the caller gets; and
                errors: domain errors become statuses by `shared.rpc.status`, anything else becomes INTERNAL with a
                fixed text, and its cause goes to the log
2. kept replies of a method that has some (`shared.rpc.kept`): a question that was answered before is answered again,
                by the thread that takes calls in unless the call is traced or logged
3. recording    what the call reads and changes (`shared.cache.recording`); a refusal tells its changes too
4. deadline     the caller's, capped; whatever waits below asks `shared.deadline`

`intercept_service` itself runs on the server's only polling thread, so it does nothing but wrap the handler, once for
each method. A behaviour's `experimental_thread_pool` selects the pool it runs on: its own if it has one, or else its
lane, which may refuse a call before it gets here. A behaviour that is `experimental_non_blocking` answers from other
threads, so there is no call to surround.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NoReturn, TypeAlias

import grpc

from shared.cache.recording import record
from shared.deadline import Deadline, bind_deadline
from shared.overload.lane import Lane
from shared.rpc.call import CallOf
from shared.rpc.kept import Keeper
from shared.rpc.pools import on_pool
from shared.runtime import Runtime
from shared.spans import NoTracer
from shared.telemetry.request_ids import NewRequestIds
from shared.telemetry.request_log import NoRequestLog

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Continuation: TypeAlias = "Callable[[grpc.HandlerCallDetails], Handler | None]"
Behaviour = Callable[[Any, grpc.ServicerContext], Any]

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
        keepers: By path of the method, what keeps its replies; of unary methods only.
    """

    def __init__(
        self,
        runtime: Runtime,
        lanes: Mapping[str, Lane],
        longest_seconds: float,
        background: Container[str] = (),
        keepers: Mapping[str, Keeper] = MappingProxyType({}),
    ) -> None:
        self._runtime = runtime
        self._lanes = lanes
        self._longest_seconds = longest_seconds
        self._background = background
        self._keepers = keepers
        self._new_request_id = NewRequestIds(runtime.random_bytes)
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
        reading, writing = handler.request_deserializer, handler.response_serializer
        keeper, call = self._keepers.get(method), self._call_of(method, *streams)
        if getattr(behaviour, "experimental_non_blocking", False):
            surrounded = behaviour
        elif handler.response_streaming:
            surrounded = _around_stream(behaviour, call)
        elif keeper is None:
            surrounded = _around_unary(self._recorded(behaviour), call)
        else:  # What is kept are bytes, which need not be read and written again.
            answer = keeper.around(self._recorded(behaviour), reading)
            surrounded, reading, writing = _around_unary(answer, call), None, None
        pool = getattr(behaviour, "experimental_thread_pool", None) or self._lanes.get(method)
        at_once = partial(call.at_once, keeper.hit) if keeper and keeper.hit else None
        return _HANDLERS[streams](on_pool(surrounded, pool, call.refused, at_once), reading, writing)

    def _call_of(self, method: str, request_streaming: bool, response_streaming: bool) -> CallOf:
        service, _, name = method.removeprefix("/").rpartition("/")
        runtime = self._runtime
        quiet = method in self._background
        return CallOf(
            method,
            runtime.rpc_metrics.of_method(request_streaming, response_streaming, service, name),
            NoTracer() if quiet or response_streaming else runtime.tracer,  # A stream lasts as long as its caller.
            NoRequestLog() if quiet else runtime.requests,
            runtime.logger,
            runtime.clock,
            self._new_request_id,
        )

    def _recorded(self, behaviour: Behaviour) -> Behaviour:
        longest_seconds, clock = self._longest_seconds, self._runtime.clock

        def recorded(request: Any, context: grpc.ServicerContext) -> Any:
            # gRPC runs each call among context variables of its own, so nothing has to be set back.
            record()
            bind_deadline(Deadline(min(context.time_remaining(), longest_seconds), clock))
            return behaviour(request, context)

        return recorded


def _around_unary(behaviour: Behaviour, call: CallOf) -> Behaviour:
    def surrounded(request: Any, context: grpc.ServicerContext) -> Any:
        with call(context):
            return behaviour(request, context)

    return surrounded


def _around_stream(behaviour: Behaviour, call: CallOf) -> Behaviour:
    def surrounded(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        with call(context):
            yield from behaviour(request, context)

    return surrounded


def _raising(error: Exception) -> Behaviour:
    def behaviour(request: Any, context: grpc.ServicerContext) -> NoReturn:
        raise error

    return behaviour
