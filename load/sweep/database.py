"""A database with a backlog, and how its covering index does."""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from load.sweep.rows import SHARES, add_rows
from shared.store.postgres.sessions import CHECK

_CHUNKS = 100
_DAY = 86_400.0
_CHECKED = 200
_LIVE_SHARE = 0.1
_NEVER_BEFORE = 10**9


def fill(connection: psycopg.Connection[Any], total: int) -> None:
    """Adds so many expired rows, and a tenth as many live sessions on the same pages."""
    now = time.time()
    of_chunk = {table: max(int(total * share) // _CHUNKS, 1) for table, share in SHARES.items()}
    of_chunk["used_assertions"] = max(total // _CHUNKS - sum(of_chunk.values()), 1)
    for chunk in range(_CHUNKS):
        for table, count in of_chunk.items():
            add_rows(connection, table, count, now - 1000, first=chunk * count)
        live = max(int(of_chunk["sessions"] * _LIVE_SHARE), 2)
        add_rows(connection, "sessions", live, now + _DAY, first=_NEVER_BEFORE + chunk * live)
    # VACUUM leaves pages alone whose last change has not reached the disk.
    connection.execute("CHECKPOINT")
    connection.execute("VACUUM (ANALYZE)")


def overdue(connection: psycopg.Connection[Any]) -> int:
    """How many rows there are that have expired."""
    return sum(_overdue(connection, table) for table in (*SHARES, "used_assertions"))


def heap_fetches(connection: psycopg.Connection[Any]) -> float:
    """How many of a hundred session checks have to look into the table."""
    chosen = connection.execute(
        "SELECT session_id FROM sessions WHERE expires_at > now() ORDER BY session_id LIMIT %s", (_CHECKED,)
    ).fetchall()
    plans = [_explained(connection, session_id) for (session_id,) in chosen]
    return 100 * sum(map(_fetched, plans)) / len(plans)


def vacuums(connection: psycopg.Connection[Any]) -> int:
    """How often autovacuum has come to the sessions."""
    row = connection.execute("SELECT autovacuum_count FROM pg_stat_user_tables WHERE relname = 'sessions'").fetchone()
    return int(row[0]) if row else 0


def _overdue(connection: psycopg.Connection[Any], table: str) -> int:
    query = SQL("SELECT count(*) FROM {} WHERE expires_at < now() - interval '300 seconds'").format(Identifier(table))
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _explained(connection: psycopg.Connection[Any], session_id: bytes) -> dict[str, Any]:
    row = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {CHECK}".encode(), {"session_id": session_id}).fetchone()
    explained: Sequence[dict[str, Any]] = row[0] if row else [{"Plan": {}}]
    plan: dict[str, Any] = explained[0]["Plan"]
    return plan


def _fetched(plan: dict[str, Any]) -> int:
    # A plan without such a count reads the table anyway.
    return int(plan.get("Heap Fetches", 1)) > 0
