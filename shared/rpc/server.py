"""A gRPC server that is hardened, watched, and stops politely."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import Self

import grpc
from google.protobuf import descriptor_pool
from grpc_channelz.v1 import channelz
from grpc_health.v1 import health_pb2_grpc

from shared.background import BackgroundThread
from shared.overload.lane_limits import LaneName
from shared.overload.threads import StartedThreads
from shared.readiness import Check, Readiness
from shared.rpc.boundary import Boundary
from shared.rpc.health import Health
from shared.rpc.kept import Keeper
from shared.rpc.lanes import Lanes
from shared.rpc.reflection import add_reflection
from shared.rpc.tls import PlainText, Protection, Tls
from shared.runtime import Runtime
from shared.settings import CommonSettings

MAX_MESSAGE_BYTES = 256 * 1024  # Room for 100 tokens, and for any body the gateway takes.
MAX_METADATA_BYTES = 16 * 1024

OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    # Equal, since between the two limits rejection is random.
    ("grpc.max_metadata_size", MAX_METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
    # More than one of our channels ever has at once: a stream that comes as another ends, at the limit, is refused.
    ("grpc.max_concurrent_streams", 256),
    ("grpc.max_connection_idle_ms", 5 * 60_000),
    # Connections are renewed, so that callers notice new replicas; gRPC spreads the moment by a tenth.
    ("grpc.max_connection_age_ms", 10 * 60_000),
    ("grpc.max_connection_age_grace_ms", 30_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
)


@dataclass(frozen=True, slots=True)
class RpcService:
    """A service to be served.

    Attributes:
        full_name: For health and reflection, e.g. "authplane.token.v1.TokenService".
        add: Adds the servicer to a server; generated code has the function.
        lanes: The lane of each method, by its short name; what is not named belongs to the store's.
        background: Short names of methods that no request waits for; they are neither traced nor logged.
        keepers: By short name, what keeps the replies of a method.
    """

    full_name: str
    add: Callable[[grpc.Server], None]
    lanes: Mapping[str, LaneName] = field(default_factory=dict)
    background: frozenset[str] = frozenset()
    keepers: Mapping[str, Keeper] = field(default_factory=dict)

    def lane_by_method(self) -> dict[str, LaneName]:
        """The lane of every method, by its path."""
        methods = descriptor_pool.Default().FindServiceByName(self.full_name).methods
        return {f"/{self.full_name}/{each.name}": self.lanes.get(each.name, LaneName.STORE) for each in methods}

    def paths_in_background(self) -> set[str]:
        """The paths of those methods."""
        return {f"/{self.full_name}/{name}" for name in self.background}

    def keeper_by_method(self) -> dict[str, Keeper]:
        """What keeps the replies of a method, by its path."""
        return {f"/{self.full_name}/{name}": keeper for name, keeper in self.keepers.items()}


class RpcServer:
    """Serves while its context is open.

    Each method has its lane (`shared.overload.lane`); health and reflection have threads of their own.

    On leaving: not ready any more -> a pause for balancers to notice -> no new calls -> calls under way finish in
    `rpc_drain_seconds` -> no thread left.

    Args:
        name: Names its threads.
        address: "host:port"; port 0 takes a free one.
        stopping: Called when it begins to stop; ends calls that have no end of their own.
        checks: What it needs to be ready for traffic, by name.

    Attributes:
        port: The port in use.
        protection: How connections are protected.

    Raises:
        OSError: On entering, when the address cannot be had.
    """

    def __init__(
        self,
        name: str,
        address: str,
        services: Sequence[RpcService],
        runtime: Runtime,
        settings: CommonSettings,
        stopping: Callable[[], None] = lambda: None,
        checks: Mapping[str, Check] = MappingProxyType({}),
    ) -> None:
        self._name = name
        self._address = address
        self._services = services
        self._runtime = runtime
        self._settings = settings
        self._stopping = stopping
        files = settings.rpc_tls_files
        self.protection: Protection = Tls(files) if files else PlainText()
        runtime.reloads.append(self.protection.reload)
        self._readiness = Readiness(checks, self._tell_health, runtime.logger.bind(server=name))
        self._poll = BackgroundThread(f"{name}-readiness", self._readiness.run, runtime.logger)
        self.port = 0

    def __enter__(self) -> Self:
        runtime, names = self._runtime, [service.full_name for service in self._services]
        lane_by_method = {path: lane for service in self._services for path, lane in service.lane_by_method().items()}
        used = {LaneName.STORE, *lane_by_method.values()}
        self._lanes = Lanes(self._name, sorted(used), self._settings.lanes(), runtime.rpc_metrics.lanes, runtime.cores)
        self._health_pool = StartedThreads(1, f"{self._name}-health")
        self._debug_pool = StartedThreads(2, f"{self._name}-debug")
        self._server = grpc.server(
            self._lanes[LaneName.STORE],
            interceptors=[
                Boundary(
                    runtime,
                    {path: self._lanes[lane] for path, lane in lane_by_method.items()},
                    self._settings.rpc_deadline_seconds,
                    {path for service in self._services for path in service.paths_in_background()},
                    {path: kept for service in self._services for path, kept in service.keeper_by_method().items()},
                )
            ],
            maximum_concurrent_rpcs=self._settings.rpc_max_concurrent,
            # Unless it is meant so, a taken port is an error and not a silent half of the traffic.
            options=(*OPTIONS, ("grpc.so_reuseport", int(runtime.shares_port))),
        )
        self._health = Health(names, self._health_pool)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        for service in self._services:
            service.add(self._server)
            runtime.rpc_metrics.expect(descriptor_pool.Default().FindServiceByName(service.full_name))
        if self._settings.rpc_reflection:
            add_reflection(self._server, [*names, "grpc.health.v1.Health"], self._debug_pool)
        if self._settings.rpc_channelz:
            channelz.add_channelz_servicer(self._server)
        self.port = self._bind()
        self._server.start()
        self._readiness.poll()
        self._poll.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._poll.__exit__(kind, error, traceback)
        self._readiness.close()
        self._health.enter_graceful_shutdown()
        time.sleep(self._settings.drain_pause_seconds)
        self._health.end_watches()
        self._stopping()
        self._server.stop(self._settings.rpc_drain_seconds).wait()
        self._close_pools()

    @property
    def ready(self) -> bool:
        """Whether the server takes traffic."""
        return self._readiness.ready

    def _tell_health(self, ready: bool) -> None:
        self._health.set_ready(ready)

    def _bind(self) -> int:
        try:
            return self.protection.bind(self._server, self._address)
        except RuntimeError as error:
            self._close_pools()
            raise OSError(f"the {self._name} service cannot listen on {self._address}: is the port taken?") from error

    def _close_pools(self) -> None:
        self._lanes.close()
        for pool in (self._health_pool, self._debug_pool):
            pool.shutdown(wait=True)
