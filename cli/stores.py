"""The store that the settings name, with what is kept of it in this process."""

import math
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from cli.settings import StoreSettings
from shared.background import BackgroundThread
from shared.cache.cache import Bounds
from shared.cache.caches import Caches
from shared.cache.log import BEGINNING, Invalidation, News
from shared.cache.view import View
from shared.memcached.cache import open_shared_cache
from shared.runtime import Runtime
from shared.store import Store
from shared.store.access import StoreAccess
from shared.store.cached import CachedStore
from shared.store.cached.second_levels import SecondLevels
from shared.store.feed import StoreFeed
from shared.store.memory import MemoryStore
from shared.store.metered import StoreMetrics
from shared.store.pending import PendingInvalidations
from shared.store.postgres.database import Database
from shared.store.postgres.invalidations import is_in_log
from shared.store.postgres.log_reader import PostgresLogReader
from shared.store.postgres.store import PostgresStore
from shared.store.postgres.transaction import Statements
from shared.store.sweeping import Sweeping
from shared.telemetry.pools import PoolCollector, PoolStatistics

_FIRST_POLL_SECONDS = 2.0


@contextmanager
def open_store(settings: StoreSettings, runtime: Runtime) -> Iterator[StoreAccess]:
    """The store, open while the context is. On PostgreSQL the schema must be there."""
    view = View(settings.cache_log_tags, settings.max_staleness_seconds, runtime.clock)
    bounds = Bounds(settings.cache_entries, settings.cache_bytes, settings.cache_seconds)
    caches = Caches(view, runtime.clock, bounds, settings.cache_no_seconds)
    with ExitStack() as stack:
        metrics = StoreMetrics(runtime.registry)
        pools = dict[str, PoolStatistics]()
        runtime.registry.register(PoolCollector(pools))
        if settings.store == "postgres":
            store, sweeping = _postgres(settings, view, runtime, metrics, stack, pools)
        else:
            store, sweeping = _memory(view, runtime, metrics)
        stack.callback(store.close)
        metered = metrics.metered(store)
        shared = open_shared_cache(
            settings.memcached_options,
            settings.derived_keys("shared cache"),
            runtime.clock,
            random.random,
            runtime.registry,
        )
        stack.callback(shared.close)
        pending = PendingInvalidations(metered, runtime.registry)
        levels = SecondLevels(shared, runtime.clock, settings.cache_seconds)
        yield StoreAccess(CachedStore(metered, caches, levels, pending), caches, pending, sweeping, pools)


def _memory(view: View, runtime: Runtime, metrics: StoreMetrics) -> tuple[Store, Sweeping]:
    """A store whose feed is a direct call: nothing here is ever stale."""
    view.follow(News(True, (), BEGINNING, True, 0.0), math.inf)

    def announce(invalidation: Invalidation) -> None:
        view.follow(News(False, (invalidation,), invalidation.position, True, 0.0), math.inf)

    store = MemoryStore(announce=announce, clock=runtime.clock)
    return store, Sweeping(lambda: metrics.metered(store))


def _postgres(
    settings: StoreSettings,
    view: View,
    runtime: Runtime,
    metrics: StoreMetrics,
    stack: ExitStack,
    pools: dict[str, PoolStatistics],
) -> tuple[Store, Sweeping]:
    def announce(invalidation: Invalidation) -> None:
        view.note(invalidation.position.version, invalidation.tags)

    def open_reader() -> PostgresLogReader:
        return PostgresLogReader(settings.postgres_url, settings)

    def connected(statements: Statements) -> None:
        # Whoever restores a store cuts all connections; none is used before this process knows.
        if not is_in_log(statements, view.position):
            view.doubt()

    feed = StoreFeed(view, open_reader, runtime.clock, settings.feed_poll_seconds)
    stack.enter_context(BackgroundThread("feed", feed.run, runtime.logger, feed.interrupt))
    feed.wait_for_first(_FIRST_POLL_SECONDS)  # Else nothing is ready yet, which is told and then no cause to fail.
    requests = Database(settings.postgres_url, settings, "requests", settings.pg_pool_max, announce, connected)
    pools["requests"] = requests.pool_statistics

    def open_sweeper() -> Store:
        own = Database(settings.postgres_url, settings.for_sweeper(), "sweeper", 1)
        return metrics.metered(PostgresStore(own))

    return PostgresStore(requests), Sweeping(open_sweeper, lambda: requests.pressure)
