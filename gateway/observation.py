"""What stays of every request: an id in its answer and in all logs, a count and a duration."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.rpc import REQUEST_ID
from shared.clock import Clock
from shared.span_names import HTTP_METHOD, HTTP_ROUTE, HTTP_STATUS_CODE
from shared.spans import NoTracer, Span, Tracer, Value, current_span, enter
from shared.telemetry.buckets import BUCKETS
from shared.telemetry.logging import bind_request
from shared.telemetry.request_ids import NewRequestIds
from shared.telemetry.request_log import RequestLog

_ACCEPTABLE_ID = re.compile(rb"[\x21-\x7e]{1,128}")
_SERVER_ERROR = 500
_USUAL_STATUSES = ("200", "302", "303", "400", "401", "429", "500", "503")
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class _Series:
    """Where the requests of one route, method and status are counted, and what their spans say."""

    requests: Counter
    duration: Histogram
    span_name: str
    attributes: Mapping[str, Value]


class HttpMetrics:
    """`authplane_http_requests_total` and `authplane_http_request_duration_seconds`, by route, method and status.

    The labels have few values, whatever clients send: unknown paths are one route, unusual methods one method.
    """

    def __init__(self, registry: CollectorRegistry, requests: RequestLog) -> None:
        self._log = requests
        labels = ("route", "method", "status")
        # Looking up children by labels costs more than counting; there are few of them.
        self._bound: dict[tuple[str, str, int], _Series] = {}
        self._requests = Counter("authplane_http_requests", "HTTP requests answered.", labels, registry=registry)
        self._duration = Histogram(
            "authplane_http_request_duration_seconds",
            "Time from the head of a request to the end of its answer.",
            labels,
            registry=registry,
            buckets=BUCKETS,
        )

    def expect(self, route: str, methods: Iterable[str]) -> None:
        """Shows zeros for an endpoint from the beginning, so that rates know its first request."""
        for method in methods:
            for status in _USUAL_STATUSES:
                self._requests.labels(route, method, status)
            self._duration.labels(route, method, _USUAL_STATUSES[0])

    def record(self, route: str, method: str, status: int, seconds: float, request_id: str) -> None:
        """Counts one answered request."""
        key = route, method if method in _METHODS else "other", status
        series = self._bound.get(key)
        if series is None:
            series = self._bound[key] = self._bind(*key)
        running = current_span()
        series.requests.inc()
        series.duration.observe(seconds, running.exemplar)
        running.rename(series.span_name)
        running.set(series.attributes)
        if status >= _SERVER_ERROR:
            running.fail(str(status))
        line = self._log.line(running)
        if line is not None:
            line("request", route=route, method=method, status=status, seconds=seconds, request_id=request_id)

    def _bind(self, route: str, method: str, status: int) -> "_Series":
        labels = route, method, str(status)
        return _Series(
            self._requests.labels(*labels),
            self._duration.labels(*labels),
            f"{method} {route}",
            {HTTP_ROUTE: route, HTTP_METHOD: method, HTTP_STATUS_CODE: status},
        )


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


class Traced:
    """Around everything, so that an answer from memory has a span too; `HttpMetrics` tells it how the request went."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        span = self._tracer.serve("request", self._trace_parent(scope))
        if span.exemplar:
            return self._recorded(span, scope, receive, send)
        enter(span)  # It ends with the task, which is the request's own; nothing of it is kept.
        return self._app(scope, receive, send)

    async def _recorded(self, span: Span, scope: Scope, receive: Receive, send: Send) -> None:
        with span:
            await self._app(scope, receive, send)

    def _trace_parent(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"traceparent":
                return str(value, "latin-1")
        return ""


def traced(app: ASGIApp, tracer: Tracer) -> ASGIApp:
    """The application, traced if anything is."""
    return app if isinstance(tracer, NoTracer) else Traced(app, tracer)
