"""Invalidations that can wait a moment: they are gathered, and logged many at once."""

import threading
from itertools import islice

from prometheus_client import CollectorRegistry, Counter, Gauge

from shared.store.contract import InvalidationStore

MAX_PENDING = 100_000
_BATCH = 1000


class PendingInvalidations:
    """Tags of what nobody has to stop believing at once, such as a refresh token that was rotated out.

    The same tag twice is one. Whoever finds the queue full logs a batch first, so nothing is dropped. `_lock` guards
    the queue and is never held while the store is asked.
    """

    def __init__(self, store: InvalidationStore, registry: CollectorRegistry, max_pending: int = MAX_PENDING) -> None:
        self._store = store
        self._max_pending = max_pending
        self._lock = threading.Lock()
        self._tags: dict[str, None] = {}
        self._under_way = 0
        pending = Gauge("authplane_pending_invalidations", "Invalidations that wait to be logged.", registry=registry)
        pending.set_function(self.__len__)
        self._flushed = Counter(
            "authplane_flushed_invalidations", "Invalidations that waited and were logged.", registry=registry
        )

    def __len__(self) -> int:
        """Those that are not known to be logged, which may take its time."""
        return len(self._tags) + self._under_way

    def add(self, tag: str) -> None:
        """Has the tag logged soon."""
        with self._lock:
            self._tags[tag] = None
            full = len(self._tags) > self._max_pending
        if full:
            self.flush_batch()

    def flush_batch(self) -> int:
        """Logs at most a thousand as one version; returns how many."""
        with self._lock:
            batch = list(islice(self._tags, _BATCH))
            for tag in batch:
                del self._tags[tag]
            self._under_way += len(batch)
        if not batch:
            return 0
        try:
            self._store.record_invalidations(batch)
        except BaseException:
            with self._lock:
                self._tags = dict.fromkeys([*batch, *self._tags])
            raise
        finally:
            with self._lock:
                self._under_way -= len(batch)
        self._flushed.inc(len(batch))
        return len(batch)
