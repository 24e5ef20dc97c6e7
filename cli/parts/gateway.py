"""The gateway in this process."""

import time
from contextlib import ExitStack
from threading import Event

from cli.process import admin_server
from cli.settings import PlaneSettings
from gateway.app import gateway_caches, gateway_server
from shared.runtime import Runtime


def start(settings: PlaneSettings, runtime: Runtime, stop: Event, parts: ExitStack) -> bool:
    """Starts it; otherwise as `cli.parts.service.serve_service`."""
    caches = gateway_caches(settings, runtime.clock)
    server = parts.enter_context(gateway_server(settings, runtime, caches))
    ready = {"gateway": lambda: server.ready and not stop.is_set()}
    admin = parts.enter_context(admin_server(settings, runtime, ready, {"gateway": caches}, {}))
    parts.callback(time.sleep, settings.drain_pause_seconds)
    runtime.logger.info("serving", part="gateway", port=server.port, admin_port=admin.port)
    return True
