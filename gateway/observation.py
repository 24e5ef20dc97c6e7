"""Every request has an id, in its answer and in all logs, and is counted however it ends."""

import re
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http_metrics import HttpMetrics
from gateway.rpc import REQUEST_ID
from shared.clock import Clock
from shared.spans import current_span
from shared.telemetry.logging import bind_request
from shared.telemetry.request_ids import NewRequestIds

_ACCEPTABLE_ID = re.compile(rb"[\x21-\x7e]{1,128}")


class RequestIds:
    """The id of a request: the caller's `X-Request-Id` if that is harmless to repeat, and a new one otherwise."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._new = NewRequestIds(random_bytes)

    def of(self, scope: Scope) -> str:
        """The id."""
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                return value.decode() if _ACCEPTABLE_ID.fullmatch(value) else self._new()
        return self._new()


class Observed:
    """The outermost layer: gives the request its id and records how it went.

    What is logged names the route, never the URL, which may hold credentials.

    Args:
        route_of: The route that the request took, known once it was answered.
    """

    def __init__(
        self,
        app: ASGIApp,
        route_of: Callable[[Scope], str],
        metrics: HttpMetrics,
        request_ids: RequestIds,
        clock: Clock,
    ) -> None:
        self._app = app
        self._route_of = route_of
        self._metrics = metrics
        self._request_ids = request_ids
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = self._clock.monotonic()
        request_id = self._request_ids.of(scope)
        scope[REQUEST_ID] = request_id
        # Ends with the task, which is the request's own.
        bind_request(request_id, current_span())
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            seconds = self._clock.monotonic() - started
            route, method = self._route_of(scope), scope["method"]
            self._metrics.record(route, method, status, seconds, request_id)
