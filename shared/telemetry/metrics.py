"""Metrics of the gRPC servers, under the names that public dashboards expect."""

from dataclasses import dataclass

from google.protobuf.descriptor import ServiceDescriptor
from prometheus_client import CollectorRegistry, Counter

from shared.telemetry.durations import Durations, DurationsByLabels
from shared.telemetry.lanes import LanesMetrics
from shared.telemetry.limits import LimitMetrics

CODES = (
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
)
"""Status codes in the spelling of the Go libraries, by their number."""

_TYPES = {
    (False, False): "unary",
    (False, True): "server_stream",
    (True, False): "client_stream",
    (True, True): "bidi_stream",
}
"""By whether requests, and whether responses, are streams."""

_LABELS = ("grpc_type", "grpc_service", "grpc_method")


@dataclass(frozen=True, slots=True)
class MethodMetrics:
    """The series of one method, bound once."""

    started: Counter
    handled: tuple[Counter, ...]
    seconds: Durations

    def finished(self, code: int, seconds: float, exemplar: dict[str, str] | None) -> None:
        """Counts a call that ended with this status code after so many seconds.

        Args:
            exemplar: Of which trace it was, if of any.
        """
        self.handled[code].inc()
        self.seconds.observe(seconds, exemplar)


class RpcServerMetrics:
    """Calls started and handled, and how long they took, by method and code.

    Attributes:
        lanes: Those of the lanes that they run in.
        limits: Those of the limits on how often callers may do something.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.lanes = LanesMetrics(registry)
        self.limits = LimitMetrics(registry)
        self._started = Counter("grpc_server_started", "RPCs started on the server.", _LABELS, registry=registry)
        self._handled = Counter(
            "grpc_server_handled", "RPCs completed on the server, by code.", (*_LABELS, "grpc_code"), registry=registry
        )
        self._seconds = DurationsByLabels(
            "grpc_server_handling_seconds",
            "Seconds from the moment a thread took the call to its end.",
            _LABELS,
            registry,
        )

    def of_method(self, requests_stream: bool, responses_stream: bool, service: str, method: str) -> MethodMetrics:
        """The series of a method; all of them exist from now on, at zero.

        Args:
            service: Full name.
            method: Short name.
        """
        labels = (_TYPES[requests_stream, responses_stream], service, method)
        return MethodMetrics(
            started=self._started.labels(*labels),
            handled=tuple(self._handled.labels(*labels, code) for code in CODES),
            seconds=self._seconds.labels(*labels),
        )

    def expect(self, service: ServiceDescriptor) -> None:
        """Makes the series of all methods, so that the first failure is an increase from zero and not a new series."""
        for method in service.methods:
            self.of_method(method.client_streaming, method.server_streaming, service.full_name, method.name)
