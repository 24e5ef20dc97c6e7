"""The log of what ceased to hold, and its version, in PostgreSQL."""

from collections.abc import Collection
from itertools import groupby
from operator import itemgetter
from typing import Final

from shared.cache.log import BEGINNING, Invalidation, News, Position
from shared.store.postgres.database import Database
from shared.store.postgres.transaction import Statements

# Whoever listens is woken early; those who poll find the same.
CHANNEL: Final = "authplane_invalidations"

# Also the row that the follower has applied already: when it is gone or has another stamp, history was rewritten.
_READ: Final = """
SELECT version, stamp::text, tag FROM invalidations
WHERE version BETWEEN %(since)s AND %(since)s + %(limit)s ORDER BY version, tag
"""

_BEGIN: Final = """
SELECT version, stamp::text, tag FROM invalidations
WHERE version >= (SELECT max(version) FROM invalidations) - %(limit)s ORDER BY version, tag
"""

_NEWEST: Final = "SELECT version FROM store_version"


class PostgresInvalidations:
    """`InvalidationStore` in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_invalidations(self, tags: Collection[str]) -> None:
        self._database.transact(lambda transaction: transaction.invalidate(*tags))

    def read_invalidations(self, since: Position | None, limit: int) -> News:
        return read_invalidations(self._database, since, limit)

    def newest_version(self) -> int:
        row = self._database.one(_NEWEST, {})
        return int(row[0]) if row else 0


def read_invalidations(statements: Statements, since: Position | None, limit: int) -> News:
    """What follows a position; see `InvalidationStore.read_invalidations`."""
    if since is not None:
        known, following = _split(_versions(statements, since, limit), since)
        if known == since:
            newest = following[-1].position if following else since
            return News(False, following, newest, len(following) < limit, 0.0)
    first, *rest = _end_without_gap(_grouped(statements.all(_BEGIN, {"limit": limit})))
    return News(True, tuple(rest), first.position, True, 0.0)


def is_in_log(statements: Statements, position: Position) -> bool:
    """Whether the store has this very position in its history; if not, it was restored, or is another one."""
    known, _ = _split(_versions(statements, position, 1), position)
    return known == position


def _versions(statements: Statements, since: Position, limit: int) -> tuple[Invalidation, ...]:
    return tuple(_grouped(statements.all(_READ, {"since": since.version, "limit": limit})))


def _split(versions: tuple[Invalidation, ...], since: Position) -> tuple[Position | None, tuple[Invalidation, ...]]:
    # Nothing is logged as version 0, so the beginning is known without a row.
    if since == BEGINNING:
        return BEGINNING, versions
    return (versions[0].position, versions[1:]) if versions else (None, ())


def _end_without_gap(versions: list[Invalidation]) -> list[Invalidation]:
    """The newest versions, as far back as none is missing; the beginning when there are none."""
    end = list[Invalidation]()
    for version in reversed(versions):
        if end and version.position.version != end[-1].position.version - 1:
            break
        end.append(version)
    return end[::-1] or [Invalidation(BEGINNING, ())]


def _grouped(rows: list[tuple[int, str, str]]) -> list[Invalidation]:
    """One of each version; the stamp of its first tag stands for all."""
    grouped = [(version, list(group)) for version, group in groupby(rows, itemgetter(0))]
    return [
        Invalidation(Position(version, group[0][1]), tuple(tag for _, _, tag in group)) for version, group in grouped
    ]
