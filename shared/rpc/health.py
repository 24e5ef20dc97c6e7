"""Health checking (`grpc.health.v1`), told apart from load and from the other services.

The empty name says that the process lives and depends on nothing else; the full name of a service says that it is ready
for traffic.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2

from shared.rpc.pools import on_pool

LIVENESS = ""
_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Health(health.HealthServicer):
    """Has a pool of its own, so that it answers while every worker is busy; Watch holds no thread of it."""

    def __init__(self, services: Sequence[str], pool: ThreadPoolExecutor) -> None:
        super().__init__(experimental_non_blocking=True)
        self._services = tuple(services)
        self.Check = on_pool(self.Check, pool)  # type: ignore[method-assign]  # It stands in the place of the method.
        self.List = on_pool(self.List, pool)  # type: ignore[method-assign]  # Likewise.
        self.Watch = on_pool(self.Watch, pool)  # type: ignore[method-assign]  # Likewise.
        self.set(LIVENESS, _SERVING)
        self.set_ready(False)

    def set_ready(self, ready: bool) -> None:
        """Says of every service whether it is ready for traffic."""
        for service in self._services:
            self.set(service, _SERVING if ready else _NOT_SERVING)

    def end_watches(self) -> None:
        """Ends all streams of watchers, who know by now: they would hold up the end of the server."""
        servicer: Any = self  # The stubs do not know what it is made of.
        with servicer._lock:
            streams = [send for sends in servicer._send_response_callbacks.values() for send in sends]
        for send in streams:
            send(None)

    def List(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - the name of the RPC.
        """All services and their states (gRFC A90); the stubs do not know its messages yet."""
        states = {service: self._state(service, context) for service in (LIVENESS, *self._services)}
        response: Any = getattr(health_pb2, "HealthListResponse")(statuses=states)  # noqa: B009 - see above.
        return response

    def _state(self, service: str, context: grpc.ServicerContext) -> health_pb2.HealthCheckResponse:
        return health.HealthServicer.Check(self, health_pb2.HealthCheckRequest(service=service), context)
