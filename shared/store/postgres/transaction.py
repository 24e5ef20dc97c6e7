"""Statements that take effect together, and what they invalidate."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, LiteralString, Protocol

import psycopg

from shared.cache.log import Invalidation, Position
from shared.span_names import DB_QUERY_SUMMARY, DB_RETURNED_ROWS, DB_SYSTEM, POSTGRESQL
from shared.spans import Kind, span
from shared.store.postgres.types import Row, frozen

Parameters = Mapping[str, object]


class Statements(Protocol):
    """What can be asked, of a transaction or of a database where each statement is a transaction of its own."""

    def one(self, statement: LiteralString, parameters: Parameters) -> Row | None:
        """The first row of the result; none when it is empty."""

    def all(self, statement: LiteralString, parameters: Parameters) -> list[Row]:
        """All rows of the result."""

    def count(self, statement: LiteralString, parameters: Parameters) -> int:
        """How many rows the statement changed."""


# The row of the counter is locked last of all, so that nobody waits for anything while holding it; its lock makes the
# order of commits and the order of versions the same.
_RECORD: Final = """
WITH next AS (
    UPDATE store_version SET version = version + 1 RETURNING version
), logged AS (
    INSERT INTO invalidations (version, tag)
    SELECT next.version, affected.tag FROM next, unnest(%(tags)s::text[]) AS affected (tag)
    RETURNING version, stamp::text, tag
)
SELECT version, stamp, pg_notify('authplane_invalidations', '') FROM logged ORDER BY tag LIMIT 1
"""


class Transaction:
    """Statements that take effect together."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        # One for all statements: to make a cursor costs as much as to read a row with it.
        self._cursor = connection.cursor(binary=True)
        self._tags: dict[str, None] = {}

    def one(self, statement: LiteralString, parameters: Parameters) -> Row | None:
        row = self._execute(statement, parameters).fetchone()
        return frozen(row) if row else None

    def all(self, statement: LiteralString, parameters: Parameters) -> list[Row]:
        return [frozen(row) for row in self._execute(statement, parameters)]

    def count(self, statement: LiteralString, parameters: Parameters) -> int:
        return self._execute(statement, parameters).rowcount

    def invalidate(self, *tags: str) -> None:
        """Has these tags logged, with the next version of the store, as the transaction's last step."""
        self._tags.update(dict.fromkeys(tags))

    def begin(self) -> None:
        """Forgets what an earlier try has left."""
        self._tags = {}

    def finish(self) -> Invalidation | None:
        """Takes the next version if anything was invalidated; to be announced after the commit."""
        if not self._tags:
            return None
        tags = tuple(sorted(self._tags))
        [(version, stamp, _)] = self._execute(_RECORD, {"tags": list(tags)}).fetchall()
        return Invalidation(Position(version, stamp), tags)

    def _execute(self, statement: LiteralString, parameters: Parameters) -> psycopg.Cursor[Row]:
        summary = _summary(statement)
        with span(summary, Kind.CLIENT) as asked:
            asked.set({DB_SYSTEM: POSTGRESQL, DB_QUERY_SUMMARY: summary})
            answered = self._cursor.execute(statement, parameters)
            asked.set({DB_RETURNED_ROWS: answered.rowcount})
            return answered


_TABLE = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|JOIN)\s+(?:ONLY\s+)?([a-z_]*)")


@lru_cache(maxsize=512)
def _summary(statement: str) -> str:
    """Verbs and tables, in order: of few values, and without any parameter."""
    words = dict[str, None]()
    for verb, table in _TABLE.findall(statement):
        words[verb.split()[0] if verb not in {"FROM", "JOIN"} else table] = None
        if verb not in {"SELECT", "FROM", "JOIN"}:
            words[table] = None
    return " ".join(filter(None, words)) or "statement"
