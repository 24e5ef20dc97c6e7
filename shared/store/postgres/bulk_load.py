"""Many records at once, by COPY: for load that needs a database of a certain size, never for a request."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, LiteralString, Self

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from shared.records import Family, Session, User
from shared.store.postgres.errors import domain_error
from shared.store.postgres.families import FAMILY_COLUMNS

_TABLES: Final[dict[type, tuple[LiteralString, LiteralString, LiteralString]]] = {
    User: (
        "users",
        "user_id",
        "user_id, username, username_lower, email, password_hash, claims, disabled, created_at, updated_at",
    ),
    Session: (
        "sessions",
        "session_id",
        "session_id, user_id, auth_time, acr, amr, created_at, expires_at, status",
    ),
    Family: ("refresh_tokens", "family_id", f"{FAMILY_COLUMNS}, client_epoch"),
}
"""By type of record: its table, the key's column, and the columns in the order of `_row`."""

Loadable = User | Session | Family


class BulkLoad:
    """One connection to a database whose schema is there; open while its context is.

    Raises:
        Unavailable: PostgreSQL does not answer; from every method.
        StoreError: It refuses.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> Self:
        with _domain_errors():
            self._connection = psycopg.connect(self._url, autocommit=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    @property
    def has_schema(self) -> bool:
        """Whether there is anything to fill."""
        with _domain_errors():
            row = self._connection.execute("SELECT to_regclass('refresh_tokens')").fetchone()
        return row is not None and row[0] is not None

    def owners(self, session_ids: Sequence[str]) -> dict[str, str]:
        """The user of each of these sessions that is there."""
        ids = [bytes.fromhex(each) for each in session_ids]
        statement = "SELECT session_id, user_id FROM sessions WHERE session_id = ANY(%s)"
        with _domain_errors():
            rows = self._connection.execute(statement, (ids,)).fetchall()
        return {session_id.hex(): user_id for session_id, user_id in rows}

    def epoch_of(self, client_id: str) -> int | None:
        """The client's epoch, which its tokens carry; none if there is no such client."""
        with _domain_errors():
            row = self._connection.execute("SELECT epoch FROM clients WHERE client_id = %s", (client_id,)).fetchone()
        return int(row[0]) if row else None

    def present(self, kind: type[Loadable], key: Callable[[int], str], count: int) -> int:
        """How many of the records 0 to `count` - 1 are there, of which each was added after the one before it."""
        low, high = 0, count
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._has(kind, key(middle)) else (low, middle)
        return low

    def add(self, records: Sequence[Loadable], epoch: int = 0) -> None:
        """Adds records of one type: all of them, or after an error none.

        Args:
            epoch: Of the client that families belong to.
        """
        table, _, columns = _TABLES[type(records[0])]
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(columns))
        with _domain_errors(), self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in _rows(records, epoch):
                copy.write_row(row)

    def settle(self) -> None:
        """Lets the planner know what is there, and index-only scans use it."""
        for table, _, _ in _TABLES.values():
            with _domain_errors():
                self._connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))

    def _has(self, kind: type[Loadable], key: str) -> bool:
        table, column, _ = _TABLES[kind]
        statement = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(sql.Identifier(table), sql.Identifier(column))
        value = key if kind is User else bytes.fromhex(key)
        with _domain_errors():
            return self._connection.execute(statement, (value,)).fetchone() is not None


@contextmanager
def _domain_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise domain_error(error) from error


def _rows(records: Iterable[Loadable], epoch: int) -> Iterator[tuple[Any, ...]]:
    for record in records:
        match record:
            case User():
                name, email = record.username, record.email or None
                times = _time(record.created_at), _time(record.updated_at)
                claims = Jsonb(dict(record.claims))
                yield record.user_id, name, name.lower(), email, record.password_hash, claims, record.disabled, *times
            case Session():
                times = _time(record.created_at), _time(record.expires_at)
                login = _time(record.auth_time), record.acr, list(record.amr)
                yield bytes.fromhex(record.session_id), record.user_id, *login, *times, "active"
            case Family():
                yield (
                    bytes.fromhex(record.family_id),
                    record.client_id,
                    record.user_id,
                    bytes.fromhex(record.session_id),
                    list(record.scopes),
                    record.nonce,
                    Jsonb(dict(record.requested_claims)),
                    _time(record.auth_time),
                    record.acr,
                    list(record.amr),
                    bytes.fromhex(record.token_hash),
                    record.generation,
                    _time(record.created_at),
                    _time(record.expires_at),
                    epoch,
                )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
