"""A service in this process, on the store that it shares with others."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from threading import Event
from typing import Protocol

from cli.key_facts import key_facts
from cli.process import admin_server
from cli.schema import wait_for_schema
from cli.settings import PlaneSettings
from cli.stores import open_store
from shared.cache.caches import Caches
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
