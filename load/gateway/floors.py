"""Gateways that do as little as can be: one answers a constant, one makes a call that does nothing.

python -m load.gateway.floors constant|call     prints its port, and serves until its input ends
"""

import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import grpc
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Receive, Scope, Send

from authplane.token.v1 import token_pb2, token_pb2_grpc
from gateway.connection import ConnectionLimits, OpenConnections
from gateway.https import Unprotected
from gateway.server import GatewayServer
from shared.rpc.channel import async_channel

_LIMITS = ConnectionLimits(
    head_bytes=16_384, head_fields=100, message_bytes=2_000_000, pipelined_requests=16, request_seconds=30
)
_BODY = b'{"active":true,"scope":"orders:read orders:write","client_id":"machine","token_type":"Bearer","jti":"%s"}' % (
    b"x" * 100
)
# The same fields that every answer of the gateway carries, so that both write as many bytes.
_HEADERS = [
    (b"content-length", str(len(_BODY)).encode()),
    (b"content-type", b"application/json"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"pragma", b"no-cache"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"x-request-id", b"0123456789abcdef0123456789abcdef"),
]


async def _read(receive: Receive) -> None:
    while (await receive()).get("more_body"):
        """There is more."""


async def _answer(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


@asynccontextmanager
async def constant() -> AsyncIterator[ASGIApp]:
    """Reads the request and answers."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await _read(receive)
        await _answer(send)

    yield application


def _nothing(request: token_pb2.IntrospectRequest, context: grpc.ServicerContext) -> token_pb2.IntrospectResponse:
    return token_pb2.IntrospectResponse(active=True)


@asynccontextmanager
async def call() -> AsyncIterator[ASGIApp]:
    """Reads the request, makes a call to a server in this process that does nothing, and answers."""
    server = grpc.server(ThreadPoolExecutor(16))
    handler = grpc.unary_unary_rpc_method_handler(
        _nothing, token_pb2.IntrospectRequest.FromString, token_pb2.IntrospectResponse.SerializeToString
    )
    service = grpc.method_handlers_generic_handler("authplane.token.v1.TokenService", {"Introspect": handler})
    server.add_generic_rpc_handlers((service,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    async with async_channel(f"127.0.0.1:{port}") as channel:
        tokens = token_pb2_grpc.TokenServiceStub(channel)
        question = token_pb2.IntrospectRequest(token="x" * 700)

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            await _read(receive)
            await tokens.Introspect(question, timeout=3)
            await _answer(send)

        yield application
    server.stop(0).wait()


def main() -> None:
    """Serves one of them."""
    application = {"constant": constant, "call": call}[sys.argv[1]]
    connections = OpenConnections(2048, CollectorRegistry())
    server = GatewayServer("127.0.0.1", 0, application, _LIMITS, connections, 1, 15, Unprotected(), shares_port=False)
    with server:
        print(server.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
