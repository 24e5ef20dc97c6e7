"""A store that counts and times what it is asked."""

import time
from collections.abc import Callable
from typing import Any, cast

from prometheus_client import CollectorRegistry, Counter, Histogram

from shared.errors import AuthplaneError
from shared.store.contract import Store
from shared.telemetry.buckets import BUCKETS

_OK = "ok"


class StoreMetrics:
    """Operations of the store and how long they took, by name; outcomes are "ok" and the reasons of the vocabulary."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "authplane_store_seconds",
            "Seconds from the question to the store's answer, waiting for a connection included.",
            ("operation",),
            buckets=BUCKETS,
            registry=registry,
        )
        self._outcomes = Counter(
            "authplane_store_operations",
            "Operations of the store, by outcome.",
            ("operation", "outcome"),
            registry=registry,
        )

    def metered(self, store: Store) -> Store:
        """The same store, seen through the metrics. All series exist from now on, at zero."""
        return cast(Store, _MeteredStore(store, self))

    def of_operation(self, name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
        """The same operation, counted and timed."""
        observe, succeeded = self._seconds.labels(name).observe, self._outcomes.labels(name, _OK).inc

        def measured(*arguments: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                answer = operation(*arguments, **named)
            except AuthplaneError as error:
                self._outcomes.labels(name, error.reason.lower()).inc()
                raise
            else:
                succeeded()
                return answer
            finally:
                observe(time.perf_counter() - begun)

        return measured


class _MeteredStore:
    """Has the store's operations, each of them measured, and everything else that the store has."""

    def __init__(self, store: Store, metrics: StoreMetrics) -> None:
        self._store = store
        for name in OPERATIONS:
            setattr(self, name, metrics.of_operation(name, getattr(store, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


OPERATIONS = tuple(
    sorted(
        name
        for part in Store.__mro__
        for name, member in vars(part).items()
        if callable(member) and not name.startswith("_") and name != "close"
    )
)
"""The names of everything that a store can be asked."""
