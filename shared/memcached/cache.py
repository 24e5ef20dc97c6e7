"""The shared cache on memcached."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence

from prometheus_client import CollectorRegistry
from pymemcache.client.base import PooledClient

from shared.clock import Clock
from shared.memcached.answer import Answer, Operation, Outcome
from shared.memcached.codec import SealedCodec
from shared.memcached.contract import NoSharedCache, SharedCache
from shared.memcached.metrics import MemcachedMetrics
from shared.memcached.node import Node
from shared.memcached.options import MemcachedOptions
from shared.memcached.ring import Ring
from shared.span_names import CACHE_OUTCOME, DB_SYSTEM, MEMCACHED
from shared.spans import Kind, span

# memcached takes more than 30 days for a date.
_LONGEST_TTL_SECONDS = 30 * 24 * 3600


def open_shared_cache(
    options: MemcachedOptions,
    keys: Sequence[bytes],
    clock: Clock,
    random: Callable[[], float],
    registry: CollectorRegistry,
) -> SharedCache:
    """The cache on the configured nodes. Nothing is connected before it is asked.

    Args:
        keys: Secret keys of at least 32 bytes. The first one seals values; all open them.
        random: Draws from 0 to 1.

    Raises:
        ValueError: An option or a key will not do.
    """
    if not options.nodes:
        return NoSharedCache()
    ring, codec = Ring(options.nodes), SealedCodec(keys)
    metrics = MemcachedMetrics(registry, options.nodes)
    nodes = {name: Node(name, options, clock, random, metrics) for name in options.nodes}
    return MemcachedCache(ring, nodes, codec, metrics, options.max_value_bytes)


class MemcachedCache:
    """`SharedCache` on a fixed set of nodes."""

    def __init__(
        self,
        ring: Ring,
        nodes: Mapping[str, Node],
        codec: SealedCodec,
        metrics: MemcachedMetrics,
        max_value_bytes: int,
    ) -> None:
        self._ring = ring
        self._nodes = nodes
        self._codec = codec
        self._metrics = metrics
        self._max_value_bytes = max_value_bytes

    def get(self, key: str) -> bytes | None:
        name = _name(key)
        return self._ask(Operation.GET, name, lambda client: self._opened(name, client.get(name)))

    def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        name = _name(key)
        if len(value) > self._max_value_bytes or not ttl_seconds >= 1:
            self._metrics.count(self._ring.node_of(name), Operation.SET, Outcome.UNFIT)
            return
        sealed, ttl = self._codec.seal(name, value), math.floor(min(ttl_seconds, _LONGEST_TTL_SECONDS))
        self._ask(Operation.SET, name, lambda client: _done(client.set(name, sealed, expire=ttl)))

    def delete(self, key: str) -> None:
        name = _name(key)
        self._ask(Operation.DELETE, name, lambda client: _done(client.delete(name)))

    def close(self) -> None:
        for node in self._nodes.values():
            node.close()

    def _ask(self, operation: Operation, name: str, question: Callable[[PooledClient], Answer]) -> bytes | None:
        node = self._ring.node_of(name)
        with span(operation.value, Kind.CLIENT) as asked:
            asked.set({DB_SYSTEM: MEMCACHED})
            answer = self._nodes[node].ask(question)
            asked.set({CACHE_OUTCOME: answer.outcome.value})
        self._metrics.count(node, operation, answer.outcome)
        return answer.value

    def _opened(self, name: str, sealed: bytes | None) -> Answer:
        if sealed is None:
            return Answer(Outcome.MISS)
        value = self._codec.open(name, sealed)
        return Answer(Outcome.REJECTED if value is None else Outcome.HIT, value)


def _done(acknowledged: bool) -> Answer:
    return Answer(Outcome.DONE if acknowledged else Outcome.MISS)


def _name(key: str) -> str:
    # Any text is a key, and none of it is seen in the cache.
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
