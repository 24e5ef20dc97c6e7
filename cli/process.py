"""What every process of the plane has: a runtime, and an admin port."""

import gc
import sys
from collections import ChainMap
from collections.abc import Callable, Mapping
from functools import partial
from typing import TextIO

from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics

from cli.settings import PlaneSettings
from cli.tracing import make_tracer
from shared.cache.caches import Caches
from shared.clock import Clock
from shared.cores import Cores
from shared.runtime import Runtime, make_runtime
from shared.telemetry.admin import AdminServer, Check, live_page, metrics_page, ready_page
from shared.telemetry.build import expose_build, process_facts
from shared.telemetry.caches import CacheCollector, cache_facts, cache_page
from shared.telemetry.facts import Facts, facts_page
from shared.telemetry.lanes import lane_facts
from shared.telemetry.logging import LogLevel, make_logger
from shared.telemetry.threads import profile_page, threads_page

# How long a thread computes before another may. With Python's default, ten times as much, the one thread that takes
# calls in waits behind those that answer them: at twice the load that can be answered, half as many were.
SWITCH_SECONDS = 0.0005


def process_runtime(
    name: str,
    settings: PlaneSettings,
    clock: Clock,
    random_bytes: Callable[[int], bytes],
    log_stream: TextIO,
    level: LogLevel | None = None,
    shares_port: bool = False,
    cores: Cores | None = None,
) -> Runtime:
    """The runtime of this process, with a metrics registry of its own.

    Args:
        name: What traces call the process.
        level: The least that is logged, if that is to change later.
        cores: Where its threads run, unless it is as the system likes it.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    level = level or LogLevel(settings.log_level)
    logger = make_logger(log_stream, level, settings.log_format)
    disable_created_metrics()  # type: ignore[no-untyped-call]  # The moment at which each series began doubles their number, and nobody asks for it.
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    tracer = make_tracer(name, settings, log_stream)
    ratio = settings.request_log_ratio
    return make_runtime(
        clock, random_bytes, registry, logger, shares_port, tracer, ratio, lambda: level.is_debug, cores
    )


def freeze_what_is_there() -> None:
    """Once, when all is started: the collector need not look at it again.

    What was imported is 90,000 objects; to look at them a full collection would stop every thread for 60 ms.
    """
    gc.collect()
    gc.freeze()


def admin_server(
    settings: PlaneSettings,
    runtime: Runtime,
    checks: Mapping[str, Check],
    caches: Mapping[str, Caches],
    sections: Mapping[str, Facts],
    remarks: Mapping[str, Check] | None = None,
) -> AdminServer:
    """The admin port.

    Args:
        checks: What has to be ready, by name.
        caches: By part; may grow while the server runs.
        sections: Further facts for the page of the status, by name; may grow too.
        remarks: What is told with the checks and decides nothing, by name; may grow too.
    """
    runtime.registry.register(CacheCollector(caches))
    expose_build(runtime.registry)
    of_all = {
        "process": process_facts(),
        "settings": partial(settings.model_dump, mode="json", exclude_defaults=True),
        "ready": lambda: {name: check() for name, check in {**checks, **(remarks or {})}.items()},
        "lanes": partial(lane_facts, runtime.registry),
        "memory": partial(cache_facts, caches),
    }
    pages = {
        "/metrics": metrics_page(runtime.registry),
        "/livez": live_page,
        "/readyz": ready_page(checks, remarks),
        "/statusz": facts_page("authplane: status", ChainMap(of_all, sections)),  # type: ignore[arg-type]  # It is only read.
        "/flagz": facts_page("authplane: settings", {"settings": partial(settings.model_dump, mode="json")}),
        "/debug/cache": cache_page(caches),
        "/debug/pool": facts_page(
            "authplane: pools", {"pools": lambda: sections["pools"]() if "pools" in sections else {}}
        ),
        "/debug/threads": threads_page,
        "/debug/profile": profile_page,
    }
    return AdminServer(settings.admin_host, settings.admin_port, pages, runtime.logger, _admin_token(settings))


def _admin_token(settings: PlaneSettings) -> str:
    return settings.admin_token.get_secret_value() if settings.admin_token else ""
