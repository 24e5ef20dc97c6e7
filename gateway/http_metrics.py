"""What stays of every request: a count and a duration, a line of a few, and what its span says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from shared.span_names import HTTP_METHOD, HTTP_ROUTE, HTTP_STATUS_CODE
from shared.spans import Value, current_span
from shared.telemetry.durations import CountsOf, Durations, DurationsByLabels
from shared.telemetry.request_log import RequestLog

_SERVER_ERROR = 500
_USUAL_STATUSES = ("200", "302", "303", "400", "401", "429", "500", "503")
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class _Series:
    """Where the requests of one route, method and status are counted, and what their spans say.

    Bound once: to look it up by labels costs more than to count.
    """

    durations: Durations
    span_name: str
    attributes: Mapping[str, Value]


class HttpMetrics:
    """`authplane_http_requests_total` and `authplane_http_request_duration_seconds`, by route, method and status.

    The labels have few values, whatever clients send: unknown paths are one route, unusual methods one method.
    """

    def __init__(self, registry: CollectorRegistry, requests: RequestLog) -> None:
        self._log = requests
        labels = ("route", "method", "status")
        self._bound: dict[tuple[str, str, int], _Series] = {}
        self._durations = DurationsByLabels(
            "authplane_http_request_duration_seconds",
            "Time from the head of a request to the end of its answer.",
            labels,
            registry,
        )
        self._requests = CountsOf(self._durations, "authplane_http_requests", "HTTP requests answered.", registry)

    def expect(self, route: str, methods: Iterable[str]) -> None:
        """Shows zeros for an endpoint from the beginning, so that rates know its first request."""
        for method in methods:
            for status in _USUAL_STATUSES:
                self._requests.expect(route, method, status)
            self._durations.labels(route, method, _USUAL_STATUSES[0])

    def record(self, route: str, method: str, status: int, seconds: float, request_id: str) -> None:
        """Counts one answered request."""
        key = route, method if method in _METHODS else "other", status
        series = self._bound.get(key)
        if series is None:
            series = self._bound[key] = self._bind(*key)
        running = current_span()
        series.durations.observe(seconds, running.exemplar)
        running.rename(series.span_name)
        running.set(series.attributes)
        if status >= _SERVER_ERROR:
            running.fail(str(status))
        line = self._log.line(running)
        if line is not None:
            line("request", route=route, method=method, status=status, seconds=seconds, request_id=request_id)

    def _bind(self, route: str, method: str, status: int) -> "_Series":
        return _Series(
            self._durations.labels(route, method, str(status)),
            f"{method} {route}",
            {HTTP_ROUTE: route, HTTP_METHOD: method, HTTP_STATUS_CODE: status},
        )
