"""What memcached was asked, what came of it, and how long it took, by node."""

from collections.abc import Sequence
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Histogram

from shared.memcached.answer import Operation, Outcome

_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)


class MemcachedMetrics:
    """The series of all nodes; all of them exist from the beginning, at zero."""

    def __init__(self, registry: CollectorRegistry, nodes: Sequence[str]) -> None:
        operations = Counter(
            "authplane_memcached_operations",
            "Questions to the shared cache, by outcome: all but hit, miss and done were without use.",
            ("node", "operation", "outcome"),
            registry=registry,
        )
        self._operations = {each: operations.labels(*each) for each in product(nodes, Operation, Outcome)}
        seconds = Histogram(
            "authplane_memcached_seconds",
            "Seconds until the node answered, failed, or its time was over.",
            ("node",),
            buckets=_BUCKETS,
            registry=registry,
        )
        self._seconds = {node: seconds.labels(node) for node in nodes}

    def count(self, node: str, operation: Operation, outcome: Outcome) -> None:
        """One more."""
        self._operations[node, operation, outcome].inc()

    def observe(self, node: str, seconds: float) -> None:
        """A question that was sent took so long."""
        self._seconds[node].observe(seconds)
