"""One part of the plane in this process, or the processes that serve it together."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from threading import Event
from typing import Protocol

from cli.key_facts import key_facts
from cli.ports import require_free
from cli.process import admin_server
from cli.schema import wait_for_schema
from cli.settings import PlaneSettings
from cli.stores import open_store
from cli.workers import Workers, shared_port
from gateway.app import gateway_caches, gateway_server
from shared.cache.caches import Caches
from shared.lifecycle import stop_on_signals
from shared.runtime import Runtime
from shared.store.access import StoreAccess
from shared.telemetry.admin import Check
from shared.telemetry.facts import Facts


class Server(Protocol):
    """A server of one part."""

    @property
    def port(self) -> int: ...

    @property
    def ready(self) -> bool: ...


StartPart = Callable[[PlaneSettings, StoreAccess, Runtime], AbstractContextManager[Server]]


def serve_service(
    part: str, start: StartPart, settings: PlaneSettings, runtime: Runtime, stop: Event, parts: ExitStack
) -> bool:
    """Starts a service, and its admin port before, since it may have to wait for its schema.

    Args:
        parts: What is to be closed in the end.

    Returns:
        Whether it serves; not when it was told to stop before.
    """
    servers = list[Server]()
    ready = {part: lambda: any(server.ready for server in servers) and not stop.is_set()}
    caches, sections, remarks = dict[str, Caches](), dict[str, Facts](), dict[str, Check]()
    admin = parts.enter_context(admin_server(settings, runtime, ready, caches, sections, remarks))
    if not wait_for_schema(settings, stop, runtime.logger):
        return False
    access = parts.enter_context(open_store(settings, runtime))
    caches[part], sections["pools"] = access.caches, access.pool_facts
    server = parts.enter_context(start(settings, access, runtime))
    servers.append(server)
    if part == "token":
        sections["keys"] = partial(key_facts, access.store, runtime.clock)
        sections["sweeper"], remarks["sweeper"] = access.sweeping.state.facts, access.sweeping.state.is_up
    runtime.logger.info("serving", part=part, port=server.port, admin_port=admin.port)
    return True


def serve_gateway(settings: PlaneSettings, runtime: Runtime, stop: Event, parts: ExitStack) -> bool:
    """Starts the gateway; otherwise as `serve_service`."""
    caches = gateway_caches(settings, runtime.clock)
    server = parts.enter_context(gateway_server(settings, runtime, caches))
    ready = {"gateway": lambda: server.ready and not stop.is_set()}
    admin = parts.enter_context(admin_server(settings, runtime, ready, {"gateway": caches}, {}))
    parts.callback(time.sleep, settings.drain_pause_seconds)
    runtime.logger.info("serving", part="gateway", port=server.port, admin_port=admin.port)
    return True


def serve_by_workers(
    part: str, count: int, host: str, port: int, grace_seconds: float, settings: PlaneSettings, runtime: Runtime
) -> int:
    """Has so many processes serve together; gives the exit code."""
    first = settings.admin_port
    admin_ports = [first + number if first else 0 for number in range(count)]
    for admin_port in admin_ports:
        require_free("admin_port", settings.admin_host, admin_port)
    with shared_port(host, port) as shared:
        workers = Workers(shared, admin_ports, grace_seconds, runtime.logger)
        with stop_on_signals(workers.reload) as stop:
            runtime.logger.info("workers", part=part, port=shared, count=count, admin_ports=admin_ports)
            return workers.run(stop)
