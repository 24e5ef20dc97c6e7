"""Metrics of rate limits."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter


class LimitMetrics:
    """`authplane_rate_limited_total`, by the name of the limit; never by whom it met."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._limited = Counter(
            "authplane_rate_limited",
            "Calls refused since their caller did this too often.",
            ["limit"],
            registry=registry,
        )

    def of_limit(self, name: str) -> Callable[[], None]:
        """Counts one; the series exists from now on, at zero."""
        return self._limited.labels(name).inc
