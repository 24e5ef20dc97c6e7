"""What rotating refresh tokens costs, by the indexes there are and by the room that pages keep free."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from evidence.connection import Connection, Copying
from evidence.explain import keys
from evidence.explain.keys import NOW, Keys, digest
from evidence.explain.load import TABLES, load_table, numbers
from evidence.explain.measure import Timer
from evidence.explain.small_figures import WriteFigures
from shared.store.postgres.families import ROTATE

_PARTIAL = "CREATE INDEX idx_tokens_active ON refresh_tokens (token_hash) WHERE revoked_at IS NULL"
_FULL = "CREATE INDEX idx_tokens_hash_active ON refresh_tokens (token_hash, revoked_at)"
_RESET = "SELECT pg_stat_reset_single_table_counters('refresh_tokens'::regclass)"
_COUNTS = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'refresh_tokens'"
_POSITION = "SELECT pg_current_wal_insert_lsn()"
_WRITTEN = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %(since)s)::float8"
_DURABLE = _INSERTS = 500
_TABLE = TABLES["refresh_tokens"]
_INSERT = f"INSERT INTO refresh_tokens ({_TABLE.columns}) {_TABLE.query()}"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Indexes on the token's hash, and how full pages are filled at first, in percent."""

    label: str
    indexes: tuple[str, ...]
    fillfactor: int


ARRANGEMENTS = (
    Arrangement("none", (), 80),
    Arrangement("partial", (_PARTIAL,), 80),
    Arrangement("full", (_FULL,), 80),
    Arrangement("both", (_PARTIAL, _FULL), 80),
    Arrangement("none", (), 100),
    Arrangement("none", (), 90),
    Arrangement("none", (), 70),
    Arrangement("both", (_PARTIAL, _FULL), 100),
)


class Rotations:
    """Rotates the live families of a loaded table, each time with the token that the family has by then."""

    def __init__(self, connection: Connection, rows: int, random: Random) -> None:
        self._connection = connection
        self._random = random
        self._keys = Keys(rows, random)
        self._tokens = {number: digest("token", number) for number in range(rows) if 3 <= number % 10 <= 8}

    def some(self, count: int) -> None:
        """Rotates so many families in random order; each once before any twice."""
        while count > 0:
            numbers = self._random.sample(sorted(self._tokens), min(count, len(self._tokens)))
            for number in numbers:
                self._rotate(number)
            count -= len(numbers)

    def _rotate(self, number: int) -> None:
        successor = digest("token", self._keys.new())
        values = {
            "family_id": digest("family", number),
            "token_hash": self._tokens[number],
            "successor_hash": successor,
            "client_id": keys.client_id(number),
            "scopes": ["openid"],
            "now": NOW,
        }
        self._connection.execute(ROTATE, values)
        self._tokens[number] = successor


@dataclass(frozen=True, slots=True)
class _Cost:
    """Of each of many acts: bytes of the write-ahead log; and how many a second."""

    wal: float
    per_second: float


def write_cost(
    source: Copying, connection: Copying, arrangement: Arrangement, rows: int, random: Random, timer: Timer
) -> WriteFigures:
    """Fills the table anew, rotates and inserts.

    Args:
        source: To any database of the server; makes the rows.
        connection: To a loaded database at version 3 of the schema, which has no index on the token's hash.
        rows: Of the table.
    """
    _arrange(source, connection, arrangement, rows)
    rotations = Rotations(connection, rows, random)
    first = _cost(connection, rotations.some, rows, timer)
    first_hot = _hot_share(connection)
    steady = _cost(connection, rotations.some, rows, timer)
    hot = _hot_share(connection)
    (heap,) = connection.execute("SELECT pg_relation_size('refresh_tokens'::regclass)").fetchone()
    unused = itertools.count(rows)

    def insert_some(count: int) -> None:
        for number in itertools.islice(unused, count):
            connection.execute(_INSERT, numbers(number, number + 1, rows))

    # So that here too each page has been written before.
    connection.execute(_INSERT, numbers(2 * rows, 3 * rows, rows))
    inserts = _cost(connection, insert_some, _INSERTS, timer)
    connection.execute("SET synchronous_commit = on")
    durable = _cost(connection, rotations.some, _DURABLE, timer)
    return WriteFigures(
        label=arrangement.label,
        fillfactor=arrangement.fillfactor,
        rotations=rows,
        first_wal=first.wal,
        wal=steady.wal,
        first_hot=first_hot,
        hot=hot,
        per_second=steady.per_second,
        durable_per_second=durable.per_second,
        insert_wal=inserts.wal,
        inserts_per_second=inserts.per_second,
        heap=heap,
    )


def _arrange(source: Copying, connection: Copying, arrangement: Arrangement, rows: int) -> None:
    connection.execute("DROP INDEX IF EXISTS idx_tokens_active, idx_tokens_hash_active")
    connection.execute("TRUNCATE refresh_tokens")
    # What is seen is what happens between two rounds of autovacuum.
    connection.execute(
        f"ALTER TABLE refresh_tokens SET (fillfactor = {arrangement.fillfactor}, autovacuum_enabled = false)"
    )
    for index in arrangement.indexes:
        connection.execute(index)
    load_table(source, connection, "refresh_tokens", rows)
    connection.execute("SET synchronous_commit = off")
    _hot_share(connection)
    connection.execute("CHECKPOINT")


def _hot_share(connection: Connection) -> float:
    """Of all updates since the last time."""
    connection.execute("SELECT pg_stat_force_next_flush()")
    updated, hot = connection.execute(_COUNTS).fetchone()
    connection.execute(_RESET)
    return float(hot / max(updated, 1))


def _cost(connection: Connection, act: Callable[[int], None], count: int, timer: Timer) -> _Cost:
    (since,) = connection.execute(_POSITION).fetchone()
    begun = timer()
    act(count)
    seconds = timer() - begun
    (written,) = connection.execute(_WRITTEN, {"since": since}).fetchone()
    return _Cost(written / count, count / seconds)
