"""The store as services get it, for tests that put their use-cases together themselves."""

import math

from prometheus_client import CollectorRegistry

from shared.cache.cache import Bounds
from shared.cache.caches import Caches
from shared.cache.log import BEGINNING, Invalidation, News
from shared.cache.view import View
from shared.clock import Clock
from shared.memcached.contract import NoSharedCache, SharedCache
from shared.store import Store
from shared.store.access import StoreAccess
from shared.store.cached import CachedStore
from shared.store.cached.second_levels import SecondLevels
from shared.store.memory import MemoryStore
from shared.store.pending import PendingInvalidations
from shared.store.sweeping import Sweeping

BOUNDS = Bounds(max_entries=1000, max_bytes=10_000_000, max_seconds=600.0)
NO_SECONDS = 5.0


def fresh_view(clock: Clock) -> View:
    """A view that is fed by direct calls and never stale."""
    view = View(1000, 1.0, clock)
    view.follow(News(True, (), BEGINNING, True, 0.0), math.inf)
    return view


def cached(store: Store, view: View, clock: Clock, shared: SharedCache | None = None) -> StoreAccess:
    """A store behind caches."""
    caches = Caches(view, clock, BOUNDS, NO_SECONDS)
    pending = PendingInvalidations(store, CollectorRegistry())
    levels = SecondLevels(shared or NoSharedCache(), clock, BOUNDS.max_seconds)
    return StoreAccess(CachedStore(store, caches, levels, pending), caches, pending, Sweeping(lambda: store))


def memory_access(clock: Clock) -> StoreAccess:
    """An empty store in memory behind caches."""
    view = fresh_view(clock)

    def announce(invalidation: Invalidation) -> None:
        view.follow(News(False, (invalidation,), invalidation.position, True, 0.0), math.inf)

    return cached(MemoryStore(announce=announce), view, clock)
