"""Answers that the gateway keeps: given again to the same request without asking anybody, under `shared.cache`'s rule.

A key covers all that a request consists of, credentials included, but for header fields that change no answer. So
nobody ever gets an answer that was somebody else's, whatever an endpoint reads of a request.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from authplane.cache.v1.cache_pb2 import Basis as BasisMessage
from gateway.connection import WHOLE_ANSWER, encoded_head
from gateway.http_metrics import HttpMetrics
from gateway.observation import RequestIds
from shared.cache.cache import Cache
from shared.cache.decision import Decision
from shared.cache.recording import Basis
from shared.clock import Clock
from shared.rpc.basis import basis_of
from shared.span_names import CACHE_NAME, CACHE_OUTCOME
from shared.spans import current_span

_BASIS = "authplane.basis"
_REQUEST_ID = b"x-request-id"
_WITHOUT_EFFECT = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"baggage",
        b"connection",
        b"content-length",
        b"forwarded",
        b"host",
        b"traceparent",
        b"tracestate",
        b"user-agent",
        b"via",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-real-ip",
        _REQUEST_ID,
    }
)  # fmt: skip - One a line would hide that it is one list.


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """An answer as it was sent, but for what belongs to its request alone.

    Attributes:
        head: Its status line and header fields, as they go over the wire.
        route: What the request took; for whoever counts.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    head: bytes
    body: bytes
    route: str


def keep(request: Request, basis: BasisMessage | None, is_no: bool = False) -> None:
    """Lets the answer to this request be kept.

    Args:
        basis: What the service said that it rests on; none when it must not be kept.
        is_no: Whether it says that something is not, or no longer, valid.
    """
    if basis is not None:
        request.scope[_BASIS] = basis_of(basis), is_no


def keep_refusal(request: Request, basis: Basis) -> None:
    """Lets a refusal be kept, of which the service has told no basis."""
    request.scope[_BASIS] = basis, True


class KeptAnswers:
    """Answers from memory, or has the application answer and keeps what it said may be kept.

    Of requests that are the same one is answered by the application; the others wait for it. The event loop is what
    guards `_flights`.

    Args:
        caches: By path.
    """

    def __init__(
        self,
        app: ASGIApp,
        caches: Mapping[str, Cache[KeptResponse]],
        metrics: HttpMetrics,
        request_ids: RequestIds,
        clock: Clock,
    ) -> None:
        self._app = app
        self._caches = caches
        self._metrics = metrics
        self._request_ids = request_ids
        self._clock = clock
        self._flights: dict[str, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cache = self._caches.get(scope["path"])
        if cache is None or scope["method"] == "HEAD":
            await self._app(scope, receive, send)
            return
        began = self._clock.monotonic()
        message = await receive()
        if message["type"] != "http.request" or message.get("more_body"):
            # A body in several parts is no question that comes again and again.
            await self._app(scope, _replayed(message, receive), send)
            return
        key = _key(scope, message["body"])
        found = cache.get(key)
        if found is None and key in self._flights:
            await self._flights[key].wait()
            found = cache.get(key)
        current_span().set({CACHE_NAME: cache.name, CACHE_OUTCOME: "miss" if found is None else "hit"})
        if found is None:
            await self._ask(cache, key, scope, _replayed(message, receive), send)
        else:
            await self._repeat(found.value, scope, send, began)

    async def _repeat(self, response: KeptResponse, scope: Scope, send: Send, began: float) -> None:
        request_id = self._request_ids.of(scope)
        if not scope[WHOLE_ANSWER](response.head, request_id.encode(), response.body):
            headers = [*response.headers, (_REQUEST_ID, request_id.encode())]
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            await send({"type": "http.response.body", "body": response.body})
        self._metrics.record(
            response.route, scope["method"], response.status, self._clock.monotonic() - began, request_id
        )

    async def _ask(self, cache: Cache[KeptResponse], key: str, scope: Scope, receive: Receive, send: Send) -> None:
        landed = self._flights.setdefault(key, asyncio.Event())
        began = self._clock.monotonic()
        sent = list[Message]()

        async def noted(message: Message) -> None:
            sent.append(dict(message))
            await send(message)

        try:
            await self._app(scope, receive, noted)
            if _BASIS in scope and len(sent) == 2 and sent[0]["status"] < 500:
                basis, is_no = scope[_BASIS]
                start, end = sent
                headers = [header for header in start["headers"] if header[0] != _REQUEST_ID]
                head = encoded_head(start["status"], headers)
                response = KeptResponse(start["status"], headers, head, end["body"], scope["route"].path)
                size = len(response.body) + 2 * len(head) + 500
                cache.put(key, Decision(response, basis.tags, basis.expires_at, size, is_no), basis.stamp, began)
        finally:
            self._flights.pop(key, None)
            landed.set()


def _key(scope: Scope, body: bytes) -> str:
    # Nothing in a head has a line break in it, and the body's length says where the head ends.
    parts = [b"%d" % len(body), scope["method"].encode(), scope["raw_path"], scope["query_string"]]
    for name, value in scope["headers"]:
        if name not in _WITHOUT_EFFECT:
            parts += name, value
    parts.append(body)
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def _replayed(message: Message, receive: Receive) -> Receive:
    waiting = [message]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed
