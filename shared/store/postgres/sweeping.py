"""Removal of what has expired, in PostgreSQL."""

from typing import Final

from shared.store.postgres.database import Database
from shared.store.sweeping import SweptTable

_KEYS: Final = {
    SweptTable.SESSIONS: ("session_id", "expires_at"),
    SweptTable.CODES: ("code", "expires_at"),
    SweptTable.FAMILIES: ("family_id", "expires_at"),
    SweptTable.ACCESS_TOKENS: ("jti", "expires_at"),
    SweptTable.ASSERTIONS: ("assertion", "expires_at"),
    # Without an index: there are never more than a few.
    SweptTable.KEYS: ("kid", "retires_at"),
}

# Rows go by their key and not by their place, so that tables may be partitioned. A row that is prolonged meanwhile is
# looked at again when its lock is had, and stays.
_SWEEP: Final = {
    table: f"""
DELETE FROM {table} WHERE {key} = ANY (ARRAY(
    SELECT {key} FROM {table} WHERE {expires_at} <= to_timestamp(%(now)s)
    ORDER BY {expires_at} LIMIT %(limit)s FOR UPDATE SKIP LOCKED
))
"""
    for table, (key, expires_at) in _KEYS.items()
}

_OLDEST: Final = {
    table: f"""
SELECT {expires_at} FROM {table} WHERE {expires_at} <= to_timestamp(%(now)s) ORDER BY {expires_at} LIMIT 1
"""
    for table, (_, expires_at) in _KEYS.items()
}

# Versions are in the order in which they were recorded, so the primary key is the index. Nobody locks rows here; in
# place of SKIP LOCKED one sweeper at a time has the log, or its holes would look to followers like a history rewritten.
_SWEEP_LOG: Final = """
WITH oldest AS (
    SELECT version, recorded_at FROM invalidations ORDER BY version, tag LIMIT %(limit)s
), due AS (
    SELECT min(version) AS first, max(version) AS last FROM oldest
    WHERE version < (SELECT max(version) FROM invalidations) AND version < coalesce(
        (SELECT min(version) FROM oldest WHERE recorded_at > to_timestamp(%(now)s)), 9223372036854775807)
)
DELETE FROM invalidations
WHERE (SELECT pg_try_advisory_xact_lock(hashtext('authplane sweeps the log')))
    AND version BETWEEN (SELECT first FROM due) AND (SELECT last FROM due)
"""

_OLDEST_OF_LOG: Final = """
SELECT recorded_at FROM (SELECT version, recorded_at FROM invalidations ORDER BY version, tag LIMIT 1) AS oldest
WHERE recorded_at <= to_timestamp(%(now)s) AND version < (SELECT max(version) FROM invalidations)
"""

_TIME: Final = "SELECT extract(epoch FROM clock_timestamp())::float8"

SWEEPS: Final = {**_SWEEP, SweptTable.INVALIDATIONS: _SWEEP_LOG}
"""How each table is swept."""

OLDEST: Final = {**_OLDEST, SweptTable.INVALIDATIONS: _OLDEST_OF_LOG}
"""How each table is asked for what `SWEEPS` would remove first."""


class PostgresSweeping:
    """`SweepStore` in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sweep(self, table: SweptTable, now: float, limit: int) -> int:
        return self._database.count(SWEEPS[table], {"now": now, "limit": limit})

    def oldest_expired(self, table: SweptTable, now: float) -> float | None:
        row = self._database.one(OLDEST[table], {"now": now})
        return float(row[0]) if row else None

    def current_time(self) -> float:
        row = self._database.one(_TIME, {})
        return float(row[0]) if row else 0.0
