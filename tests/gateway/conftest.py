"""A gateway before scripted services."""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import pytest
from prometheus_client import CollectorRegistry

from gateway.app import gateway_caches, gateway_server
from gateway.settings import GatewaySettings
from shared.cache.view import View
from shared.clock import ManualClock
from shared.runtime import make_runtime
from shared.telemetry.logging import make_logger
from tests.gateway.scripted import Script, scripted_services

SECRET = "test-secret-at-least-32-characters-long"
START = 1_800_000_000.0


@dataclass(frozen=True)
class Gateway:
    """A running gateway and all that surrounds it."""

    url: str
    port: int
    script: Script
    clock: ManualClock
    registry: CollectorRegistry
    log: io.StringIO

    def browser(self) -> httpx.Client:
        """A client with its own cookies that follows no redirects."""
        # Nothing here is TLS; loading the system's certificates for each client would take most of the time.
        return httpx.Client(base_url=self.url, follow_redirects=False, timeout=10, verify=False)


def run_gateway(log: View | None = None, **settings: Any) -> Iterator[Gateway]:
    """A gateway with these settings, as the body of a fixture.

    Args:
        log: The invalidations that it can follow.
    """
    script, clock, registry, lines = Script(), ManualClock(START), CollectorRegistry(), io.StringIO()
    runtime = make_runtime(clock, os.urandom, registry, make_logger(lines, "debug", "json"), is_debug=lambda: True)
    with scripted_services(script, log) as target:
        values = {"gateway_port": 0, "auth_target": target, "token_target": target, "secret": SECRET, **settings}
        wanted = GatewaySettings.model_validate(values)
        with gateway_server(wanted, runtime, gateway_caches(wanted, clock)) as server:
            yield Gateway(f"http://127.0.0.1:{server.port}", server.port, script, clock, registry, lines)


@pytest.fixture(scope="session")
def shared_gateway() -> Iterator[Gateway]:
    """One gateway for all tests that need no settings of their own."""
    yield from run_gateway()


@pytest.fixture
def gateway(shared_gateway: Gateway) -> Gateway:
    """The shared gateway, its services without a script."""
    shared_gateway.script.clear()
    shared_gateway.log.seek(0)
    shared_gateway.log.truncate()
    return shared_gateway


@pytest.fixture
def http(gateway: Gateway) -> Iterator[httpx.Client]:
    """A client of the gateway with a cookie jar of its own."""
    with gateway.browser() as client:
        yield client
