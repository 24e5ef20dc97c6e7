"""Indexes at one number of rows: their sizes, what replaces them, and what VACUUM does for them."""

from evidence.explain.connection import Connection
from evidence.explain.contrasts import Contrast, Way
from evidence.explain.figures import (
    ContrastFigures,
    IndexFigures,
    Percentiles,
    PlanFigures,
    TableFigures,
    VacuumFigures,
    WayFigures,
)
from evidence.explain.keys import Keys, digest
from evidence.explain.load import TABLES
from evidence.explain.measure import Timer, explained
from evidence.plan import Plan
from shared.store.postgres import sessions

_INDEXES = """
SELECT indexrelid::regclass::text, indrelid::regclass::text, pg_get_indexdef(indexrelid), pg_relation_size(indexrelid),
    reltuples::bigint
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE indrelid = ANY(%(tables)s::regclass[])
ORDER BY 2, 1
"""
_TABLES = """
SELECT relname, reltuples::bigint, pg_table_size(oid), pg_indexes_size(oid)
FROM pg_class WHERE oid = ANY(%(tables)s::regclass[]) ORDER BY relname
"""
# One row in thirty, wherever it lies: that is a row of most pages.
_CHANGE_SOME = r"UPDATE sessions SET acr = acr WHERE session_id < '\x08'"
_CHECKS = 100
# A way that reads a whole table is understood after a few times.
_ENOUGH_SECONDS = 3.0
_MOST, _FEWEST = 50, 3


def table_sizes(connection: Connection) -> tuple[TableFigures, ...]:
    rows = connection.execute(_TABLES, {"tables": list(TABLES)}).fetchall()
    return tuple(TableFigures(*row) for row in rows)


def index_sizes(connection: Connection) -> tuple[IndexFigures, ...]:
    rows = connection.execute(_INDEXES, {"tables": list(TABLES)}).fetchall()
    return tuple(IndexFigures(*row) for row in rows)


def contrasted(connection: Connection, contrast: Contrast, keys: Keys, timer: Timer) -> ContrastFigures:
    """Tries each way in a transaction that is taken back, indexes and all."""
    ways = tuple(_tried(connection, contrast, way, keys, timer) for way in contrast.ways)
    return ContrastFigures(contrast.title, contrast.lesson, ways)


def _tried(connection: Connection, contrast: Contrast, way: Way, keys: Keys, timer: Timer) -> WayFigures:
    connection.execute("BEGIN")
    try:
        connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for change in way.changes:
            connection.execute(change)
        size = sum(
            connection.execute("SELECT pg_relation_size(%(name)s::regclass)", {"name": name}).fetchone()[0]
            for name in way.indexes
        )
        plans = _repeated(connection, contrast, way, keys, timer)
    finally:
        connection.execute("ROLLBACK")
    times = Percentiles.of([plan.execution_ms for plan in plans])
    return WayFigures(way.label, way.sql.strip(), way.changes, size, PlanFigures.of(plans[-1]), times)


def _repeated(connection: Connection, contrast: Contrast, way: Way, keys: Keys, timer: Timer) -> list[Plan]:
    explained(connection, way.sql, contrast.parameters(keys))
    enough = timer() + _ENOUGH_SECONDS
    plans: list[Plan] = []
    while len(plans) < _FEWEST or (len(plans) < _MOST and timer() < enough):
        plans.append(explained(connection, way.sql, contrast.parameters(keys)))
    return plans


def vacuum_effect(connection: Connection, keys: Keys) -> tuple[VacuumFigures, ...]:
    """Heap fetches of session checks in a settled table, after changes to it, and after the next VACUUM."""
    asked = [digest("session", keys.live()) for _ in range(_CHECKS)]
    settled = _checked(connection, "vacuumed", asked)
    # VACUUM leaves pages alone whose last change has not reached the disk.
    connection.execute("SET synchronous_commit = on")
    connection.execute(_CHANGE_SOME)
    changed = _checked(connection, "after one row in 32 changed", asked)
    connection.execute("VACUUM sessions")
    return settled, changed, _checked(connection, "after the next VACUUM", asked)


def _checked(connection: Connection, moment: str, asked: list[bytes]) -> VacuumFigures:
    plans = [explained(connection, sessions.CHECK, {"session_id": session_id}) for session_id in asked]
    fetches = sum(plan.heap_fetches or 0 for plan in plans)
    return VacuumFigures(moment, len(plans), fetches, Percentiles.of([plan.execution_ms for plan in plans]))
