"""One memcached node: its connections, and what keeps it from harming whoever asks."""

import threading
from collections.abc import Callable

from pymemcache.client.base import PooledClient
from pymemcache.exceptions import MemcacheServerError

from shared.clock import Clock
from shared.deadline import current_deadline
from shared.memcached.answer import Answer, Outcome
from shared.memcached.metrics import MemcachedMetrics
from shared.memcached.options import MemcachedOptions
from shared.memcached.sockets import ANSWER_SOCKETS
from shared.overload.breaker import CircuitBreaker


class Node:
    """Puts questions to one memcached. Whatever it does, an answer comes in bounded time.

    Args:
        random: Draws from 0 to 1.

    Raises:
        ValueError: The name is no address, or a bound is not positive.
    """

    def __init__(
        self,
        name: str,
        options: MemcachedOptions,
        clock: Clock,
        random: Callable[[], float],
        metrics: MemcachedMetrics,
    ) -> None:
        self._name = name
        self._clock = clock
        self._metrics = metrics
        self._longest_seconds = options.connect_timeout_seconds + options.timeout_seconds
        self._breaker = CircuitBreaker(options.breaker_failures, options.breaker_delay_seconds, clock, random)
        # The pool has a bound too, but tells of it as of any other error; to be busy is no fault of the node.
        self._places = threading.Semaphore(options.pool_size)
        self._client = PooledClient(
            name,
            connect_timeout=options.connect_timeout_seconds,
            timeout=options.timeout_seconds,
            no_delay=True,
            ignore_exc=False,
            socket_module=ANSWER_SOCKETS,
            key_prefix=f"{options.namespace}:",
            max_pool_size=options.pool_size,
            # A command without an answer would fail unseen, or in the answer to the next one.
            default_noreply=False,
        )

    def ask(self, question: Callable[[PooledClient], Answer]) -> Answer:
        """What the question makes of the node's answer; BUSY, OPEN or ERROR when there is none."""
        if current_deadline().remaining() < self._longest_seconds:
            return Answer(Outcome.BUSY)  # The caller has no time to find out that the node is slow.
        if not self._places.acquire(blocking=False):
            return Answer(Outcome.BUSY)
        try:
            return self._ask(question)
        finally:
            self._places.release()

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _ask(self, question: Callable[[PooledClient], Answer]) -> Answer:
        if not self._breaker.allows():
            return Answer(Outcome.OPEN)
        begun = self._clock.monotonic()
        try:
            answer = question(self._client)
        except Exception as error:  # noqa: BLE001 - A node may do and say anything, and its callers must not notice.
            self._failed(error)
            return Answer(Outcome.ERROR)
        else:
            self._breaker.succeeded()
            return answer
        finally:
            self._metrics.observe(self._name, self._clock.monotonic() - begun)

    def _failed(self, error: Exception) -> None:
        # "Out of memory" comes from a node that lives; its subclass, a closed connection, does not.
        if type(error) is MemcacheServerError:
            self._breaker.succeeded()
            return
        self._breaker.failed()
        # The idle connections are most likely dead too, and would fail the probes of the breaker one after the other.
        # Taking from the pool never exceeds its bound: the connection of this caller has just left it.
        pool = self._client.client_pool
        for _ in pool.free:
            pool.destroy(pool.get())
