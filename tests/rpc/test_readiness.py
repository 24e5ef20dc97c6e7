"""Readiness follows what a server needs; liveness does not."""

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import CollectorRegistry

from authplane.token.v1 import token_pb2, token_pb2_grpc
from shared.rpc.server import RpcServer, RpcService
from shared.runtime import make_runtime
from shared.settings import CommonSettings
from shared.telemetry.logging import make_logger
from tests.eventually import eventually
from tests.rpc.scripted import SERVICE, SYSTEM_CLOCK, Scripted

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


_NEVER_ASKED = Scripted(lambda *_: token_pb2.IntrospectResponse())  # type: ignore[abstract]  # The rest is unimplemented.


@dataclass
class Parts:
    """What the server needs, there or not, and what it has logged."""

    log: io.StringIO
    store: bool = True
    feed: bool = True

    def events(self) -> list[tuple[str, list[str]]]:
        lines = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [(line["event"], line.get("missing", [])) for line in lines]


@contextmanager
def needing(parts: Parts) -> Iterator[tuple[RpcServer, Any]]:
    registry = CollectorRegistry()
    logger = make_logger(parts.log, "info", "json")
    runtime = make_runtime(SYSTEM_CLOCK, os.urandom, registry, logger)
    settings = CommonSettings.model_validate({"secret": "s" * 32})
    service = RpcService(
        SERVICE, lambda server: token_pb2_grpc.add_TokenServiceServicer_to_server(_NEVER_ASKED, server)
    )
    checks = {"store": lambda: parts.store, "feed": lambda: parts.feed}
    server = RpcServer("needing", "127.0.0.1:0", [service], runtime, settings, checks=checks)
    with server, grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield server, health_pb2_grpc.HealthStub(channel)


def state(health: Any, service: str) -> int:
    return int(health.Check(health_pb2.HealthCheckRequest(service=service), timeout=5).status)


def readiness(server: RpcServer) -> bool:
    return server.ready


def test_a_part_that_is_lost_and_comes_back() -> None:
    """Each transition is told once, by name; the process lives all the while."""
    parts = Parts(io.StringIO())
    with needing(parts) as (server, health):
        assert readiness(server)
        assert state(health, SERVICE) == SERVING
        for _ in range(2):
            parts.store = False
            eventually(lambda: state(health, SERVICE) == NOT_SERVING)
            assert not readiness(server)
            assert state(health, "") == SERVING
            parts.store = True
            eventually(lambda: state(health, SERVICE) == SERVING)
            assert readiness(server)
        assert parts.events() == [("not_ready", ["store"]), ("ready", [])] * 2


def test_what_is_not_there_at_the_start() -> None:
    """Not ready until it is; said at once."""
    parts = Parts(io.StringIO(), store=False, feed=False)
    with needing(parts) as (_, health):
        assert state(health, SERVICE) == NOT_SERVING
        assert state(health, "") == SERVING
        parts.store = parts.feed = True
        eventually(lambda: state(health, SERVICE) == SERVING)
    assert parts.events() == [("not_ready", ["store", "feed"]), ("ready", [])]


def test_nothing_makes_it_ready_again_when_it_stops() -> None:
    """Whatever the checks say."""
    with needing(Parts(io.StringIO())) as (server, _):
        pass
    assert not server.ready
