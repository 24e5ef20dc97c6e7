"""The store that the settings name."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

from cli.settings import StoreSettings
from shared.store import Store
from shared.store.memory import MemoryStore
from shared.store.metered import StoreMetrics
from shared.store.postgres import Database, PostgresStore


@contextmanager
def open_store(settings: StoreSettings, registry: CollectorRegistry) -> Iterator[Store]:
    """The store, open while the context is. On PostgreSQL the schema must be there."""
    store = _postgres(settings) if settings.store == "postgres" else MemoryStore()
    try:
        yield StoreMetrics(registry).metered(store)
    finally:
        store.close()


def _postgres(settings: StoreSettings) -> Store:
    return PostgresStore(Database(settings.postgres_url, settings, "requests", settings.pg_pool_max))
