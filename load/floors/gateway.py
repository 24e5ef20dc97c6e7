"""A gateway that does next to nothing: it answers a constant, or makes one call first.

python -m load.floors.gateway constant
python -m load.floors.gateway call TARGET METHOD REQUEST    REQUEST as hexadecimal digits

It prints its port, and serves until its input ends.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import grpc.aio
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.connection import ConnectionLimits, OpenConnections
from gateway.https import Unprotected
from gateway.server import GatewayServer

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


@asynccontextmanager
async def call(target: str, method: str, request: bytes) -> AsyncIterator[ASGIApp]:
    """Reads the request, makes a call, and answers."""
    async with grpc.aio.insecure_channel(target, options=[("grpc.enable_http_proxy", 0)]) as channel:
        ask: Any = channel.unary_unary(method)

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            await _read(receive)
            await ask(request, timeout=5)
            await _answer(send)

        yield application


def _application(kind: str, *told: str) -> AbstractAsyncContextManager[ASGIApp]:
    if kind == "constant":
        return constant()
    target, method, request = told
    return call(target, method, bytes.fromhex(request))


def main() -> None:
    """Serves one of them."""
    connections = OpenConnections(2048, CollectorRegistry())
    server = GatewayServer(
        *("127.0.0.1", 0, partial(_application, *sys.argv[1:]), _LIMITS, connections, 1, 15, Unprotected()),
        shares_port=False,
    )
    with server:
        print(server.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
