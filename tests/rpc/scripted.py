"""A real server on a real socket, whose one service does what the test says."""

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import CollectorRegistry

from authplane.token.v1 import token_pb2, token_pb2_grpc
from shared.clock import Clock, SystemClock
from shared.rpc.server import RpcServer, RpcService
from shared.runtime import make_runtime
from shared.settings import CommonSettings
from shared.telemetry.logging import make_logger

SERVICE = "authplane.token.v1.TokenService"
SYSTEM_CLOCK = SystemClock()
Metadata = tuple[tuple[str, str], ...]
Script = Callable[[token_pb2.IntrospectRequest, grpc.ServicerContext], token_pb2.IntrospectResponse]


class Scripted(token_pb2_grpc.TokenServiceServicer):
    """Introspect does what the script does; every other method is unimplemented."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def Introspect(
        self, request: token_pb2.IntrospectRequest, context: grpc.ServicerContext
    ) -> token_pb2.IntrospectResponse:
        return self._script(request, context)


@dataclass
class Running:
    """The server, a channel to it, and what it tells."""

    server: RpcServer
    channel: grpc.Channel
    registry: CollectorRegistry
    log: io.StringIO

    def reload(self) -> None:
        """As SIGHUP does."""
        self.server.protection.reload()

    @property
    def stub(self) -> token_pb2_grpc.TokenServiceStub:
        return token_pb2_grpc.TokenServiceStub(self.channel)

    def introspect(self, token: str = "", timeout: float = 10, metadata: Metadata = ()) -> token_pb2.IntrospectResponse:
        return self.stub.Introspect(token_pb2.IntrospectRequest(token=token), timeout=timeout, metadata=metadata)

    def introspect_later(self) -> Any:
        """A call that is under way."""
        return self.stub.Introspect.future(token_pb2.IntrospectRequest(), timeout=10)

    def health(self) -> int:
        """Of the process."""
        stub: Any = health_pb2_grpc.HealthStub(self.channel)
        return int(stub.Check(health_pb2.HealthCheckRequest(), timeout=5).status)

    def handled(self, code: str, method: str = "Introspect") -> float:
        labels = {"grpc_type": "unary", "grpc_service": SERVICE, "grpc_method": method, "grpc_code": code}
        return self.registry.get_sample_value("grpc_server_handled_total", labels) or 0.0


def make_server(
    script: Script,
    log: io.StringIO,
    registry: CollectorRegistry,
    address: str = "127.0.0.1:0",
    settings: Mapping[str, object] = MappingProxyType({}),
    clock: Clock = SYSTEM_CLOCK,
) -> RpcServer:
    """A server that is yet to be entered."""
    return make_server_of(
        lambda server: token_pb2_grpc.add_TokenServiceServicer_to_server(Scripted(script), server),  # type: ignore[abstract]  # The rest is unimplemented.
        log,
        registry,
        address,
        settings,
        clock,
    )


def make_server_of(
    add: Callable[[grpc.Server], None],
    log: io.StringIO,
    registry: CollectorRegistry,
    address: str = "127.0.0.1:0",
    settings: Mapping[str, object] = MappingProxyType({}),
    clock: Clock = SYSTEM_CLOCK,
) -> RpcServer:
    """Likewise, with whatever handlers are added under the name of the service or another."""
    runtime = make_runtime(clock, os.urandom, registry, make_logger(log, "info", "json"))
    common = CommonSettings.model_validate({"secret": "s" * 32, **settings})
    return RpcServer("scripted", address, [RpcService(SERVICE, add)], runtime, common)


@contextmanager
def serving(script: Script, **settings: object) -> Iterator[Running]:
    """A server that runs the script."""
    log, registry = io.StringIO(), CollectorRegistry()
    with (
        make_server(script, log, registry, settings=settings) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        yield Running(server, channel, registry, log)


def trailing(call: Any) -> dict[str, str]:
    """The trailing metadata of a call that ended, well or not."""
    return {key: value for key, value in call.trailing_metadata() or () if isinstance(value, str)}
