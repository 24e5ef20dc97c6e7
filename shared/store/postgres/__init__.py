"""The store in PostgreSQL: what several processes share, and what outlives them."""

from shared.store.postgres.database import Database
from shared.store.postgres.settings import PostgresSettings
from shared.store.postgres.store import PostgresStore

__all__ = ["Database", "PostgresSettings", "PostgresStore"]
