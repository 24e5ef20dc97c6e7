"""Whatever raises inside a server, the next call is answered."""

import io
import os
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from prometheus_client import CollectorRegistry

from authplane.token.v1 import token_pb2
from tests.rpc.scripted import Running, make_server_of, serving

REPETITIONS = 20 * int(os.environ.get("AUTHPLANE_TEST_REPETITIONS", "1"))
FAULT = (grpc.StatusCode.INTERNAL, "an internal error has occurred")
ACTIVE = token_pb2.IntrospectResponse(active=True)


def answer(request: object, context: object) -> token_pb2.IntrospectResponse:
    return ACTIVE


@pytest.mark.parametrize("error", [RuntimeError, MemoryError, RecursionError, SystemExit, KeyboardInterrupt])
def test_a_handler_that_raises_anything_is_one_failed_call(error: type[BaseException]) -> None:
    """Its caller is told at once, though not what it was; every thread lives on."""

    def script(request: token_pb2.IntrospectRequest, context: object) -> token_pb2.IntrospectResponse:
        if request.token:
            raise error("secret")
        return ACTIVE

    with serving(script, store_workers=2) as running:
        for _ in range(REPETITIONS):
            assert failed(lambda: running.introspect("x")) == (
                grpc.StatusCode.INTERNAL,
                "an internal error has occurred",
            )
            assert running.introspect().active


def test_a_look_up_that_raises_is_one_failed_call() -> None:
    """What says which handler a method has runs on the one thread that takes calls."""
    broken = [True]

    class Handlers(grpc.GenericRpcHandler):
        def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
            if broken[0]:
                raise RuntimeError("secret")
            return grpc.unary_unary_rpc_method_handler(
                answer,
                request_deserializer=token_pb2.IntrospectRequest.FromString,
                response_serializer=token_pb2.IntrospectResponse.SerializeToString,
            )

    def add(server: grpc.Server) -> None:
        server.add_generic_rpc_handlers((Handlers(),))

    log, registry = io.StringIO(), CollectorRegistry()
    with (
        make_server_of(add, log, registry) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        running = Running(server, channel, registry, log)
        for _ in range(REPETITIONS):
            assert failed(running.introspect) == FAULT
        broken[0] = False
        assert running.introspect().active


def failed(call: Callable[[], object]) -> tuple[grpc.StatusCode, str | None]:
    with pytest.raises(grpc.RpcError) as failure:
        call()
    return failure.value.code(), failure.value.details()
