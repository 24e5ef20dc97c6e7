"""What a process hands to everything it is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import random

from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from shared.clock import Clock
from shared.cores import Cores, EveryCore
from shared.overload.rate_limit import RateLimit
from shared.spans import NoTracer, Tracer
from shared.telemetry.event_counts import EventCounts
from shared.telemetry.events import SecurityEvents
from shared.telemetry.metrics import RpcServerMetrics
from shared.telemetry.request_log import RequestLog


@dataclass(frozen=True, slots=True)
class Runtime:
    """Time, chance, metrics and log; one for each process, made by its composition root.

    Attributes:
        random_bytes: So many bytes that nobody can predict; `os.urandom`.
        rpc_metrics: Shared by all gRPC servers of the process, as a registry takes each name once.
        events: Likewise of all services.
        requests: Tells of some of the requests.
        tracer: Of all parts of the process.
        reloads: Called when certificates may have changed; whoever uses some adds to it. `ValueError` says that they
            are of no use and that nothing was changed.
        shares_port: Whether other processes listen on the ports of this one's servers too.
        cores: Where its threads run.
    """

    clock: Clock
    random_bytes: Callable[[int], bytes]
    registry: CollectorRegistry
    rpc_metrics: RpcServerMetrics
    logger: FilteringBoundLogger
    events: SecurityEvents
    requests: RequestLog
    shares_port: bool = False
    tracer: Tracer = field(default_factory=NoTracer)
    reloads: list[Callable[[], None]] = field(default_factory=list)
    cores: Cores = field(default_factory=EveryCore)

    def limit(self, name: str, times: int, seconds: float, message: str) -> RateLimit:
        """So many in so many seconds, for each key on its own; refusals are counted under this name.

        Args:
            message: For whoever is refused.
        """
        return RateLimit(times, seconds, self.clock, message, self.rpc_metrics.limits.of_limit(name))


def make_runtime(
    clock: Clock,
    random_bytes: Callable[[int], bytes],
    registry: CollectorRegistry,
    logger: FilteringBoundLogger,
    shares_port: bool = False,
    tracer: Tracer | None = None,
    request_log_ratio: float = 0.0,
    is_debug: Callable[[], bool] = lambda: False,
    cores: Cores | None = None,
) -> Runtime:
    """A runtime whose metrics are in this registry, which has none of them yet.

    Args:
        request_log_ratio: Which part of the requests is told of.
        is_debug: Whether all are, at debug level.
    """
    metrics = RpcServerMetrics(registry)
    events = SecurityEvents(logger, EventCounts(registry).count)
    requests = RequestLog(logger, request_log_ratio, random, is_debug)
    return Runtime(
        clock,
        random_bytes,
        registry,
        metrics,
        logger,
        events,
        requests,
        shares_port,
        tracer or NoTracer(),
        cores=cores or EveryCore(),
    )
