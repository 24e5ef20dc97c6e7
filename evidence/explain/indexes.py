"""Indexes at one number of rows: their sizes, what replaces them, and what VACUUM does for them."""

from collections.abc import Sequence

from evidence.connection import Connection, Parameters
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
SELECT relname, pg_table_size(oid), pg_indexes_size(oid)
FROM pg_class WHERE oid = ANY(%(tables)s::regclass[]) ORDER BY relname
"""
# One row in thirty, wherever it lies: that is a row of most pages.
_CHANGE_SOME = r"UPDATE sessions SET acr = acr WHERE session_id < '\x08'"
_CHECKS = 100
# A way that reads a whole table is understood after a few times.
_ENOUGH_SECONDS = 3.0
_ASKED, _ROUNDS, _FEWEST = 25, 2, 3


def table_sizes(connection: Connection, total: int) -> tuple[TableFigures, ...]:
    """Of a database that was loaded with so many rows."""
    rows = connection.execute(_TABLES, {"tables": list(TABLES)}).fetchall()
    return tuple(TableFigures(name, TABLES[name].rows(total), heap, indexes) for name, heap, indexes in rows)


def index_sizes(connection: Connection) -> tuple[IndexFigures, ...]:
    rows = connection.execute(_INDEXES, {"tables": list(TABLES)}).fetchall()
    return tuple(IndexFigures(*row) for row in rows)


def contrasted(connection: Connection, contrast: Contrast, keys: Keys, timer: Timer) -> ContrastFigures:
    """Tries each way in a transaction that is taken back, indexes and all."""
    asked = [contrast.parameters(keys) for _ in range(_ASKED)]
    ways = tuple(_tried(connection, way, asked, timer) for way in contrast.ways)
    return ContrastFigures(contrast.title, contrast.lesson, ways)


def _tried(connection: Connection, way: Way, asked: list[Parameters], timer: Timer) -> WayFigures:
    connection.execute("BEGIN")
    try:
        connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for change in way.changes:
            connection.execute(change)
        size = sum(
            connection.execute("SELECT pg_relation_size(%(name)s::regclass)", {"name": name}).fetchone()[0]
            for name in way.indexes
        )
        # All ways are asked for the same rows, and none is the first to look at them.
        _repeated(connection, way.sql, asked, 1, timer)
        plans = _repeated(connection, way.sql, asked * _ROUNDS, _FEWEST, timer)
    finally:
        connection.execute("ROLLBACK")
    times = Percentiles.of([plan.execution_ms for plan in plans])
    return WayFigures(way.label, way.sql.strip(), way.changes, size, PlanFigures.of(plans[-1]), times)


def _repeated(connection: Connection, sql: str, asked: Sequence[Parameters], fewest: int, timer: Timer) -> list[Plan]:
    enough = timer() + _ENOUGH_SECONDS
    plans: list[Plan] = []
    for parameters in asked:
        if len(plans) >= fewest and timer() > enough:
            break
        plans.append(explained(connection, sql, parameters))
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
    for session_id in asked:
        explained(connection, sessions.CHECK, {"session_id": session_id})
    plans = [explained(connection, sessions.CHECK, {"session_id": session_id}) for session_id in asked]
    fetches = sum(plan.heap_fetches or 0 for plan in plans)
    return VacuumFigures(moment, len(plans), fetches, Percentiles.of([plan.execution_ms for plan in plans]))
