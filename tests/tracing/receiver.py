"""A collector of traces that keeps what it is sent."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Received:
    """A span, and the service that sent it."""

    service: str
    span: Span

    @property
    def name(self) -> str:
        return self.span.name

    @property
    def attributes(self) -> dict[str, Any]:
        return {each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in self.span.attributes}


class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps every span, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._received: list[Received] = []

    def Export(
        self, request: trace_service_pb2.ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> trace_service_pb2.ExportTraceServiceResponse:
        with self._lock:
            for resource in request.resource_spans:
                names = [each.value.string_value for each in resource.resource.attributes if each.key == "service.name"]
                for scope in resource.scope_spans:
                    self._received += [Received(names[0], span) for span in scope.spans]
        return trace_service_pb2.ExportTraceServiceResponse()

    def spans(self) -> list[Received]:
        """All that came."""
        with self._lock:
            return list(self._received)

    def of_trace(self, trace_id: str) -> list[Received]:
        """Those of one trace."""
        return [each for each in self.spans() if each.span.trace_id.hex() == trace_id]

    def tree(self, trace_id: str) -> list[str]:
        """The names of a trace's spans, each indented by how deep it lies, in the order in which they began."""
        spans = self.of_trace(trace_id)
        inside = {each.span.span_id for each in spans}

        def below(parent: bytes, depth: int) -> Iterator[str]:
            children = [each for each in spans if each.span.parent_span_id == parent]
            for child in sorted(children, key=lambda each: each.span.start_time_unix_nano):
                yield "  " * depth + child.name
                yield from below(child.span.span_id, depth + 1)

        roots = {each.span.parent_span_id for each in spans} - inside
        return [line for root in sorted(roots) for line in below(root, 0)]


@contextmanager
def collecting() -> Iterator[tuple[Receiver, str]]:
    """A receiver, and its address for `trace_endpoint`."""
    receiver = Receiver()
    server = grpc.server(ThreadPoolExecutor(1))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(receiver, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield receiver, f"http://127.0.0.1:{port}"
    finally:
        server.stop(0).wait()
