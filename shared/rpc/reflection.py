"""Server reflection under its old and its present name; the messages are the same."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

V1 = "grpc.reflection.v1.ServerReflection"
V1ALPHA = reflection.SERVICE_NAME


def add_reflection(server: grpc.Server, services: Sequence[str], pool: ThreadPoolExecutor) -> None:
    """Describes these services. A reflection stream holds a thread, hence the pool of its own."""
    servicer = reflection.ReflectionServicer([*services, V1, V1ALPHA])

    def behaviour(requests: Any, context: grpc.ServicerContext) -> Any:
        return servicer.ServerReflectionInfo(requests, context)

    behaviour.experimental_thread_pool = pool  # type: ignore[attr-defined]  # grpcio reads it from functions.
    handler = grpc.stream_stream_rpc_method_handler(
        behaviour,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    for name in (V1, V1ALPHA):
        methods = {"ServerReflectionInfo": handler}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, methods),))
