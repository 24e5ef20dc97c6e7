"""What every process of the plane has: a runtime, and an admin port."""

import sys
from collections.abc import Callable, Mapping
from typing import TextIO

from prometheus_client import CollectorRegistry, ProcessCollector

from cli.settings import PlaneSettings
from shared.cache.caches import Caches
from shared.clock import Clock
from shared.runtime import Runtime, make_runtime
from shared.telemetry.admin import AdminServer, Check, live_page, metrics_page, ready_page
from shared.telemetry.caches import CacheCollector, Details, cache_page
from shared.telemetry.logging import LogLevel, make_logger

# How long a thread computes before another may. With Python's default, ten times as much, the one thread that takes
# calls in waits behind those that answer them: at twice the load that can be answered, half as many were.
_SWITCH_SECONDS = 0.0005


def process_runtime(
    settings: PlaneSettings,
    clock: Clock,
    random_bytes: Callable[[int], bytes],
    log_stream: TextIO,
    level: LogLevel | None = None,
    shares_port: bool = False,
) -> Runtime:
    """The runtime of this process, with a metrics registry of its own.

    Args:
        level: The least that is logged, if that is to change later.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    logger = make_logger(log_stream, level or LogLevel(settings.log_level), settings.log_format)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return make_runtime(clock, random_bytes, registry, logger, shares_port)


def admin_server(
    settings: PlaneSettings,
    runtime: Runtime,
    checks: Mapping[str, Check],
    caches: Mapping[str, Caches],
    details: Mapping[str, Details],
    remarks: Mapping[str, Check] | None = None,
) -> AdminServer:
    """The admin port.

    Args:
        checks: What has to be ready, by name.
        caches: By part; may grow while the server runs.
        details: Further facts for the page of the caches, by name; may grow too.
        remarks: What is told with the checks and decides nothing, by name; may grow too.
    """
    runtime.registry.register(CacheCollector(caches))
    pages = {
        "/metrics": metrics_page(runtime.registry),
        "/livez": live_page,
        "/readyz": ready_page(checks, remarks),
        "/debug/cache": cache_page(caches, details),
    }
    return AdminServer(settings.admin_host, settings.admin_port, pages, runtime.logger)
