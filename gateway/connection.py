"""HTTP/1.1 connections with the bounds that uvicorn leaves to a proxy: on heads, unread bodies, queues and patience."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Gauge
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

_REFUSAL = (
    "HTTP/1.1 {status}\r\n"
    "content-type: text/plain; charset=utf-8\r\n"
    "content-length: {length}\r\n"
    "cache-control: no-store\r\n"
    "x-content-type-options: nosniff\r\n"
    "connection: close\r\n"
    "\r\n"
    "{text}"
)
_LINGER_SECONDS = 2.0

WHOLE_ANSWER = "authplane.whole_answer"
"""Key of what sends a whole answer at once, in the ASGI scope."""


def encoded_head(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The status line and header fields of an answer that tells the length of its body."""
    return STATUS_LINE[status] + b"".join(name + b": " + value + b"\r\n" for name, value in headers)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may cost.

    Attributes:
        head_bytes: Longest request target and header fields together; beyond it the answer is 431 (RFC 6585).
        head_fields: Most header fields.
        message_bytes: Longest request altogether, with what is read only to be thrown away, so that the client gets to
            see the answer; beyond it the connection is cut.
        pipelined_requests: Most requests that wait for the answer to the one before them; beyond it the connection is
            cut.
        request_seconds: How long a connection may go without completing a request, while it is not being answered.
    """

    head_bytes: int
    head_fields: int
    message_bytes: int
    pipelined_requests: int
    request_seconds: float


class OpenConnections:
    """All connections of a gateway: when there are too many, those lose who are slow, and not who is new.

    Args:
        most: Bound.
    """

    def __init__(self, most: int, registry: CollectorRegistry) -> None:
        self._most = most
        self._open = 0
        self._waiting: dict[asyncio.Transport, None] = {}  # Those not being answered, in the order of their waiting.
        gauge = Gauge("authplane_http_connections", "Connections that are open.", registry=registry)
        gauge.set_function(lambda: self._open)

    def opened(self) -> None:
        """One more, for which another may have to go."""
        self._open += 1
        if self._open > self._most and self._waiting:
            next(iter(self._waiting)).abort()

    def closed(self) -> None:
        """One less."""
        self._open -= 1

    def waits(self, transport: asyncio.Transport) -> None:
        """It is to bring a request; from now on it may be the one that goes."""
        self._waiting.pop(transport, None)
        self._waiting[transport] = None

    def is_answered(self, transport: asyncio.Transport) -> None:
        """It has brought one, or is gone."""
        self._waiting.pop(transport, None)


class _Refused(Exception):
    """Stops the parser; it never leaves the connection."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection, whose client may be hostile or slow."""

    def __init__(
        self,
        limits: ConnectionLimits,
        connections: OpenConnections,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._connections = connections
        self._timer: asyncio.TimerHandle | None = None
        self._in_head = False
        self._head_too_large = False
        self._refused = False
        self._received = 0  # Bytes since the read in which the present message began.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._connections.opened()
        self._start_timer(self._limits.request_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._connections.closed()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > self._limits.message_bytes:
            self.transport.abort()
        elif not self._refused:
            super().data_received(data)
            # A head that is never finished reaches no callback of the parser, so it is counted here.
            if self._in_head and self._received > self._limits.head_bytes and not self._refused:
                self._head_too_large = True
                self.send_400_response("")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._received = 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self._limits.head_bytes or len(self.headers) > self._limits.head_fields:
            self._head_too_large = True
            raise _Refused
        if len(self.pipeline) >= self._limits.pipelined_requests:
            self.transport.abort()  # An answer now would be taken for that to an earlier request.
            raise _Refused
        super().on_headers_complete()
        self.scope[WHOLE_ANSWER] = partial(self._answer_whole, self.cycle)  # type: ignore[literal-required]  # uvicorn lists the keys it knows.

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if not self.cycle.response_complete:
            self._stop_timer()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._refused:
            self._start_timer(self._limits.request_seconds)

    def _answer_whole(self, cycle: RequestResponseCycle, head: bytes, request_id: bytes, body: bytes) -> bool:
        """Sends an answer whose head was checked and encoded when it was given for the first time.

        It does what the cycle's `send` does, which checks and encodes the head for each answer: a third of what an
        answer from memory costs.

        Args:
            head: As `encoded_head` makes it.

        Returns:
            Whether it was sent; if not, the cycle has to be asked, which waits for a client that is slow to read.
        """
        if self.flow.write_paused or cycle.disconnected or cycle.response_started:
            return False
        cycle.response_started = cycle.response_complete = True
        parts = [head]
        for name, value in cycle.default_headers:
            parts += name, b": ", value, b"\r\n"
        parts += (
            b"x-request-id: ",
            request_id,
            b"\r\n" if cycle.keep_alive else b"\r\nconnection: close\r\n",
            b"\r\n",
            body,
        )
        self.transport.write(b"".join(parts))
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    def send_400_response(self, msg: str) -> None:
        """Refuses what could not be parsed, or was too much to be, and then listens no more.

        The client gets a moment to close the connection itself: closing it before all was read would make the kernel
        send a reset, which can overtake the answer.
        """
        if self.transport.is_closing():
            return
        status, text = ("400 Bad Request", "This is not HTTP/1.1.\n")
        if self._head_too_large:
            status, text = ("431 Request Header Fields Too Large", "The header is too large.\n")
        self.transport.write(_REFUSAL.format(status=status, length=len(text), text=text).encode())
        self._refused = True
        self._start_timer(_LINGER_SECONDS)

    def _start_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._connections.waits(self.transport)
        self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._connections.is_answered(self.transport)
