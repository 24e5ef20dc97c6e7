"""A shared cache whose breakers' time the test moves, and what it counted."""

from typing import Any, Self

from prometheus_client import CollectorRegistry

from shared.clock import ManualClock
from shared.memcached.cache import open_shared_cache
from shared.memcached.options import MemcachedOptions

KEY = b"k" * 32
FAILURES = 3
DELAY_SECONDS = 10.0


class TriedCache:
    """Open while its context is."""

    def __init__(self, nodes: tuple[str, ...], key: bytes = KEY, **settings: Any) -> None:
        # Long enough for a busy machine, where nobody waits for it.
        patient = {"connect_timeout_seconds": 5.0, "timeout_seconds": 5.0}
        bounds = {"breaker_failures": FAILURES, "breaker_delay_seconds": DELAY_SECONDS}
        options = MemcachedOptions(nodes, **{**patient, **bounds, **settings})
        self.node = " ".join(nodes)
        self.clock = ManualClock(1000.0)
        self.registry = CollectorRegistry()
        self._cache = open_shared_cache(options, [key], self.clock, lambda: 0.0, self.registry)
        self.get, self.set, self.delete = self._cache.get, self._cache.set, self._cache.delete

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cache.close()

    def counted(self, operation: str | None = None, node: str | None = None) -> dict[str, int]:
        """How often each outcome came that came at all."""
        counts: dict[str, int] = {}
        for metric in self.registry.collect():
            for sample in metric.samples:
                if (
                    sample.name == "authplane_memcached_operations_total"
                    and sample.value
                    and operation in {None, sample.labels["operation"]}
                    and node in {None, sample.labels["node"]}
                ):
                    outcome = sample.labels["outcome"]
                    counts[outcome] = counts.get(outcome, 0) + int(sample.value)
        return counts

    def wait_for_probe(self) -> None:
        """Lets the breakers' time go by."""
        self.clock.advance(DELAY_SECONDS)
