"""Server reflection under its old and its present name; the messages are the same."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pool import Default
from grpc_reflection.v1alpha import reflection, reflection_pb2

from shared.rpc.pools import on_pool

V1 = "grpc.reflection.v1.ServerReflection"
V1ALPHA = reflection.SERVICE_NAME


def add_reflection(server: grpc.Server, services: Sequence[str], pool: ThreadPoolExecutor) -> None:
    """Describes these services. A reflection stream holds a thread, hence the pool of its own."""
    servicer = reflection.ReflectionServicer([*services, V1, V1ALPHA], _Pool())

    handler = grpc.stream_stream_rpc_method_handler(
        on_pool(servicer.ServerReflectionInfo, pool),
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    for name in (V1, V1ALPHA):
        methods = {"ServerReflectionInfo": handler}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, methods),))


class _Pool:
    """The descriptor pool, which finds the file of a method too: the reflection protocol wants that, and ghz asks."""

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptor:  # noqa: N802 - the pool's own name.
        try:
            return Default().FindFileContainingSymbol(symbol)
        except KeyError:
            return Default().FindMethodByName(symbol).containing_service.file

    def __getattr__(self, name: str) -> Any:
        return getattr(Default(), name)
