"""Indexes out of the way of a bulk load, and back."""

from dataclasses import dataclass

from evidence.connection import Connection

_INDEXES = """
SELECT index.relname, pg_get_indexdef(index.oid), coalesce(pg_get_constraintdef(pg_constraint.oid), '')
FROM pg_index
JOIN pg_class AS index ON index.oid = indexrelid
LEFT JOIN pg_constraint ON conindid = indexrelid
WHERE indrelid = %(table)s::regclass
ORDER BY index.relname
"""


@dataclass(frozen=True, slots=True)
class Index:
    """An index as it was.

    Attributes:
        definition: The statement that makes it.
        constraint: When it serves a constraint, what that says; otherwise empty.
    """

    name: str
    definition: str
    constraint: str


def take_indexes_away(connection: Connection, table: str) -> list[Index]:
    """Drops all indexes of a table, and the constraints they serve."""
    indexes = [Index(*row) for row in connection.execute(_INDEXES, {"table": table}).fetchall()]
    for index in indexes:
        if index.constraint:
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {index.name}")
        else:
            connection.execute(f"DROP INDEX {index.name}")
    return indexes


def put_indexes_back(connection: Connection, table: str, indexes: list[Index]) -> None:
    """Makes them again, as they were."""
    # A sort in memory is several times as fast as one on disk.
    connection.execute("SET maintenance_work_mem = '512MB'")
    for index in indexes:
        if index.constraint:
            connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {index.name} {index.constraint}")
        else:
            connection.execute(index.definition)
    connection.execute("RESET maintenance_work_mem")
