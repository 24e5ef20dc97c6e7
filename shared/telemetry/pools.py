"""What a pool of connections to the store says of itself, as metrics."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PoolStatistics = Callable[[], Mapping[str, int]]
"""The counts of a psycopg pool since the start; one that is missing is zero."""

_ERRORS = {"wait": "requests_errors", "connect": "connections_errors", "lost": "connections_lost"}
"""Nobody got a connection in time, one could not be had, an idle one was dead."""


class PoolCollector(Collector):
    """Reads the pools when they are scraped."""

    def __init__(self, pools: Mapping[str, PoolStatistics]) -> None:
        self._pools = pools

    def collect(self) -> Iterable[Metric]:
        """The families of all pools."""
        connections = GaugeMetricFamily(
            "authplane_pool_connections",
            "Connections that are open or are being opened.",
            labels=("pool", "state"),
        )
        limit = GaugeMetricFamily("authplane_pool_max_connections", "Most connections.", labels=("pool",))
        waiting = GaugeMetricFamily("authplane_pool_waiting", "Calls that wait for a connection.", labels=("pool",))
        requests = CounterMetricFamily("authplane_pool_requests", "Calls that wanted one.", labels=("pool",))
        queued = CounterMetricFamily("authplane_pool_queued", "Those that had to wait for it.", labels=("pool",))
        seconds = CounterMetricFamily("authplane_pool_wait_seconds", "What they have waited.", labels=("pool",))
        errors = CounterMetricFamily("authplane_pool_errors", "What failed.", labels=("pool", "what"))
        for pool, statistics in self._pools.items():
            counts = statistics()
            available = counts.get("pool_available", 0)
            connections.add_metric((pool, "available"), available)
            connections.add_metric((pool, "in_use"), counts.get("pool_size", 0) - available)
            limit.add_metric((pool,), counts.get("pool_max", 0))
            waiting.add_metric((pool,), counts.get("requests_waiting", 0))
            requests.add_metric((pool,), counts.get("requests_num", 0))
            queued.add_metric((pool,), counts.get("requests_queued", 0))
            seconds.add_metric((pool,), counts.get("requests_wait_ms", 0) / 1000)
            for what, count in _ERRORS.items():
                errors.add_metric((pool, what), counts.get(count, 0))
        return connections, limit, waiting, requests, queued, seconds, errors
